package office

import (
	"context"
	"errors"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// LockoutRules (锁定规则) say when a login is closed for a while: after Failures within Window, for First at first and Growth
// times as long each time after, up to Most. Forget is after how long without a failure it begins anew.
type LockoutRules struct {
	Failures            int
	Window, First, Most time.Duration
	Growth              int
	Forget              time.Duration
}

// DefaultLockoutRules are the project's choice; the clause gives no figures.
//
// 依据: YA-4.10.2
func DefaultLockoutRules() LockoutRules {
	return LockoutRules{Failures: 5, Window: 15 * time.Minute, First: time.Minute, Most: time.Hour, Growth: 4, Forget: 24 * time.Hour}
}

// Attempts (登录尝试) is what is known of failed sign-ins of a login since the last one that succeeded. They are kept for
// every login that was tried, whether there is such a user or not.
type Attempts struct {
	Failures    int // in this window
	Since, Last time.Time
	Locks       int
	Until       time.Time
}

// Locked gives until when a login is closed at a time; false when it is open.
func (a Attempts) Locked(at time.Time) (time.Time, bool) { return a.Until, at.Before(a.Until) }

// Failed (登录失败) counts a failure. While a login is closed none is counted.
//
// 依据: YA-4.10.2
func (r LockoutRules) Failed(a Attempts, at time.Time) Attempts {
	if _, locked := a.Locked(at); locked {
		return a
	}
	if a.Last.IsZero() || at.Sub(a.Last) > r.Forget {
		a = Attempts{}
	}
	if a.Failures == 0 || at.Sub(a.Since) > r.Window {
		a.Failures, a.Since = 0, at
	}
	a.Failures, a.Last = a.Failures+1, at
	if a.Failures >= r.Failures {
		a.Failures, a.Locks = 0, a.Locks+1
		a.Until = at.Add(r.delay(a.Locks))
	}
	return a
}

func (r LockoutRules) delay(locks int) time.Duration {
	delay := r.First
	for range locks - 1 {
		if delay > r.Most/time.Duration(max(r.Growth, 1)) {
			return r.Most
		}
		delay *= time.Duration(r.Growth)
	}
	return min(delay, r.Most)
}

// Account (账户) is a user with what he signs in with. Old are the hashes before, the latest first.
type Account struct {
	User
	Password   PasswordHash
	Old        []PasswordHash
	Set        time.Time // when the password was set
	MustChange bool
}

// SecurityRules (安全策略) are the rules of signing in.
type SecurityRules struct {
	Cost      Cost
	Passwords PasswordRules
	Lockout   LockoutRules
	Sessions  SessionRules
	Tokens    TokenRules
}

// DefaultSecurityRules are the project's choice; the clause gives no figures.
//
// 依据: YA-4.10.2
func DefaultSecurityRules() SecurityRules {
	return SecurityRules{DefaultCost(), DefaultPasswordRules(), DefaultLockoutRules(), DefaultSessionRules(), DefaultTokenRules()}
}

// SetPassword (设置口令) gives an account a new password. Refused is one that breaks the rules, the present and the last ones
// included. Temporary tells that somebody else set it, so that it must be changed at the first sign-in.
//
// 依据: YA-4.10.2
func (r SecurityRules) SetPassword(a Account, password string, temporary bool, salt Salt, at time.Time) (Account, error) {
	old := a.Old
	if a.Password != "" {
		old = append([]PasswordHash{a.Password}, a.Old...)
	}
	if err := r.Passwords.Check(password, a.User, old); err != nil {
		return a, err
	}
	hash, err := HashPassword(password, salt, r.Cost)
	if err != nil {
		return a, err
	}
	a.Password, a.Old, a.Set, a.MustChange = hash, old[:min(len(old), r.Passwords.History)], at, temporary
	return a, nil
}

// Accounts (账户存取) keeps accounts, attempts and sessions.
type Accounts interface {
	// Account finds an account; false when there is none of that login.
	Account(ctx context.Context, login Login) (Account, bool, error)
	// Attempt replaces the attempts of a login by what f makes of them, in one transaction that no other attempt on the login
	// comes between; when f refuses, nothing changes and its error is passed on.
	Attempt(ctx context.Context, login Login, f func(Attempts) (Attempts, error)) error
	// SignedIn keeps the session and the account's password hash, forgets the login's attempts and appends the record, all or nothing. An
	// account that changed since it was read, such as by a new password, or is not active is ErrStale.
	SignedIn(ctx context.Context, account Account, session Session, record Record) error
	// NotSignedIn appends a record.
	NotSignedIn(ctx context.Context, record Record) error
}

// SignIns (登录服务) signs people in. Key makes digests of logins that there are not.
type SignIns struct {
	Accounts Accounts
	Rules    SecurityRules
	Key      Random
}

// unknown is what a login that there is not is counted and written down as: people type passwords where the login belongs.
func (s SignIns) unknown(l Login) Login {
	return Login("?" + DigestOf(append(s.Key[:], l...)).String()[:16])
}

// Attempt (登录请求) is a sign-in that somebody tries. Session and Salt are random bytes, new for each; Home is the chain that
// attempts on logins without a user are written to.
type Attempt struct {
	Login    Login
	Password string
	From     Address
	At       time.Time
	Session  Random
	Salt     Salt
	Home     region.Code
}

// Welcome (登录结果) is a sign-in that succeeded. Until the password is changed, MustChange allows nothing else.
type Welcome struct {
	User       User
	Session    Session
	Secret     Secret
	MustChange bool
}

// longestAttempt is how many bytes a password that is tried may have; more is nobody's, and is not worth hashing.
const longestAttempt = 1024

// SignIn (登录) signs somebody in with login and password, always into a new session. The attempt is counted before the
// password is tried, so that attempts at once do not get round the lock-out; of a login that there is not, nothing but a keyed digest is kept. A wrong password, a login that there is not
// and a user who is not active are refused in the same words after the same work.
//
// 依据: YA-4.10.2
func (s SignIns) SignIn(ctx context.Context, a Attempt) (Welcome, error) {
	if !a.Login.valid() || len(a.Password) > longestAttempt {
		return Welcome{}, fault.New(fault.Refused, "office.sign_in.wrong")
	}
	account, found, err := s.Accounts.Account(ctx, a.Login)
	if err != nil {
		return Welcome{}, err
	}
	if !found {
		a.Login, account = s.unknown(a.Login), Account{Password: decoy(s.Rules.Cost)}
	}
	err = s.Accounts.Attempt(ctx, a.Login, func(before Attempts) (Attempts, error) {
		if until, locked := before.Locked(a.At); locked {
			return before, fault.New(fault.Refused, "office.sign_in.locked", "minutes", minutes(until.Sub(a.At)))
		}
		return s.Rules.Lockout.Failed(before, a.At), nil
	})
	if err != nil {
		return Welcome{}, err
	}
	matches := account.Password.Matches(a.Password)
	if !found || !matches || account.State != Active {
		return Welcome{}, s.refuse(ctx, a, account)
	}
	if account.Password.Outdated(s.Rules.Cost) {
		if account.Password, err = HashPassword(a.Password, a.Salt, s.Rules.Cost); err != nil {
			return Welcome{}, err
		}
	}
	session, secret := NewSession(a.Session, account.ID, a.From, a.At)
	must := account.MustChange || s.Rules.Passwords.Expired(account.Set, a.At)
	err = s.Accounts.SignedIn(ctx, account, session, a.record("sign_in", account))
	if errors.Is(err, ErrStale) { // what he knows was right a moment ago
		err = s.refuse(ctx, a, account)
	}
	if err != nil {
		return Welcome{}, err
	}
	return Welcome{account.User, session, secret, must}, nil
}

func (s SignIns) refuse(ctx context.Context, a Attempt, account Account) error {
	if err := s.Accounts.NotSignedIn(ctx, a.record("sign_in_refused", account)); err != nil {
		return err
	}
	return fault.New(fault.Refused, "office.sign_in.wrong")
}

// minutes is how many minutes a time takes, the last begun one counted.
func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }

func (a Attempt) record(action string, account Account) Record {
	r := Record{Chain: a.Home, At: a.At, Who: account.ID, Department: account.Department, From: a.From, Action: action,
		Object: Object{"login", string(a.Login)}}
	if account.ID != "" {
		r.Chain = account.Division
	}
	return r
}
