package counter

import (
	"fmt"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/policy"
)

// amend (2403 住院信息变更) says anew what was said of a stay when it was opened. Charges stay as they are: the stay cannot begin after the first of them.
//
// 依据: YA-4.8.2
func (c *call) amend() error {
	row := c.Input.One("adminfo")
	v, err := c.visitOf("adminfo", row)
	if err != nil {
		return err
	}
	day, _ := fsi.Day(row["begntime"]) // times that were checked
	end, _ := fsi.Day(row["endtime"])
	begin := policy.Date(day)
	switch {
	case !v.Stay:
		return refused("adminfo.mdtrt_id", v.ID, "fsi.not_a_stay")
	case len(v.Settled) > 0:
		return v.unsettled("adminfo.mdtrt_id")
	case !benefit.StayOf(row["med_type"]):
		return refused("adminfo.med_type", row["med_type"], "fsi.not_a_stay")
	case begin > c.today():
		return refused("adminfo.begntime", row["begntime"], "fsi.future")
	case v.Left != "" && begin > v.Left:
		return refused("adminfo.begntime", row["begntime"], "fsi.begins_after", "day", string(v.Left))
	case end != "" && end != string(v.Left):
		return refused("adminfo.endtime", row["endtime"], "fsi.ends_by_discharge")
	}
	lines, err := c.charges(v)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if line.On < begin {
			return refused("adminfo.begntime", row["begntime"], "fsi.begins_after", "day", string(line.On))
		}
	}
	if v.Diagnoses, err = c.diagnoses(v); err != nil {
		return err
	}
	v.MedType, v.Begin, v.Number = row["med_type"], begin, row["ipt_otp_no"]
	return c.save(v)
}

// diagnoses are those that a message gives of a visit: of the person, and of that visit where they name one.
func (c *call) diagnoses(v *visit) ([]fsi.Row, error) {
	for i, row := range c.Input["diseinfo"] {
		at := fmt.Sprintf("diseinfo[%d]", i+1)
		if no := row["psn_no"]; no != "" && no != c.number() {
			return nil, refused(at+".psn_no", no, "fsi.one_person", "first", c.number())
		}
		if id := row["mdtrt_id"]; id != "" && id != v.ID {
			return nil, refused(at+".mdtrt_id", id, "fsi.one_visit", "first", v.ID)
		}
	}
	return c.Input["diseinfo"], nil
}
