package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// populate makes made-up people of a village: so many insured in 2027 as residents, and so many not.
func (b *bureau) populate(t *testing.T, village enrol.Place, insured, uninsured int) {
	t.Helper()
	county := village.County()
	act := store.Act{Record: office.Record{Chain: sichuanProvince, Action: "test"}, Scope: store.ScopeOf(sichuanProvince)}
	if _, err := b.store.Persons().Change(t.Context(), act, func(tx *store.Tx, people store.People) error {
		source, err := tx.Source("合成数据")
		if err != nil {
			return err
		}
		for i := range insured + uninsured {
			seventeen := "999999" + "19800101" + string(village[11]) + strconv.Itoa(10+i)
			facts := []enrol.Fact{enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.OtherDocument, Number: string(village) + seventeen}, Name: "合成" + strconv.Itoa(i), Sex: enrol.Male, Birth: "1980-01-01"}},
				enrol.Registered{On: "1980-01-01", Place: village}, enrol.Lives{On: "1980-01-01", Place: village}}
			if i < insured {
				facts = append(facts, enrol.Covered{Area: county, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2026-01-01", To: "2027-12-31"}})
			}
			if _, err := people.Add(source, facts...); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// targetBureau has people in two cities, and who sets targets in the province and in Chengdu.
func targetBureau(t *testing.T) *bureau {
	b := enrolBureau(t)
	b.populate(t, "510104001002", 6, 4)
	b.populate(t, "510105001003", 5, 0)
	b.populate(t, "510302001004", 2, 3)
	for _, division := range []struct {
		short string
		code  region.Code
	}{{"sc", sichuanProvince}, {"cd", "510100"}, {"zg", "510300"}} {
		b.hire(division.short+"-maker", office.MedicalSecurity, division.code, office.Viewer, office.Clerk)
		b.hire(division.short+"-signer", office.MedicalSecurity, division.code, office.Approver)
	}
	b.hire("sc-money", office.Finance, sichuanProvince, office.Clerk, office.Approver)
	return b
}

// cityTargets are the fields of a province's form: a few cities, and nobody elsewhere.
func (b *bureau) cityTargets(total string, of map[region.Code]string) []string {
	out := []string{"total", total, "source", "合成数据〔2027〕1号"}
	for _, d := range b.site.Engine.Tree.Prefectures(sichuanProvince) {
		count := of[d.Code]
		if count == "" {
			count = "0"
		}
		out = append(out, "part_"+string(d.Code), count)
	}
	return out
}

// A province's target is set by one and approved by another, piling on is refused with its clause, a city breaks down what it was given and sees nothing else.
func TestTargets(t *testing.T) {
	t.Attr("clause", "SCE-12.1")
	t.Attr("clause", "YA-4.2.1")
	t.Attr("clause", "YA-4.10.3")
	b := targetBureau(t)
	maker, signer, city, other := b.enter("sc-maker"), b.enter("sc-signer"), b.enter("cd-maker"), b.enter("zg-maker")
	const path = "/enrol/targets?of=2027"
	page := maker.get(path).Body.String()
	// 20 live in the province: 95% of them are 19, by weighted population 14 in Chengdu and 5 in Zigong.
	for _, said := range []string{`name="total" value="19"`, `name="part_510100" value="14"`, `name="part_510300" value="5"`, "假设"} {
		if !strings.Contains(page, said) {
			t.Errorf("the page does not say %s", said)
		}
	}
	if w := city.post("/enrol/targets?of=2027", append(b.cityTargets("19", nil), "act", "save", "version", "0")...); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "尚未下达") {
		t.Errorf("a city without a target: %d", w.Code)
	}
	w := maker.post(path, append(b.cityTargets("18", map[region.Code]string{"510100": "15", "510300": "4"}), "act", "save", "version", "0")...)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "层层加码") || !strings.Contains(w.Body.String(), "SCE-12.1") || !strings.Contains(w.Body.String(), `name="part_510100" value="15"`) {
		t.Errorf("piling on: %d", w.Code)
	}
	if w := maker.post(path, append(b.cityTargets("18", map[region.Code]string{"510100": "x"}), "act", "save", "version", "0")...); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("no number: %d", w.Code)
	}
	maker.done(path, append(b.cityTargets("18", map[region.Code]string{"510100": "14", "510300": "4"}), "act", "save", "version", "0")...)
	if w := maker.post(path, append(b.cityTargets("18", map[region.Code]string{"510100": "14", "510300": "4"}), "act", "save", "version", "0")...); w.Code != http.StatusConflict {
		t.Errorf("a stale page: %d", w.Code)
	}
	if w := maker.post(path, "act", "approve", "version", "1"); w.Code != http.StatusForbidden {
		t.Errorf("the maker approves: %d", w.Code)
	}
	if w := b.enter("sc-money").post(path, "act", "approve", "version", "1"); w.Code != http.StatusForbidden {
		t.Errorf("another department: %d", w.Code)
	}
	if page := city.get(path).Body.String(); strings.Contains(page, "合成数据〔2027〕1号") || !strings.Contains(page, "尚未下达本地区的参保目标") {
		t.Error("a city sees a draft of the province")
	}
	signer.done(path, "act", "approve", "version", "1")
	progress := maker.get(path).Body.String()
	for _, said := range []string{"已下达", "78.57%", "50.00%", "尚差"} { // 11 of 14, 2 of 4
		if !strings.Contains(progress, said) {
			t.Errorf("the progress does not say %s", said)
		}
	}
	counties := []string{"source", "合成数据", "version", "0"}
	for _, d := range b.site.Engine.Tree.Children("510100") {
		count := map[region.Code]string{jinjiang: "9", qingyang: "6"}[d.Code]
		if count == "" {
			count = "0"
		}
		counties = append(counties, "part_"+string(d.Code), count)
	}
	if w := city.post(path, append(counties, "act", "save", "total", "99")...); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "分解合计15超过上级目标14") {
		t.Errorf("a city piles on: %d %s", w.Code, w.Body)
	}
	for i := range counties {
		if counties[i] == "6" {
			counties[i] = "5"
		}
	}
	city.done(path, append(counties, "act", "save")...)
	b.enter("cd-signer").done(path, "act", "approve", "version", "1")
	if w := other.get(path + "&division=510100"); w.Code != http.StatusNotFound {
		t.Errorf("another city looks: %d", w.Code)
	}
	if w := city.get(path + "&division=510000"); w.Code != http.StatusNotFound {
		t.Errorf("a city looks at the province: %d", w.Code)
	}
	if w := maker.get(path + "&division=510100"); !strings.Contains(w.Body.String(), "锦江区") || strings.Contains(w.Body.String(), `name="part_510104"`) {
		t.Errorf("the province looks at a city: %d", w.Code)
	}
	maker.done(path, "act", "revise")
	if w := maker.get(path).Body.String(); !strings.Contains(w, "草拟，待审定") || !strings.Contains(w, "78.57%") {
		t.Error("the plan in force does not hold while it is revised")
	}
	if b.audited(t, "targets.approve") != 2 {
		t.Error("the approvals are not in the chain")
	}
}

