package counter

import (
	"encoding/json"
	"fmt"

	"tongchou/internal/benefit"
	"tongchou/internal/catalog"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// visit (就诊) is a visit with what is known of it. Left is the day of discharge; Settled names the settlement of each batch of charges, which of a stay is one.
type visit struct {
	store.CareVisit `json:"-"`
	Insurance       string
	MedType         string
	Number          string // the institution's own: ipt_otp_no, ipt_no
	Begin           policy.Date
	Left            policy.Date
	Stay            bool
	Doctor          fsi.Row
	Diagnoses       []fsi.Row
	Disease         string // the chronic disease it names (dise_codg)
	Parts           int64
	Settled         map[string]string
}

// register (2201 门诊挂号) opens a visit.
func (c *call) register() error {
	row := c.Input.One("data")
	v, err := c.open("data", row, row["ipt_otp_no"])
	if err != nil {
		return err
	}
	v.MedType = "11" // until the diagnosis says more
	v.Doctor = fsi.Row{"atddr_no": row["atddr_no"], "dr_name": row["dr_name"], "dept_code": row["dept_code"], "dept_name": row["dept_name"]}
	c.out["data"] = []fsi.Row{{"mdtrt_id": v.ID, "psn_no": c.number(), "ipt_otp_no": v.Number}}
	return c.save(v)
}

// admit (2401 入院办理) opens a stay.
func (c *call) admit() error {
	row := c.Input.One("mdtrtinfo")
	v, err := c.open("mdtrtinfo", row, row["ipt_no"])
	if err != nil {
		return err
	}
	if !benefit.StayOf(row["med_type"]) {
		return refused("mdtrtinfo.med_type", row["med_type"], "fsi.not_a_stay")
	}
	if v.Diagnoses, err = c.diagnoses(v); err != nil {
		return err
	}
	v.MedType, v.Stay = row["med_type"], true
	c.out["result"] = []fsi.Row{{"mdtrt_id": v.ID}}
	return c.save(v)
}

func (c *call) open(node string, row fsi.Row, number string) (*visit, error) {
	if _, known := benefit.ParseInsurance(row["insutype"]); !known {
		return nil, refused(node+".insutype", row["insutype"], "fsi.insurance")
	}
	if err := c.card(node, row); err != nil {
		return nil, err
	}
	day, _ := fsi.Day(row["begntime"]) // a time that was checked
	if policy.Date(day) > c.today() {
		return nil, refused(node+".begntime", row["begntime"], "fsi.future")
	}
	v := &visit{Insurance: row["insutype"], Number: number, Begin: policy.Date(day)}
	v.CareVisit = store.CareVisit{Person: c.about.No, ID: c.newID(), Institution: c.by.Code, State: store.OpenVisit}
	c.h.Object = v.ID
	return v, nil
}

// visitOf finds the visit a message names, which must be the institution's own.
func (c *call) visitOf(node string, row fsi.Row) (*visit, error) {
	return c.visitNamed(node+".mdtrt_id", row["mdtrt_id"])
}

func (c *call) visitNamed(field, id string) (*visit, error) {
	kept, found, err := c.h.Visit(c.about.No, id)
	if err != nil {
		return nil, err
	}
	if !found || kept.Institution != c.by.Code {
		return nil, refused(field, id, "fsi.no_visit")
	}
	v := &visit{CareVisit: kept}
	if err := json.Unmarshal(kept.Content, v); err != nil {
		return nil, fault.Wrap(err, "fsi.failed")
	}
	if v.State == store.CancelledVisit {
		return nil, refused(field, id, "fsi.cancelled")
	}
	return v, nil
}

// save keeps a visit as it is now.
func (c *call) save(v *visit) error {
	if v.State != store.CancelledVisit {
		switch {
		case len(v.Settled) > 0:
			v.State = store.SettledVisit
		case v.Left != "":
			v.State = store.LeftVisit
		default:
			v.State = store.OpenVisit
		}
	}
	var err error
	if v.Content, err = json.Marshal(v); err != nil {
		return err
	}
	return c.h.SaveVisit(v.CareVisit)
}

// unsettled refuses to change a visit of which something is settled.
func (v *visit) unsettled(field string) error {
	if len(v.Settled) > 0 {
		return refused(field, v.ID, "fsi.settled_already")
	}
	return nil
}

// cancel (2202 门诊挂号撤销, 2404 入院撤销) takes a visit back of which nothing is settled.
func (c *call) cancel() error {
	v, err := c.visitOf("data", c.Input.One("data"))
	if err != nil {
		return err
	}
	return c.cancelled(v)
}

func (c *call) cancelled(v *visit) error {
	if err := v.unsettled("mdtrt_id"); err != nil {
		return err
	}
	v.State = store.CancelledVisit
	return c.save(v)
}

// diagnose (2203 门诊就诊信息上传) says what kind of visit it is and why.
func (c *call) diagnose() error {
	row := c.Input.One("mdtrtinfo")
	v, err := c.visitOf("mdtrtinfo", row)
	if err != nil {
		return err
	}
	switch {
	case v.Stay || benefit.StayOf(row["med_type"]):
		return refused("mdtrtinfo.med_type", row["med_type"], "fsi.is_a_stay")
	case len(v.Settled) > 0:
		return v.unsettled("mdtrtinfo.mdtrt_id")
	}
	if v.Diagnoses, err = c.diagnoses(v); err != nil {
		return err
	}
	v.MedType, v.Disease = row["med_type"], row["dise_codg"]
	return c.save(v)
}

// discharge (2402 出院办理) ends a stay.
func (c *call) discharge() error {
	row := c.Input.One("dscginfo")
	v, err := c.visitOf("dscginfo", row)
	if err != nil {
		return err
	}
	day, _ := fsi.Day(row["endtime"]) // a time that was checked
	switch on := policy.Date(day); {
	case !v.Stay:
		return refused("dscginfo.mdtrt_id", v.ID, "fsi.not_a_stay")
	case v.Left != "":
		return refused("dscginfo.mdtrt_id", v.ID, "fsi.left_already")
	case on < v.Begin || on > c.today():
		return refused("dscginfo.endtime", row["endtime"], "fsi.left_when", "begin", string(v.Begin))
	default:
		v.Left, c.h.Object = on, v.ID
	}
	lines, err := c.charges(v)
	if err != nil {
		return err
	}
	if err := v.within("dscginfo.endtime", row["endtime"], v.Left, lines); err != nil {
		return err
	}
	if v.Diagnoses, err = c.diagnoses(v); err != nil {
		return err
	}
	return c.save(v)
}

// within refuses a day of discharge that something was charged after.
func (v *visit) within(field, value string, left policy.Date, lines []charged) error {
	for i := range lines {
		if line := &lines[i]; v.Stay && line.On > left {
			return refused(field, value, "fsi.left_before_charge", "day", string(line.On), "line", line.Serial)
		}
	}
	return nil
}

// readmit (2405 出院撤销) takes a discharge back.
func (c *call) readmit() error {
	v, err := c.visitOf("data", c.Input.One("data"))
	if err != nil {
		return err
	}
	return c.readmitted(v)
}

func (c *call) readmitted(v *visit) error {
	if err := v.unsettled("mdtrt_id"); err != nil {
		return err
	}
	if v.Left == "" {
		return refused("mdtrt_id", v.ID, "fsi.not_left")
	}
	v.Left = ""
	return c.save(v)
}

// charged (费用明细) is a line of a bill as it was taken in.
type charged struct {
	Serial, Batch, Code, Own string
	On                       policy.Date
	Quantity, Price          money.Rate
	Line                     benefit.Line
}

// charge (2204 门诊费用明细上传, 2301 住院费用明细上传) takes charges in and says what of them is in scope.
func (c *call) charge() error {
	rows := c.Input["feedetail"]
	v, err := c.visitOf("feedetail[1]", rows[0])
	if err != nil {
		return err
	}
	known, err := c.charges(v)
	if err != nil {
		return err
	}
	serials := map[string]bool{}
	for _, line := range known {
		serials[line.Serial] = true
	}
	items := make([]catalog.Item, len(rows))
	all := known
	for i, row := range rows {
		at := fmt.Sprintf("feedetail[%d]", i+1)
		line, item, err := c.line(v, at, row)
		if err != nil {
			return err
		}
		if serials[line.Serial] {
			return refused(at+".feedetl_sn", line.Serial, "fsi.line_twice")
		}
		serials[line.Serial], items[i] = true, item
		all = append(all, line)
	}
	if err := c.limitDays(v, all); err != nil {
		return err
	}
	lines := all[len(known):]
	for i, row := range rows {
		scope, _ := lines[i].Line.Scope() // it was checked with the line
		c.out["result"] = append(c.out["result"], resultRow(row, scope, lines[i].Line, items[i].Kind))
	}
	content, err := json.Marshal(lines)
	if err != nil {
		return err
	}
	v.Parts++
	c.h.Object = fmt.Sprintf("%s/%d", v.ID, v.Parts)
	if err := c.h.SaveFees(v.CareVisit, store.Fees{Part: v.Parts, Content: content}); err != nil {
		return err
	}
	return c.save(v)
}

// firstShare is the first share of class B where the place of treatment has one of its own.
//
// 依据: SC38-7.1, YN-4.2
func (c *call) firstShare(item catalog.Item, on policy.Date) (money.Rate, bool) {
	schedule := c.book.Of(c.by.Division).On(on)
	if schedule == nil {
		return 0, false
	}
	return schedule.FirstShare(item.List)
}

// line checks a charge and finds its item in the catalogue.
func (c *call) line(v *visit, at string, row fsi.Row) (line charged, item catalog.Item, err error) {
	if row["mdtrt_id"] != v.ID {
		return line, item, refused(at+".mdtrt_id", row["mdtrt_id"], "fsi.one_visit", "first", v.ID)
	}
	if v.Stay != (c.Infno == "2301") {
		return line, item, refused(at+".mdtrt_id", v.ID, map[bool]string{true: "fsi.is_a_stay", false: "fsi.not_a_stay"}[v.Stay])
	}
	line = charged{Serial: row["feedetl_sn"], Batch: row["chrg_bchno"], Code: row["med_list_codg"], Own: row["medins_list_codg"]}
	if _, settled := v.Settled[line.Batch]; settled {
		return line, item, refused(at+".chrg_bchno", line.Batch, "fsi.settled_already")
	}
	day, _ := fsi.Day(row["fee_ocur_time"]) // a time that was checked
	if line.On = policy.Date(day); line.On < v.Begin || line.On > c.today() || v.Left != "" && line.On > v.Left {
		return line, item, refused(at+".fee_ocur_time", row["fee_ocur_time"], "fsi.charged_when", "begin", string(v.Begin))
	}
	if line.Quantity, err = money.ParseRate(row["cnt"]); err != nil || line.Quantity <= 0 {
		return line, item, refused(at+".cnt", row["cnt"], "fsi.positive")
	}
	if line.Price, err = money.ParseRate(row["pric"]); err != nil || line.Price < 0 {
		return line, item, refused(at+".pric", row["pric"], "fsi.positive")
	}
	code, err := c.national(at, row, line.On)
	if err != nil {
		return line, item, err
	}
	line.Line, item = c.catalogue.Line(code, line.On, line.Quantity, line.Price)
	line.Line.Code = line.Code
	if share, own := c.firstShare(item, line.On); own && line.Line.Class == benefit.ClassB {
		line.Line.First = share
	}
	scope, ok := line.Line.Scope()
	total, err := money.ParseFen(row["det_item_fee_sumamt"])
	if err != nil || !ok || scope.Total != total {
		return line, item, refused(at+".det_item_fee_sumamt", row["det_item_fee_sumamt"], "fsi.line_total", "product", scope.Total)
	}
	return line, item, nil
}

// resultRow is the answer to a charge. A payment limit of 0 is none.
func resultRow(row fsi.Row, scope benefit.Scope, line benefit.Line, kind string) fsi.Row {
	first := line.First
	if line.Class >= benefit.ClassC {
		first, kind = money.One, "14" // other
	}
	level := [...]string{benefit.ClassA: "01", benefit.ClassB: "02", benefit.ClassC: "03", benefit.Outwith: "03"}[line.Class]
	return fsi.Row{"feedetl_sn": row["feedetl_sn"], "det_item_fee_sumamt": scope.Total.String(), "cnt": row["cnt"], "pric": row["pric"], "pric_uplmt_amt": line.Limit.String(),
		"selfpay_prop": first.String(), "fulamt_ownpay_amt": scope.SelfPaidWhole.String(), "overlmt_amt": scope.OverLimit.String(), "preselfpay_amt": scope.SelfPaidFirst.String(),
		"inscp_scp_amt": scope.InScope.String(), "chrgitm_lv": level, "med_chrgitm_type": kind, "lmt_used_flag": "0"}
}

// charges are all lines of a visit.
func (c *call) charges(v *visit) (all []charged, err error) {
	parts, err := c.h.Fees(v.CareVisit)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		var lines []charged
		if err := json.Unmarshal(part.Content, &lines); err != nil {
			return nil, fault.Wrap(err, "fsi.failed")
		}
		all = append(all, lines...)
	}
	return all, nil
}

