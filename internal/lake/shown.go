package lake

import (
	"errors"
	"io/fs"
	"os"

	"tongchou/internal/fault"
	"tongchou/internal/pool"
)

// RejectFile (退回记录文件) is where the rows stand that an import did not take in. An import that is not there, is withdrawn or
// took in every row is refused.
//
// 依据: YA-4.8.1
func (l *Lake) RejectFile(id string) (string, error) {
	m, err := l.Manifest()
	if err != nil {
		return "", err
	}
	for _, i := range m.Imports {
		path := l.path(rejectsDir, i.ID+".csv")
		if i.ID != id || i.Withdrawn || i.Rejected == 0 {
			continue
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, l.failure(err, "lake.open", "dir", l.dir)
		}
	}
	return "", fault.New(fault.Refused, "lake.no_import", "id", id)
}

// Province gives the figures of all pooling areas of an insurance together: what is divided and what it is divided by are added
// up. The concentration of cost is left out, for the costliest of the province are not those of its areas.
//
// 依据: YN-2.5
func (f Factors) Province(insurance pool.Insurance) []Indicator {
	var out []Indicator
	for _, d := range Definitions() {
		if d.Name == Top1Share || d.Name == Top5Share {
			continue
		}
		sum := Indicator{Key: pool.Key{Year: f.Snapshot.Year, Insurance: insurance}, Name: d.Name}
		for _, i := range f.Indicators {
			if i.Name == d.Name && i.Insurance == insurance {
				sum.Numerator, sum.Denominator = sum.Numerator+i.Numerator, sum.Denominator+i.Denominator
			}
		}
		sum.Value, sum.Known = divide(sum.Numerator, sum.Denominator, d.Cost)
		out = append(out, sum)
	}
	return out
}
