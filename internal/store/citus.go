package store

import (
	"context"
	"database/sql"
	"fmt"
)

// spread says how a table lies on a Citus cluster: by a column, together with all tables that lie by it, or, with none, whole
// on every machine.
type spread struct {
	migration int
	table     string
	by        string
}

// spreads lists every table in the order in which they refer to one another. What grows with people lies by person; what is
// unique across persons has a look-up table of its own that lies by that key.
func spreads() []spread {
	var out []spread
	for _, group := range []struct {
		migration int
		by        string
		tables    []string
	}{
		{1, "", []string{"chains", "audit", "requests"}},
		{2, "", []string{"documents", "document_steps"}},
		{3, "", []string{"books", "book_years", "vouchers", "postings", "book_lines"}},
		{4, "", []string{"users", "attempts", "sessions", "tokens"}},
		{5, "", []string{"papers", "batches", "items", "item_payments", "bank_receipts", "bank_accounts"}},
		{6, "", []string{"voucher_drafts", "budget_sheets"}},
		{7, "", []string{"publications", "published_shares"}},
		{9, "person", []string{"persons"}},
		{9, "key", []string{"person_documents", "person_names"}},
		{9, "place", []string{"person_counts"}},
		{9, "", []string{"person_counties", "sources", "person_register"}},
		{10, "", []string{"contribution_standards"}},
		{11, "", []string{"single_logins"}},
		{12, "", []string{"enrolment_targets"}},
		{17, "slice", []string{"person_slices"}},
		{19, "", []string{"standard_versions"}},
		{14, "digest", []string{"person_sessions"}},
		{15, "", []string{"report_files", "work_items", "work_rules", "tax_lots"}},
		{15, "key", []string{"tax_payments"}},
		{20, "", []string{"institutions"}},
		{23, "", []string{"benefit_papers"}},
		{20, "person", []string{"visits", "visit_fees", "settlements"}},
		{20, "message", []string{"exchange_messages"}},
		{21, "file", []string{"exchange_files"}},
		{28, "person", []string{"personal_accounts", "account_movements", "account_shares"}},
		{31, "", []string{"account_runs"}},
		{24, "person", []string{"registrations", "registration_steps"}},
		{22, "", []string{"clearing_days", "clearing_sums", "clearing_months", "reconciliations"}},
		{26, "", []string{"catalogue_editions"}},
		{30, "", []string{"sign_outs"}},
		{27, "person", []string{"settlement_lists"}},
		{26, "institution", []string{"item_mappings"}},
		{18, "person", []string{"person_grants", "objections", "objection_steps"}},
	} {
		for _, t := range group.tables {
			out = append(out, spread{group.migration, t, group.by})
		}
	}
	return out
}

// distribute spreads the tables of a migration where the database has Citus; elsewhere it does nothing.
func (s *Store) distribute(ctx context.Context, conn *sql.Conn, number int) error {
	if s.engine.name != postgresName {
		return nil
	}
	var citus bool
	if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')").Scan(&citus); err != nil || !citus {
		return err
	}
	for _, t := range s.spreads {
		if t.migration != number {
			continue
		}
		text, args := "SELECT create_reference_table($1)", []any{t.table}
		if t.by != "" {
			text, args = "SELECT create_distributed_table($1, $2)", []any{t.table, t.by}
		}
		if _, err := conn.ExecContext(ctx, text, args...); err != nil {
			return fmt.Errorf("spreading %s: %w", t.table, err)
		}
	}
	return nil
}
