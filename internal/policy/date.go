package policy

import "time"

// Date (日期) is a calendar day in ISO form, 2024-01-01; dates compare as text.
type Date string

// ParseDate reads an ISO day that exists.
func ParseDate(text string) (Date, bool) {
	if len(text) != len(time.DateOnly) {
		return "", false
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", false
	}
	return Date(text), true
}

// Year (年度) is a budget year.
type Year int

// End is the last day of the year: a year's run uses the parameters in force on it.
func (y Year) End() Date {
	return Date(time.Date(int(y), time.December, 31, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
}

// China (北京时间) is the zone whose days rules, vouchers and deadlines go by, wherever the machine stands.
var China = time.FixedZone("UTC+8", 8*60*60)

// DayOf (所在日) is the day of a moment.
func DayOf(at time.Time) Date { return Date(at.In(China).Format(time.DateOnly)) }
