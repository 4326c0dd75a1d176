package web

import (
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// transferred is what follows from a transfer of employee insurance between regions (转移接续).
//
// 依据: YA-4.2.1
func (s *site) transferred(form *actForm, terms enrol.Terms, file *enrol.File) ([]enrol.Fact, error) {
	from, err := region.Parse(form.text("from_area"))
	if err != nil {
		form.refuse("web.enrol.transfer.from", form.text("from_area"), fault.Msg("web.enrol.transfer.from.wrong"))
	}
	last := form.day("last")
	a := enrol.Application{Way: enrol.Way(form.text("way")), Area: region.Code(form.text("area")), On: form.day("on"), From: form.day("from")}
	if form.text("from") == "" {
		a.From = last.Add(1)
	}
	if a.Way.Insurance() != enrol.Employee {
		form.refuse("web.enrol.way", string(a.Way), fault.Msg("web.enrol.transfer.way"))
	}
	if a.From <= last {
		form.refuse("web.enrol.transfer.first", string(a.From), fault.Msg("web.enrol.transfer.overlaps", "last", last))
	}
	months := form.number("months")
	if err := form.err(); err != nil {
		return nil, err
	}
	return terms.Transfer(file, from, last, months, a)
}

// monthsTable lists what was paid for an employee's months, and how many months count for him.
func (f *frame) monthsTable(file *enrol.File, today policy.Date) ledgerTable {
	service := file.Service(today)
	t := ledgerTable{ID: "months", Title: f.T("web.enrol.months.paid"), Aside: f.T("web.enrol.service", "all", service.Months(), "paid", service.Paid, "carried", service.Carried), Clause: "SC38-5.2", Tall: true,
		Heads: f.ledgerHeads("web.enrol.month", "web.enrol.area", "web.enrol.way", "#", "web.enrol.base", "#", "web.enrol.bears.1", "#", "web.enrol.bears.0", "#", "web.enrol.payer.others", "#", "web.enrol.payer.all", "web.enrol.day", "web.enrol.state")}
	for _, p := range file.MonthsPaid() {
		state := markCell(f.T("web.enrol.state.holds"), "good")
		if p.Refunded {
			state = markCell(f.T("web.enrol.fact.refunded"), "warn")
		}
		others := p.Shares.Total() - p.Shares[enrol.Employer] - p.Shares[enrol.Person]
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(monthText(p.Months)), textCell(f.divisionName(p.Area)), textCell(f.wayName(p.Way)), turnCell(p.Base), turnCell(p.Shares[enrol.Employer]), turnCell(p.Shares[enrol.Person]),
			turnCell(others), fenCell(p.Shares.Total()), textCell(string(p.On)), state}})
	}
	if len(t.Rows) == 0 && service.Carried > 0 {
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(f.T("web.enrol.carried", "count", strconv.Itoa(service.Carried)))}})
	}
	return t
}

// monthText writes the months of a payment.
func monthText(s enrol.Spell) string {
	if len(s.From) < 7 || len(s.To) < 7 || s.From[:7] == s.To[:7] {
		return string(s.From[:min(len(s.From), 7)])
	}
	return string(s.From[:7]) + " \u2013 " + string(s.To[:7])
}
