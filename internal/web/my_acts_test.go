package web

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// sonFacts are of somebody insured as an employee in another county.
func sonFacts(number, name string) []enrol.Fact {
	return []enrol.Fact{
		enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: number}, Name: name, Sex: enrol.Male, Birth: "1988-05-01"}},
		enrol.Lives{On: "1988-05-01", Place: "510105001002"}, enrol.Covered{Area: qingyang, Way: enrol.Staff, Spell: enrol.Spell{From: "2022-01-01"}},
	}
}

var sonNumber = madeNumber("19880501", "003")

const sonName = "测试子"

// hiddenField gives the value of a hidden field on a page.
func hiddenField(page, name string) string {
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		return ""
	}
	return found[1]
}

// What the farmer may do stands side by side, with prices, by the rules of the years in question.
func TestMyWhatIf(t *testing.T) {
	t.Attr("clause", "SCE-3.5")
	t.Attr("clause", "SCE-3.7")
	t.Attr("clause", "SCE-3.8")
	b, _ := publicBureau(t)
	n := b.asPerson(farmerNumber, farmerName)
	for _, lang := range []string{"zh", "en"} {
		checkTexts(t, "/my/whatif", n.get("/my/whatif?lang="+lang).Body.String())
	}
	page := n.get("/my/whatif?lang=zh").Body.String()
	for _, says := range []string{"2028年按时缴费", "2028年不缴费", "2028年转为职工医保", "自己要缴 400 元", "324,000元", "332,000元", "316,000元", "比按时缴费少 16,000 元", "4个月", "2029-05-01", "2028-06-01"} {
		if !strings.Contains(page, says) {
			t.Errorf("it does not say %q", says)
		}
	}
	if page := n.get("/my/whatif?late=2028-07-15").Body.String(); !strings.Contains(page, "2028-10-15") {
		t.Error("another day of paying late changes nothing")
	}
	for _, late := range []string{"2027-01-01", "2029-01-01", "x"} {
		if w := n.get("/my/whatif?late=" + late); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `value="2028-03-01"`) {
			t.Errorf("late on %s: %d", late, w.Code)
		}
	}
	number := madeNumber("19800101", "002")
	b.person(t, backFacts(number, "测试归")...)
	back := b.asPerson(number, "测试归").get("/my/whatif").Body.String()
	if !strings.Contains(back, "2028年按时缴费") {
		t.Error("somebody back has no choices")
	}
	gone := madeNumber("19700101", "004")
	b.person(t, append(backFacts(gone, "测试断")[:3], enrol.Covered{Area: jinjiang, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2022-01-01", To: "2024-12-31"}})...)
	page = b.asPerson(gone, "测试断").get("/my/whatif").Body.String()
	for _, says := range []string{"现在就缴今年的", "现在就缴今年的，并多缴费修复", "自己要缴 1,200 元", "您2027年没有参保记录"} {
		if !strings.Contains(page, says) {
			t.Errorf("somebody not insured is not told %q", says)
		}
	}
}

// The farmer lets his son see his cap until a day; the son sees that and nothing else, the farmer sees every look, and takes it back.
func TestMyGrants(t *testing.T) {
	t.Attr("clause", "SCE-6.2")
	b, no := publicBureau(t)
	b.person(t, sonFacts(sonNumber, sonName)...)
	farmer, son := b.asPerson(farmerNumber, farmerName), b.asPerson(sonNumber, sonName)
	for name, form := range map[string][]string{
		"no part":      {"number", sonNumber, "name", sonName, "expires", "2028-01-31"},
		"to himself":   {"number", farmerNumber, "name", farmerName, "part", "cover", "expires", "2028-01-31"},
		"for too long": {"number", sonNumber, "name", sonName, "part", "cover", "expires", "2029-01-31"},
		"to nobody":    {"number", "1", "name", sonName, "part", "cover", "expires", "2028-01-31"},
	} {
		if w := farmer.post("/my/grants", form...); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	form := []string{"number", sonNumber, "name", sonName, "part", "entitlement", "expires", "2027-12-31", "once", "k1"}
	for range 2 {
		if w := farmer.post("/my/grants", form...); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	page := farmer.get("/my/grants").Body.String()
	id := store.OwnID(no)[len("person:"):] + "-1"
	if strings.Count(page, "/my/grants/"+string(id)+`"`) != 1 || strings.Contains(page, "/my/grants/"+string(id[:len(id)-1])+"2") || strings.Contains(page, sonNumber) || strings.Contains(page, sonName) {
		t.Error("the form sent twice made two, or shows a name or number in full")
	}
	path := "/my/for/" + string(id)
	if page := son.get("/my/grants").Body.String(); !strings.Contains(page, path) || !strings.Contains(page, "测*农") {
		t.Error("the son does not find it")
	}
	home := son.get(path)
	if home.Code != http.StatusOK || !strings.Contains(home.Body.String(), "316,000") || strings.Contains(home.Body.String(), "自己缴") || strings.Contains(home.Body.String(), farmerName) || strings.Contains(home.Body.String(), "历年参保") {
		t.Errorf("the son sees more or less than he may: %d", home.Code)
	}
	if w := son.get(path + "/why"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "316,000 元") {
		t.Errorf("why: %d", w.Code)
	}
	for _, beyond := range []string{path + "/file", "/my/objections?for=" + string(id), "/my/objections/new?year=2027&for=" + string(id), "/my/for/" + string(id[:len(id)-1]) + "9", "/my/for/x", "/my/grants/" + string(id)} {
		if w := son.get(beyond); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", beyond, w.Code)
		}
	}
	if w := son.post("/my/objections", "for", string(id), "matter", "entitlement", "subject", "2027", "text", "x"); w.Code != http.StatusNotFound {
		t.Errorf("the son objects: %d", w.Code)
	}
	stranger := madeNumber("19900101", "009")
	b.person(t, sonFacts(stranger, "测试外")...)
	for _, p := range []string{path, path + "/why", path + "/file"} {
		if w := b.asPerson(stranger, "测试外").get(p); w.Code != http.StatusNotFound {
			t.Errorf("a stranger at %s: %d", p, w.Code)
		}
	}
	if log := farmer.get("/my/grants/" + string(id)).Body.String(); !strings.Contains(log, "查看情况") || !strings.Contains(log, "查看封顶线和等待期") {
		t.Error("the owner does not see the looks")
	}
	b.pass(39 * 24 * time.Hour)
	son, farmer = b.asPerson(sonNumber, sonName), b.asPerson(farmerNumber, farmerName)
	if w := son.get(path); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "到期") || strings.Contains(w.Body.String(), "316,000") {
		t.Errorf("after the last day: %d", w.Code)
	}
	farmer.post("/my/grants", "number", sonNumber, "name", sonName, "part", "cover", "part", "objection", "expires", "2028-12-31", "once", "k2")
	second := "/my/for/" + string(id[:len(id)-1]) + "2"
	if w := son.get(second + "/file"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "/my/objections/new?for=") || strings.Contains(w.Body.String(), farmerNumber) {
		t.Errorf("the second: %d", w.Code)
	}
	if w := son.get(second + "/why"); w.Code != http.StatusNotFound {
		t.Errorf("beyond the second: %d", w.Code)
	}
	revoke := "/my/grants/" + string(id[:len(id)-1]) + "2/revoke"
	if w := son.post(revoke); w.Code != http.StatusNotFound {
		t.Errorf("the son takes it back: %d", w.Code)
	}
	if w := farmer.post(revoke); w.Code != http.StatusSeeOther {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := son.get(second + "/file"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "撤销") {
		t.Errorf("after it was taken back: %d", w.Code)
	}
}

// The farmer objects to an entry; who made it may not answer, of two who answer at once one is told; he appeals, and the level above answers.
func TestMyObjections(t *testing.T) {
	t.Attr("clause", "SCE-6.2")
	t.Attr("clause", "SCE-9.2")
	b, no := publicBureau(t)
	b.hire("import", office.MedicalSecurity, jinjiang, office.EnrolClerk)
	b.hire("jin", office.MedicalSecurity, jinjiang, office.EnrolClerk)
	b.hire("jin2", office.MedicalSecurity, jinjiang, office.EnrolClerk)
	b.hire("qing", office.MedicalSecurity, qingyang, office.EnrolClerk)
	b.hire("city", office.MedicalSecurity, "510100", office.EnrolClerk)
	b.hire("viewer", office.MedicalSecurity, jinjiang, office.Viewer)
	farmer := b.asPerson(farmerNumber, farmerName)
	form := farmer.get("/my/objections/new?record=6")
	checkTexts(t, "/my/objections/new", form.Body.String())
	for _, wrong := range []string{"/my/objections/new", "/my/objections/new?record=0", "/my/objections/new?record=999", "/my/objections/new?year=1999"} {
		if w := farmer.get(wrong); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, w.Code)
		}
	}
	if w := farmer.post("/my/objections", "matter", "record", "subject", "6", "text", " "); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", w.Code)
	}
	once := hiddenField(form.Body.String(), "once")
	for range 2 {
		if w := farmer.post("/my/objections", "matter", "record", "subject", "6", "text", "2021年是在别处缴的费", "once", once, "for", ""); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	id := string(store.OwnID(no)[len("person:"):]) + "-1"
	page := farmer.get("/my/objections").Body.String()
	if strings.Count(page, "2021年是在别处缴的费") != 1 || !strings.Contains(page, "等待答复") || !strings.Contains(page, "2027-12-13") {
		t.Error("it is not there once, with its state and term")
	}
	path := "/desk/objections/" + id
	if w := b.enter("qing").get(path); w.Code != http.StatusNotFound {
		t.Errorf("another county: %d", w.Code)
	}
	if w := b.enter("viewer").get("/desk"); w.Code != http.StatusForbidden {
		t.Errorf("without the right: %d", w.Code)
	}
	answer := func(who, version string) int {
		return b.enter(who).post(path, "version", version, "outcome", "denied", "clause", "SCE-4.1", "text", "与原始凭证一致").Code
	}
	if maker := b.enter("import").get(path); !strings.Contains(maker.Body.String(), "这条记录是您登记的") || strings.Contains(maker.Body.String(), `name="outcome"`) {
		t.Error("who made the entry may answer")
	}
	for who, want := range map[string]int{"import": http.StatusUnprocessableEntity, "city": http.StatusUnprocessableEntity, "qing": http.StatusNotFound} {
		if code := answer(who, "1"); code != want {
			t.Errorf("%s answers: %d", who, code)
		}
	}
	jin := b.enter("jin")
	for _, lang := range []string{"zh", "en"} {
		checkTexts(t, "/desk", jin.get("/desk?lang="+lang).Body.String())
		checkTexts(t, path, jin.get(path+"?lang="+lang).Body.String())
	}
	if w := jin.post(path, "version", "1", "outcome", "denied", "clause", "nonsense", "text", "x"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a clause: %d", w.Code)
	}
	var together sync.WaitGroup
	codes := make([]int, 2)
	for i, who := range []string{"jin", "jin2"} {
		together.Go(func() { codes[i] = answer(who, "1") })
	}
	together.Wait()
	if codes[0]+codes[1] != http.StatusSeeOther+http.StatusConflict && codes[0]+codes[1] != http.StatusSeeOther+http.StatusUnprocessableEntity {
		t.Fatalf("answered at once: %v", codes)
	}
	page = farmer.get("/my/objections").Body.String()
	if !strings.Contains(page, "异议不成立") || !strings.Contains(page, "与原始凭证一致") || !strings.Contains(page, "SCE-4.1") {
		t.Error("the answer is not shown")
	}
	if w := farmer.post("/my/objections/"+id, "act", "appeal", "version", "1", "text", "不服"); w.Code != http.StatusConflict {
		t.Errorf("an appeal against what he has not seen: %d", w.Code)
	}
	if w := farmer.post("/my/objections/"+id, "act", "appeal", "version", "2", "text", "不服，请再核"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if code := answer("jin2", "3"); code != http.StatusUnprocessableEntity {
		t.Errorf("the county answers the appeal: %d", code)
	}
	if w := b.enter("city").post(path, "version", "3", "outcome", "upheld", "clause", "SCE-4.1", "text", "已更正"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	page = farmer.get("/my/objections").Body.String()
	if !strings.Contains(page, "异议成立") || strings.Contains(page, `value="appeal"`) {
		t.Error("the second answer is not shown, or he may appeal again")
	}
	if w := farmer.post("/my/objections/"+id, "act", "appeal", "version", "4", "text", "再申诉"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a second appeal: %d", w.Code)
	}
	stranger := madeNumber("19900101", "009")
	b.person(t, sonFacts(stranger, "测试外")...)
	if w := b.asPerson(stranger, "测试外").post("/my/objections/"+id, "act", "withdraw", "version", "4"); w.Code != http.StatusNotFound {
		t.Errorf("a stranger: %d", w.Code)
	}
	farmer.post("/my/objections", "matter", "entitlement", "subject", "2027", "text", "等待期不对")
	if w := farmer.post("/my/objections/"+id[:len(id)-1]+"2", "act", "withdraw", "version", "1"); w.Code != http.StatusSeeOther {
		t.Errorf("taken back: %d", w.Code)
	}
	if page := b.enter("jin").get("/desk").Body.String(); !strings.Contains(page, "已撤回") || strings.Contains(page, farmerName) {
		t.Error("the desk's list is wrong")
	}
}
