package office_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/locale"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

func record(why string) office.Record {
	return office.Record{At: noon.Add(123456 * time.Microsecond), Who: "u1", Department: office.Finance, From: "10.0.0.1", Action: "document.sign",
		Object: office.Object{Kind: "pool_run", ID: "D1"}, Before: []office.Field{{Name: "state", Value: "waiting"}},
		After: []office.Field{{Name: "state", Value: "approved"}, {Name: "password", Value: "hunter2"}}, Why: why}
}

// chain makes a chain of n entries.
func chain(code region.Code, n int) []office.Entry {
	head, out := office.Head{Chain: code}, []office.Entry(nil)
	for i := range n {
		e := office.Link(head, record(fmt.Sprint("原因", i)))
		head, out = e.Head(), append(out, e)
	}
	return out
}

func stream(entries ...office.Entry) iter.Seq2[office.Entry, error] {
	return func(yield func(office.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// The form never changes: these bytes were written once and must be read for ever.
func TestCanonicalFormIsFixed(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	e := office.Link(office.Head{Chain: "510100"}, record("因"))
	want := "\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x06510100\x00\x00\x01\xa2\x08\x46\xfe\x7b" +
		"\x00\x00\x00\x02u1\x00\x00\x00\x07finance\x00\x00\x00\x0810.0.0.1\x00\x00\x00\x0ddocument.sign\x00\x00\x00\x08pool_run\x00\x00\x00\x02D1" +
		"\x00\x00\x00\x01\x00\x00\x00\x05state\x00\x00\x00\x07waiting" +
		"\x00\x00\x00\x02\x00\x00\x00\x05state\x00\x00\x00\x08approved\x00\x00\x00\x08password\x00\x00\x00\x03[-]" +
		"\x00\x00\x00\x03因\x00\x00\x00\x20" + strings.Repeat("\x00", 32)
	if got := string(e.Canonical()); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if e.At.Location() != time.UTC || e.At.Nanosecond() != 123_000_000 || e.Seq != 1 || e.Chain != "510100" {
		t.Errorf("%+v", e)
	}
	if got, want := e.Hash.String(), "82a5231b5509f16ceb3e36695092945bd14d6e31582bd80c95d57f207dd9f2b7"; got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}

func TestVerifyNamesTheFirstBrokenEntry(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	t.Attr("clause", "YA-4.10.3")
	city := chain("510100", 6)
	province := chain("510000", 3)
	for _, at := range []int{1, 3} {
		province = append(province, office.Link(province[len(province)-1].Head(), office.Anchor(city[at].Head(), noon)))
	}
	forged := slices.Clone(city[:2])
	for _, why := range []string{"a", "b", "c", "d"} {
		forged = append(forged, office.Link(forged[len(forged)-1].Head(), record(why)))
	}
	changed := slices.Clone(city)
	changed[2].Why = "另"
	swapped := slices.Clone(city)
	swapped[2], swapped[3] = swapped[3], swapped[2]
	rehashed := slices.Clone(city)
	rehashed[2].Why = "另"
	rehashed[2].Hash = office.DigestOf(rehashed[2].Canonical())
	falseAnchor := office.Link(province[len(province)-1].Head(), office.Record{Action: office.AnchorAction, At: noon})
	selfAnchor := office.Link(province[len(province)-1].Head(), office.Anchor(province[0].Head(), noon))
	for _, c := range []struct {
		name  string
		in    [][]office.Entry
		known []office.Head
		want  string
	}{
		{"whole", [][]office.Entry{province, city}, nil, ""},
		{"nothing", nil, nil, ""},
		{"known", [][]office.Entry{province, city}, []office.Head{city[5].Head(), {Chain: "510300"}}, ""},
		{"changed", [][]office.Entry{province, changed}, nil, "成都市审计链第 3 条被改动：内容与摘要不符"},
		{"gap", [][]office.Entry{province, city[:2], city[3:]}, nil, "成都市审计链第 4 条之前缺少条目"},
		{"first missing", [][]office.Entry{city[1:]}, nil, "成都市审计链第 2 条之前缺少条目"},
		{"swapped", [][]office.Entry{swapped}, nil, "成都市审计链第 4 条之前缺少条目"},
		{"twice", [][]office.Entry{city[:2], city[1:]}, nil, "成都市审计链第 2 条与前一条不衔接"},
		{"rehashed", [][]office.Entry{rehashed}, nil, "成都市审计链第 4 条与前一条不衔接"},
		{"forged", [][]office.Entry{forged}, nil, ""},
		{"forged, anchored", [][]office.Entry{province, forged}, nil, "成都市审计链第 4 条与锚定值不符"},
		{"cut", [][]office.Entry{province, city[:3]}, nil, "成都市审计链在第 4 条之前中断：已锚定的条目缺失"},
		{"cut after the anchor", [][]office.Entry{province, city[:5]}, []office.Head{city[5].Head()}, "成都市审计链在第 6 条之前中断：已锚定的条目缺失"},
		{"two words", [][]office.Entry{province}, []office.Head{city[5].Head(), forged[5].Head()}, "成都市审计链第 6 条与锚定值不符"},
		{"false anchor", [][]office.Entry{province, {falseAnchor}}, nil, "四川省本级审计链第 6 条与锚定值不符"},
		{"own anchor", [][]office.Entry{province, {selfAnchor}}, nil, "四川省本级审计链第 6 条与锚定值不符"},
		{"too late", [][]office.Entry{city, province}, nil, "锚定成都市审计链第 2 条的条目来得太晚；应先核验省级审计链"},
	} {
		err := office.Verify(stream(slices.Concat(c.in...)...), c.known...)
		got := ""
		if err != nil {
			got = says(t, locale.ZH, err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	lost := errors.New("disk")
	failing := func(yield func(office.Entry, error) bool) { _ = yield(city[0], nil) && yield(office.Entry{}, lost) }
	if err := office.Verify(failing); !errors.Is(err, lost) {
		t.Errorf("an error of the source: %v", err)
	}
}

// A second anchor of the same head, and an anchor of the head that just passed, are sound.
func TestAnchorsOfTheHead(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	city := chain("510100", 2)
	first := office.Link(office.Head{Chain: "510000"}, office.Anchor(city[1].Head(), noon))
	second := office.Link(first.Head(), office.Anchor(city[1].Head(), noon))
	if err := office.Verify(stream(city[0], city[1], first, second)); err != nil {
		t.Error(err)
	}
}

func drawFields(t *rapid.T, name string) []office.Field {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) office.Field {
		return office.Field{Name: rapid.String().Draw(t, "name"), Value: rapid.String().Draw(t, "value")}
	}), 0, 3).Draw(t, name)
}

// Any bit flipped in an entry is found, wherever it is: in what it says, in its place, in the hashes.
func TestAnyFlippedBitIsFound(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	rapid.Check(t, func(t *rapid.T) {
		head, entries := office.Head{Chain: "510100"}, []office.Entry(nil)
		for range rapid.IntRange(1, 4).Draw(t, "entries") {
			r := record(rapid.String().Draw(t, "why"))
			r.At = time.UnixMilli(rapid.Int64Range(-1<<40, 1<<42).Draw(t, "at"))
			r.Who, r.Before, r.After = office.UserID(rapid.String().Draw(t, "who")), drawFields(t, "before"), drawFields(t, "after")
			e := office.Link(head, r)
			head, entries = e.Head(), append(entries, e)
		}
		if err := office.Verify(stream(entries...)); err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, len(entries)-1).Draw(t, "entry")
		canonical := entries[at].Canonical()
		back, err := office.Decode(canonical)
		if err != nil || !back.Equal(entries[at]) || !back.At.Equal(entries[at].At) {
			t.Fatalf("%+v, %v", back, err)
		}
		bit := rapid.IntRange(0, len(canonical)*8+255).Draw(t, "bit")
		if hash := bit - len(canonical)*8; hash >= 0 {
			entries[at].Hash[hash/8] ^= 1 << (hash % 8)
		} else {
			canonical[bit/8] ^= 1 << (bit % 8)
			flipped, err := office.Decode(canonical)
			if err != nil {
				return
			}
			flipped.Hash = entries[at].Hash
			entries[at] = flipped
		}
		if err := office.Verify(stream(entries...)); !errors.As(err, new(*office.Broken)) {
			t.Fatalf("bit %d of entry %d: %v", bit, at, err)
		}
	})
}

// What can be decoded is canonical: it is written in the same bytes again.
func FuzzDecode(f *testing.F) {
	for _, e := range chain("510000", 2) {
		f.Add(e.Canonical())
	}
	anchor := office.Link(office.Head{Chain: "510000"}, office.Anchor(office.Head{Chain: "510100", Seq: 7}, noon))
	f.Add(anchor.Canonical())
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Add([]byte{2, 0})
	f.Fuzz(func(t *testing.T, canonical []byte) {
		e, err := office.Decode(canonical)
		if err != nil {
			return
		}
		if !bytes.Equal(e.Canonical(), canonical) {
			t.Errorf("%q became %q", canonical, e.Canonical())
		}
		if e.Hash != office.DigestOf(canonical) {
			t.Error("another hash")
		}
	})
}

func TestDecodeErrors(t *testing.T) {
	whole := chain("510100", 1)[0].Canonical()
	text := bytes.Replace(slices.Clone(whole), []byte("u1"), []byte("u\xff"), 1)
	short := bytes.Clone(whole[:len(whole)-33])
	short = append(append(short, 31), whole[len(whole)-31:]...)
	many := bytes.Replace(slices.Clone(whole), []byte("\x00\x00\x00\x01\x00\x00\x00\x05state"), []byte("\xff\xff\xff\xff\x00\x00\x00\x05state"), 1)
	for _, c := range []struct {
		in   []byte
		want error
	}{
		{nil, office.ErrTruncated}, {[]byte{9}, office.ErrVersion}, {whole[:20], office.ErrTruncated}, {whole[:len(whole)-1], office.ErrTruncated},
		{append(slices.Clone(whole), 0), office.ErrTrailing}, {text, office.ErrText}, {short, office.ErrText}, {many, office.ErrTruncated},
	} {
		if _, err := office.Decode(c.in); !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.in, err, c.want)
		}
	}
}

