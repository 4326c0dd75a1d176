package store

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
)

// sliceSize is how many numbers of persons have their marks in one row.
const sliceSize = 4096

// sliceTable holds, for every slice of numbers, the marks of its persons' rows, one over the other by exclusive or, which every engine can be asked for as
// the bits of either less the bits of both.
var sliceTable = &table{name: "person_slices", columns: []string{"slice", "marks", "version"},
	tail: " ON CONFLICT (slice) DO UPDATE SET marks = (person_slices.marks | excluded.marks) - (person_slices.marks & excluded.marks), version = person_slices.version + 1"}

// mark (行标记) is what a version of a person's row is known by: nobody without the person key can make one, and a row put back to an older version of itself has that one's. The end of a
// sealed file is what it is known to be whole by, and no two are alike.
func (k *personKeys) mark(no enrol.PersonNo, version int64, sealed []byte) int64 {
	mac := hmac.New(sm3.New, k.rows)
	msg := binary.BigEndian.AppendUint64(make([]byte, 0, 16+tagSize), uint64(no))
	msg = binary.BigEndian.AppendUint64(msg, uint64(version))
	mac.Write(append(msg, sealed[max(len(sealed)-tagSize, 0):]...))
	var room [sm3.Size]byte
	return int64(binary.BigEndian.Uint64(mac.Sum(room[:0])))
}

// marked takes a mark into its slice, or out of it.
func (t *Tx) marked(no enrol.PersonNo, mark int64) {
	if t.marks == nil {
		t.marks = map[int64]int64{}
	}
	t.marks[int64(no)/sliceSize] ^= mark
}

// writeMarks writes the slices that the act changed, in order, so that two transactions never wait for one another.
func (t *Tx) writeMarks() error {
	if len(t.marks) == 0 {
		return nil
	}
	values := make([]any, 0, len(t.marks)*len(sliceTable.columns))
	for _, slice := range slices.Sorted(maps.Keys(t.marks)) {
		values = append(values, slice, t.marks[slice], int64(1))
		t.wrote(guardedSlices, slice)
	}
	return t.insert(sliceTable, values)
}

// compareMarks compares what the rows of persons come to with what their slices hold, and refuses the first that differs: a row there is an older version of
// itself, or was taken away or added.
//
// 依据: YA-4.10.2
func (s *Store) compareMarks(ctx context.Context, rows map[int64]int64) error {
	kept := map[int64]int64{}
	if err := s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var slice, marks int64
			err := scan(&slice, &marks)
			kept[slice] = marks
			return err
		}, "SELECT slice, marks FROM person_slices")
	}); err != nil {
		return err
	}
	for slice := range rows {
		kept[slice] ^= rows[slice]
	}
	for _, slice := range slices.Sorted(maps.Keys(kept)) {
		if kept[slice] != 0 {
			return fault.New(fault.Refused, "store.verify_older", "first", slice*sliceSize, "last", (slice+1)*sliceSize-1)
		}
	}
	return nil
}
