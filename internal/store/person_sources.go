package store

import (
	"context"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// SourceEntry (来源登记) is what a source of facts was: an act or an import, whose, when, and by which document.
type SourceEntry struct {
	Division region.Code
	At       time.Time
	Who      office.UserID
	Action   string
	Document string
}

// Sources (来源登记) gives what the sources of a file's facts were; those there are not are left out.
//
// 依据: SCE-4.1
func (p Persons) Sources(ctx context.Context, all ...enrol.Source) (map[enrol.Source]SourceEntry, error) {
	out := map[enrol.Source]SourceEntry{}
	err := p.s.read(ctx, func(l *link) error {
		for _, source := range all {
			if err := l.querier(ctx)(func(scan func(...any) error) error {
				var x SourceEntry
				var at string
				err := scan((*string)(&x.Division), &at, (*string)(&x.Who), &x.Action, &x.Document)
				if err == nil {
					x.At, err = unstamp(at)
				}
				out[source] = x
				return err
			}, "SELECT division, at, who, action, document FROM sources WHERE source = $1", int64(source)); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
