package office

import (
	"encoding/hex"
	"errors"

	"github.com/emmansun/gmsm/sm3"
)

// Digest (摘要) is an SM3 digest. The zero Digest stands for none.
type Digest [sm3.Size]byte

var errNotDigest = errors.New("not 64 hexadecimal digits in lower case")

// DigestOf is the digest of some bytes.
func DigestOf(content []byte) Digest { return sm3.Sum(content) }

// ParseDigest reads what String writes.
func ParseDigest(text string) (Digest, error) {
	var d Digest
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(d) || hex.EncodeToString(raw) != text {
		return d, errNotDigest
	}
	copy(d[:], raw)
	return d, nil
}

// String is the digest in 64 hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Short is the beginning of the digest, as screens and paper show it.
func (d Digest) Short() string { return d.String()[:12] }

// MarshalText writes the digest as String does.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a digest as ParseDigest does.
func (d *Digest) UnmarshalText(text []byte) error {
	var err error
	*d, err = ParseDigest(string(text))
	return err
}

// Zero tells that there is no digest.
func (d Digest) Zero() bool { return d == Digest{} }
