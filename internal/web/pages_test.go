package web

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		n, per   int
		asked    string
		from, to int
		pages    string
	}{
		{0, 50, "", 0, 0, ""}, {50, 50, "7", 0, 50, ""}, {51, 50, "2", 50, 51, "1 [2]"}, {120, 50, "x", 0, 50, "[1] 2 3"}, {1000, 50, "10", 450, 500, "1 5 6 7 8 9 [10] 11 12 13 14 15 20"},
		{1000, 50, "-1", 0, 50, "[1] 2 3 4 5 6 20"}, {1000, 50, "99999999999999999999", 0, 50, "[1] 2 3 4 5 6 20"},
	} {
		from, to, pages := cut(c.n, c.per, c.asked, func(page string) string { return page })
		var got []string
		for _, p := range pages {
			if p.Current {
				p.Text = "[" + p.Text + "]"
			}
			got = append(got, p.Text)
		}
		if from != c.from || to != c.to || strings.Join(got, " ") != c.pages {
			t.Errorf("%+v: %d %d %v", c, from, to, got)
		}
	}
}

// A bank's statement of thousands of rows comes in pages, and a part of it is found; the filter goes along from page to page.
func TestReceiptsComeInPages(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	b := treasury(t, sichuan())
	clerk := b.enter("clerk")
	var rows strings.Builder
	rows.WriteString("回单号,到账日期,险种,金额,区划代码,附言\n")
	for n := range 620 {
		fmt.Fprintf(&rows, "R-%04d,2026-%02d-01,%s,%d.00,510300,合成数据\n", n, n%9+1, []string{"居民", "职工"}[n%2], n+1)
	}
	if w := clerk.upload("/pool/receipts", once(t, clerk.get("/pool/receipts")), "bank.csv", rows.String()); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	row := regexp.MustCompile(`<th scope="row">R-\d{4}\s`)
	shown := func(path string, want int) string {
		t.Helper()
		w := clerk.get(path)
		body := w.Body.String()
		_, table, _ := strings.Cut(body, `id="receipts-title"`)
		if n := len(row.FindAllString(table, -1)); n != want || w.Code != http.StatusOK || len(body) > 400_000 {
			t.Errorf("%s: %d rows, %d, %d bytes", path, n, w.Code, len(body))
		}
		return body
	}
	if body := shown("/pool/receipts", 50); !strings.Contains(body, "符合 620 条，共 620 条") || !strings.Contains(body, "还有 420 条") {
		t.Error("the page does not say how many there are")
	}
	shown("/pool/receipts?page=13", 20)
	body := shown("/pool/receipts?of=employee&from=2026-02-01&to=2026-03-31&state=open&page=2", 19) // 69 of 620
	if !strings.Contains(body, "of=employee") || !strings.Contains(body, "from=2026-02-01") || !strings.Contains(body, "state=open") {
		t.Error("the filter is lost from page to page")
	}
	if body := shown("/pool/receipts?q=R-0077", 1); !strings.Contains(body, "R-0077") {
		t.Error("not found")
	}
	if body := shown("/pool/receipts?state=done", 0); !strings.Contains(body, "没有符合条件的回单") {
		t.Error("nothing is said of nothing found")
	}
	shown("/pool/receipts?from=x&page=-3", 50)
	for _, lang := range []string{"zh", "en"} {
		checkTexts(t, "receipts", clerk.get("/pool/receipts?from=x&lang="+lang).Body.String())
	}
}
