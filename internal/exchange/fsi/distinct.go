package fsi

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// distinct refuses an object that has a field twice: of two values nobody can tell which one is meant. What was decoded has fewer fields then than were written, so that counting finds it.
//
// 依据: YA-4.8.2
func distinct(text []byte, decoded map[string]any, written int) error {
	if written == fields(decoded) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	path, _ := repeated(d, "")
	return refused(strings.TrimPrefix(strings.TrimPrefix(path, "input."), "Input."), "", "fsi.field_twice")
}

// fields counts the fields of all objects of a value.
func fields(value any) (count int) {
	switch v := value.(type) {
	case map[string]any:
		count = len(v)
		for _, inner := range v {
			count += fields(inner)
		}
	case []any:
		for _, inner := range v {
			count += fields(inner)
		}
	}
	return count
}

// repeated names the first field that an object has twice, as refusals do: data.psn_no, feedetail[2].cnt.
func repeated(d *json.Decoder, path string) (at string, found bool) {
	switch token, _ := d.Token(); token { // the text was decoded before
	case json.Delim('{'):
		seen := map[json.Token]bool{}
		for d.More() {
			name, _ := d.Token()
			inner := strings.TrimPrefix(path+"."+short(name.(string)), ".")
			if seen[name] {
				return inner, true
			}
			seen[name] = true
			if at, found = repeated(d, inner); found {
				return at, true
			}
		}
		_, _ = d.Token()
	case json.Delim('['):
		for n := 1; d.More(); n++ {
			if at, found = repeated(d, path+"["+strconv.Itoa(n)+"]"); found {
				return at, true
			}
		}
		_, _ = d.Token()
	}
	return "", false
}
