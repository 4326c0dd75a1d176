package counter

import (
	"errors"
	"slices"
	"strconv"
	"sync"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/register"
)

// refer (2501 转院备案) applies for care elsewhere at another institution.
//
// 依据: SCE-7.2
func (c *call) refer() error {
	row := c.Input.One("refmedin")
	r := register.Registration{Kind: register.Referral, Area: region.Code(row["mdtrtarea_admdvs"]), Institution: row["reflin_medins_no"], DiseaseName: row["diag_name"], Reason: row["refl_rea"],
		Spell: enrol.Spell{From: policy.Date(row["begndate"]), To: policy.Date(row["enddate"])}}
	if r.From == "" {
		r.From = policy.Date(row["refl_date"])
	}
	return c.apply("refmedin", r, map[string]string{"area": "mdtrtarea_admdvs", "from": "begndate", "to": "enddate", "institution": "reflin_medins_no", "disease_name": "diag_name", "reason": "refl_rea"})
}

// applyChronic (2503 人员慢特病备案) applies for the approval of a chronic disease, or of one of the two diseases.
//
// 依据: SCE-7.2, YA-3.1.1
func (c *call) applyChronic() error {
	row := c.Input.One("data")
	r := register.Registration{Kind: register.Chronic, Disease: row["opsp_dise_code"], DiseaseName: row["opsp_dise_name"], Institution: row["ide_fixmedins_no"],
		Spell: enrol.Spell{From: policy.Date(row["begndate"]), To: policy.Date(row["enddate"])}}
	if slices.Contains(register.TwoDiseases(), r.Disease) {
		r.Kind = register.TwoDisease
	}
	return c.apply("data", r, map[string]string{"disease": "opsp_dise_code", "disease_name": "opsp_dise_name", "institution": "ide_fixmedins_no", "from": "begndate", "to": "enddate"})
}

// choose (2505 人员定点备案) applies for an institution to be treated at.
//
// 依据: SCE-7.2
func (c *call) choose() error {
	row := c.Input.One("data")
	r := register.Registration{Kind: register.Fixed, Institution: row["fixmedins_code"], Reason: row["memo"], Spell: enrol.Spell{From: policy.Date(row["begndate"]), To: policy.Date(row["enddate"])}}
	return c.apply("data", r, map[string]string{"institution": "fixmedins_code", "reason": "memo", "from": "begndate", "to": "enddate"})
}

// apply takes an application in, which waits for the county where the person is insured. fields are the names of the columns that may be refused.
func (c *call) apply(node string, r register.Registration, fields map[string]string) error {
	r.Person, r.County, r.Channel, r.Serial = c.about.No, c.about.County, register.AtInstitution, c.newNumber()
	kept, err := c.h.ChangeRegistration(c.about.No, func(all []register.Registration) (register.Registration, error) {
		return register.Apply(r, all, c.byInstitution(), c.terms(c.about.County, c.today()))
	})
	if err != nil {
		return named(err, node, fields)
	}
	c.h.Object = kept.ID()
	c.out["result"] = []fsi.Row{{"trt_dcla_detl_sn": kept.Serial}}
	return nil
}

func (c *call) byInstitution() register.By {
	return register.By{Who: c.by.User, At: c.at.In(policy.China)}
}

// terms are what the policy of a place says of registrations on a day.
func (c *call) terms(place region.Code, on policy.Date) register.Terms {
	return c.known.get(c.book.Of(place).Pack, on)
}

// knownTerms are the terms of packs on days, which hardly any message is the first to ask for. They are not changed.
type knownTerms struct {
	mu  sync.Mutex
	all map[termsKey]register.Terms
}

type termsKey struct {
	pack *policy.Pack
	on   policy.Date
}

// mostTerms is how many are kept.
const mostTerms = 4096

func (k *knownTerms) get(pack *policy.Pack, on policy.Date) register.Terms {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := termsKey{pack, on}
	t, known := k.all[key]
	if !known {
		if k.all == nil || len(k.all) >= mostTerms {
			k.all = map[termsKey]register.Terms{}
		}
		t = register.TermsOf(pack.At(on))
		k.all[key] = t
	}
	return t
}

