package web

import (
	"net/http"
	"strings"
	"testing"

	"tongchou/internal/exchange"
	"tongchou/internal/office"
)

// Standards come in as a file, all or nothing, within one's divisions; what they replace stays as a version; the form goes out with what holds.
func TestStandardsFromFile(t *testing.T) {
	t.Attr("clause", "SC38-5.3")
	t.Attr("clause", "YN-4.1")
	b := enrolBureau(t)
	b.hire("city", office.MedicalSecurity, "510100", office.EnrolClerk)
	city := b.enter("city")
	const head = "年度,区划代码,参保身份,依据文件,个人缴费标准,中央补助标准,县级补助标准,低保对象资助额\n"
	bring := func(content string) (int, string) {
		w := city.upload("/enrol/standards/import", "", "standards.csv", content)
		return w.Code, w.Body.String()
	}
	for content, want := range map[string]string{
		head + "2028,510300,普通居民,测试1号,400,400,270,300\n":                                      "不在管辖范围",
		head + "1999,510100,普通居民,测试1号,400,400,270,300\n":                                      "2000年至2100年",
		head + "2028,510100,普通居民,测试1号,400,400,270,401\n":                                      "SCE-2.2",
		head + "2028,510100,普通居民,测试1号,400,400,270,300\n2028,510104,贵宾,测试1号,400,400,270,300\n": "没有“贵宾”这种参保身份",
	} {
		if code, said := bring(content); code != http.StatusUnprocessableEntity || !strings.Contains(said, want) {
			t.Errorf("%d, not %s", code, want)
		}
	}
	if page := city.get("/enrol/standards?of=2028").Body.String(); strings.Contains(page, "测试1号") {
		t.Error("a part of a refused file is kept")
	}
	if code, said := bring(head + "2028,510100,普通居民,测试1号,400,400,270,300\n2028,510104,普通居民,测试1号,410,400,270,300\n"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, said)
	}
	if code, _ := bring(head + "2028,510100,普通居民,测试2号,420,400,270,300\n"); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	page := city.get("/enrol/standards?of=2028&brought=1").Body.String()
	for _, said := range []string{"已导入1项筹资标准", "测试2号", "已被替代", "现行", "u-city", "420.00", "400.00"} {
		if !strings.Contains(page, said) {
			t.Errorf("the page does not say %s", said)
		}
	}
	rows, err := exchange.ReadStandards(exchange.Input{Name: "t.xlsx", Content: city.get("/enrol/standards/template.xlsx?of=2028").Body.Bytes()})
	if err != nil || len(rows) != 2 || rows[0].Individual != 42000 || rows[0].Source != "测试2号" {
		t.Errorf("%+v %v", rows, err)
	}
	if w := b.enter("viewer").upload("/enrol/standards/import", "", "standards.csv", head); w.Code != http.StatusForbidden {
		t.Errorf("without the right: %d", w.Code)
	}
	if b.audited(t, "standard.import") != 2 {
		t.Errorf("%d imports in the chain", b.audited(t, "standard.import"))
	}
}

// The page of standards in Chromium, in both languages.
func TestBrowserStandards(t *testing.T) {
	t.Attr("clause", "SC38-5.3")
	b := enrolBureau(t)
	s := newStory(t, b, "jin")
	s.goTo("jin", "/enrol/standards?of=2028&lang=zh")
	s.look("jin", "standards")
	s.goTo("jin", "/enrol/standards?of=2026&lang=en")
	s.look("jin", "standards-empty-en")
}
