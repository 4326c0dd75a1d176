package canon

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// What was written is read back, and a form that lost or gained bytes is not whole.
func TestForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, n, yes := rapid.String().Draw(t, "text"), rapid.Int64().Draw(t, "number"), rapid.Bool().Draw(t, "flag")
		var w Writer
		w.Text(text)
		w.Number(n)
		w.Flag(yes)
		read := func(form []byte) (bool, *Reader) {
			r := NewReader(form)
			return r.Text() == text && r.Number() == n && r.Flag() == yes, r
		}
		if same, r := read(w); !same || !r.Whole() {
			t.Fatalf("%q was not read back", w)
		}
		if _, r := read(w[:rapid.IntRange(0, len(w)-1).Draw(t, "cut")]); r.Whole() {
			t.Fatal("a cut form is whole")
		}
		if _, r := read(append(bytes.Clone(w), '0')); r.Whole() {
			t.Fatal("a longer form is whole")
		}
	})
	for _, form := range []string{"", "1", "01:a,", "1:ab,", "2:a,", "1:a;", "9999999999:a,", "-1:a,"} {
		if r := NewReader([]byte(form)); r.Text() != "" || r.Sound() {
			t.Errorf("%q was read as a text", form)
		}
	}
	for _, form := range []string{"2:01,", "1:+,", "2:+1,", "0:,", "1:a,"} {
		r := NewReader([]byte(form))
		if r.Number(); r.Sound() {
			t.Errorf("%q was read as a number", form)
		}
	}
	r := NewReader([]byte("1:2,"))
	if r.Flag(); r.Sound() {
		t.Error("2 was read as a flag")
	}
}

// No bytes make the reader fail, and what it reads whole is what a writer would write.
func FuzzReader(f *testing.F) {
	f.Add([]byte("1:a,2:10,1:1,"))
	f.Fuzz(func(t *testing.T, form []byte) {
		r := NewReader(form)
		text, n, yes := r.Text(), r.Number(), r.Flag()
		var w Writer
		w.Text(text)
		w.Number(n)
		w.Flag(yes)
		if r.Whole() && !bytes.Equal(w, form) {
			t.Errorf("%q was read, and is written %q", form, w)
		}
	})
}