// takeBack (2502, 2504, 2506 备案撤销) withdraws what the institution applied for.
//
// 依据: SCE-7.2
func (c *call) takeBack() error {
	row := c.Input.One("data")
	kinds := map[string][]register.Kind{"2502": {register.Referral}, "2504": {register.Chronic, register.TwoDisease}, "2506": {register.Fixed}}[c.Infno]
	sn := row["trt_dcla_detl_sn"]
	if c.Infno == "2502" { // the others answer nothing
		c.out["result"] = []fsi.Row{{"trt_dcla_detl_sn": sn}}
	}
	return c.withdraw("data.trt_dcla_detl_sn", sn, row["memo"], func(r *register.Registration) bool {
		return r.Serial == sn && slices.Contains(kinds, r.Kind)
	})
}

func (c *call) withdraw(field, value, why string, is func(*register.Registration) bool) error {
	_, err := c.h.ChangeRegistration(c.about.No, func(all []register.Registration) (register.Registration, error) {
		for i := range all {
			if r := &all[i]; r.Channel == register.AtInstitution && r.Steps[0].By == c.by.User && is(r) {
				return r.Withdraw(r.Version, c.byInstitution(), why)
			}
		}
		return register.Registration{}, refused(field, value, "fsi.no_registration")
	})
	return named(err, "data", map[string]string{"opinion": "memo"})
}

// chronics (5301 人员慢特病备案查询) lists the approvals of chronic diseases that count today.
//
// 依据: SCE-7.2
func (c *call) chronics() error {
	all, err := c.h.Registrations(c.about.No)
	if err != nil {
		return err
	}
	for i := range all {
		if r := &all[i]; r.Kind.OfDisease() && r.Counts(c.today()) {
			c.out["feedetail"] = append(c.out["feedetail"], fsi.Row{"opsp_dise_code": r.Disease, "opsp_dise_name": r.DiseaseName, "begndate": string(r.From), "enddate": string(r.To)})
		}
	}
	return nil
}

// seen (就诊情况) is what registrations go by of a visit: the day it began, the platform's kind, the disease it names and its diagnoses.
type seen struct {
	from             policy.Date
	medType, disease string
	diagnoses        []fsi.Row
}

// registered (备案与认定效力) lets a person's registrations say where a visit counts as given, whether its disease is approved and which one it is. They are read where they may say anything
// at all. One of the two diseases is paid as such where the schedule pays it, and as it was registered elsewhere.
//
// 依据: SCE-7.2
func (c *call) registered(v *benefit.Visit, in insured, x seen) (why register.Why, err error) {
	asked := register.Visit{On: x.from, Insured: in.county, Treated: c.by.Division, Institution: c.by.Code, Category: v.Category, Disease: x.disease, Emergency: benefit.EmergencyOf(x.medType)}
	for _, d := range x.diagnoses {
		v.Epidemic = v.Epidemic || benefit.EpidemicOf(d["diag_code"])
		asked.Diagnoses = append(asked.Diagnoses, d["diag_code"])
	}
	if !asked.Needs() {
		return "", nil // v.Place is benefit.Local
	}
	all, err := c.h.Registrations(c.about.No)
	if err != nil {
		return "", err
	}
	e := c.terms(in.county, x.from).Effect(all, asked)
	v.Place, v.Approved = e.Place, e.Approved
	if schedule := in.rules.On(v.Date); e.TwoDisease && schedule != nil && schedule.Cell(v.Insurance, benefit.TwoDisease, v.Level, v.Place, v.Retired).Paid {
		v.Category = benefit.TwoDisease
	}
	v.Disease = benefit.DiseaseOf(v.Category, e.Disease)
	return e.Lacks, nil
}

// undoRegistration takes back what a message applied for.
func (c *call) undoRegistration(field, object string) error {
	return c.withdraw(field, object, "", func(r *register.Registration) bool {
		return strconv.Itoa(int(r.Person))+"-"+strconv.Itoa(r.No) == object
	})
}

// named says of a refused application which field of the message it is about.
func named(err error, node string, fields map[string]string) error {
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) || len(refusal.Problems) == 0 || refusal.Problems[0].Clause == wireClause {
		return err
	}
	p := refusal.Problems[0]
	field := node
	if name, known := fields[p.Column]; known {
		field += "." + name
	}
	return refused(field, p.Value, "fsi.registration", "what", p.Message)
}
