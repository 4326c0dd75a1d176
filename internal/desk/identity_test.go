package desk

import (
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
)

func made(first17 string) string { return first17 + string(enrol.CheckDigit(first17)) }

// The test provider serves this machine and made-up data alone.
func TestTheTestIdentityRefusesEverythingReal(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	number := made("99999919620301001")
	fine := Shown{Number: number, Name: "测试农", Loopback: true, Synthetic: true}
	for _, c := range []struct {
		name, key string
		change    func(*Shown)
	}{
		{"fine", "", func(*Shown) {}},
		{"blanks around", "", func(s *Shown) { s.Number, s.Name = " "+s.Number+" ", " 测试农 " }},
		{"another machine", "desk.identity.elsewhere", func(s *Shown) { s.Loopback = false }},
		{"data that are not labelled", "desk.identity.real_data", func(s *Shown) { s.Synthetic = false }},
		{"neither", "desk.identity.elsewhere", func(s *Shown) { s.Loopback, s.Synthetic = false, false }},
		{"a number somebody could have", "desk.identity.real_number", func(s *Shown) { s.Number = made("51010419620301001") }},
		{"no number", "desk.identity.incomplete", func(s *Shown) { s.Number = "999999" }},
		{"a wrong check digit", "desk.identity.incomplete", func(s *Shown) { s.Number = number[:17] + "Y" }},
		{"no name", "desk.identity.incomplete", func(s *Shown) { s.Name = " " }},
	} {
		shown := fine
		c.change(&shown)
		got, err := TestIdentity{}.Check(t.Context(), shown)
		key := ""
		if e, ok := err.(*fault.Error); ok {
			key = e.Key
		}
		if key != c.key || c.key == "" && (got.Number != number || got.Kind != enrol.ResidentCard || got.Name != "测试农") || c.key != "" && got != (Proven{}) {
			t.Errorf("%s: %+v %v, want %q", c.name, got, err, c.key)
		}
	}
}
