package intake

import (
	"context"
	"slices"
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Choice (办理选择) is what somebody decides about an item: a step, or none to dismiss it, which needs a reason. Keep is the number of the cover that
// stays, of a doubtful one; Place is where somebody lives whom the report leaves nowhere.
type Choice struct {
	Step   enrol.Step
	Reason string
	Keep   int
	Place  enrol.Place
}

// Decide (办理工作事项) does what somebody chose about an item, in one write with its person's file; see store.Reports.Decide.
//
// 依据: SCE-10.1, SCE-4.3, SCE-9.1
func (d Desk) Decide(ctx context.Context, s *store.Store, act store.Act, id string, version office.Version, choice Choice) error {
	act.Action, act.Why = "work."+string(choice.Step), choice.Reason
	if choice.Step == "" {
		act.Action = "work.dismiss"
	}
	return s.Reports().Decide(ctx, act, id, version, func(t *store.Tx, people store.People, w *store.Work) error {
		o := deciding{d, t, people, w, choice}
		return o.decide()
	})
}

// deciding is a decision under way.
type deciding struct {
	Desk
	t      *store.Tx
	people store.People
	w      *store.Work
	choice Choice
}

func (o *deciding) decide() error {
	o.w.Reason = o.choice.Reason
	if o.choice.Step == "" {
		if o.choice.Reason == "" {
			return fault.Refuse(fault.Problem{Message: fault.Msg("intake.reason")})
		}
		o.w.State = store.WorkDismissed
		return nil
	}
	o.w.State, o.w.Did = store.WorkDone, o.choice.Step
	switch o.w.Matter {
	case enrol.CoverChecks:
		return o.cover()
	case enrol.TaxReturns:
		return o.payment()
	}
	if !slices.Contains(o.w.Step.Alternatives(o.w.Likeness), o.choice.Step) {
		return fault.New(fault.Refused, "intake.step", "step", fault.Msg("enrol.step."+string(o.choice.Step)))
	}
	return o.report()
}

// report does what a report says.
func (o *deciding) report() error {
	r := o.w.Report
	if o.choice.Place != "" && r.Place == "" {
		r.Place = o.choice.Place
	}
	var file *enrol.File
	var version int64
	if o.choice.Step != enrol.OpenFile && o.w.Person != 0 {
		p, err := o.person()
		if err != nil {
			return err
		}
		file, version = p.File, p.Version
	}
	if file == nil && o.choice.Step != enrol.OpenFile && o.choice.Step != enrol.EnrolNewborn {
		return fault.New(fault.Refused, "intake.nobody")
	}
	facts, err := r.Act(o.Terms, file, o.choice.Step, o.Today)
	if err != nil {
		return err
	}
	source, err := o.source()
	if err != nil {
		return err
	}
	if file == nil {
		o.w.Person, err = o.people.Add(source, facts...)
		return err
	}
	if o.choice.Step == enrol.CorrectName {
		after := &enrol.File{No: file.No, Entries: slices.Clip(file.Entries)}
		after.Add(0, facts...)
		more, err := r.Act(o.Terms, after, enrol.SameOne, o.Today)
		if err != nil {
			return err
		}
		facts = append(facts, more...)
	}
	if len(facts) == 0 {
		return nil
	}
	_, err = o.people.Append(o.w.Person, version, source, facts...)
	return err
}

// person gives the file of an item's person; one elsewhere is for its own division to change.
func (o *deciding) person() (store.Person, error) {
	p, found, err := o.people.Get(o.w.Person)
	if err == nil && !found {
		err = fault.New(fault.Refused, "intake.elsewhere")
	}
	return p, err
}

func (o *deciding) source() (enrol.Source, error) {
	return o.t.Source(string(o.w.Matter) + " " + strconv.FormatInt(int64(o.w.Source), 10) + ":" + strconv.FormatInt(o.w.Row, 10))
}

// payment posts what was held, or gives money back.
func (o *deciding) payment() error {
	r := o.w.Report
	key := o.people.PaymentKey(r)
	switch o.choice.Step {
	case enrol.GiveBack:
		if o.choice.Reason == "" {
			return fault.Refuse(fault.Problem{Message: fault.Msg("intake.refund_reason")})
		}
		if o.w.Step == enrol.GiveBack {
			return nil // it stands as excess already
		}
		return o.t.MovePayment(key, o.w.Person, 0, r.Tax.Shares.Total())
	case enrol.PostPayment, enrol.SameOne:
	default:
		return fault.New(fault.Refused, "intake.step", "step", fault.Msg("enrol.step."+string(o.choice.Step)))
	}
	if o.w.Step == enrol.GiveBack {
		return fault.New(fault.Refused, "intake.step", "step", fault.Msg("enrol.step."+string(o.choice.Step)))
	}
	p, err := o.whose()
	if err != nil {
		return err
	}
	held, err := o.t.HeldOf(o.w.Person)
	if err != nil {
		return err
	}
	this := store.TaxPayment{Key: key, Insurance: r.Tax.Insurance, Year: r.Tax.Year(), Month: month(r.Tax)}
	before, sum := together(held, &this)
	s := p.Settle(r.Tax, r.On, sum, o.Standards)
	if s.Held > 0 {
		return fault.Refuse(fault.Problem{Message: s.Why, Clause: string(s.Clause)})
	}
	if s.WithBefore {
		for _, b := range before {
			if err := o.t.MovePayment(b.Key, o.w.Person, b.Held, 0); err != nil {
				return err
			}
			if err := o.people.CloseRow(b.Source, b.Row, enrol.PostPayment, r.Tax.Receipt); err != nil {
				return err
			}
		}
	}
	if err := o.t.MovePayment(key, o.w.Person, r.Tax.Shares.Total()-s.Excess, s.Excess); err != nil {
		return err
	}
	if o.w.Amount = s.Excess; s.Excess > 0 { // what is too much stays on the list
		o.w.State, o.w.Did, o.w.Step = store.WorkOpen, "", enrol.GiveBack
	}
	if len(s.Facts) == 0 {
		return nil
	}
	source, err := o.source()
	if err != nil {
		return err
	}
	_, err = o.people.Append(o.w.Person, p.Version, source, s.Facts...)
	return err
}

// whose finds the file a payment is for: the one it was found to be about, or one that was made since.
func (o *deciding) whose() (store.Person, error) {
	if o.w.Person == 0 {
		no, found, err := o.people.ByDocument(o.w.Report.Document)
		if err != nil {
			return store.Person{}, err
		}
		if !found {
			return store.Person{}, fault.New(fault.Refused, "intake.nobody")
		}
		o.w.Person = no
	}
	return o.person()
}

// cover takes the wrong cover out of the file, and ends the item on the lists of the other areas.
func (o *deciding) cover() error {
	if o.choice.Reason == "" {
		return fault.Refuse(fault.Problem{Message: fault.Msg("intake.reason")})
	}
	p, err := o.person()
	if err != nil {
		return err
	}
	wrong := o.w.Report.Wrong
	if !slices.Contains(o.Terms.Wrongs(p.File), wrong) {
		return nil // it was put right since
	}
	facts, err := p.Keep(wrong, o.choice.Keep, o.choice.Reason)
	if err != nil {
		return err
	}
	source, err := o.source()
	if err != nil {
		return err
	}
	if _, err := o.people.Append(o.w.Person, p.Version, source, facts...); err != nil {
		return err
	}
	for _, area := range areasOf(p, wrong) {
		if other := coverReport(p, wrong, area); other != o.w.Report {
			if err := o.people.CloseReport(other, enrol.ResolveCover, o.choice.Reason); err != nil {
				return err
			}
		}
	}
	return nil
}

// areasOf are the counties that are told of a wrong cover: those of the covers, and the one responsible for the person.
func areasOf(p store.Person, w enrol.Wrong) []region.Code {
	all := []region.Code{p.County}
	for _, c := range enrol.Valid[enrol.Covered](p.File) {
		if (c.No == w.No || c.No == w.Other) && !slices.Contains(all, c.Fact.Area) {
			all = append(all, c.Fact.Area)
		}
	}
	return all
}

// coverReport is a wrong cover as it is put on the list of an area.
func coverReport(p store.Person, w enrol.Wrong, area region.Code) enrol.Report {
	return enrol.Report{Matter: enrol.CoverChecks, Identity: p.Identity(), On: w.From, To: w.To, Place: enrol.PlaceIn(area), Wrong: w}
}

// Advice (办理建议) says again, as files stand now, what is suggested about an item and why; file is nil where nobody was found, or who is elsewhere.
//
// 依据: SCE-10.1
func (d Desk) Advice(w store.Work, file *enrol.File) enrol.Suggestion {
	switch {
	case w.Matter == enrol.CoverChecks:
		return enrol.Suggestion{Step: w.Step, Why: fault.Msg("enrol.why.cover", "doubt", fault.Msg("web.enrol.wrong."+string(w.Report.Wrong.Doubt)), "from", w.Report.On, "to", w.Report.To), Clause: "SCE-4.3"}
	case w.Matter == enrol.TaxReturns && file != nil && w.Step != enrol.LookAt:
		s := file.Settle(w.Report.Tax, w.Report.On, enrol.Shares{}, d.Standards)
		if w.Step == enrol.GiveBack && s.Outcome == enrol.PaidTwice && w.Amount < w.Report.Tax.Shares.Total() {
			s.Why = fault.Msg("enrol.why.overpaid", "due", w.Report.Tax.Shares.Total()-w.Amount, "excess", w.Amount)
		}
		return enrol.Suggestion{Step: w.Step, Why: s.Why, Clause: policy.ClauseID("SC38-5.2")}
	case w.Matter == enrol.TaxReturns && w.Step != enrol.LookAt:
		return enrol.Suggestion{Step: w.Step, Why: fault.Msg("enrol.why.payer_unknown"), Clause: "SCE-9.1"}
	case file == nil && w.Person != 0:
		return enrol.Suggestion{Step: w.Step, Why: fault.Msg("enrol.why.elsewhere"), Clause: "SCE-10.1"}
	}
	return w.Report.Suggest(file, w.Likeness, d.Today)
}

// Advise (办理建议) gives the advice about items, with names masked, each with the file of its person as far as that lies in the act's scope; the look is in the audit chain.
func (d Desk) Advise(ctx context.Context, s *store.Store, act store.Act, works []store.Work) ([]enrol.Suggestion, error) {
	var numbers []enrol.PersonNo
	for _, w := range works {
		if w.Person != 0 {
			numbers = append(numbers, w.Person)
		}
	}
	slices.Sort(numbers)
	files, err := s.Persons().Several(ctx, act, slices.Compact(numbers))
	out := make([]enrol.Suggestion, len(works))
	for i, w := range works {
		out[i] = d.Advice(w, files[w.Person].File)
		out[i].Why = masked(out[i].Why)
	}
	return out, err
}

// masked is a reason with the names in it masked.
func masked(why fault.Message) fault.Message {
	why.Args = slices.Clone(why.Args)
	for i := 0; i+1 < len(why.Args); i += 2 {
		if name, is := why.Args[i+1].(string); is && (why.Args[i] == "name" || why.Args[i] == "reported") {
			why.Args[i+1] = office.MaskName(name)
		}
	}
	return why
}

// Misspent (疑似多付待遇) is what the funds paid for a person in the years of a wrong cover.
type Misspent struct {
	Person store.Person
	Wrong  enrol.Wrong
	Used   []enrol.Used
}

// Total is the sum of all years.
func (m Misspent) Total() (sum money.Fen) {
	for _, u := range m.Used {
		sum += u.Reimbursed
	}
	return sum
}
