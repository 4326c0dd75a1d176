package ledger

import (
	"sync"

	"tongchou/internal/pool"
)

// Accounts that the rules and the year's bookings name.
const (
	RevenueAccount     Code = "1002"   // 收入户存款
	FiscalAccount      Code = "1003"   // 财政专户存款
	ExpenditureAccount Code = "1004"   // 支出户存款
	Treasury           Code = "1005"   // 国库存款
	Prepaid            Code = "110101" // 预付定点机构款
	AdvancePaid        Code = "110102" // 预拨调剂金
	OffsiteDeposit     Code = "110103" // 异地就医预付金
	OffsiteLent        Code = "110104" // 异地就医垫付款
	OffsitePassed      Code = "110105" // 异地就医拨付款
	OffsiteEntrusted   Code = "110106" // 拨付异地就医预付金
	AdvanceReceived    Code = "200101" // 收到预拨调剂金
	OffsiteHeld        Code = "200102" // 收到异地就医预付金
	OffsiteFunds       Code = "200103" // 异地就医清算资金
	Unidentified       Code = "200104" // 待查款项
	OffsiteWorking     Code = "200105" // 收到拨付的异地就医预付金

	RetainedSurplus Code = "300101" // 累计结余留存
	AdjustmentFund  Code = "300102" // 省级调剂基金
	ViolationLosses Code = "300103" // 违规增支与弥补
	ClearingSurplus Code = "300104" // 异地就医清算结余
	RiskReserve     Code = "300201" // 省级风险金
	EmergencyFund   Code = "300202" // 紧急调剂金

	AllocationReceived Code = "440101" // 调剂金分配收入
	EmergencyReceived  Code = "440102" // 紧急调剂金收入
	ReserveReceived    Code = "440103" // 风险金收入
	PriorReceived      Code = "440104" // 以前年度清算收入
	CollectionReceived Code = "440201" // 当年上解收入
	PriorCollected     Code = "440202" // 以前年度清算上解收入
	LossCovered        Code = "450102" // 政府弥补违规损失
	LocalShare         Code = "450103" // 地方承担缺口

	OffsiteBenefit Code = "500103" // 异地就医待遇支出
	AllocationPaid Code = "530101" // 调剂金分配支出
	EmergencyPaid  Code = "530102" // 紧急调剂金支出
	ReservePaid    Code = "530103" // 风险金支出
	PriorPaid      Code = "530104" // 以前年度清算补助
	CollectionPaid Code = "530201" // 当年上解支出
	PriorPaidUp    Code = "530202" // 以前年度清算上解
	Violation      Code = "540102" // 违规增支及损失
	LossReturned   Code = "540103" // 退回政府弥补款
	LocalReturned  Code = "540104" // 退回地方承担款

	Subsidies    Code = "4101"   // 财政补贴收入
	Interest     Code = "4201"   // 利息收入
	SundryIncome Code = "450101" // 其他零星收入

	CollectionDue Code = "9001" // 应收上解款
	AllocationDue Code = "9002" // 应收下拨款
	SubsidyDue    Code = "9003" // 应收财政补贴
	LossDue       Code = "9004" // 应由政府弥补款
	LocalDue      Code = "9005" // 应由地方承担款
	EmergencyDue  Code = "9006" // 应收紧急调剂金
	ReserveDue    Code = "9007" // 应收风险金
	LargeDue      Code = "9008" // 应收大额医疗补助款
	AidDue        Code = "9009" // 应收医疗救助款
	OtherDue      Code = "9010" // 应收其他补充保障款
	AccountsDue   Code = "9011" // 应收个人账户支付款
	OffsiteDue    Code = "9012" // 应收异地就医清算款
	OwesCollected Code = "9101" // 应付上解款
	OwesAllocated Code = "9102" // 应付下拨款
	OwesEmergency Code = "9103" // 应付紧急调剂金
	OwesReserve   Code = "9104" // 应付风险金
	OwesReturned  Code = "9105" // 应退政府款
	OwesBasic     Code = "9106" // 应付定点机构统筹基金款
	OwesSerious   Code = "9107" // 应付定点机构大病保险款
	OwesLarge     Code = "9108" // 应付定点机构大额医疗补助款
	OwesAid       Code = "9109" // 应付定点机构医疗救助款
	OwesOther     Code = "9110" // 应付定点机构其他补充保障款
	OwesAccounts  Code = "9111" // 应付定点机构个人账户款
	OwesOffsite   Code = "9112" // 应付异地就医清算款
	MemoContra    Code = "9901" // 备查对应
)

