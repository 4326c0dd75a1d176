package web

import (
	"bytes"
	"net/http"

	"go.yaml.in/yaml/v3"

	"tongchou/internal/policy"
)

// whatIfYAML gives the scenario as the file the command line reads: a name and a map of parameters to values.
func (s *site) whatIfYAML(f *frame, w http.ResponseWriter, r *http.Request) error {
	wanted := f.scenarioOf()
	file := struct {
		Name string                        `yaml:"name"`
		Set  map[policy.ParameterID]string `yaml:"set"`
	}{wanted.name, wanted.overlay.Set}
	if file.Name == "" {
		file.Name = f.T("web.whatif.unnamed")
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(file); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="scenario.yaml"`)
	_, err := w.Write(out.Bytes())
	return err
}
