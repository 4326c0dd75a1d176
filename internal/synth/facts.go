package synth

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

//go:embed population.csv
var populationCSV string

//go:embed profile.csv
var profileCSV string

//go:embed national.csv
var nationalCSV string

// place is what is known and assumed about a city, whatever the year and insurance type.
type place struct {
	code          region.Code
	people        int64      // census 2020; 0 for a provincial unit
	aged          money.Rate // share of people aged 60 and over
	agedPublished bool
	wealth        money.Rate // 1 is what is usual
	employees     money.Rate // employees' share of the insured against the province's
	offsite       money.Rate
}

var places = sync.OnceValues(func() (map[region.Code]place, error) { return parsePlaces(populationCSV, profileCSV) })

// parsePlaces joins the facts of population.csv to the assumptions of profile.csv; a published share of the aged wins.
func parsePlaces(population, profile string) (map[region.Code]place, error) {
	out := map[region.Code]place{}
	err := eachRow(profile, func(row map[string]string) error {
		p := place{code: region.Code(row["code"])}
		var err error
		for column, target := range map[string]*money.Rate{"wealth": &p.wealth, "employees": &p.employees, "offsite": &p.offsite} {
			if *target, err = money.ParseRate(row[column]); err != nil {
				return err
			}
		}
		p.aged, err = percent(row["aged"])
		out[p.code] = p
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("profile.csv: %w", err)
	}
	err = eachRow(population, func(row map[string]string) error {
		p, ok := out[region.Code(row["code"])]
		if !ok {
			return fmt.Errorf("%s has no profile", row["code"])
		}
		var err error
		if p.people, err = strconv.ParseInt(row["population"], 10, 64); err != nil {
			return err
		}
		if p.agedPublished = row["pct60plus"] != ""; p.agedPublished {
			p.aged, err = percent(row["pct60plus"])
		}
		out[p.code] = p
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("population.csv: %w", err)
	}
	return out, nil
}

// percent reads a percentage as a rate; blank is 0.
func percent(text string) (money.Rate, error) {
	if text == "" {
		return 0, nil
	}
	r, err := money.ParseRate(text)
	return r / 100, err
}

// eachRow reads a table by its column names.
func eachRow(text string, read func(map[string]string) error) error {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return err
	}
	for i, cells := range rows[1:] {
		row := make(map[string]string, len(cells))
		for column, name := range rows[0] {
			row[name] = cells[column]
		}
		if err := read(row); err != nil {
			return fmt.Errorf("row %d: %w", i+2, err)
		}
	}
	return nil
}

// bulletins (全国医疗保障事业发展统计公报) hold the national indicators by year.
type bulletins map[string]map[policy.Year]money.Ratio

var national = sync.OnceValues(func() (bulletins, error) { return parseBulletins(nationalCSV) })

func parseBulletins(text string) (bulletins, error) {
	out := bulletins{}
	err := eachRow(text, func(row map[string]string) error {
		years := map[policy.Year]money.Ratio{}
		for column, cell := range row {
			year, err := strconv.Atoi(column)
			if err != nil || cell == "" {
				continue
			}
			value, err := money.ParseRate(cell)
			if err != nil {
				return err
			}
			years[policy.Year(year)] = value.Ratio()
		}
		out[row["indicator"]] = years
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("national.csv: %w", err)
	}
	return out, nil
}

// series is an indicator of consecutive years, at least two.
type series struct {
	first  policy.Year
	values []money.Ratio
}

// of is an indicator in the bulletin's own unit.
func (b bulletins) of(indicator string) series { return newSeries(b[indicator]) }

// per is one indicator divided by another, of the years that have both.
func (b bulletins) per(indicator, by string) series {
	quotients := map[policy.Year]money.Ratio{}
	for year, value := range b[indicator] {
		if divisor, ok := b[by][year]; ok {
			quotients[year] = value.Quo(divisor)
		}
	}
	return newSeries(quotients)
}

// perHead is an indicator in 亿元 divided by one in 万人, in fen.
func (b bulletins) perHead(indicator, heads string) series {
	s := b.per(indicator, heads)
	for i, v := range s.values {
		s.values[i] = v.Mul(money.NewRatio(int64(money.HundredMillion)/10_000, 1))
	}
	return s
}

func newSeries(byYear map[policy.Year]money.Ratio) series {
	var years []policy.Year
	for year := range byYear {
		years = append(years, year)
	}
	slices.Sort(years)
	s := series{first: years[0]}
	for _, year := range years {
		s.values = append(s.values, byYear[year])
	}
	return s
}

// at is the value of a year; years beyond the series carry on with the growth of its nearest two.
func (s series) at(year policy.Year) money.Ratio {
	i, last := int(year-s.first), len(s.values)-1
	value, growth := s.held(year), money.NewRatio(1, 1)
	if i < 0 {
		growth = s.values[0].Quo(s.values[1])
	}
	if i > last {
		growth = s.values[last].Quo(s.values[last-1])
	}
	for range max(-i, i-last) {
		value = value.Mul(growth)
	}
	return value
}

// held is the value of a year; years beyond the series have its nearest.
func (s series) held(year policy.Year) money.Ratio {
	return s.values[min(max(int(year-s.first), 0), len(s.values)-1)]
}
