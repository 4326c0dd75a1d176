package catalog_test

import (
	"errors"
	"strings"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/catalog"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

func items(t testing.TB, text string) []catalog.Item {
	t.Helper()
	all, err := catalog.ReadItems("c", strings.Join(catalog.Columns, "\t")+"\n"+text)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// An item is what the edition of its day says, while it is in force; what is in none is paid by oneself in full.
func TestEditions(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	first := catalog.NewEdition("1", "2025-01-01", "a", true, items(t, "A\tItem\t101\t01\t\t20\t09\nB\tItem\t101\t02\t0.1\t\t09\t2025-02-01\t2025-03-31\n"))
	c := catalog.Catalogue{first, catalog.NewEdition("2", "2026-01-01", "b", true, items(t, "A\tItem\t101\t02\t0.2\t\t09\n"))}
	for _, x := range []struct {
		code  string
		on    policy.Date
		class benefit.Class
		first string
	}{{"A", "2024-12-31", benefit.Outwith, "0"}, {"A", "2025-01-01", benefit.ClassA, "0"}, {"A", "2025-12-31", benefit.ClassA, "0"}, {"A", "2026-01-01", benefit.ClassB, "0.2"},
		{"B", "2025-01-31", benefit.Outwith, "0"}, {"B", "2025-02-01", benefit.ClassB, "0.1"}, {"B", "2025-03-31", benefit.ClassB, "0.1"}, {"B", "2025-04-01", benefit.Outwith, "0"},
		{"B", "2026-02-01", benefit.Outwith, "0"}, {"", "2026-02-01", benefit.Outwith, "0"}} {
		line, _ := c.Line(x.code, x.on, money.One, money.One)
		if line.Class != x.class || line.First.String() != x.first || line.On != x.on || line.Code != x.code {
			t.Errorf("%s on %s: %+v", x.code, x.on, line)
		}
	}
	limited := catalog.Catalogue{catalog.NewEdition("3", "2025-01-01", "c", true, items(t, "D\tItem\t101\t01\t\t\t09\t\t\t0\t\t\t\t\t\t35.5\n"))}
	if line, _ := limited.Line("D", "2025-06-01", money.One, money.One); !line.DayLimited || line.DayLimit.String() != "35.5" || line.Limited {
		t.Errorf("%+v", line)
	}
	if line, item := c.Line("A", "2025-06-01", money.One, 30*money.One); !line.Limited || line.Limit != 20*money.One || item.Kind != "09" {
		t.Errorf("%+v", line)
	}
}

// What is wrong is named by row and column.
func TestWrongItems(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	for row, column := range map[string]string{
		"\tItem\t101\t01\t\t\t09":                                      "med_list_codg",
		"A\t\t101\t01\t\t\t09":                                         "hilist_name",
		"A\tItem\t101\t04\t\t\t09":                                     "chrgitm_lv",
		"A\tItem\t101\t01\t0.1\t\t09":                                  "selfpay_prop",
		"A\tItem\t101\t02\t\t\t09":                                     "selfpay_prop",
		"A\tItem\t101\t02\t1.1\t\t09":                                  "selfpay_prop",
		"A\tItem\t101\t02\t10%\t\t09":                                  "selfpay_prop",
		"A\tItem\t101\t01\t\t-1\t09":                                   "hilist_pric_uplmt_amt",
		"A\tItem\t101\t01\t\t\t09\t2025-02-30":                         "begndate",
		"A\tItem\t101\t01\t\t\t09\t2025-02-03\t2025-02-02":             "enddate",
		"A\tItem\t101\t01\t\t\t09\t\t\t2":                              "lmt_used_flag",
		"A\tItem\t101\t01\t\t\t09\t\t\t0\t\t\t\t\tx\t9\ty":             "med_list_codg",
		"A\tItem\t101\t01\t\t\t09\t\t\t0\t\t\t\t\tx\ty":                "day_uplmt_amt",
		"A\tItem\t" + strings.Repeat("1", 51) + "\t01\t\t\t09":         "list_type",
		"OK\tItem\t101\t01\t\t\t09\nOK\tItem\t101\t01\t\t\t09":         "med_list_codg",
		"A\tIt\x00em\t101\t01\t\t\t09":                                 "hilist_name",
		"A\tItem\t101\t01\t\t\t09\t\t\t0\t" + strings.Repeat("x", 501): "dosform",
	} {
		_, err := catalog.ReadItems("c", "titles\n"+row)
		var r *fault.Refusal
		if !errors.As(err, &r) || len(r.Problems) != 1 || r.Problems[0].Column != column || r.Problems[0].Row < 2 {
			t.Errorf("%.60q: %v", row, err)
		}
	}
}

// What is read is written as it was read, whatever it was.
func FuzzReadItems(f *testing.F) {
	f.Add("A\tItem\t101\t01\t\t20\t09\nB\tItem\t101\t02\t0.1\t\t09\t2025-02-01\t2025-03-31\t1\tf\ts\tu\tn\tm\n")
	f.Add("A\tItem\t101\t02\t0\t\t09")
	f.Add("\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := catalog.ReadItems("c", "titles\n"+text)
		if err != nil {
			return
		}
		form := catalog.NewEdition("1", "", "", true, all).Form()
		again, err := catalog.ReadItems("c", form)
		if err != nil || catalog.NewEdition("1", "", "", true, again).Form() != form {
			t.Fatalf("%v\n%s", err, form)
		}
	})
}
