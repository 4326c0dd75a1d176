package web

import (
	"net/http"
	"strings"
	"time"

	"tongchou/internal/fault"
)

// jobView is a job as a page shows it.
type jobView struct {
	ID, Title, Phase, Elapsed string
	Rows, Rate, Left          string // of an import
	Percent                   string // empty where it cannot be told
	Poll, Cancel, Again, Back string
	Running, Broken           bool
	Problems                  []problemView // why it failed
}

func (c *claimsDesk) jobView(f *frame, b *job, back string) jobView {
	v := f.jobFacts(b)
	v.Back, v.Poll, v.Cancel = back, f.claimsLink("/data/claims/job/"+b.id, "back", back), f.claimsLink("/data/claims/job/"+b.id+"/cancel")
	v.Again = f.claimsLink("/data/claims/job/" + b.id + "/again")
	return v
}

// jobFacts is how far a job is, or why it came to nothing.
func (f *frame) jobFacts(b *job) jobView {
	s := b.standing()
	v := jobView{ID: b.id, Title: f.Text(b.title), Phase: f.Text(s.Phase), Running: s.Ended.IsZero(), Broken: s.Broken}
	ended := s.Ended
	if v.Running {
		ended = f.site.Now()
	}
	v.Elapsed = f.duration(ended.Sub(s.Began))
	if s.Parts > 0 {
		v.Percent = f.Value(100 * s.Part / s.Parts)
	}
	if p := s.Import; p != nil {
		v.Rows, v.Rate = f.Value(p.Rows), f.Value(p.Rate())
		if p.Left > 0 {
			v.Left = f.duration(p.Left)
		}
		if p.Size > 0 {
			v.Percent = f.Value(100 * p.Bytes / p.Size)
		}
	}
	if s.Failed && !s.Broken {
		_, err := b.outcome()
		for _, p := range problemsOf(err) {
			if len(v.Problems) < maxListed {
				v.Problems = append(v.Problems, f.problem(p))
			}
		}
	}
	return v
}

// duration writes a time in minutes and seconds.
func (f *frame) duration(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	if seconds < 60 {
		return f.T("web.job.seconds", "seconds", seconds)
	}
	return f.T("web.job.minutes", "minutes", seconds/60, "seconds", seconds%60)
}

// working shows a page whose answer is not there: how far it is, or why there is none.
func (c *claimsDesk) working(f *frame, w http.ResponseWriter, r *http.Request, b *job) error {
	if _, err := b.outcome(); b.over() && err != nil && fault.KindOf(err) == fault.Internal && !b.standing().Broken {
		c.Log.Error("job failed", "key", b.id, "error", err)
	}
	status, v := http.StatusOK, c.jobView(f, b, r.URL.RequestURI())
	if v.Running {
		f.refresh, f.refreshIn = r.URL.RequestURI(), 2
		status = http.StatusAccepted
	}
	return f.render(w, r, status, jobPage(f, v))
}

// job answers what asks how far a job is: with its panel while it runs, and by sending the page on when it has ended.
func (c *claimsDesk) job(f *frame, w http.ResponseWriter, r *http.Request) error {
	back := inside(f.seen.Get("back"))
	b, ok := c.jobs.find(byID(r.PathValue("id")))
	if !ok || b.over() && r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", back)
		if r.Header.Get("HX-Request") != "true" {
			http.Redirect(w, r, back, http.StatusSeeOther)
		}
		return nil
	}
	if r.Header.Get("HX-Request") == "true" {
		return f.render(w, r, http.StatusOK, jobPanel(f, c.jobView(f, b, back)))
	}
	return c.working(f, w, r, b)
}

// inside keeps an address that leads back to a page of data; any other is the page of imports.
func inside(back string) string {
	if back == "/data/claims" || strings.HasPrefix(back, "/data/claims/") || strings.HasPrefix(back, "/data/claims?") {
		return back
	}
	return "/data/claims"
}

// stopping is how long a page waits for a cancelled job to end.
const stopping = 5 * time.Second

func (c *claimsDesk) cancelJob(f *frame, w http.ResponseWriter, r *http.Request) error {
	b, ok := c.jobs.find(byID(r.PathValue("id")))
	if !ok {
		return errNotFound
	}
	c.Log.Info("job cancelled", "job", b.id)
	b.cancel()
	b.wait(r.Context(), stopping)
	http.Redirect(w, r, inside(r.FormValue("back")), http.StatusSeeOther)
	return nil
}

// againJob forgets what a job came to; the page that shows it asks anew.
func (c *claimsDesk) againJob(f *frame, w http.ResponseWriter, r *http.Request) error {
	b, ok := c.jobs.find(byID(r.PathValue("id")))
	if !ok {
		return errNotFound
	}
	c.jobs.forget(b)
	http.Redirect(w, r, inside(r.FormValue("back")), http.StatusSeeOther)
	return nil
}
