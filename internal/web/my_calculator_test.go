package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/synth"
)

// Everybody calculates a bill without signing in: step by step in words, each by a document, a clause or an assumption; what cannot be read is said; nobody calculates
// without end.
func TestPublicCalculator(t *testing.T) {
	for _, clause := range []string{"SC38-6.3", "YA-4.4.3"} {
		t.Attr("clause", clause)
	}
	b := newBureau(t, sichuan())
	v := b.visitor()
	for _, c := range []struct {
		name, path, zh, en string
		status             int
	}{
		{"as it opens", "/calculator?", "总费用 20,000.00 元，医保基金支付", "Of 20,000.00 yuan the funds pay", http.StatusOK},
		{"assumed", "/calculator?insutype=390&total=20000", "假设值：文件没有给出", "assumed: the documents give no figure", http.StatusOK},
		{"not paid", "/calculator?insutype=390&category=outpatient&level=3&total=100", "不属于基金支付范围", "not paid by the funds", http.StatusOK},
		{"no amount", "/calculator?insutype=390&total=x", "应为不小于 0、最多两位小数的金额", "at most two decimals", http.StatusUnprocessableEntity},
		{"nothing", "/calculator?insutype=390&total=", "请填写总费用", "Enter the whole bill", http.StatusUnprocessableEntity},
		{"parts", "/calculator?insutype=390&total=100&whole=200", "超过了总费用", "more than the whole bill", http.StatusUnprocessableEntity},
		{"hostile", "/calculator?insutype=%3Cscript%3E&city=%00&total=1&level='", "看病能报多少", "What is paid", http.StatusOK},
	} {
		for lang, want := range map[string]string{"zh": c.zh, "en": c.en} {
			w := v.get(c.path + "&lang=" + lang)
			if body := w.Body.String(); w.Code != c.status || !strings.Contains(body, want) || strings.Contains(body, "<script") {
				t.Errorf("%s, %s: %d, without %q", c.name, lang, w.Code, want)
			}
			checkTexts(t, c.path, w.Body.String())
		}
	}
	if w := v.get("/sign-in"); !strings.Contains(w.Body.String(), `href="/calculator`) {
		t.Error("the sign-in page does not lead to the calculator")
	}
	b.site.calculations.most = 3
	said := 0
	for range 20 {
		if v.get("/calculator?insutype=390&total=1").Code == http.StatusTooManyRequests {
			said++
		}
	}
	if said == 0 || b.visitor().get("/calculator").Code != http.StatusOK {
		t.Error("calculations are not counted, or the form is not shown any more")
	}
	b.pass(time.Hour)
	if w := v.get("/calculator?insutype=390&total=1"); w.Code != http.StatusOK {
		t.Error("refused for good:", w.Code)
	}
}

// The cities' approved rules are put against the province's parameter by parameter, and one schedule for all against theirs in money, on made-up visits; the calculator
// goes by the city's rules.
func TestConvergenceOfCities(t *testing.T) {
	for _, clause := range []string{"SC38-6.3", "YN-4.2"} {
		t.Attr("clause", clause)
	}
	b := newBureau(t, sichuan())
	province, _ := b.drafters()
	says(t, province.get("/benefit/convergence"), http.StatusOK, "各市都执行全省标准")
	b.cityPapers(t)
	b.pass(24 * time.Hour)
	province = b.enter("sheng")
	w := province.get("/benefit/convergence")
	says(t, w, http.StatusOK, "居民住院起付标准：三级机构", "成都市", "含合成文件", "测算统一到全省标准")
	checkTexts(t, "convergence", w.Body.String())
	says(t, b.visitor().get("/calculator?lang=zh&insutype=390&city=510100&total=20000"), http.StatusOK, "已批准的文件：演示用的合成文件", "按文件 演示用的合成文件")
	var body string
	for range 100 {
		if body = province.get("/benefit/convergence?cost=1").Body.String(); !strings.Contains(body, "请稍候") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, want := range []string{"统一到全省标准后各市基金支付的变化", "85.5", "不是任何市的实际支出", "居民政策范围内住院费用报销比例"} {
		if !strings.Contains(body, want) {
			t.Errorf("the cost of one schedule does not say %q", want)
		}
	}
	if w := province.get("/benefit/convergence/export.xlsx?cost=1"); w.Code != http.StatusOK {
		t.Error(w.Code)
	}
	if w := province.get("/benefit?lang=zh&on=2026-11-24"); !strings.Contains(w.Body.String(), "/benefit/papers") {
		t.Error("the page of benefits does not lead to the papers")
	}
}

// cityPapers has every city's made-up rules approved.
func (b *bureau) cityPapers(t *testing.T) {
	t.Helper()
	rules, err := synth.CityRules(sichuanProvince, b.site.pack, "2026-01-01", 1, b.site.Engine.Tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, division := range b.site.cities() {
		p := benefit.Paper{Division: division, Title: "合成细则"}
		for _, r := range rules {
			if r.Division == division {
				p.Rules = append(p.Rules, r)
			}
		}
		if len(p.Rules) > 0 {
			b.approvedPaper(t, office.DocumentID("benefit-rules-"+string(division)+"-2026-1"), office.BenefitRules, p)
		}
	}
}

// approvedPaper keeps a city's paper with all its signatures.
func (b *bureau) approvedPaper(t *testing.T, id office.DocumentID, kind office.Kind, p benefit.Paper) {
	t.Helper()
	by := func(role office.Role, division region.Code) office.Subject {
		s, err := (office.User{ID: office.UserID("u-" + string(role)), Name: "合成", Department: office.MedicalSecurity, Division: division, Roles: []office.Role{role}, State: office.Active}).Subject()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	content := office.Content{Title: p.Title, Digest: office.DigestOf(p.Canonical()), Policy: policy.InForce}
	way, err := office.Submitting(nil, id, kind, p.Division, content, by(office.Clerk, p.Division), b.clock())
	if err == nil {
		way, err = office.Signing(way, b.clock(), by(office.Reviewer, p.Division), by(office.Approver, sichuanProvince))
	}
	if err != nil {
		t.Fatal(err)
	}
	act := store.Act{Record: office.Record{Chain: p.Division, Action: "paper.submit"}, Scope: store.ScopeOf(p.Division)}
	if _, err := b.store.Write(t.Context(), act, func(tx *store.Tx) error {
		if err := tx.SaveBenefitPaper(store.BenefitPaper{ID: id, Division: p.Division, Kind: kind, Maker: "u-clerk", At: b.clock(), Version: 1, Content: p.Canonical()}); err != nil {
			return err
		}
		return tx.SaveWay(nil, way, "192.0.2.1")
	}); err != nil {
		t.Fatal(err)
	}
}
