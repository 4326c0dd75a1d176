package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Names inside a data directory.
const (
	settingsFile = "tongchou.yaml"
	lockFile     = ".lock"
	tempSuffix   = ".tmp"
)

// Settings (目录设置) say what a data directory is about.
type Settings struct {
	Policy string      `yaml:"policy"`
	Title  policy.Text `yaml:"title"`
	// Synthetic labels everything in the directory as made up.
	Synthetic bool        `yaml:"synthetic"`
	Note      policy.Text `yaml:"note"`
}

// Folder (数据目录) is a directory with the figures of one province, a canonical CSV file for each kind.
type Folder struct {
	dir      string
	settings Settings
}

// CreateFolder makes a data directory. It refuses a directory that is not empty.
func CreateFolder(dir string, s Settings) (*Folder, error) {
	if s.Policy == "" {
		return nil, fault.Refuse(fault.Problem{File: settingsFile, Column: "policy", Message: fault.Msg("exchange.folder.no_policy")})
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fault.Wrap(err, "exchange.folder.unwritable", "folder", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fault.Wrap(err, "exchange.folder.unreadable", "folder", dir)
	}
	if len(entries) > 0 {
		return nil, fault.Refuse(fault.Problem{File: dir, Message: fault.Msg("exchange.folder.not_empty", "folder", dir)})
	}
	content, err := yaml.Marshal(s)
	if err != nil {
		return nil, fault.Wrap(err, "exchange.folder.unwritable", "folder", dir)
	}
	f := &Folder{dir: dir, settings: s}
	return f, f.replace(settingsFile, content)
}

// OpenFolder opens a data directory. Its settings are read strictly: an unknown key is refused with its line.
func OpenFolder(dir string) (*Folder, error) {
	content, err := os.ReadFile(filepath.Join(dir, settingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Refuse(fault.Problem{File: dir, Message: fault.Msg("exchange.folder.none", "folder", dir, "file", settingsFile)})
	}
	if err != nil {
		return nil, fault.Wrap(err, "exchange.folder.unreadable", "folder", dir)
	}
	f := &Folder{dir: dir}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f.settings); err != nil && !errors.Is(err, io.EOF) {
		return nil, fault.Refuse(settingsProblem(err))
	}
	if !errors.Is(decoder.Decode(new(yaml.Node)), io.EOF) {
		return nil, fault.Refuse(settingsProblem(errors.New("more than one document")))
	}
	if f.settings.Policy == "" {
		return nil, fault.Refuse(fault.Problem{File: settingsFile, Column: "policy", Message: fault.Msg("exchange.folder.no_policy")})
	}
	return f, nil
}

// settingsProblem takes the line out of a message of the YAML library.
func settingsProblem(err error) fault.Problem {
	detail := strings.TrimPrefix(err.Error(), "yaml: ")
	detail = strings.TrimSpace(strings.TrimPrefix(detail, "unmarshal errors:"))
	row := 0
	if n, _ := fmt.Sscanf(detail, "line %d:", &row); n == 1 {
		_, detail, _ = strings.Cut(detail, ":")
	}
	return fault.Problem{File: settingsFile, Row: row, Message: fault.Msg("policy.yaml", "detail", strings.TrimSpace(detail))}
}

// Settings are what the directory was made for.
func (f *Folder) Settings() Settings { return f.settings }

// fileName is the file a kind is kept in.
func fileName(kind Kind) string { return string(kind) + ".csv" }

// stored reads the file of a kind; nil when there is none yet. Messages call it by its name in the directory.
func (f *Folder) stored(kind Kind) (*Input, error) {
	content, err := os.ReadFile(filepath.Join(f.dir, fileName(kind)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, "exchange.folder.unreadable", "folder", f.dir)
	}
	return &Input{Name: fileName(kind), Content: content}, nil
}

// Load reads everything in the directory; a kind that has no file has no rows. Each file is as one import left it.
func (f *Folder) Load() (Loaded, error) {
	var files Files
	for kind, into := range map[Kind]**Input{Statements: &files.Statements, Factors: &files.Factors, Openings: &files.Openings, AgeGroups: &files.AgeGroups} {
		in, err := f.stored(kind)
		if err != nil {
			return Loaded{}, err
		}
		*into = in
	}
	loaded, err := Load(files)
	loaded.Synthetic = loaded.Synthetic || f.settings.Synthetic
	return loaded, err
}

// Version is a stamp that changes whenever a file of the directory does; it does not read the files.
func (f *Folder) Version() string {
	var b strings.Builder
	names := []string{settingsFile}
	for _, kind := range Kinds() {
		names = append(names, fileName(kind))
	}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(f.dir, name))
		if err != nil {
			fmt.Fprintf(&b, "%s -\n", name)
			continue
		}
		fmt.Fprintf(&b, "%s %d %d %s\n", name, info.Size(), info.ModTime().UnixNano(), identity(info))
	}
	return digest([]byte(b.String()))
}

