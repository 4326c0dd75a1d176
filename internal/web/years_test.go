package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// without is the made-up province with the factors of a year left out, all of them or those of one place.
func without(year policy.Year, only string) fixed {
	p := sichuan()
	p.facts.Factors = slices.DeleteFunc(slices.Clone(p.facts.Factors), func(r pool.FactorRow) bool {
		return r.Year == year && (only == "" || string(r.Division) == only)
	})
	return p
}

func TestAnIncompleteYearLeavesTheOthers(t *testing.T) {
	h := console(t, without(2026, ""))
	for _, path := range []string{"/", "/pool", "/pool?year=2024", "/pool/division/510300?year=2025", "/pool/sheet", "/pool/whatif", "/pool/incentives?inline=1", "/data"} {
		w := get(t, h, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		checkTexts(t, path, w.Body.String())
	}
	body := get(t, h, "/pool").Body.String()
	if !strings.Contains(body, `year=2025" aria-current="true"`) || !strings.Contains(body, "未计算") {
		t.Error("the last good year is not shown, or the failed one not marked")
	}
	for _, path := range []string{"/", "/pool", "/pool/sheet", "/pool/division/510300", "/pool/export.xlsx"} {
		for lang, want := range map[string]string{"zh": "还缺 2026 年度因素表（职工医保、居民医保）", "en": "The factors of 2026 are still missing"} {
			w := get(t, h, with(path, "year", "2026", "lang", lang))
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) || strings.Contains(w.Body.String(), "<table") {
				t.Errorf("%s: %d, not the one sentence", path, w.Code)
			}
			checkTexts(t, path, w.Body.String())
		}
	}
	if w := get(t, h, "/pool/whatif?year=2026"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "现行口径无法计算") {
		t.Errorf("the trial of the failed year: %d", w.Code)
	}
}

func TestOneMissingRowIsListed(t *testing.T) {
	w := get(t, console(t, without(2025, "510300")), "/pool?year=2025")
	body := w.Body.String()
	if w.Code != http.StatusUnprocessableEntity || strings.Contains(body, "还缺 2025") || !strings.Contains(body, "2025 年度共 2 处问题") || !strings.Contains(body, "510300") {
		t.Errorf("%d: not the list of what is missing", w.Code)
	}
	if w := get(t, console(t, without(2025, "510300")), "/pool"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `year=2024" aria-current="true"`) {
		t.Errorf("the year before: %d", w.Code)
	}
}

func TestAYearThatIsNotThereIsSaid(t *testing.T) {
	h := console(t, sichuan())
	for _, year := range []string{"2023", "9999", "x"} {
		for _, path := range []string{"/", "/pool", "/pool/sheet", "/pool/whatif"} {
			w := get(t, h, with(path, "year", year))
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "没有 "+year+" 年度的结果（有 2024、2025、2026 年度），显示 2026 年度。") {
				t.Errorf("%s of %s: %d, without the notice", path, year, w.Code)
			}
		}
		if w := get(t, h, with("/pool/export.xlsx", "year", year)); w.Code != http.StatusNotFound {
			t.Errorf("the workbook of %s: %d", year, w.Code)
		}
	}
	if strings.Contains(get(t, h, "/pool?year=2024").Body.String(), "年度的结果（有") {
		t.Error("a notice for a year that is there")
	}
}
