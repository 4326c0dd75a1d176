package intake

import (
	"context"
	"errors"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange/people"
	"tongchou/internal/fault"
	"tongchou/internal/store"
)

// knownKey is why a row is refused whose person has a file.
const knownKey = "exchange.people.known"

// add goes through the file once more and adds to the files of those who have one what their rows say and the files do not.
//
// 依据: SCE-4.1
func (r *run) add(ctx context.Context) error {
	reader, err := r.file.Reader(r.o.Counties, r.o.Today)
	if err != nil {
		return err
	}
	var rows []people.Row
	flush := func() error {
		err := r.addRows(ctx, rows)
		rows = rows[:0]
		return err
	}
	err = r.file.Blocks(ctx, func(b people.Block) error {
		var failed error
		reader.Read(b, func(row people.Row) {
			if len(row.Problems) > 0 || !r.hasFile(row.Row) || failed != nil {
				return
			}
			if rows = append(rows, row); len(rows) >= reportChunk {
				failed = flush()
			}
		})
		return failed
	})
	if err != nil {
		return err
	}
	return flush()
}

// hasFile tells whether a row was refused because its person has a file; of a file that was imported before, every row may be one.
func (r *run) hasFile(row int64) bool {
	problems := r.report.Refused[row]
	return r.report.Again || len(problems) == 1 && problems[0].Key == knownKey
}

// addRows adds what some rows say.
func (r *run) addRows(ctx context.Context, rows []people.Row) error {
	if len(rows) == 0 {
		return nil
	}
	var added, agreed int64
	var refused people.Problems
	err := r.im.Handle(ctx, r.o.Preview, func(h *store.Handling) error {
		added, agreed, refused = 0, 0, people.Problems{}
		reports := make([]enrol.Report, len(rows))
		for i := range rows {
			reports[i].Identity = rows[i].Facts[0].(enrol.Known).Identity
		}
		matched, err := h.Match(reports)
		if err != nil {
			return err
		}
		for i, m := range matched {
			changed, err := addTo(h, m, rows[i])
			var refusal *fault.Refusal
			switch {
			case errors.As(err, &refusal):
				for _, p := range refusal.Problems {
					p.File, p.Row = r.file.Name, int(rows[i].Row)
					refused[rows[i].Row] = append(refused[rows[i].Row], p)
				}
			case err != nil:
				return err
			case changed:
				added++
			default:
				agreed++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		delete(r.report.Refused, row.Row)
		if problems := refused[row.Row]; problems != nil {
			r.report.Refused[row.Row] = problems
		}
	}
	r.report.Added += added
	r.report.Agreed += agreed
	return nil
}

// addTo adds to a file, and tells whether there was something to add.
func addTo(h *store.Handling, m store.Matched, row people.Row) (bool, error) {
	if !m.Found || !m.Mine {
		return false, fault.Refuse(fault.Problem{Column: "document_number", Message: fault.Msg(knownKey)})
	}
	facts, err := m.Additions(row.Facts)
	if err != nil || len(facts) == 0 {
		return false, err
	}
	return true, h.Append(m.No, facts...)
}
