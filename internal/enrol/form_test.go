package enrol

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

func drawSpell(t *rapid.T) Spell { return Spell{drawDay(t), drawDay(t)} }

func drawDay(t *rapid.T) policy.Date {
	return dayOf(rapid.Int32Range(0, int32(lastDay)).Draw(t, "day"))
}

func drawShares(t *rapid.T) (shares Shares) {
	for payer := range shares {
		if rapid.Bool().Draw(t, "bears") {
			shares[payer] = money.Fen(rapid.Int64().Draw(t, "share"))
		}
	}
	return shares
}

func drawFact(t *rapid.T) Fact {
	text := func() string { return rapid.String().Draw(t, "text") }
	year := func() policy.Year { return policy.Year(rapid.IntRange(1990, 2100).Draw(t, "year")) }
	fen := func() money.Fen { return money.Fen(rapid.Int64().Draw(t, "fen")) }
	count := func() int { return rapid.IntRange(0, 1000).Draw(t, "count") }
	return []func() Fact{
		func() Fact {
			return Known{Identity{Document{DocumentKind(text()), text()}, text(), Sex(text()), drawDay(t)}}
		},
		func() Fact { return Registered{drawDay(t), Place(text())} },
		func() Fact { return Lives{drawDay(t), Place(text())} },
		func() Fact { return Belongs{Group(text()), drawSpell(t)} },
		func() Fact { return Attached{Unit(text()), text(), text(), text(), drawSpell(t)} },
		func() Fact { return Covered{region.Code(text()), Way(text()), drawSpell(t)} },
		func() Fact {
			return Paid{region.Code(text()), Way(text()), year(), drawSpell(t), drawDay(t), fen(), drawShares(t), count()}
		},
		func() Fact { return Refunded{count(), drawDay(t)} },
		func() Fact { return Used{year(), fen(), fen()} },
		func() Fact { return Reminded{drawDay(t), text(), text(), text()} },
		func() Fact { return Reachable{text(), text()} },
		func() Fact { return Ended{drawDay(t), End(text())} },
		func() Fact { return Void{count(), text()} },
		func() Fact { return Enrolled{drawDay(t), region.Code(text()), Way(text()), year(), drawSpell(t)} },
		func() Fact { return Transferred{drawDay(t), region.Code(text()), region.Code(text()), count()} },
	}[rapid.IntRange(0, int(kinds)-2).Draw(t, "kind")]()
}

// Whatever is in a file is read back from its form.
func TestFormIsReadBack(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	rapid.Check(t, func(t *rapid.T) {
		f := &File{No: 7}
		for range rapid.IntRange(0, 12).Draw(t, "entries") {
			f.Add(Source(rapid.Uint32().Draw(t, "source")), drawFact(t))
		}
		read, err := ReadForm(7, f.AppendForm(nil))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(read, f) {
			t.Fatalf("read %v, wrote %v", read, f)
		}
	})
}

// Bytes are read as a file only when they are the form of that file.
func FuzzReadForm(f *testing.F) {
	file := &File{}
	file.Add(1, Known{Identity{Document{ResidentCard, "999999200001010018"}, "A", Male, "2000-01-01"}}, Registered{"2000-01-01", PlaceIn("510104")},
		Paid{Area: "510104", Way: Ordinary, Year: 2025, On: "2024-10-01", Shares: Shares{40000, 0, 0, 0, 67000}, Repair: 2})
	f.Add(file.AppendForm(nil))
	f.Fuzz(func(t *testing.T, form []byte) {
		read, err := ReadForm(1, form)
		if err != nil {
			return
		}
		if again := read.AppendForm(nil); !bytes.Equal(again, form) {
			t.Errorf("%x is read, but written as %x", form, again)
		}
	})
}

func TestDays(t *testing.T) {
	for _, day := range []policy.Date{"", "1900-01-01", "1900-02-28", "1900-03-01", "2000-02-29", "2024-02-29", "2024-12-31", "2025-01-01", "9999-12-31"} {
		if again := dayOf(dayNumber(day)); again != day {
			t.Errorf("%s is read back as %s", day, again)
		}
	}
	if dayNumber("1900-01-01") != 1 {
		t.Error("1900-01-01 is not the first day")
	}
}

func TestReadDate(t *testing.T) {
	for text, want := range map[string]policy.Date{"2025-03-01": "2025-03-01", "2025/3/1": "2025-03-01", "2025-3-1": "2025-03-01", "20250301": "2025-03-01", "2024-02-29": "2024-02-29",
		"2023-02-29": "", "2025-13-01": "", "2025-00-01": "", "25-03-01": "", "2025-03": "", "2025-03-01-": "", "2025-03-011": "", "": "", "202503011": "", "2025030": "", "1899-12-31": "", "2025--03": "", "20250301x": ""} {
		if day, ok := ReadDate([]byte(text)); ok != (want != "") || day != want {
			t.Errorf("%q: %q, %v", text, day, ok)
		}
	}
}
