package exchange

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

const benchRows = 20_000

func benchText() string {
	var b strings.Builder
	b.WriteString(statementsHead + "\n")
	for i := range benchRows {
		fmt.Fprintf(&b, "2024,%06d,employee,123456789.01,98765432.10,-5.5\n", 100000+i)
	}
	return b.String()
}

func benchLoad(b *testing.B, content []byte) {
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, err := Load(files(Statements, Input{Name: "f", Content: content})); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadCSV(b *testing.B) { benchLoad(b, []byte(benchText())) }

func BenchmarkLoadXLSX(b *testing.B) {
	f := excelize.NewFile()
	for i, text := range strings.Split(strings.TrimSpace(benchText()), "\n") {
		row := strings.Split(text, ",")
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			b.Fatal(err)
		}
	}
	var content bytes.Buffer
	if err := f.Write(&content); err != nil {
		b.Fatal(err)
	}
	benchLoad(b, content.Bytes())
}

func BenchmarkImport(b *testing.B) {
	f := folder(b)
	in := csvInput(benchText())
	for b.Loop() {
		if _, err := f.Import(Statements, in, false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteResult(b *testing.B) {
	r, set := sichuan(b)
	p := printers(b)[0]
	for b.Loop() {
		var out bytes.Buffer
		if err := WriteResult(&out, r, set, meta(), p); err != nil {
			b.Fatal(err)
		}
	}
}
