package counter

import (
	"encoding/json"
	"strconv"
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// reverse (2208 门诊结算撤销, 2305 住院结算撤销) undoes a settlement by a row that mirrors it, and gives the year back what it used.
func (c *call) reverse() error {
	row := c.Input.One("data")
	v, err := c.visitOf("data", row)
	if err != nil {
		return err
	}
	if v.Stay != (c.Infno == "2305") {
		return refused("data.mdtrt_id", v.ID, map[bool]string{true: "fsi.is_a_stay", false: "fsi.not_a_stay"}[v.Stay])
	}
	info, err := c.mirror("data.setl_id", row["setl_id"], v)
	if err != nil {
		return err
	}
	c.answer(info)
	return nil
}

// mirror undoes a settlement of a visit. It is refused while later settlements of the person's year use what it left.
func (c *call) mirror(field, id string, v *visit) (fsi.Row, error) {
	s, found, err := c.h.Settlement(c.about.No, id)
	switch {
	case err != nil:
		return nil, err
	case !found || s.Institution != c.by.Code || v != nil && s.Visit != v.ID:
		return nil, refused(field, id, "fsi.no_settlement")
	case s.Mirrors != "":
		return nil, refused(field, id, "settled.is_reversal")
	case s.UndoneBy != "":
		return nil, refused(field, id, "settled.reversed_already")
	}
	if v == nil {
		if v, err = c.visitNamed(field, s.Visit); err != nil {
			return nil, err
		}
	}
	used, err := c.h.Accumulators(s.Person, s.Year, s.Insurance)
	if err != nil {
		return nil, err
	}
	after := used.Accumulators
	if s.Counted {
		later, err := c.h.Later(&s)
		if err != nil {
			return nil, err
		}
		if len(later) > 0 {
			return nil, refused(field, id, "fsi.used_later", "later", strings.Join(later, " "))
		}
		after = s.Before
	}
	var content settledContent
	if err := json.Unmarshal(s.Content, &content); err != nil {
		return nil, fault.Wrap(err, "fsi.failed")
	}
	m := s
	m.ID, m.Mirrors, m.On, m.Before = c.newID(), s.ID, c.today(), used.Accumulators
	m.Scope = benefit.Scope{Total: -s.Total, SelfPaidWhole: -s.SelfPaidWhole, OverLimit: -s.OverLimit, SelfPaidFirst: -s.SelfPaidFirst, InScope: -s.InScope}
	m.Paid = store.Paid{Basic: -s.Basic, Catastrophic: -s.Catastrophic, Large: -s.Large, Aid: -s.Aid, Other: -s.Other, Account: -s.Account, Family: -s.Family, Cash: -s.Cash}
	if err := c.h.AddSettlement(m, after); err != nil {
		return nil, err
	}
	if err := c.giveBack(m.ID, s.Insurance, content.Drawn); err != nil {
		return nil, err
	}
	c.h.Object = m.ID
	delete(v.Settled, content.Batch)
	undone := content.mirror()
	info := c.setlinfo(v, &m, &undone)
	info["medins_setl_id"] = c.Message
	return info, c.save(v)
}

// undo (2601 冲正) undoes a message of which the institution saw no answer. One that never came is kept from taking effect should it come late.
func (c *call) undo() error {
	row := c.Input.One("data")
	key := c.key(row["oinfno"], row["omsgid"])
	before, found, err := c.h.Message(key)
	switch {
	case err != nil:
		return err
	case !found:
		c.warn = c.by.Say(fault.Msg("fsi.never_came", "message", row["omsgid"]))
		return c.h.Undo(key, c.about.No)
	case before.Undone:
		return refused("data.omsgid", row["omsgid"], "fsi.undone_already")
	case before.Person != c.about.No:
		return refused("data.psn_no", row["psn_no"], "fsi.other_person")
	}
	if err := c.undone(row["oinfno"], before.Object); err != nil {
		return err
	}
	return c.h.Undo(key, c.about.No)
}

// undone undoes what a message made.
func (c *call) undone(infno, object string) error {
	const field = "data.omsgid"
	switch infno {
	case "2207", "2304":
		_, err := c.mirror(field, object, nil)
		return err
	case "2501", "2503", "2505":
		return c.undoRegistration(field, object)
	case "2201", "2401", "2402":
		v, err := c.visitNamed(field, object)
		if err != nil {
			return err
		}
		if infno == "2402" {
			return c.readmitted(v)
		}
		return c.cancelled(v)
	case "2204", "2301":
		id, part, _ := strings.Cut(object, "/")
		v, err := c.visitNamed(field, id)
		if err != nil {
			return err
		}
		return c.withoutPart(v, part)
	}
	return refused("data.oinfno", infno, "fsi.not_undone")
}

// withoutPart takes an upload back of which nothing is settled.
func (c *call) withoutPart(v *visit, part string) error {
	parts, err := c.h.Fees(v.CareVisit)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if strconv.FormatInt(p.Part, 10) != part {
			continue
		}
		var lines []charged
		if err := json.Unmarshal(p.Content, &lines); err != nil {
			return fault.Wrap(err, "fsi.failed")
		}
		for _, line := range lines {
			if _, settled := v.Settled[line.Batch]; settled {
				return v.unsettled("data.omsgid")
			}
		}
		if err := c.h.SaveFees(v.CareVisit, store.Fees{Part: p.Part}); err != nil {
			return err
		}
		return c.save(v)
	}
	return nil // taken back since
}

