package budget

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/pool"
)

// Side (收支方向) says whether an item is revenue or expenditure.
type Side string

// The sides.
const (
	Revenue     Side = "revenue"     // 收入
	Expenditure Side = "expenditure" // 支出
)

// Item (预算项目) is what a line of a budget is for. The list is closed: an item that is not in it cannot be budgeted.
//
// 依据: SC38-3.4
type Item string

// The items.
const (
	Contributions  Item = "contributions"   // 保险费收入
	Subsidies      Item = "subsidies"       // 财政补贴收入, not told by level of government
	Interest       Item = "interest"        // 利息收入
	OtherRevenue   Item = "other_revenue"   // 其他收入
	Inpatient      Item = "inpatient"       // 住院待遇支出
	Outpatient     Item = "outpatient"      // 普通门诊待遇支出
	ChronicDisease Item = "chronic_disease" // 门诊慢特病待遇支出
	Maternity      Item = "maternity"       // 生育待遇支出
	SeriousIllness Item = "serious_illness" // 大病保险支出
	OtherExpense   Item = "other_expense"   // 其他支出
)

// The subsidies of each level of government, the way a budget should have them.
//
// 依据: SC38-10.2
const (
	SubsidyCentral    Item = "subsidies_central"    // 中央财政补贴收入
	SubsidyProvincial Item = "subsidies_provincial" // 省级财政补贴收入
	SubsidyMunicipal  Item = "subsidies_municipal"  // 市级财政补贴收入
	SubsidyCounty     Item = "subsidies_county"     // 县级财政补贴收入
)

// SubsidyItems lists the items of subsidies by level, from the top down.
func SubsidyItems() []Item {
	return []Item{SubsidyCentral, SubsidyProvincial, SubsidyMunicipal, SubsidyCounty}
}

// Label is the item's name as a message.
func (i Item) Label() fault.Message { return fault.Msg("budget.item." + string(i)) }

// ItemRule (预算项目规则) says which side an item is on and which insurance types have it.
type ItemRule struct {
	Item       Item
	Side       Side
	Insurances []pool.Insurance
}

// ItemRules is the table of items, in the order a budget shows them. The documents name none; the table is the project's
// reading of what the two funds are paid into and pay for.
//
// 依据: SC38-3.2, SC38-5.2
func ItemRules() []ItemRule {
	both := pool.Insurances()
	return []ItemRule{
		{Contributions, Revenue, both},
		{SubsidyCentral, Revenue, both},
		{SubsidyProvincial, Revenue, both},
		{SubsidyMunicipal, Revenue, both},
		{SubsidyCounty, Revenue, both},
		{Subsidies, Revenue, both},
		{Interest, Revenue, both},
		{OtherRevenue, Revenue, both},
		{Inpatient, Expenditure, both},
		{Outpatient, Expenditure, both},
		{ChronicDisease, Expenditure, both},
		{Maternity, Expenditure, both},
		{SeriousIllness, Expenditure, []pool.Insurance{pool.Resident}},
		{OtherExpense, Expenditure, both},
	}
}

// ruleOf finds an item's rule.
func ruleOf(i Item) (ItemRule, bool) {
	rules := ItemRules()
	at := slices.IndexFunc(rules, func(r ItemRule) bool { return r.Item == i })
	if at < 0 {
		return ItemRule{}, false
	}
	return rules[at], true
}

// Side is the side of an item; empty for one that there is not.
func (i Item) Side() Side {
	r, _ := ruleOf(i)
	return r.Side
}
