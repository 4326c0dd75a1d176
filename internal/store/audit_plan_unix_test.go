//go:build !windows

package store

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/pgtest"
	"tongchou/internal/region"
)

// Every filter of the audit log finds its entries by an index of its own: neither the log nor a chain is read through.
func TestAuditFiltersUseTheirIndexes(t *testing.T) {
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s, err := Open(t.Context(), address, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		const chain = region.Code("510000")
		at := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
		for batch := range 30 {
			if _, err := s.Write(t.Context(), Act{Record: office.Record{Chain: chain, Action: "batch", At: at}, Scope: ScopeOf(chain)}, func(tx *Tx) error {
				for i := range 200 {
					n := batch*200 + i
					if err := tx.Log(office.Record{Chain: chain, At: at.Add(time.Duration(n) * time.Minute), Who: office.UserID(fmt.Sprint("u", n%40)),
						Action: fmt.Sprint("act", n%50), Object: office.Object{Kind: "k", ID: fmt.Sprint("o", n)}}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		explain := "EXPLAIN QUERY PLAN "
		if s.engine.name == postgresName {
			explain = "EXPLAIN "
			if _, err := s.writing.ExecContext(t.Context(), "ANALYZE audit"); err != nil {
				t.Fatal(err)
			}
		}
		for index, q := range map[string]AuditQuery{
			"audit_who":    {Who: "u7"},
			"audit_action": {Action: "act7"},
			"audit_object": {Object: "o77"},
			"audit_at":     {From: at.Add(time.Hour), To: at.Add(2 * time.Hour)},
		} {
			q.Chain, q.Limit = chain, 50
			text, args := q.text()
			plan := planOf(t, s, explain+text, args)
			if !regexp.MustCompile(`(?i)\b(using|on) (covering )?(index )?` + index + `\b`).MatchString(plan) {
				t.Errorf("%s is not used:\n%s", index, plan)
			}
			if found, err := s.Audit(t.Context(), ScopeOf(chain), q); err != nil || len(found) == 0 || found[0].Seq < found[len(found)-1].Seq {
				t.Errorf("%s: %d entries, %v", index, len(found), err)
			}
		}
	})
}

func planOf(t *testing.T, s *Store, text string, args []any) string {
	t.Helper()
	var out []string
	err := s.read(context.Background(), func(l *link) error {
		rows, err := l.query(t.Context(), text, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		for rows.Next() {
			values, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				to[i] = &values[i]
			}
			if err := rows.Scan(to...); err != nil {
				return err
			}
			out = append(out, fmt.Sprint(values[len(values)-1]))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}
