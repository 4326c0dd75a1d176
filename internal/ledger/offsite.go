package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// OffsiteCost (异地就医费用) is what people of one city cost its fund in another in a month, in fen.
type OffsiteCost struct {
	Home, Place region.Code // 参保地、就医地
	Amount      money.Fen
}

// OffsiteOrder (异地就医清算单) asks for a month's clearing between the cities of a province.
type OffsiteOrder struct {
	Document  DocumentID // the confirmed clearing sheet
	Insurance pool.Insurance
	Year      policy.Year
	Month     time.Month
	Costs     []OffsiteCost
	Hands     Hands
	Due       policy.Date
	// Net sets off what a city is to pay against what it is to receive (轧差). Noted tells that closed months hold the costs on both sides' memo accounts.
	Net, Noted bool
}

// OffsiteMonth (异地就医月清算) clears a month: every city of insurance pays the province what its people cost elsewhere, and
// the province pays every city of care what it laid out. Net, the smaller of the two is set off in the books of both at once, and only the difference is paid (假设: the
// documents speak of clearing and leave netting open). Final, booked when all is paid, takes both sums off the province's book, cell by cell, and what was noted off the
// memo accounts of the cities.
//
// 依据: SCE-7.2, SC38-4.5
func OffsiteMonth(o OffsiteOrder) (Batch, error) {
	cells, err := o.cells()
	if err != nil {
		return Batch{}, err
	}
	up, down := map[region.Code]money.Fen{}, map[region.Code]money.Fen{}
	for _, c := range cells {
		up[c.Home] += c.Amount
		down[c.Place] += c.Amount
	}
	b := &builder{order: Order{Hands: o.Hands}, batch: Batch{ID: o.Document}}
	final := o.final(cells)
	if o.Noted {
		final = append(final, o.unnoted(up, down)...)
	}
	if o.Net {
		b.batch.Booking = o.setOff(up, down)
	}
	o.items(b, OffsiteUp, up)
	o.items(b, OffsiteDown, down)
	if len(b.batch.Items) == 0 {
		b.batch.Booking = append(b.batch.Booking, final...)
		return b.batch, nil
	}
	b.batch.Final = final
	return b.batch, nil
}

// items are the payments of one way, by city.
func (o OffsiteOrder) items(b *builder, kind ItemKind, amounts map[region.Code]money.Fen) {
	for _, code := range slices.Sorted(maps.Keys(amounts)) {
		if amounts[code] > 0 {
			b.add(o.item(kind, code, amounts[code]), nil)
		}
	}
}

// setOff takes off both sums of every city what they have in common, and gives the vouchers that book it, in the books of the city and of the province.
//
// 依据: SCE-7.2, SC38-4.5
func (o OffsiteOrder) setOff(up, down map[region.Code]money.Fen) (out []Voucher) {
	for _, code := range slices.Sorted(maps.Keys(up)) {
		off := min(up[code], down[code])
		if off == 0 {
			continue
		}
		up[code], down[code] = up[code]-off, down[code]-off
		area, clearing := AreaBook(o.Insurance, code), ClearingBook(o.Insurance, code.Province())
		out = append(out,
			o.voucher(area, code, "offsite_set_off", Posting{OffsiteBenefit, Dimensions{Counter: clearing}, Debit, off}, Posting{OffsiteLent, Dimensions{Counter: clearing}, Credit, off}),
			o.voucher(clearing, code, "offsite_set_off", Posting{OffsitePassed, Dimensions{Counter: area}, Debit, off}, Posting{OffsiteFunds, Dimensions{Counter: area}, Credit, off}))
	}
	return out
}

