package counter

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/catalog"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Service (结算服务) is the counter of a province. Rules gives the schedules by the place of insurance as they are approved now, Catalogue the editions on file; Entitled the rules of residents'
// entitlement for a year; Serial ten random digits.
//
// 依据: YA-4.8.2
type Service struct {
	Store     *store.Store
	Province  region.Code
	Rules     func(context.Context) (*benefit.Rulebook, error)
	Entitled  func(policy.Year) (*enrol.Rules, error)
	Catalogue func(context.Context) (catalog.Catalogue, error)
	Now       func() time.Time
	Serial    func() string
	// Signer signs the answers to institutions that have a key on file; nil for none. SignedOnly asks every institution for signatures.
	Signer     *fsi.Signer
	SignedOnly bool
	standards  store.Lasting[region.Code, enrol.Standards]
	signedOut  store.Lasting[string, map[string]bool]
	keys       sync.Map // of institutions, by their texts
	known      knownTerms
}

// Caller (接入方) is who calls: the institution, the account its program acts for, from where, and the digest of its token. Say turns a message into words.
type Caller struct {
	store.Institution
	User office.UserID
	From office.Address
	Key  office.Digest
	// Infno is the transaction's number where the address names it.
	Infno string
	Say   func(fault.Message) string
}

// operation is what a transaction does.
type operation struct {
	// node is where the person is named; none where nobody is.
	node string
	do   func(*call) error
}

// operations are the transactions that are served.
var operations = map[string]operation{
	signingIn:  {"", (*call).signIn},
	signingOut: {"", (*call).signOut},
	"1101":     {"", (*call).person},
	"1301":     {"", (*call).catalogueFile},
	"1302":     {"", (*call).catalogueFile},
	"1303":     {"", (*call).catalogueFile},
	"1304":     {"", (*call).ethnic},
	"1305":     {"", (*call).catalogueFile},
	"1306":     {"", (*call).catalogueFile},
	"1312":     {"", (*call).listed},
	"1316":     {"", (*call).matched},
	"1317":     {"", (*call).mappings},
	"1318":     {"", (*call).limits},
	"1319":     {"", (*call).shares},
	"2001":     {"data", (*call).entitlement},
	"2201":     {"data", (*call).register},
	"2202":     {"data", (*call).cancel},
	"2203":     {"mdtrtinfo", (*call).diagnose},
	"2204":     {"feedetail", (*call).charge},
	"2205":     {"data", (*call).uncharge},
	"2206":     {"data", (*call).try},
	"2207":     {"data", (*call).settle},
	"2208":     {"data", (*call).reverse},
	"2301":     {"feedetail", (*call).charge},
	"2302":     {"data", (*call).uncharge},
	"2303":     {"data", (*call).try},
	"2304":     {"data", (*call).settle},
	"2305":     {"data", (*call).reverse},
	"2401":     {"mdtrtinfo", (*call).admit},
	"2402":     {"dscginfo", (*call).discharge},
	"2403":     {"adminfo", (*call).amend},
	"2404":     {"data", (*call).cancel},
	"2405":     {"data", (*call).readmit},
	"2501":     {"refmedin", (*call).refer},
	"2502":     {"data", (*call).takeBack},
	"2503":     {"data", (*call).applyChronic},
	"2504":     {"data", (*call).takeBack},
	"2505":     {"data", (*call).choose},
	"2506":     {"data", (*call).takeBack},
	"2601":     {"data", (*call).undo},
	"3201":     {"data", (*call).reconcile},
	"3202":     {"", (*call).compare},
	"3301":     {"", (*call).mapItem},
	"3302":     {"", (*call).unmapItem},
	"4101":     {"", (*call).settlementList},
	"4101A":    {"setlinfo", (*call).settlementList},
	"4102":     {"stastinfo", (*call).setListState},
	"4103":     {"data", (*call).sentList},
	"4104":     {"data", (*call).checkedLists},
	"4105":     {"", (*call).countLists},
	"5102":     {"", (*call).practitioners},
	"5201":     {"data", (*call).visited},
	"5202":     {"data", (*call).diagnosed},
	"5203":     {"data", (*call).settlement},
	"5204":     {"data", (*call).chargedFor},
	"5205":     {"data", (*call).chronicDrugs},
	"5206":     {"data", (*call).accumulated},
	"5301":     {"data", (*call).chronics},
	"5302":     {"data", (*call).chosen},
	"5303":     {"data", (*call).staying},
	"5304":     {"data", (*call).referred},
	"9101":     {"", (*call).upload},
	"9102":     {"", (*call).download},
}

// call is a message being handled. It is made anew whenever its transaction is tried again.
type call struct {
	*Service
	ctx context.Context
	fsi.Request
	by        Caller
	at        time.Time
	serial    string
	about     store.Person
	book      *benefit.Rulebook
	catalogue catalog.Catalogue // as it is on file now
	h         *store.Handled
	out       fsi.Input
	warn      string
	paying    paying
	mapped    mapped
}

// fetching is the transaction whose answer is a file.
const fetching = "9102"

