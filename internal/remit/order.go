package remit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// OrderKind (用款种类) is what a payment order is for.
type OrderKind string

// The kinds of orders.
const (
	Advances    OrderKind = "advances"     // 年度预拨计划
	Offsite     OrderKind = "offsite"      // 异地就医月清算
	DepositUp   OrderKind = "deposit_up"   // 缴纳异地就医预付金
	DepositDown OrderKind = "deposit_down" // 拨付异地就医预付金
	Draws       OrderKind = "draw"         // 动用风险金、紧急调剂金
	Decision    OrderKind = "decision"     // 年度方案紧急调剂金动用决定
	Subsidy     OrderKind = "subsidy"      // 应拨财政补助
	SubsidyCut  OrderKind = "subsidy_cut"  // 更正应拨财政补助：核减
)

// OrderKinds lists the kinds.
func OrderKinds() []OrderKind {
	return []OrderKind{Advances, Offsite, DepositUp, DepositDown, Draws, Decision, Subsidy, SubsidyCut}
}

// Name (用款种类) is the kind in words.
func (k OrderKind) Name() fault.Message { return fault.Msg("remit.order." + string(k)) }

// Order (用款申请) is a payment order as it is signed, amounts in fen.
type Order struct {
	Kind      OrderKind      `json:"kind"`
	Year      policy.Year    `json:"year"`
	Insurance pool.Insurance `json:"insurance"`
	// Month is that of an off-site clearing, 0 for others.
	Month time.Month `json:"month,omitempty"`
	// Fund is what a draw is paid out of.
	Fund pool.SetAside `json:"fund,omitempty"`
	// Cause is what a draw is for.
	Cause Cause `json:"cause,omitempty"`
	// Budget is the approved budget that advances come from, empty when there is none; Free what it had left to distribute.
	Budget office.DocumentID `json:"budget,omitempty"`
	Free   money.Fen         `json:"free,omitempty"`
	// Due is when the payments are due, of advances those of the first quarter; the others follow three months apart, none after
	// the year.
	Due       policy.Date `json:"due"`
	Basis     string      `json:"basis"` // why, and on what paper
	Synthetic bool        `json:"synthetic"`
	Lines     []OrderLine `json:"lines"`
	// Net sets off what a city of an off-site clearing pays against what it receives; Noted tells that closed months hold the sheet on the cities' memo accounts.
	Net   bool `json:"net,omitempty"`
	Noted bool `json:"noted,omitempty"`
}

// OrderLine (用款明细) is a city, the place of care for off-site clearing, the level of government that owes a subsidy, and an amount; of advances the budget of the year, of a
// decision the most that the city may receive, of a correction of subsidies what the level owes in all for the year. Claimed is what the place of care reported for an off-site month; Amount is
// what the place of insurance confirmed of it and of what was open before.
type OrderLine struct {
	Division region.Code  `json:"division"`
	Place    region.Code  `json:"place,omitempty"`
	Level    ledger.Level `json:"level,omitempty"`
	Claimed  money.Fen    `json:"claimed,omitempty"`
	Amount   money.Fen    `json:"amount"`
}

// ReadOrder reads the paper of a payment order.
func ReadOrder(content []byte) (Order, error) {
	var o Order
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return o, fault.Wrap(err, "remit.order_unreadable")
	}
	return o, nil
}

// LinesOf are the lines that a file holds.
func LinesOf(rows []exchange.OrderLine) (lines []OrderLine, synthetic bool) {
	for _, r := range rows {
		lines = append(lines, OrderLine{r.Division, r.Place, r.Level, r.Claimed, r.Amount})
		synthetic = synthetic || r.Synthetic
	}
	return lines, synthetic
}

// Total (合计) adds the lines up.
func (o Order) Total() money.Fen {
	var sum money.Fen
	for _, l := range o.Lines {
		sum += l.Amount
	}
	return sum
}

// owed tells whether an order is about what governments owe.
func (o Order) owed() bool { return o.Kind == Subsidy || o.Kind == SubsidyCut }

