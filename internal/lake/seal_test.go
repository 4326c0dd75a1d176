package lake

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
)

var sealKey = bytes.Repeat([]byte{7, 42}, SealKeyBytes/2)

// A sealed store says the same as an open one, and nothing to who has no key.
func TestSealed(t *testing.T) {
	source := writeClaims(t, 40_000, 1)
	content, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	content = append(content, strings.Replace(strings.SplitN(string(content), "\n", 3)[1], "310", "999", 1)+"\n"...)
	if err := os.WriteFile(source, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var both [2]string
	var dir string
	for i, key := range [][]byte{nil, sealKey} {
		dir = t.TempDir()
		l := openSealed(t, dir, key)
		report, err := l.Import(t.Context(), source, ImportOptions{})
		if err != nil || report.Rejected == 0 {
			t.Fatalf("%+v %v", report.Import, err)
		}
		if err := l.Verify(); err != nil {
			t.Fatal(err)
		}
		s, err := l.Session(t.Context(), 2025, Final)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f, err := DrawFactors(t.Context(), s.conn, 2025, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		both[i] = string(text)
		rejects, err := l.Rejects(report.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(rejects)
		rejects.Close()
		if err != nil || !bytes.HasPrefix(got, []byte("row,column,reason")) {
			t.Errorf("rejects %.40q %v", got, err)
		}
	}
	if both[0] != both[1] {
		t.Errorf("factors differ:\n%s\n%s", both[0], both[1])
	}
	for _, file := range filesOf(t, dir) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if name := filepath.Base(file); name == manifestFile || name == lockFile {
			continue
		}
		for _, plain := range []string{"510104", "I10.x00", "setl_id", "medfee_sumamt", "claims"} {
			if bytes.Contains(text, []byte(plain)) {
				t.Errorf("%s has %q in it", file, plain)
			}
		}
	}
	for key, want := range map[string]string{"": "lake.seal_key.missing", strings.Repeat("x", SealKeyBytes): "lake.seal_key.other", "short": "lake.seal_key.length"} {
		l, err := Open(Options{Dir: dir, SealKey: []byte(key)})
		if err == nil {
			defer l.Close()
			_, err = l.Session(t.Context(), 2025, Final)
		}
		if !isFault(err, want) {
			t.Errorf("key %q: %v, want %s", key, err, want)
		}
	}
}

// Without the key that sealed it the pseudonyms' key stays shut, so that no import mixes pseudonyms.
func TestSealedImportNeedsTheKey(t *testing.T) {
	dir := t.TempDir()
	l := openSealed(t, dir, sealKey)
	if _, err := l.Import(t.Context(), writeClaims(t, 100, 1), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	bare := openLake(t, dir)
	if _, err := bare.Import(t.Context(), writeClaims(t, 100, 2), ImportOptions{}); !isFault(err, "lake.seal_key.needed") {
		t.Error(err)
	}
}

// A store that gets a key later reads both kinds of files together.
func TestSealedLater(t *testing.T) {
	dir := t.TempDir()
	if _, err := openLake(t, dir).Import(t.Context(), writeClaims(t, 1000, 1), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	l := openSealed(t, dir, sealKey)
	if _, err := l.Import(t.Context(), writeClaims(t, 1000, 2), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var rows int64
	if err := s.conn.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM claims WHERE medfee_sumamt IS NOT NULL").Scan(&rows); err != nil || rows != 2000 {
		t.Error(rows, err)
	}
}

// No byte of an envelope can be changed, and no piece cut off or moved, unseen.
func TestEnvelope(t *testing.T) {
	aead, err := newSealing(sealKey)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		plain := bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "plain"), rapid.SampledFrom([]int{0, 1, 656, 3000}).Draw(t, "times"))
		var b bytes.Buffer
		e, err := newEnvelope(&b, aead)
		if err != nil {
			t.Fatal(err)
		}
		e.Write(plain)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		read := func(content []byte) ([]byte, error) {
			in, err := openEnvelope(bytes.NewReader(content), aead)
			if err != nil {
				return nil, err
			}
			return io.ReadAll(in)
		}
		if got, err := read(b.Bytes()); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes came back as %d: %v", len(plain), len(got), err)
		}
		at := rapid.IntRange(0, b.Len()-1).Draw(t, "at")
		if _, err := read(b.Bytes()[:at]); err == nil {
			t.Fatalf("cut at %d of %d unseen", at, b.Len())
		}
		changed := bytes.Clone(b.Bytes())
		changed[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		if _, err := read(changed); err == nil {
			t.Fatalf("changed at %d of %d unseen", at, b.Len())
		}
	})
}

// openSealed opens a store with a key, or skips the test when there is no engine.
func openSealed(t *testing.T, dir string, key []byte) *Lake {
	t.Helper()
	l, err := Open(Options{Dir: dir, SealKey: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	if _, err := l.engine(t.Context()); err != nil {
		t.Skipf("needs DuckDB: %v", err)
	}
	return l
}

func isFault(err error, key string) bool {
	f, ok := err.(*fault.Error)
	return ok && f.Key == key
}

func filesOf(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	if err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			out = append(out, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}
