package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// client is a window of an institution: one connection, one message after the other.
type client struct {
	l       *hospitalLoad
	by      institution
	address string
	conn    net.Conn
	read    *bufio.Reader
	body    []byte
	head    []byte
}

func (l *hospitalLoad) client(address string, by institution) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, fault.Wrap(err, "cli.bench.settle.server")
	}
	return &client{l: l, by: by, address: address, conn: conn, read: bufio.NewReaderSize(conn, 1<<14)}, nil
}

// answered is an answer to a message that was done.
type answered struct {
	body []byte
	took time.Duration
}

// field finds the text of a field that is in the answer once.
func (a answered) field(name string) string {
	_, rest, _ := bytes.Cut(a.body, []byte(`"`+name+`":"`))
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}

// message writes a message in the national envelope, under an id of its own: of each second of the load's time ten thousand are numbered, however fast they are sent.
func (c *client) message(infno, county, input string) []byte {
	now := time.Now().In(policy.China)
	n := c.l.serial.Add(1)
	return fmt.Appendf(c.body[:0], `{"infno":"%s","msgid":"%s%s%04d","mdtrtarea_admvs":"%s","insuplc_admdvs":"%s","recer_sys_code":"SYN","dev_no":"","dev_safe_info":"","cainfo":"","signtype":"","infver":"V1.0",`+
		`"opter_type":"1","opter":"op1","opter_name":"SYN","inf_time":"%s","fixmedins_code":"%s","fixmedins_name":"SYN","sign_no":"%s","input":%s}`,
		infno, c.by.code, c.l.begun.Add(time.Duration(n/10_000)*time.Second).Format("20060102150405"), n%10_000, c.by.division, county, now.Format(time.DateTime), c.by.code, c.by.sign, input)
}

// call sends a message and takes the answer; one that was not done is an error.
func (c *client) call(infno, county, input string) (answered, error) {
	c.body = c.message(infno, county, input)
	a, err := c.send(c.body)
	if err == nil && !bytes.HasPrefix(a.body, []byte(`{"infcode":0,`)) {
		err = fault.New(fault.Refused, "cli.bench.settle.refused", "infno", infno, "answer", string(a.body))
	}
	return a, err
}

// send sends a body as it is.
func (c *client) send(body []byte) (a answered, err error) {
	c.head = fmt.Appendf(c.head[:0], "POST /fsi/api/rsfComIfsService/callService HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", c.address, c.by.token, len(body))
	begun := time.Now()
	if _, err := c.conn.Write(append(c.head, body...)); err != nil {
		return a, fault.Wrap(err, "cli.bench.settle.server")
	}
	a.body, err = c.answer()
	a.took = time.Since(begun)
	return a, err
}

// answer reads an answer whose length is told.
func (c *client) answer() ([]byte, error) {
	length := -1
	for {
		line, err := c.read.ReadSlice('\n')
		if err != nil {
			return nil, fault.Wrap(err, "cli.bench.settle.server")
		}
		if len(line) <= 2 {
			break
		}
		if name, value, _ := strings.Cut(string(line), ":"); strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return nil, fault.Wrap(err, "cli.bench.settle.server")
			}
		}
	}
	if length < 0 {
		return nil, fault.New(fault.Internal, "cli.bench.settle.server")
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c.read, body); err != nil {
		return nil, fault.Wrap(err, "cli.bench.settle.server")
	}
	return body, nil
}

func (c *client) signIn() error {
	a, err := c.call("9001", c.by.division, `{"signIn":{"opter_no":"op1","mac":"","ip":"127.0.0.1"}}`)
	c.by.sign = a.field("sign_no")
	return err
}

// illness is a visit under way.
type illness struct {
	treated
	visit, batch string
}

