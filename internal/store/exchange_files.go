package store

import (
	"context"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// ExchangeFile (交易文件) is a file that an institution sent, or that was made for it to fetch, until a time. It is kept sealed.
//
// 依据: YA-4.8.2
type ExchangeFile struct {
	Number      string
	Institution string
	Name        string
	Made, Until time.Time
	Content     []byte
}

// What institutions send and are given beside their messages.
var (
	guardedExchangeFiles = &guarded{"exchange_files", list("file"), list("institution name size made_at until sealed"), false}
	guardedEditions      = &guarded{"catalogue_editions", list("begins revision"), list("title synthetic items made_at who content"), false}
	guardedMappings      = &guarded{"item_mappings", list("institution item code begins"), list("ends kind withdrawn content"), true}
)

var exchangeFileTable = &table{name: "exchange_files", columns: list("file institution name size made_at until sealed")}

const exchangeFileSelecting = "SELECT name, made_at, until, sealed FROM exchange_files WHERE file = $1 AND institution = $2"

func exchangeFileSeal(number string) string { return "exchange file " + number }

// AddFile keeps a file, and takes those of the institution away whose time is over. More files than most are refused.
func (h *Handled) AddFile(f ExchangeFile, most int) error {
	kept := 0
	var over []string
	if err := h.reads([]string{exchangeFileTable.name}, func(scan func(...any) error) error {
		var number, until string
		if err := scan(&number, &until); err != nil {
			return err
		}
		if kept++; until <= stamp(f.Made) {
			over = append(over, number)
		}
		return nil
	}, "SELECT file, until FROM exchange_files WHERE institution = $1 ORDER BY file", f.Institution); err != nil {
		return err
	}
	for _, number := range over {
		h.wrote(guardedExchangeFiles, number)
		if err := h.one("DELETE FROM exchange_files WHERE file = $1", number); err != nil {
			return err
		}
	}
	if kept-len(over) >= most {
		return fault.New(fault.Refused, "store.exchange_files", "most", most)
	}
	h.wrote(guardedExchangeFiles, f.Number)
	return h.insert(exchangeFileTable, []any{f.Number, f.Institution, f.Name, int64(len(f.Content)), stamp(f.Made), stamp(f.Until), h.keys.sealText(exchangeFileSeal(f.Number), f.Content)})
}

// File finds a file of an institution; false when there is none.
func (h *Handled) File(institution, number string) (f ExchangeFile, found bool, err error) {
	return h.keys.exchangeFile(institution, number, func(row func(scan func(...any) error) error) error {
		return h.reads([]string{exchangeFileTable.name}, row, exchangeFileSelecting, number, institution)
	})
}

// File gives a file of an institution; false when there is none. Whoever asks writes it down with Do.
func (e Exchange) File(ctx context.Context, institution, number string) (f ExchangeFile, found bool, err error) {
	keys, err := e.s.lookKeys(ctx)
	if err != nil {
		return f, false, err
	}
	return keys.exchangeFile(institution, number, func(row func(scan func(...any) error) error) error {
		return e.s.read(ctx, func(l *link) error { return l.querier(ctx)(row, exchangeFileSelecting, number, institution) })
	})
}

func (k *personKeys) exchangeFile(institution, number string, read func(func(scan func(...any) error) error) error) (f ExchangeFile, found bool, err error) {
	f.Number, f.Institution = number, institution
	var sealed []byte
	var made, until string
	if err := read(func(scan func(...any) error) error {
		found = true
		return scan(&f.Name, &made, &until, &sealed)
	}); err != nil || !found {
		return f, false, err
	}
	if f.Made, err = time.Parse(stampForm, made); err == nil {
		f.Until, err = time.Parse(stampForm, until)
	}
	if err != nil {
		return f, false, err
	}
	f.Content, err = k.openText(exchangeFileSeal(number), sealed)
	return f, true, err
}

// SettledQuery (结算查询) asks for an institution's settlements from one day to another, of one kind of clearing or, with none, of all, whose numbers come after one: at most so many.
type SettledQuery struct {
	Institution     string
	From, To        policy.Date
	Clearing, After string
	Most            int
}

// Settled gives the settlements that are asked for, in the order of their numbers, and whether there are more.
//
// 依据: YA-4.8.2
func (h *Handled) Settled(q SettledQuery) (out []Settled, more bool, err error) {
	err = h.reads([]string{settlementTable.name}, func(scan func(...any) error) error {
		if len(out) == q.Most {
			more = true
			return nil
		}
		s, err := h.scanSettled(scan)
		out = append(out, s)
		return err
	}, settlementSelecting+" WHERE institution = $1 AND settled_on >= $2 AND settled_on <= $3 AND ($4 = '' OR clearing = $4) AND settlement > $5 ORDER BY settlement, person LIMIT $6",
		q.Institution, string(q.From), string(q.To), q.Clearing, q.After, int64(q.Most)+1)
	return out, more, err
}

// Settled gives the settlements that are asked for, and writes the look down.
//
// 依据: YA-4.8.2, YA-4.10.2
func (e Exchange) Settled(ctx context.Context, act Act, q SettledQuery) (out []Settled, more bool, err error) {
	keys, err := e.s.lookKeys(ctx)
	if err != nil {
		return nil, false, err
	}
	_, err = e.s.Write(ctx, act, func(t *Tx) error {
		out, more, err = (&Handled{Tx: t, keys: keys}).Settled(q)
		return err
	})
	return out, more, err
}
