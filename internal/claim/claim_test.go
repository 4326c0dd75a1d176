package claim_test

import (
	"encoding/csv"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/claim"
	"tongchou/internal/money"
)

// sound is a settlement that breaks no identity.
func sound() claim.Settlement {
	return claim.Settlement{ID: "S1", Person: "P1", Insurance: claim.EmployeeInsurance, SettledOn: "2025-03-01",
		Total: 1000, SelfPaidWhole: 100, OverLimit: 20, SelfPaidFirst: 80, InScope: 800,
		BasicPaid: 500, CivilServantPaid: 5, EnterprisePaid: 6, LargeAmountPaid: 7, CatastrophicPaid: 8, AidPaid: 9, OtherPaid: 10, FundPaid: 545,
		HospitalPaid: 15, PersonPaid: 440, AccountPaid: 200, CashPaid: 230, FamilyAccountPaid: 10}
}

func TestCheck(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	for _, c := range []struct {
		name   string
		change func(*claim.Settlement)
		want   []claim.Identity
	}{
		{"sound", func(*claim.Settlement) {}, nil},
		{"scope", func(s *claim.Settlement) { s.OverLimit++ }, []claim.Identity{claim.ScopeIdentity}},
		{"fund", func(s *claim.Settlement) { s.AidPaid-- }, []claim.Identity{claim.FundIdentity}},
		{"bearers", func(s *claim.Settlement) { s.HospitalPaid++ }, []claim.Identity{claim.BearerIdentity}},
		{"person", func(s *claim.Settlement) { s.CashPaid++ }, []claim.Identity{claim.PersonIdentity}},
		{"refund of nothing", func(s *claim.Settlement) { *s = s.Refund("S2", "2025-03-02"); s.OriginalID = "" }, []claim.Identity{claim.RefundIdentity}},
		{"original without refund", func(s *claim.Settlement) { s.OriginalID = "S0" }, []claim.Identity{claim.RefundIdentity}},
		{"positive refund", func(s *claim.Settlement) { s.RefundFlag, s.OriginalID = true, "S0" }, []claim.Identity{claim.RefundIdentity}},
		{"two at once", func(s *claim.Settlement) { s.PersonPaid++ }, []claim.Identity{claim.BearerIdentity, claim.PersonIdentity}},
	} {
		s := sound()
		c.change(&s)
		if got := s.Check(); !slices.Equal(got, c.want) {
			t.Errorf("%s: breaks %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRefundUndoes(t *testing.T) {
	s := sound()
	r := s.Refund("S2", "2025-03-02")
	if broken := r.Check(); broken != nil {
		t.Errorf("breaks %q", broken)
	}
	if r.OriginalID != "S1" || r.Total+s.Total != 0 || r.CashPaid+s.CashPaid != 0 || r.FundPaid+s.FundPaid != 0 || s.Total != 1000 {
		t.Errorf("%+v", r)
	}
}

// settlements draws any settlement at all, sound or not.
func settlements(t *rapid.T) claim.Settlement {
	var s claim.Settlement
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(rapid.StringMatching(`[ -~]{0,12}`).Draw(t, name))
		case reflect.Bool:
			f.SetBool(rapid.Bool().Draw(t, name))
		default:
			f.SetInt(rapid.Int64().Draw(t, name))
		}
	}
	return s
}

// A line read by the standard library has every cell under its column, whatever the texts.
func TestCSVReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := settlements(t)
		rows, err := csv.NewReader(strings.NewReader(string(s.AppendCSV(claim.AppendHeader(nil))))).ReadAll()
		if err != nil || len(rows) != 2 || !slices.Equal(rows[0], claim.Columns()) {
			t.Fatalf("%v, %d rows", err, len(rows))
		}
		got := map[string]string{}
		for i, name := range rows[0] {
			got[name] = rows[1][i]
		}
		word := map[bool]string{true: "1", false: "0"}
		want := map[string]string{"setl_id": s.ID, "psn_no": s.Person, "insutype": s.Insurance, "psn_type": s.PersonType, "med_type": s.MedType,
			"insuplc_admdvs": string(s.InsuredAt), "mdtrtarea_admvs": string(s.TreatedAt), "fixmedins_code": s.Institution, "hosp_lv": s.Level,
			"setl_time": string(s.SettledOn), "begndate": string(s.Begin), "enddate": string(s.End), "ipt_days": strconv.Itoa(s.Days),
			"dise_no": s.Disease, "drg": s.Group, "hi_paymtd": s.PayMethod, "setl_type": map[bool]string{true: "2", false: "1"}[s.Direct],
			"clr_type": s.ClearType, "age": strconv.Itoa(s.Age), "gend": s.Sex,
			"medfee_sumamt": s.Total.String(), "fulamt_ownpay_amt": s.SelfPaidWhole.String(), "overlmt_selfpay": s.OverLimit.String(),
			"preselfpay_amt": s.SelfPaidFirst.String(), "inscp_scp_amt": s.InScope.String(), "hifp_pay": s.BasicPaid.String(),
			"cvlserv_pay": s.CivilServantPaid.String(), "hifes_pay": s.EnterprisePaid.String(), "hifob_pay": s.LargeAmountPaid.String(),
			"hifmi_pay": s.CatastrophicPaid.String(), "maf_pay": s.AidPaid.String(), "oth_pay": s.OtherPaid.String(), "fund_pay_sumamt": s.FundPaid.String(),
			"psn_part_amt": s.PersonPaid.String(), "hosp_part_amt": s.HospitalPaid.String(), "acct_pay": s.AccountPaid.String(),
			"psn_cash_pay": s.CashPaid.String(), "acct_mulaid_pay": s.FamilyAccountPaid.String(), "refd_setl_flag": word[s.RefundFlag],
			"init_setl_id": s.OriginalID, "data_kind": map[bool]string{true: "synthetic"}[s.Synthetic]}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	})
}

func TestCSVOfExtremes(t *testing.T) {
	s := claim.Settlement{Total: math.MinInt64, InScope: -1, CashPaid: 5}
	line := string(s.AppendCSV(nil))
	if !strings.Contains(line, money.Fen(math.MinInt64).String()+",0.00,0.00,0.00,-0.01,") || !strings.Contains(line, ",0.05,") {
		t.Error(line)
	}
}

func BenchmarkAppendCSV(b *testing.B) {
	s, line := sound(), make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		line = s.AppendCSV(line[:0])
	}
	b.SetBytes(int64(len(line)))
}
