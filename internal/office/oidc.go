package office

import (
	"strings"
	"unicode/utf8"

	"tongchou/internal/fault"
)

// Claims (身份声明) is what an identity provider says about somebody, once its signature was checked.
type Claims map[string]any

// OIDCRules (单点登录规则) say whose claims are believed and which claim holds the name somebody has there.
type OIDCRules struct{ Issuer, Login string }

// SingleName (单点登录名) is what the provider of single sign-on calls somebody, in lower case.
type SingleName string

// Identity (单点登录身份) is somebody at the provider. Subject stays the same when his name there changes.
type Identity struct {
	Name    SingleName
	Subject Digest
}

// Identity (单点登录身份) tells who it is that claims speak of. What he may do here does not follow from them: the provider says who somebody is, and the
// security administrator whom of the users that makes. Refused are claims of another issuer, without a subject or without a name.
//
// 依据: YA-4.10.2
func (r OIDCRules) Identity(c Claims) (Identity, error) {
	name, err := SingleNameOf(c.text(r.Login))
	if c.text("iss") != r.Issuer || r.Issuer == "" || c.text("sub") == "" || err != nil {
		return Identity{}, fault.New(fault.Refused, "office.oidc.issuer")
	}
	return Identity{name, DigestOf([]byte(r.Issuer + "\x00" + c.text("sub")))}, nil
}

// SingleNameOf reads a name at the provider.
func SingleNameOf(text string) (SingleName, error) {
	name := strings.ToLower(strings.TrimSpace(text))
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > longestName {
		return "", fault.New(fault.Refused, "office.oidc.name", "most", longestName)
	}
	return SingleName(name), nil
}

// MayBeSingle (可否单点登录) refuses single sign-on to administrators, who sign in here alone.
//
// 依据: YA-4.10.2
func (u User) MayBeSingle() error {
	for _, r := range u.Roles {
		if r.Administrator() {
			return fault.New(fault.Refused, "office.oidc.administrator", "role", r.Label())
		}
	}
	return nil
}

func (c Claims) text(name string) string {
	text, _ := c[name].(string)
	return text
}
