package main

import (
	"context"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// storeFlag adds the flag that names a store; the environment keeps a server's password off the command line.
func (a *app) storeFlag(c *cobra.Command, address *string) {
	c.Flags().StringVar(address, "store", os.Getenv("TONGCHOU_STORE"), a.p.T("cli.flag.store"))
	c.Flag("store").DefValue = ""
}

// untilInterrupted does what Ctrl+C ends.
func untilInterrupted(c *cobra.Command, do func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := do(ctx)
	if errors.Is(err, context.Canceled) {
		return fault.New(fault.Refused, "cli.store.interrupted")
	}
	return err
}

// openStore opens the store that --store names; there must be one.
func openStore(ctx context.Context, address string) (*store.Store, error) {
	if address == "" {
		return nil, fault.New(fault.Usage, "cli.flag_missing", "flag", "--store")
	}
	if !store.Exists(address) {
		return nil, fault.New(fault.Refused, "cli.store.none", "dir", address)
	}
	return openOrLook(ctx, address)
}

// openOrLook opens a store, to be read alone where it may not be written to.
func openOrLook(ctx context.Context, address string) (*store.Store, error) {
	s, err := store.Open(ctx, address, storeOptions())
	var said *fault.Error
	if errors.As(err, &said) && said.Key == "store.read_only" {
		return store.OpenReadOnly(ctx, address, storeOptions())
	}
	return s, err
}

// storeOptions are what the environment says about opening stores.
func storeOptions() store.Options { return store.Options{PersonKey: os.Getenv("TONGCHOU_PERSON_KEY")} }

func (a *app) backupCommand() *cobra.Command {
	var address, key string
	var newKey bool
	c := &cobra.Command{Use: "backup FILE", Short: a.p.T("cli.backup.short"), Long: a.p.T("cli.backup.long"), Args: a.exactly(1),
		Example: "  tongchou backup 2026-03-05.backup --store DIR --key backup.key --new-key\n  TONGCHOU_STORE=postgres://tongchou@db/tongchou tongchou backup 2026-03-05.backup --key backup.key"}
	a.storeFlag(c, &address)
	c.Flags().StringVar(&key, "key", "", a.p.T("cli.flag.backup_key"))
	c.Flags().BoolVar(&newKey, "new-key", false, a.p.T("cli.flag.new_key"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return untilInterrupted(c, func(ctx context.Context) error {
			s, err := openStore(ctx, address)
			if err != nil {
				return err
			}
			defer s.Close() // nothing was written
			secret, err := backupKey(key, newKey)
			if err != nil {
				return err
			}
			tally, err := s.BackupFile(ctx, args[0], secret, nil)
			if err != nil {
				return err
			}
			return a.say("cli.backup.done", "file", args[0], "rows", tally.Rows)
		})
	}
	return c
}

func backupKey(path string, made bool) (store.BackupKey, error) {
	switch {
	case path == "":
		return store.BackupKey{}, fault.New(fault.Usage, "cli.flag_missing", "flag", "--key")
	case made:
		return store.NewKeyFile(path)
	}
	return store.ReadKeyFile(path)
}

func (a *app) restoreCommand() *cobra.Command {
	var address, key string
	c := &cobra.Command{Use: "restore FILE", Short: a.p.T("cli.restore.short"), Long: a.p.T("cli.restore.long"), Args: a.exactly(1),
		Example: "  tongchou restore 2026-03-05.backup --store NEWDIR --key backup.key"}
	a.storeFlag(c, &address)
	c.Flags().StringVar(&key, "key", "", a.p.T("cli.flag.backup_key"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return untilInterrupted(c, func(ctx context.Context) error {
			if address == "" {
				return fault.New(fault.Usage, "cli.flag_missing", "flag", "--store")
			}
			secret, err := backupKey(key, false)
			if err != nil {
				return err
			}
			file, err := os.Open(args[0])
			if errors.Is(err, fs.ErrNotExist) {
				return fault.New(fault.Refused, "cli.restore.no_file", "file", args[0])
			}
			if err != nil {
				return fault.Wrap(err, "store.backup")
			}
			defer file.Close() // only read from
			s, tally, err := store.Restore(ctx, address, storeOptions(), file, secret)
			if err != nil {
				return err
			}
			defer s.Close() // everything is committed
			if err := a.say("cli.restore.done", "rows", tally.Rows); err != nil {
				return err
			}
			_, err = a.verifyStore(ctx, s, nil)
			return err
		})
	}
	return c
}

func (a *app) verifyCommand() *cobra.Command {
	var address, known, save string
	c := &cobra.Command{Use: "verify", Short: a.p.T("cli.verify.short"), Long: a.p.T("cli.verify.long"), Args: a.noArgs,
		Example: "  tongchou verify --store DIR --save-heads heads.csv\n  tongchou verify --store DIR --heads heads.csv"}
	a.storeFlag(c, &address)
	c.Flags().StringVar(&known, "heads", "", a.p.T("cli.flag.heads"))
	c.Flags().StringVar(&save, "save-heads", "", a.p.T("cli.flag.save_heads"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return untilInterrupted(c, func(ctx context.Context) error {
			heads, err := readHeads(known)
			if err != nil {
				return err
			}
			s, err := openStore(ctx, address)
			if err != nil {
				return err
			}
			defer s.Close() // nothing was written
			report, err := a.verifyStore(ctx, s, heads)
			if err != nil || save == "" {
				return err
			}
			return saveHeads(save, report.Heads)
		})
	}
	return c
}

func (a *app) verifyStore(ctx context.Context, s *store.Store, known []office.Head) (store.Report, error) {
	chart, err := ledger.Standard()
	if err != nil {
		return store.Report{}, err
	}
	report, err := s.Verify(ctx, chart, known...)
	if err != nil {
		return report, err
	}
	if err := a.say("cli.verify.done", "chains", len(report.Heads), "entries", report.Entries, "books", report.Books, "vouchers", report.Vouchers); err != nil {
		return report, err
	}
	switch {
	case report.Sealed > 0:
		err = a.say("cli.verify.sealed", "count", report.Sealed)
	case report.Persons > 0:
		err = a.say("cli.verify.persons", "count", report.Persons)
	}
	return report, err
}

// readHeads reads a file that saveHeads wrote.
func readHeads(path string) (heads []office.Head, err error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Refused, Message: fault.Msg("cli.verify.heads_file", "file", path), Cause: err}
	}
	defer file.Close() // only read from
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, &fault.Error{Kind: fault.Refused, Message: fault.Msg("cli.verify.heads_file", "file", path), Cause: err}
	}
	var l fault.List
	for i, row := range rows {
		if i == 0 {
			continue
		}
		chain, errChain := region.Parse(row[0])
		seq, errSeq := strconv.ParseInt(row[min(1, len(row)-1)], 10, 64)
		hash, errHash := office.ParseDigest(row[len(row)-1])
		if len(row) != 3 || errChain != nil || errSeq != nil || errHash != nil || seq < 1 {
			l.Add(fault.Problem{File: path, Row: i + 1, Message: fault.Msg("cli.verify.heads_row")})
			continue
		}
		heads = append(heads, office.Head{Chain: chain, Seq: office.Seq(seq), Hash: hash})
	}
	return heads, l.Err()
}

func saveHeads(path string, heads []office.Head) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Refused, "store.backup_exists", "file", path)
	}
	if err != nil {
		return fault.Wrap(err, "store.backup")
	}
	w := csv.NewWriter(file)
	rows := [][]string{{"chain", "seq", "hash"}}
	for _, h := range heads {
		rows = append(rows, []string{string(h.Chain), strconv.FormatInt(int64(h.Seq), 10), h.Hash.String()})
	}
	err = w.WriteAll(rows)
	if failed := file.Close(); err == nil {
		err = failed
	}
	if err != nil {
		return fault.Wrap(err, "store.backup")
	}
	return nil
}
