package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

func stream(t testing.TB) *answerStream {
	t.Helper()
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := enrol.Compile(policytest.Library(t), policytest.Pack(t, "sichuan").At(policy.Year(2026).End()), 2026)
	if err != nil {
		t.Fatal(err)
	}
	return &answerStream{rules: rules, write: exchange.AnswerJSON{Printer: p, Status: rules.Status}, workers: 3, progress: func(int) {}}
}

// personLines are people in order; every seventh has no cover in 2026, every eleventh is no JSON.
func personLines(n int) string {
	var b strings.Builder
	for i := range n {
		switch year := 2026; {
		case i%11 == 10:
			fmt.Fprintf(&b, "{\"id\":\"P%d\",]\n", i)
			continue
		case i%7 == 6:
			year = 2020
			fallthrough
		default:
			fmt.Fprintf(&b, `{"id":"P%d","born":"1980-05-01","years":[{"year":%d,"cover":"resident","paid_on":"%d-10-02"}]}`+"\n", i, year, year-1)
		}
	}
	return b.String()
}

// Answers come in the order of the lines, as many as there are lines, whatever pieces the input comes in.
func TestAnswersKeepTheirOrder(t *testing.T) {
	s := stream(t)
	const n = 20_000
	text := personLines(n)
	for name, in := range map[string]io.Reader{"whole": strings.NewReader(text), "halves": iotest.HalfReader(strings.NewReader(text)), "no last line end": strings.NewReader(strings.TrimSuffix(text, "\n"))} {
		var out bytes.Buffer
		lines, refused, err := s.run(in, &out)
		if err != nil || lines != n || refused != n/7+n/11-n/77 {
			t.Errorf("%s: %d lines, %d refused, %v", name, lines, refused, err)
		}
		for i, answer := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
			if !strings.HasPrefix(answer, fmt.Sprintf(`{"id":"P%d",`, i)) {
				t.Fatalf("%s: answer %d is %s", name, i, answer)
			}
		}
	}
}

// A line is answered as soon as it is there, before the next one is.
func TestAnswersComeAtOnce(t *testing.T) {
	in, ask := io.Pipe()
	hear, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, _, err := stream(t).run(in, out)
		done <- errors.Join(err, out.Close())
	}()
	for i, line := range strings.SplitAfter(personLines(5), "\n")[:5] {
		if _, err := io.WriteString(ask, line); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 4096)
		n, err := hear.Read(answer)
		if err != nil || !strings.HasPrefix(string(answer[:n]), fmt.Sprintf(`{"id":"P%d",`, i)) {
			t.Fatalf("%q, %v", answer[:n], err)
		}
	}
	if err := errors.Join(ask.Close(), <-done); err != nil {
		t.Fatal(err)
	}
}

// A line that is too long is answered as one that cannot be read, and the lines after it as ever; what fails in reading or
// writing is told.
func TestAnswersToOddInput(t *testing.T) {
	line := personLines(1)
	var out bytes.Buffer
	long := `{"id":"` + strings.Repeat("x", 3*longestLine) + "\"}\n"
	lines, refused, err := stream(t).run(strings.NewReader(line+long+line), &out)
	if answers := strings.Split(out.String(), "\n"); err != nil || lines != 3 || refused != 1 || !strings.HasPrefix(answers[1], `{"id":null,"error":{"field":"json"`) || answers[2] != answers[0] {
		t.Errorf("%d lines, %d refused, %v: %s", lines, refused, err, &out)
	}
	broken := errors.New("broken")
	if _, _, err := stream(t).run(io.MultiReader(strings.NewReader(line), iotest.ErrReader(broken)), io.Discard); !errors.Is(err, broken) {
		t.Errorf("reading: %v", err)
	}
	if _, _, err := stream(t).run(strings.NewReader(personLines(50_000)), fullDisk{broken}); !errors.Is(err, broken) {
		t.Errorf("writing: %v", err)
	}
}

// fullDisk takes nothing.
type fullDisk struct{ err error }

func (w fullDisk) Write([]byte) (int, error) { return 0, w.err }

func BenchmarkAnswers(b *testing.B) {
	s := stream(b)
	s.workers = 1
	text := strings.Repeat(personLines(6), 10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := s.run(strings.NewReader(text), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*60_000/b.Elapsed().Seconds(), "persons/s")
}