// Handle (受理报文) does what a message asks for and gives the answer, whatever happens: a refusal is one of the platform's form that names the field. The answer to
// 9102 is a zip; all others are objects of JSON. err is what went wrong inside, for the log.
//
// 依据: YA-4.8.2
func (s *Service) Handle(ctx context.Context, by Caller, body []byte) (answer []byte, err error) {
	c := call{Service: s, ctx: ctx, by: by, at: s.Now(), serial: s.Serial()}
	answer, err = c.handle(body)
	if err == nil {
		return answer, nil
	}
	answer = c.Refusal(by, c.at, err)
	if fault.KindOf(err) != fault.Internal {
		err = nil
	}
	return answer, err
}

// Refusal (拒绝应答) is the answer to what cannot be done.
func (s *Service) Refusal(by Caller, at time.Time, err error) []byte {
	code := by.Division
	if code == "" {
		code = s.Province
	}
	text := by.Say(messageOf(err))
	b, failed := json.Marshal(fsi.Answer{Code: fsi.Refused, Ref: string(code) + at.In(policy.China).Format(digits) + s.Serial(), Came: at, Answered: s.Now(), Error: text})
	if failed != nil {
		panic("counter: " + failed.Error()) // texts alone
	}
	if signed, err := s.signed(by, b); err == nil {
		b = signed
	}
	return b
}

// digits is how times are written into numbers.
const digits = "20060102150405"

// handle reads the message, finds whom it is about, and does what it asks for.
func (c *call) handle(body []byte) (_ []byte, err error) {
	if c.Request, err = fsi.Read(body); err != nil {
		return nil, err
	}
	if err := c.verified(body); err != nil {
		return nil, err
	}
	if err := c.admitted(); err != nil {
		return nil, err
	}
	op, served := operations[c.Infno]
	if !served {
		return nil, refused("infno", c.Infno, "fsi.not_served")
	}
	if err := c.find(op); err != nil {
		return nil, err
	}
	if c.book, err = c.Rules(c.ctx); err != nil {
		return nil, err
	}
	if c.catalogue, err = c.Catalogue(c.ctx); err != nil {
		return nil, err
	}
	chain, object := c.by.Division, office.Object{Kind: "institution", ID: c.by.Code}
	if c.about.File != nil {
		chain, object = c.about.County, office.Object{Kind: "person", ID: c.number()}
	}
	act := store.Act{Record: office.Record{Chain: chain, Who: c.by.User, From: c.by.From, Action: "exchange." + c.Infno, Object: object, After: []office.Field{
		{Name: "institution", Value: c.by.Code}, {Name: "message", Value: c.Message}}}, Scope: store.ScopeOf(chain)}
	answer, _, err := c.Store.Exchange().Do(c.ctx, act, c.message(), func(h *store.Handled) ([]byte, error) {
		once := *c
		once.h, once.out = h, fsi.Input{}
		if err := op.do(&once); err != nil {
			return nil, err
		}
		answer, err := fsi.Answer{Ref: c.newNumber(), Came: c.at, Answered: c.Now(), Warning: once.warn, Output: once.out, Operation: c.Transaction}.MarshalJSON()
		if err != nil {
			return nil, err
		}
		return c.signed(c.by, answer) // kept with its signature, so that it is the same when it is asked for again
	})
	if err == nil && c.Infno == fetching {
		return c.file()
	}
	return answer, err
}

// message is the message by its key.
func (c *call) message() store.Message {
	m := store.Message{Key: c.key(c.Infno, c.Message), Content: office.DigestOf(c.Content())}
	if c.about.File != nil {
		m.Person = c.about.No
	}
	return m
}

// key names a message of the institution.
//
// The time comes first, so that messages of a moment lie together.
func (c *call) key(infno, message string) string {
	return strings.TrimPrefix(message, c.by.Code) + "/" + c.by.Code + "/" + infno
}

// newNumber is a number of thirty digits: the division, the time, and ten that are drawn for the message.
func (c *call) newNumber() string {
	return string(c.by.Division) + c.at.In(policy.China).Format(digits) + c.serial
}

// newID names what the message makes, in thirty digits: the time, what is drawn, and the division. Those of a moment lie together.
func (c *call) newID() string {
	return c.at.In(policy.China).Format(digits) + c.serial + string(c.by.Division)
}

func (c *call) number() string { return strconv.FormatInt(int64(c.about.No), 10) }

// today is the day in China.
func (c *call) today() policy.Date {
	return policy.DayOf(c.at)
}

// admitted refuses a message that is not the institution's own, or comes before it signed in.
func (c *call) admitted() error {
	switch {
	case c.by.Infno != "" && c.by.Infno != c.Infno:
		return refused("infno", c.Infno, "fsi.other_address", "address", c.by.Infno)
	case c.Institution != c.by.Code:
		return refused("fixmedins_code", c.Institution, "fsi.other_institution", "own", c.by.Code)
	case c.TreatedAt != string(c.by.Division):
		return refused("mdtrtarea_admvs", c.TreatedAt, "fsi.treated_at", "own", string(c.by.Division))
	case c.Infno == signingIn:
		return nil
	case !c.signedIn():
		return refused("sign_no", c.SignNo, "fsi.sign_no")
	case c.Infno == signingOut: // said again, it has its first answer
		return nil
	}
	out, err := c.signedOut.Get(c.Store, c.by.Code, func() (map[string]bool, error) { return c.Store.Exchange().SignedOut(c.ctx, c.by.Code) })
	if err == nil && out[c.SignNo] {
		err = refused("sign_no", c.SignNo, "fsi.signed_out")
	}
	return err
}

