package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tongchou/internal/fault"
	"tongchou/internal/lake"
)

// The environment of every command that opens a claims store.
const (
	lakeVariable    = "TONGCHOU_LAKE"           // the address of PostgreSQL, when no --lake is given
	keyVariable     = "TONGCHOU_CLAIMS_KEY"     // a file with the key that files are encrypted with
	memoryVariable  = "TONGCHOU_CLAIMS_MEMORY"  // such as 4GB
	threadsVariable = "TONGCHOU_CLAIMS_THREADS" // a number
)

// storeFlags say where a claims store is.
type storeFlags struct {
	dir, dsn string
	command  *cobra.Command
	flag     string // that names the directory
}

// add adds the flags to a command; flag is what names the directory there.
func (f *storeFlags) add(a *app, c *cobra.Command, flag, help string) {
	f.command, f.flag = c, flag
	c.Flags().StringVar(&f.dir, flag, "", help)
	c.Flags().StringVar(&f.dsn, "lake", "", a.p.T("cli.flag.lake"))
}

// given tells whether the command line names a store.
func (f *storeFlags) given() bool { return f.dir != "" || f.dsn != "" }

// address is that of the server; empty where the store is files. An empty --lake puts the environment's aside.
func (f *storeFlags) address() string {
	if f.command.Flags().Changed("lake") {
		return f.dsn
	}
	return os.Getenv(lakeVariable)
}

// name is what a store is called in results.
func (f *storeFlags) name(l *lake.Lake) string {
	if f.address() != "" {
		return l.Place()
	}
	return f.dir
}

// store opens the claims store that the flags name; there must be one.
func (a *app) store(f *storeFlags) (*lake.Lake, error) {
	dsn := f.address()
	if f.dir == "" && dsn == "" {
		return nil, fault.New(fault.Usage, "cli.flag_missing", "flag", "--"+f.flag)
	}
	o, err := claimsOptions(f.dir, dsn)
	if err != nil {
		return nil, err
	}
	if dsn == "" {
		if _, err := os.Stat(filepath.Join(f.dir, "manifest.json")); errors.Is(err, fs.ErrNotExist) {
			return nil, fault.New(fault.Refused, "cli.claims.none", "dir", f.dir)
		}
		return lake.Open(o)
	}
	l, err := lake.Open(o)
	if err != nil {
		return nil, err
	}
	m, err := l.Manifest()
	if err == nil && len(m.Imports) == 0 {
		err = fault.New(fault.Refused, "cli.claims.none", "dir", l.Place())
	}
	if err != nil {
		l.Close() // nothing was written
		return nil, err
	}
	return l, nil
}

// claimsOptions are the options of a claims store with what the environment says.
func claimsOptions(dir, dsn string) (lake.Options, error) {
	o := lake.Options{Dir: dir, DSN: dsn, Memory: os.Getenv(memoryVariable)}
	if o.Memory != "" && !lake.KnownSize(o.Memory) {
		return o, fault.New(fault.Usage, "cli.claims.memory", "name", memoryVariable, "value", o.Memory)
	}
	if text := os.Getenv(threadsVariable); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1024 {
			return o, fault.New(fault.Usage, "cli.claims.threads", "name", threadsVariable, "value", text)
		}
		o.Threads = n
	}
	path := os.Getenv(keyVariable)
	if path == "" {
		return o, nil
	}
	var err error
	o.SealKey, err = readSealKey(path)
	return o, err
}

// readSealKey reads a key file: 64 hexadecimal digits. One that others can read is refused.
func readSealKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.New(fault.Refused, "cli.claims.key.unreadable", "file", path)
	}
	if !lake.Private(info) {
		return nil, fault.New(fault.Refused, "cli.claims.key.open", "file", path)
	}
	if info.Size() > 1<<10 {
		return nil, fault.New(fault.Refused, "cli.claims.key.form", "file", path, "digits", 2*lake.SealKeyBytes)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Refused, "cli.claims.key.unreadable", "file", path)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != lake.SealKeyBytes {
		return nil, fault.New(fault.Refused, "cli.claims.key.form", "file", path, "digits", 2*lake.SealKeyBytes)
	}
	return key, nil
}

func (a *app) claimsKey() *cobra.Command {
	c := &cobra.Command{Use: "key FILE", Short: a.p.T("cli.claims.key.short"), Long: a.p.T("cli.claims.key.long"), Args: a.exactly(1),
		Example: "  tongchou claims key claims.key"}
	c.RunE = func(_ *cobra.Command, args []string) error {
		key := make([]byte, lake.SealKeyBytes)
		rand.Read(key) // never fails
		if err := makeKeyFile(args[0], hex.EncodeToString(key)+"\n"); err != nil {
			return err
		}
		return a.say("cli.claims.key.done", "file", args[0], "name", keyVariable)
	}
	return c
}

// makeKeyFile writes a file that is there already under no circumstances.
func makeKeyFile(path, text string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Refused, "cli.claims.key.there", "file", path)
	}
	if err != nil {
		return fault.Wrap(err, "cli.cannot_write", "file", path)
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		os.Remove(path) // half a key is none
		return fault.Wrap(err, "cli.cannot_write", "file", path)
	}
	return nil
}

func (a *app) claimsColumnar() *cobra.Command {
	var f storeFlags
	var year string
	c := &cobra.Command{Use: "columnar", Short: a.p.T("cli.claims.columnar.short"), Long: a.p.T("cli.claims.columnar.long"), Args: a.noArgs,
		Example: "  tongchou claims columnar --year 2024 --lake postgres://tongchou@db/claims"}
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	c.Flags().StringVar(&year, "year", "", a.p.T("cli.flag.year"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return claiming(c, func(ctx context.Context) error {
			of, err := requiredYear(year)
			if err != nil {
				return err
			}
			l, err := a.store(&f)
			if err != nil {
				return err
			}
			defer l.Close() // the server has it by then
			if err := l.Columnar(ctx, of); err != nil {
				return err
			}
			return a.say("cli.claims.columnar.done", "year", int(of))
		})
	}
	return c
}
