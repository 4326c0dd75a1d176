package store

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"hash"
	"io/fs"
	"sync"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// personKeyFile is the person key's file in the directory of a SQLite store.
const personKeyFile = "person.key"

// personKeys are what files of persons are sealed and found with. They are drawn from the key file by HMAC-SM3 with a label each.
type personKeys struct {
	seal  cipher.AEAD
	index []byte
	rows  []byte // what versions of rows are marked with
	check []byte // what the store knows the key by
}

func newPersonKeys(key secretKey) (*personKeys, error) {
	draw := func(label string) []byte {
		mac := hmac.New(sm3.New, key[:])
		mac.Write([]byte("tongchou person " + label))
		return mac.Sum(nil)
	}
	block, err := sm4.NewCipher(draw("seal")[:sm4.BlockSize])
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	return &personKeys{seal: seal, index: draw("index"), rows: draw("rows"), check: draw("check")[:sm4.BlockSize]}, err
}

// keyRing finds the person keys of a store: known when it was opened, or made when the first person is stored.
type keyRing struct {
	path string
	mu   sync.Mutex
	keys *personKeys
}

// findKeys reads the person key when the store has persons. Another key than theirs is refused; without one the store serves, but
// gives no person.
func (s *Store) findKeys(ctx context.Context) error {
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	check, err := s.keyCheck(ctx)
	if err != nil || check == nil || s.ring.path == "" {
		return err
	}
	keys, err := readPersonKeys(s.ring.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.hang(keys, check)
}

// hang takes keys into use when they are those the store knows.
func (s *Store) hang(keys *personKeys, check []byte) error {
	if subtle.ConstantTimeCompare(keys.check, check) != 1 {
		return fault.New(fault.Refused, "store.person_key_other", "file", s.ring.path)
	}
	s.ring.keys = keys
	return nil
}

// keyCheck gives what the person key is known by; nil when there is no person yet.
func (s *Store) keyCheck(ctx context.Context) (check []byte, err error) {
	err = s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error { return scan(&check) }, "SELECT key_check FROM person_register")
	})
	return check, err
}

func readPersonKeys(path string) (*personKeys, error) {
	key, err := readSecretKey(path, personKeyWords)
	if err != nil {
		return nil, err
	}
	return newPersonKeys(key)
}

// lookKeys gives the person keys for looking at files. In a store without persons any keys will do: they find nobody.
func (s *Store) lookKeys(ctx context.Context) (*personKeys, error) {
	if keys := s.hung(); keys != nil {
		return keys, nil
	}
	if err := s.findKeys(ctx); err != nil { // another program may have made them
		return nil, err
	}
	if keys := s.hung(); keys != nil {
		return keys, nil
	}
	check, err := s.keyCheck(ctx)
	if err != nil {
		return nil, err
	}
	if check != nil {
		return nil, s.noKeys()
	}
	var key secretKey
	rand.Read(key[:]) // never fails
	return newPersonKeys(key)
}

// hung gives the keys in use; nil when there are none.
func (s *Store) hung() *personKeys {
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	return s.ring.keys
}

func (s *Store) noKeys() error {
	if s.ring.path == "" {
		return fault.New(fault.Refused, "store.person_key_unnamed")
	}
	return fault.New(fault.Refused, "store.no_person_key", "file", s.ring.path)
}

