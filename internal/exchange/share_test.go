package exchange

import (
	"bytes"
	"strings"
	"testing"

	"tongchou/internal/pool"
)

// A city's share holds its own figures with every step, what the province's sums are, and not a figure or name of another city.
func TestShareHoldsNobodyElse(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	e := engine(t)
	run, _, err := Freeze(e, Freezing{Program: "1", Pack: "sichuan", PolicyDigest: "p", Year: 2025, Insurance: pool.Resident, Facts: madeUp(t, e, "sichuan")})
	if err != nil {
		t.Fatal(err)
	}
	fund := run.Result().Funds[0]
	for _, d := range fund.Divisions {
		content, err := run.Share(d.Code)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := run.Share(d.Code); !bytes.Equal(again, content) {
			t.Errorf("%s: not the same bytes again", d.Code)
		}
		share, err := ReadShare(content)
		if err != nil || share.Division() != d.Code || !share.Synthetic {
			t.Fatalf("%s: %+v, %v", d.Code, share, err)
		}
		own := share.Fund().Divisions[0]
		if own.Paid != d.Paid || own.Received != d.Received || own.SurplusEnd != d.SurplusEnd || share.Fund().Collected != fund.Collected || len(share.Steps()) < 5 {
			t.Errorf("%s: %+v", d.Code, own)
		}
		if own.Statement.SurplusBegin+own.Statement.Income-own.Statement.Spent-own.Paid+own.Received != own.SurplusEnd {
			t.Errorf("%s: the figures of the share do not add up", d.Code)
		}
		for _, other := range fund.Divisions {
			place, _ := e.Tree.Get(other.Code)
			if other.Code == d.Code {
				continue
			}
			for _, trace := range []string{string(other.Code), place.Name, other.Paid.String(), other.SurplusEnd.String()} {
				if trace != "0.00" && strings.Contains(string(content), trace) {
					t.Errorf("the share of %s tells of %s: %s", d.Code, other.Code, trace)
				}
			}
		}
	}
	table, err := run.Comparison()
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadComparison(table)
	if err != nil || len(c.Rows) != len(fund.Divisions) || c.Rows[3].Net != fund.Divisions[3].Net || strings.Contains(string(table), fund.Divisions[3].SurplusEnd.String()) {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := run.Share("510399"); err == nil {
		t.Error("a division that was not computed has a share")
	}
}

func TestReadShareRefuses(t *testing.T) {
	for _, bad := range []string{"", "{}", `{"form":1}`, `{"form":2,"fund":{"divisions":[{}]}}`, `{"form":1,"more":1}`, `{"form":1,"fund":{"divisions":[{},{}]}}`} {
		if _, err := ReadShare([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
		if _, err := ReadComparison([]byte(bad)); err == nil && bad != `{"form":1}` {
			t.Errorf("%q is read as a comparison", bad)
		}
	}
}