// audited counts the entries of an action.
func (b *bureau) audited(t *testing.T, action string) int {
	t.Helper()
	n := 0
	for e, err := range b.store.Entries(t.Context(), everywhere(sichuanProvince)) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Action == action {
			n++
		}
	}
	return n
}

// The form goes out as a workbook and comes back as a draft; what is wrong with it is told row by row. The subsidy is distributed by the result and adds up.
func TestTargetsFilesAndSubsidy(t *testing.T) {
	t.Attr("clause", "SCE-12.1")
	t.Attr("clause", "SCE-13.1")
	b := targetBureau(t)
	maker := b.enter("sc-maker")
	const path = "/enrol/targets?of=2027"
	template := maker.get("/enrol/targets/template.xlsx?of=2027").Body.Bytes()
	rows, err := exchange.ReadTargets(exchange.Input{Name: "t.xlsx", Content: template})
	if err != nil || len(rows) != 3 || rows[0].Division != sichuanProvince || rows[0].Count != 19 { // those without a proposal are blank
		t.Fatalf("%+v %v", rows, err)
	}
	bring := func(content string) (int, string) {
		w := maker.upload("/enrol/targets/import?of=2027", "", "targets.csv", content)
		return w.Code, w.Body.String()
	}
	var whole bytes.Buffer
	whole.WriteString("区划代码,参保目标,数据性质\n510000,18,合成数据\n")
	for _, d := range b.site.Engine.Tree.Prefectures(sichuanProvince) {
		whole.WriteString(string(d.Code) + "," + map[region.Code]string{"510100": "14", "510300": "4"}[d.Code] + map[bool]string{true: "", false: "0"}[d.Code == "510100" || d.Code == "510300"] + ",\n")
	}
	for content, want := range map[string]string{
		"区划代码,参保目标\n510000,18\n510100,18\n530000,1\n": "不是四川省的下级地区", "区划代码,参保目标\n510000,18\n": "缺成都市",
		strings.Replace(whole.String(), "510100,14", "510100,15", 1): "层层加码",
	} {
		if code, said := bring(content); code != http.StatusUnprocessableEntity || !strings.Contains(said, want) {
			t.Errorf("%d, not %s", code, want)
		}
	}
	if code, said := bring(whole.String()); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, said)
	}
	b.enter("sc-signer").done(path, "act", "approve", "version", "1")
	page := maker.get(path + "&amount=1000000").Body.String()
	// Completion 11/14 of 14 and 2/4 of 4 make 11 and 2 points.
	for _, said := range []string{"846,153.85", "153,846.15", "84.6154%", "合成数据"} {
		if !strings.Contains(page, said) {
			t.Errorf("the distribution does not say %s", said)
		}
	}
	if w := maker.get(path + "&amount=-1"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a negative amount: %d", w.Code)
	}
	if w := maker.get("/enrol/targets/export.xlsx?of=2027&amount=1000000"); w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("PK")) {
		t.Errorf("the workbook: %d", w.Code)
	}
	if w := maker.get("/enrol/targets/export.csv?of=2027"); !strings.Contains(w.Body.String(), "成都市,14,11,3,") {
		t.Errorf("the file: %s", w.Body)
	}
}

