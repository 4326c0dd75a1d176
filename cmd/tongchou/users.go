package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// operator is who is written down for what is done at the machine itself, past the console.
const operator office.UserID = "operator"

// storeAddress is the relational store of a data directory, unless another is named.
func storeAddress(data, named string) string {
	if named == "" {
		return filepath.Join(data, "office")
	}
	return named
}

// officeStore opens the relational store of a data directory; nil when none was set up and none is named.
func officeStore(ctx context.Context, data, named string) (*store.Store, error) {
	if address := storeAddress(data, named); named != "" || store.Exists(address) {
		return openStore(ctx, address)
	}
	return nil, nil
}

// people are the users of a store, as the command line changes them.
type people struct {
	*store.Store
	tree     *region.Tree
	province region.Code
	rules    office.SecurityRules
}

// userFlags say whose store it is.
type userFlags struct{ data, store string }

func (a *app) usersCommand() *cobra.Command {
	var at userFlags
	group := a.group("users", a.usersInit(&at), a.usersAdd(&at), a.usersList(&at), a.usersState(&at, "lock", office.Suspended), a.usersState(&at, "unlock", office.Active),
		a.usersReset(&at), a.usersGrant(&at))
	group.PersistentFlags().StringVar(&at.data, "data", "", a.p.T("cli.flag.data"))
	group.PersistentFlags().StringVar(&at.store, "store", os.Getenv("TONGCHOU_STORE"), a.p.T("cli.flag.store"))
	group.PersistentFlags().Lookup("store").DefValue = ""
	return group
}

// with opens the store that the flags name, does something with its users, and closes it.
func (a *app) with(ctx context.Context, at *userFlags, do func(people) error) (err error) {
	if at.data == "" {
		return fault.New(fault.Usage, "cli.flag_missing", "flag", "--data")
	}
	folder, err := a.openOrCreate(at.data, "")
	if err != nil {
		return err
	}
	engine, pack, err := a.engineFor(folder.Settings().Policy)
	if err != nil {
		return err
	}
	if len(pack.Provinces) == 0 {
		return fault.New(fault.Refused, "cli.users.no_province", "policy", pack.ID)
	}
	s, err := store.Open(ctx, storeAddress(at.data, at.store), storeOptions())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(people{s, engine.Tree, pack.Provinces[0], office.DefaultSecurityRules()})
}

// act is something that is done at the machine itself.
func (p people) act(division region.Code, name string, id office.UserID) store.Act {
	return store.Act{Record: office.Record{Chain: division, Who: operator, Action: name, Object: office.Object{Kind: "user", ID: string(id)}},
		Scope: store.ScopeOf(p.province)}
}

// add keeps a new user with a one-time password.
func (p people) add(ctx context.Context, u office.User) (string, error) {
	u.ID, u.State, u.Version = office.UserID("u-"+strings.ToLower(rand.Text())), office.Active, 1
	if err := u.Check(p.tree); err != nil {
		return "", err
	}
	account, password, err := p.rules.HandOut(office.Account{User: u}, random(), salt(), time.Now())
	if err != nil {
		return "", err
	}
	return password, p.save(ctx, "user.add", nil, account)
}

// save keeps an account as it was changed.
func (p people) save(ctx context.Context, name string, before []office.Field, a office.Account) error {
	_, err := p.Write(ctx, p.act(a.Division, name, a.ID), func(t *store.Tx) error {
		t.Did(office.Object{Kind: "user", ID: string(a.ID)}, before, a.Fields())
		return t.Save(a)
	})
	if errors.Is(err, office.ErrStale) {
		return fault.New(fault.Refused, "cli.users.taken", "login", string(a.Login))
	}
	return err
}

// change loads the user of a login, lets something change him and keeps him.
func (p people) change(ctx context.Context, login, name string, do func(*office.Account) error) error {
	account, found, err := p.Accounts().Account(ctx, office.Login(login))
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.Refused, "cli.users.unknown", "login", login)
	}
	before := account.Fields()
	if err := do(&account); err != nil {
		return err
	}
	if err := account.Check(p.tree); err != nil {
		return err
	}
	account.Version++
	return p.save(ctx, name, before, account)
}

func random() (out office.Random) {
	_, _ = rand.Read(out[:]) // never fails
	return out
}

func salt() (out office.Salt) {
	_, _ = rand.Read(out[:]) // never fails
	return out
}

// administrators are the three that a store begins with (三员).
var administrators = []struct {
	login office.Login
	role  office.Role
}{{"sysadmin", office.SystemAdmin}, {"secadmin", office.SecurityAdmin}, {"auditadmin", office.AuditAdmin}}

func (a *app) usersInit(at *userFlags) *cobra.Command {
	return &cobra.Command{Use: "init", Short: a.p.T("cli.users.init.short"), Long: a.p.T("cli.users.init.long"), Args: a.noArgs,
		Example: "  tongchou users init --data DIR", RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), at, func(p people) error { return a.initUsers(c.Context(), p) })
		}}
}

