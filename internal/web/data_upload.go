package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
)

// maxUpload is the size of the largest file the form takes; larger ones go through the command line.
const maxUpload = 32 << 20

// maxDrained is how much of a request that is too large is read to its end, so that the browser shows the answer in
// place of a broken connection.
const maxDrained = 4 * maxUpload

// upload is what the form brings.
type upload struct {
	kind    string
	act     string
	replace bool
	in      exchange.Input
	has     bool // whether there is a file
}

// formFault is what can be wrong with the form before any file is looked at.
type formFault struct {
	status  int
	message fault.Message
}

func (e formFault) Error() string { return e.message.Key }

func (d *desk) upload(f *frame, w http.ResponseWriter, r *http.Request) error {
	importer, ok := d.Province.(Importer)
	if !ok {
		return errNotFound
	}
	f.keepToOwn()
	up, err := readUpload(w, r)
	kind, known := f.kindNamed(up.kind)
	switch {
	case err != nil:
	case !known:
		err = formFault{http.StatusBadRequest, fault.Msg("web.data.error.kind")}
	case !up.has:
		err = formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	}
	var wrong formFault
	if errors.As(err, &wrong) {
		m := d.model(f)
		if m.Error = f.Text(wrong.message); known {
			m.Chosen = kind
		}
		return f.render(w, r, wrong.status, dataPage(f, m))
	}
	if err != nil {
		return err
	}
	kept := receipt{kind: kind, in: up.in, owner: f.subject.ID}
	if err = exchange.Screen(kind, up.in, d.pack.Latest(), d.Engine.CheckRows); err == nil {
		kept.report, err = d.takeOver(f, r, importer, kind, up)
		err = d.cited(kind, up.in, err)
	}
	if errors.As(err, &kept.refusal) {
		d.Log.Info("import refused", "kind", kind, "file", up.in.Name, "problems", len(kept.refusal.Problems))
		http.Redirect(w, r, f.link("/data/refused/"+d.receipts.keep(kept)), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	d.Log.Info("imported", "kind", kind, "file", up.in.Name, "added", kept.report.Added, "replaced", kept.report.Replaced, "unchanged", kept.report.Unchanged)
	kept.in.Content = nil
	http.Redirect(w, r, f.link("/data", "receipt", d.receipts.keep(kept))+"#receipt", http.StatusSeeOther)
	return nil
}

// cited is a refusal of an import with the clause each column rests on.
func (d *desk) cited(kind exchange.Kind, in exchange.Input, err error) error {
	if err == nil {
		return nil
	}
	files := exchange.Files{}
	switch kind {
	case exchange.Statements:
		files.Statements = &in
	case exchange.Factors:
		files.Factors = &in
	case exchange.Openings:
		files.Openings = &in
	case exchange.AgeGroups:
		files.AgeGroups = &in
	}
	// What is wrong with the file is in err already; the file is read again for the names of its columns.
	loaded, _ := exchange.Load(files)
	return loaded.Cite(d.pack.Latest(), err)
}

// readUpload reads the form without writing anything to disk. Errors: formFault, or that of the connection.
func readUpload(w http.ResponseWriter, r *http.Request) (upload, error) {
	var up upload
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload+maxDrained)
	parts, err := r.MultipartReader()
	if err != nil {
		return up, formFault{http.StatusBadRequest, fault.Msg("web.data.error.form")}
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return up, nil
		}
		if err == nil {
			err = up.take(part)
		}
		var wrong formFault
		switch {
		case errors.As(err, &wrong):
			// An answer is given in any case; what is left of the request may be cut off.
			_, _ = io.Copy(io.Discard, r.Body)
			return up, err
		case err != nil:
			return up, tooLargeOr(err)
		}
	}
}

// take reads one field of the form; fields nobody asked for are passed over.
func (up *upload) take(part *multipart.Part) error {
	const maxField = 64
	switch part.FormName() {
	case "kind", "replace", "act":
		text, err := io.ReadAll(io.LimitReader(part, maxField))
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "kind":
			up.kind = string(text)
		case "act":
			up.act = string(text)
		default:
			up.replace = string(text) == "1"
		}
	case "file":
		if part.FileName() == "" || up.has {
			return nil
		}
		content, err := io.ReadAll(io.LimitReader(part, maxUpload+1))
		if err != nil {
			return err
		}
		if len(content) > maxUpload {
			return tooLarge()
		}
		up.in, up.has = exchange.Input{Name: fileName(part.FileName()), Content: content}, true
	}
	return nil
}

func tooLarge() error {
	return formFault{http.StatusRequestEntityTooLarge, fault.Msg("web.data.error.large", "mebibytes", maxUpload>>20)}
}

// tooLargeOr tells a request cut off for its size from one that broke off.
func tooLargeOr(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge()
	}
	return formFault{http.StatusBadRequest, fault.Msg("web.data.error.form")}
}

// refusedModel is a file that was not taken over, with every reason.
type refusedModel struct {
	File, Kind  string
	Count, More int
	Problems    []problemView
	Marked      string
	Differs     bool // whether rows are stored with other figures
	Minutes     int
	Back        string
}

// problemView is a reason as the page shows it.
type problemView struct{ Row, Column, Value, Text, Clause string }

func (d *desk) refused(f *frame, w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	kept, ok := d.receipts.find(f.subject.ID, token)
	if !ok || kept.refusal == nil {
		return errNotFound
	}
	m := refusedModel{File: kept.in.Name, Kind: f.kindName(kept.kind), Count: len(kept.refusal.Problems), Minutes: int(receiptsKept.Minutes()),
		Marked: f.link("/data/refused/" + token + "/marked.xlsx"), Back: f.link("/data", "kind", string(kept.kind))}
	for i, p := range kept.refusal.Problems {
		m.Differs = m.Differs || p.Message.Key == "exchange.differs"
		if i < maxListed {
			m.Problems = append(m.Problems, f.problem(p))
		}
	}
	m.More = m.Count - len(m.Problems)
	return f.render(w, r, http.StatusUnprocessableEntity, uploadRefusedPage(f, m))
}

func (f *frame) problem(p fault.Problem) problemView {
	v := problemView{Column: p.Column, Value: p.Value, Text: f.sentence(p.Message), Clause: p.Clause}
	if p.Row > 0 {
		v.Row = f.Value(p.Row)
	}
	return v
}

// marked gives the refused file back as a workbook that says why.
func (d *desk) marked(f *frame, w http.ResponseWriter, r *http.Request) error {
	kept, ok := d.receipts.find(f.subject.ID, r.PathValue("token"))
	if !ok || kept.refusal == nil || r.PathValue("file") != "marked.xlsx" {
		return errNotFound
	}
	content, err := exchange.MarkErrors(kept.in, kept.refusal, f.Printer)
	if err != nil {
		return err
	}
	return attach(w, f.T("web.data.refused.workbook", "kind", f.kindName(kept.kind)), workbookType, content)
}
