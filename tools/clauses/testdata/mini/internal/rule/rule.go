// Package rule is a small module's only room.
package rule

// Share is a tenth.
//
// 依据: D-1, D-2
func Share(x int) int {
	return x / 10
}

type kind struct{}

// Third is executed by a subtest alone.
//
// 依据: D-3
func (*kind) Third() int {
	return 3
}

// Idle is executed by no test.
//
// 依据: D-1
func Idle() int {
	return 0
}

// Failed is executed by a test that fails.
//
// 依据: D-4
func Failed() int {
	return 4
}
