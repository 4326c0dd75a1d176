package web

import (
	"net/http"

	"tongchou/internal/policy"
)

// whatIfYAML gives the scenario as the file the command line reads: a name and a map of parameters to values.
func (s *site) whatIfYAML(f *frame, w http.ResponseWriter, r *http.Request) error {
	wanted := f.scenarioOf()
	if wanted.overlay.Name = wanted.name; wanted.overlay.Name == "" {
		wanted.overlay.Name = f.T("web.whatif.unnamed")
	}
	out, err := policy.FormatOverlay(wanted.overlay)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="scenario.yaml"`)
	_, err = w.Write(out)
	return err
}
