package main

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/store"
	"tongchou/internal/web"
)

// answerSigning says how the settlement service signs and whether institutions must.
type answerSigning struct {
	key      string
	required bool
}

func (f answerSigning) set(s *web.Settling) (err error) {
	switch {
	case f == answerSigning{}:
		return nil
	case s == nil:
		return fault.New(fault.Usage, "cli.serve.signatures")
	}
	s.SignedOnly = f.required
	if f.key != "" {
		s.Signer, err = readSigner(f.key)
	}
	return err
}

// readSigner reads a private key. One that others may read is refused.
func readSigner(path string) (*fsi.Signer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Wrap(err, "cli.signing.no_file", "file", path)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Refused, "cli.signing.key_open", "file", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(err, "cli.signing.no_file", "file", path)
	}
	signer, err := fsi.ParseSigner(text)
	if err != nil {
		return nil, fault.New(fault.Refused, "cli.signing.key_form", "file", path)
	}
	return signer, nil
}

func readPublicKey(path string) (*fsi.PublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(err, "cli.signing.no_file", "file", path)
	}
	key, err := fsi.ParsePublicKey(string(text))
	if err != nil {
		return nil, fault.New(fault.Refused, "cli.institutions.key.bad", "file", path)
	}
	return key, nil
}

// institutionKey puts the key of an institution on file.
func (a *app) institutionKey(at *userFlags) *cobra.Command {
	var code, file, signing string
	c := &cobra.Command{Use: "key", Short: a.p.T("cli.institutions.key.short"), Long: a.p.T("cli.institutions.key.long"), Args: a.noArgs}
	c.Flags().StringVar(&code, "code", "", a.p.T("cli.flag.institution_code"))
	c.Flags().StringVar(&file, "key", "", a.p.T("cli.flag.institution_key"))
	c.Flags().StringVar(&signing, "signing", string(store.SigningRequired), a.p.T("cli.flag.institution_signing"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		asked := store.Signing(signing)
		if signing == "off" {
			asked = store.SigningOff
		} else if asked == store.SigningOff || !slices.Contains(store.Signings(), asked) {
			return fault.New(fault.Usage, "cli.institutions.key.signing", "value", signing)
		}
		var key *fsi.PublicKey
		if asked != store.SigningOff {
			if file == "" {
				return fault.New(fault.Usage, "cli.flag_missing", "flag", "--key")
			}
			var err error
			if key, err = readPublicKey(file); err != nil {
				return err
			}
		}
		return a.with(c.Context(), at, func(p people) error {
			i, err := p.setKey(c.Context(), code, asked, key)
			if err != nil {
				return err
			}
			if key == nil {
				return a.say("cli.institutions.key.off", "name", i.Name, "code", i.Code)
			}
			return a.say("cli.institutions.key.done", "name", i.Name, "code", i.Code, "signing", signing, "print", key.Fingerprint())
		})
	}
	return c
}

// setKey says by what key an institution's messages are checked, and whether they must be signed; nil for none.
func (p people) setKey(ctx context.Context, code string, asked store.Signing, key *fsi.PublicKey) (store.Institution, error) {
	i, found, err := p.Exchange().InstitutionByCode(ctx, code)
	if err != nil {
		return i, err
	}
	if !found {
		return i, fault.New(fault.Refused, "cli.institutions.unknown", "code", code)
	}
	before := []office.Field{{Name: "signing", Value: string(i.Signing)}, {Name: "key", Value: i.SignKey}}
	i.Signing, i.SignKey = asked, ""
	if key != nil {
		i.SignKey = key.Text()
	}
	_, err = p.Write(ctx, p.act(i.Division, "institution.key", i.Account), func(t *store.Tx) error {
		t.Did(office.Object{Kind: "institution", ID: code}, before, []office.Field{{Name: "signing", Value: string(i.Signing)}, {Name: "key", Value: i.SignKey}})
		return t.SaveInstitution(i)
	})
	return i, err
}

// newSigningKey makes a pair of keys.
func (a *app) newSigningKey() *cobra.Command {
	c := &cobra.Command{Use: "new-key FILE", Short: a.p.T("cli.institutions.new_key.short"), Long: a.p.T("cli.institutions.new_key.long"), Args: a.exactly(1)}
	c.RunE = func(_ *cobra.Command, args []string) error {
		signer, err := fsi.NewSigner()
		if err != nil {
			return err
		}
		text, err := signer.PEM()
		if err != nil {
			return err
		}
		public := args[0] + ".pub"
		if err := writeNew(args[0], text, 0o600); err != nil {
			return err
		}
		if err := writeNew(public, []byte(signer.Public().Text()+"\n"), 0o644); err != nil {
			return err
		}
		return a.say("cli.institutions.new_key.done", "file", args[0], "public", public, "print", signer.Public().Fingerprint())
	}
	return c
}

// writeNew writes a file that is not there yet.
func writeNew(path string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err == nil {
		_, err = f.Write(content)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fault.Wrap(err, "cli.cannot_write", "file", path)
	}
	return nil
}

// signMessage signs a request as an institution does.
func (a *app) signMessage() *cobra.Command {
	var key string
	c := &cobra.Command{Use: "sign", Short: a.p.T("cli.institutions.sign.short"), Long: a.p.T("cli.institutions.sign.long"), Args: a.noArgs}
	c.Flags().StringVar(&key, "key", "", a.p.T("cli.flag.signing_key"))
	c.RunE = func(*cobra.Command, []string) error {
		signer, err := readSigner(key)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(io.LimitReader(a.in, fsi.MostBytes+1))
		if err != nil {
			return err
		}
		if _, err := fsi.Read(body); err != nil {
			return err
		}
		signed, err := signer.SignRequest(body)
		if err == nil {
			_, err = a.out.Write(append(signed, '\n'))
		}
		return err
	}
	return c
}

// checkAnswer checks an answer as an institution does.
func (a *app) checkAnswer() *cobra.Command {
	var key string
	c := &cobra.Command{Use: "check", Short: a.p.T("cli.institutions.check.short"), Long: a.p.T("cli.institutions.check.long"), Args: a.noArgs}
	c.Flags().StringVar(&key, "key", "", a.p.T("cli.flag.answer_key"))
	c.RunE = func(*cobra.Command, []string) error {
		public, err := readPublicKey(key)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(a.in)
		if err == nil {
			err = public.VerifyAnswer(body)
		}
		if err != nil {
			return err
		}
		return a.say("cli.institutions.check.done")
	}
	return c
}
