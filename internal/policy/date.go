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

// Add (若干日后) is the day so many days later, or earlier. What is no day stays as it is.
func (d Date) Add(days int) Date {
	at, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return Date(at.AddDate(0, 0, days).Format(time.DateOnly))
}

// Days (起止天数) counts the days from the first to the last, both counted; none where the last comes before the first, or one of them is no day.
func Days(first, last Date) int {
	from, wrong := time.Parse(time.DateOnly, string(first))
	to, alsoWrong := time.Parse(time.DateOnly, string(last))
	if wrong != nil || alsoWrong != nil {
		return 0
	}
	return max(int(to.Sub(from)/(24*time.Hour))+1, 0)
}

// MonthDays (月份起止) is the first and the last day of a month.
func MonthDays(year Year, month time.Month) (first, last Date) {
	at := time.Date(int(year), month, 1, 0, 0, 0, 0, time.UTC)
	return Date(at.Format(time.DateOnly)), Date(at.AddDate(0, 1, -1).Format(time.DateOnly))
}