// document is the kind of document an order is signed as.
func (o Order) document() office.Kind {
	if o.Kind == Draws || o.Kind == Decision {
		return office.EmergencyPayment
	}
	return office.PaymentOrder
}

const longestBasis = 2000

// check refuses an order that cannot be, line by line. A city orders nothing but the subsidies it is owed itself.
func (o Order) check(tree *region.Tree, by region.Code) error {
	var l fault.List
	add := func(column, value, key string, args ...any) {
		l.Add(fault.Problem{Column: column, Value: value, Message: fault.Msg(key, args...)})
	}
	if !slices.Contains(OrderKinds(), o.Kind) || !by.IsProvince() && !o.owed() {
		add("kind", string(o.Kind), "remit.order_kind")
	}
	if p := o.sane(); p != nil {
		l.Add(*p)
	}
	if o.Basis == "" || len(o.Basis) > longestBasis {
		add("basis", "", "remit.basis", "most", longestBasis)
	}
	if o.Kind == Offsite && (o.Month < time.January || o.Month > time.December) {
		add("month", fmt.Sprint(int(o.Month)), "remit.month")
	}
	if o.Kind == Draws && o.Fund != pool.Reserve && o.Fund != pool.Emergency {
		add("fund", string(o.Fund), "remit.fund")
	}
	if p := o.caused(); p != nil {
		l.Add(*p)
	}
	if len(o.Lines) == 0 {
		add("lines", "", "remit.no_lines")
	}
	seen := map[OrderLine]bool{}
	for i, line := range o.Lines {
		pair := OrderLine{Division: line.Division, Place: line.Place, Level: line.Level}
		wrong := func(column, value, key string) {
			l.Add(fault.Problem{Row: i + 1, Column: column, Value: value, Message: fault.Msg(key)})
		}
		for _, place := range []struct {
			column string
			code   region.Code
			wanted bool
		}{{"division", line.Division, true}, {"place", line.Place, o.Kind == Offsite}} {
			_, known := tree.Get(place.code)
			if place.wanted && (!known || !by.Covers(place.code) || place.code.Level() != region.Province && place.code.Level() != region.Prefecture) || !place.wanted && place.code != "" {
				wrong(place.column, string(place.code), "remit.place")
			}
		}
		if owed := slices.Contains(ledger.Levels(), line.Level); owed != o.owed() {
			wrong("level", string(line.Level), "remit.level")
		}
		if line.Amount < 0 || line.Amount == 0 && line.Claimed == 0 && o.Kind != SubsidyCut {
			wrong("amount", line.Amount.String(), "remit.amount")
		}
		if line.Claimed < 0 || line.Claimed != 0 && o.Kind != Offsite {
			wrong("claimed", line.Claimed.String(), "remit.claimed")
		}
		if seen[pair] {
			wrong("division", string(line.Division), "remit.line_twice")
		}
		seen[pair] = true
	}
	return l.Err()
}

