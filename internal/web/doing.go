package web

// What a page that does something needs, in the order it needs it:
//
//   - a line in the table of routes with its need: onProvince(office.Make), onPath("code", office.View), onOwn(office.PostBooks);
//     inOffice(…) when there is no such page without a store. The need is met before the handler is called.
//   - f.subject, who reads, and f.may(action, division), whether he may; f.mayOpen(name) for links to pages.
//   - f.scope(action), where he may: what everything read from the store is kept to.
//   - f.act(division, name, object, why), a store.Act with who, from where and why filled in, for store.Write and store.Books.
//     f.once(act, r) makes a form that is sent twice be done once; @onceField(f) puts its key into the form.
//   - f.approvals(action), documents with their signatures, kept to where he has the right.
//   - @signatureBar(f, document, back), for a page that shows what a document signs: the way it went, the signatures to come and
//     what the reader may do with it. A kind of document gets a case in contentPath (the page of what it signs) and, where
//     something follows from its approval, in approved.

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// scope is where the reader may do something; an empty scope, which holds nothing, when nowhere.
func (f *frame) scope(a office.Action) office.Scope {
	if f.site.Store == nil {
		return office.Scope{}
	}
	scope, err := office.ScopeOf(f.subject, a)
	if err != nil {
		return office.Scope{}
	}
	return scope
}

// act is something the reader does to an object of a division, which the division's audit chain keeps.
func (f *frame) act(division region.Code, name string, object office.Object, why string) store.Act {
	return store.Act{
		Record: office.Record{Chain: division, Who: f.subject.ID, Department: f.subject.Department, From: f.from,
			Action: name, Object: object, Why: strings.TrimSpace(why)},
		Scope: store.ScopeOf(f.subject.Division),
	}
}

// onceName is the name of the field that tells one sending of a form from another.
const onceName = "once"

// once makes an act that a form asks for one that can be sent again: it is done once for every form that was shown.
func (f *frame) once(act store.Act, r *http.Request) store.Act {
	key := r.PostFormValue(onceName)
	if key == "" || len(key) > 64 {
		return act
	}
	var content strings.Builder
	names := make([]string, 0, len(r.PostForm))
	for name := range r.PostForm {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range r.PostForm[name] {
			content.WriteString(name + "\x00" + value + "\x00")
		}
	}
	act.Key = string(f.subject.ID) + ":" + key
	act.Content = office.DigestOf([]byte(r.URL.Path + "\x00" + content.String()))
	return act
}

// newOnce is a key for a form.
func newOnce() string { return rand.Text() }

// approvals are the documents in the divisions where the reader may do something.
func (f *frame) approvals(a office.Action) office.Approvals {
	return office.Approvals{Desk: f.site.Store.Desk(f.scope(a)).With(f.approved)}
}

// maxForm is how many bytes a form without files may have.
const maxForm = 64 << 10

// readForm reads a form without files: the values of its fields, or that it is none.
func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	return nil
}
