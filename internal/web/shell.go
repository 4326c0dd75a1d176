package web

import (
	"strings"

	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// currentPage is the value of aria-current for a line of the menu; empty leaves no mark.
func currentPage(m menuItem) string {
	if m.Current {
		return "page"
	}
	return "false"
}

// currentIf is the value of aria-current for a choice.
func currentIf(current bool) string {
	if current {
		return "true"
	}
	return "false"
}

// otherFont is the font size the switch leads to.
func (f *frame) otherFont() string {
	if f.large {
		return "normal"
	}
	return "large"
}

// roleNames lists roles in the reader's language.
func (f *frame) roleNames(roles []office.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = f.Text(r.Label())
	}
	return f.Value(names)
}

// divisionName is the name of any division, a province's own included.
func (f *frame) divisionName(code region.Code) string {
	d, ok := f.site.Engine.Tree.Get(code)
	if !ok {
		return string(code)
	}
	if f.Lang == "en" && d.NameEN != "" {
		return d.NameEN
	}
	return d.Name
}

// provinceName is the province the data belong to.
func (f *frame) provinceName() string { return f.divisionName(f.book.province(f.site.pack)) }

// policyVersion names the policy and its source document with the day it was last checked.
func (f *frame) policyVersion() string {
	parts := []string{f.site.pack.ID}
	if number := f.site.pack.Source.Number; number != "" && f.Lang != "en" {
		parts = append(parts, number)
	}
	checked := policy.Date("")
	for _, p := range f.site.pack.Parameters {
		for _, v := range p.Values {
			checked = max(checked, v.Checked)
		}
	}
	if checked != "" {
		parts = append(parts, f.T("web.checked", "date", string(checked)))
	}
	if digest := f.site.PolicyVersion; digest != "" {
		parts = append(parts, digest[:min(len(digest), 12)])
	}
	return strings.Join(parts, " · ")
}

// clauseText is what a clause asks for, in the reader's language.
func (f *frame) clauseText(id string) string {
	c, ok := f.site.Engine.Library.Clause(policy.ClauseID(id))
	if !ok {
		return id
	}
	return c.Text.In(string(f.Lang))
}

// parameterPath is where a parameter stands: the page of the policy where this version has one, else the trial form.
func (f *frame) parameterPath(id policy.ParameterID) string {
	if f.exists("parameter") {
		return f.link("/policies/" + f.site.pack.ID + "/" + string(id))
	}
	return f.link("/pool/whatif") + "#" + fieldID(id)
}

// fieldID is the id of a parameter's field in a page.
func fieldID(id policy.ParameterID) string { return strings.ReplaceAll(string(id), ".", "-") }

// title is what the data directory calls itself, or the policy's title.
func (f *frame) title() string {
	if title := f.site.Province.Settings().Title.In(string(f.Lang)); title != "" {
		return title
	}
	return f.site.pack.Title.In(string(f.Lang))
}

// dataVersion is the beginning of the data's stamp, enough to tell two states apart.
func (f *frame) dataVersion() string {
	if len(f.book.version) > 12 {
		return f.book.version[:12]
	}
	return f.book.version
}
