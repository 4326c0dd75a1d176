package claim

import (
	"strconv"
	"strings"

	"tongchou/internal/money"
)

// columns are the wire names in the order of AppendCSV.
const columns = "setl_id psn_no insutype psn_type med_type insuplc_admdvs mdtrtarea_admvs fixmedins_code hosp_lv " +
	"setl_time begndate enddate ipt_days dise_no drg hi_paymtd setl_type clr_type age gend " +
	"medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt " +
	"hifp_pay cvlserv_pay hifes_pay hifob_pay hifmi_pay maf_pay oth_pay " +
	"fund_pay_sumamt psn_part_amt hosp_part_amt acct_pay psn_cash_pay acct_mulaid_pay " +
	"refd_setl_flag init_setl_id data_kind"

// What the columns that are yes or no in a Settlement say on the wire.
const (
	HandedIn    = "1"         // setl_type: settled at the agency (中心报销)
	Online      = "2"         // setl_type: settled where treated (联网结算)
	IsRefund    = "1"         // refd_setl_flag
	NoRefund    = "0"         // refd_setl_flag
	IsSynthetic = "synthetic" // data_kind; empty for what was reported
)

// Columns gives the wire names of a settlement's columns (结算表列名), in the order of AppendCSV.
func Columns() []string { return strings.Fields(columns) }

// AppendHeader appends the line of column names (表头), ending in a newline.
func AppendHeader(b []byte) []byte {
	return append(append(b, strings.ReplaceAll(columns, " ", ",")...), '\n')
}

// amounts are all amounts, in the order of the columns.
func (s *Settlement) amounts() [18]*money.Fen {
	return [...]*money.Fen{
		&s.Total, &s.SelfPaidWhole, &s.OverLimit, &s.SelfPaidFirst, &s.InScope,
		&s.BasicPaid, &s.CivilServantPaid, &s.EnterprisePaid, &s.LargeAmountPaid, &s.CatastrophicPaid, &s.AidPaid, &s.OtherPaid,
		&s.FundPaid, &s.PersonPaid, &s.HospitalPaid, &s.AccountPaid, &s.CashPaid, &s.FamilyAccountPaid,
	}
}

// AppendCSV appends the settlement as a line of CSV (RFC 4180, amounts in yuan with two decimals, days in ISO form),
// ending in a newline. It allocates only when b is full.
func (s *Settlement) AppendCSV(b []byte) []byte {
	for _, text := range [...]string{
		s.ID, s.Person, s.Insurance, s.PersonType, s.MedType, string(s.InsuredAt), string(s.TreatedAt), s.Institution, s.Level,
		string(s.SettledOn), string(s.Begin), string(s.End),
	} {
		b = appendText(b, text)
	}
	b = append(strconv.AppendInt(b, int64(s.Days), 10), ',')
	for _, text := range [...]string{s.Disease, s.Group, s.PayMethod, choose(s.Direct, Online, HandedIn), s.ClearType} {
		b = appendText(b, text)
	}
	b = append(strconv.AppendInt(b, int64(s.Age), 10), ',')
	b = appendText(b, s.Sex)
	for _, amount := range s.amounts() {
		b = append(appendFen(b, *amount), ',')
	}
	b = appendText(b, choose(s.RefundFlag, IsRefund, NoRefund))
	b = appendText(b, s.OriginalID)
	b = appendText(b, choose(s.Synthetic, IsSynthetic, ""))
	b[len(b)-1] = '\n'
	return b
}

func choose(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// appendText appends a cell and a comma, in quotes where it needs them.
func appendText(b []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c == ',' || c == '"' || c == '\n' || c == '\r' || c == ' ' && i == 0 {
			b = append(b, '"')
			b = append(b, strings.ReplaceAll(text, `"`, `""`)...)
			return append(b, '"', ',')
		}
	}
	return append(append(b, text...), ',')
}

// appendFen appends an amount as money.Fen's String writes it.
func appendFen(b []byte, f money.Fen) []byte {
	if f == 0 { // most of them
		return append(b, "0.00"...)
	}
	n := uint64(f)
	if f < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendUint(b, n/100, 10)
	return append(b, '.', '0'+byte(n%100/10), '0'+byte(n%10))
}
