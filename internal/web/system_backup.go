package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// Backups (在线备份) says where the console writes backups, and what it encrypts them with.
type Backups struct {
	Dir string
	Key store.BackupKey
}

// backupModel says what there is to be backed up, and how (备份).
type backupModel struct {
	Chains  int
	Entries int64
	Can     bool // whether the console was given a key
	Dir     string
	Files   []backupFile
	Work    *jobView
	Done    string
}

// backupFile is a backup that was made.
type backupFile struct{ Name, Path, Size, At string }

// backupName is what a backup is called that the console made.
var backupName = regexp.MustCompile(`^tongchou-\d{8}-\d{6}\.backup$`)

func (s *site) backup(f *frame, w http.ResponseWriter, r *http.Request) error {
	heads, err := s.Store.Heads(r.Context(), f.scope(office.BackUp))
	if err != nil {
		return err
	}
	m := backupModel{Chains: len(heads)}
	for _, h := range heads {
		m.Entries += int64(h.Seq)
	}
	if s.Backups != nil {
		m.Can, m.Dir = true, s.Backups.Dir
		if m.Files, err = f.backupFiles(); err != nil {
			return err
		}
	}
	b, v := f.workView(backingUp)
	if m.Work = v; v != nil && !v.Running {
		if value, err := b.outcome(); err == nil {
			made, _ := value.(madeBackup)
			m.Work, m.Done = nil, f.T("web.backup.done", "file", filepath.Join(m.Dir, made.name), "rows", made.Rows)
		}
	}
	return f.render(w, r, http.StatusOK, backupPage(f, m))
}

// backupFiles are the backups the console made, the latest first.
func (f *frame) backupFiles() ([]backupFile, error) {
	entries, err := os.ReadDir(f.site.Backups.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(err, "store.backup")
	}
	var out []backupFile
	for _, e := range slices.Backward(entries) {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !backupName.MatchString(e.Name()) {
			continue
		}
		out = append(out, backupFile{e.Name(), f.link("/system/backup/" + e.Name()), f.Value((info.Size() + 1023) >> 10), f.moment(info.ModTime())})
	}
	return out, nil
}

// madeBackup is what a backup came to.
type madeBackup struct {
	store.Tally
	name string
}

// makeBackup backs the store up in the background, while others work.
func (s *site) makeBackup(f *frame, w http.ResponseWriter, r *http.Request) error {
	if s.Backups == nil {
		return errNotFound
	}
	note := f.noteOf("backup.make")
	name := "tongchou-" + s.Now().Format("20060102-150405") + ".backup"
	f.startWork(w, r, backingUp, fault.Msg("web.backup.making"), func(ctx context.Context, b *job) (any, error) {
		if err := os.MkdirAll(s.Backups.Dir, 0o700); err != nil {
			return nil, fault.Wrap(err, "store.backup")
		}
		tally, err := s.Store.BackupFile(ctx, filepath.Join(s.Backups.Dir, name), s.Backups.Key, func(far store.Tally, tables int) {
			b.say(fault.Msg("web.backup.far", "rows", far.Rows, "done", far.Tables, "tables", tables), int64(far.Tables), int64(tables))
		})
		if err != nil {
			return nil, err
		}
		return madeBackup{tally, name}, note(ctx, []office.Field{{Name: "file", Value: name}, {Name: "rows", Value: strconv.FormatInt(tally.Rows, 10)}})
	})
	return nil
}

// backupDownload gives a backup away: it is encrypted, and the key is not here.
func (s *site) backupDownload(f *frame, w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	if s.Backups == nil || !backupName.MatchString(name) {
		return errNotFound
	}
	root, err := os.OpenRoot(s.Backups.Dir)
	if err != nil {
		return errNotFound
	}
	defer root.Close() // only read from
	file, err := root.Open(name)
	if err != nil {
		return errNotFound
	}
	defer file.Close() // only read from
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return errNotFound
	}
	if err := f.noteOf("backup.download")(r.Context(), []office.Field{{Name: "file", Value: name}}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+strings.ReplaceAll(name, `"`, "")+`"`)
	http.ServeContent(w, r, name, info.ModTime(), file)
	return nil
}