// unnoted takes what a month's closing noted as due and owed in the clearing off the memo accounts of the cities.
//
// 依据: SCE-7.2
func (o OffsiteOrder) unnoted(up, down map[region.Code]money.Fen) (out []Voucher) {
	all := maps.Clone(up)
	maps.Copy(all, down)
	for _, code := range slices.Sorted(maps.Keys(all)) {
		of := Dimensions{Counter: ClearingBook(o.Insurance, code.Province())}
		var postings []Posting
		put := func(account Code, d Dimensions, amount money.Fen) {
			if amount > 0 {
				postings = append(postings, Posting{account, d, Debit, amount})
			} else if amount < 0 {
				postings = append(postings, Posting{account, d, Credit, -amount})
			}
		}
		put(OwesOffsite, of, up[code])
		put(OffsiteDue, of, -down[code])
		put(MemoContra, Dimensions{}, down[code]-up[code])
		out = append(out, o.voucher(AreaBook(o.Insurance, code), code, "offsite_unnoted", postings...))
	}
	return out
}

func (o OffsiteOrder) voucher(book Book, city region.Code, what string, postings ...Posting) Voucher {
	return Voucher{Book: book, Date: o.Hands.Date, Kind: Ordinary, Source: Source{FromDocument, o.Document}, Maker: o.Hands.Maker, Reviewer: o.Hands.Reviewer, Postings: postings,
		Summary: Summary{Key: "ledger.summary." + what, Year: o.Year, Insurance: o.Insurance, Division: city}, Key: Key(string(o.Document) + "/" + string(o.Insurance) + "/" + string(city) + "/" + what)}
}

// cells gives the costs added up by home and place, in order.
func (o OffsiteOrder) cells() ([]OffsiteCost, error) {
	if o.Document == "" {
		return nil, refuse("document", "", "SCE-7.2", "ledger.offsite_document")
	}
	sums := map[OffsiteCost]money.Fen{}
	for _, c := range o.Costs {
		if c.Amount <= 0 || c.Home == c.Place || c.Home.Province() == "" || c.Home.Province() != c.Place.Province() {
			return nil, refuse("costs", c.Amount.String(), "SCE-7.2", "ledger.offsite_cost", "home", c.Home, "place", c.Place)
		}
		if c.Home.Province() != o.Costs[0].Home.Province() {
			return nil, refuse("costs", c.Amount.String(), "SCE-7.2", "ledger.offsite_cost", "home", c.Home, "place", c.Place)
		}
		sums[OffsiteCost{Home: c.Home, Place: c.Place}] += c.Amount
	}
	var out []OffsiteCost
	for c, amount := range sums {
		c.Amount = amount
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b OffsiteCost) int {
		return cmp.Or(cmp.Compare(a.Home, b.Home), cmp.Compare(a.Place, b.Place))
	})
	return out, nil
}

func (o OffsiteOrder) item(kind ItemKind, code region.Code, amount money.Fen) Item {
	city, clearing := PartyOf(AreaBook(o.Insurance, code)), PartyOf(ClearingBook(o.Insurance, code.Province()))
	i := Item{ID: ItemID(string(o.Document) + "/" + string(o.Insurance) + "/" + string(code) + "/" + string(kind)), Kind: kind, Year: o.Year, Insurance: o.Insurance,
		Payer: city, Payee: clearing, Amount: amount, Due: o.Due, Source: Source{FromDocument, o.Document}}
	if kind == OffsiteDown {
		i.Payer, i.Payee = clearing, city
	}
	return i
}

// final takes the month off the province's book, one voucher for each city of insurance.
func (o OffsiteOrder) final(cells []OffsiteCost) []Voucher {
	var out []Voucher
	for i, c := range cells {
		if i == 0 || c.Home != cells[i-1].Home {
			out = append(out, Voucher{Book: ClearingBook(o.Insurance, c.Home.Province()), Date: o.Hands.Date, Kind: Ordinary, Source: Source{FromDocument, o.Document}, Maker: o.Hands.Maker, Reviewer: o.Hands.Reviewer,
				Summary: Summary{Key: "ledger.summary.offsite_cleared", Year: o.Year, Insurance: o.Insurance, Division: c.Home},
				Key:     Key(string(o.Document) + "/" + string(o.Insurance) + "/" + string(c.Home) + "/final")})
		}
		v := &out[len(out)-1]
		v.Postings = append(v.Postings,
			Posting{OffsiteFunds, Dimensions{Counter: AreaBook(o.Insurance, c.Home)}, Debit, c.Amount},
			Posting{OffsitePassed, Dimensions{Counter: AreaBook(o.Insurance, c.Place)}, Credit, c.Amount})
	}
	return out
}

