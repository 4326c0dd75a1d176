package office

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Kind (文书种类) is a kind of document that needs signatures. The list is closed.
type Kind string

// The kinds.
const (
	PoolRun          Kind = "pool_run"          // 基金调剂方案
	Clearing         Kind = "clearing"          // 年度清算
	EmergencyPayment Kind = "emergency_payment" // 紧急调剂金、风险金动用
	PaymentOrder     Kind = "payment_order"     // 用款申请
	Reopening        Kind = "reopening"         // 反结账
	BudgetDraft      Kind = "budget_draft"      // 市级预算草案
	Budget           Kind = "budget"            // 全省基金预算
	BudgetAdjustment Kind = "budget_adjustment" // 预算调整方案
	SurplusUse       Kind = "surplus_use"       // 动用累计结余
	Performance      Kind = "performance"       // 绩效评价
	PolicyChange     Kind = "policy_change"     // 待遇政策调整方案
	BenefitList      Kind = "benefit_list"      // 待遇清单
	BenefitSchedule  Kind = "benefit_schedule"  // 全省待遇标准
	BenefitRules     Kind = "benefit_rules"     // 市级实施细则
)

// Label is the kind's name as a message.
func (k Kind) Label() fault.Message { return fault.Msg("office.kind." + string(k)) }

// Seat (签署层级) says whose office signs: that of the document's own division, or the province's.
type Seat string

// The seats.
const (
	OwnSeat      Seat = "own"      // 本级
	ProvinceSeat Seat = "province" // 省级
)

// of gives the division whose office a document of a division is signed in.
func (s Seat) of(division region.Code) region.Code {
	if s == ProvinceSeat {
		return division.Province()
	}
	return division
}

// Stage (环节) is a signature: which right it takes, of which department, at which level, and by which clause.
type Stage struct {
	Action     Action
	Department Department
	Seat       Seat
	Clause     policy.ClauseID
}

// Procedure (审批流程) says who makes a kind of document and who signs it, one after the other. Levels are the levels of
// the divisions that may have such a document. Ruled tells that its content follows from a policy, which must be in
// force before it is submitted.
type Procedure struct {
	Kind   Kind
	Levels []region.Level
	Make   Stage
	Stages []Stage
	Ruled  bool
	Clause policy.ClauseID
}

// Procedures is the table of who signs what. The clauses say which departments answer for the matter; that a document is
// made, reviewed and approved by different people (经办→复核→审批) is internal control; the order of the signatures is
// the project's reading.
//
// 依据: SC38-10.1, SC38-11.3, YN-2.4, YN-6.1, YA-4.10.3
func Procedures() []Procedure {
	province := []region.Level{region.Province}
	pooling := []region.Level{region.Province, region.Prefecture}
	medical := func(a Action, seat Seat, c policy.ClauseID) Stage { return Stage{a, MedicalSecurity, seat, c} }
	finance := func(a Action, seat Seat, c policy.ClauseID) Stage { return Stage{a, Finance, seat, c} }
	made, reviewed := medical(Make, OwnSeat, "SC38-10.1"), medical(Review, OwnSeat, "YA-4.10.3")
	// The adjustment fund is run by medical security and lies on the fiscal account: finance signs before the last word.
	fund := []Stage{reviewed, finance(Countersign, OwnSeat, "SC38-4.5"), medical(Approve, OwnSeat, "SC38-10.1")}
	// Finance leads in budgets.
	budget := []Stage{reviewed, medical(Countersign, OwnSeat, "SC38-10.1"), finance(Approve, OwnSeat, "SC38-10.1")}
	return []Procedure{
		{PoolRun, province, made, fund, true, "SC38-4.4"},
		{Clearing, province, made, fund, true, "SC38-4.5"},
		{EmergencyPayment, province, made, fund, true, "SC38-4.8"},
		{PaymentOrder, pooling, made, []Stage{reviewed, finance(Approve, OwnSeat, "SC38-4.5")}, false, "SC38-4.5"},
		{Reopening, pooling, medical(ReopenBooks, OwnSeat, "YA-4.10.3"), []Stage{medical(Approve, OwnSeat, "YA-4.10.3")}, false, "YA-4.10.3"},
		{BudgetDraft, pooling, made, budget, true, "SC38-3.1"},
		{Budget, province, made, budget, true, "SC38-3.1"},
		{BudgetAdjustment, pooling, made, []Stage{reviewed, medical(Countersign, ProvinceSeat, "SC38-3.5"), finance(Approve, ProvinceSeat, "SC38-3.5")}, true, "SC38-3.5"},
		{SurplusUse, pooling, made, []Stage{reviewed, medical(Approve, ProvinceSeat, "YN-2.4"), finance(Approve, ProvinceSeat, "YN-2.4")}, false, "YN-2.4"},
		{Performance, pooling, made, []Stage{reviewed, finance(Approve, ProvinceSeat, "YN-3.2")}, false, "SC38-3.6"},
		// A change is proposed before it holds: its simulation is a trial by nature.
		{PolicyChange, province, made, []Stage{reviewed, finance(Countersign, OwnSeat, "SC38-10.1"), medical(Approve, OwnSeat, "SC38-10.1")}, false, "SC38-11.1"},
		{BenefitList, province, made, []Stage{reviewed, medical(Approve, OwnSeat, "SC38-6.1")}, false, "SC38-6.1"},
		{BenefitSchedule, province, made, []Stage{reviewed, finance(Countersign, OwnSeat, "SC38-10.1"), medical(Approve, OwnSeat, "SC38-6.2")}, false, "SC38-6.2"},
		{BenefitRules, []region.Level{region.Prefecture}, made, []Stage{reviewed, medical(Approve, ProvinceSeat, "YN-4.2")}, false, "YN-4.2"},
	}
}

// ProcedureOf finds the procedure of a kind.
func ProcedureOf(k Kind) (Procedure, bool) {
	all := Procedures()
	at := slices.IndexFunc(all, func(p Procedure) bool { return p.Kind == k })
	if at < 0 {
		return Procedure{}, false
	}
	return all[at], true
}
