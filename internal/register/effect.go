package register

import (
	"slices"
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Visit (就诊) is what of a visit registrations look at. On is the day it began: of a stay the day of admission. Disease is the code it names of a chronic disease, Diagnoses are the
// codes of its diagnoses (ICD-10). Emergency is one of emergency care.
type Visit struct {
	On               policy.Date
	Insured, Treated region.Code
	Institution      string
	Category         benefit.Category
	Disease          string
	Diagnoses        []string
	Emergency        bool
}

// Why (原因) is why a registration does not help a visit.
type Why string

// The reasons; empty where nothing is missing.
const (
	NotRegistered Why = "not_registered" // 未办理异地就医备案
	NotApproved   Why = "not_approved"   // 病种未经认定
	NotChosen     Why = "not_chosen"     // 不是选定的定点医疗机构
)

// Effect (登记效力) is what registrations do to a visit: where it counts as given, whether its disease is approved, as the approval names it, and whether it is one of the two diseases. By are the numbers of
// the registrations that decided, Lacks what is missing.
type Effect struct {
	Place      benefit.Place
	Approved   bool
	TwoDisease bool
	Disease    string
	By         []int
	Lacks      Why
}

// Needs tells whether registrations may say anything about a visit, so that they are worth reading.
func (v *Visit) Needs() bool {
	return benefit.PlaceOf(v.Insured, v.Treated, true) != benefit.Local || v.Category == benefit.Chronic || v.Category == benefit.TwoDisease || v.Category == benefit.Outpatient && v.ofTwo()
}

func (v *Visit) ofTwo() bool {
	return v.Disease == Hypertension || v.Disease == Diabetes || slices.ContainsFunc(append(slices.Clip(v.Diagnoses), v.Disease), func(code string) bool { return twoOf(code) != "" })
}

// Effect (判定登记效力) says what a person's registrations do to a visit. What counts is the day the visit began: a registration that ends during a stay holds for all of it, and one that
// begins during it does not help. Care away from home counts as registered where one of that kind names the city of treatment, or all of its province, and where it is emergency care and the terms say so. A disease that was approved
// is paid at any institution until the person chose some, then at these.
//
// 依据: SCE-7.2, YA-4.4.3
func (t Terms) Effect(all []Registration, v Visit) Effect {
	e := Effect{Place: benefit.PlaceOf(v.Insured, v.Treated, true)}
	if e.Place != benefit.Local && !(e.Place == benefit.Province && t.Free) {
		i := slices.IndexFunc(all, func(r Registration) bool {
			return r.Kind.Away() && r.Counts(v.On) && city(r.Area).Covers(v.Treated)
		})
		switch {
		case i < 0 && v.Emergency && t.Emergency:
		case i < 0:
			e.Place, e.Lacks = benefit.Unregistered, NotRegistered
		default:
			e.By = append(e.By, all[i].No)
		}
	}
	t.disease(&e, all, &v)
	return e
}

// city is where a registration reaches: the city of a county that it names, or what it names.
func city(c region.Code) region.Code {
	if c.Level() == region.County {
		return c[:4] + "00"
	}
	return c
}

// disease finds the approval of a visit's disease.
func (t Terms) disease(e *Effect, all []Registration, v *Visit) {
	if v.Category != benefit.Chronic && v.Category != benefit.TwoDisease && v.Category != benefit.Outpatient {
		return
	}
	at := -1
	for i := range all {
		r := &all[i]
		if r.Kind.OfDisease() && r.Counts(v.On) && r.treats(v) && t.recognises(r, v.Insured) {
			at = i
			break
		}
	}
	switch {
	case at < 0:
		if v.Category != benefit.Outpatient {
			e.Lacks = NotApproved
		}
		return
	case !t.mayTreat(all, v):
		e.Lacks = NotChosen
		return
	}
	e.Approved, e.TwoDisease, e.Disease, e.By = true, all[at].Kind == TwoDisease, all[at].Disease, append(e.By, all[at].No)
}

// treats tells whether an approval is of the visit's disease: a chronic one by its code, in a visit of that kind; one of the two by its code or the diagnoses.
func (r *Registration) treats(v *Visit) bool {
	if r.Kind == Chronic {
		return v.Category == benefit.Chronic && r.Disease == v.Disease
	}
	return v.Disease == r.Disease || slices.ContainsFunc(append(slices.Clip(v.Diagnoses), v.Disease), func(code string) bool { return twoOf(code) == r.Disease })
}

// twoOf is which of the two diseases a diagnosis is: I10–I15 and E10–E14 of ICD-10; empty for others.
func twoOf(code string) string {
	switch {
	case len(code) < 3:
	case strings.HasPrefix(code, "I1") && code[2] >= '0' && code[2] <= '5':
		return Hypertension
	case strings.HasPrefix(code, "E1") && code[2] >= '0' && code[2] <= '4':
		return Diabetes
	}
	return ""
}

// recognises (互认) tells whether an approval made where a person was insured before counts where he is insured now.
//
// 依据: SCE-7.2
func (t Terms) recognises(r *Registration, insured region.Code) bool {
	return city(r.County) == city(insured) || t.Recognised && r.County.Province() == insured.Province()
}

// mayTreat tells whether a disease is paid at the visit's institution.
func (t Terms) mayTreat(all []Registration, v *Visit) bool {
	chosen := false
	for i := range all {
		if all[i].Kind == Fixed && all[i].Counts(v.On) {
			if all[i].Institution == v.Institution {
				return true
			}
			chosen = true
		}
	}
	return !chosen && !t.Chosen
}
