package counter

import (
	"maps"
	"strconv"
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/catalog"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/register"
)

// practitioners (5102 医执人员信息查询) gives the practitioners on file. There is no register of them here, so that there are none, and the answer says so.
func (c *call) practitioners() error {
	c.warn = c.by.Say(fault.Msg("fsi.no_practitioners"))
	return nil
}

// drugLists are the lists of drugs (list_type): those of 101 to 104.
func drugLists(i *catalog.Item) bool { return strings.HasPrefix(i.List, "10") }

// chronicDrugs (5205 人员慢特病用药记录查询) gives the drugs that were settled for the person's chronic diseases at the institution. Those of other institutions are not told.
//
// 依据: YA-4.8.2, YA-4.10.2
func (c *call) chronicDrugs() error {
	row := c.Input.One("data")
	from, _ := fsi.Day(row["begntime"]) // times that were checked
	to, _ := fsi.Day(row["endtime"])
	visits, err := c.visits(func(v *visit) bool {
		return !v.Stay && benefit.CategoryOf(v.MedType) == benefit.Chronic && len(v.Settled) > 0
	})
	if err != nil {
		return err
	}
	for _, v := range visits {
		lines, err := c.charges(v)
		if err != nil {
			return err
		}
		for i := range lines {
			line := &lines[i]
			settled, paid := v.Settled[line.Batch]
			item, known := c.catalogue.On(line.On).Find(line.Code, line.On)
			if !paid || !known || !drugLists(&item) || string(line.On) < from || to != "" && string(line.On) > to {
				continue
			}
			scope, _ := line.Line.Scope() // it was checked when it was charged
			c.out["feedetail"] = append(c.out["feedetail"], fsi.Row{"psn_no": c.number(), "mdtrt_id": v.ID, "setl_id": settled, "med_type": v.MedType, "dise_codg": v.Disease,
				"fixmedins_code": c.by.Code, "fixmedins_name": c.by.Name, "feedetl_sn": line.Serial, "fee_ocur_time": string(line.On), "med_list_codg": line.Code, "medins_list_codg": line.Own,
				"drug_genname": item.Name, "cnt": line.Quantity.String(), "pric": line.Price.String(), "det_item_fee_sumamt": scope.Total.String()})
		}
	}
	return nil
}

// registeredOf are the person's registrations of a kind that were approved and that a condition holds for.
func (c *call) registeredOf(kind register.Kind, holds func(*register.Registration) bool) (out []register.Registration, err error) {
	all, err := c.h.Registrations(c.about.No)
	for i := range all {
		if r := &all[i]; r.Kind == kind && r.State == register.Approved && holds(r) {
			out = append(out, *r)
		}
	}
	return out, err
}

// chosen (5302 人员定点信息查询) gives the institutions that the person chose to be treated at, which hold today or later.
//
// 依据: SCE-7.2
func (c *call) chosen() error {
	found, err := c.registeredOf(register.Fixed, func(r *register.Registration) bool { return r.To == "" || r.To >= c.today() })
	if err != nil {
		return err
	}
	for i := range found {
		r := &found[i]
		name, err := c.nameOf(r.Institution)
		if err != nil {
			return err
		}
		c.out["psnfixmedin"] = append(c.out["psnfixmedin"], fsi.Row{"psn_no": c.number(), "fix_srt_no": strconv.Itoa(i + 1), "fixmedins_code": r.Institution, "fixmedins_name": name,
			"begndate": string(r.From), "enddate": string(r.To), "memo": r.Reason})
	}
	return nil
}

// referred (5304 转院信息查询) gives the referrals that begin on some days.
//
// 依据: SCE-7.2
func (c *call) referred() error {
	row, who := c.Input.One("data"), c.about.Identity()
	from, _ := fsi.Day(row["begntime"]) // times that were checked
	to, _ := fsi.Day(row["endtime"])
	found, err := c.registeredOf(register.Referral, func(r *register.Registration) bool {
		return r.From >= policy.Date(from) && (to == "" || r.From <= policy.Date(to))
	})
	if err != nil {
		return err
	}
	for i := range found {
		r := &found[i]
		name, err := c.nameOf(r.Institution)
		if err != nil {
			return err
		}
		out := fsi.Row{"psn_no": c.number(), "psn_cert_type": string(who.Kind), "certno": who.Number, "psn_name": who.Name, "gend": string(who.Sex), "brdy": string(who.Birth)}
		maps.Copy(out, fsi.Row{"insu_optins": string(r.County), "diag_name": r.DiseaseName, "reflin_medins_no": r.Institution, "reflin_medins_name": name, "mdtrtarea_admdvs": string(r.Area),
			"out_flag": outFlag(r.Area, r.County), "refl_date": string(r.From), "refl_rea": r.Reason, "begndate": string(r.From), "enddate": string(r.To)})
		c.out["refmedin"] = append(c.out["refmedin"], out)
	}
	return nil
}

// outFlag tells whether a place lies in another city than the one where somebody is insured (out_flag), as bills do.
func outFlag(place, insured region.Code) string {
	if benefit.PlaceOf(insured, place, true) == benefit.Local {
		return "0"
	}
	return "1"
}

// nameOf is the name of an institution; nothing where it is not known.
func (c *call) nameOf(code string) (string, error) {
	if code == c.by.Code {
		return c.by.Name, nil
	}
	return c.h.InstitutionName(code)
}
