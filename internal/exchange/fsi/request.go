package fsi

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// Request (请求报文) is a request as it was read. Where it is refused, it holds what could be read of its head all the same.
//
// 依据: YA-4.8.2
type Request struct {
	*Transaction
	Infno       string
	Message     string // msgid
	TreatedAt   string // mdtrtarea_admvs
	InsuredAt   string // insuplc_admdvs
	Institution string // fixmedins_code
	Operator    string // opter
	SignNo      string
	Sent        time.Time // inf_time, in China
	Input       Input
}

// Row (节点数据) is an object by field; what was not sent is empty.
type Row map[string]string

// Input (交易输入) is what was sent, by node.
type Input map[string][]Row

// One gives the object of a node that is one.
func (in Input) One(node string) Row {
	if rows := in[node]; len(rows) > 0 {
		return rows[0]
	}
	return Row{}
}

// Content (报文内容) is the same for requests that ask for the same, whatever they look like.
func (r *Request) Content() []byte {
	b := appendText(append(make([]byte, 0, usualAnswer), `{"Infno":`...), r.Infno)
	b = appendText(append(b, `,"InsuredAt":`...), r.InsuredAt)
	b = appendText(append(b, `,"Institution":`...), r.Institution)
	b = append(b, `,"Input":`...)
	if r.Input == nil {
		return append(b, "null}"...)
	}
	return append(appendInput(b, r.Input), '}')
}

// Limits of a request.
const (
	MostBytes = 4 << 20
	MostRows  = 1000
	deepest   = 8
)

const (
	messageSize     = 30
	institutionSize = 12
	wireClause      = "YA-4.8.2"
	timeLayout      = "2006-01-02 15:04:05"
)

func refused(field, value, key string, args ...any) *fault.Refusal {
	value = short(value)
	return fault.Refuse(fault.Problem{Column: field, Value: value, Clause: wireClause, Message: fault.Msg(key, append(args, "field", field, "value", value)...)})
}

// short is as much of a text as is told again.
func short(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:60]) + "…"
	}
	return text
}

// Read (读取请求报文) reads a request: UTF-8 JSON, whose input may be called input or Input and be an object or a text that holds one. Errors: a fault.Refusal
// that names the first field that is wrong and what was expected.
//
// 依据: YA-4.8.2
func Read(body []byte) (Request, error) {
	var r Request
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if len(body) > MostBytes {
		return r, refused("", "", "fsi.too_large", "most", MostBytes)
	}
	if !utf8.Valid(body) {
		return r, refused("", "", "fsi.not_utf8")
	}
	envelope, written, ok := decode(body)
	if !ok {
		return r, refused("", "", "fsi.not_json")
	}
	if err := distinct(body, envelope, written); err != nil {
		return r, err
	}
	if err := r.head(envelope); err != nil {
		return r, err
	}
	input, err := inputOf(envelope)
	if err != nil {
		return r, err
	}
	r.Input, err = r.Transaction.input(input)
	return r, err
}

// decode reads an object that is all there is, and counts the fields that are written in it.
func decode(text []byte) (out map[string]any, written int, ok bool) {
	if written, ok = members(text); !ok {
		return nil, 0, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&out) != nil || out == nil {
		return nil, 0, false
	}
	_, err := d.Token()
	return out, written, err == io.EOF
}

// members counts the fields of all objects of a text; false where something is nested deeper than a message can be.
func members(text []byte) (count int, ok bool) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > deepest {
				return count, false
			}
		case c == '}' || c == ']':
			depth--
		case c == ':':
			count++
		}
	}
	return count, true
}

// head reads what stands around the input.
func (r *Request) head(envelope map[string]any) error {
	text := func(name string, most int, required bool) (string, error) {
		value, ok := plain(envelope[name])
		return value, checkText(Field{Name: name, Kind: Text, Size: most, Required: required}, value, ok)
	}
	var sent string
	for _, f := range []struct {
		name     string
		most     int
		required bool
		to       *string
	}{{"infno", 5, true, &r.Infno}, {"msgid", messageSize, true, &r.Message}, {"fixmedins_code", institutionSize, true, &r.Institution}, {"mdtrtarea_admvs", 6, true, &r.TreatedAt},
		{"insuplc_admdvs", 6, false, &r.InsuredAt}, {"opter", 30, true, &r.Operator}, {"sign_no", 30, false, &r.SignNo}, {"inf_time", 19, true, &sent}} {
		value, err := text(f.name, f.most, f.required)
		if err != nil {
			return err
		}
		*f.to = value
	}
	at, err := time.ParseInLocation(timeLayout, sent, policy.China)
	if err != nil {
		return refused("inf_time", sent, "fsi.time")
	}
	r.Sent = at
	if len(r.Institution) != institutionSize {
		return refused("fixmedins_code", r.Institution, "fsi.length", "size", institutionSize)
	}
	if len(r.Message) != messageSize || !strings.HasPrefix(r.Message, r.Institution) {
		return refused("msgid", r.Message, "fsi.msgid", "size", messageSize)
	}
	if r.Infno == "2203A" { // what some versions call it
		r.Infno = "2203"
	}
	var ok bool
	if r.Transaction, ok = Lookup(r.Infno); !ok {
		return refused("infno", r.Infno, "fsi.not_served")
	}
	return nil
}

// inputOf finds the input, whatever it is called.
func inputOf(envelope map[string]any) (map[string]any, error) {
	value, small := envelope["input"]
	if large, ok := envelope["Input"]; ok {
		if small {
			return nil, refused("Input", "", "fsi.input_twice")
		}
		value = large
	}
	switch v := value.(type) {
	case map[string]any:
		return v, nil
	case string:
		if in, written, ok := decode([]byte(v)); ok {
			return in, distinct([]byte(v), in, written)
		}
	}
	return nil, refused("input", "", "fsi.input")
}

// input reads the nodes of a transaction. Nodes and fields that are not in the list are left out: provinces add some.
func (t *Transaction) input(sent map[string]any) (Input, error) {
	in := Input{}
	for i := range t.In {
		node := &t.In[i]
		value, named := sent[node.Name]
		if !named && node.Also != "" {
			value = within(sent, node.Also)
		}
		objects, err := node.objects(value)
		if err != nil {
			return nil, err
		}
		for n, object := range objects {
			row, err := node.row(object, n)
			if err != nil {
				return nil, err
			}
			in[node.Name] = append(in[node.Name], row)
		}
	}
	return in, nil
}

// within finds what stands under a name, or under one in the object of another: data.stastinfo.
func within(sent map[string]any, path string) any {
	outer, inner, nested := strings.Cut(path, ".")
	if object, ok := sent[outer].(map[string]any); nested && ok {
		return object[inner]
	}
	return sent[outer]
}

func (n *Node) objects(value any) ([]map[string]any, error) {
	object, isObject := value.(map[string]any)
	list, isList := value.([]any)
	switch {
	case !n.Many && isObject:
		return []map[string]any{object}, nil
	case !n.Many:
		return nil, refused(n.Name, "", "fsi.object")
	case n.Maybe && (value == nil || isList && len(list) == 0):
		return nil, nil
	case !isList || len(list) == 0 || len(list) > MostRows:
		return nil, refused(n.Name, "", "fsi.list", "most", MostRows)
	}
	out := make([]map[string]any, len(list))
	for i, one := range list {
		var ok bool
		if out[i], ok = one.(map[string]any); !ok {
			return nil, refused(n.path("", i), "", "fsi.object")
		}
	}
	return out, nil
}