// Plan (拟用款申请) drafts a payment order for signature: the year's advances, a month of off-site clearing, off-site deposits,
// a draw on money set aside, which is an emergency payment with this document as its decision, the decision that the
// emergency money of a year's run is paid by, or the subsidies that governments owe.
//
// 依据: SC38-4.5, SC38-4.8, SC38-10.2, SCE-7.2, YN-2.7, YN-2.8
func (s Service) Plan(ctx context.Context, who Who, o Order) (office.DocumentID, error) {
	if err := who.may(office.Make); err != nil {
		return "", err
	}
	if err := o.check(s.Engine.Tree, who.Division); err != nil {
		return "", err
	}
	if err := s.capped(ctx, who, o); err != nil {
		return "", err
	}
	err := s.budgeted(ctx, who, &o)
	if err != nil {
		return "", err
	}
	if o.Kind == Offsite {
		for i, l := range o.Lines {
			if l.Claimed == 0 {
				o.Lines[i].Claimed = l.Amount // a sheet without claims has none that differ
			}
		}
		if err := s.claimed(ctx, who, o); err != nil {
			return "", err
		}
		if o.Noted, err = s.noted(ctx, who, o); err != nil {
			return "", err
		}
	}
	slices.SortFunc(o.Lines, func(a, b OrderLine) int {
		if a.Division != b.Division {
			return strings.Compare(string(a.Division), string(b.Division))
		}
		return cmp.Or(strings.Compare(string(a.Place), string(b.Place)), slices.Index(ledger.Levels(), a.Level)-slices.Index(ledger.Levels(), b.Level))
	})
	batches, err := s.Store.Batches(ctx, store.ScopeOf(who.Division))
	if err != nil {
		return "", err
	}
	for _, b := range batches {
		if b.Subject == o.subject("new") {
			return "", fault.New(fault.Refused, "store.batch_made", "subject", b.Subject)
		}
	}
	if err := o.inTime(batches); err != nil {
		return "", err
	}
	if o.Kind == SubsidyCut {
		items, err := s.Store.Items(ctx, store.ScopeOf(who.Division), o.subsidies())
		if err != nil {
			return "", err
		}
		if _, err := o.cut("check", items, ledger.Hands{Date: o.Due, Maker: "a", Reviewer: "b"}); err != nil {
			return "", err
		}
	}
	batch, err := o.batch("check", ledger.Hands{Date: who.Day(), Maker: "a", Reviewer: "b"})
	if err != nil {
		return "", err
	}
	if err := s.laidOut(ctx, who, o, batch.Booking); err != nil {
		return "", err
	}
	var paper bytes.Buffer
	if err := exchange.WriteJSON(&paper, o); err != nil {
		return "", err
	}
	p, err := locale.New(locale.ZH)
	if err != nil {
		return "", err
	}
	pack, ok := s.Engine.Library.Pack(s.Pack)
	if !ok {
		return "", fault.New(fault.Refused, "exchange.frozen.pack", "pack", s.Pack)
	}
	if o.Kind == Advances && pack.Status().Trial() {
		return "", fault.New(fault.Refused, "remit.draft_policy", "pack", pack.ID)
	}
	title := p.T("remit.title.order", "year", int(o.Year), "insurance", o.Insurance, "kind", o.Kind.Name())
	if o.Month != 0 {
		title += p.T("remit.title.month", "month", int(o.Month))
	}
	if o.Net {
		title += p.T("remit.title.net")
	}
	if o.Synthetic {
		title += p.T("remit.title.synthetic")
	}
	c := office.Content{Title: title, Amount: o.Total(), Policy: pack.Status()}
	return s.draft(ctx, who, fmt.Sprintf("%s-%d-%s", o.Kind, o.Year, o.Insurance), o.document(), c,
		store.Paper{Division: who.Division, Kind: MoneyPaper, Content: paper.Bytes()})
}

// subject is what there can be one batch of.
func (o Order) subject(id office.DocumentID) string {
	switch o.Kind {
	case Advances:
		return fmt.Sprintf("advances/%d/%s", o.Year, o.Insurance)
	case Offsite:
		return fmt.Sprintf("offsite/%d-%02d/%s", o.Year, int(o.Month), o.Insurance)
	}
	return string(o.Kind) + "/" + string(id)
}

// batch turns the order into payments.
func (o Order) batch(id ledger.DocumentID, h ledger.Hands) (ledger.Batch, error) {
	switch o.Kind {
	case Advances:
		return o.advances(id, h)
	case Offsite:
		var costs []ledger.OffsiteCost
		for _, l := range o.Lines {
			if l.Amount == 0 {
				continue // all of it is disputed
			}
			costs = append(costs, ledger.OffsiteCost{Home: l.Division, Place: l.Place, Amount: l.Amount})
		}
		return ledger.OffsiteMonth(ledger.OffsiteOrder{Document: id, Insurance: o.Insurance, Year: o.Year, Month: o.Month, Costs: costs, Hands: h, Due: o.Due, Net: o.Net, Noted: o.Noted})
	}
	out := ledger.Batch{ID: id}
	if o.Kind == Decision || o.Kind == SubsidyCut {
		return out, nil // the run pays it; what is cut is known when it is signed
	}
	for _, l := range o.Lines {
		item, err := o.item(id, l)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, item)
		out.Notices = append(out.Notices, ledger.Notice{Item: item})
		out.Booking = append(out.Booking, item.Announce(h)...)
	}
	return out, nil
}

