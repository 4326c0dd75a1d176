package main

import (
	"bufio"
	"context"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

func (a *app) clearingConfirm() *cobra.Command {
	var f clearingFlags
	var login string
	c := &cobra.Command{Use: "confirm", Short: a.p.T("cli.clearing.confirm.short"), Long: a.p.T("cli.clearing.confirm.long"), Args: a.noArgs,
		Example: "  tongchou clearing confirm --division 510100 --month 2026-10 --login LOGIN --store DIR < PASSWORD_FILE"}
	f.add(a, c)
	c.Flags().StringVar(&f.month, "month", "", a.p.T("cli.flag.clearing_month"))
	c.Flags().StringVar(&login, "login", "", a.p.T("cli.flag.clearing_login"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return untilInterrupted(c, func(ctx context.Context) error { return a.confirmMonth(ctx, &f, login) })
	}
	return c
}

// confirmMonth confirms and books the proposed month of a pooling area. Whoever does signs in with his own login, so that the second person is one who may and is not the first.
//
// 依据: YA-4.10.3
func (a *app) confirmMonth(ctx context.Context, f *clearingFlags, login string) error {
	year, month, err := f.parsed()
	if err != nil {
		return err
	}
	if login == "" {
		return fault.New(fault.Usage, "cli.flag_missing", "flag", "--login")
	}
	chart, err := ledger.Standard()
	if err != nil {
		return err
	}
	s, err := openStore(ctx, f.store)
	if err != nil {
		return err
	}
	defer s.Close() // everything is committed
	area := region.Code(f.division)
	who, err := a.signIn(ctx, s, login, area)
	if err == nil {
		err = office.Can(who, office.ReviewBooks, area)
	}
	if err != nil {
		return err
	}
	act := store.Act{Record: office.Record{Chain: area, Who: who.ID, Department: who.Department, At: time.Now()}, Scope: store.ScopeOf(area)}
	m, err := remit.Service{Store: s, Chart: chart}.ConfirmMonth(ctx, act, area, year, month)
	if err != nil {
		return err
	}
	return a.say("cli.clearing.confirmed", "area", area, "month", f.month, "rows", m.Rows, "who", who.Name)
}

// signIn signs a user in with the password on standard input, by the rules of the console, and ends the session at once: it was for this act alone. Attempts on
// logins that there are not are written to the chain of home.
//
// 依据: YA-4.10.2
func (a *app) signIn(ctx context.Context, s *store.Store, login string, home region.Code) (office.Subject, error) {
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if line == "" && err != nil {
		return office.Subject{}, fault.New(fault.Usage, "cli.sign_in.no_password")
	}
	host, _ := os.Hostname() // empty where it is not known
	at := time.Now()
	welcome, err := office.SignIns{Accounts: s.Accounts(), Rules: office.DefaultSecurityRules(), Key: random()}.SignIn(ctx, office.Attempt{Login: office.Login(strings.ToLower(login)),
		Password: strings.TrimRight(line, "\r\n"), From: office.Address(host), At: at, Session: random(), Salt: salt(), Home: home})
	if err != nil {
		return office.Subject{}, err
	}
	u := welcome.User
	if err := s.Accounts().EndSession(ctx, welcome.Session.Key, office.Record{Chain: u.Division, At: at, Who: u.ID, Department: u.Department, Action: "sign_out",
		Object: office.Object{Kind: "user", ID: string(u.ID)}}); err != nil {
		return office.Subject{}, err
	}
	if welcome.MustChange {
		return office.Subject{}, fault.New(fault.Refused, "cli.sign_in.must_change", "login", login)
	}
	return u.Subject()
}
