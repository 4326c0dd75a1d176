package store

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"tongchou/internal/fault"
)

// A sealed stream is sealMagic, a salt, and pieces: four bytes that say how long what follows is, big end first, and that many
// bytes of SM4-GCM. The key of the stream is drawn from the key file's by HMAC-SM3 of the salt, so that no two streams share
// one. The nonce counts the pieces and marks the last: none can be left out, moved, or cut off. Every piece authenticates the
// beginning of the stream.
const (
	sealMagic = "tongchou backup 1\n"
	saltSize  = 32
	pieceSize = 1 << 20
	tagSize   = 16
	nonceSize = 12
)

// BackupKey (备份密钥) is the secret that backups are encrypted with.
type BackupKey [sm4.BlockSize]byte

// String hides the key from logs.
func (BackupKey) String() string { return "BackupKey" }

// GoString hides the key from logs.
func (BackupKey) GoString() string { return "BackupKey" }

// MarshalText hides the key from logs.
func (BackupKey) MarshalText() ([]byte, error) { return []byte("BackupKey"), nil }

// NewKeyFile makes a key file: 32 hexadecimal digits, for its owner's eyes alone. It never replaces a file.
func NewKeyFile(path string) (BackupKey, error) {
	key, err := newSecretKey(path, backupKeyWords)
	return BackupKey(key), err
}

// ReadKeyFile reads a key file. One that others may read is refused.
func ReadKeyFile(path string) (BackupKey, error) {
	key, err := readSecretKey(path, backupKeyWords)
	return BackupKey(key), err
}

// secretKey is what a key file holds.
type secretKey [sm4.BlockSize]byte

// keyWords are what is said about a key file.
type keyWords struct{ none, failed, open, form string }

var (
	backupKeyWords = keyWords{"store.no_key_file", "store.key_file", "store.key_open", "store.key_form"}
	personKeyWords = keyWords{"store.no_person_key", "store.person_key_file", "store.person_key_open", "store.person_key_form"}
)

func newSecretKey(path string, words keyWords) (key secretKey, err error) {
	if _, err := rand.Read(key[:]); err != nil {
		return key, fault.Wrap(err, words.failed, "file", path)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return key, fault.Wrap(err, words.failed, "file", path)
	}
	_, err = file.WriteString(hex.EncodeToString(key[:]) + "\n")
	if err == nil {
		err = file.Sync()
	}
	if failed := file.Close(); err == nil {
		err = failed
	}
	if err != nil {
		return key, fault.Wrap(err, words.failed, "file", path)
	}
	return key, nil
}

func readSecretKey(path string, words keyWords) (key secretKey, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return key, &fault.Error{Kind: fault.Refused, Message: fault.Msg(words.none, "file", path), Cause: err}
	}
	if err != nil {
		return key, fault.Wrap(err, words.failed, "file", path)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return key, fault.New(fault.Refused, words.open, "file", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return key, fault.Wrap(err, words.failed, "file", path)
	}
	raw, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(raw) != len(key) {
		return key, fault.New(fault.Refused, words.form, "file", path, "digits", 2*len(key))
	}
	copy(key[:], raw)
	return key, nil
}

// pieces seals or opens the pieces of one stream.
type pieces struct {
	aead  cipher.AEAD
	head  []byte
	count uint32
}

func newPieces(key BackupKey, salt []byte) (*pieces, error) {
	mac := hmac.New(sm3.New, key[:])
	mac.Write([]byte(sealMagic))
	mac.Write(salt)
	block, err := sm4.NewCipher(mac.Sum(nil)[:sm4.BlockSize])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &pieces{aead: aead, head: append([]byte(sealMagic), salt...)}, err
}

// nonce is that of the next piece.
func (p *pieces) nonce(last bool) []byte {
	nonce := make([]byte, nonceSize)
	binary.BigEndian.PutUint32(nonce[nonceSize-5:], p.count)
	if last {
		nonce[nonceSize-1] = 1
	}
	p.count++
	return nonce
}

// sealer encrypts what is written to it.
type sealer struct {
	to     io.Writer
	pieces *pieces
	buffer []byte
}

func newSealer(to io.Writer, key BackupKey) (*sealer, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	p, err := newPieces(key, salt)
	if err != nil {
		return nil, err
	}
	_, err = to.Write(p.head)
	return &sealer{to: to, pieces: p, buffer: make([]byte, 0, pieceSize)}, err
}

// Write seals a piece whenever one is full and something follows it.
func (s *sealer) Write(content []byte) (int, error) {
	written := len(content)
	for len(content) > 0 {
		if len(s.buffer) == pieceSize {
			if err := s.seal(false); err != nil {
				return 0, err
			}
		}
		n := min(pieceSize-len(s.buffer), len(content))
		s.buffer = append(s.buffer, content[:n]...)
		content = content[n:]
	}
	return written, nil
}

// Close seals the last piece.
func (s *sealer) Close() error { return s.seal(true) }

var errTooLong = errors.New("store: more pieces than can be counted")

func (s *sealer) seal(last bool) error {
	if s.pieces.count == 1<<32-1 {
		return errTooLong
	}
	sealed := s.pieces.aead.Seal(nil, s.pieces.nonce(last), s.buffer, s.pieces.head)
	s.buffer = s.buffer[:0]
	if _, err := s.to.Write(binary.BigEndian.AppendUint32(nil, uint32(len(sealed)))); err != nil {
		return err
	}
	_, err := s.to.Write(sealed)
	return err
}

// What can be wrong with a sealed stream.
var (
	errNotSealed = fault.New(fault.Refused, "store.not_backup")
	errBroken    = fault.New(fault.Refused, "store.backup_broken")
)

// opener decrypts a sealed stream. It gives the content of a piece only when that piece is whole and in its place, and io.EOF only
// after the last.
type opener struct {
	from   io.Reader
	pieces *pieces
	rest   []byte
	last   bool
}

func newOpener(from io.Reader, key BackupKey) (*opener, error) {
	head := make([]byte, len(sealMagic)+saltSize)
	if _, err := io.ReadFull(from, head); err != nil || string(head[:len(sealMagic)]) != sealMagic {
		return nil, errNotSealed
	}
	p, err := newPieces(key, head[len(sealMagic):])
	return &opener{from: from, pieces: p}, err
}

// Read gives opened content.
func (o *opener) Read(to []byte) (int, error) {
	for len(o.rest) == 0 {
		if o.last {
			return 0, io.EOF
		}
		if err := o.open(); err != nil {
			return 0, err
		}
	}
	n := copy(to, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// open reads a piece. Only the last may be followed by nothing, and nothing may follow it.
func (o *opener) open() error {
	var length [4]byte
	if _, err := io.ReadFull(o.from, length[:]); err != nil {
		return broken(err)
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < tagSize || n > pieceSize+tagSize {
		return errBroken
	}
	sealed := make([]byte, n)
	if _, err := io.ReadFull(o.from, sealed); err != nil {
		return broken(err)
	}
	count := o.pieces.count
	content, err := o.pieces.aead.Open(nil, o.pieces.nonce(false), sealed, o.pieces.head)
	if err != nil {
		o.pieces.count = count
		if content, err = o.pieces.aead.Open(nil, o.pieces.nonce(true), sealed, o.pieces.head); err != nil {
			return errBroken
		}
		if _, err := io.ReadFull(o.from, length[:1]); !errors.Is(err, io.EOF) {
			return broken(err)
		}
		o.last = true
	}
	o.rest = content
	return nil
}

// broken is a stream that ends too early or goes on too long; what the disk says is passed on.
func broken(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errBroken
	}
	return err
}
