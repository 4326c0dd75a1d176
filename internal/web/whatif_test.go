package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"tongchou/internal/pool"
)

func TestTrialEqualsTheEngine(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	s := testSite(t, sichuan())
	h := s.handler()
	path := "/pool/whatif?year=2025&insurance=employee&unit=yuan&pool.factor.headcount=0.20&pool.factor.aged_share=0.35"
	body := get(t, h, path).Body.String()
	b := s.shelf.open(emptyOverlay())
	set, err := s.Engine.Library.With(s.pack.At("2025-12-31"), overlayOf("pool.factor.headcount", "0.20", "pool.factor.aged_share", "0.35"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Engine.Run(set, b.factsOf(2025), 2025)
	if err != nil {
		t.Fatal(err)
	}
	fund, _ := want.Fund(pool.Employee)
	for _, d := range fund.Divisions {
		if text := yuan.write(d.Received); !strings.Contains(body, text) {
			t.Errorf("%s: %s is not on the page", d.Code, text)
		}
	}
	base, _ := b.result(2025)
	again, err := s.Engine.Run(s.pack.At("2025-12-31"), b.factsOf(2025), 2025)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range pool.Compare(base, again).Funds {
		for _, d := range f.Divisions {
			if d.Net.By() != 0 || d.SurplusEnd.By() != 0 {
				t.Errorf("%s: the year alone is not the year of the chain", d.Code)
			}
		}
	}
}

func TestTrialAnswersAPart(t *testing.T) {
	h := console(t, sichuan())
	w := get(t, h, "/pool/whatif?pool.factor.headcount=abc&pool.factor.gap=0.15", "HX-Request", "true", "HX-Target", "outcome")
	body := w.Body.String()
	if strings.Contains(body, "<html") || !strings.Contains(body, `id="outcome"`) {
		t.Fatal("not the part that was asked for")
	}
	for _, want := range []string{`hx-swap-oob="true"`, "0 到 1 之间", "有参数填写不对"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q", want)
		}
	}
	if to := w.Header().Get("HX-Replace-Url"); strings.Contains(to, "gap") || !strings.HasPrefix(to, "/pool/whatif?") {
		t.Errorf("address %q carries what is no change", to)
	}
}

func TestScenarioFile(t *testing.T) {
	h := console(t, sichuan())
	w := get(t, h, "/pool/whatif.yaml?name=%E6%B5%8B%E8%AF%95&pool.reserve.rate=0.08&pool.factor.headcount=0.3")
	var file struct {
		Name string
		Set  map[string]string
	}
	if err := yaml.Unmarshal(w.Body.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusOK || file.Name != "测试" || len(file.Set) != 1 || file.Set["pool.reserve.rate"] != "0.08" {
		t.Errorf("%+v", file)
	}
}

func TestTrialOfAPolicyThatCannotBeComputed(t *testing.T) {
	h := console(t, openRate())
	if w := get(t, h, "/pool"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("/pool: %d", w.Code)
	}
	w := get(t, h, "/pool/whatif")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "现行口径无法计算") {
		t.Errorf("the form: %d", w.Code)
	}
	w = get(t, h, "/pool/whatif?pool.collection.rate.employee=0.05")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `class="figures comparison"`) {
		t.Errorf("the trial: %d", w.Code)
	}
}

func TestAdviceIsForTheConsole(t *testing.T) {
	later := sichuan()
	later.facts.Statements = slices.DeleteFunc(slices.Clone(later.facts.Statements), func(s pool.Statement) bool { return s.Year < 2026 })
	later.facts.Factors = slices.DeleteFunc(slices.Clone(later.facts.Factors), func(r pool.FactorRow) bool { return r.Year < 2026 })
	for i := range later.facts.Statements {
		later.facts.Statements[i].SurplusOpen = false
	}
	for _, c := range []struct {
		p            fixed
		path, zh, en string
	}{
		{openRate(), "/pool", "可在“试算方案”页填写", "fill it in on the What-if page"},
		{openRate(), "/pool/whatif", "可在“试算方案”页填写", "fill it in on the What-if page"},
		{sichuan(), "/pool/whatif?pool.set_aside=emergency", "请恢复原来的选择", "choose as it was"},
		{later, "/pool/whatif", "到“数据”页导入期初余额表", "on the Data page"},
	} {
		for lang, want := range map[string]string{"zh": c.zh, "en": c.en} {
			body := get(t, console(t, c.p), with(c.path, "lang", lang)).Body.String()
			if !strings.Contains(body, want) || strings.Contains(body, "--set") || strings.Contains(body, "--opening") {
				t.Errorf("%s %s in %s: no advice for the console", c.p.policy, c.path, lang)
			}
			checkTexts(t, c.path, body)
		}
	}
}
