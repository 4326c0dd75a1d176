package store

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
)

func sealed(t testing.TB, content []byte, key BackupKey) []byte {
	t.Helper()
	var out bytes.Buffer
	s, err := newSealer(&out, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func opened(content []byte, key BackupKey) ([]byte, error) {
	o, err := newOpener(bytes.NewReader(content), key)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(o)
}

func TestSealedComesBack(t *testing.T) {
	key := BackupKey{1}
	for _, size := range []int{0, 1, pieceSize - 1, pieceSize, pieceSize + 1, 3*pieceSize + 7} {
		content := bytes.Repeat([]byte("tongchou"), size/8+1)[:size]
		out := sealed(t, content, key)
		if got, err := opened(out, key); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: %v", size, err)
		}
		if size > 8 && bytes.Contains(out, []byte("tongchou"+"tongchou")) {
			t.Errorf("%d bytes: readable", size)
		}
		if _, err := opened(out, BackupKey{2}); !errors.Is(err, errBroken) {
			t.Errorf("%d bytes, another key: %v", size, err)
		}
	}
	if bytes.Equal(sealed(t, []byte("x"), key), sealed(t, []byte("x"), key)) {
		t.Error("the same content gives the same bytes")
	}
}

// Pieces that are cut off, left out, moved, repeated or taken from another stream are refused.
func TestSealedPiecesStayInPlace(t *testing.T) {
	key := BackupKey{1}
	content := bytes.Repeat([]byte{7}, 2*pieceSize+100)
	out, other := sealed(t, content, key), sealed(t, content, key)
	head := len(sealMagic) + saltSize
	piece := 4 + pieceSize + tagSize
	one, two, three := out[head:head+piece], out[head+piece:head+2*piece], out[head+2*piece:]
	join := func(parts ...[]byte) []byte { return bytes.Join(append([][]byte{out[:head]}, parts...), nil) }
	for name, bad := range map[string][]byte{
		"last cut off": join(one, two), "first left out": join(two, three), "middle left out": join(one, three), "swapped": join(two, one, three),
		"repeated": join(one, one, three), "nothing": join(), "goes on": join(one, two, three, []byte{0}), "goes on with a piece": join(one, two, three, three),
		"another stream's": join(one, other[head+piece:head+2*piece], three), "no head": out[head:], "empty": nil,
	} {
		if _, err := opened(bad, key); !errors.Is(err, errBroken) && !errors.Is(err, errNotSealed) || fault.KindOf(err) != fault.Refused {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := opened(join(one, two, three), key); err != nil {
		t.Error(err)
	}
}

// Whatever bit is turned and wherever the stream is cut, it is refused.
func TestSealedNoticesEveryChange(t *testing.T) {
	key := BackupKey{1}
	out := sealed(t, bytes.Repeat([]byte("x"), 3000), key)
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(out)
		if rapid.Bool().Draw(t, "cut") {
			bad = bad[:rapid.IntRange(0, len(bad)-1).Draw(t, "length")]
		} else {
			bad[rapid.IntRange(0, len(bad)-1).Draw(t, "place")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
		if got, err := opened(bad, key); err == nil || len(got) > 0 {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte(sealMagic))
	f.Add(sealed(f, []byte("x"), BackupKey{1}))
	f.Fuzz(func(t *testing.T, content []byte) {
		if got, err := opened(content, BackupKey{2}); err == nil || len(got) > 0 {
			t.Fatalf("%d bytes of nobody's, %v", len(got), err)
		}
	})
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if _, err := ReadKeyFile(path); faultKey(err) != "store.no_key_file" {
		t.Error(err)
	}
	made, err := NewKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := ReadKeyFile(path); err != nil || read != made || made == (BackupKey{}) {
		t.Error(err)
	}
	if _, err := NewKeyFile(path); faultKey(err) != "store.key_file" {
		t.Errorf("replaced a key: %v", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKeyFile(path); faultKey(err) != "store.key_open" {
		t.Error(err)
	}
	for _, text := range []string{"", "xyz", "00", string(bytes.Repeat([]byte("0"), 34))} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chmod(path, 0o600)
		if _, err := ReadKeyFile(path); faultKey(err) != "store.key_form" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func faultKey(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Key
	}
	return ""
}
