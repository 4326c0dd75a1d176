package main

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// fromClaims puts the factors that the claims store gives for the job's years in the place of a factors file, and its age groups
// in that of an age-group file unless there is one.
func (f *poolFlags) fromClaims(a *app, c *cobra.Command, j *job) error {
	return claiming(c, func(ctx context.Context) error {
		d, err := f.claims.open(a)
		if err != nil {
			return err
		}
		defer d.store.Close() // nothing was written
		for year := j.from; year <= j.to; year++ {
			drawn, err := d.draw(ctx, year)
			if err != nil {
				return err
			}
			s := sourceOf(drawn)
			place := a.p.T("cli.claims.input", "dir", f.claims.name(d.store), "year", int(year), "kind", s.Kind)
			for i := range drawn.Rows {
				drawn.Rows[i].Place.File = place
			}
			for i := range drawn.AgeGroups {
				drawn.AgeGroups[i].Place.File = place
			}
			j.loaded.Facts.Factors = append(j.loaded.Facts.Factors, drawn.Rows...)
			if f.ageGroups == "" {
				j.loaded.Facts.AgeGroups = append(j.loaded.Facts.AgeGroups, drawn.AgeGroups...)
			}
			j.loaded.Synthetic = j.loaded.Synthetic || drawn.Snapshot.Synthetic
			j.loaded.Digests = append(j.loaded.Digests, exchange.Digest{Kind: exchange.Factors, Name: place, SM3: s.Snapshot})
			j.claims = append(j.claims, s)
		}
		return nil
	})
}

// checkClaims refuses flags that say two things of the factors, or something of claims that nobody reads.
func (f *poolFlags) checkClaims(c *cobra.Command) error {
	switch {
	case f.claims.given() && f.factors != "":
		return fault.New(fault.Usage, "cli.claims.or_factors")
	case !f.claims.given() && (f.claims.enrolled != "" || c.Flags().Changed("kind")):
		return fault.New(fault.Usage, "cli.flag_missing", "flag", "--claims")
	}
	return nil
}

// sayClaims says which snapshots the factors come from, when they come from claims.
func (a *app) sayClaims(j job) error {
	for _, s := range j.claims {
		if err := a.saySource(s); err != nil {
			return err
		}
	}
	return nil
}

// withClaims is what machines read of a year, with the snapshot that its factors come from.
func (j job) withClaims(year policy.Year, value any) (any, error) {
	for _, s := range j.claims {
		if s.Year != year {
			continue
		}
		var b, claims bytes.Buffer
		if err := exchange.WriteJSON(&b, value); err != nil {
			return nil, err
		}
		if err := exchange.WriteJSON(&claims, map[string]any{"claims": s}); err != nil {
			return nil, err
		}
		// both are objects: the second's only key goes behind the last of the first
		object := bytes.TrimSuffix(bytes.TrimSpace(b.Bytes()), []byte("}"))
		return json.RawMessage(append(append(object, ','), bytes.TrimSpace(claims.Bytes())[1:]...)), nil
	}
	return value, nil
}
