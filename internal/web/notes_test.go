package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestSheetSaysWhatItLeavesOut(t *testing.T) {
	for lang, want := range map[string]string{"zh": "均不含调剂金的上解和下拨", "en": "contain no adjustment-fund transfers"} {
		for _, p := range []fixed{sichuan(), yunnan(), gapfill()} {
			if body := get(t, console(t, p), "/pool/sheet?lang="+lang).Body.String(); !strings.Contains(body, want) {
				t.Errorf("%s in %s: no footnote on transfers", p.policy, lang)
			}
		}
	}
	if body := get(t, console(t, sichuan()), "/pool/sheet").Body.String(); !strings.Contains(body, "不含违规支出") {
		t.Error("no footnote on violations")
	}
}

func TestIncentiveRowsMakeTheirTotal(t *testing.T) {
	cell := regexp.MustCompile(`<t[hd][^>]*>([^<]*)</t[hd]>`)
	for _, p := range []fixed{sichuan(), yunnan(), gapfill()} {
		s := testSite(t, p)
		h := s.handler()
		b := s.shelf.open(emptyOverlay())
		for _, d := range b.results[len(b.results)-1].Funds[0].Divisions {
			body := get(t, h, "/pool/incentives?division="+string(d.Code), "HX-Request", "true", "HX-Target", "incentives").Body.String()
			var total, sum int
			inner := 0
			for _, row := range strings.Split(body, "<tr>")[2:] {
				c := cell.FindAllStringSubmatch(row, -1)
				x, err := strconv.Atoi(strings.NewReplacer("\u2212", "-", "+", "", ".", "").Replace(c[1][1]))
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case c[0][1] == "每多支出 1 元":
					total = x
				case strings.Contains(row, "first inner"):
					sum += x
					inner++
				}
			}
			if by := total - sum; inner < 2 || by > 2 || by < -2 { // each figure is rounded by itself
				t.Errorf("%s %s: the rows make %d, the total says %d", p.policy, d.Code, sum, total)
			}
		}
	}
}

func TestManagerialWarningNeedsAGap(t *testing.T) {
	s := testSite(t, sichuan())
	f := s.bareFrame(nil, httptest.NewRequest(http.MethodGet, "/", nil))
	f.open()
	for i := range f.fund.Divisions {
		f.fund.Divisions[i].Statement.Managerial = true
	}
	gaps := len(f.where(inGap))
	if gaps == len(f.fund.Divisions) {
		t.Fatal("every division has a gap: nothing is tested")
	}
	if found := len(f.where(managerialGap)); found != gaps {
		t.Errorf("%d managerial gaps, want %d", found, gaps)
	}
	for _, w := range f.warnings() {
		if strings.Contains(w.Text, "紧急调剂金") {
			t.Errorf("%s: the policy has no emergency money", w.Text)
		}
	}
}