// stepInput makes the input of a transaction. A visit has three lines of 5, 20 and 60 yuan, all in scope.
func (c *client) stepInput(infno string, v *illness) string {
	day := string(c.l.at)
	switch infno {
	case "2201":
		return fmt.Sprintf(`{"data":{"psn_no":"%s","insutype":"%s","begntime":"%s 00:00:00","mdtrt_cert_type":"02","mdtrt_cert_no":"%s","ipt_otp_no":"O%s","atddr_no":"D1","dr_name":"SYN","dept_code":"K1","dept_name":"SYN","caty":"A01"}}`,
			v.no, v.insurance, day, v.card, v.no)
	case "2203":
		return fmt.Sprintf(`{"mdtrtinfo":{"mdtrt_id":"%s","psn_no":"%s","med_type":"11","begntime":"%s 00:00:00","main_cond_dscr":""},"diseinfo":[{"diag_type":"1","diag_srt_no":"1","diag_code":"J06.900","diag_name":"SYN","diag_dept":"K1","dise_dor_no":"D1","dise_dor_name":"SYN","diag_time":"%s 00:00:00","vali_flag":"1"}]}`,
			v.visit, v.no, day, day)
	case "2204":
		var lines []string
		for i, x := range [][2]string{{"SYN-REG-01", "5.00"}, {"SYN-DRUG-A1", "20.00"}, {"SYN-DRUG-A1", "60.00"}} {
			lines = append(lines, fmt.Sprintf(`{"feedetl_sn":"%s-%d","mdtrt_id":"%s","psn_no":"%s","chrg_bchno":"%s","rx_circ_flag":"0","fee_ocur_time":"%s 00:00:00","med_list_codg":"%s","medins_list_codg":"S%d","det_item_fee_sumamt":"%s","cnt":"1","pric":"%s","bilg_dept_codg":"K1","bilg_dept_name":"SYN","bilg_dr_codg":"D1","bilg_dr_name":"SYN"}`,
				v.batch, i, v.visit, v.no, v.batch, day, x[0], i, x[1], x[1]))
		}
		return `{"feedetail":[` + strings.Join(lines, ",") + `]}`
	}
	return fmt.Sprintf(`{"data":{"psn_no":"%s","mdtrt_cert_type":"02","mdtrt_cert_no":"%s","med_type":"11","medfee_sumamt":"85.00","psn_setlway":"01","mdtrt_id":"%s","chrg_bchno":"%s","insutype":"%s","acct_used_flag":"0","invono":"","fulamt_ownpay_amt":"0","overlmt_selfpay":"0","preselfpay_amt":"0","inscp_scp_amt":"85.00"}}`,
		v.no, v.card, v.visit, v.batch, v.insurance)
}

// step does a transaction of a visit and keeps what it settles.
func (c *client) step(infno string, v *illness) (answered, error) {
	a, err := c.call(infno, v.county, c.stepInput(infno, v))
	if err != nil {
		return a, err
	}
	switch infno {
	case "2201":
		v.visit = a.field("mdtrt_id")
	case "2207":
		c.l.settled(batchKind{c.by.code, v.insurance}, a)
	}
	return a, nil
}

// batchKind is what is reconciled together.
type batchKind struct{ institution, insurance string }

type batchSum struct {
	rows         int64
	total, funds money.Fen
	accounts     money.Fen
}

// settled adds a settlement that was acknowledged to its institution's sums.
func (l *hospitalLoad) settled(of batchKind, a answered) {
	amount := func(name string) money.Fen {
		fen, err := money.ParseFen(a.field(name))
		if err != nil {
			return -1 << 60 // what the service cannot have answered does not balance
		}
		return fen
	}
	total, funds, accounts := amount("medfee_sumamt"), amount("fund_pay_sumamt"), amount("acct_pay")
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := l.sums[of]
	if sum == nil {
		sum = &batchSum{}
		l.sums[of] = sum
	}
	sum.rows, sum.total, sum.funds, sum.accounts = sum.rows+1, sum.total+total, sum.funds+funds, sum.accounts+accounts
}

// batchesEach is how many batches of charges a visit has that goes on.
const batchesEach = 10

