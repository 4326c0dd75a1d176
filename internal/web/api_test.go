package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tongchou/internal/office"
)

// schema is a part of the description's JSON Schema.
type schema map[string]any

// described is the description as it is served.
type described struct {
	t   *testing.T
	doc schema
}

func describedAPI(t *testing.T) described {
	t.Helper()
	var doc schema
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	return described{t, doc}
}

func (s schema) under(name string) schema {
	part, _ := s[name].(map[string]any) // none is an empty one
	return part
}

// wrong says what of a value a schema does not allow; the keywords that the description uses are known, another one fails.
func (d described) wrong(s schema, value any, at string) (out []string) {
	say := func(format string, args ...any) { out = append(out, at+": "+fmt.Sprintf(format, args...)) }
	for keyword, is := range s {
		switch keyword {
		case "$ref":
			out = append(out, d.wrong(d.doc.under("components").under("schemas").under(strings.TrimPrefix(is.(string), "#/components/schemas/")), value, at)...)
		case "type":
			if kinds, many := is.([]any); !(many && slices.Contains(kinds, any(kindOf(value)))) && is != kindOf(value) {
				say("%v is no %v", value, is)
			}
		case "enum":
			if !slices.Contains(is.([]any), value) {
				say("%v is none of %v", value, is)
			}
		case "pattern":
			if text, isText := value.(string); isText && !regexp.MustCompile(is.(string)).MatchString(text) {
				say("%q does not match %v", text, is)
			}
		case "items":
			all, _ := value.([]any) // null where that is allowed
			for i, one := range all {
				out = append(out, d.wrong(is.(map[string]any), one, fmt.Sprintf("%s[%d]", at, i))...)
			}
		case "required":
			object, isObject := value.(map[string]any)
			for _, name := range is.([]any) {
				if _, there := object[name.(string)]; isObject && !there {
					say("%s is missing", name)
				}
			}
		case "properties":
			object, _ := value.(map[string]any)
			for name, one := range object {
				if part, known := is.(map[string]any)[name]; known {
					out = append(out, d.wrong(part.(map[string]any), one, at+"."+name)...)
				} else if s["additionalProperties"] == false {
					say("%s is not described", name)
				}
			}
		case "additionalProperties", "description", "minimum", "maximum":
		default:
			say("keyword %s", keyword)
		}
	}
	return out
}

func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	}
	return "object"
}

// answers asks that an answer is as the description says of its path, method, status and kind.
func (d described) answers(method, path string, status int, kind string, body []byte) any {
	d.t.Helper()
	kind, _, _ = strings.Cut(kind, ";")
	response := d.doc.under("paths").under(path).under(strings.ToLower(method)).under("responses").under(fmt.Sprint(status))
	content := response.under("content").under(kind).under("schema")
	if len(content) == 0 {
		d.t.Errorf("%s %s: %d with %s is not described: %s", method, path, status, kind, body)
		return nil
	}
	var value any
	if kind == manyLines {
		return nil
	}
	if err := json.Unmarshal(body, &value); err != nil {
		d.t.Errorf("%s %s: %v: %s", method, path, err, body)
		return nil
	}
	for _, wrong := range d.wrong(content, value, path) {
		d.t.Error(wrong)
	}
	return value
}