// reconcile (3201 对总账) compares what the institution adds its settlements up to with the sub-ledger: those of some days, those that were undone (refd_setl_flag 1), or, without
// the flag, what remains of both.
//
// 依据: YA-4.8.2
func (c *call) reconcile() error {
	row := c.Input.One("data")
	insurance, known := benefit.ParseInsurance(row["insutype"])
	if !known {
		return refused("data.insutype", row["insutype"], "fsi.insurance")
	}
	sums, err := c.sums(row, insurance)
	if err != nil {
		return err
	}
	info := fsi.Row{"setl_optins": row["setl_optins"], "stmt_rslt": "0", "stmt_rslt_dscr": c.by.Say(fault.Msg("fsi.balanced"))}
	for _, x := range []struct {
		field string
		ours  money.Fen
	}{{"medfee_sumamt", sums.Total}, {"fund_pay_sumamt", sums.Funds}, {"acct_pay", sums.Accounts}} {
		theirs, err := money.ParseFen(row[x.field])
		if err != nil {
			return refused("data."+x.field, row[x.field], "fsi.number", "digits", 16, "places", 2)
		}
		if theirs != x.ours {
			info["stmt_rslt"], info["stmt_rslt_dscr"] = "1", c.by.Say(fault.Msg("fsi.unbalanced", "field", x.field, "theirs", theirs, "ours", x.ours))
		}
	}
	if count := row["fixmedins_setl_cnt"]; count != strconv.FormatInt(sums.Rows, 10) {
		info["stmt_rslt"], info["stmt_rslt_dscr"] = "1", c.by.Say(fault.Msg("fsi.unbalanced", "field", "fixmedins_setl_cnt", "theirs", count, "ours", strconv.FormatInt(sums.Rows, 10)))
	}
	c.out["stmtinfo"] = []fsi.Row{info}
	return c.keepCompared(row, insurance, sums)
}

// keepCompared keeps what was compared, for the page of reconciliation.
func (c *call) keepCompared(row fsi.Row, insurance benefit.Insurance, ours store.Sums) error {
	from, _ := fsi.Day(row["stmt_begndate"]) // days and amounts that were checked
	to, _ := fsi.Day(row["stmt_enddate"])
	x := store.Compared{Message: c.key(c.Infno, c.Message), Institution: c.by.Code, First: policy.Date(from), Last: policy.Date(to), Insurance: insurance, Care: row["clr_type"], Refunds: row["refd_setl_flag"],
		At: c.at, Ours: ours}
	var err error
	if x.Theirs.Rows, err = strconv.ParseInt(row["fixmedins_setl_cnt"], 10, 64); err != nil {
		return refused("data.fixmedins_setl_cnt", row["fixmedins_setl_cnt"], "fsi.number", "digits", 16, "places", 0)
	}
	for field, to := range map[string]*money.Fen{"medfee_sumamt": &x.Theirs.Total, "fund_pay_sumamt": &x.Theirs.Funds, "acct_pay": &x.Theirs.Accounts} {
		if *to, err = money.ParseFen(row[field]); err != nil {
			return refused("data."+field, row[field], "fsi.number", "digits", 16, "places", 2)
		}
	}
	return c.h.KeepCompared(x)
}

func (c *call) sums(row fsi.Row, insurance benefit.Insurance) (store.Sums, error) {
	from, _ := fsi.Day(row["stmt_begndate"]) // days that were checked
	to, _ := fsi.Day(row["stmt_enddate"])
	of := func(undoing bool) (store.Sums, error) {
		return c.h.Sums(c.by.Code, policy.Date(from), policy.Date(to), insurance, row["clr_type"], undoing)
	}
	switch row["refd_setl_flag"] {
	case "0", "1":
		return of(row["refd_setl_flag"] == "1")
	case "":
	default:
		return store.Sums{}, refused("data.refd_setl_flag", row["refd_setl_flag"], "fsi.refund_flag")
	}
	made, err := of(false)
	if err != nil {
		return made, err
	}
	undone, err := of(true)
	return store.Sums{Rows: made.Rows - undone.Rows, Total: made.Total + undone.Total, Funds: made.Funds + undone.Funds, Accounts: made.Accounts + undone.Accounts, Cash: made.Cash + undone.Cash}, err
}