// allLines is what a serial number says that means every line.
const allLines = "0000"

// uncharge (2205 门诊费用明细撤销, 2302 住院费用明细撤销) takes charges back: those of a batch of an outpatient, lines of a stay by number, or all.
func (c *call) uncharge() error {
	rows := c.Input["data"]
	v, err := c.visitOf("data", rows[0])
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, row := range rows {
		wanted[row["feedetl_sn"]+row["chrg_bchno"]] = true // one of them is of the transaction
		if row["mdtrt_id"] != v.ID {
			return refused("data.mdtrt_id", row["mdtrt_id"], "fsi.one_visit", "first", v.ID)
		}
	}
	return c.withoutLines(v, func(line charged) bool {
		if c.Infno == "2205" {
			return wanted[allLines] || wanted[line.Batch]
		}
		return wanted[allLines] || wanted[line.Serial]
	})
}

// withoutLines takes lines out that are not settled. None is refused.
func (c *call) withoutLines(v *visit, out func(charged) bool) error {
	parts, err := c.h.Fees(v.CareVisit)
	if err != nil {
		return err
	}
	taken := 0
	for _, part := range parts {
		var lines, left []charged
		if err := json.Unmarshal(part.Content, &lines); err != nil {
			return fault.Wrap(err, "fsi.failed")
		}
		for _, line := range lines {
			if _, settled := v.Settled[line.Batch]; settled || !out(line) {
				left = append(left, line)
			}
		}
		if len(left) == len(lines) {
			continue
		}
		taken += len(lines) - len(left)
		if part.Content = nil; len(left) > 0 {
			if part.Content, err = json.Marshal(left); err != nil {
				return err
			}
		}
		if err := c.h.SaveFees(v.CareVisit, part); err != nil {
			return err
		}
	}
	if taken == 0 {
		return refused("feedetl_sn", "", "fsi.no_lines")
	}
	return c.save(v)
}
