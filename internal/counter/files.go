package counter

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// Limits of an institution's files (our choice; the interface says nothing of them).
const (
	fileTime  = 7 * 24 * time.Hour
	mostFiles = 200
)

// upload (9101 文件上传) keeps a file: a zip that holds one text.
func (c *call) upload() error {
	row := c.Input.One("fsUploadIn")
	if err := c.ownFile("fsUploadIn", row); err != nil {
		return err
	}
	if name := row["filename"]; strings.ContainsAny(name, `/\`) {
		return refused("fsUploadIn.filename", name, "fsi.file_name")
	}
	content := row.Bytes("in")
	if _, err := fsi.Unpack("fsUploadIn.in", content); err != nil {
		return err
	}
	f, err := c.keepFile(row["filename"], content)
	c.out[""] = []fsi.Row{fileRow(f)}
	return err
}

// fileRow tells how a file is fetched, and until when.
func fileRow(f store.ExchangeFile) fsi.Row {
	return fsi.Row{"file_qury_no": f.Number, "filename": f.Name, "dld_endtime": f.Until.In(policy.China).Format(time.DateTime)}
}

func (c *call) ownFile(node string, row fsi.Row) error {
	if row["fixmedins_code"] != c.by.Code {
		return refused(node+".fixmedins_code", row["fixmedins_code"], "fsi.other_institution", "own", c.by.Code)
	}
	return nil
}

// keepFile keeps a file for as long as files are kept.
func (c *call) keepFile(name string, content []byte) (store.ExchangeFile, error) {
	f := store.ExchangeFile{Number: c.newNumber(), Institution: c.by.Code, Name: name, Made: c.at, Until: c.at.Add(fileTime).Truncate(time.Second), Content: content}
	c.h.Object = f.Number
	return f, c.h.AddFile(f, mostFiles)
}

// kept is the file that a message names, while it is kept.
func (c *call) kept(node string, row fsi.Row) (store.ExchangeFile, error) {
	f, found, err := c.h.File(c.by.Code, row["file_qury_no"])
	if err == nil && (!found || !f.Until.After(c.at)) {
		err = refused(node+".file_qury_no", row["file_qury_no"], "fsi.no_file")
	}
	return f, err
}

// plainCode is what programs send in the place of their code when they fetch a catalogue.
const plainCode = "plc"

// download (9102 文件下载) is answered with the file itself.
func (c *call) download() error {
	row := c.Input.One("fsDownloadIn")
	if row["fixmedins_code"] != plainCode {
		if err := c.ownFile("fsDownloadIn", row); err != nil {
			return err
		}
	}
	f, err := c.kept("fsDownloadIn", row)
	if err != nil {
		return err
	}
	if row["filename"] != f.Name && row["filename"] != plainCode {
		return refused("fsDownloadIn.filename", row["filename"], "fsi.other_file", "name", f.Name)
	}
	c.out[""] = []fsi.Row{{"filename": f.Name}}
	return nil
}

// file is the file that a message fetches, which is no part of the answer that is kept of it.
func (c *call) file() ([]byte, error) {
	no := c.Input.One("fsDownloadIn")["file_qury_no"]
	f, found, err := c.Store.Exchange().File(c.ctx, c.by.Code, no)
	if err == nil && !found {
		err = refused("fsDownloadIn.file_qury_no", no, "fsi.no_file")
	}
	return f.Content, err
}

// compare (3202 对明细账) compares the settlements of the file that the institution sent with the sub-ledger, and makes a file of every row that differs.
//
// 依据: YA-4.8.2
func (c *call) compare() error {
	row := c.Input.One("data")
	theirs, err := c.details(row)
	if err != nil {
		return err
	}
	ours, err := c.ledgered(row)
	if err != nil {
		return err
	}
	differences := fsi.Compare(theirs, ours)
	var text strings.Builder
	for i := range differences {
		text.WriteString(differences[i].Line(c.memo(&differences[i])))
	}
	name := c.newNumber() + ".txt"
	f, err := c.keepFile(name+".zip", fsi.Pack(name, text.String()))
	if err != nil {
		return err
	}
	c.out["fileinfo"] = []fsi.Row{fileRow(f)}
	info := fsi.Row{"setl_optins": row["setl_optins"], "stmt_rslt": "0", "stmt_rslt_dscr": c.by.Say(fault.Msg("fsi.balanced")), "diff_cnt": strconv.Itoa(len(differences))}
	if len(differences) > 0 {
		info["stmt_rslt"], info["stmt_rslt_dscr"] = "1", c.by.Say(fault.Msg("fsi.differences", "count", len(differences)))
	}
	c.out["stmtinfo"] = []fsi.Row{info}
	return nil
}

// details are the settlements of the institution's file, which come to what the message says.
func (c *call) details(row fsi.Row) ([]fsi.Detail, error) {
	f, err := c.kept("data", row)
	if err != nil {
		return nil, err
	}
	text, err := fsi.Unpack("data.file_qury_no", f.Content)
	if err != nil {
		return nil, err
	}
	details, err := fsi.ReadDetails(f.Name, text)
	if err != nil {
		return nil, err
	}
	var total, funds money.Fen
	for i := range details {
		total, funds = total+details[i].Total, funds+details[i].Funds
	}
	if count := strconv.Itoa(len(details)); row["fixmedins_setl_cnt"] != count {
		return nil, refused("data.fixmedins_setl_cnt", row["fixmedins_setl_cnt"], "fsi.not_of_file", "sum", count)
	}
	for _, x := range []struct {
		field string
		sum   money.Fen
	}{{"medfee_sumamt", total}, {"fund_pay_sumamt", funds}} {
		if said, err := money.ParseFen(row[x.field]); err != nil || said != x.sum {
			return nil, refused("data."+x.field, row[x.field], "fsi.not_of_file", "sum", x.sum)
		}
	}
	return details, nil
}

// ledgered are the settlements of the sub-ledger that the message asks for, and a warning when their cash is not what the message says.
func (c *call) ledgered(row fsi.Row) ([]fsi.Detail, error) {
	from, _ := fsi.Day(row["stmt_begndate"]) // days that were checked
	to, _ := fsi.Day(row["stmt_enddate"])
	if to < from {
		return nil, refused("data.stmt_enddate", to, "fsi.ends_before", "begin", from)
	}
	settled, more, err := c.h.Settled(store.SettledQuery{Institution: c.by.Code, From: policy.Date(from), To: policy.Date(to), Clearing: row["clr_type"], Most: fsi.MostDetails})
	if err != nil {
		return nil, err
	}
	if more {
		return nil, refused("data.stmt_enddate", to, "fsi.many_settlements", "most", fsi.MostDetails)
	}
	details, cash := make([]fsi.Detail, len(settled)), money.Fen(0)
	for i := range settled {
		s := &settled[i]
		var content settledContent
		if err := json.Unmarshal(s.Content, &content); err != nil {
			return nil, fault.Wrap(err, "fsi.failed")
		}
		cash += s.Cash
		details[i] = fsi.Detail{Settlement: s.ID, Visit: s.Visit, Person: strconv.FormatInt(int64(s.Person), 10), Undoing: s.Mirrors != "", Undone: s.Mirrors, Message: content.Message,
			Total: s.Total, Funds: s.Funds(), Account: s.Account + s.Family}
	}
	if said, err := money.ParseFen(row["cash_payamt"]); err != nil || said != cash {
		c.warn = c.by.Say(fault.Msg("fsi.unbalanced", "field", "cash_payamt", "theirs", row["cash_payamt"], "ours", cash))
	}
	return details, nil
}

// memo says in words why a row differs.
func (c *call) memo(d *fsi.Difference) string {
	switch d.Result {
	case fsi.OursOnly:
		return c.by.Say(fault.Msg("fsi.ours_only"))
	case fsi.TheirsOnly:
		return c.by.Say(fault.Msg("fsi.theirs_only", "row", d.Theirs.Row))
	}
	said := make([]string, len(d.Fields))
	for i, field := range d.Fields {
		said[i] = c.by.Say(fault.Msg("fsi.differs", "row", d.Theirs.Row, "field", field, "theirs", d.Theirs.Value(field), "ours", d.Ours.Value(field)))
	}
	return strings.Join(said, " ")
}