func (a *app) initUsers(ctx context.Context, p people) error {
	users, err := p.Accounts().Users(ctx, store.ScopeOf(p.province))
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return fault.New(fault.Refused, "cli.users.init.done", "count", len(users))
	}
	for _, admin := range administrators {
		password, err := p.add(ctx, office.User{Login: admin.login, Name: a.p.Text(admin.role.Label()), Department: office.MedicalSecurity,
			Division: p.province, Roles: []office.Role{admin.role}})
		if err != nil {
			return err
		}
		if err := a.say("cli.users.password", "login", string(admin.login), "roles", []fault.Message{admin.role.Label()}, "password", password); err != nil {
			return err
		}
	}
	return a.say("cli.users.init.next")
}

func (a *app) usersAdd(at *userFlags) *cobra.Command {
	var u office.User
	var department, division, roles string
	c := &cobra.Command{Use: "add LOGIN", Short: a.p.T("cli.users.add.short"), Args: cobra.ExactArgs(1),
		Example: "  tongchou users add zhangsan --data DIR --name NAME --department medical --division 510000 --roles clerk"}
	c.Flags().StringVar(&u.Name, "name", "", a.p.T("cli.flag.user_name"))
	c.Flags().StringVar(&department, "department", string(office.MedicalSecurity), a.p.T("cli.flag.department"))
	c.Flags().StringVar(&division, "division", "", a.p.T("cli.flag.user_division"))
	c.Flags().StringVar(&roles, "roles", "", a.p.T("cli.flag.roles"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), at, func(p people) error {
			u.Login, u.Department, u.Division, u.Roles = office.Login(args[0]), office.Department(department), region.Code(division), rolesOf(roles)
			if division == "" {
				u.Division = p.province
			}
			password, err := p.add(c.Context(), u)
			if err != nil {
				return err
			}
			return a.say("cli.users.password", "login", args[0], "roles", roleLabels(u.Roles), "password", password)
		})
	}
	return c
}

// rolesOf reads a list of roles.
func rolesOf(text string) []office.Role {
	var out []office.Role
	for _, name := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' }) {
		out = append(out, office.Role(name))
	}
	return out
}

func roleLabels(roles []office.Role) []fault.Message {
	out := make([]fault.Message, len(roles))
	for i, r := range roles {
		out[i] = r.Label()
	}
	return out
}

func (a *app) usersList(at *userFlags) *cobra.Command {
	return &cobra.Command{Use: "list", Short: a.p.T("cli.users.list.short"), Args: a.noArgs, RunE: func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), at, func(p people) error {
			users, err := p.Accounts().Users(c.Context(), store.ScopeOf(p.province))
			if err != nil {
				return err
			}
			var rows [][]string
			for _, u := range users {
				rows = append(rows, []string{string(u.Login), u.Name, a.p.Value(u.Division), a.p.Text(u.Department.Label()), a.p.Value(roleLabels(u.Roles)), a.p.Text(u.State.Label())})
			}
			return list(a.out, rows)
		})
	}}
}

// usersState is the command that lets a user work or not.
func (a *app) usersState(at *userFlags, use string, state office.UserState) *cobra.Command {
	return &cobra.Command{Use: use + " LOGIN", Short: a.p.T("cli.users." + use + ".short"), Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), at, func(p people) error {
			if err := p.change(c.Context(), args[0], "user."+use, func(u *office.Account) error { u.State = state; return nil }); err != nil {
				return err
			}
			if state == office.Active {
				if err := p.Accounts().Attempt(c.Context(), office.Login(args[0]), func(office.Attempts) (office.Attempts, error) { return office.Attempts{}, nil }); err != nil {
					return err
				}
			}
			return a.say("cli.users.state", "login", args[0], "state", state.Label())
		})
	}}
}

func (a *app) usersReset(at *userFlags) *cobra.Command {
	return &cobra.Command{Use: "reset LOGIN", Short: a.p.T("cli.users.reset.short"), Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), at, func(p people) error {
			var password string
			var roles []office.Role
			err := p.change(c.Context(), args[0], "user.reset", func(u *office.Account) (err error) {
				*u, password, err = p.rules.HandOut(*u, random(), salt(), time.Now())
				roles = u.Roles
				return err
			})
			if err != nil {
				return err
			}
			return a.say("cli.users.password", "login", args[0], "roles", roleLabels(roles), "password", password)
		})
	}}
}

func (a *app) usersGrant(at *userFlags) *cobra.Command {
	var roles string
	c := &cobra.Command{Use: "grant LOGIN", Short: a.p.T("cli.users.grant.short"), Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&roles, "roles", "", a.p.T("cli.flag.roles"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), at, func(p people) error {
			if err := p.change(c.Context(), args[0], "user.grant", func(u *office.Account) error { u.Roles = rolesOf(roles); return nil }); err != nil {
				return err
			}
			return a.say("cli.users.granted", "login", args[0], "roles", roleLabels(rolesOf(roles)))
		})
	}
	return c
}
