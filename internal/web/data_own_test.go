package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"tongchou/internal/exchange"
	"tongchou/internal/office"
)

// keptBureau is a bureau over a directory filled with a made-up province.
func keptBureau(t testing.TB) (*bureau, *kept) {
	k := keptProvince(t)
	return newBureau(t, k.folder), k
}

// bring sends a file to be imported.
func (v *visitor) bring(fields map[string]string, name, content string) *httptest.ResponseRecorder {
	body, kind := formOf(v.b.t, fields, name, []byte(content))
	return v.do(http.MethodPost, "/data", body, kind)
}

// A city's clerk sees, takes away and brings in his own city's rows and no others; what he tries beyond changes nothing and tells
// nothing of what is stored.
func TestCityBringsItsOwnRows(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	t.Attr("clause", "SC38-10.1")
	b, k := keptBureau(t)
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	b.hire("zigong", office.MedicalSecurity, zigong, office.Clerk)
	b.hire("panzhihua", office.MedicalSecurity, panzhihua, office.Clerk)
	b.hire("viewer", office.MedicalSecurity, zigong, office.Viewer)
	v := b.enter("zigong")
	for _, path := range []string{"/data", "/data/statements", "/data/factors", "/data/age_groups", "/data/file/statements.csv", "/data/file/factors.csv", "/data/file/age_groups.csv"} {
		w := v.get(path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "自贡") && !strings.Contains(w.Body.String(), "510300") {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, other := range []string{"510400", "攀枝花", "510100", "成都"} {
			if strings.Contains(w.Body.String(), other) {
				t.Errorf("%s tells of %s", path, other)
			}
		}
	}
	deadLinks(t, v, "/data", "/data/statements")
	before := k.files(t)
	stored := k.stored(t, "510400", "2024", "employee")
	for name, content := range map[string]string{
		"another city":           statementsHeader + "2024,510400,employee,1.00,1.00,1.00\n",
		"its own and another":    statementsHeader + "2027,510300,employee,10.00,9.00,5.00\n2027,510400,employee,10.00,9.00,5.00\n",
		"the province":           statementsHeader + "2024,510000,employee,1.00,1.00,1.00\n",
		"a county of its own":    statementsHeader + "2024,510302,employee,1.00,1.00,1.00\n",
		"the same as another's":  statementsHeader + stored + "\n",
		"another city, by names": "年度,统筹区,险种,收入,支出,年初累计结余\n2024,攀枝花市,职工,1,1,1\n",
	} {
		w := v.bring(map[string]string{"kind": "statements", "replace": "1"}, "x.csv", content)
		if to := w.Header().Get("Location"); !strings.HasPrefix(to, "/data/refused/") {
			t.Errorf("%s: %d, to %q", name, w.Code, to)
			continue
		}
		page := v.get(w.Header().Get("Location")).Body.String()
		if strings.Contains(page, "原值") || strings.Contains(page, "已存") {
			t.Errorf("%s: the refusal tells what is stored", name)
		}
		if w := b.enter("panzhihua").get(w.Header().Get("Location")); w.Code != http.StatusNotFound {
			t.Errorf("%s: somebody else reads the refusal: %d", name, w.Code)
		}
	}
	if w := v.bring(map[string]string{"kind": "opening"}, "x.csv", "insurance,fund,balance\nemployee,reserve,1\n"); w.Code != http.StatusBadRequest {
		t.Errorf("a city brings the province's opening balances: %d", w.Code)
	}
	if _, err := k.folder.ImportWithin(office.Scope{Division: zigong, Reach: office.Below}.Holds, exchange.Openings, exchange.Input{Name: "x", Content: []byte("insurance,fund,balance\nemployee,reserve,1\n")}, true); err == nil {
		t.Error("the directory lets a city bring opening balances")
	}
	if k.files(t) != before {
		t.Error("a refused file changed the data")
	}
	if w := b.enter("viewer").bring(map[string]string{"kind": "statements"}, "x.csv", statementsHeader); w.Code != http.StatusForbidden {
		t.Errorf("somebody who only looks imports: %d", w.Code)
	}
	w := v.bring(map[string]string{"kind": "statements", "replace": "1"}, "自贡.csv", statementsHeader+"2024,510300,employee,77777.00,66666.00,5.00\n")
	to := w.Header().Get("Location")
	if !strings.HasPrefix(to, "/data?") {
		t.Fatalf("%d, to %q", w.Code, to)
	}
	if page := v.get(strings.TrimSuffix(to, "#receipt")).Body.String(); !strings.Contains(page, "自贡.csv") || !strings.Contains(page, "替换 1 行") {
		t.Error("no receipt")
	}
	if page := b.enter("panzhihua").get(strings.TrimSuffix(to, "#receipt")).Body.String(); strings.Contains(page, "自贡.csv") {
		t.Error("somebody else reads the receipt")
	}
	if got := k.stored(t, "510300", "2024", "employee"); !strings.Contains(got, "77777.00") || k.stored(t, "510400", "2024", "employee") != stored {
		t.Errorf("%q", got)
	}
	if got := b.actions(zigong); !slices.Contains(got, "data.import") || !slices.Contains(got, "data.imported") {
		t.Errorf("the log has %v", got)
	}
	if page := b.enter("clerk").get("/data/statements").Body.String(); !strings.Contains(page, "攀枝花") || !strings.Contains(page, "77,777.00") {
		t.Error("the province does not see what its cities brought")
	}
}

// stored is the row of a division in the directory's statements.
func (k *kept) stored(t testing.TB, division, year, insurance string) string {
	loaded, err := k.folder.Load()
	if err != nil {
		t.Fatal(err)
	}
	content, err := canonical(loaded.Facts, exchange.Statements)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(content), "\n") {
		if strings.HasPrefix(line, year+","+division+","+insurance+",") {
			cells := strings.Split(line, ",")
			return strings.Join(cells[:6], ",")
		}
	}
	return ""
}
