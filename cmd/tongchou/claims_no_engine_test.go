//go:build !cgo || !(linux || darwin || windows) || !(amd64 || arm64)

package main

// claimsEngine tells that the program has the data engine of the claims store: the condition [duckdb] of scripts.
const claimsEngine = false
