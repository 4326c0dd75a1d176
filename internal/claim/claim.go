// Package claim holds what a settlement (结算) of medical costs is, one row of the claims data: who was insured where,
// treated where and when, what it cost, and who paid. Amounts are fen.
package claim

import (
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Insurance (险种) of the national platform.
const (
	EmployeeInsurance = "310"
	ResidentInsurance = "390"
)

// Settlement (结算记录) is one settlement, or the refund (退费) of one: then RefundFlag is set, OriginalID names what it
// refunds and every amount is negative. Codes are those of the national platform.
//
// The identities that hold for every row:
//
//	Total = SelfPaidWhole + OverLimit + SelfPaidFirst + InScope
//	FundPaid = BasicPaid + CivilServantPaid + EnterprisePaid + LargeAmountPaid + CatastrophicPaid + AidPaid + OtherPaid
//	Total = FundPaid + PersonPaid + HospitalPaid
//	PersonPaid = AccountPaid + CashPaid + FamilyAccountPaid
//
// 依据: YA-4.8.1
type Settlement struct {
	ID          string      // setl_id
	Person      string      // psn_no; a keyed pseudonym once stored
	Insurance   string      // insutype
	PersonType  string      // psn_type: 11 in service, 12 retired, 15 resident
	MedType     string      // med_type: 11 outpatient, 14 chronic, 21 inpatient …
	InsuredAt   region.Code // insuplc_admdvs
	TreatedAt   region.Code // mdtrtarea_admvs
	Institution string      // fixmedins_code
	Level       string      // hosp_lv: 01–03 level 3, 05–07 level 2, 08–10 level 1, 11 none
	SettledOn   policy.Date // setl_time, the day
	Begin, End  policy.Date // begndate, enddate
	Days        int         // ipt_days
	Disease     string      // dise_no
	Group       string      // drg
	PayMethod   string      // hi_paymtd: 1 by item, 3 DIP, 4 DRG, 5 per diem …
	Direct      bool        // settled directly where treated (直接结算), as against handed in afterwards (手工报销); setl_type 2 and 1
	ClearType   string      // clr_type
	Age         int         // age at settlement
	Sex         string      // gend: 1 male, 2 female

	Total, SelfPaidWhole, OverLimit, SelfPaidFirst, InScope money.Fen // medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt
	BasicPaid, CivilServantPaid, EnterprisePaid             money.Fen // hifp_pay cvlserv_pay hifes_pay
	LargeAmountPaid, CatastrophicPaid, AidPaid, OtherPaid   money.Fen // hifob_pay hifmi_pay maf_pay oth_pay
	FundPaid, PersonPaid, HospitalPaid                      money.Fen // fund_pay_sumamt psn_part_amt hosp_part_amt
	AccountPaid, CashPaid, FamilyAccountPaid                money.Fen // acct_pay psn_cash_pay acct_mulaid_pay

	RefundFlag bool   // refd_setl_flag
	OriginalID string // init_setl_id

	Synthetic bool // data_kind: made up, of nobody
}
