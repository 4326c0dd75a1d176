package counter

import (
	"time"

	"tongchou/internal/exchange/fsi"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// The transactions of signing in and out.
const (
	signingIn  = "9001"
	signingOut = "9002"
)

// verified refuses a message that is not signed as the institution's are. What an institution without a key sends as a signature is not looked at.
//
// 依据: YA-4.8.2, YA-4.10.2
func (c *call) verified(body []byte) error {
	i := &c.by.Institution
	switch {
	case !c.SignedOnly && (i.Signing == store.SigningOff || i.Signing == store.SigningOptional && !fsi.Signed(body)):
		return nil
	case i.SignKey == "":
		return refused("cainfo", "", "fsi.no_key", "institution", i.Code)
	}
	key, err := c.keyOf(i.SignKey)
	if err != nil {
		return err
	}
	return key.Verify(body, i.Signing == store.SigningWhole)
}

// keyOf is the key of a text, which is read once.
func (s *Service) keyOf(text string) (*fsi.PublicKey, error) {
	if known, ok := s.keys.Load(text); ok {
		return known.(*fsi.PublicKey), nil
	}
	key, err := fsi.ParsePublicKey(text)
	if err == nil {
		s.keys.Store(text, key)
	}
	return key, err
}

// signed is an answer with this side's signature, for an institution that has a key on file.
func (s *Service) signed(by Caller, answer []byte) ([]byte, error) {
	if s.Signer == nil || by.SignKey == "" {
		return answer, nil
	}
	return s.Signer.SignAnswer(answer)
}

// signOut (9002 签退) ends a sign-in of the operator's: its number holds no more.
func (c *call) signOut() error {
	row := c.Input.One("signOut")
	if no := row["sign_no"]; no != c.SignNo {
		return refused("signOut.sign_no", no, "fsi.other_sign_in")
	}
	if opter := row["opter_no"]; opter != "" && opter != c.Operator {
		return refused("signOut.opter_no", opter, "fsi.other_sign_in")
	}
	first, err := c.h.SignOut(c.by.Code, c.SignNo, c.at, c.at.Add(-signTime))
	if err == nil && !first {
		err = refused("sign_no", c.SignNo, "fsi.signed_out")
	}
	c.out[""] = []fsi.Row{{"sign_time": c.at.In(policy.China).Format(time.DateTime)}}
	return err
}
