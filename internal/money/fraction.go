package money

// Fraction (分数) gives a ratio in lowest terms, as decimal texts of any length; the denominator is positive.
func (x Ratio) Fraction() (numerator, denominator string) {
	return x.rat().Num().String(), x.rat().Denom().String()
}
