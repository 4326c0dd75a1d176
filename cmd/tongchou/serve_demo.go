package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/region"
	"tongchou/internal/synth"
	"tongchou/internal/web"
)

// demoPersons are the made-up persons of a demo: in two years they have some 300,000 settlements, which a demo takes in in two
// seconds.
const demoPersons = 40_000

// demoClaims fills an empty claims store with made-up settlements of two years, and writes the register of the made-up persons,
// so that headcounts are right. A program without the store's engine makes none.
func (a *app) demoClaims(ctx context.Context, to web.Claims, pack string, seed uint64) error {
	if !lake.Embedded {
		return nil
	}
	f := claimFlags{persons: demoPersons, seed: seed}
	f.policy = pack
	o, err := f.options(a)
	if err != nil {
		return err
	}
	o.From = o.To - 1
	tree, err := region.Load()
	if err != nil {
		return fault.Wrap(err, "cli.broken_tables")
	}
	claims, err := synth.NewClaims(o, tree)
	if err != nil {
		return err
	}
	source := filepath.Join(filepath.Dir(to.Dir), "claims-"+string(o.Province)+".csv")
	defer os.Remove(source) // it is in the store by then; a demo's directory goes with the demo
	if err := wholeFile(source, func(w io.Writer) error {
		_, err := claims.WriteCSV(ctx, w, 0, nil)
		return err
	}); err != nil {
		return err
	}
	if err := a.demoImport(ctx, to.Dir, source); err != nil {
		return err
	}
	return writeRegister(ctx, to.Enrolled, claims, o)
}

func (a *app) demoImport(ctx context.Context, dir, source string) (err error) {
	o, err := claimsOptions(dir, "")
	if err != nil {
		return err
	}
	store, err := lake.Open(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	_, err = store.Import(ctx, source, lake.ImportOptions{Kind: lake.Final, Say: a.p.Text})
	return err
}
