package counter

import (
	"encoding/json"
	"maps"
	"strconv"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// visits are the person's visits at the institution that were not cancelled and that a condition holds for.
func (c *call) visits(holds func(*visit) bool) (out []*visit, err error) {
	kept, err := c.h.VisitsAt(c.about.No, c.by.Code)
	if err != nil {
		return nil, err
	}
	for _, one := range kept {
		v := &visit{CareVisit: one}
		if err := json.Unmarshal(one.Content, v); err != nil {
			return nil, fault.Wrap(err, "fsi.failed")
		}
		if v.State != store.CancelledVisit && holds(v) {
			out = append(out, v)
		}
	}
	return out, nil
}

// between tells whether a visit lies within the days that the message asks for.
func (c *call) between(v *visit) bool {
	row := c.Input.One("data")
	from, _ := fsi.Day(row["begntime"]) // times that were checked
	to, _ := fsi.Day(row["endtime"])
	return (from == "" || v.Begin >= policy.Date(from)) && (to == "" || v.Begin <= policy.Date(to))
}

// visitRow is what is said of a visit in every answer.
func (c *call) visitRow(v *visit) fsi.Row {
	return fsi.Row{"mdtrt_id": v.ID, "psn_no": c.number(), "psn_name": c.about.Identity().Name, "insutype": v.Insurance, "med_type": v.MedType, "begntime": string(v.Begin),
		"fixmedins_code": c.by.Code, "fixmedins_name": c.by.Name, "insuplc_admdvs": string(c.about.County)}
}

// visited (5201 就诊信息查询) gives the person's visits at the institution.
//
// 依据: YA-4.8.2
func (c *call) visited() error {
	row, who := c.Input.One("data"), c.about.Identity()
	found, err := c.visits(func(v *visit) bool {
		return c.between(v) && (row["med_type"] == "" || row["med_type"] == v.MedType) && (row["mdtrt_id"] == "" || row["mdtrt_id"] == v.ID)
	})
	for _, v := range found {
		out := c.visitRow(v)
		maps.Copy(out, fsi.Row{"psn_cert_type": string(who.Kind), "certno": who.Number, "gend": string(who.Sex), "brdy": string(who.Birth), "age": strconv.Itoa(age(who.Birth, c.today())),
			"psn_type": c.personType(v.Insurance, v.Begin), "cvlserv_flag": civilServant(groupsOf(c.about.On(v.Begin).Groups)), "endtime": string(v.Left), "ipt_otp_no": v.Number,
			"inhosp_stas": map[bool]string{true: "1", false: "0"}[v.Stay && v.Left == ""]})
		c.out["mdtrtinfo"] = append(c.out["mdtrtinfo"], out)
	}
	return err
}

// staying (5303 在院信息查询) gives the stays at the institution that are not over.
func (c *call) staying() error {
	found, err := c.visits(func(v *visit) bool { return v.Stay && v.Left == "" && c.between(v) })
	for _, v := range found {
		out := c.visitRow(v)
		out["ipt_no"] = v.Number
		c.out["data"] = append(c.out["data"], out)
	}
	return err
}

// diagnosed (5202 诊断信息查询) gives the diagnoses of a visit.
func (c *call) diagnosed() error {
	v, err := c.visitOf("data", c.Input.One("data"))
	if err != nil {
		return err
	}
	for _, d := range v.Diagnoses {
		out := fsi.Row{"mdtrt_id": v.ID, "psn_no": c.number()}
		for _, field := range []string{"diag_type", "diag_srt_no", "diag_code", "diag_name", "diag_dept", "dise_dor_no", "dise_dor_name", "diag_time", "maindiag_flag"} {
			out[field] = d[field]
		}
		c.out["diseinfo"] = append(c.out["diseinfo"], out)
	}
	return nil
}

// settledOf is a settlement of the person at the institution, with its visit.
func (c *call) settledOf(node string, row fsi.Row) (s store.Settled, v *visit, content settledContent, err error) {
	s, found, err := c.h.Settlement(c.about.No, row["setl_id"])
	switch {
	case err != nil:
		return s, nil, content, err
	case !found || s.Institution != c.by.Code:
		return s, nil, content, refused(node+".setl_id", row["setl_id"], "fsi.no_settlement")
	case row["mdtrt_id"] != s.Visit:
		return s, nil, content, refused(node+".mdtrt_id", row["mdtrt_id"], "fsi.as_registered", "registered", s.Visit)
	}
	if v, err = c.visitNamed(node+".mdtrt_id", s.Visit); err == nil {
		err = json.Unmarshal(s.Content, &content)
	}
	return s, v, content, err
}

// settlement (5203 结算信息查询) gives a settlement as it was answered.
func (c *call) settlement() error {
	s, v, content, err := c.settledOf("data", c.Input.One("data"))
	if err != nil {
		return err
	}
	if s.Mirrors != "" {
		content = content.mirror()
	}
	info := c.setlinfo(v, &s, &content)
	info["medins_setl_id"], info["setl_time"] = content.Message, string(s.On)+" 00:00:00"
	c.answer(info)
	return nil
}

// chargedFor (5204 费用明细查询) gives what was charged for a visit.
func (c *call) chargedFor() error {
	row := c.Input.One("data")
	v, err := c.visitOf("data", row)
	if err != nil {
		return err
	}
	lines, err := c.charges(v)
	if err != nil {
		return err
	}
	if err := c.limitDays(v, lines); err != nil {
		return err
	}
	for i := range lines {
		line := &lines[i]
		settled := v.settlementOf(line)
		if row["setl_id"] != "" && row["setl_id"] != settled {
			continue
		}
		scope, _ := line.Line.Scope() // it was checked when it was charged
		c.out["feedetail"] = append(c.out["feedetail"], fsi.Row{"mdtrt_id": v.ID, "psn_no": c.number(), "setl_id": settled, "feedetl_sn": line.Serial, "chrg_bchno": line.Batch,
			"fee_ocur_time": string(line.On), "med_list_codg": line.Code, "medins_list_codg": line.Own, "cnt": line.Quantity.String(), "pric": line.Price.String(),
			"det_item_fee_sumamt": scope.Total.String(), "fulamt_ownpay_amt": scope.SelfPaidWhole.String(), "overlmt_amt": scope.OverLimit.String(), "preselfpay_amt": scope.SelfPaidFirst.String(),
			"inscp_scp_amt": scope.InScope.String(), "chrgitm_lv": levelOf(line.Line.Class)})
	}
	return nil
}

func levelOf(class benefit.Class) string {
	return [...]string{benefit.ClassA: "01", benefit.ClassB: "02", benefit.ClassC: "03", benefit.Outwith: "03"}[class]
}

// accumulated (5206 人员累计信息查询) gives what the person's year has used: of this year, or of the month's that the message names.
//
// 依据: SC38-6.3
func (c *call) accumulated() error {
	month := c.Input.One("data")["cum_ym"]
	text := string(c.today()[:4])
	if month != "" {
		text = month[:min(4, len(month))]
	}
	year, err := strconv.Atoi(text)
	if err != nil || len(month) != 0 && len(month) != 4 && len(month) != 6 {
		return refused("data.cum_ym", month, "fsi.month")
	}
	for _, insurance := range []benefit.Insurance{benefit.Employee, benefit.Resident} {
		used, err := c.h.Accumulators(c.about.No, policy.Year(year), insurance)
		if err != nil {
			return err
		}
		if used.Version == 0 {
			continue
		}
		for _, x := range []struct {
			kind string
			cum  string
		}{{"admissions", strconv.Itoa(used.Admissions) + ".00"}, {"hifp_pay", used.Basic.String()}, {"self_paid", used.SelfPaid.String()}, {"hifmi_pay", used.Catastrophic.String()}, {"maf_pay", used.Aid.String()}} {
			c.out["cuminfo"] = append(c.out["cuminfo"], fsi.Row{"insutype": insurance.Code(), "year": text, "cum_ym": month, "cum_type_code": x.kind, "cum": x.cum})
		}
	}
	return nil
}
