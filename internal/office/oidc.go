package office

import (
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// Claims (身份声明) is what an identity provider says about somebody, once its signature was checked.
type Claims map[string]any

// OIDCRules (单点登录规则) say which claims make a user. The first four are names of claims. Departments and Roles translate
// the provider's words; a word of departments that is not there stands for itself, one of roles for nothing.
type OIDCRules struct {
	Issuer                      string
	Login, Name, Dept, Division string
	Groups                      string
	Departments                 map[string]Department
	Roles                       map[string]Role
}

// User (单点登录用户) is the user that claims stand for, active and with the roles of his groups. His id follows from issuer
// and subject, so that a changed login stays the same person. Refused are claims of another issuer, without a subject,
// with anything missing or that cannot be, and groups that would make an administrator: those are appointed by hand.
//
// 依据: SC38-10.1, YA-4.10.2
func (r OIDCRules) User(c Claims, tree *region.Tree) (User, error) {
	if c.text("iss") != r.Issuer || r.Issuer == "" || c.text("sub") == "" {
		return User{}, fault.New(fault.Refused, "office.oidc.issuer")
	}
	u := User{
		ID: UserID("oidc-" + DigestOf([]byte(r.Issuer + "\x00" + c.text("sub"))).String()[:32]), Login: Login(strings.ToLower(c.text(r.Login))),
		Name: strings.TrimSpace(c.text(r.Name)), Department: Department(c.text(r.Dept)), Division: region.Code(c.text(r.Division)), State: Active,
	}
	if d, ok := r.Departments[string(u.Department)]; ok {
		u.Department = d
	}
	for _, group := range c.texts(r.Groups) {
		role, ok := r.Roles[group]
		if ok && role.Administrator() {
			return User{}, fault.New(fault.Refused, "office.oidc.administrator", "role", role.Label(), "group", group)
		}
		if ok && !slices.Contains(u.Roles, role) {
			u.Roles = append(u.Roles, role)
		}
	}
	return u, u.Check(tree)
}

func (c Claims) text(name string) string {
	text, _ := c[name].(string)
	return text
}

// texts reads a claim that is a list or a single text.
func (c Claims) texts(name string) []string {
	switch v := c[name].(type) {
	case string:
		return []string{v}
	case []string:
		return v
	case []any:
		var out []string
		for _, x := range v {
			if text, ok := x.(string); ok {
				out = append(out, text)
			}
		}
		return out
	}
	return nil
}
