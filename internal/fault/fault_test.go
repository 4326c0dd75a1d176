package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{errors.New("disk"), Internal},
		{New(Usage, "cli.unknown_parameter", "id", "pool.x"), Usage},
		{fmt.Errorf("reading: %w", New(Refused, "x")), Refused},
		{fmt.Errorf("reading: %w", Refuse(Problem{File: "a.csv"})), Refused},
		{Wrap(errors.New("disk"), "store.write"), Internal},
	} {
		if got := KindOf(c.err); got != c.want {
			t.Errorf("KindOf(%v) = %v, want %v", c.err, got, c.want)
		}
	}
}

func TestListOrdersByFileAndRow(t *testing.T) {
	var l List
	if l.Err() != nil {
		t.Fatal("an empty list is an error")
	}
	l.Add(Problem{File: "b.csv", Row: 2, Message: Msg("k")})
	l.Add(Problem{File: "b.csv", Row: 2, Message: Msg("k")})
	l.Add(Problem{File: "a.csv", Row: 9, Message: Msg("k")})
	l.Add(Problem{File: "a.csv", Row: 3, Column: "income", Message: Msg("bad", "value", "x")})
	want := "a.csv:3:income: bad value=x\na.csv:9:: k\nb.csv:2:: k"
	if got := l.Err().Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