// Every route of /api/v1 is described, and nothing else is.
func TestAPIIsDescribed(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	b, _, _ := newHospital(t)
	d := describedAPI(t)
	if d.doc["openapi"] != "3.1.0" {
		t.Error(d.doc["openapi"])
	}
	var served, described []string
	for _, r := range b.site.table {
		served = append(served, r.pattern)
	}
	for _, r := range b.site.routesOfPrograms() {
		served = append(served, r.pattern)
	}
	served = slices.DeleteFunc(served, func(p string) bool { return !strings.Contains(p, " /api/") })
	for path, methods := range d.doc.under("paths") {
		for method := range methods.(map[string]any) {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(served)
	slices.Sort(described)
	if !slices.Equal(served, described) {
		t.Errorf("served %v\ndescribed %v", served, described)
	}
}

// ask calls the interface as a hospital's program.
func (h *hospitalClient) ask(d described, method, path, query, kind, body string) (int, any) {
	h.t.Helper()
	address := strings.TrimSuffix(h.address, callPath)
	r, err := http.NewRequestWithContext(h.t.Context(), method, address+path+query, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if h.token != "" {
		r.Header.Set("Authorization", "Bearer "+h.token)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	value := d.answers(method, strings.Replace(path, "/persons/1/", "/persons/{no}/", 1), w.StatusCode, w.Header.Get("Content-Type"), text)
	if value == nil {
		return w.StatusCode, string(text)
	}
	return w.StatusCode, value
}

const triedVisit = `{"msgid":"M1","person":{"id":"P1","covered_from":"2020-01-01"},"insutype":"390","category":"inpatient","level":"3","place":"local","date":"2026-03-05","days":5,` +
	`"medfee_sumamt":"20000.00","inscp_scp_amt":"20000.00"}`

// A program tries visits without anything being kept, reads its own settlements, and is answered as the description says, whatever it sends.
func TestAPI(t *testing.T) {
	t.Attr("clause", "SC38-6.3")
	t.Attr("clause", "YA-4.10.2")
	b, h, _ := newHospital(t)
	d := describedAPI(t)
	const try, own, description = "/api/v1/settlements:try", "/api/v1/settlements", "/api/v1/openapi.json"
	field := func(value any, path ...string) any {
		for _, name := range path {
			object, _ := value.(map[string]any)
			value = object[name]
		}
		return value
	}
	for _, query := range []string{"", "?explain=1", "?insured=510400&explain=1"} {
		status, got := h.ask(d, http.MethodPost, try, query, "application/json", triedVisit)
		if status != http.StatusOK || field(got, "hifp_pay") != "11520.00" || field(got, "ytd", "admissions") != 1.0 {
			t.Errorf("%s: %d %v", query, status, got)
		}
	}
	second := strings.Replace(triedVisit, "M1", "M2", 1)
	if status, got := h.ask(d, http.MethodPost, try, "", manyLines, triedVisit+"\n"+second+"\n{}\n{\"msgid\":\"M3\",\"reverse\":\"M2\"}\n"); status != http.StatusOK ||
		strings.Count(got.(string), "\n") != 4 || !strings.Contains(got.(string), `"admissions":2`) || !strings.Contains(got.(string), `"error"`) || !strings.Contains(got.(string), `"reverse":"M2"`) {
		t.Errorf("%d %v", status, got)
	}
	for body, want := range map[string]string{"": "json", "[]": "json", strings.Replace(triedVisit, `"390"`, `"391"`, 1): "insutype", strings.Replace(triedVisit, `"days"`, `"dayz"`, 1): "dayz",
		strings.Repeat("[", 9999): "json", `{"msgid":"M1","reverse":"M0"}`: "reverse"} {
		if status, got := h.ask(d, http.MethodPost, try, "", "application/json", body); status != http.StatusUnprocessableEntity || field(got, "error", "field") != want {
			t.Errorf("%.40s: %d %v", body, status, got)
		}
	}
	h.ask(d, http.MethodPost, try, "?insured=1", "application/json", triedVisit)
	if status, _ := h.ask(d, http.MethodPost, try, "", "application/json", strings.Repeat(" ", mostTriedBytes+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", status)
	}
	for _, query := range []string{"?from=2026-11-01&to=2026-11-30", "?from=2026-11-01&to=2026-11-30&limit=1&clr_type=21&after=0"} {
		if status, got := h.ask(d, http.MethodGet, own, query, "", ""); status != http.StatusOK || field(got, "synthetic") != true {
			t.Errorf("%d %v", status, got)
		}
	}
	for _, query := range []string{"", "?from=2026-11-01&to=x", "?from=2026-11-01&to=2026-11-30&limit=0"} {
		if status, _ := h.ask(d, http.MethodGet, own, query, "", ""); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, status)
		}
	}
	h.ask(d, http.MethodGet, description, "", "", "")
	clerk := b.token(b.hire("viewer-c", office.MedicalSecurity, "510104", office.Viewer), office.View)
	institution := h.token
	h.token = string(clerk)
	if status, _ := h.ask(d, http.MethodPost, try, "", "application/json", triedVisit); status != http.StatusOK {
		t.Errorf("a reader's token: %d", status)
	}
	if status, _ := h.ask(d, http.MethodGet, own, "?from=2026-11-01&to=2026-11-30", "", ""); status != http.StatusUnauthorized {
		t.Errorf("a reader's token: %d", status)
	}
	h.token = string(b.token(b.hire("lister", office.MedicalSecurity, "510104", office.EnrolClerk), office.ReadPersons))
	if status, _ := h.ask(d, http.MethodPost, try, "", "application/json", triedVisit); status != http.StatusForbidden {
		t.Errorf("a token without the right: %d", status)
	}
	h.token = ""
	if status, _ := h.ask(d, http.MethodPost, try, "", "application/json", triedVisit); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", status)
	}
	h.ask(d, http.MethodGet, description, "", "", "")
	h.token = institution
}

// What the validator of the test above allows and refuses.
func TestDescriptionIsChecked(t *testing.T) {
	d := describedAPI(t)
	settlement := schema{"$ref": "#/components/schemas/Refusal"}
	for text, wrong := range map[string]int{`{"error":{"field":"x","message":"y"}}`: 0, `{"error":{"field":"x"}}`: 1, `{"error":{"field":"x","message":7}}`: 1, `{"error":{"field":"x","message":"y"},"more":1}`: 1,
		`{"msgid":7}`: 2, `[]`: 1} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if got := d.wrong(settlement, value, ""); len(got) != wrong {
			t.Errorf("%s: %v", text, got)
		}
	}
}
