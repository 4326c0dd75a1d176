package region

import (
	"errors"
	"testing"
)

func TestParse(t *testing.T) {
	for _, s := range []string{"510000", "510100", "530102", "000001"} {
		if c, err := Parse(s); err != nil || string(c) != s {
			t.Errorf("Parse(%q) = %q, %v", s, c, err)
		}
	}
	for _, s := range []string{"", "0", "000000", "51010", "5101000", " 510100", "510100 ", "5101O0", "+51010", "-51010", "５１０１００", "四川", "51\x0010"} {
		c, err := Parse(s)
		if wrong := new(CodeError); !errors.As(err, &wrong) || wrong.Text != s || c != "" {
			t.Errorf("Parse(%q) = %q, %v, want a CodeError of the text", s, c, err)
		}
	}
}

func TestCodeErrorShowsTheText(t *testing.T) {
	_, err := Parse("51\n")
	if want := `region: "51\n" is not a six-digit division code`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestProvince(t *testing.T) {
	for _, c := range []struct {
		code, province Code
		isProvince     bool
	}{
		{"510000", "510000", true},
		{"510100", "510000", false},
		{"513402", "510000", false},
		{"530000", "530000", true},
		{"", "", false},
		{"0000", "", false},
	} {
		if got := c.code.Province(); got != c.province {
			t.Errorf("Province of %q is %q, want %q", c.code, got, c.province)
		}
		if got := c.code.IsProvince(); got != c.isProvince {
			t.Errorf("IsProvince of %q is %v", c.code, got)
		}
	}
}

// An accepted text is the code, letter by letter, and has a province that is one.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"510100", "000000", "", "51010a", "５１０１００", " 510100", "1e5000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		digits := len(s) == 6 && s != "000000"
		for _, r := range s {
			digits = digits && '0' <= r && r <= '9'
		}
		c, err := Parse(s)
		if (err == nil) != digits {
			t.Fatalf("Parse(%q) = %q, %v", s, c, err)
		}
		if err != nil {
			return
		}
		if string(c) != s {
			t.Fatalf("Parse(%q) = %q", s, c)
		}
		if p := c.Province(); !p.IsProvince() || p[:2] != c[:2] {
			t.Fatalf("Province of %q is %q", c, p)
		}
	})
}

func TestCovers(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	for _, c := range []struct {
		top, code Code
		want      bool
	}{
		{"510000", "510000", true}, {"510000", "510104", true}, {"510000", "530000", false},
		{"510100", "510100", true}, {"510100", "510104", true}, {"510100", "510300", false}, {"510100", "510000", false},
		{"510104", "510104", true}, {"510104", "510105", false}, {"510104", "510100", false},
		{"", "510100", false}, {"510000", "", false}, {"", "", false}, {"51", "51", false},
	} {
		if got := c.top.Covers(c.code); got != c.want {
			t.Errorf("%q covers %q: %v", c.top, c.code, got)
		}
	}
	tree, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, province := range tree.Children("") {
		for _, city := range tree.Children(province.Code) {
			for _, county := range tree.Children(city.Code) {
				if !province.Code.Covers(county.Code) || !city.Code.Covers(county.Code) || county.Code.Covers(city.Code) {
					t.Errorf("%s is not where the tree has it", county.Code)
				}
			}
		}
	}
}