func TestMasks(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	for name, want := range map[string]string{"": "", "张": "*", "李四": "李*", "张三明": "张*明", "欧阳某某": "欧**某", "阿依·古丽": "阿***丽"} {
		if got := office.MaskName(name); got != want || office.MaskName(got) != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	for number, want := range map[string]string{
		"510000190001011234": "510***********1234", "510000000101123": "510********1123", "10000000000": "100****0000", "E12345678": "*********", "": "",
	} {
		if got := office.MaskNumber(number); got != want || office.MaskNumber(got) != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
}

// Secrets never get into the log, whatever they are called and however the record comes there.
func TestSecretsStayOut(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	in := []office.Field{
		{Name: "password", Value: "S1"}, {Name: "New-Password", Value: "S2"}, {Name: "api_key", Value: "S3"}, {Name: "oidc.client_secret", Value: "S4"},
		{Name: "TOKEN", Value: "S5"}, {Name: "session", Value: "S6"}, {Name: "store.dsn", Value: "S7"}, {Name: "certno", Value: "999999190001011234"},
		{Name: "patient_name", Value: "测试甲"}, {Name: "contact.phone", Value: "10000000000"}, {Name: "idempotency_key", Value: "k1"},
		{Name: "division_code", Value: "510100"}, {Name: "secret", Value: ""}, {Name: "bad\xff", Value: "\xff"},
	}
	var got []string
	e := office.Link(office.Head{Chain: "510100"}, office.Record{At: noon, After: in, Before: in})
	for _, f := range e.After {
		got = append(got, f.Value)
	}
	want := []string{"[-]", "[-]", "[-]", "[-]", "[-]", "[-]", "[-]", "999***********1234", "测*甲", "100****0000", "k1", "510100", "", "\ufffd"}
	if !slices.Equal(got, want) || !slices.Equal(e.Before, e.After) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if in[0].Value != "S1" {
		t.Error("the record given was changed")
	}
	if bytes.Contains(e.Canonical(), []byte("S1")) || !slices.Equal(office.Redact(e.After), e.After) {
		t.Error("a secret stayed, or taking out twice is not taking out once")
	}
}

func TestDigestText(t *testing.T) {
	d := office.DigestOf([]byte("abc"))
	// The example of GB/T 32905-2016, annex A.1.
	if want := "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"; d.String() != want || d.Short() != want[:12] {
		t.Errorf("SM3 of abc is %s", d)
	}
	var back office.Digest
	text, _ := d.MarshalText()
	if err := back.UnmarshalText(text); err != nil || back != d {
		t.Errorf("%s, %v", back, err)
	}
	for _, bad := range []string{"", "00", strings.ToUpper(d.String()), d.String()[:63] + "g", d.String() + "00"} {
		if _, err := office.ParseDigest(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
