// Package enrol is enrolment (参保筹资): who is insured where, what was paid, and what a year's cover entitles to. It does
// no I/O.
package enrol
