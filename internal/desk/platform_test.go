package desk

import (
	"errors"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// What the platform of another says, what it did not check, and what names nobody is refused.
func TestPlatformRules(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	number := made("99999919620301001")
	rules := PlatformRules{Issuer: "https://id.example", Number: "cert_no", Name: "cn", Verified: "real"}
	for _, c := range []struct {
		name, want string
		change     func(office.Claims)
	}{
		{"as it should be", "", func(office.Claims) {}},
		{"checked, as a text", "", func(c office.Claims) { c["real"] = "true" }},
		{"another issuer", "desk.platform.issuer", func(c office.Claims) { c["iss"] = "https://other.example" }},
		{"not checked", "desk.platform.unverified", func(c office.Claims) { c["real"] = false }},
		{"no word of a check", "desk.platform.unverified", func(c office.Claims) { delete(c, "real") }},
		{"a wrong number", "desk.platform.incomplete", func(c office.Claims) { c["cert_no"] = number[:17] + "?" }},
		{"a number that is no text", "desk.platform.incomplete", func(c office.Claims) { c["cert_no"] = 1.5 }},
		{"no name", "desk.platform.incomplete", func(c office.Claims) { c["cn"] = " " }},
	} {
		claims := office.Claims{"iss": "https://id.example", "cert_no": number, "cn": " 测试农 ", "real": true}
		c.change(claims)
		got, err := rules.Proven(claims)
		key := ""
		if f := (*fault.Error)(nil); errors.As(err, &f) {
			key = f.Message.Key
		}
		if key != c.want || c.want == "" && got != (Proven{enrol.Document{Kind: enrol.ResidentCard, Number: number}, "测试农"}) {
			t.Errorf("%s: %+v %v", c.name, got, err)
		}
	}
	if _, err := (PlatformRules{Number: "cert_no", Name: "cn"}).Proven(office.Claims{"iss": "", "cert_no": number, "cn": "x"}); err == nil {
		t.Error("rules that name no issuer believe somebody")
	}
}
