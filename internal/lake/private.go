package lake

import "io/fs"

// Private tells whether a file with a key is its owner's alone.
func Private(info fs.FileInfo) bool { return private(info) }
