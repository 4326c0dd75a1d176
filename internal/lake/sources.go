package lake

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"tongchou/internal/fault"
)

// sourcesFile stands beside the manifest.
const sourcesFile = "sources.json"

// sourcesVersion is the form of the file this program writes and reads.
const sourcesVersion = 1

// longestSource is how many characters the name of a source may have.
const longestSource = 64

// Source (数据来源) is where files of one kind come from, with the mapping that the last import under its name saved.
type Source struct {
	Name    string  `json:"name"`
	Mapping Mapping `json:"mapping"`
	Import  string  `json:"import"` // that saved it
	At      string  `json:"at"`
}

// sources is the file.
type sources struct {
	Version int      `json:"version"`
	Sources []Source `json:"sources"`
}

// Sources lists the sources that have a mapping, by name.
func (l *Lake) Sources() ([]Source, error) {
	content, err := l.keeping.document(context.Background(), sourcesFile)
	if err != nil {
		return nil, l.failure(err, "lake.sources", "dir", l.Place())
	}
	all, err := readSources(content)
	return all, l.failure(err, "lake.sources", "dir", l.Place())
}

func readSources(content []byte) ([]Source, error) {
	all := sources{Version: sourcesVersion}
	if content == nil {
		return nil, nil
	}
	if err := json.Unmarshal(content, &all); err != nil {
		return nil, err
	}
	if all.Version != sourcesVersion {
		return nil, fault.New(fault.Refused, "lake.version", "version", all.Version, "known", sourcesVersion)
	}
	return all.Sources, nil
}

// checkSourceName refuses a name that is no word: letters of any script, digits, and - _ . between them.
func checkSourceName(name string) error {
	for i, c := range []rune(name) {
		if i >= longestSource || !unicode.IsLetter(c) && !unicode.IsDigit(c) && (i == 0 || !strings.ContainsRune("-_.", c)) {
			return fault.New(fault.Usage, "lake.source.name", "value", brief(name), "most", longestSource)
		}
	}
	return nil
}

// choose finds the mapping of the import: its own, or else the one saved for its source.
func (in *intake) choose() error {
	if in.options.Mapping != nil {
		in.mapping = *in.options.Mapping
		return nil
	}
	all, err := in.lake.Sources()
	if i := slices.IndexFunc(all, func(s Source) bool { return s.Name == in.options.Source }); i >= 0 {
		in.mapping = all[i].Mapping
	}
	return err
}

// remember saves the mapping of the import for its source. The import itself is in by now.
func (in *intake) remember() error {
	if in.options.Mapping == nil || in.options.Source == "" || in.report.Again {
		return nil
	}
	l, s := in.lake, Source{in.options.Source, *in.options.Mapping, in.report.ID, in.lake.options.Now().UTC().Format(time.RFC3339)}
	err := l.keeping.amend(context.Background(), sourcesFile, true, func(_ Manifest, content []byte) ([]byte, error) {
		all, err := readSources(content)
		if err != nil {
			return nil, err
		}
		at, known := slices.BinarySearchFunc(all, s.Name, func(s Source, name string) int { return strings.Compare(s.Name, name) })
		if known {
			all[at] = s
		} else {
			all = slices.Insert(all, at, s)
		}
		return json.MarshalIndent(sources{sourcesVersion, all}, "", " ")
	})
	return l.failure(err, "lake.source.unsaved", "import", s.Import, "source", s.Name)
}
