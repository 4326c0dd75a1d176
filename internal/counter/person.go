package counter

import (
	"strconv"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// person (1101 人员基本信息获取) says who somebody is and where he is insured.
//
// 依据: SCE-6.2
func (c *call) person() error {
	who, now := c.about.Identity(), c.about.On(c.today())
	purses, err := c.h.Purses(c.about.No)
	if err != nil {
		return err
	}
	c.out["baseinfo"] = []fsi.Row{{"psn_no": c.number(), "psn_cert_type": string(who.Kind), "certno": who.Number, "psn_name": who.Name, "gend": string(who.Sex), "brdy": string(who.Birth),
		"age": strconv.Itoa(age(who.Birth, c.today()))}}
	for _, cover := range now.Covers {
		code := benefit.Employee.Code()
		if cover.Way.Insurance() == enrol.Resident {
			code = benefit.Resident.Code()
		}
		c.out["insuinfo"] = append(c.out["insuinfo"], fsi.Row{"balc": balanceOf(purses[c.about.No], code), "insutype": code, "psn_type": c.personType(code, c.today()), "psn_insu_stas": "1", "psn_insu_date": string(cover.From),
			"paus_insu_date": string(cover.To), "cvlserv_flag": civilServant(groupsOf(now.Groups)), "insuplc_admdvs": string(cover.Area)})
	}
	for _, group := range now.Groups {
		c.out["idetinfo"] = append(c.out["idetinfo"], fsi.Row{"psn_idet_type": identities[group], "psn_type_lv": "0", "memo": string(group)})
	}
	return nil
}

// identities are groups as this service writes psn_idet_type; provinces have tables of their own.
var identities = map[enrol.Group]string{enrol.Destitute: "1", enrol.Orphan: "2", enrol.Subsistence: "3", enrol.PovertyMonitored: "4", enrol.Disabled: "5", enrol.PermitHolder: "6",
	enrol.DrawsBenefit: "7", enrol.DrawsPension: "8", enrol.CivilServant: "9", enrol.Supplementary: "10", enrol.MutualAid: "11", enrol.LongTermCare: "12"}

// entitlement (2001 人员待遇享受检查) says whether the funds pay for somebody on a day, and if not, why.
//
// 依据: SCE-3.8
func (c *call) entitlement() error {
	row := c.Input.One("data")
	insurance, known := benefit.ParseInsurance(row["insutype"])
	if !known {
		return refused("data.insutype", row["insutype"], "fsi.insurance")
	}
	day, ok := fsi.Day(row["begntime"])
	if !ok {
		return refused("data.begntime", row["begntime"], "fsi.date")
	}
	v := benefit.Visit{Date: policy.Date(day), Insurance: insurance, Category: benefit.CategoryOf(row["med_type"]), Level: benefit.LevelOf(c.by.Level)}
	in := c.insuredOn(insurance, v.Date)
	schedule := in.rules.On(v.Date)
	if schedule == nil {
		return refused("data.begntime", row["begntime"], "settled.before_rules", "from", string(in.rules.From()[0]))
	}
	var err error
	if v.Person, err = c.covered(in, insurance, v.Date, v.Date); err != nil {
		return err
	}
	lacks, err := c.registered(&v, in, seen{from: v.Date, medType: row["med_type"], disease: row["dise_codg"]})
	if err != nil {
		return err
	}
	var used benefit.Accumulators
	var s benefit.Settlement
	schedule.Settle(&used, &v, &s)
	out := fsi.Row{"psn_no": c.number(), "trt_enjymnt_flag": "1", "begndate": string(v.CoveredFrom)}
	if reason, not := schedule.Reason(&v, s.Why); not {
		out["trt_enjymnt_flag"], out["trt_chk_rslt"] = "0", c.by.Say(reason.Message)
	} else {
		out["trt_chk_rslt"] = c.by.Say(fault.Msg("fsi.entitled", "on", v.Date))
	}
	if lacks != "" {
		c.warn = c.by.Say(fault.Msg("fsi.lacks." + string(lacks)))
	}
	c.out["trtinfo"] = []fsi.Row{out}
	return nil
}
