package store_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// written without an act, and so not sealed.
var unsealed = map[string][]string{"tokens": {"used", "used_from"}, "books": {"version"}}

// Whatever is changed, added or taken away past the program is found: every column of every guarded table is changed, every table loses a row and
// gets one, a voucher is forged with all that depends on it, and the columns that entries are found by are changed.
func TestVerifyFindsWhatWasNotWrittenByTheProgram(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	t.Attr("clause", "YA-4.10.3")
	dir := t.TempDir()
	if !t.Run("as it is", func(t *testing.T) { storetest.Run(t, dir) }) {
		return
	}
	s, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := sql.Open("sqlite", filepath.Join(dir, "tongchou.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	v := vandal{t, s, db}
	if found := v.verify(); found != "store.verify_batch" { // the suite leaves a batch that nobody approved
		t.Fatal(found)
	}
	for name, columns := range store.GuardedTables() {
		v.complete(name, columns[1])
		v.table(name, columns[0], columns[1])
	}
	for _, column := range []string{"at", "who", "action", "kind", "object"} {
		v.undone("audit."+column, "office.chain.index", "UPDATE audit SET "+column+" = "+column+" || '1' WHERE seq = 1", "UPDATE audit SET "+column+" = substr("+column+", 1, length("+column+") - 1) WHERE seq = 1")
	}
	v.voucher()
	if found := v.verify(); found != "store.verify_batch" {
		t.Errorf("after everything was undone: %s", found)
	}
}

type vandal struct {
	t  *testing.T
	s  *store.Store
	db *sql.DB
}

func (v vandal) verify() string {
	_, err := v.s.Verify(v.t.Context(), storetest.Chart(v.t))
	var broken *office.Broken
	var said *fault.Error
	if errors.As(err, &broken) {
		return "office.chain." + string(broken.Defect)
	}
	if errors.As(err, &said) {
		return said.Key
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (v vandal) exec(text string, args ...any) {
	v.t.Helper()
	if _, err := v.db.Exec(text, args...); err != nil {
		v.t.Fatalf("%s: %v", text, err)
	}
}

// undone does something, which must be found, and undoes it.
func (v vandal) undone(what, want, do, undo string, args ...any) {
	v.t.Helper()
	v.exec(do, args...)
	if found := v.verify(); found != want {
		v.t.Errorf("%s: found %q, want %s", what, found, want)
	}
	v.exec(undo, args...)
}

// complete asks that every column of a table is sealed.
func (v vandal) complete(name string, sealed []string) {
	rows, err := v.db.Query("SELECT name FROM pragma_table_info('" + name + "')")
	if err != nil {
		v.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			v.t.Fatal(err)
		}
		if !slices.Contains(sealed, column) && !slices.Contains(unsealed[name], column) {
			v.t.Errorf("%s.%s is not sealed", name, column)
		}
	}
	if err := rows.Err(); err != nil {
		v.t.Fatal(err)
	}
}

// table changes every column of a row, takes the row away, and adds one. Checks of the database are off for those who go past the program.
func (v vandal) table(name string, key, columns []string) {
	conn, err := v.db.Conn(v.t.Context())
	if err != nil {
		v.t.Fatal(err)
	}
	defer conn.Close()
	exec := func(text string) {
		v.t.Helper()
		if _, err := conn.ExecContext(v.t.Context(), text); err != nil {
			v.t.Fatalf("%s: %v", text, err)
		}
	}
	exec("PRAGMA ignore_check_constraints = ON")
	exec("PRAGMA foreign_keys = OFF")
	exec("CREATE TEMP TABLE one AS SELECT * FROM " + name + " ORDER BY " + strings.Join(key, ", ") + " LIMIT 1")
	var rows int
	if err := conn.QueryRowContext(v.t.Context(), "SELECT count(*) FROM one").Scan(&rows); err != nil {
		v.t.Fatal(err)
	}
	if rows == 0 {
		v.t.Errorf("the suite leaves no row in %s", name)
	}
	same := make([]string, len(key))
	for i, column := range key {
		same[i] = name + "." + column + " = one." + column
	}
	here := " WHERE EXISTS (SELECT 1 FROM one WHERE " + strings.Join(same, " AND ") + ")"
	changed := func(column string) string {
		return "CASE typeof(" + column + ") WHEN 'integer' THEN " + column + " + 1000 WHEN 'blob' THEN CAST(" + column + " || x'31' AS BLOB) ELSE " + column + " || '1' END"
	}
	found := func(what string) {
		v.t.Helper()
		if found := v.verify(); found == "" || found == "store.verify_batch" {
			v.t.Errorf("%s: found %q", what, found)
		}
	}
	restore := func() {
		exec("DELETE FROM " + name + here)
		exec("INSERT INTO " + name + " SELECT * FROM one")
	}
	for _, column := range columns {
		if slices.Contains(key, column) {
			continue
		}
		exec("UPDATE " + name + " SET " + column + " = " + changed(column) + here)
		found(name + "." + column + " changed")
		restore()
	}
	exec("DELETE FROM " + name + here)
	found(name + ": a row taken away")
	exec("INSERT INTO " + name + " SELECT * FROM one")
	exec("UPDATE one SET " + key[len(key)-1] + " = " + changed(key[len(key)-1]))
	if name == "users" {
		exec("UPDATE one SET login = login || '1'")
	}
	if name == "single_logins" {
		exec("UPDATE one SET name = name || '1', subject = subject || '1'")
	}
	if name == "tokens" {
		exec("UPDATE one SET digest = CAST(digest || x'31' AS BLOB)")
	}
	if name == "batches" {
		exec("UPDATE one SET subject = subject || '1'")
	}
	if name == "settlements" {
		exec("UPDATE one SET seq = seq + 1000")
	}
	exec("INSERT INTO " + name + " SELECT * FROM one")
	found(name + ": a row added")
	exec("DELETE FROM " + name + here)
	exec("DROP TABLE one")
}

// voucher forges the words of a voucher, which no balance shows.
func (v vandal) voucher() {
	var book, request string
	var canonical, digest []byte
	if err := v.db.QueryRow("SELECT book, request, canonical, digest FROM vouchers WHERE kind = 'ordinary' ORDER BY serial LIMIT 1").Scan(&book, &request, &canonical, &digest); err != nil {
		v.t.Fatal(err)
	}
	forged, ok := ledger.ParseCanonical(canonical)
	if !ok {
		v.t.Fatal("a voucher cannot be read")
	}
	forged.Summary.Text += "!"
	other := forged.Digest()
	v.exec("UPDATE vouchers SET canonical = ?, digest = ? WHERE book = ? AND request = ?", forged.Canonical(), other[:], book, request)
	if found := v.verify(); found != "store.verify_vouchers" {
		v.t.Errorf("a forged voucher: found %q", found)
	}
	v.exec("UPDATE vouchers SET canonical = ?, digest = ? WHERE book = ? AND request = ?", canonical, digest, book, request)
}
