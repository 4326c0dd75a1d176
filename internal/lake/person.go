package lake

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/fault"
)

const (
	keyBytes       = 32
	pseudonymBytes = 9 // 72 bits: two of a nation's persons meet with a chance of 1 in 5,000, and 12 letters need no heap
)

// personKey reads the key that pseudonyms are made with, and makes one for a new store. Without it, new rows of a person no
// longer meet the old ones, so it must be kept as safe as the store itself. The caller holds the lock.
func (l *Lake) personKey() ([]byte, error) {
	path := l.path(keyFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := l.mayBegin(path); err != nil {
			return nil, err
		}
		key := make([]byte, keyBytes)
		rand.Read(key) // never fails
		content, err := l.enclose([]byte(hex.EncodeToString(key) + "\n"))
		if err != nil {
			return nil, err
		}
		return key, l.failure(writeFile(path, content), "lake.key", "file", path)
	}
	if err != nil {
		return nil, l.failure(err, "lake.key", "file", path)
	}
	if !private(info) {
		return nil, fault.New(fault.Refused, "lake.key_open", "file", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, l.failure(err, "lake.key", "file", path)
	}
	if text, err = l.disclose(path, text); err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyBytes {
		return nil, fault.New(fault.Refused, "lake.key", "file", path)
	}
	return key, nil
}

// mayBegin refuses a new key where imports count: their persons would be others from then on. Tables know their key themselves.
func (l *Lake) mayBegin(path string) error {
	if l.options.DSN != "" {
		return nil
	}
	m, err := l.Manifest()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(m.Imports, func(i Import) bool { return !i.Withdrawn }) {
		return fault.New(fault.Refused, "lake.key_lost", "file", path)
	}
	return nil
}

// pseudonymizer writes pseudonyms (假名) for persons' numbers: HMAC-SM3 with the store's key.
type pseudonymizer struct {
	mac hash.Hash
	sum []byte
}

func newPseudonymizer(key []byte) *pseudonymizer {
	return &pseudonymizer{mac: hmac.New(sm3.New, key)}
}

// append appends the pseudonym of a number.
func (p *pseudonymizer) append(b, number []byte) []byte {
	p.mac.Reset()
	p.mac.Write(number)
	p.sum = p.mac.Sum(p.sum[:0])
	return base64.RawURLEncoding.AppendEncode(b, p.sum[:pseudonymBytes])
}