// In Chromium: a target is set, breaking it down piles on and is refused, it is mended and approved, and its progress is shown.
func TestBrowserTargets(t *testing.T) {
	t.Attr("clause", "SCE-12.1")
	b := targetBureau(t)
	s := newStory(t, b, "sc-maker", "sc-signer")
	s.goTo("sc-maker", "/enrol/targets?of=2026&lang=en")
	s.look("sc-maker", "targets-empty-en")
	s.goTo("sc-maker", "/enrol/targets?of=2027&lang=zh")
	s.do("sc-maker", chromedp.SetValue("#total", "18", chromedp.ByQuery), chromedp.SetValue("#source", "合成数据〔2027〕1号", chromedp.ByQuery))
	s.do("sc-maker", chromedp.Click(`button[value="save"]`, chromedp.ByQuery), until(`document.querySelector('main .alert[role="alert"]')?.textContent.includes("层层加码")`))
	s.look("sc-maker", "targets-piled-on")
	s.do("sc-maker", chromedp.Click(`button[value="propose"]`, chromedp.ByQuery), until(`!document.querySelector("main .alert") && document.querySelector("#total").value === "18"`))
	s.press("sc-maker", `button[value="save"]`, "草案已保存")
	s.look("sc-maker", "targets-draft")
	s.goTo("sc-signer", "/enrol/targets?of=2027&lang=zh")
	s.press("sc-signer", `button[value="approve"]`, "已审定并下达")
	s.goTo("sc-maker", "/enrol/targets?of=2027&amount=1000000&lang=zh")
	s.do("sc-maker", until(`document.querySelector("#progress").textContent.includes("成都市") && document.querySelector("#subsidy").textContent.includes("1,000,000.00")`))
	s.look("sc-maker", "targets-progress")
	s.goTo("sc-maker", "/enrol/targets?of=2027&amount=1000000&lang=en")
	s.look("sc-maker", "targets-progress-en")
}
