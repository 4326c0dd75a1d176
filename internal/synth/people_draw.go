package synth

import (
	"strconv"
	"time"

	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Years of cover that can be made up.
const (
	firstPeopleYear policy.Year = 2016
	lastPeopleYear  policy.Year = 2030
)

// Identity numbers: a person's place among days of birth × serial numbers is his number in the province times a step, which meets no
// place twice.
const (
	serials    = 1000
	numberStep = 7_368_787
)

// What is assumed of persons, as rates per ten thousand; README.md lists it.
const (
	awayRate        = 1200 // lives in another county
	destituteRate   = 60
	orphanRate      = 20 // of those under 18
	subsistenceRate = 450
	monitoredRate   = 100
	disabledRate    = 150
	employeeRate    = 4200 // of those from 23 to 59
	flexibleRate    = 2500 // of employees
	retiredRate     = 2600 // of those from 60
	studentRate     = 4500 // of those from 18 to 22
	staysRate       = 9600 // insured this year, of those insured last year
	returnsRate     = 3500 // insured this year, of those not insured last year
	entersRate      = 9300 // insured in the first year
	lateRate        = 600  // pays outside the window
	repairRate      = 4000 // repairs, of those who return
	claimsRate      = 4600 // has something paid by the funds in a year
	severeRate      = 150  // of them by catastrophic insurance too
	diedRate        = 60   // of those from 70
)

// villagePeople is how many persons a made-up village has, and townshipVillages how many villages a township has.
const (
	villagePeople    = 200
	townshipVillages = 12
	townPeople       = 4 * townshipVillages * villagePeople // of the towns that people from elsewhere live in
)

// somebody is a person being made up.
type somebody struct {
	dice   stream
	birth  time.Time
	age    int // in the last year
	away   bool
	member bool // of the employees' insurance once grown up
	group  string
	aid    int64 // per cent of his contribution that medical aid pays
}

func (p *People) one(b []byte, i int64, county *countyShare) []byte {
	s := somebody{dice: stream(mix(p.o.Seed ^ uint64(i)*0xd1342543de82ef95))}
	at := (i*p.step%(p.days*serials) + p.offset) % (p.days * serials)
	serial := int(at / p.days)
	s.birth = p.born.AddDate(0, 0, int(at%p.days))
	s.age = int(p.o.To) - s.birth.Year()
	b = p.number(b, s.birth, serial)
	b = append(b, ',')
	b = p.name(b, &s.dice)
	b = append(b, ',')
	b = village(b, county.code, i-county.from)
	b = append(b, ',')
	s.away = s.dice.chance(awayRate)
	if s.away {
		other := &p.counties[s.dice.below(uint32(len(p.counties)))]
		b = village(b, other.code, int64(s.dice.below(uint32(max(1, min(other.to-other.from, townPeople))))))
	} else {
		b = village(b, county.code, i-county.from)
	}
	b = append(b, ',')
	s.groups()
	b = append(b, s.group...)
	b = append(b, ",100"...) // no number of a telephone begins so
	for range 8 {
		b = append(b, '0'+byte(s.dice.below(10)))
	}
	b = append(b, ',')
	if s.age >= 70 && s.dice.chance(diedRate) {
		b = strconv.AppendInt(b, int64(p.o.To)-1, 10)
		b = append(b, "-06-30"...)
	}
	b = append(b, ",synthetic"...)
	return append(p.years(b, &s), '\n')
}

// number writes an identity number of division 999999 with its check digit.
func (p *People) number(b []byte, birth time.Time, serial int) []byte {
	first := len(b)
	b = append(b, "999999"...)
	b = birth.AppendFormat(b, "20060102")
	b = append(b, '0'+byte(serial/100), '0'+byte(serial/10%10), '0'+byte(serial%10))
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(b[first+i]-'0') * weight
	}
	return append(b, "10X98765432"[sum%11])
}

func (p *People) name(b []byte, s *stream) []byte {
	b = append(b, p.surnames[s.below(uint32(len(p.surnames)))]...)
	b = append(b, p.given[s.below(uint32(len(p.given)))]...)
	if s.chance(8000) {
		b = append(b, p.given[s.below(uint32(len(p.given)))]...)
	}
	return b
}

// village writes the code of the made-up village that a person of a county lives in.
func village(b []byte, county region.Code, i int64) []byte {
	v := i / villagePeople
	b = append(b, county...)
	return digits3(digits3(b, v/townshipVillages%998+1), v%townshipVillages+1)
}

func digits3(b []byte, n int64) []byte {
	return append(b, '0'+byte(n/100%10), '0'+byte(n/10%10), '0'+byte(n%10))
}

func (s *somebody) groups() {
	d := &s.dice
	s.member = d.chance(employeeRate)
	switch {
	case d.chance(destituteRate):
		s.group, s.aid = "destitute", 100
	case s.age < 18 && d.chance(orphanRate):
		s.group, s.aid = "orphan", 100
	case d.chance(subsistenceRate):
		s.group, s.aid = "subsistence", 50
	case d.chance(monitoredRate):
		s.group, s.aid = "poverty_monitored", 50
	case d.chance(disabledRate):
		s.group = "disabled"
	}
	if s.group != "" {
		s.group += "@2020-01-01"
		s.member = false
	}
}

