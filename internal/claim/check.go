package claim

// Identity (勾稽关系) is something that holds on every settlement, named for messages and reject files: a sum by the
// column that is the sum.
type Identity string

// The identities.
const (
	ScopeIdentity  Identity = "medfee_sumamt=fulamt_ownpay_amt+overlmt_selfpay+preselfpay_amt+inscp_scp_amt"
	FundIdentity   Identity = "fund_pay_sumamt=hifp_pay+cvlserv_pay+hifes_pay+hifob_pay+hifmi_pay+maf_pay+oth_pay"
	BearerIdentity Identity = "medfee_sumamt=fund_pay_sumamt+psn_part_amt+hosp_part_amt"
	PersonIdentity Identity = "psn_part_amt=acct_pay+psn_cash_pay+acct_mulaid_pay"
	// RefundIdentity: a refund, and only a refund, names what it refunds, and none of its amounts is positive.
	RefundIdentity Identity = "refd_setl_flag=init_setl_id"
)

// Check (勾稽校验) gives the identities that a settlement breaks, none when it is sound. Amounts are compared to the fen.
//
// 依据: YA-4.8.1
func (s *Settlement) Check() []Identity {
	var broken []Identity
	if s.Total != s.SelfPaidWhole+s.OverLimit+s.SelfPaidFirst+s.InScope {
		broken = append(broken, ScopeIdentity)
	}
	if s.FundPaid != s.BasicPaid+s.CivilServantPaid+s.EnterprisePaid+s.LargeAmountPaid+s.CatastrophicPaid+s.AidPaid+s.OtherPaid {
		broken = append(broken, FundIdentity)
	}
	if s.Total != s.FundPaid+s.PersonPaid+s.HospitalPaid {
		broken = append(broken, BearerIdentity)
	}
	if s.PersonPaid != s.AccountPaid+s.CashPaid+s.FamilyAccountPaid {
		broken = append(broken, PersonIdentity)
	}
	if s.RefundFlag != (s.OriginalID != "") || s.RefundFlag && s.anyPositive() {
		broken = append(broken, RefundIdentity)
	}
	return broken
}

func (s *Settlement) anyPositive() bool {
	for _, amount := range s.amounts() {
		if *amount > 0 {
			return true
		}
	}
	return false
}
