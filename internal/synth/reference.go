package synth

import (
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Reference (对照数据) is what a city published about its basic medical insurance in a year, both insurance types
// together. Amounts are in fen, rounded as published, to a million yuan.
type Reference struct {
	Division region.Code
	Year     policy.Year
	Income   money.Fen
	Spent    money.Fen
	Surplus  money.Fen // cumulative, at the end of the year
	Insured  int64     // persons, rounded to a hundred
	// ActivePerRetired (在职退休供养比) is active employees for each retired one.
	ActivePerRetired money.Rate
	// Document names the source document.
	Document string
}

// YaanReference (雅安市2020年) is the one city whose fund totals are public: the indicator table and the text of its
// five-year plan (document YA). These are facts, not synthetic.
func YaanReference() Reference {
	return Reference{
		Division: "511800", Year: 2020,
		Income: 2_019_000_000 * money.FenPerYuan, Spent: 1_861_000_000 * money.FenPerYuan, Surplus: 2_166_000_000 * money.FenPerYuan,
		Insured: 1_494_800, ActivePerRetired: 1_990_000,
		Document: "YA",
	}
}
