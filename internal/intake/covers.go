package intake

import (
	"context"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// CoverCheck (重复参保、错误参保筛查) is what a search through all files came to: how many there were, how many doubts of each kind, how many items that made, and what the
// funds paid in the years they lie in.
type CoverCheck struct {
	Persons  int64
	Doubts   map[enrol.Doubt]int64
	Misspent []Misspent
	store.Outturn
}

// Covers (筛查重复参保、错误参保) looks through every file of the act's scope for cover that is wrong, and puts what it finds on the lists of all areas concerned. What
// is on a list stays as it is.
//
// 依据: SCE-4.3, SCE-10.1
func (d Desk) Covers(ctx context.Context, s *store.Store, act store.Act, preview bool, progress func(Progress)) (CoverCheck, error) {
	check := CoverCheck{Doubts: map[enrol.Doubt]int64{}}
	begun := time.Now()
	var found []store.Work
	for p, err := range s.Persons().Stream(ctx, act) {
		if err != nil {
			return check, err
		}
		check.Persons++
		for _, w := range d.Terms.Wrongs(p.File) {
			check.Doubts[w.Doubt]++
			if used := p.Misspent(w); len(used) > 0 {
				check.Misspent = append(check.Misspent, Misspent{p, w, used})
			}
			for _, area := range areasOf(p, w) {
				found = append(found, store.Work{Division: area, Matter: enrol.CoverChecks, Step: enrol.ResolveCover, Likeness: enrol.SameNumber, Person: p.No, State: store.WorkOpen,
					Report: coverReport(p, w, area)})
			}
		}
		if progress != nil && check.Persons%10_000 == 0 {
			progress(Progress{Rows: check.Persons, Elapsed: time.Since(begun)})
		}
	}
	if len(found) == 0 || preview {
		return check, nil
	}
	return check, d.list(ctx, s, act, found, &check)
}

// list puts what was found on lists.
func (d Desk) list(ctx context.Context, s *store.Store, act store.Act, found []store.Work, check *CoverCheck) error {
	in, err := s.Reports().Begin(ctx, act, enrol.CoverChecks, office.DigestOf([]byte(string(act.Chain)+" "+time.Now().String())), string(d.Today), false)
	if err != nil {
		return err
	}
	check.Rows = int64(len(found))
	for from := 0; from < len(found); from += reportChunk {
		some := found[from:min(from+reportChunk, len(found))]
		var out store.Outturn
		if err := in.Handle(ctx, false, func(h *store.Handling) error {
			out = store.Outturn{}
			ids := make([]string, len(some))
			for i := range some {
				ids[i] = h.WorkID(some[i].Report)
			}
			known, err := h.KnownWorks(ids)
			if err != nil {
				return err
			}
			var fresh []store.Work
			for i := range some {
				w := some[i]
				w.ID, w.Row = ids[i], int64(from+i+1)
				_, is := known[w.ID]
				switch {
				case is:
					out.Repeated++
					continue
				case h.Within(w.Division):
					out.Filed++
				default:
					out.Routed++
				}
				fresh = append(fresh, w)
			}
			return h.FileWork(fresh...)
		}); err != nil {
			return err
		}
		add(&check.Outturn, out)
	}
	return in.Finish(ctx, check.Outturn, false)
}

// Collect (征缴率) computes what is due and was paid for a year, by county and insurance, over the files of the act's scope.
//
// 依据: SC38-5.2, SCE-9.1
func (d Desk) Collect(ctx context.Context, s *store.Store, act store.Act, year policy.Year, progress func(Progress)) (Collections, error) {
	out := Collections{}
	begun, n := time.Now(), int64(0)
	for p, err := range s.Persons().Stream(ctx, act) {
		if err != nil {
			return nil, err
		}
		p.Collection(year, d.Today, d.Standards, func(key enrol.CollectionKey, c enrol.Collection) {
			sum := out[key]
			sum.Add(c)
			out[key] = sum
		})
		if n++; progress != nil && n%10_000 == 0 {
			progress(Progress{Rows: n, Elapsed: time.Since(begun)})
		}
	}
	return out, nil
}
