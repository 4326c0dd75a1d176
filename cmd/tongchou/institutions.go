package main

import (
	"context"
	"crypto/rand"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/benefit"
	"tongchou/internal/catalog"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/web"
)

// demoSettling is the policy that a demonstration settles by: round invented numbers.
const demoSettling = "reference"

// exampleCatalogue is the made-up catalogue that ships with the program. A province's own is to take its place.
const exampleCatalogue = "reference/catalogue.tsv"

// settling compiles by what institutions' visits are settled; nil without a policy.
func (a *app) settling(id string) (*web.Settling, error) {
	if id == "" {
		return nil, nil
	}
	engine, pack, err := a.engineFor(id)
	if err != nil {
		return nil, err
	}
	s := web.Settling{Policy: pack}
	if _, err := benefit.NewRulebook(engine.Library, pack, nil); err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(a.policyFiles(), exampleCatalogue)
	if err != nil {
		return nil, fault.Wrap(err, "cli.cannot_write", "file", exampleCatalogue)
	}
	s.Catalogue, err = catalog.Single(exampleCatalogue, string(text))
	return &s, err
}

func (a *app) institutionsCommand() *cobra.Command {
	var at userFlags
	var i store.Institution
	text := func(name string) string { return a.p.T("cli.flag." + name) }
	c := &cobra.Command{Use: "add", Short: a.p.T("cli.institutions.add.short"), Args: a.noArgs}
	c.Flags().StringVar(&i.Code, "code", "", text("institution_code"))
	c.Flags().StringVar(&i.Name, "name", "", text("institution_name"))
	c.Flags().StringVar((*string)(&i.Division), "division", "", text("institution_division"))
	c.Flags().StringVar(&i.Level, "level", "", text("institution_level"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), &at, func(p people) error {
			token, err := p.addInstitution(c.Context(), i)
			if err != nil {
				return err
			}
			return a.sayInstitution(i, token)
		})
	}
	group := a.group("institutions", c, a.institutionKey(&at), a.newSigningKey(), a.signMessage(), a.checkAnswer())
	group.PersistentFlags().StringVar(&at.data, "data", "", text("data"))
	group.PersistentFlags().StringVar(&at.store, "store", os.Getenv("TONGCHOU_STORE"), text("store"))
	group.PersistentFlags().Lookup("store").DefValue = ""
	return group
}

func (a *app) sayInstitution(i store.Institution, token office.Secret) error {
	return a.say("cli.institutions.token", "name", i.Name, "code", i.Code, "division", string(i.Division), "level", i.Level, "token", string(token))
}

// addInstitution keeps an institution with an account that nobody can sign in with, and a token for its program.
func (p people) addInstitution(ctx context.Context, i store.Institution) (office.Secret, error) {
	if err := p.checkInstitution(i); err != nil {
		return "", err
	}
	u := office.User{ID: office.UserID("u-" + strings.ToLower(rand.Text())), Login: office.Login(strings.ToLower(i.Code)), Name: i.Name, Department: office.MedicalSecurity, Division: i.Division,
		Roles: []office.Role{office.Institution}, State: office.Active, Version: 1}
	if err := u.Check(p.tree); err != nil {
		return "", err
	}
	account, _, err := p.rules.HandOut(office.Account{User: u}, random(), salt(), time.Now()) // the password is told to nobody
	if err != nil {
		return "", err
	}
	if err := p.save(ctx, "user.add", nil, account); err != nil {
		return "", err
	}
	by, err := u.Subject()
	if err != nil {
		return "", err
	}
	now := time.Now()
	token := office.Token{ID: office.TokenID("t-" + strings.ToLower(rand.Text())), Title: i.Code, Actions: []office.Action{office.SettleVisits}, Made: now, Expires: now.Add(p.rules.Tokens.Longest)}
	token, secret, err := p.rules.Tokens.IssueToken(token, by, random())
	if err != nil {
		return "", err
	}
	i.Account = u.ID
	act := p.act(i.Division, "institution.add", u.ID)
	_, err = p.Write(ctx, act, func(t *store.Tx) error {
		t.Did(office.Object{Kind: "institution", ID: i.Code}, nil, []office.Field{{Name: "division", Value: string(i.Division)}, {Name: "level", Value: i.Level}})
		if err := t.SaveInstitution(i); err != nil {
			return err
		}
		return t.SaveToken(token)
	})
	return secret, err
}

func (p people) checkInstitution(i store.Institution) error {
	wrong := func(flag, value, key string) error {
		return fault.New(fault.Usage, "cli.institutions.value", "flag", flag, "value", value, "expected", fault.Msg(key))
	}
	switch d, known := p.tree.Get(i.Division); {
	case len(i.Code) != 12 || strings.ContainsFunc(i.Code, func(c rune) bool { return (c < '0' || c > '9') && (c < 'A' || c > 'Z') }):
		return wrong("--code", i.Code, "cli.flag.institution_code")
	case i.Name == "":
		return wrong("--name", i.Name, "cli.flag.institution_name")
	case !known || d.Code.Level() == region.Province:
		return wrong("--division", string(i.Division), "cli.flag.institution_division")
	case i.Level < "01" || i.Level > "11" || len(i.Level) != 2:
		return wrong("--level", i.Level, "cli.flag.institution_level")
	}
	return nil
}

// demoInstitutions adds a made-up hospital and a clinic of the first county.
func (a *app) demoInstitutions(ctx context.Context, p people, demo *web.Demo) error {
	county := p.firstCounty()
	if county == "" {
		return nil
	}
	for _, x := range []struct{ prefix, level, key string }{{"H", "01", "cli.demo.hospital"}, {"W", "11", "cli.demo.clinic"}} {
		i := store.Institution{Code: x.prefix + string(county) + "99999", Division: county, Name: a.p.T("cli.demo.institution", "kind", fault.Msg(x.key)), Level: x.level, Synthetic: true}
		token, err := p.addInstitution(ctx, i)
		if err != nil {
			return err
		}
		demo.Institutions = append(demo.Institutions, web.DemoInstitution{Institution: i, Token: token})
	}
	return nil
}
