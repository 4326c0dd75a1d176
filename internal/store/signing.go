package store

import (
	"context"
	"time"
)

// Signing (签名要求) says whether an institution's messages carry a signature.
type Signing string

// What may be asked for.
const (
	SigningOff      Signing = ""         // 不验签
	SigningOptional Signing = "optional" // 有签名则验
	SigningRequired Signing = "required" // 必须签名
	SigningWhole    Signing = "whole"    // 必须签名，并包括输入的摘要
)

// Signings lists what may be asked for.
func Signings() []Signing {
	return []Signing{SigningOff, SigningOptional, SigningRequired, SigningWhole}
}

var guardedSignOuts = &guarded{"sign_outs", list("institution sign_no"), list("at"), false}

// InstitutionByCode finds an institution by its code; false when there is none.
func (e Exchange) InstitutionByCode(ctx context.Context, code string) (i Institution, found bool, err error) {
	err = e.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			found = true
			i, err = scanInstitution(scan)
			return err
		}, "SELECT "+institutionColumns+" FROM institutions WHERE institution = $1", code)
	})
	return i, found, err
}

// SignedOut gives the numbers of an institution's sign-ins that were signed out of.
func (e Exchange) SignedOut(ctx context.Context, institution string) (map[string]bool, error) {
	out := map[string]bool{}
	err := e.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var no string
			err := scan(&no)
			out[no] = true
			return err
		}, "SELECT sign_no FROM sign_outs WHERE institution = $1", institution)
	})
	return out, err
}

// SignOut (签退登记) says of a sign-in that it holds no more, and forgets those of before a time, which hold no more anyway; false when that was said before.
func (h *Handled) SignOut(institution, no string, at, before time.Time) (first bool, err error) {
	var over []string
	first = true
	if err := h.reads(nil, func(scan func(...any) error) error {
		var known, when string
		err := scan(&known, &when)
		if first = first && known != no; when < stamp(before) {
			over = append(over, known)
		}
		return err
	}, "SELECT sign_no, at FROM sign_outs WHERE institution = $1", institution); err != nil || !first {
		return first, err
	}
	for _, known := range over {
		h.wrote(guardedSignOuts, institution, known)
		if err := h.one("DELETE FROM sign_outs WHERE institution = $1 AND sign_no = $2", institution, known); err != nil {
			return false, err
		}
	}
	h.wrote(guardedSignOuts, institution, no)
	return true, h.one("INSERT INTO sign_outs (institution, sign_no, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", institution, no, stamp(at))
}
