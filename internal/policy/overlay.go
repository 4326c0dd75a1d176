package policy

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tongchou/internal/fault"
)

// ParseOverlay reads a scenario (方案) file: a name and the values it sets by parameter id. What the values mean is
// checked when the overlay is laid over a set.
func ParseOverlay(file string, content []byte) (Overlay, error) {
	var in overlayFile
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&in); err != nil {
		line, detail := yamlPlace(err)
		return Overlay{}, fault.Refuse(fault.Problem{File: file, Row: line, Message: fault.Msg("policy.yaml", "detail", detail)})
	}
	if in.Set == nil {
		in.Set = map[ParameterID]string{}
	}
	return Overlay(in), nil
}

// FormatOverlay writes a scenario as the file that ParseOverlay reads.
func FormatOverlay(o Overlay) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(overlayFile(o)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// overlayFile is the shape of a scenario file.
type overlayFile struct {
	Name string                 `yaml:"name"`
	Set  map[ParameterID]string `yaml:"set"`
}

var yamlLine = regexp.MustCompile(`line (\d+):? ?`)

// yamlPlace takes the line out of a message of the YAML library.
func yamlPlace(err error) (line int, detail string) {
	detail = strings.TrimPrefix(err.Error(), "yaml: ")
	if found := yamlLine.FindStringSubmatch(detail); found != nil {
		line, _ = strconv.Atoi(found[1])
		detail = strings.Replace(detail, found[0], "", 1)
	}
	return line, strings.TrimSpace(detail)
}
