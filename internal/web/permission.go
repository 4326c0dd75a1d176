package web

import (
	"net/http"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// need (权限要求) is what a route asks of whoever calls it. Any one of the actions will do, on the division that where finds; no
// action at all asks only that somebody is signed in.
type need struct {
	open   bool // nobody need be signed in
	any    []office.Action
	where  place
	stored bool // there is no such page without a store
}

// place finds the division that a request is about.
type place func(*frame, *http.Request) region.Code

// The kinds of needs.
var (
	anybody  = need{open: true}
	signedIn = need{where: ownDivision}
)

// onProvince needs an action on the province whose data the console shows.
func onProvince(any ...office.Action) need { return need{any: any, where: province} }

// onPath needs an action on the division that the address names.
func onPath(name string, any ...office.Action) need {
	return need{any: any, where: func(_ *frame, r *http.Request) region.Code { return region.Code(r.PathValue(name)) }}
}

// onOwn needs an action on the caller's own division; what is read is then kept to where he has it.
func onOwn(any ...office.Action) need { return need{any: any, where: ownDivision, stored: true} }

// onOwnRows needs an action on the caller's own division, of which alone he sees and brings rows; on the province without sign-in.
func onOwnRows(any ...office.Action) need { return need{any: any, where: ownDivision} }

// inOffice is a need of a page that there is not without a store.
func inOffice(n need) need {
	n.stored = true
	return n
}

func province(f *frame, _ *http.Request) region.Code    { return f.province() }
func ownDivision(f *frame, _ *http.Request) region.Code { return f.subject.Division }

// unsigned are the actions of a console without sign-in, on which nobody can be told from anybody else.
var unsigned = []office.Action{office.View, office.ViewPublished, office.Export, office.Import, office.Compute, office.ReadClaims, office.SignData}

// may tells whether whoever reads the page may do something on a division. Without sign-in that is what the console did before
// there were users: looking, computing and importing, and nothing that needs a name.
func (f *frame) may(a office.Action, division region.Code) bool { return f.refusal(a, division) == nil }

// refusal says why an action is not allowed on a division; nil when it is.
func (f *frame) refusal(a office.Action, division region.Code) error {
	if f.site.Store == nil {
		if slices.Contains(unsigned, a) {
			return nil
		}
		return fault.New(fault.Refused, "web.sign_in.none")
	}
	return office.Can(f.subject, a, division)
}

// meets says why a need is not met; nil when it is.
func (f *frame) meets(n need, r *http.Request) error {
	if n.open || len(n.any) == 0 {
		return nil
	}
	division := n.where(f, r)
	var first error
	for _, a := range n.any {
		err := f.refusal(a, division)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// mayOpen tells whether the reader may open a page that needs no more than its name to be found.
func (f *frame) mayOpen(name string) bool {
	n, ok := f.site.needs[name]
	return ok && (f.site.Store != nil || !n.stored) && f.meets(n, f.request) == nil
}

// province is the province whose data the console shows.
func (f *frame) province() region.Code {
	if f.book.version == "" {
		return f.site.home()
	}
	return f.book.province(f.site.pack)
}

// home is the province that sign-ins of unknown names are written down in.
func (s *site) home() region.Code {
	if len(s.pack.Provinces) > 0 {
		return s.pack.Provinces[0]
	}
	return s.shelf.open(policy.Overlay{}).province(s.pack)
}
