package office

import (
	"iter"

	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// Defect (缺陷) says what is wrong with an entry.
type Defect string

// The defects.
const (
	WrongHash   Defect = "hash"   // its bytes are not those that were hashed
	WrongOrder  Defect = "order"  // it does not follow the entry before it
	Gap         Defect = "gap"    // entries before it are missing
	WrongAnchor Defect = "anchor" // it is not what was anchored
	CutOff      Defect = "cut"    // the chain ends before what was anchored
	WrongSeal   Defect = "seal"   // what it says of the rows it wrote cannot be read
	WrongIndex  Defect = "index"  // what it is found by is not what its bytes say
)

// Broken (断链) names the first entry that is broken, and why.
type Broken struct {
	Chain  region.Code
	Seq    Seq
	Defect Defect
}

// Error is the defect for the log.
func (b *Broken) Error() string { return b.fault().Error() }

// Unwrap gives the refusal for people.
func (b *Broken) Unwrap() error { return b.fault() }

func (b *Broken) fault() *fault.Error {
	return fault.New(fault.Refused, "office.chain."+string(b.Defect), "chain", b.Chain, "seq", int64(b.Seq))
}

// Verify (核验) reads chains from end to end, each in its order, and names the first entry that is broken: *Broken. An error of
// the source is passed on. A chain that anchors others comes before them, so that what was anchored is known when they
// pass: the province's first. known are heads that somebody kept elsewhere, such as on an auditor's paper; without them
// a chain that lost its last entries since the last anchor looks whole.
//
// 依据: YA-4.10.2, YA-4.10.3
func Verify(entries iter.Seq2[Entry, error], known ...Head) error {
	v := verifier{heads: map[region.Code]Head{}, anchors: map[place]Digest{}}
	for _, head := range known {
		if head.Seq > 0 && !v.expect(head) {
			return &Broken{head.Chain, head.Seq, WrongAnchor}
		}
	}
	for e, err := range entries {
		if err != nil {
			return err
		}
		if defect := v.follows(e); defect != "" {
			return &Broken{e.Chain, e.Seq, defect}
		}
		if err := v.anchor(e); err != nil {
			return err
		}
	}
	return v.end()
}

type place struct {
	chain region.Code
	seq   Seq
}

// verifier remembers the head of each chain, and what was anchored, in the order it was.
type verifier struct {
	heads   map[region.Code]Head
	anchors map[place]Digest
	order   []place
}

// expect remembers an anchor; false when another was given for the same entry.
func (v *verifier) expect(h Head) bool {
	at := place{h.Chain, h.Seq}
	if before, ok := v.anchors[at]; ok {
		return before == h.Hash
	}
	v.anchors[at] = h.Hash
	v.order = append(v.order, at)
	return true
}

// follows says what is wrong with the next entry of its chain; empty when it is whole, which makes it the head.
func (v *verifier) follows(e Entry) Defect {
	head := v.heads[e.Chain]
	switch {
	case e.Hash != DigestOf(e.Canonical()):
		return WrongHash
	case e.Seq <= head.Seq:
		return WrongOrder
	case e.Seq > head.Seq+1:
		return Gap
	case e.Prev != head.Hash:
		return WrongOrder
	}
	if want, ok := v.anchors[place{e.Chain, e.Seq}]; ok && want != e.Hash {
		return WrongAnchor
	}
	v.heads[e.Chain] = e.Head()
	return ""
}

// anchor remembers what an entry anchors, if it anchors something.
func (v *verifier) anchor(e Entry) error {
	if e.Action != AnchorAction {
		return nil
	}
	h, ok := e.anchored()
	if !ok || h.Chain == e.Chain {
		return &Broken{e.Chain, e.Seq, WrongAnchor}
	}
	now := v.heads[h.Chain]
	if _, met := v.anchors[place{h.Chain, h.Seq}]; now.Seq > h.Seq && !met {
		return fault.New(fault.Internal, "office.chain.late", "chain", h.Chain, "seq", int64(h.Seq))
	}
	if !v.expect(h) || now.Seq == h.Seq && now.Hash != h.Hash {
		return &Broken{e.Chain, e.Seq, WrongAnchor}
	}
	return nil
}

// end finds anchors whose entries never came.
func (v *verifier) end() error {
	for _, at := range v.order {
		if v.heads[at.chain].Seq < at.seq {
			return &Broken{at.chain, at.seq, CutOff}
		}
	}
	return nil
}