// signTime is how long a sign-in holds (our choice; the interface gives no time).
const signTime = 24 * time.Hour

// signNo (签到编号) is the number of a sign-in: its time, and what only the token's holder is given for it.
func (c *call) signNo(at string) string {
	key := office.DigestOf([]byte(hex.EncodeToString(c.by.Key[:]) + "/" + c.by.Code + "/" + c.Operator + "/" + at))
	return at + hex.EncodeToString(key[:8])
}

func (c *call) signedIn() bool {
	if len(c.SignNo) != len(c.signNo(c.at.In(policy.China).Format(digits))) {
		return false
	}
	at, err := time.ParseInLocation(digits, c.SignNo[:len(digits)], policy.China)
	return err == nil && c.SignNo == c.signNo(c.SignNo[:len(digits)]) && !at.After(c.at) && c.at.Before(at.Add(signTime))
}

// signIn (9001 签到) gives the number that other messages carry.
func (c *call) signIn() error {
	at := c.at.In(policy.China)
	c.out["signinoutb"] = []fsi.Row{{"sign_time": at.Format(time.DateTime), "sign_no": c.signNo(at.Format(digits))}}
	return nil
}

// find finds whom a message is about: all its objects name the same person.
func (c *call) find(op operation) error {
	if c.Infno == "1101" {
		return c.findByCard(c.Input.One("data"))
	}
	if c.Infno == "4101" {
		return c.findByCertificate(c.Input.One("setlinfo"))
	}
	if op.node == "" || c.Infno == "3201" || c.Infno == "4104" && c.Input.One(op.node)["psn_no"] == "" {
		return nil
	}
	first := c.Input.One(op.node)["psn_no"]
	for _, row := range c.Input[op.node] {
		if row["psn_no"] != first {
			return refused("psn_no", row["psn_no"], "fsi.one_person", "first", first)
		}
	}
	no, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return refused("psn_no", first, "fsi.no_person")
	}
	return c.found(c.Store.Exchange().Person(c.ctx, store.ScopeOf(c.Province), enrol.PersonNo(no)))("psn_no", first)
}

// findByCard finds a person by his identity card, or by the document of another kind that psn_cert_type names (假设: the platform's table names none for mdtrt_cert_type). Electronic certificates and
// social-security cards are read by services that this one has no line to.
func (c *call) findByCard(row fsi.Row) error {
	if row["mdtrt_cert_type"] != cardType {
		return refused("data.mdtrt_cert_type", row["mdtrt_cert_type"], "fsi.card_type")
	}
	d := enrol.Document{Kind: enrol.ResidentCard, Number: row["mdtrt_cert_no"]}
	if kind := row["psn_cert_type"]; kind != "" {
		if d.Kind = enrol.DocumentKind(kind); !d.Kind.Known() {
			return refused("data.psn_cert_type", kind, "fsi.document_kind")
		}
	}
	if no := row["certno"]; no != "" && no != d.Number {
		return refused("data.certno", no, "fsi.two_documents", "other", d.Number)
	}
	if err := c.found(c.Store.Exchange().ByDocument(c.ctx, store.ScopeOf(c.Province), d))("data.mdtrt_cert_no", d.Number); err != nil {
		return err
	}
	if name := row["psn_name"]; name != "" && enrol.PlainName(name) != enrol.PlainName(c.about.Identity().Name) {
		return refused("data.psn_name", name, "fsi.other_name")
	}
	return nil
}

// cardType is the identity card (mdtrt_cert_type).
const cardType = "02"

// found takes up a person that was looked for, and refuses one that there is not or that is insured elsewhere than the message says.
func (c *call) found(p store.Person, found bool, err error) func(field, value string) error {
	return func(field, value string) error {
		switch {
		case err != nil:
			return err
		case !found:
			return refused(field, value, "fsi.no_person")
		}
		if c.about = p; c.Infno != "1101" && !c.insuredAt(region.Code(c.InsuredAt)) {
			return refused("insuplc_admdvs", c.InsuredAt, "fsi.insured_at")
		}
		return nil
	}
}

// card refuses a certificate of somebody else.
func (c *call) card(node string, row fsi.Row) error {
	if row["mdtrt_cert_type"] != cardType {
		return refused(node+".mdtrt_cert_type", row["mdtrt_cert_type"], "fsi.card_type")
	}
	if id := c.about.Identity(); id.Number != row["mdtrt_cert_no"] {
		return refused(node+".mdtrt_cert_no", row["mdtrt_cert_no"], "fsi.other_card")
	}
	return nil
}
