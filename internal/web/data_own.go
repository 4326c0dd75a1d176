package web

import (
	"net/http"
	"slices"
	"strconv"

	"tongchou/internal/exchange"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// dataDivision is whose rows the reader's right is asked for: his own division's, or without sign-in the province's.
func (f *frame) dataDivision() region.Code {
	if f.site.Store == nil {
		return f.province()
	}
	return f.subject.Division
}

// onlyOwn tells whether the reader sees but his own division's rows.
func (f *frame) onlyOwn() bool { return !f.seesRows(f.province()) }

// seesRows tells whether the reader may look at a division's rows, or take them away.
func (f *frame) seesRows(division region.Code) bool {
	return f.may(office.View, division) || f.may(office.Export, division)
}

// keepToOwn keeps a page of rows to what the reader may see: without it a page would tell of every city.
func (f *frame) keepToOwn() {
	if !f.onlyOwn() {
		return
	}
	all := f.book
	own := &book{version: all.version, overlay: all.overlay, sets: all.sets}
	own.loaded.Synthetic = all.loaded.Synthetic
	own.facts = pool.Facts{
		Statements: ownRows(f, all.facts.Statements, func(s pool.Statement) region.Code { return s.Division }),
		Factors:    ownRows(f, all.facts.Factors, func(r pool.FactorRow) region.Code { return r.Division }),
		AgeGroups:  ownRows(f, all.facts.AgeGroups, func(g pool.AgeGroup) region.Code { return g.Division }),
	}
	f.book, f.problems, f.result, f.fund = own, nil, nil, nil
}

func ownRows[T any](f *frame, rows []T, division func(T) region.Code) []T {
	return slices.DeleteFunc(slices.Clone(rows), func(row T) bool { return !f.seesRows(division(row)) })
}

// kinds are the kinds of files the reader has to do with: opening balances are the province's.
func (f *frame) kinds() []exchange.Kind {
	if !f.onlyOwn() {
		return exchange.Kinds()
	}
	return slices.DeleteFunc(slices.Clone(exchange.Kinds()), func(k exchange.Kind) bool { return k == exchange.Openings })
}

// kindNamed finds one of the reader's kinds by the name addresses and forms use.
func (f *frame) kindNamed(text string) (exchange.Kind, bool) {
	kind, ok := kindNamed(text)
	return kind, ok && slices.Contains(f.kinds(), kind)
}

// takeOver imports a file within the reader's divisions. That he asked for it is written down before, and what came of it after.
func (d *desk) takeOver(f *frame, r *http.Request, importer Importer, kind exchange.Kind, up upload) (exchange.Report, error) {
	if d.Store == nil {
		return importer.ImportWithin(nil, kind, up.in, up.replace)
	}
	asked := []office.Field{{Name: "file", Value: up.in.Name}, {Name: "sm3", Value: office.DigestOf(up.in.Content).String()}, {Name: "replace", Value: strconv.FormatBool(up.replace)}}
	if err := d.record(f, r, "data.import", kind, asked); err != nil {
		return exchange.Report{}, err
	}
	scope := f.scope(office.Import)
	report, err := importer.ImportWithin(scope.Holds, kind, up.in, up.replace)
	if err != nil {
		return report, err
	}
	return report, d.record(f, r, "data.imported", kind, append(asked, office.Field{Name: "added", Value: strconv.Itoa(report.Added)},
		office.Field{Name: "replaced", Value: strconv.Itoa(report.Replaced)}, office.Field{Name: "unchanged", Value: strconv.Itoa(report.Unchanged)}))
}

// record writes down what was done with the rows of a kind.
func (d *desk) record(f *frame, r *http.Request, action string, kind exchange.Kind, after []office.Field) error {
	object := office.Object{Kind: "data", ID: string(kind)}
	_, err := d.Store.Write(r.Context(), f.act(f.subject.Division, action, object, ""), func(t *store.Tx) error {
		t.Did(object, nil, after)
		return nil
	})
	return err
}
