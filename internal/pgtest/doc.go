// Package pgtest starts throw-away PostgreSQL clusters for tests, from the machine's own programs. No program imports it.
package pgtest
