package web

import (
	"net/http"
	"strings"
	"testing"
)

// Every page of the table answers, in both languages, and says nothing it has no text for.
func TestEveryRouteAnswers(t *testing.T) {
	s := testSite(t, sichuan())
	h := s.handler()
	names := strings.NewReplacer("{$}", "", "{code}", "510300", "{id}", "SC38-4.2")
	for _, r := range s.table {
		path, isGet := strings.CutPrefix(names.Replace(r.pattern), "GET ")
		if !isGet || strings.Contains(path, "{") {
			continue
		}
		for _, lang := range []string{"zh", "en"} {
			w := get(t, h, with(path, "lang", lang))
			if w.Code >= http.StatusInternalServerError {
				t.Errorf("%s: %d", r.pattern, w.Code)
			}
			if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				checkTexts(t, r.pattern, w.Body.String())
			}
		}
	}
}
