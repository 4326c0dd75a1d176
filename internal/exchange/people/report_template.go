package people

import (
	"io"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
)

// WriteReportTemplate (共享数据模板) writes a workbook to fill in for a kind of report: its columns, what each means, which must be filled in.
//
// 依据: SCE-10.1
func WriteReportTemplate(w io.Writer, matter enrol.Matter, p *locale.Printer) error {
	format, known := formatOf(matter)
	if !known {
		return fault.New(fault.Usage, "exchange.report.matter", "value", string(matter))
	}
	t := template{book: excelize.NewFile(), p: p}
	defer t.book.Close() // it is in memory
	var heads []templateHead
	for _, c := range format.columns {
		help := p.T(reportKey + "help." + c.name)
		if c.required {
			help = p.T(reportKey+"required") + help
		}
		heads = append(heads, templateHead{c.texts(p)[0], c.name, help})
	}
	t.sheet(p.T(reportKey+"sheet."+string(matter)), heads, 1)
	t.explain(p.T(reportKey+"title", "kind", p.T(reportKey+"sheet."+string(matter))), p.T(reportKey+"rules."+string(matter)), heads)
	return t.write(w)
}
