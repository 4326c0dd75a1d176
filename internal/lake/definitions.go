package lake

import "tongchou/internal/pool"

// The figures that pooling does not distribute by.
const (
	ScopeRatio       pool.Factor = "scope_ratio"        // 政策范围内住院费用基金支付比例
	ScopeRatioLevel3 pool.Factor = "scope_ratio_level3" // 其中三级
	ScopeRatioLevel2 pool.Factor = "scope_ratio_level2" // 其中二级
	ScopeRatioLevel1 pool.Factor = "scope_ratio_level1" // 其中一级
	DirectRate       pool.Factor = "direct_rate"        // 异地住院直接结算率（人次）
	DirectCostRate   pool.Factor = "direct_cost_rate"   // 异地住院费用直接结算率
	GroupedShare     pool.Factor = "grouped_share"      // 按病种（DRG/DIP）付费占住院基金支出
	DRGShare         pool.Factor = "drg_share"          // 其中 DRG
	DIPShare         pool.Factor = "dip_share"          // 其中 DIP
	Top1Share        pool.Factor = "top1_share"         // 费用最高 1% 人员的费用占比
	Top5Share        pool.Factor = "top5_share"         // 费用最高 5% 人员的费用占比
)

// Definition (指标口径) says what a figure is: what is divided by what, as locale keys. Cost tells that it is an amount and not
// a share or rate; Pooled that pooling reads it. Headcounts are the register's or, without one, of the persons seen.
type Definition struct {
	Name   pool.Factor
	Clause string
	Cost   bool
	Pooled bool

	numerator, denominator func(*area) int64
}

// Title is the key of its name.
func (d Definition) Title() string { return "lake.factor." + string(d.Name) }

// Numerator is the key of what is divided.
func (d Definition) Numerator() string { return d.Title() + ".numerator" }

// Denominator is the key of what it is divided by.
func (d Definition) Denominator() string { return d.Title() + ".denominator" }

// Definitions lists the figures in the order they are shown.
//
// 依据: YN-2.5, SCE-7.2, SC38-7.3
func Definitions() []Definition {
	return []Definition{
		{pool.AgedShare, "YN-2.5", false, true, func(a *area) int64 { return a.heads(agedFrom) }, headsOf},
		{pool.CostPerHead, "YN-2.5", true, true, func(a *area) int64 { return a.totals.cost }, headsOf},
		{pool.AdmissionRate, "YN-2.5", false, true, func(a *area) int64 { return a.totals.admissions }, headsOf},
		{pool.CostPerAdmission, "YN-2.5", true, true, func(a *area) int64 { return a.totals.inpatientCost }, func(a *area) int64 { return a.totals.admissions }},
		{pool.OffsiteShare, "YN-2.5", false, true, func(a *area) int64 { return a.totals.offsiteFund }, inpatientFund},
		{ScopeRatio, "YA-3.2.2", false, false, inpatientFund, func(a *area) int64 { return a.totals.inpatientScope }},
		{ScopeRatioLevel3, "YA-3.2.2", false, false, func(a *area) int64 { return a.totals.fund[3] }, func(a *area) int64 { return a.totals.scope[3] }},
		{ScopeRatioLevel2, "YA-3.2.2", false, false, func(a *area) int64 { return a.totals.fund[2] }, func(a *area) int64 { return a.totals.scope[2] }},
		{ScopeRatioLevel1, "YA-3.2.2", false, false, func(a *area) int64 { return a.totals.fund[1] }, func(a *area) int64 { return a.totals.scope[1] }},
		{DirectRate, "SCE-7.2", false, false, func(a *area) int64 { return a.totals.directAdmissions }, func(a *area) int64 { return a.totals.offsiteAdmissions }},
		{DirectCostRate, "SCE-7.2", false, false, func(a *area) int64 { return a.totals.directCost }, func(a *area) int64 { return a.totals.offsiteCost }},
		{GroupedShare, "SC38-7.3", false, false, func(a *area) int64 { return a.totals.drgFund + a.totals.dipFund }, inpatientFund},
		{DRGShare, "SC38-7.3", false, false, func(a *area) int64 { return a.totals.drgFund }, inpatientFund},
		{DIPShare, "SC38-7.3", false, false, func(a *area) int64 { return a.totals.dipFund }, inpatientFund},
		{Top1Share, "YN-3.3", false, false, func(a *area) int64 { return a.seen.top1 }, func(a *area) int64 { return a.seen.cost }},
		{Top5Share, "YN-3.3", false, false, func(a *area) int64 { return a.seen.top5 }, func(a *area) int64 { return a.seen.cost }},
	}
}

// heads is the headcount of the age groups from one on.
func (a *area) heads(from int) int64 {
	var n int64
	for _, g := range a.groups[from:] {
		n += g.heads
	}
	return n
}

func headsOf(a *area) int64 { return a.heads(0) }

func inpatientFund(a *area) int64 { return a.totals.inpatientFund }
