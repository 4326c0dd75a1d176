package ledger

import (
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/pool"
)

// Code (科目编码) is an account's code: four digits for a first-level account, two more for each level below.
type Code string

// Parent is the code one level up; empty for a first-level account.
func (c Code) Parent() Code {
	if len(c) <= 4 {
		return ""
	}
	return c[:len(c)-2]
}

// Nature (科目类别) is the class of an account.
type Nature string

// The natures. Memo accounts (备查) are this project's own: on a cash basis what is due but not yet paid stands in no other
// account, so it is kept beside the books, balanced by itself.
const (
	Asset       Nature = "asset"       // 资产
	Liability   Nature = "liability"   // 负债
	NetAsset    Nature = "net_asset"   // 净资产
	Income      Nature = "income"      // 收入
	Expenditure Nature = "expenditure" // 支出
	Memo        Nature = "memo"        // 备查
)

// Name (科目类别) is the nature in words.
func (n Nature) Name() fault.Message { return fault.Msg("ledger.nature." + string(n)) }

// yearly tells whether balances of the nature are carried into net assets at the end of the year.
func (n Nature) yearly() bool { return n == Income || n == Expenditure }

// Side (借贷方向) is a side of an account.
type Side string

// The sides.
const (
	Debit  Side = "debit"  // 借
	Credit Side = "credit" // 贷
)

// Name (借贷方向) is the side in words.
func (s Side) Name() fault.Message { return fault.Msg("ledger.side." + string(s)) }

// Carries (辅助核算) are the auxiliary dimensions of an account.
type Carries struct {
	Counter     BookKind // the kind of the book on the other side; empty for none
	Level       bool     // the level of government that pays
	Institution bool     // the designated institution
}

// Role (科目用途) is what the rules look at in an account.
type Role string

// The roles.
const (
	NoRole          Role = ""
	RevenueBank     Role = "revenue_bank"     // 收入户、国库: money comes in and goes up to the fiscal account only
	FiscalBank      Role = "fiscal_bank"      // 财政专户
	ExpenditureBank Role = "expenditure_bank" // 支出户: money comes from the fiscal account only
	Levy            Role = "levy"             // what is levied or subsidised
	Benefit         Role = "benefit"          // what is paid out to or for the insured
	Retained        Role = "retained"         // 累计结余留存
	ViolationNet    Role = "violation_net"    // losses that local government must cover, and what it has covered
	SetAside        Role = "set_aside"        // 风险金、紧急调剂金
	Drawn           Role = "draw"             // payments out of money set aside
	LaidOut         Role = "laid_out"         // 其他暂付款: paid and not yet known what it comes to
	TakenIn         Role = "taken_in"         // 其他暂收款、待查款项
	Pledged         Role = "pledged"          // payments out of money set aside that are approved and not made yet
)

// bank tells whether the account is money at a bank, at the treasury or in the safe.
func (r Role) bank() bool { return r == RevenueBank || r == FiscalBank || r == ExpenditureBank }

// Origin (科目来源) says where an account comes from.
type Origin string

// The origins.
const (
	// Regulation accounts are first-level accounts of 财会〔2017〕28号, code and name read in a copy of it.
	Regulation Origin = "regulation"
	// RegulationUnread accounts are first-level accounts of it whose code could not be compared with a copy.
	RegulationUnread Origin = "regulation_unread"
	// Ours are accounts this project adds below or beside them.
	Ours Origin = "ours"
)

// Name (科目来源) is the origin in words.
func (o Origin) Name() fault.Message { return fault.Msg("ledger.origin." + string(o)) }

// Account (会计科目) is an account of the chart. Only accounts without others below them are posted to.
type Account struct {
	Code   Code
	Key    string // names it: text ledger.account.<Key>
	Nature Nature
	Side   Side // the side it normally stands on
	// Either tells that a balance may stand on either side, as a cumulative deficit may.
	Either  bool
	Carries Carries
	// Books are the kinds of books that have it; empty for all. Insurance is the one type that has it; empty for all.
	Books     []BookKind
	Insurance pool.Insurance
	Role      Role
	// ClosesTo is the net-asset account that takes its balance at the end of the year when it is not the book's own.
	ClosesTo Code
	// From is, for a draw and what is pledged to one, the account of the money that was set aside.
	From   Code
	Origin Origin
}

// Name (科目名称) is the account's name.
func (a Account) Name() fault.Message { return fault.Msg("ledger.account." + a.Key) }

// in tells whether a book has the account.
func (a Account) in(b Book) bool {
	return (len(a.Books) == 0 || slices.Contains(a.Books, b.Kind)) && (a.Insurance == "" || a.Insurance == b.Insurance)
}

// Chart (会计科目表) is a set of accounts.
type Chart struct {
	accounts map[Code]Account
	order    []Code
	parents  map[Code]bool
}

// NewChart makes a chart. It is refused when a code is there twice, is not of even length from four digits up, stands
// below no account, differs in nature from the account above, or closes to an account that is no net asset.
func NewChart(accounts []Account) (*Chart, error) {
	c := &Chart{accounts: make(map[Code]Account, len(accounts)), parents: map[Code]bool{}}
	for _, a := range accounts {
		if _, twice := c.accounts[a.Code]; twice || len(a.Code) < 4 || len(a.Code)%2 != 0 || strings.Trim(string(a.Code), "0123456789") != "" {
			return nil, refuse("account", string(a.Code), "", "ledger.chart_code")
		}
		c.accounts[a.Code] = a
		c.order = append(c.order, a.Code)
	}
	slices.Sort(c.order)
	for _, a := range accounts {
		if above := a.Code.Parent(); above != "" {
			if c.accounts[above].Nature != a.Nature {
				return nil, refuse("account", string(a.Code), "", "ledger.chart_parent")
			}
			c.parents[above] = true
		}
		for _, code := range []Code{a.ClosesTo, a.From} {
			if code != "" && c.accounts[code].Nature != NetAsset {
				return nil, refuse("account", string(a.Code), "", "ledger.chart_closes")
			}
		}
	}
	return c, nil
}

// Get finds an account.
func (c *Chart) Get(code Code) (Account, bool) {
	a, ok := c.accounts[code]
	return a, ok
}

// Leaf tells whether an account is posted to.
func (c *Chart) Leaf(code Code) bool {
	_, ok := c.accounts[code]
	return ok && !c.parents[code]
}

// Accounts gives every account in code order.
func (c *Chart) Accounts() []Account {
	out := make([]Account, len(c.order))
	for i, code := range c.order {
		out[i] = c.accounts[code]
	}
	return out
}

// postable finds an account that a book posts to.
func (c *Chart) postable(b Book, code Code) (Account, error) {
	a, ok := c.accounts[code]
	switch {
	case !ok:
		return a, refuse("account", string(code), "", "ledger.unknown_account")
	case c.parents[code]:
		return a, refuse("account", string(code), "", "ledger.account_has_details", "account", a.Name())
	case !a.in(b):
		return a, refuse("account", string(code), "SC38-4.5", "ledger.account_not_in_book", "account", a.Name(), "book", b.Name())
	}
	return a, nil
}
