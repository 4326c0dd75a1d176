package lake

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongchou/internal/fault"
)

func TestImport(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	l := openLake(t, t.TempDir())
	source := writeClaims(t, 20_000, 1)
	var last Progress
	r, err := l.Import(t.Context(), source, ImportOptions{Progress: func(p Progress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != "i000001" || r.Rows != 20_000 || r.Rejected != 0 || r.Refunds != 400 || r.Orphans != 0 || r.From != "2025-01-01" || r.To != "2025-12-31" ||
		len(r.Files) != len(cities) || r.Synthetic || r.At != "2026-01-02T03:04:05Z" {
		t.Errorf("%+v", r)
	}
	if last.Rows != 20_000 || last.Rate() <= 0 || last.Bytes != last.Size || last.Left != 0 {
		t.Errorf("progress %+v", last)
	}
	if err := l.Verify(); err != nil {
		t.Error(err)
	}
	checkTidy(t, l)

	before, _ := os.ReadFile(l.path(manifestFile))
	again, err := l.Import(t.Context(), source, ImportOptions{})
	after, _ := os.ReadFile(l.path(manifestFile))
	if err != nil || !again.Again || again.ID != r.ID || string(before) != string(after) {
		t.Errorf("the same source twice: %+v, %v", again, err)
	}
}

// Persons stand under a pseudonym that is the same in every import and that the file does not give away.
func TestPersonsAreHidden(t *testing.T) {
	l := openLake(t, t.TempDir())
	for i, id := range []string{"a", "b"} {
		if _, err := l.Import(t.Context(), write(t, head()+with(id)), ImportOptions{}); err != nil {
			t.Fatal(i, err)
		}
	}
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := dump(t, s, "SELECT DISTINCT LENGTH(psn_no) AS n, COUNT(*) AS c FROM claims GROUP BY psn_no"); got != "n=12 c=2 \n" {
		t.Error(got)
	}
	err = filepath.WalkDir(l.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), "51000000000000000001") {
			t.Errorf("%s names a person", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(l.path(keyFile), 0o644); err != nil {
		t.Fatal(err)
	}
	var f *fault.Error
	if _, err := l.Import(t.Context(), write(t, head()+with("c")), ImportOptions{}); !errors.As(err, &f) || f.Key != "lake.key_open" {
		t.Errorf("a key that others can read: %v", err)
	}
}

// Preliminary and final figures of a year are both kept, and withdrawing one import leaves the rest.
func TestKindsAndWithdrawal(t *testing.T) {
	l := openLake(t, t.TempDir())
	one, two := writeClaims(t, 1000, 1), writeClaims(t, 500, 2)
	var ids []string
	for _, c := range []struct {
		source string
		kind   Kind
	}{{one, Preliminary}, {one, Final}, {two, Final}} {
		r, err := l.Import(t.Context(), c.source, ImportOptions{Kind: c.kind})
		if err != nil || r.Again {
			t.Fatal(r, err)
		}
		ids = append(ids, r.ID)
	}
	rows := func(kind Kind) int64 {
		m, err := l.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		return m.Snapshot(2025, kind).Rows
	}
	if rows(Preliminary) != 1000 || rows(Final) != 1500 {
		t.Errorf("%d preliminary, %d final", rows(Preliminary), rows(Final))
	}
	m, _ := l.Manifest()
	before := m.Snapshot(2025, Final).ID
	if err := l.Withdraw(ids[2]); err != nil {
		t.Fatal(err)
	}
	m, _ = l.Manifest()
	if after := m.Snapshot(2025, Final).ID; after == before || rows(Final) != 1000 || rows(Preliminary) != 1000 {
		t.Errorf("after withdrawal: %d rows, snapshot %s", rows(Final), after)
	}
	checkTidy(t, l)
	if err := l.Verify(); err != nil {
		t.Error(err)
	}
	if err := l.Withdraw(ids[2]); fault.KindOf(err) != fault.Refused {
		t.Errorf("withdrawn twice: %v", err)
	}
	r, err := l.Import(t.Context(), two, ImportOptions{})
	if err != nil || r.Again || r.ID != "i000004" || rows(Final) != 1500 {
		t.Errorf("back again: %+v, %v", r, err)
	}
	m, _ = l.Manifest()
	if _, err := l.Session(t.Context(), 2024, Final); fault.KindOf(err) != fault.Refused {
		t.Errorf("a year without data: %v", err)
	}
}

// A refund finds what it refunds in its own import or an earlier one of its kind; any other is an orphan.
func TestRefundsArePaired(t *testing.T) {
	l := openLake(t, t.TempDir())
	refund := func(id, of string) string {
		row := base(id)
		for name, v := range row {
			if strings.Contains(v, ".") && v != "0.00" && name != "dise_no" {
				row[name] = "-" + v
			}
		}
		row["refd_setl_flag"], row["init_setl_id"] = "1", of
		return line(row)
	}
	if _, err := l.Import(t.Context(), write(t, head()+with("a")), ImportOptions{Kind: Preliminary}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Import(t.Context(), write(t, head()+with("b")), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	r, err := l.Import(t.Context(), write(t, head()+refund("r1", "b")+refund("r2", "a")+with("c")+refund("r3", "c")+refund("r4", "r1")), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Refunds != 4 || r.Orphans != 2 || len(r.OrphanList) != 2 || r.OrphanList[0] != (Orphan{"r2", "a"}) || r.OrphanList[1] != (Orphan{"r4", "r1"}) {
		t.Errorf("%+v", r)
	}
}

// An import that is called off leaves nothing, and the next one works.
func TestCancellation(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	l := openLake(t, dir)
	source := writeClaims(t, 100_000, 1)
	for i := range 6 {
		ctx, cancel := context.WithCancel(t.Context())
		o := ImportOptions{Progress: func(p Progress) {
			if p.Bytes >= p.Size*int64(i)/6 {
				cancel()
			}
		}}
		if _, err := l.Import(ctx, source, o); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		cancel()
		if _, err := os.Stat(filepath.Dir(dir)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a store that came to nothing is left: %v", err)
		}
	}
	if r, err := l.Import(t.Context(), source, ImportOptions{}); err != nil || r.Rows != 100_000 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestDamagedManifest(t *testing.T) {
	l := openLake(t, t.TempDir())
	if _, err := l.Import(t.Context(), writeClaims(t, 1000, 1), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(l.path(manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"cut":           string(good[:len(good)/2]),
		"empty":         "",
		"another place": strings.Replace(string(good), "claims/year=", "../year=", 1),
		"another city":  strings.Replace(string(good), `"city": "51`, `"city": "52`, 1),
		"another file":  strings.Replace(string(good), "-0.parquet", "-7.parquet", 1),
		"more rows":     strings.Replace(string(good), `"rows": 1`, `"rows": 9`, 1),
		"another id":    strings.Replace(string(good), `"id": "i000001"`, `"id": "i000002"`, 1),
		"out of it":     strings.ReplaceAll(string(good), "510100", "../../x"),
	} {
		if text == string(good) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if err := os.WriteFile(l.path(manifestFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Import(t.Context(), writeClaims(t, 10, 2), ImportOptions{}); !isFault(err, "lake.manifest.damaged") {
			t.Errorf("%s: import: %v", name, err)
		}
		if _, err := Open(Options{Dir: l.dir}); !isFault(err, "lake.manifest.damaged") {
			t.Errorf("%s: open: %v", name, err)
		}
	}
	if err := os.WriteFile(l.path(manifestFile), good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Verify(); err != nil {
		t.Errorf("files went while the manifest was damaged: %v", err)
	}
}

// With another key, persons would not meet themselves.
func TestLostKey(t *testing.T) {
	l := openLake(t, t.TempDir())
	first, err := l.Import(t.Context(), writeClaims(t, 100, 1), ImportOptions{})
	if err == nil {
		err = os.Remove(l.path(keyFile))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Import(t.Context(), writeClaims(t, 100, 2), ImportOptions{}); !isFault(err, "lake.key_lost") {
		t.Fatal(err)
	}
	if there(l.path(keyFile)) {
		t.Error("a new key was made")
	}
	if err := l.Withdraw(first.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Import(t.Context(), writeClaims(t, 100, 2), ImportOptions{}); err != nil {
		t.Errorf("nothing counts any more: %v", err)
	}
}

// Whoever may only read a store can.
func TestReadOnlyStore(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs a user whom permissions stop")
	}
	dir := t.TempDir()
	if _, err := openLake(t, dir).Import(t.Context(), writeClaims(t, 100, 1), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(filepath.Join(dir, lockFile), 0o400), os.Chmod(dir, 0o500)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
	if err := openLake(t, dir).Verify(); err != nil {
		t.Error(err)
	}
}

func TestVerifyFinds(t *testing.T) {
	l := openLake(t, t.TempDir())
	r, err := l.Import(t.Context(), writeClaims(t, 1000, 1), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	first, second := l.path(filepath.FromSlash(r.Files[0].Path)), l.path(filepath.FromSlash(r.Files[1].Path))
	content, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := errors.Join(os.WriteFile(first, content, 0o600), os.Remove(second)); err != nil {
		t.Fatal(err)
	}
	var refusal *fault.Refusal
	if err := l.Verify(); !errors.As(err, &refusal) || len(refusal.Problems) != 2 || refusal.Problems[0].Key != "lake.verify.differs" || refusal.Problems[1].Key != "lake.verify.missing" {
		t.Errorf("%v", err)
	}
}

// The engine reads the store's directory and nothing else.
func TestEngineIsConfined(t *testing.T) {
	l := openLake(t, t.TempDir())
	outside := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(outside, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"SELECT * FROM read_csv('" + outside + "')",
		"COPY (SELECT 1) TO '" + outside + "'",
		"ATTACH '" + outside + "'",
		"INSTALL httpfs", "LOAD httpfs",
		"SET enable_external_access = true",
		"SET allowed_directories = ['/']",
		"SET memory_limit = '100GB'",
	} {
		if _, err := l.db.ExecContext(t.Context(), text); err == nil {
			t.Errorf("%s: allowed", text)
		}
	}
}
