package exchange

import (
	"strconv"

	"tongchou/internal/benefit"
	"tongchou/internal/locale"
)

// SettlementJSON (结算回答) writes settlements as lines of JSON, in the shape docs/settlement.md gives.
type SettlementJSON struct {
	Printer   *locale.Printer
	Schedules *benefit.Schedules
	Explain   bool
}

// Append writes what was settled.
func (j SettlementJSON) Append(b []byte, line *VisitLine, e *benefit.Entry) []byte {
	b = j.settlement(b, &e.Visit, &e.Settlement, &e.Before, e.After)
	return append(j.marks(b, line, e.Visit), "}\n"...)
}

// settlement writes the keys of a settlement, without the closing brace.
func (j SettlementJSON) settlement(b []byte, v *benefit.Visit, s *benefit.Settlement, before *benefit.Accumulators, after benefit.Running) []byte {
	b = appendText(append(b, `{"msgid":`...), v.ID)
	b = appendAmounts(b, s)
	b = j.reason(b, v, s.Why)
	b = appendRunning(b, after)
	b = append(b, `,"explain":[`...)
	if j.Explain {
		b = j.reasons(b, j.Schedules.On(v.Date).Explain(v, before, s))
	}
	return append(b, ']')
}

func appendAmounts(b []byte, s *benefit.Settlement) []byte {
	b = appendFen(append(b, `,"act_pay_dedc":`...), s.Deductible)
	b = appendFen(append(b, `,"hifp_pay":`...), s.Basic)
	b = appendFen(append(b, `,"hifmi_pay":`...), s.Catastrophic)
	b = appendFen(append(b, `,"hifob_pay":`...), s.Large)
	b = appendFen(append(b, `,"maf_pay":`...), s.Aid)
	b = appendFen(append(b, `,"oth_pay":`...), s.Other.Sum())
	b = appendFen(append(b, `,"fund_pay_sumamt":`...), s.Funds())
	b = appendFen(append(b, `,"psn_part_amt":`...), s.Own)
	b = appendFen(append(b, `,"acct_pay":`...), s.Account)
	b = appendFen(append(b, `,"acct_mulaid_pay":`...), s.Family)
	return appendFen(append(b, `,"psn_cash_pay":`...), s.Cash)
}

// reason writes why the funds pay nothing, with its clause; null when they pay.
func (j SettlementJSON) reason(b []byte, v *benefit.Visit, w benefit.Why) []byte {
	r, ok := j.Schedules.On(v.Date).Reason(v, w)
	if !ok {
		return append(b, `,"reason":null`...)
	}
	b = appendText(append(b, `,"reason":`...), j.Printer.Text(r.Message))
	b = appendText(append(b, `,"reason_code":`...), w.Word())
	return appendText(append(b, `,"clause":`...), string(r.Clause))
}

func appendRunning(b []byte, r benefit.Running) []byte {
	b = strconv.AppendInt(append(b, `,"ytd":{"admissions":`...), int64(r.Admissions), 10)
	b = appendFen(append(b, `,"basic":`...), r.Basic)
	b = appendFen(append(b, `,"s":`...), r.SelfPaid)
	b = appendFen(append(b, `,"catastrophic":`...), r.Catastrophic)
	return append(appendFen(append(b, `,"aid":`...), r.Aid), '}')
}

// marks writes what every reader must know: how far the rules hold, and that the visit is made up.
func (j SettlementJSON) marks(b []byte, line *VisitLine, v benefit.Visit) []byte {
	b = appendText(append(b, `,"status":`...), string(j.Schedules.On(v.Date).Status))
	if line.Synthetic {
		b = append(b, `,"synthetic":true`...)
	}
	return b
}

func (j SettlementJSON) reasons(b []byte, reasons []benefit.Reason) []byte {
	for i, r := range reasons {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"part":"`...), r.Part...)
		b = appendFen(append(b, `","amount":`...), r.Amount)
		b = appendText(append(b, `,"clause":`...), string(r.Clause))
		b = appendText(append(b, `,"text":`...), j.Printer.Text(r.Message))
		b = appendStrings(append(b, `,"parameters":`...), r.Parameters)
		if r.Assumed {
			b = append(b, `,"assumed":true`...)
		}
		if r.Changed {
			b = append(b, `,"changed":true`...)
		}
		b = append(b, '}')
	}
	return b
}

func appendStrings[T ~string](b []byte, all []T) []byte {
	b = append(b, '[')
	for i, one := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, string(one))
	}
	return append(b, ']')
}

// AppendReversed writes what was undone: the amounts mirrored, and what was settled again.
func (j SettlementJSON) AppendReversed(b []byte, line *VisitLine, r *benefit.Reversed) []byte {
	b = appendText(append(b, `{"msgid":`...), r.ID)
	b = appendText(append(b, `,"reverse":`...), r.Of)
	b = appendAmounts(b, &r.Mirror)
	b = appendRunning(append(b, `,"reason":null`...), r.After)
	b = append(b, `,"explain":[]`...)
	if r.Cascade {
		b = append(b, `,"resettled":[`...)
		for i := range r.Again {
			if i > 0 {
				b = append(b, ',')
			}
			a := &r.Again[i]
			b = append(j.settlement(b, &a.Visit, &a.Settlement, &a.Before, a.After), '}')
		}
		b = append(b, ']')
	}
	return append(j.marks(b, line, *r.Visit), "}\n"...)
}

// AppendRefusal writes what is said in place of an answer: the id if there is one, the field and clause, the value where it is known, the later
// settlements that stand in the way of a reversal, and the message. The error must be a fault.Refusal.
func (j SettlementJSON) AppendRefusal(b []byte, line *VisitLine, err error) []byte {
	b = append(b, `{"msgid":`...)
	if line.HasID {
		b = appendText(b, line.ID)
	} else {
		b = append(b, "null"...)
	}
	problem := refusedFor(err)
	b = appendText(append(b, `,"error":{"field":`...), problem.Column)
	if problem.Value != "" {
		b = appendText(append(b, `,"value":`...), problem.Value)
	}
	b = appendText(append(b, `,"clause":`...), problem.Clause)
	if later, ok := problem.Args.Get("later"); ok {
		b = appendStrings(append(b, `,"later":`...), later.([]string))
	}
	b = appendText(append(b, `,"message":`...), j.Printer.Text(problem.Message))
	return append(b, "}}\n"...)
}