// load signs everybody in, prepares, and measures.
func (l *hospitalLoad) load(server *loaded) error {
	for i := range l.by {
		c, err := l.client(server.address, l.by[i])
		if err != nil {
			return err
		}
		if err := c.signIn(); err != nil {
			return err
		}
		l.by[i] = c.by
		c.conn.Close() // nothing more is sent on it
	}
	ready := make([][]*illness, l.clients)
	if l.what != "visit" {
		if err := l.each(server.address, func(w int, c *client) error { return l.ready(w, c, &ready[w]) }); err != nil {
			return err
		}
	}
	before, own, begun := used(server.cmd.Process.Pid), used(os.Getpid()), time.Now()
	err := l.each(server.address, func(w int, c *client) error { return l.measure(w, c, ready[w], begun) })
	l.elapsed = time.Since(begun)
	l.server, l.own = used(server.cmd.Process.Pid)-before, used(os.Getpid())-own
	return err
}

// share is how many of the rounds a client does.
func (l *hospitalLoad) share(w int) int { return l.count*(w+1)/l.clients - l.count*w/l.clients }

// ready registers the visits that a client settles later, and charges for them.
func (l *hospitalLoad) ready(w int, c *client, out *[]*illness) error {
	n, steps := l.share(w), []string{"2201", "2203", "2204"}
	switch l.what {
	case "course":
		n, steps = (n+batchesEach-1)/batchesEach, steps[:2]
	case "trial":
		n = min(n, batchesEach)
	}
	for i := range n {
		v := &illness{treated: l.patient(w, i), batch: "B1"}
		for _, infno := range steps {
			if _, err := c.step(infno, v); err != nil {
				return err
			}
		}
		*out = append(*out, v)
	}
	return nil
}

// patient is whom a client treats next: no two clients begin with the same, and in the end everybody is treated by many.
func (l *hospitalLoad) patient(w, i int) treated {
	return l.whom[(w*len(l.whom)/l.clients+i*7)%len(l.whom)]
}

// measure does rounds until there are enough, or the time is over.
func (l *hospitalLoad) measure(w int, c *client, ready []*illness, begun time.Time) error {
	var took []time.Duration
	rounds := 0
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.took, l.rounds = append(l.took, took...), l.rounds+rounds
	}()
	for i := range l.share(w) {
		if l.duration > 0 && time.Since(begun) > l.duration {
			return nil
		}
		var v *illness
		switch l.what {
		case "visit":
			v = &illness{treated: l.patient(w, i), batch: "B1"}
		case "course":
			v = ready[i/batchesEach]
			v.batch = "B" + strconv.Itoa(i%batchesEach)
		default:
			v = ready[i%len(ready)]
		}
		for _, infno := range settleKinds[l.what] {
			a, err := c.step(infno, v)
			if err != nil {
				return err
			}
			took = append(took, a.took)
		}
		rounds++
	}
	return nil
}

// each runs something for every client at once.
func (l *hospitalLoad) each(address string, do func(w int, c *client) error) error {
	var wg sync.WaitGroup
	failed := make(chan error, l.clients)
	for w := range l.clients {
		wg.Go(func() {
			c, err := l.client(address, l.by[w%len(l.by)])
			if err == nil {
				err = do(w, c)
				c.conn.Close() // all was answered
			}
			if err != nil {
				failed <- err
			}
		})
	}
	wg.Wait()
	close(failed)
	return <-failed
}

// reconcile asks the service (3201) whether it holds what was acknowledged, of every institution and insurance.
func (l *hospitalLoad) reconcile(address string) error {
	for _, by := range l.by {
		c, err := l.client(address, by)
		if err != nil {
			return err
		}
		for _, insurance := range []string{"310", "390"} {
			sum := l.sums[batchKind{by.code, insurance}]
			if sum == nil {
				sum = &batchSum{}
			}
			a, err := c.call("3201", by.division, fmt.Sprintf(`{"data":{"insutype":"%s","clr_type":"11","setl_optins":"%s","stmt_begndate":"%s","stmt_enddate":"%s","medfee_sumamt":"%s","fund_pay_sumamt":"%s","acct_pay":"%s","fixmedins_setl_cnt":"%d"}}`,
				insurance, by.division, l.at, l.at, sum.total, sum.funds, sum.accounts, sum.rows))
			if err != nil {
				return err
			}
			if a.field("stmt_rslt") != "0" {
				return fault.New(fault.Refused, "cli.bench.settle.unbalanced", "institution", by.code, "answer", string(a.body))
			}
			l.balanced++
		}
		c.conn.Close() // nothing more is sent on it
	}
	return nil
}