// makeKeys gives the person keys, and makes them when the store has no persons yet. A key that was lost is not replaced. A key file that is
// there is taken.
func (s *Store) makeKeys(ctx context.Context) (*personKeys, error) {
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	if s.ring.keys != nil {
		return s.ring.keys, nil
	}
	check, err := s.keyCheck(ctx)
	if err != nil {
		return nil, err
	}
	if s.ring.path == "" {
		return nil, s.noKeys()
	}
	keys, err := readPersonKeys(s.ring.path)
	if errors.Is(err, fs.ErrNotExist) && check == nil {
		keys, err = newPersonKeyFile(s.ring.path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, s.noKeys()
	}
	if err != nil {
		return nil, err
	}
	if check == nil {
		if check, err = s.register(ctx, keys); err != nil {
			return nil, err
		}
	}
	if err := s.hang(keys, check); err != nil {
		return nil, err
	}
	return keys, nil
}

func newPersonKeyFile(path string) (*personKeys, error) {
	key, err := newSecretKey(path, personKeyWords)
	if err != nil {
		return nil, err
	}
	return newPersonKeys(key)
}

// register writes down what the key is known by, unless another program was first, and gives what stands there.
func (s *Store) register(ctx context.Context, keys *personKeys) ([]byte, error) {
	_, err := s.Write(ctx, Act{quiet: true}, func(t *Tx) error {
		_, err := t.exec("INSERT INTO person_register (id, key_check, next_person, next_source) VALUES (1, $1, 1, 1) ON CONFLICT (id) DO NOTHING", keys.check)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.keyCheck(ctx)
}

// Sizes of blind index keys. A document's must not meet another's by chance: at a thousand million documents the chance is one in a
// hundred thousand millions. Names are opened and compared, so that theirs may meet.
const (
	documentKeySize = 12
	nameKeySize     = 8
)

// blinder makes blind index keys. It is used by one caller at a time.
type blinder struct {
	mac hash.Hash
	sum [sm3.Size]byte
	msg []byte
}

func (k *personKeys) blinder() *blinder { return &blinder{mac: hmac.New(sm3.New, k.index)} }

func (b *blinder) key(kind byte, first, second string) []byte {
	b.msg = append(append(append(append(b.msg[:0], kind), first...), 0), second...)
	b.mac.Reset()
	b.mac.Write(b.msg)
	return b.mac.Sum(b.sum[:0])
}

// document gives the key of a document.
func (b *blinder) document(d enrol.Document) (key [documentKeySize]byte) {
	copy(key[:], b.key('d', string(d.Kind), d.Number))
	return key
}

// inCounty gives the key of a name in a county, as enrol.PlainName writes it.
func (b *blinder) inCounty(plain string, county region.Code) int64 {
	return int64(binary.BigEndian.Uint64(b.key('c', plain, string(county))))
}

// withBirth gives the key of a name with a day of birth.
func (b *blinder) withBirth(plain string, birth policy.Date) int64 {
	return int64(binary.BigEndian.Uint64(b.key('b', plain, string(birth))))
}

// sealed seals a file under its number, so that no row can stand in for another. The nonce comes first.
func (k *personKeys) sealed(no enrol.PersonNo, form []byte) []byte {
	out := make([]byte, nonceSize, nonceSize+len(form)+tagSize)
	rand.Read(out) // never fails
	return k.seal.Seal(out, out, form, binary.BigEndian.AppendUint64(nil, uint64(no)))
}

// sealText seals bytes under what they are of.
func (k *personKeys) sealText(of string, text []byte) []byte {
	out := make([]byte, nonceSize, nonceSize+len(text)+tagSize)
	rand.Read(out) // never fails
	return k.seal.Seal(out, out, text, []byte(of))
}

// openText opens what sealText gave.
func (k *personKeys) openText(of string, sealed []byte) ([]byte, error) {
	if len(sealed) < nonceSize+tagSize {
		return nil, damaged("sealed", of)
	}
	text, err := k.seal.Open(nil, sealed[:nonceSize], sealed[nonceSize:], []byte(of))
	if err != nil {
		return nil, damaged("sealed", of)
	}
	return text, nil
}

// open opens what sealed gave. The room for the form may be used again.
func (k *personKeys) open(room []byte, no enrol.PersonNo, sealed []byte) (*enrol.File, []byte, error) {
	if len(sealed) < nonceSize+tagSize {
		return nil, room, fault.New(fault.Internal, "enrol.damaged", "person", int64(no))
	}
	form, err := k.seal.Open(room[:0], sealed[:nonceSize], sealed[nonceSize:], binary.BigEndian.AppendUint64(nil, uint64(no)))
	if err != nil {
		return nil, room, &fault.Error{Kind: fault.Internal, Message: fault.Msg("enrol.damaged", "person", int64(no)), Cause: err}
	}
	file, err := enrol.ReadForm(no, form)
	return file, form, err
}
