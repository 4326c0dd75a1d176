package synth

import (
	"slices"

	"tongchou/internal/claim"
	"tongchou/internal/money"
)

// teller (讲述者) tells the settlements of one person after another, in rooms that it uses again and again.
type teller struct {
	*Claims
	seed   uint64
	year   *claimYear
	events []uint64
	text   []byte

	// Of the person at hand.
	person
	stream
	flow    []flow
	home    *treats
	ids     string
	told    int
	stays   int
	closed  int // the day the last stay ended
	covered money.Fen
	yield   func(*claim.Settlement) bool

	row, before, refund claim.Settlement
}

func newTeller(c *Claims, y *claimYear) *teller {
	return &teller{Claims: c, seed: mix(c.options.Seed + uint64(c.options.Province[0])<<8 + uint64(c.options.Province[1])), year: y}
}

// An event is a day, above whether it is refunded once, above its kind.
const (
	eventDay    = 8
	eventRefund = 1 << 7
	eventKind   = eventRefund - 1
	stayEvent   = kinds
)

// tell tells a person's year; false when no more is wanted.
func (t *teller) tell(index int64, yield func(*claim.Settlement) bool) bool {
	t.person, t.stream = t.of(index)
	t.flow, t.home, t.yield = t.flows[t.city], t.places[t.city], yield
	t.plan()
	if len(t.events) == 0 {
		return true
	}
	t.number()
	t.told, t.stays, t.closed, t.covered = 0, 0, 0, 0
	for _, event := range t.events {
		t.begin()
		day := int(event >> eventDay)
		if kind := int(event & eventKind); kind == stayEvent {
			t.stay(day)
		} else {
			t.visit(kind, day)
		}
		if !t.settle(day, event&eventRefund != 0) {
			return false
		}
	}
	return true
}

// plan draws what happens to the person in the year, day by day.
func (t *teller) plan() {
	t.events = t.events[:0]
	insurance := insuranceOf(t.class)
	city := &t.year.cities[t.city]
	level := uint64(city.level[t.class][t.sex][t.age])
	stays := t.counts.draw(&t.stream, level*city.care[insurance].admissions>>16*t.frailty>>(32-rateBits), maxStays)
	for range stays {
		t.events = append(t.events, t.event(stayEvent, t.year.stays))
	}
	t.apart()
	rates := t.visitRates[insurance]
	if !t.chronic {
		rates[chronic] = 0
	}
	all := rates[ordinary] + rates[chronic] + rates[drugs] + rates[urgent]
	visits := t.counts.draw(&t.stream, level*all>>16*t.visiting>>(32-rateBits), maxVisits)
	for range visits {
		u, kind := t.next()>>32*all>>32, ordinary
		for ; u >= rates[kind]; kind++ {
			u -= rates[kind]
		}
		t.events = append(t.events, t.event(kind, t.year.visits))
	}
	slices.Sort(t.events)
}

func (t *teller) event(kind int, days *[daySteps]uint16) uint64 {
	u := t.next()
	event := uint64(days[u>>51])<<eventDay | uint64(kind)
	if uint32(u) < t.thresholds.refunds {
		event |= eventRefund
	}
	return event
}

// apart puts each stay's end on a day of its own.
func (t *teller) apart() {
	slices.Sort(t.events)
	for i := 1; i < len(t.events); i++ {
		if before := t.events[i-1] >> eventDay; t.events[i]>>eventDay <= before {
			t.events[i] = (before+1)<<eventDay | t.events[i]&(1<<eventDay-1)
		}
	}
	last := uint64(len(t.year.days) - 1 - booksClosed)
	for i := len(t.events) - 1; i >= 0 && t.events[i]>>eventDay > last; i-- {
		t.events[i] = last<<eventDay | t.events[i]&(1<<eventDay-1)
		last--
	}
}

// The numbers of persons and settlements begin with a division that does not exist.
const (
	nowhere      = "999999"
	personDigits = 6 + 2 + 1 + 11
	claimDigits  = 6 + 2 + 1 + 11 + 4 + 3
)

// number writes the numbers of the person and of the year's settlements, all in one text.
func (t *teller) number() {
	n := len(t.events)
	for _, event := range t.events {
		if event&eventRefund != 0 {
			n += 2
		}
	}
	b := append(append(t.text[:0], nowhere...), t.options.Province[:2]...)
	b = digits(append(b, '0'+byte(t.generation)), uint64(t.index), 11)
	for i := range n {
		b = append(b, b[:personDigits]...)
		b = digits(digits(b, uint64(t.year.year), 4), uint64(i), 3)
	}
	t.text, t.ids = b, string(b)
}

