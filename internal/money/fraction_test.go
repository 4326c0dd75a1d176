package money

import "testing"

func TestFraction(t *testing.T) {
	for _, c := range []struct {
		x        Ratio
		num, den string
	}{
		{Ratio{}, "0", "1"}, {NewRatio(6, -4), "-3", "2"}, {NewRatio(1<<62, 3).Mul(NewRatio(4, 1)), "18446744073709551616", "3"},
	} {
		if num, den := c.x.Fraction(); num != c.num || den != c.den {
			t.Errorf("%s/%s, want %s/%s", num, den, c.num, c.den)
		}
	}
}
