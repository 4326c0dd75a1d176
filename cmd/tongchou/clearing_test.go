package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

// A month that one person proposed is confirmed at the command line by another, who signs in as himself; not by who proposed it, nor with a wrong or a first password, nor without the right.
func TestMonthConfirmedByCommand(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "store")
	s, err := store.Open(ctx, dir, storeOptions())
	if err != nil {
		t.Fatal(err)
	}
	area, rules := region.Code("510100"), office.DefaultSecurityRules()
	for _, u := range []struct {
		login office.Login
		role  office.Role
		first bool
	}{{"maker", office.Accountant, false}, {"reviewer", office.Reviewer, false}, {"new", office.Reviewer, true}, {"viewer", office.Viewer, false}} {
		account, err := rules.SetPassword(office.Account{User: office.User{ID: office.UserID("u-" + u.login), Login: u.login, Name: "测试员", Department: office.MedicalSecurity, Division: area, Roles: []office.Role{u.role},
			State: office.Active, Version: 1}}, "Correct-Horse-7", u.first, salt(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		act := store.Act{Record: office.Record{Chain: area, Who: operator, Action: "user.add"}, Scope: store.ScopeOf(area)}
		if _, err := s.Write(ctx, act, func(t *store.Tx) error { return t.Save(account) }); err != nil {
			t.Fatal(err)
		}
	}
	chart, err := ledger.Standard()
	if err != nil {
		t.Fatal(err)
	}
	service := remit.Service{Store: s, Chart: chart}
	by := func(at region.Code) store.Act {
		return store.Act{Record: office.Record{Chain: at, Who: "u-maker", At: time.Now()}, Scope: store.ScopeOf(at)}
	}
	if _, err := service.CloseDays(ctx, by(area.Province()), "2026-01-31", nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := service.ProposeMonth(ctx, by(area), area, 2026, 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ login, password, want string }{
		{"maker", "Correct-Horse-7", "经办与复核不能为同一人"},
		{"viewer", "Correct-Horse-7", "凭证审核"},
		{"new", "Correct-Horse-7", "须先在管理端修改"},
		{"reviewer", "wrong", "登录名或口令"},
		{"reviewer", "", "没有口令"},
		{"reviewer", "Correct-Horse-7", "复核入账，结算 0 条"},
		{"reviewer", "Correct-Horse-7", "复核入账，结算 0 条"},
	} {
		var out, errs bytes.Buffer
		in := c.password
		if in != "" {
			in += "\n"
		}
		run([]string{"clearing", "confirm", "--lang", "zh", "--division", string(area), "--month", "2026-01", "--login", c.login, "--store", dir}, strings.NewReader(in), &out, &errs)
		if !strings.Contains(out.String()+errs.String(), c.want) {
			t.Errorf("%s with %q: %s%s", c.login, c.password, &out, &errs)
		}
	}
}
