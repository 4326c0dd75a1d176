package office

import (
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"tongchou/internal/fault"
)

// PasswordHash (口令摘要) is what is kept of a password: argon2id in the PHC form $argon2id$v=19$m=…,t=…,p=…$salt$hash. It does
// not print itself; string(h) is the text to keep.
type PasswordHash string

// String hides the hash from logs.
func (h PasswordHash) String() string { return Taken }

// GoString hides the hash from logs.
func (h PasswordHash) GoString() string { return Taken }

// MarshalText hides the hash from logs.
func (h PasswordHash) MarshalText() ([]byte, error) { return []byte(Taken), nil }

// Cost (口令摘要代价) is how hard a hash is to compute.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// DefaultCost is the second choice of RFC 9106: 64 MiB, three passes, four lanes.
func DefaultCost() Cost { return Cost{MemoryKiB: 64 * 1024, Passes: 3, Lanes: 4} }

// Bounds of what is computed, so that a forged hash cannot take all memory or time.
const (
	mostMemoryKiB = 1024 * 1024
	mostPasses    = 64
	mostLanes     = 64
	leastMemory   = 8 // for each lane
	leastSalt     = 8
	leastKey      = 16
	mostBytes     = 64
	keyBytes      = 32
)

func (c Cost) sound() bool {
	return c.Lanes >= 1 && c.Lanes <= mostLanes && c.Passes >= 1 && c.Passes <= mostPasses &&
		c.MemoryKiB >= leastMemory*uint32(c.Lanes) && c.MemoryKiB <= mostMemoryKiB
}

// Salt (盐) are random bytes, new for every password.
type Salt [16]byte

// HashPassword makes a hash. Internal is a cost that is out of bounds.
//
// 依据: YA-4.10.2
func HashPassword(password string, salt Salt, c Cost) (PasswordHash, error) {
	if !c.sound() {
		return "", fault.New(fault.Internal, "office.password.cost", "memory", int64(c.MemoryKiB), "passes", int64(c.Passes), "lanes", int(c.Lanes))
	}
	key := argon2.IDKey([]byte(password), salt[:], c.Passes, c.MemoryKiB, c.Lanes, keyBytes)
	return phc{c, salt[:], key}.hash(), nil
}

// phc is a hash taken apart.
type phc struct {
	cost      Cost
	salt, key []byte
}

const phcHead = "$argon2id$v=19$m=%d,t=%d,p=%d$"

func (p phc) hash() PasswordHash {
	b := base64.RawStdEncoding
	return PasswordHash(fmt.Sprintf(phcHead, p.cost.MemoryKiB, p.cost.Passes, p.cost.Lanes) + b.EncodeToString(p.salt) + "$" + b.EncodeToString(p.key))
}

// parse takes a hash apart; false when it is not one that hash would write, or out of bounds.
func (h PasswordHash) parse() (phc, bool) {
	var p phc
	parts := strings.Split(string(h), "$")
	if len(parts) != 6 {
		return p, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.cost.MemoryKiB, &p.cost.Passes, &p.cost.Lanes); n != 3 || err != nil || !p.cost.sound() {
		return p, false
	}
	var wrongSalt, wrongKey error
	p.salt, wrongSalt = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	p.key, wrongKey = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	sound := wrongSalt == nil && wrongKey == nil && len(p.salt) >= leastSalt && len(p.salt) <= mostBytes && len(p.key) >= leastKey && len(p.key) <= mostBytes
	return p, sound && p.hash() == h
}

// Matches tells whether a password is the one that was hashed; no password matches a text that is no hash.
//
// 依据: YA-4.10.2
func (h PasswordHash) Matches(password string) bool {
	p, ok := h.parse()
	if !ok {
		return false
	}
	key := argon2.IDKey([]byte(password), p.salt, p.cost.Passes, p.cost.MemoryKiB, p.cost.Lanes, uint32(len(p.key)))
	return subtle.ConstantTimeCompare(key, p.key) == 1
}

// Outdated tells whether a hash was made at another cost and is to be made anew when the password is next known.
func (h PasswordHash) Outdated(c Cost) bool {
	p, ok := h.parse()
	return !ok || p.cost != c || len(p.key) != keyBytes
}

// decoy is a hash that takes as long to try as any other and that no password is known for.
func decoy(c Cost) PasswordHash {
	return phc{c, make([]byte, len(Salt{})), make([]byte, keyBytes)}.hash()
}

// PasswordRules (口令规则) say what a password must be. Classes counts lower case, upper case, digits, and all else.
type PasswordRules struct {
	Least, Most int // characters
	Classes     int
	History     int // how many of the last passwords cannot come again
	MaxAge      time.Duration
}