// Deposit (异地就医预付金) is what a city of insurance pays the province to have ready for its people elsewhere, or, when
// passed on, what the province pays a city of care to lay out.
//
// 依据: SCE-7.2
func Deposit(kind ItemKind, i pool.Insurance, division region.Code, year policy.Year, amount money.Fen, due policy.Date, document DocumentID) (Item, error) {
	if kind != DepositUp && kind != DepositDown || amount <= 0 || document == "" {
		return Item{}, refuse("amount", amount.String(), "SCE-7.2", "ledger.deposit_invalid")
	}
	city, clearing := PartyOf(AreaBook(i, division)), PartyOf(ClearingBook(i, division.Province()))
	item := Item{ID: ItemID(string(document) + "/" + string(i) + "/" + string(division) + "/" + string(kind)), Kind: kind, Year: year, Insurance: i,
		Payer: city, Payee: clearing, Amount: amount, Due: due, Source: Source{FromDocument, document}}
	if kind == DepositDown {
		item.Payer, item.Payee = clearing, city
	}
	return item, nil
}

// OffsiteStanding (异地就医往来) is how a city stands with its province for off-site care at the end of a month, in fen, by the books of
// both. What one side says the other must say too; a side without a book says nothing.
type OffsiteStanding struct {
	City region.Code
	// Deposited is what the city says it keeps with the province, Held what the province says it keeps for the city.
	Deposited, Held money.Fen
	// Entrusted is what the province says it passed on to the city to lay out, Working what the city says it received.
	Entrusted, Working money.Fen
	// Lent is what the city laid out for people insured elsewhere and was not paid back yet.
	Lent money.Fen
}

// Agrees tells whether both books say the same.
func (o OffsiteStanding) Agrees() bool { return o.Deposited == o.Held && o.Entrusted == o.Working }

// Offsite (异地就医往来核对) lists how every city stands whose book is given, or of which the clearing book says something, in
// order of division.
//
// 依据: SCE-7.2, SC38-4.5
func Offsite(year policy.Year, month time.Month, clearing *State, cities []*State) []OffsiteStanding {
	found := map[region.Code]*OffsiteStanding{}
	of := func(code region.Code) *OffsiteStanding {
		if found[code] == nil {
			found[code] = &OffsiteStanding{City: code}
		}
		return found[code]
	}
	for _, city := range cities {
		of(city.Book.Division)
	}
	add := func(s *State, account Code, to func(Line) *money.Fen) {
		a, _ := s.Chart.Get(account)
		for _, l := range s.lines(year) {
			if l.Account == account {
				*to(l) += a.onSide(s.At(l, month))
			}
		}
	}
	if clearing != nil {
		add(clearing, OffsiteHeld, func(l Line) *money.Fen { return &of(l.Counter.Division).Held })
		add(clearing, OffsiteEntrusted, func(l Line) *money.Fen { return &of(l.Counter.Division).Entrusted })
	}
	for _, city := range cities {
		o := of(city.Book.Division)
		add(city, OffsiteDeposit, func(Line) *money.Fen { return &o.Deposited })
		add(city, OffsiteWorking, func(Line) *money.Fen { return &o.Working })
		add(city, OffsiteLent, func(Line) *money.Fen { return &o.Lent })
	}
	var out []OffsiteStanding
	for _, code := range slices.Sorted(maps.Keys(found)) {
		out = append(out, *found[code])
	}
	return out
}
