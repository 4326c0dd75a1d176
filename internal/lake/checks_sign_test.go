package lake

import (
	"os"
	"slices"
	"strings"
	"testing"

	"tongchou/internal/fault"
)

// A sign-off counts for the snapshot it was given for, and no longer when that changes.
func TestSignOff(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	l := openLake(t, t.TempDir())
	if _, err := l.Import(t.Context(), write(t, head()+with("a")), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	r := checked(t, l)
	if errors := r.Count(SeverityError); errors == 0 { // eleven months are missing
		t.Fatal("no errors")
	}
	if _, ok, err := l.SignedOff(2025, Final); ok || err != nil {
		t.Error("signed before it was", err)
	}
	for _, c := range []struct{ who, remark string }{{" ", "seen"}, {"Li", " "}, {"Li", strings.Repeat("x", longestRemark+1)}} {
		if _, err := l.SignOff(r, c.who, c.remark); fault.KindOf(err) != fault.Refused {
			t.Errorf("%q %.9q: %v", c.who, c.remark, err)
		}
	}
	s, err := l.SignOff(r, " Li ", "one city's trial")
	if err != nil || s.Who != "Li" || s.Report != r.Digest() || s.Snapshot != r.Snapshot.ID || s.Errors != r.Count(SeverityError) || s.At != "2026-01-02T03:04:05Z" {
		t.Error(s, err)
	}
	if got, ok, err := l.SignedOff(2025, Final); got != s || !ok || err != nil {
		t.Error(got, ok, err)
	}
	if _, ok, _ := l.SignedOff(2025, Preliminary); ok {
		t.Error("the other kind is signed, too")
	}
	checkVoid(t, l, r, s)
}

// checkVoid changes the snapshot under a sign-off.
func checkVoid(t *testing.T, l *Lake, r CheckReport, s SignOff) {
	t.Helper()
	i, err := l.Import(t.Context(), write(t, head()+with("b")), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, ok, err := l.SignedOff(2025, Final); got != s || ok || err != nil {
		t.Error("counts after an import", got, err)
	}
	if _, err := l.SignOff(r, "Li", "again"); fault.KindOf(err) != fault.Refused {
		t.Errorf("a report of other data is signed: %v", err)
	}
	second, err := l.SignOff(checked(t, l), "Wang", "seen")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok, _ := l.SignedOff(2025, Final); got != second || !ok {
		t.Error(got)
	}
	if err := l.Withdraw(i.ID); err != nil {
		t.Fatal(err)
	}
	if got, ok, _ := l.SignedOff(2025, Final); got != s || !ok {
		t.Error("the first data are back, and its sign-off is not", got)
	}
	if all, err := l.SignOffs(); err != nil || !slices.Equal(all, []SignOff{s, second}) {
		t.Error(all, err)
	}
	for content, want := range map[string]fault.Kind{"{": fault.Internal, `{"version": 9}`: fault.Refused} {
		if err := os.WriteFile(l.path(signOffsFile), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := l.SignedOff(2025, Final); err == nil || fault.KindOf(err) != want {
			t.Errorf("%s: %v", content, err)
		}
		if _, err := l.SignOff(checked(t, l), "Li", "seen"); err == nil {
			t.Errorf("%s is written over", content)
		}
	}
}

func checked(t *testing.T, l *Lake) CheckReport {
	t.Helper()
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Check(t.Context(), CheckOptions{Today: "2026-01-02"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The digest changes with everything a report says.
func TestReportDigest(t *testing.T) {
	report := func() CheckReport {
		return CheckReport{Snapshot: Snapshot{Year: 2025, Kind: Final, ID: "s"}, Today: "2026-01-01", Skipped: []CheckKind{CheckChange},
			Findings: []Finding{{Kind: CheckOrder, Severity: SeverityError, Division: "510100", Count: 1, Cost: 2, Message: CheckOrder.message("count", 1)}}}
	}
	seen := map[string]bool{report().Digest(): true}
	if !seen[report().Digest()] {
		t.Error("two digests of one report")
	}
	for i, change := range []func(*CheckReport){
		func(r *CheckReport) { r.Snapshot.ID = "t" }, func(r *CheckReport) { r.Snapshot.Kind = Preliminary }, func(r *CheckReport) { r.Today = "2026-01-02" },
		func(r *CheckReport) { r.Skipped = nil }, func(r *CheckReport) { r.Findings = nil }, func(r *CheckReport) { r.Findings[0].Kind = CheckFuture },
		func(r *CheckReport) { r.Findings[0].Division = "510300" }, func(r *CheckReport) { r.Findings[0].Count++ }, func(r *CheckReport) { r.Findings[0].Cost++ },
		func(r *CheckReport) { r.Findings[0].Message.Args[1] = 2 }, func(r *CheckReport) { r.Findings[0].Institution = "H" },
		func(r *CheckReport) { r.Findings = append(r.Findings, r.Findings[0]) },
	} {
		r := report()
		change(&r)
		if seen[r.Digest()] {
			t.Errorf("change %d changes no digest", i)
		}
		seen[r.Digest()] = true
	}
}