func (o Order) item(id ledger.DocumentID, l OrderLine) (ledger.Item, error) {
	switch o.Kind {
	case DepositUp:
		return ledger.Deposit(ledger.DepositUp, o.Insurance, l.Division, o.Year, l.Amount, o.Due, id)
	case DepositDown:
		return ledger.Deposit(ledger.DepositDown, o.Insurance, l.Division, o.Year, l.Amount, o.Due, id)
	case Subsidy:
		return ledger.Subsidy(ledger.AreaBook(o.Insurance, l.Division), l.Level, o.Year, l.Amount, o.Due, id)
	}
	return ledger.Draw(o.Fund, o.Insurance, l.Division, o.Year, l.Amount, o.Due, id)
}

// subsidies are the payments that an order about what governments owe speaks of.
func (o Order) subsidies() store.ItemQuery {
	return store.ItemQuery{Year: o.Year, Insurance: o.Insurance, Kind: ledger.SubsidyPaid}
}

// cut (核减应拨财政补助) makes what levels of government owe for the year come to less: what is still open of the announcements before is not due any more, and what is
// left of the new sum beside what was paid is announced anew. Refused is a sum that is not less than what was announced, or less than what was paid: that
// would be for the fund to give back.
//
// 依据: SC38-10.2
func (o Order) cut(id ledger.DocumentID, items []ledger.Standing, h ledger.Hands) (ledger.Batch, error) {
	out := ledger.Batch{ID: id}
	var l fault.List
	for n, line := range o.Lines {
		var announced, paid money.Fen
		for _, s := range items {
			if s.Payer.Level != line.Level || s.City() != line.Division {
				continue
			}
			announced, paid = announced+s.Paid+s.Open(), paid+s.Paid
			if s.Open() > 0 {
				out.Booking, out.Forgone = append(out.Booking, s.Forgo(h, id)...), append(out.Forgone, s)
			}
		}
		if line.Amount >= announced || line.Amount < paid {
			l.Add(fault.Problem{Row: n + 1, Column: "amount", Value: line.Amount.String(), Clause: "SC38-10.2", Message: fault.Msg("remit.subsidy_cut", "level", line.Level.Name(), "announced", announced, "paid", paid)})
			continue
		}
		if line.Amount == paid {
			continue
		}
		left := line
		left.Amount -= paid
		item, err := ledger.Subsidy(ledger.AreaBook(o.Insurance, line.Division), line.Level, o.Year, left.Amount, o.Due, id)
		if err != nil {
			return out, err
		}
		out.Items, out.Notices, out.Booking = append(out.Items, item), append(out.Notices, ledger.Notice{Item: item}), append(out.Booking, item.Announce(h)...)
	}
	return out, l.Err()
}

// advances are the payments of all four quarters of an approved plan.
func (o Order) advances(id ledger.DocumentID, h ledger.Hands) (ledger.Batch, error) {
	out := ledger.Batch{ID: id}
	var budget []ledger.BudgetLine
	for _, l := range o.Lines {
		budget = append(budget, ledger.BudgetLine{Division: l.Division, Amount: l.Amount})
	}
	first, err := time.Parse(time.DateOnly, string(o.Due))
	if err != nil {
		return out, fault.Refuse(fault.Problem{Column: "due", Value: string(o.Due), Message: fault.Msg("remit.due")})
	}
	for quarter := 1; quarter <= 4; quarter++ {
		due := min(policy.Date(first.AddDate(0, 3*(quarter-1), 0).Format(time.DateOnly)), o.Year.End())
		b, err := ledger.Advances(ledger.AdvanceOrder{Document: id, Insurance: o.Insurance, Year: o.Year, Quarter: quarter, Budget: budget, Hands: h, Due: due})
		if err != nil {
			return out, err
		}
		out.Items, out.Notices, out.Booking = append(out.Items, b.Items...), append(out.Notices, b.Notices...), append(out.Booking, b.Booking...)
	}
	return out, nil
}