func digits(b []byte, n uint64, width int) []byte {
	var out [20]byte
	for i := width - 1; i >= 0; i-- {
		out[i] = '0' + byte(n%10)
		n /= 10
	}
	return append(b, out[:width]...)
}

// id is the next settlement's number.
func (t *teller) id() string {
	from := personDigits + t.told*claimDigits
	t.told++
	return t.ids[from : from+claimDigits]
}

// begin begins a settlement with what is true of the person.
func (t *teller) begin() {
	t.row = claim.Settlement{Person: t.ids[:personDigits], Insurance: claim.EmployeeInsurance, PersonType: "11", Sex: "1",
		InsuredAt: t.home.code, Age: t.age, Synthetic: true}
	switch t.class {
	case retiree:
		t.row.PersonType = "12"
	case resident:
		t.row.Insurance, t.row.PersonType = claim.ResidentInsurance, "15"
	}
	if t.sex == 1 {
		t.row.Sex = "2"
	}
}

// at sends the person to an institution, here or elsewhere; it tells where and of which tier.
func (t *teller) at(away uint32, tiers func(place int) []uint32) (place, tier int, to *treats) {
	to = t.home
	direct := !t.hit(t.thresholds.handedIn)
	if t.hit(away) {
		place, to = 1, elsewhere(t.flow, &t.stream)
		direct = t.hit(t.year.direct)
	}
	tier = draw(tiers(place), uint32(t.next()))
	at := to.pick(&t.stream, tier)
	t.row.TreatedAt, t.row.Institution, t.row.Level, t.row.Direct = to.code, at.code, at.level, direct
	return place, tier, to
}

// settle numbers the settlement, on the day the care ended or, handed in, some weeks later, and gives it out. Of a
// refunded one there are three: the mistaken one, its refund, and the right one on the refund's day.
func (t *teller) settle(day int, refunded bool) bool {
	last := len(t.year.days) - 1
	if !t.row.Direct {
		day = min(day+10+int(t.below(50)), last)
	}
	t.row.ID, t.row.SettledOn = t.id(), t.year.days[day]
	if !refunded {
		return t.yield(&t.row)
	}
	t.before = t.row
	// An item was keyed twice, outside the scope.
	extra := t.row.Total.Part(money.Rate(20_000+t.below(100_000))) + 1
	t.before.Total += extra
	t.before.SelfPaidWhole += extra
	t.before.PersonPaid += extra
	t.before.CashPaid += extra
	day = min(day+int(t.below(7)), last)
	t.refund = t.before.Refund(t.id(), t.year.days[day])
	t.row.ID, t.row.SettledOn = t.id(), t.year.days[day]
	return t.yield(&t.before) && t.yield(&t.refund) && t.yield(&t.row)
}

// codes of med_type, which clr_type repeats but for emergencies, and of hi_paymtd.
var (
	medTypes   = [kinds + 1]string{"11", "14", "41", "13", "21"}
	clearTypes = [kinds + 1]string{"11", "14", "41", "11", "21"}
)

const (
	byItem    = "1"
	byDisease = "2"
	byDIP     = "3"
	byDRG     = "4"
	byDay     = "5"
)

// visit (门诊) tells an outpatient visit or a purchase of drugs.
func (t *teller) visit(kind, day int) {
	insurance := insuranceOf(t.class)
	care := &t.year.cities[t.city].care[insurance]
	away := care.elsewhere[1]
	if kind == drugs {
		away = 0
	}
	_, tier, _ := t.at(away, func(int) []uint32 { return t.visitTiers[insurance][kind][:] })
	t.row.Direct = t.row.Direct || kind == drugs
	t.row.MedType, t.row.ClearType, t.row.PayMethod = medTypes[kind], clearTypes[kind], byItem
	t.row.Begin, t.row.End = t.year.days[day], t.year.days[day]
	if kind == chronic {
		t.row.Disease = t.illness
	}
	t.bill(care.visit[kind][tier], t.visitCost.at(t.next()))
	t.pay(0, t.year.visitPaid[insurance][kind][tier][t.retired()], kind == chronic)
	t.charge(true)
}

// stay (住院) tells a stay that ends on a day.
func (t *teller) stay(day int) {
	insurance := insuranceOf(t.class)
	care := &t.year.cities[t.city].care[insurance]
	place, tier, to := t.at(care.elsewhere[0], func(place int) []uint32 { return t.stayTiers[insurance][place][:] })
	x := t.stayCost.at(t.next())
	days := min(3+int(t.below(4))+int(7*x>>17), 60)
	begin := max(day-days, t.closed)
	t.closed = day
	t.row.MedType, t.row.ClearType = medTypes[stayEvent], clearTypes[stayEvent]
	t.row.Begin, t.row.End, t.row.Days = t.year.days[begin], t.year.days[day], max(day-begin, 1)
	t.group(t.condition(x), tier, to, days)
	t.bill(care.stay[band(t.age)][place][tier], x)
	deductible := t.deductible(insurance, place, tier)
	t.stays++
	t.pay(deductible, t.year.stayPaid[insurance][place][tier][t.retired()], true)
	if t.row.Group != "" && t.hit(t.thresholds.bears) {
		t.row.HospitalPaid = t.row.OverLimit
	}
	t.charge(t.hit(t.thresholds.account))
}

