package enrol

import (
	"time"

	"tongchou/internal/policy"
)

// Day (日期) is a calendar day as year·10000 + month·100 + day, so that days compare as numbers; 0 is no day.
type Day int32

// DayOf is a day by its parts, which must be those of a day that exists.
func DayOf(year policy.Year, month time.Month, day int) Day {
	return Day(int(year)*10_000 + int(month)*100 + day)
}

// ParseDay reads an ISO day that exists, 2026-03-01.
func ParseDay[T string | []byte](text T) (Day, bool) {
	const form = "0000-00-00"
	if len(text) != len(form) {
		return 0, false
	}
	n := 0
	for i := range len(form) {
		c := text[i]
		if form[i] == '-' {
			if c != '-' {
				return 0, false
			}
			continue
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	d := Day(n)
	return d, d.Year() > 0 && d.Month() >= time.January && d.Month() <= time.December && d.day() >= 1 && d.day() <= daysIn(d.Year(), d.Month())
}

// Year is the calendar year of the day.
func (d Day) Year() policy.Year { return policy.Year(d / 10_000) }

// Month is its month.
func (d Day) Month() time.Month { return time.Month(d / 100 % 100) }

func (d Day) day() int { return int(d % 100) }

// AddMonths is the same day of the month a number of months later, or that month's last day if it has none: three months
// after 30 November is 28 or 29 February.
//
// 依据: SCE-3.7
func (d Day) AddMonths(months int) Day {
	if months == 0 {
		return d
	}
	all := int(d.Year())*12 + int(d.Month()) - 1 + months
	year, month := policy.Year(all/12), time.Month(all%12+1)
	return DayOf(year, month, min(d.day(), daysIn(year, month)))
}

// AppendText writes the day in ISO form; nothing for no day.
func (d Day) AppendText(b []byte) ([]byte, error) {
	if d == 0 {
		return b, nil
	}
	digit := func(n Day) byte { return byte('0' + n%10) }
	return append(b, digit(d/10_000_000), digit(d/1_000_000), digit(d/100_000), digit(d/10_000), '-',
		digit(d/1_000), digit(d/100), '-', digit(d/10), digit(d)), nil
}

// String is the day in ISO form; empty for no day.
func (d Day) String() string {
	var b [10]byte
	text, _ := d.AppendText(b[:0]) // it has no error to give
	return string(text)
}

func daysIn(year policy.Year, month time.Month) int {
	switch month {
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}
