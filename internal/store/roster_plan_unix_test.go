//go:build !windows

package store

import (
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/pgtest"
)

// A village's list and the search by address read the rows of that place alone, by its indexes, however many persons there are.
func TestRostersUseTheirIndexes(t *testing.T) {
	t.Attr("clause", "SCE-4.2")
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s, err := Open(t.Context(), address, Options{PersonKey: t.TempDir() + "/key"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		im, err := s.Persons().Import(t.Context(), act("510000", "x"), office.DigestOf([]byte("plan")), "plan")
		if err != nil {
			t.Fatal(err)
		}
		const persons = 12_000
		first, err := im.Numbers(t.Context(), persons)
		if err != nil {
			t.Fatal(err)
		}
		drafter, drafts := im.Drafter(), make([]Draft, persons)
		for i := range drafts {
			no := first + enrol.PersonNo(i)
			if drafts[i], err = drafter.Draft(no, int64(no), sixYears(no)[:3]); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := im.Keep(t.Context(), persons, NewLoad(drafts)); err != nil {
			t.Fatal(err)
		}
		explain := "EXPLAIN QUERY PLAN "
		if s.engine.name == postgresName {
			explain = "EXPLAIN "
			if _, err := s.writing.ExecContext(t.Context(), "ANALYZE persons"); err != nil {
				t.Fatal(err)
			}
		}
		low, high := placeBounds("510104001002")
		for name, q := range map[string]struct {
			text string
			args []any
		}{"roster": {rosterText, []any{int64(0), low, high}}, "address": {addressText, []any{low, high, int64(1990)}}} {
			plan := planOf(t, s, explain+q.text, q.args)
			homes, lives := strings.Contains(plan, "home"), strings.Contains(plan, "lives")
			if !homes || !lives || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN persons") || strings.Contains(plan, "PRIMARY KEY (person>") {
				t.Errorf("%s:\n%s", name, plan)
			}
		}
	})
}
