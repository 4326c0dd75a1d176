// Package fsi speaks the national platform's interface for designated institutions (定点医药机构接口): it reads requests strictly by the list of
// fields in fields.tsv, and writes answers by it. It knows what a message looks like and nothing of what one does. It does no I/O.
package fsi