// Report (导入结果) counts what an import did with its rows.
type Report struct{ Added, Replaced, Unchanged int }

// Import merges a file into the directory by the key of its rows: year, division and insurance type, with the group of
// an age group; insurance type and fund of an opening balance. A row that is there already with other figures is
// refused, with each figure, unless replace is set. All of the file is taken over, or nothing. Imports that run at once
// wait for each other.
func (f *Folder) Import(kind Kind, in Input, replace bool) (Report, error) {
	return one(f.take(kind, []Input{in}, taking{replace: replace}))
}

// ImportWithin merges a file as Import does, and refuses rows of divisions that are not within, when that is set: whoever reports for one place
// changes nothing of another, and learns nothing of it.
//
// 依据: SC38-1.1
func (f *Folder) ImportWithin(within func(region.Code) bool, kind Kind, in Input, replace bool) (Report, error) {
	return one(f.take(kind, []Input{in}, taking{replace: replace, within: within}))
}

func one(reports []Report, err error) (Report, error) {
	if err != nil {
		return Report{}, err
	}
	return reports[0], nil
}

// ImportAll merges files as Import does, one after the other, with a report of each: all of all files is taken over, or
// nothing. Files that differ from each other are refused, with replace too.
func (f *Folder) ImportAll(kind Kind, ins []Input, replace bool) ([]Report, error) {
	return f.take(kind, ins, taking{replace: replace})
}

func (f *Folder) take(kind Kind, ins []Input, how taking) ([]Report, error) {
	format, ok := formats()[kind]
	if !ok {
		return nil, fault.New(fault.Usage, "exchange.unknown_kind", "value", string(kind), "expected", kindNames())
	}
	var err error
	if how.words, err = vocabulary(); err != nil {
		return nil, err
	}
	unlock, err := lock(filepath.Join(f.dir, lockFile))
	if err != nil {
		return nil, fault.Wrap(err, "exchange.folder.unwritable", "folder", f.dir)
	}
	defer unlock()
	stored, err := f.stored(kind)
	if err != nil {
		return nil, err
	}
	if len(ins) > 1 {
		if _, _, err := merged(format, nil, ins, taking{words: how.words, within: how.within}); err != nil {
			return nil, between(err)
		}
	}
	content, reports, err := merged(format, stored, ins, how)
	if err != nil || stored != nil && bytes.Equal(stored.Content, content) {
		return reports, err
	}
	if err := f.replace(fileName(kind), content); err != nil {
		return nil, err
	}
	return reports, nil
}

// merged takes files into what is stored, one after the other. Errors: a fault.Refusal with the problems of all of them.
func merged(format format, stored *Input, ins []Input, how taking) ([]byte, []Report, error) {
	var problems fault.List
	var reports []Report
	for _, in := range ins {
		content, report, err := format.merge(stored, in, how)
		var refusal *fault.Refusal
		switch {
		case errors.As(err, &refusal):
			for _, p := range refusal.Problems {
				problems.Add(p)
			}
			continue
		case err != nil:
			return nil, nil, err
		}
		stored = &Input{Name: in.Name, Content: content}
		reports = append(reports, report)
	}
	if err := problems.Err(); err != nil {
		return nil, nil, err
	}
	return stored.Content, reports, nil
}

// between words what differs as differing from another file of the same import, nothing being stored yet.
func between(err error) error {
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		for i, p := range refusal.Problems {
			if p.Key == "exchange.differs" {
				refusal.Problems[i].Key = "exchange.differs.between"
			}
		}
	}
	return err
}

func kindNames() []string {
	var names []string
	for _, kind := range Kinds() {
		names = append(names, string(kind))
	}
	return names
}

// replace puts a file in the place of another in one step: whoever reads, and whatever dies when, there is the old file
// or the new one.
func (f *Folder) replace(name string, content []byte) error {
	path := filepath.Join(f.dir, name)
	err := writeSynced(path+tempSuffix, content)
	if err == nil {
		err = os.Rename(path+tempSuffix, path)
	}
	if err == nil {
		err = syncDir(f.dir)
	}
	if err != nil {
		return fault.Wrap(err, "exchange.folder.unwritable", "folder", f.dir)
	}
	return nil
}

func writeSynced(path string, content []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