var standardOnce = sync.OnceValues(func() (*Chart, error) { return NewChart(StandardAccounts()) })

// Standard (标准科目表) is the chart this project keeps books by.
func Standard() (*Chart, error) { return standardOnce() }

// StandardAccounts lists the standard chart, for a province that adds accounts of its own. First-level accounts are those
// of 财会〔2017〕28号 that a medical-insurance fund uses; every account below them, and the memo accounts, are ours.
func StandardAccounts() []Account {
	area, adjustment, clearing := []BookKind{Area}, []BookKind{Adjustment}, []BookKind{Clearing}
	toArea, toAdjustment, toClearing := Carries{Counter: Area}, Carries{Counter: Adjustment}, Carries{Counter: Clearing}
	unread, ours := RegulationUnread, Ours
	return []Account{
		{Code: RevenueAccount, Key: "revenue_account", Nature: Asset, Side: Debit, Role: RevenueBank, Books: area, Origin: unread},
		{Code: FiscalAccount, Key: "fiscal_account", Nature: Asset, Side: Debit, Role: FiscalBank, Origin: unread},
		{Code: ExpenditureAccount, Key: "expenditure_account", Nature: Asset, Side: Debit, Role: ExpenditureBank, Books: area, Origin: Regulation},
		{Code: Treasury, Key: "treasury", Nature: Asset, Side: Debit, Role: RevenueBank, Books: area, Origin: unread},
		{Code: "1101", Key: "temporary_payments", Nature: Asset, Side: Debit, Origin: unread},
		{Code: Prepaid, Key: "prepaid", Nature: Asset, Side: Debit, Carries: Carries{Institution: true}, Books: area, Origin: ours},
		{Code: AdvancePaid, Key: "advance_paid", Nature: Asset, Side: Debit, Carries: toArea, Books: adjustment, Origin: ours},
		{Code: OffsiteDeposit, Key: "offsite_deposit", Nature: Asset, Side: Debit, Carries: toClearing, Books: area, Origin: ours},
		{Code: OffsiteLent, Key: "offsite_lent", Nature: Asset, Side: Debit, Carries: toClearing, Books: area, Origin: ours},
		{Code: OffsitePassed, Key: "offsite_passed", Nature: Asset, Side: Debit, Carries: toArea, Books: clearing, Origin: ours},
		{Code: OffsiteEntrusted, Key: "offsite_entrusted", Nature: Asset, Side: Debit, Carries: toArea, Books: clearing, Origin: ours},
		{Code: "110199", Key: "other_temporary_payments", Nature: Asset, Side: Debit, Role: LaidOut, Books: area, Origin: ours},
		{Code: "1201", Key: "bonds", Nature: Asset, Side: Debit, Books: area, Origin: unread},

		{Code: "2001", Key: "temporary_receipts", Nature: Liability, Side: Credit, Origin: unread},
		{Code: AdvanceReceived, Key: "advance_received", Nature: Liability, Side: Credit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: OffsiteHeld, Key: "offsite_held", Nature: Liability, Side: Credit, Carries: toArea, Books: clearing, Origin: ours},
		{Code: OffsiteFunds, Key: "offsite_funds", Nature: Liability, Side: Credit, Carries: toArea, Books: clearing, Origin: ours},
		{Code: Unidentified, Key: "unidentified", Nature: Liability, Side: Credit, Role: TakenIn, Origin: ours},
		{Code: OffsiteWorking, Key: "offsite_working", Nature: Liability, Side: Credit, Carries: toClearing, Books: area, Origin: ours},
		{Code: "200199", Key: "other_temporary_receipts", Nature: Liability, Side: Credit, Role: TakenIn, Books: area, Origin: ours},
		{Code: "2101", Key: "borrowings", Nature: Liability, Side: Credit, Books: area, Origin: unread},

		{Code: "3001", Key: "general_surplus", Nature: NetAsset, Side: Credit, Either: true, Origin: unread},
		{Code: RetainedSurplus, Key: "retained_surplus", Nature: NetAsset, Side: Credit, Either: true, Role: Retained, Books: area, Origin: ours},
		{Code: AdjustmentFund, Key: "adjustment_fund", Nature: NetAsset, Side: Credit, Either: true, Books: adjustment, Origin: ours},
		{Code: ViolationLosses, Key: "violation_losses", Nature: NetAsset, Side: Debit, Either: true, Role: ViolationNet, Books: area, Origin: ours},
		{Code: ClearingSurplus, Key: "clearing_surplus", Nature: NetAsset, Side: Credit, Either: true, Books: clearing, Origin: ours},
		{Code: "3002", Key: "risk_surplus", Nature: NetAsset, Side: Credit, Origin: unread},
		{Code: RiskReserve, Key: "risk_reserve", Nature: NetAsset, Side: Credit, Role: SetAside, Books: adjustment, Origin: ours},
		{Code: EmergencyFund, Key: "emergency_fund", Nature: NetAsset, Side: Credit, Role: SetAside, Books: adjustment, Origin: ours},

		{Code: "4001", Key: "contributions", Nature: Income, Side: Credit, Origin: unread},
		{Code: "400101", Key: "employer_contributions", Nature: Income, Side: Credit, Role: Levy, Books: area, Insurance: pool.Employee, Origin: ours},
		{Code: "400102", Key: "staff_contributions", Nature: Income, Side: Credit, Role: Levy, Books: area, Insurance: pool.Employee, Origin: ours},
		{Code: "400103", Key: "flexible_contributions", Nature: Income, Side: Credit, Role: Levy, Books: area, Insurance: pool.Employee, Origin: ours},
		{Code: "400104", Key: "resident_contributions", Nature: Income, Side: Credit, Role: Levy, Books: area, Insurance: pool.Resident, Origin: ours},
		{Code: Subsidies, Key: "subsidies", Nature: Income, Side: Credit, Role: Levy, Carries: Carries{Level: true}, Books: area, Origin: unread},
		{Code: Interest, Key: "interest", Nature: Income, Side: Credit, Origin: unread},
		{Code: "4301", Key: "transferred_in", Nature: Income, Side: Credit, Books: area, Insurance: pool.Employee, Origin: unread},
		{Code: "4401", Key: "aid_from_above", Nature: Income, Side: Credit, Origin: unread},
		{Code: AllocationReceived, Key: "allocation_received", Nature: Income, Side: Credit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: EmergencyReceived, Key: "emergency_received", Nature: Income, Side: Credit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: ReserveReceived, Key: "reserve_received", Nature: Income, Side: Credit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: PriorReceived, Key: "prior_received", Nature: Income, Side: Credit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: "4402", Key: "paid_up_from_below", Nature: Income, Side: Credit, Origin: unread},
		{Code: CollectionReceived, Key: "collection_received", Nature: Income, Side: Credit, Carries: toArea, Books: adjustment, Origin: ours},
		{Code: PriorCollected, Key: "prior_collected", Nature: Income, Side: Credit, Carries: toArea, Books: adjustment, Origin: ours},
		{Code: "4501", Key: "other_income", Nature: Income, Side: Credit, Origin: unread},
		{Code: SundryIncome, Key: "sundry_income", Nature: Income, Side: Credit, Origin: ours},
		{Code: LossCovered, Key: "loss_covered", Nature: Income, Side: Credit, Carries: Carries{Level: true}, Books: area, ClosesTo: ViolationLosses, Origin: ours},
		{Code: LocalShare, Key: "local_share", Nature: Income, Side: Credit, Carries: Carries{Level: true}, Books: area, Origin: ours},

		{Code: "5001", Key: "benefits", Nature: Expenditure, Side: Debit, Origin: Regulation},
		{Code: "500101", Key: "inpatient", Nature: Expenditure, Side: Debit, Role: Benefit, Books: area, Origin: ours},
		{Code: "500102", Key: "outpatient", Nature: Expenditure, Side: Debit, Role: Benefit, Books: area, Origin: ours},
		{Code: OffsiteBenefit, Key: "offsite_benefit", Nature: Expenditure, Side: Debit, Role: Benefit, Carries: toClearing, Books: area, Origin: ours},
		{Code: "500104", Key: "maternity", Nature: Expenditure, Side: Debit, Role: Benefit, Books: area, Origin: ours},
		{Code: "5101", Key: "catastrophic", Nature: Expenditure, Side: Debit, Role: Benefit, Books: area, Insurance: pool.Resident, Origin: unread},
		{Code: "5201", Key: "transferred_out", Nature: Expenditure, Side: Debit, Books: area, Insurance: pool.Employee, Origin: unread},
		{Code: "5301", Key: "aid_to_below", Nature: Expenditure, Side: Debit, Origin: unread},
		{Code: AllocationPaid, Key: "allocation_paid", Nature: Expenditure, Side: Debit, Carries: toArea, Books: adjustment, Origin: ours},
		{Code: EmergencyPaid, Key: "emergency_paid", Nature: Expenditure, Side: Debit, Carries: toArea, Books: adjustment, Role: Drawn, From: EmergencyFund, ClosesTo: EmergencyFund, Origin: ours},
		{Code: ReservePaid, Key: "reserve_paid", Nature: Expenditure, Side: Debit, Carries: toArea, Books: adjustment, Role: Drawn, From: RiskReserve, ClosesTo: RiskReserve, Origin: ours},
		{Code: PriorPaid, Key: "prior_paid", Nature: Expenditure, Side: Debit, Carries: toArea, Books: adjustment, Origin: ours},
		{Code: "5302", Key: "paid_up", Nature: Expenditure, Side: Debit, Origin: unread},
		{Code: CollectionPaid, Key: "collection_paid", Nature: Expenditure, Side: Debit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: PriorPaidUp, Key: "prior_paid_up", Nature: Expenditure, Side: Debit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: "5401", Key: "other_expenditure", Nature: Expenditure, Side: Debit, Origin: unread},
		{Code: "540101", Key: "sundry_expenditure", Nature: Expenditure, Side: Debit, Books: area, Origin: ours},
		{Code: Violation, Key: "violation", Nature: Expenditure, Side: Debit, Books: area, ClosesTo: ViolationLosses, Origin: ours},
		{Code: LossReturned, Key: "loss_returned", Nature: Expenditure, Side: Debit, Carries: Carries{Level: true}, Books: area, ClosesTo: ViolationLosses, Origin: ours},
		{Code: LocalReturned, Key: "local_returned", Nature: Expenditure, Side: Debit, Carries: Carries{Level: true}, Books: area, Origin: ours},

		{Code: CollectionDue, Key: "collection_due", Nature: Memo, Side: Debit, Carries: toArea, Books: adjustment, Origin: ours},
		{Code: AllocationDue, Key: "allocation_due", Nature: Memo, Side: Debit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: SubsidyDue, Key: "subsidy_due", Nature: Memo, Side: Debit, Carries: Carries{Level: true}, Books: area, Origin: ours},
		{Code: LossDue, Key: "loss_due", Nature: Memo, Side: Debit, Carries: Carries{Level: true}, Books: area, Origin: ours},
		{Code: LocalDue, Key: "local_due", Nature: Memo, Side: Debit, Carries: Carries{Level: true}, Books: area, Origin: ours},
		{Code: EmergencyDue, Key: "emergency_due", Nature: Memo, Side: Debit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: ReserveDue, Key: "reserve_due", Nature: Memo, Side: Debit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: LargeDue, Key: "large_due", Nature: Memo, Side: Debit, Either: true, Books: area, Origin: ours},
		{Code: AidDue, Key: "aid_due", Nature: Memo, Side: Debit, Either: true, Books: area, Origin: ours},
		{Code: OtherDue, Key: "other_due", Nature: Memo, Side: Debit, Either: true, Books: area, Origin: ours},
		{Code: AccountsDue, Key: "accounts_due", Nature: Memo, Side: Debit, Either: true, Books: area, Origin: ours},
		{Code: OffsiteDue, Key: "offsite_due", Nature: Memo, Side: Debit, Either: true, Carries: toClearing, Books: area, Origin: ours},
		{Code: OwesCollected, Key: "owes_collected", Nature: Memo, Side: Credit, Carries: toAdjustment, Books: area, Origin: ours},
		{Code: OwesAllocated, Key: "owes_allocated", Nature: Memo, Side: Credit, Carries: toArea, Books: adjustment, Origin: ours},
		{Code: OwesEmergency, Key: "owes_emergency", Nature: Memo, Side: Credit, Carries: toArea, Books: adjustment, Role: Pledged, From: EmergencyFund, Origin: ours},
		{Code: OwesReserve, Key: "owes_reserve", Nature: Memo, Side: Credit, Carries: toArea, Books: adjustment, Role: Pledged, From: RiskReserve, Origin: ours},
		{Code: OwesReturned, Key: "owes_returned", Nature: Memo, Side: Credit, Carries: Carries{Level: true}, Books: area, Origin: ours},
		{Code: OwesBasic, Key: "owes_basic", Nature: Memo, Side: Credit, Either: true, Carries: Carries{Institution: true}, Books: area, Origin: ours},
		{Code: OwesSerious, Key: "owes_serious", Nature: Memo, Side: Credit, Either: true, Carries: Carries{Institution: true}, Books: area, Origin: ours},
		{Code: OwesLarge, Key: "owes_large", Nature: Memo, Side: Credit, Either: true, Carries: Carries{Institution: true}, Books: area, Origin: ours},
		{Code: OwesAid, Key: "owes_aid", Nature: Memo, Side: Credit, Either: true, Carries: Carries{Institution: true}, Books: area, Origin: ours},
		{Code: OwesOther, Key: "owes_other", Nature: Memo, Side: Credit, Either: true, Carries: Carries{Institution: true}, Books: area, Origin: ours},
		{Code: OwesAccounts, Key: "owes_accounts", Nature: Memo, Side: Credit, Either: true, Carries: Carries{Institution: true}, Books: area, Origin: ours},
		{Code: OwesOffsite, Key: "owes_offsite", Nature: Memo, Side: Credit, Either: true, Carries: toClearing, Books: area, Origin: ours},
		{Code: MemoContra, Key: "memo_contra", Nature: Memo, Side: Credit, Either: true, Origin: ours},
	}
}