// way is as what somebody is insured in a year.
func (p *People) way(s *somebody, age int) string {
	switch {
	case age == 0:
		return "newborn"
	case age < 18:
		return "pupil"
	case age >= 60 && s.member, s.group == "" && age >= 60 && s.birth.Day()*100 < retiredRate*31/100:
		return "retired"
	case age >= 23 && s.member && s.birth.Day()*100 < flexibleRate*31/100:
		return "flexible"
	case age >= 23 && s.member:
		return "staff"
	case age < 23 && s.birth.Day()*100 < studentRate*31/100:
		return "student"
	case s.away:
		return "permit"
	}
	return "ordinary"
}

// years writes the years of cover: a break now and then, and who comes back may repair it.
func (p *People) years(b []byte, s *somebody) []byte {
	insured, broken, ever := false, 0, false
	for year := p.o.From; year <= p.o.To; year++ {
		age := int(year) - s.birth.Year()
		rate := uint32(returnsRate)
		switch {
		case age < 0:
			b = append(b, ",,,,,,,,,,"...)
			continue
		case insured:
			rate = staysRate
		case !ever:
			rate = entersRate
		}
		if insured = s.dice.chance(rate); !insured {
			if ever {
				broken++
			}
			b = append(b, ",,,,,,,,,,"...)
			continue
		}
		repair := 0
		if broken > 0 && s.dice.chance(repairRate) {
			repair = 1 + int(s.dice.below(uint32(broken)))
		}
		b = p.year(b, s, year, p.way(s, age), repair)
		ever, broken = true, 0
	}
	return b
}

// Contributions of a year in yuan: residents' own share, the subsidy of which central finance bears three fifths, and what employers pay.
func residentShare(year policy.Year) int64   { return min(400, 320+30*max(0, int64(year)-2021)) }
func residentSubsidy(year policy.Year) int64 { return 580 + 30*max(0, int64(year)-2021) }

func (p *People) year(b []byte, s *somebody, year policy.Year, way string, repair int) []byte {
	b = append(append(b, ','), way...)
	b = append(b, ',')
	switch way {
	case "retired":
		b = append(b, ",,,,,,"...)
	case "staff", "flexible":
		b = strconv.AppendInt(b, int64(year), 10)
		b = append(b, "-01-15,"...)
		base := 4000 + int64(s.dice.below(12_000))
		own, unit := base*12/50, base*12*7/100
		if way == "flexible" {
			own, unit = base*12*9/100, 0
		}
		b = strconv.AppendInt(b, own, 10)
		b = append(b, ',')
		if unit > 0 {
			b = strconv.AppendInt(b, unit, 10)
		}
		b = append(b, ",,,,"...)
	default:
		b = p.residentPaid(b, s, year, way, repair)
	}
	return p.claimed(append(b, ','), s)
}

// residentPaid writes when a resident paid, and the shares.
func (p *People) residentPaid(b []byte, s *somebody, year policy.Year, way string, repair int) []byte {
	paidIn, month := int64(year)-1, 9+int64(s.dice.below(4))
	if way == "newborn" {
		paidIn, month = int64(year), int64(min(12, s.birth.Month()+1))
	} else if s.dice.chance(lateRate) {
		paidIn, month = int64(year), 1+int64(s.dice.below(6))
	}
	b = strconv.AppendInt(b, paidIn, 10)
	b = append(b, '-', '0'+byte(month/10), '0'+byte(month%10), '-')
	day := 1 + s.dice.below(28)
	if way == "newborn" && month == 12 {
		day = max(day, uint32(s.birth.Day()))
	}
	b = append(b, '0'+byte(day/10), '0'+byte(day%10), ',')
	own := residentShare(year)
	aid := own * s.aid / 100
	b = strconv.AppendInt(b, own-aid+own*int64(repair), 10)
	b = append(b, ",,"...)
	if aid > 0 {
		b = strconv.AppendInt(b, aid, 10)
	}
	b = append(b, ',')
	subsidy := residentSubsidy(year)
	b = strconv.AppendInt(b, subsidy*3/5, 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, subsidy*2/5, 10)
	b = append(b, ',')
	if repair > 0 {
		b = strconv.AppendInt(b, int64(repair), 10)
	}
	return b
}

// claimed writes what the funds paid in a year: often nothing, seldom very much.
func (p *People) claimed(b []byte, s *somebody) []byte {
	if !s.dice.chance(claimsRate) {
		return append(b, "0,0"...)
	}
	fen := 5_000 + s.dice.below(60_000)
	if s.dice.chance(2000) {
		fen += 100_000 + s.dice.below(1_500_000)
	}
	severe := uint32(0)
	if s.dice.chance(severeRate) {
		severe = 200_000 + s.dice.below(4_000_000)
		fen += severe
	}
	return yuan(append(yuan(b, fen), ','), severe)
}

// yuan writes fen as yuan.
func yuan(b []byte, fen uint32) []byte {
	b = strconv.AppendUint(b, uint64(fen/100), 10)
	return append(b, '.', '0'+byte(fen/10%10), '0'+byte(fen%10))
}
