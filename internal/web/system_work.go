package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// workKind is something that takes long, goes on in the background and belongs to whoever asked for it.
type workKind string

// The kinds of work, each with the page that shows it.
const (
	verifying workKind = "verify"
	backingUp workKind = "backup"

	takingIn       workKind = "reports"
	collecting     workKind = "collection"
	checkingCovers workKind = "covers"
	closingDays    workKind = "clearing"
	allocatingAll  workKind = "accounts"
)

func (k workKind) page() string {
	switch k {
	case backingUp:
		return "/system/backup"
	case takingIn:
		return "/enrol/imports"
	case collecting:
		return "/enrol/collection"
	case checkingCovers:
		return "/enrol/covers"
	case closingDays:
		return "/clearing"
	case allocatingAll:
		return "/benefit/accounts"
	}
	return "/system/audit"
}

// workKey is the key of a job that belongs to whoever asked for it.
func (f *frame) workKey(k workKind) string { return string(k) + " " + string(f.subject.ID) }

// startWork starts a job for the reader and shows it; one of the same kind that runs already goes on.
func (f *frame) startWork(w http.ResponseWriter, r *http.Request, k workKind, title fault.Message, do func(context.Context, *job) (any, error)) {
	jobs := f.site.work
	if b, ok := jobs.find(byKey(f.workKey(k))); ok {
		jobs.forget(b)
	}
	b := jobs.start(f.workKey(k), title, do)
	if k != verifying && k != backingUp { // of few rows the answer is there at once
		b.wait(r.Context(), soon)
	}
	http.Redirect(w, r, f.link(k.page(), "work", b.id), http.StatusSeeOther)
}

// workOf finds the reader's job that an address names; what is somebody else's is not there.
func (f *frame) workOf(id string) (*job, workKind, bool) {
	b, ok := f.site.work.find(byID(id))
	if !ok {
		return nil, "", false
	}
	kind, owner, _ := strings.Cut(b.key, " ")
	return b, workKind(kind), owner == string(f.subject.ID)
}

// workView is the reader's job of a kind as its page shows it: nil when the address names none.
func (f *frame) workView(k workKind) (*job, *jobView) {
	b, kind, ok := f.workOf(f.seen.Get("work"))
	if !ok || kind != k {
		return nil, nil
	}
	v := f.jobFacts(b)
	v.Back = f.link(k.page(), "work", b.id)
	v.Poll, v.Cancel = f.link("/system/work/"+b.id), f.link("/system/work/"+b.id+"/cancel")
	if v.Running {
		f.refresh, f.refreshIn = v.Back, 2
	}
	return b, &v
}

// workPage answers what asks how far a job is: with its panel while it runs, and by sending the page on when it has ended.
func (s *site) workPage(f *frame, w http.ResponseWriter, r *http.Request) error {
	b, kind, ok := f.workOf(r.PathValue("id"))
	if !ok {
		return errNotFound
	}
	back := f.link(kind.page(), "work", b.id)
	if b.over() || r.Header.Get("HX-Request") != "true" {
		f.goTo(w, r, back)
		return nil
	}
	f.seen.Set("work", b.id)
	_, v := f.workView(kind)
	return f.render(w, r, http.StatusOK, jobPanel(f, *v))
}

func (s *site) cancelWork(f *frame, w http.ResponseWriter, r *http.Request) error {
	b, kind, ok := f.workOf(r.PathValue("id"))
	if !ok {
		return errNotFound
	}
	b.cancel()
	b.wait(r.Context(), stopping)
	http.Redirect(w, r, f.link(kind.page(), "work", b.id), http.StatusSeeOther)
	return nil
}

// verified is what a verification came to.
type verified struct {
	entries int64
	heads   []office.Head
	broken  *office.Broken
}

// verifyAudit goes through the chains from end to end in the background and names the first entry that is broken.
func (s *site) verifyAudit(f *frame, w http.ResponseWriter, r *http.Request) error {
	scope := f.scope(office.ReadAudit)
	note := f.noteOf("audit.verify")
	f.startWork(w, r, verifying, fault.Msg("web.audit.verifying"), func(ctx context.Context, b *job) (any, error) {
		out, err := s.verifyChains(ctx, scope, b)
		if err != nil {
			return nil, err
		}
		outcome := "whole"
		if out.broken != nil {
			outcome = out.broken.Error()
		}
		return out, note(ctx, []office.Field{{Name: "outcome", Value: outcome}, {Name: "entries", Value: strconv.FormatInt(out.entries, 10)}})
	})
	return nil
}

// toldEvery is after how many entries a verification says how far it is.
const toldEvery = 1000

func (s *site) verifyChains(ctx context.Context, scope office.Scope, b *job) (out verified, err error) {
	if out.heads, err = s.Store.Heads(ctx, scope); err != nil {
		return out, err
	}
	var total int64
	for _, h := range out.heads {
		total += int64(h.Seq)
	}
	b.say(fault.Msg("web.audit.verifying.entries", "count", int64(0), "total", total), 0, total)
	err = office.Verify(func(yield func(office.Entry, error) bool) {
		for e, err := range s.Store.Entries(ctx, scope) {
			if out.entries++; out.entries%toldEvery == 0 {
				b.say(fault.Msg("web.audit.verifying.entries", "count", out.entries, "total", total), out.entries, total)
			}
			if !yield(e, err) {
				return
			}
		}
	}, out.heads...)
	if errors.As(err, &out.broken) {
		return out, nil
	}
	return out, err
}

// showVerified fills in how far a verification is, or what it came to.
func (f *frame) showVerified(m *auditModel) {
	b, v := f.workView(verifying)
	if v == nil {
		return
	}
	if m.Work = v; v.Running {
		return
	}
	value, err := b.outcome()
	out, ok := value.(verified)
	if err != nil || !ok {
		return
	}
	m.Work = nil
	if out.broken != nil {
		m.Broken = f.sentence(problemsOf(out.broken.Unwrap())[0].Message)
	} else {
		m.Verified = f.T("web.audit.whole", "entries", out.entries, "chains", len(out.heads))
	}
	for _, h := range out.heads {
		m.Heads = append(m.Heads, chainEnd{f.divisionName(h.Chain), strconv.FormatInt(int64(h.Seq), 10), h.Hash.String()})
	}
}
