package exchange

import (
	"bytes"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/locale"
)

// What is written to be filled in is read as it stands; blank rows are left out, and wrong ones told with their row.
func TestTargetsFile(t *testing.T) {
	t.Attr("clause", "SCE-12.1")
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteTargets(&out, []enrol.Target{{Division: "510000", Count: 100}, {Division: "510100", Count: 60}, {Division: "510300"}}, true, nil, p); err != nil {
		t.Fatal(err)
	}
	rows, err := ReadTargets(Input{Name: "t.xlsx", Content: out.Bytes()})
	if err != nil || len(rows) != 2 || rows[0].Count != 100 || rows[1].Division != "510100" || rows[1].Count != 60 || !rows[1].Synthetic {
		t.Errorf("%+v %v", rows, err)
	}
	for content, want := range map[string]string{
		"区划代码,参保目标\n510100,60\n510100,40\n": "exchange.target.twice",
		"区划代码,参保目标\n510100,-1\n":            "exchange.target.negative",
		"区划代码,参保目标\n510100,\n":              "exchange.rows.none",
		"区划代码,参保目标\n510100,1.5\n":           "exchange.whole.decimals",
		"区划代码\n510100\n":                    "exchange.header.missing",
	} {
		if _, err := ReadTargets(Input{Name: "t.csv", Content: []byte(content)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func FuzzReadTargets(f *testing.F) {
	f.Add([]byte("区划代码,参保目标\n510100,60\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := ReadTargets(Input{Name: "t.csv", Content: content})
		if err == nil && len(rows) == 0 {
			t.Error("neither rows nor a refusal")
		}
		for _, r := range rows {
			if err == nil && (r.Count < 0 || len(r.Division) != 6) {
				t.Errorf("%+v", r)
			}
		}
	})
}
