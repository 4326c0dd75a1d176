package web

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
)

// maxClaimsUpload is the size of the largest file of settlements the form takes: some 130 million rows.
const maxClaimsUpload = 64 << 30

// claimsUpload is what the form of settlements brings: the file lies on disk already.
type claimsUpload struct {
	kind   lake.Kind
	source string // whose column names the file has, as saved by an import; the national ones when empty
	dir    string // its own directory, to be removed
	path   string
}

// upload takes a file of settlements, whatever its size, to disk and begins to import it.
func (c *claimsDesk) upload(f *frame, w http.ResponseWriter, r *http.Request) error {
	if c.Claims.Dir == "" {
		return errNotFound
	}
	up, err := c.receive(w, r)
	if err != nil {
		err = errors.Join(err, discard(up.dir))
	}
	var wrong formFault
	if errors.As(err, &wrong) {
		m, err := c.importsModel(f)
		if err != nil {
			return err
		}
		if m.Problem = f.Text(wrong.message); up.kind != "" {
			m.Chosen = up.kind
		}
		return f.render(w, r, wrong.status, importsPage(f, m))
	}
	if err != nil {
		return err
	}
	b := c.jobs.start(importKey+up.dir, fault.Msg("web.claims.job.import", "file", filepath.Base(up.path)), func(ctx context.Context, b *job) (any, error) {
		b.say(fault.Msg("web.claims.phase.importing"), 0, 0)
		return c.take(ctx, up, f, b)
	}, func() {
		if err := discard(up.dir); err != nil {
			c.Log.Error("an upload is left behind", "dir", up.dir, "error", err)
		}
	})
	b.wait(r.Context(), soon)
	http.Redirect(w, r, f.link("/data/claims", "job", b.id)+"#receipt", http.StatusSeeOther)
	return nil
}

// take imports what has been uploaded.
func (c *claimsDesk) take(ctx context.Context, up claimsUpload, f *frame, b *job) (lake.Report, error) {
	store, err := c.open(true)
	if err != nil {
		return lake.Report{}, err
	}
	report, err := store.Import(ctx, up.path, lake.ImportOptions{Kind: up.kind, Source: up.source, Workbook: exchange.SheetRows, Say: f.Text, Progress: b.tell})
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		for i := range refusal.Problems { // by the name it came under
			refusal.Problems[i].File = filepath.Base(refusal.Problems[i].File)
		}
	}
	if err == nil {
		c.Log.Info("claims imported", "import", report.ID, "file", report.Source, "rows", report.Rows, "rejected", report.Rejected)
	}
	return report, err
}

// receive reads the form and writes the file to disk as it comes. What lies there after an error is for the caller to discard.
func (c *claimsDesk) receive(w http.ResponseWriter, r *http.Request) (up claimsUpload, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxClaimsUpload)
	parts, err := r.MultipartReader()
	if err != nil {
		return up, formFault{http.StatusBadRequest, fault.Msg("web.data.error.form")}
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return up, cutOff(err)
		}
		switch part.FormName() {
		case "kind", "source":
			text, err := io.ReadAll(io.LimitReader(part, 256))
			if err != nil {
				return up, cutOff(err)
			}
			if part.FormName() == "kind" {
				up.kind = lake.Kind(text)
			} else {
				up.source = string(text)
			}
		case "file":
			if err := c.keep(part, &up); err != nil {
				return up, err
			}
		}
	}
	switch {
	case !slices.Contains(claimKinds(), up.kind):
		return up, formFault{http.StatusBadRequest, fault.Msg("web.claims.error.kind")}
	case up.path == "":
		return up, formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	}
	return up, nil
}

// keep writes a file of the form to a directory of its own.
func (c *claimsDesk) keep(part *multipart.Part, up *claimsUpload) error {
	if part.FileName() == "" || up.path != "" {
		return nil
	}
	name := fileName(part.FileName())
	up.dir = filepath.Join(c.Claims.Dir, uploadsDir, rand.Text())
	if err := os.MkdirAll(up.dir, 0o700); err != nil {
		return fault.Wrap(err, "lake.open", "dir", c.Claims.Dir)
	}
	up.path = filepath.Join(up.dir, name)
	file, err := os.OpenFile(up.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.Wrap(err, "lake.open", "dir", c.Claims.Dir)
	}
	_, err = io.Copy(file, part)
	if err = errors.Join(err, file.Close()); err != nil {
		return cutOff(err)
	}
	return nil
}

// cutOff says what ended an upload: its size, a full disk, or the browser.
func cutOff(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return formFault{http.StatusRequestEntityTooLarge, fault.Msg("web.claims.error.large")}
	case strings.Contains(err.Error(), "no space left"), strings.Contains(err.Error(), "not enough space"):
		return formFault{http.StatusInsufficientStorage, fault.Msg("web.claims.error.disk")}
	}
	return formFault{http.StatusBadRequest, fault.Msg("web.data.error.form")}
}

// discard removes an upload.
func discard(dir string) error {
	if dir == "" {
		return nil
	}
	err := os.RemoveAll(dir)
	for range 2 { // the directory of uploads, and that of a store that did not come to be, when they are empty
		if dir = filepath.Dir(dir); os.Remove(dir) != nil {
			break
		}
	}
	return err
}