// DefaultPasswordRules are the project's choice; YA-4.10.2 asks for graded protection (等保) and gives no figures.
//
// 依据: YA-4.10.2
func DefaultPasswordRules() PasswordRules {
	return PasswordRules{Least: 10, Most: 128, Classes: 3, History: 5, MaxAge: 90 * 24 * time.Hour}
}

// Expired tells whether a password set at one time must be changed at another.
func (r PasswordRules) Expired(set, at time.Time) bool { return !at.Before(set.Add(r.MaxAge)) }

// Check (口令校验) refuses a new password, with every reason; old are the hashes of the last ones, the latest first. The
// refusal does not hold the password.
//
// 依据: YA-4.10.2
func (r PasswordRules) Check(password string, u User, old []PasswordHash) error {
	var l fault.List
	add := func(key string, args ...any) {
		l.Add(fault.Problem{Column: "password", Message: fault.Msg(key, args...), Clause: "YA-4.10.2"})
	}
	if n := utf8.RuneCountInString(password); !utf8.ValidString(password) || n < r.Least || n > r.Most {
		add("office.password.length", "least", r.Least, "most", r.Most)
	}
	if classes(password) < r.Classes {
		add("office.password.classes", "classes", r.Classes)
	}
	if holdsName(password, u) {
		add("office.password.user")
	}
	if easy(password) {
		add("office.password.easy")
	}
	if !l.Empty() {
		return l.Err()
	}
	if slices.ContainsFunc(old[:min(len(old), r.History)], func(h PasswordHash) bool { return h.Matches(password) }) {
		add("office.password.history", "count", r.History)
	}
	return l.Err()
}

func classes(password string) int {
	var lower, upper, digit, other int
	for _, c := range password {
		switch {
		case unicode.IsLower(c):
			lower = 1
		case unicode.IsUpper(c):
			upper = 1
		case unicode.IsDigit(c):
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

// shortestName is from how many characters a login or a part of it counts as found in a password.
const shortestName = 3

func holdsName(password string, u User) bool {
	password = strings.ToLower(password)
	names := append(strings.FieldsFunc(string(u.Login), func(c rune) bool { return strings.ContainsRune("._-", c) }), string(u.Login), u.Name)
	return slices.ContainsFunc(names, func(name string) bool {
		name = strings.ToLower(name)
		reversed := []rune(name)
		slices.Reverse(reversed)
		long := utf8.RuneCountInString(name) >= shortestName || name == u.Name && name != ""
		return long && (strings.Contains(password, name) || strings.Contains(password, string(reversed)))
	})
}

//go:embed common.txt
var commonText string

// easy tells whether a password is among the first that anybody would try: a common word with digits and signs around it
// or in the place of letters, few different characters, or mostly neighbours such as 3456 and aaaa.
func easy(password string) bool {
	word := strings.ToLower(password)
	inner := strings.TrimFunc(word, func(c rune) bool { return !unicode.IsLetter(c) })
	plain := strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").Replace(inner)
	for _, common := range strings.Fields(commonText) {
		if word == common || inner == common || plain == common {
			return true
		}
	}
	const fewest = 5
	different, neighbours, before := map[rune]bool{}, 0, rune(-9)
	for _, c := range word {
		different[c] = true
		if d := c - before; d >= -1 && d <= 1 {
			neighbours++
		}
		before = c
	}
	return len(different) < fewest || 2*neighbours >= utf8.RuneCountInString(word)
}

// Groups of a one-time password: no letter or digit that is easily taken for another.
const (
	oneTimeGroups = 5
	oneTimeUpper  = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	oneTimeLower  = "abcdefghijkmnpqrstuvwxyz"
	oneTimeDigits = "23456789"
)

// OneTimePassword (一次性口令) makes a password that is handed out once, five groups of four such as Kp4m-Wt8c-…, of 82 random bits.
func OneTimePassword(random Random) string {
	var b strings.Builder
	for i := range oneTimeGroups * 4 {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		alphabet := []string{oneTimeUpper, oneTimeLower, oneTimeDigits, oneTimeLower}[i%4]
		b.WriteByte(alphabet[int(random[i])%len(alphabet)])
	}
	return b.String()
}

// HandOut (发放口令) gives an account a one-time password, which must be changed at the first sign-in.
//
// 依据: YA-4.10.2
func (r SecurityRules) HandOut(a Account, random Random, salt Salt, at time.Time) (Account, string, error) {
	password := OneTimePassword(random)
	a, err := r.SetPassword(a, password, true, salt, at)
	return a, password, err
}