// surplusOf is the net-asset account that takes a kind of book's income and expenditure at the end of the year.
func surplusOf(kind BookKind) Code {
	switch kind {
	case Adjustment:
		return AdjustmentFund
	case Clearing:
		return ClearingSurplus
	}
	return RetainedSurplus
}

// mirror says that a posting in one book is the other half of a posting in another: a debit of one account in the book
// that names the other as its counter is a credit of the other there.
type mirror struct{ debit, credit Code }

// mirrors lists the movements between books. What is not here moves no money between books.
func mirrors() [28]mirror {
	return [...]mirror{
		{OffsiteBenefit, OffsiteFunds}, // the place of insurance pays in what its people cost elsewhere
		{OffsitePassed, OffsiteLent},   // the province passes it on to the place of care
		{CollectionPaid, CollectionReceived}, {CollectionReceived, CollectionPaid},
		{PriorPaidUp, PriorCollected}, {PriorCollected, PriorPaidUp},
		{AllocationPaid, AllocationReceived}, {AllocationReceived, AllocationPaid},
		{EmergencyPaid, EmergencyReceived}, {EmergencyReceived, EmergencyPaid},
		{ReservePaid, ReserveReceived}, {ReserveReceived, ReservePaid},
		{PriorPaid, PriorReceived}, {PriorReceived, PriorPaid},
		{AdvancePaid, AdvanceReceived}, {AdvanceReceived, AdvancePaid},
		{OffsiteDeposit, OffsiteHeld}, {OffsiteHeld, OffsiteDeposit},
		{OffsiteEntrusted, OffsiteWorking}, {OffsiteWorking, OffsiteEntrusted},
		{CollectionDue, OwesCollected}, {OwesCollected, CollectionDue},
		{AllocationDue, OwesAllocated}, {OwesAllocated, AllocationDue},
		{EmergencyDue, OwesEmergency}, {OwesEmergency, EmergencyDue},
		{ReserveDue, OwesReserve}, {OwesReserve, ReserveDue},
	}
}