func (t *teller) deductible(insurance, place, tier int) money.Fen {
	d := money.Fen(assumedCare(insurance).deductible[place][tier])
	if t.stays > 0 {
		d /= 2
	}
	return d
}

// condition is an illness that costs about so much.
func (t *teller) condition(x uint64) condition {
	list := middlingStays
	switch {
	case t.age < 18:
		list = childrensStays
	case x < one*6/10:
		list = lightStays
	case x > one*2:
		list = heavyStays
	}
	return list[t.below(uint32(len(list)))]
}

// group sets how the stay is paid: by its group when the hospital is, in the province and directly; else long ones by the
// day, some by the disease, and the rest by item.
func (t *teller) group(c condition, tier int, to *treats, days int) {
	t.row.Disease, t.row.PayMethod = c.disease, byItem
	u := uint32(t.next())
	switch {
	case !to.inProvince || !t.row.Direct:
	case u < t.year.byCase[tier] && to.drg:
		t.row.PayMethod, t.row.Group = byDRG, c.drg
	case u < t.year.byCase[tier]:
		t.row.PayMethod, t.row.Group = byDIP, c.dip
	case days > 20:
		t.row.PayMethod = byDay
	case u&1 == 0:
		t.row.PayMethod = byDisease
	}
}

// bill divides a cost, its mean times x, into what is in scope and the three kinds that are not.
func (t *teller) bill(mean int64, x uint64) {
	row := &t.row
	row.Total = max(money.Fen(uint64(mean)*x>>16), 1_00)
	own := row.Total.Part(ownShareLow + money.Rate(t.below(uint32(2*ownShareLow))))
	row.OverLimit = own.Part(140_000)
	row.SelfPaidFirst = own.Part(360_000)
	row.SelfPaidWhole = own - row.OverLimit - row.SelfPaidFirst
	row.InScope = row.Total - own
}

// ownShareLow is half of ownShare.
const ownShareLow money.Rate = ownShare * 1_000_000 / 2

// pay sets what the funds pay: the insurance by its rate of what is above the deductible, of which the part on what the
// year has in scope beyond a threshold is divided with the catastrophic insurance or the large-amount fund; then, of
// what is left in scope, the civil servants' or the enterprise's supplement, and aid.
func (t *teller) pay(deductible money.Fen, share money.Rate, accumulates bool) {
	row := &t.row
	paid := max(row.InScope-deductible, 0).Part(share)
	row.BasicPaid = paid
	if accumulates {
		t.covered += row.InScope
		if t.class == resident {
			row.CatastrophicPaid = t.beyond(catastrophicFrom, paid).Part(catastrophicPart)
		} else {
			row.LargeAmountPaid = t.beyond(largeFrom, paid).Part(largePart)
		}
		row.BasicPaid -= row.CatastrophicPaid + row.LargeAmountPaid
	}
	left := row.InScope - paid
	switch {
	case t.civil:
		row.CivilServantPaid = left.Part(civilPart)
	case t.firm:
		row.EnterprisePaid = left.Part(firmPart)
	}
	if t.aided {
		row.AidPaid = (left - row.CivilServantPaid - row.EnterprisePaid).Part(aidPart)
	}
	row.FundPaid = paid + row.CivilServantPaid + row.EnterprisePaid + row.AidPaid
}

// beyond is the part of what is paid that falls on what the year has in scope beyond a threshold.
func (t *teller) beyond(threshold, paid money.Fen) money.Fen {
	over := min(t.covered-threshold, t.row.InScope)
	if over <= 0 {
		return 0
	}
	return paid.Part(money.Rate(over * 1_000_000 / t.row.InScope))
}

// charge divides what is left: to the account, where it is used, the family's account, and cash.
func (t *teller) charge(useAccount bool) {
	row := &t.row
	row.PersonPaid = row.Total - row.FundPaid - row.HospitalPaid
	if useAccount {
		row.AccountPaid = min(t.account, row.PersonPaid)
		row.FamilyAccountPaid = min(t.family, row.PersonPaid-row.AccountPaid)
		t.account -= row.AccountPaid
		t.family -= row.FamilyAccountPaid
	}
	row.CashPaid = row.PersonPaid - row.AccountPaid - row.FamilyAccountPaid
}
