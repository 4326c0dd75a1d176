package store

import (
	"context"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// TargetState says how far a plan of targets has come.
type TargetState string

// The states.
const (
	TargetDraft    TargetState = "draft"    // 草拟
	TargetApproved TargetState = "approved" // 已下达
)

// TargetPlan (参保目标方案) is a revision of a division's plan for a year: made by one person, approved by another, and not changed after. Revisions count
// from 1; Version counts the changes of a draft.
type TargetPlan struct {
	enrol.TargetPlan
	Revision   int
	State      TargetState
	Maker      office.UserID
	MadeAt     time.Time
	Approver   office.UserID
	ApprovedAt time.Time
	Version    office.Version
}

const targetColumns = "revision, state, maker, made_at, approver, approved_at, content, version"

// SaveTargets (登记参保目标) keeps a plan that its own check and its state allow. One of version 1 is a new revision; any other replaces the draft of the version before;
// office.ErrStale when that is not there. A plan approved by its own maker is refused.
//
// 依据: SCE-12.1, YA-4.10.3
func (t *Tx) SaveTargets(p TargetPlan) error {
	if err := t.within(p.Division); err != nil {
		return err
	}
	if err := p.Check(); err != nil {
		return err
	}
	if p.State == TargetApproved && p.Approver == p.Maker {
		return fault.Refuse(fault.Problem{Message: fault.Msg("store.targets_own"), Clause: "YA-4.10.3"})
	}
	t.wrote(guardedTargets, string(p.Division), int64(p.Year), int64(p.Revision))
	key := []any{string(p.Division), int64(p.Year), int64(p.Revision)}
	values := []any{string(p.State), string(p.Maker), stamp(p.MadeAt), string(p.Approver), stampOrNone(p.ApprovedAt), p.Canonical(), int64(p.Version)}
	if p.Version == 1 {
		return t.one("INSERT INTO enrolment_targets (division, year, revision, state, maker, made_at, approver, approved_at, content, version) VALUES ("+places(10)+") ON CONFLICT DO NOTHING", append(key, values...)...)
	}
	return t.one(`UPDATE enrolment_targets SET state = $4, maker = $5, made_at = $6, approver = $7, approved_at = $8, content = $9, version = $10
WHERE division = $1 AND year = $2 AND revision = $3 AND version = $11 AND state = $12`, append(append(key, values...), int64(p.Version)-1, string(TargetDraft))...)
}

// Targets (参保目标方案) gives every revision of a division's plan for a year, the first first. A division outside the scope has none.
//
// 依据: SCE-12.1
func (s *Store) Targets(ctx context.Context, scope office.Scope, division region.Code, year policy.Year) ([]TargetPlan, error) {
	if !holds(scope, division) {
		return nil, nil
	}
	return s.targets(ctx, division, year)
}

// TargetOf (上级下达目标) gives what the latest approved plan of the division above asks of one in the scope; false when there is none. Of the plan's other parts
// nothing is given.
//
// 依据: SCE-12.1
func (s *Store) TargetOf(ctx context.Context, scope office.Scope, division, above region.Code, year policy.Year) (part enrol.TargetPart, found bool, err error) {
	if !holds(scope, division) {
		return part, false, nil
	}
	all, err := s.targets(ctx, above, year)
	for _, p := range all {
		if p.State == TargetApproved {
			part, found = p.Part(division)
		}
	}
	return part, found, err
}

func (s *Store) targets(ctx context.Context, division region.Code, year policy.Year) (out []TargetPlan, err error) {
	err = s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var p TargetPlan
			var revision, version int64
			var made, approved string
			var content []byte
			if err := scan(&revision, (*string)(&p.State), (*string)(&p.Maker), &made, (*string)(&p.Approver), &approved, &content, &version); err != nil {
				return err
			}
			p.Revision, p.Version = int(revision), office.Version(version)
			plan, sound := enrol.ParseTargetPlan(content)
			if !sound {
				return fault.New(fault.Internal, "store.damaged", "what", "targets", "value", string(division))
			}
			p.TargetPlan = plan
			out = append(out, p)
			return unstampAll(map[*time.Time]string{&out[len(out)-1].MadeAt: made, &out[len(out)-1].ApprovedAt: approved})
		}, "SELECT "+targetColumns+" FROM enrolment_targets WHERE division = $1 AND year = $2 ORDER BY revision", string(division), int64(year))
	})
	return out, err
}
