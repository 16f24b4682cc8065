package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/seal"
)

// A Service lets people and programs in, and keeps the list of who they are.
type Service struct {
	Store  Store
	Policy *Policy
	Keys   *seal.Keyring
	Clock  bedrail.Clock
	Tenant string
	Hasher Hasher

	Idle     time.Duration // a session unused for so long ends; 0 is 15 minutes
	Longest  time.Duration // a session ends after so long however busy; 0 is 12 hours
	LongestT time.Duration // a token is valid no longer than this; 0 is 366 days

	PerName    *Limiter // failed logins of one name; nil does not limit
	PerAddress *Limiter // failed logins from one address; nil does not limit

	// SignedIn is told of every login; may be nil. The file with the
	// one-time password of the first start is removed by it.
	SignedIn func(ctx context.Context, u User)

	once    sync.Once     // makes hashing
	hashing chan struct{} // bounds how many passwords are hashed at once

	unkeptMu sync.Mutex           // guards unkept
	unkept   map[string]time.Time // uses of sessions that the store could not take

	decoyMu sync.Mutex // guards decoy
	decoy   string     // a hash to spend the same time on a name that is not there
}

// hashesAtOnce bounds the memory that logins take: each hash takes 32 MiB.
const hashesAtOnce = 2

// touchEvery is how often the use of a session or a token is noted.
const touchEvery = time.Minute

// An Attempt is what somebody shows in order to sign in.
type Attempt struct {
	Name     string
	Password string
	Code     string // of the second factor
	From     string // network address
}

// Login opens a session. Whoever fails learns only that the name or the
// password is wrong, in the same time for a name that is there and one that
// is not.
func (s *Service) Login(ctx context.Context, a Attempt) (Account, error) {
	name := normalName(a.Name)
	if err := s.mayTry(name, a.From); err != nil {
		return Account{}, err
	}
	u, err := s.checkPassword(ctx, name, a.Password)
	if err != nil {
		return Account{}, s.failed(ctx, name, a.From, err)
	}
	if u.FactorSet {
		if u, err = s.checkFactor(ctx, u, a.Code); err != nil {
			return Account{}, s.failed(ctx, name, a.From, err)
		}
	}
	s.PerName.Forgive(name)
	return s.open(ctx, u, a.From)
}

// mayTry takes one from the allowances of name and address. A right password
// gives the name's back.
func (s *Service) mayTry(name, from string) error {
	if _, wait := s.PerAddress.Allow(from); wait > 0 {
		return tooMany(wait)
	}
	if _, wait := s.PerName.Allow(name); wait > 0 {
		return tooMany(wait)
	}
	return nil
}

// checkPassword returns the user who signs in as name with password.
func (s *Service) checkPassword(ctx context.Context, name, password string) (User, error) {
	wrong := refuse(ErrUnauthenticated, "the name or the password is wrong")
	if len(password) > maxPassword {
		return User{}, wrong
	}
	u, err := s.Store.UserByName(ctx, s.scope(), name)
	if err != nil && bedrail.KindOf(err) != bedrail.NotFound {
		return User{}, fmt.Errorf("looking for a user: %w", err)
	}
	known := err == nil && !u.Disabled && u.Password != ""
	encoded := u.Password
	if !known {
		if encoded, err = s.decoyHash(ctx); err != nil {
			return User{}, err
		}
	}
	right, err := s.verify(ctx, encoded, password)
	switch {
	case err != nil:
		return User{}, err
	case !right || !known:
		return User{}, wrong
	}
	return u, nil
}

// checkFactor checks the code of the second factor and returns the user as
// they stand after it: a code works once.
func (s *Service) checkFactor(ctx context.Context, u User, code string) (User, error) {
	if code == "" {
		return u, refuse(ErrSecondFactor, "enter the code that your authenticator app shows")
	}
	secret, err := s.openFactor(u)
	if err != nil {
		return u, fmt.Errorf("opening the second factor of %s: %w", u.ID, err)
	}
	step, ok := checkTOTP(secret, code, s.Clock.Now(), u.FactorStep)
	if !ok {
		return u, refuse(ErrSecondFactor, "the code is wrong or was used before; wait for the next one")
	}
	u.FactorStep = step
	return u, nil
}

func (s *Service) openFactor(u User) ([]byte, error) {
	key, err := s.Keys.OpenKey(s.Tenant, u.FactorRecord(), u.FactorKey)
	if err != nil {
		return nil, err
	}
	return key.Open("app_user", "factor", u.Factor)
}

// failed records a login that was refused. A missing code is no failure: it
// is how a screen learns that it must ask for one.
func (s *Service) failed(ctx context.Context, name, from string, err error) error {
	if bedrail.KindOf(err) != bedrail.Denied {
		return err
	}
	entry := audit.Entry{By: bedrail.SystemActor("door", s.Tenant), Did: "session:refuse", Note: err.Error(),
		Personal: map[string]string{"name": name, "from": from}}
	if recordErr := s.Store.RecordRefusal(ctx, s.scope(), entry); recordErr != nil {
		return recordErr
	}
	return err
}

// open begins a session of u, who has proven who they are.
func (s *Service) open(ctx context.Context, u User, from string) (Account, error) {
	now := s.Clock.Now()
	secret := newSecret(40)
	session := Session{Hash: hash(secret), Tenant: s.Tenant, User: u.ID, From: from, CreatedAt: now, LastSeen: now,
		ExpiresAt: now.Add(orElse(s.Longest, 12*time.Hour))}
	u.LastLogin = now
	entry := audit.Entry{By: actorOf(u, s.Tenant), Did: "session:open", To: u.ID, Personal: map[string]string{"from": from}}
	if err := s.Store.OpenSession(ctx, session, u, entry); err != nil {
		return Account{}, fmt.Errorf("opening a session: %w", err)
	}
	u.Version++
	if s.SignedIn != nil {
		s.SignedIn(ctx, u)
	}
	a := s.account(u, session)
	a.Secret = secret
	return a, nil
}

func (s *Service) account(u User, session Session) Account {
	expires := session.LastSeen.Add(s.idle())
	if session.ExpiresAt.Before(expires) {
		expires = session.ExpiresAt
	}
	return Account{User: u, Session: session, ExpiresAt: expires, MustChange: u.MustChange, MustEnrol: u.NeedsFactor() && !u.FactorSet}
}

// Session returns the account of a browser that shows secret, or a Denied
// error that is ErrUnauthenticated.
func (s *Service) Session(ctx context.Context, secret string) (Account, error) {
	ended := refuse(ErrUnauthenticated, "your session has ended; sign in again")
	session, err := s.Store.Session(ctx, hash(secret))
	if bedrail.KindOf(err) == bedrail.NotFound {
		return Account{}, ended
	} else if err != nil {
		return Account{}, fmt.Errorf("looking for a session: %w", err)
	}
	now := s.Clock.Now()
	session.LastSeen = s.lastSeen(session)
	if session.Tenant != s.Tenant || !now.Before(session.ExpiresAt) || now.Sub(session.LastSeen) >= s.idle() {
		return Account{}, ended
	}
	u, err := s.Store.User(ctx, s.scope(), session.User)
	if err != nil {
		return Account{}, fmt.Errorf("looking for the user of a session: %w", err)
	}
	if u.Disabled {
		return Account{}, ended
	}
	if now.Sub(session.LastSeen) >= touchEvery {
		if err := s.touch(ctx, session.Hash, now); err != nil {
			return Account{}, fmt.Errorf("keeping a session open: %w", err)
		}
		session.LastSeen = now
	}
	return s.account(u, session), nil
}

// touch notes that a session is used. While the store takes no changes, as on
// a full disk, the note is kept in memory: whoever is signed in must see what
// is wrong, and goes on reading.
func (s *Service) touch(ctx context.Context, hash string, now time.Time) error {
	err := s.Store.TouchSession(ctx, hash, now)
	s.unkeptMu.Lock()
	defer s.unkeptMu.Unlock()
	if bedrail.KindOf(err) != bedrail.Unavailable {
		delete(s.unkept, hash)
		return err
	}
	if s.unkept == nil {
		s.unkept = make(map[string]time.Time)
	}
	s.unkept[hash] = now
	return nil
}

// lastSeen is when session was used last, as far as anybody knows.
func (s *Service) lastSeen(session Session) time.Time {
	s.unkeptMu.Lock()
	defer s.unkeptMu.Unlock()
	if at := s.unkept[session.Hash]; at.After(session.LastSeen) {
		return at
	}
	return session.LastSeen
}

// Alive reports whether the session of a still lasts, without keeping it open:
// a screen that only listens does not count as work.
func (s *Service) Alive(ctx context.Context, a Account) bool {
	if a.Token.ID != "" {
		t, err := s.Store.Token(ctx, s.scope(), a.Token.ID)
		return err == nil && s.tokenEnded(t) == nil
	}
	session, err := s.Store.Session(ctx, a.Session.Hash)
	now := s.Clock.Now()
	return err == nil && now.Before(session.ExpiresAt) && now.Sub(s.lastSeen(session)) < s.idle()
}

// Logout ends the session of a.
func (s *Service) Logout(ctx context.Context, a Account) error {
	if a.Session.Hash == "" {
		return nil
	}
	return s.Store.EndSession(ctx, a.Session.Hash, audit.Entry{By: actorOf(a.User, s.Tenant), Did: "session:close", To: a.User.ID})
}

// Prune forgets the sessions that have ended.
func (s *Service) Prune(ctx context.Context) error {
	now := s.Clock.Now()
	return s.Store.PruneSessions(ctx, now.Add(-s.idle()), now)
}

// ChangePassword gives a a new password, and ends their other sessions.
func (s *Service) ChangePassword(ctx context.Context, a Account, current, fresh string) error {
	if a.Session.Hash == "" {
		return refuse(ErrUnauthenticated, "sign in with a password to change it")
	}
	if err := s.mayTry(a.User.Name, a.Session.From); err != nil {
		return err
	}
	if _, err := s.checkPassword(ctx, a.User.Name, current); err != nil {
		return bedrail.Errorf(bedrail.Denied, "the current password is wrong")
	}
	s.PerName.Forgive(a.User.Name)
	if current == fresh {
		return bedrail.Errorf(bedrail.Invalid, "the new password is the old one").At("/new")
	}
	u, err := s.withPassword(ctx, a.User, fresh)
	if err != nil {
		return err
	}
	u.MustChange = false
	entry := audit.Entry{By: actorOf(u, s.Tenant), Did: "user:change-password", To: u.ID}
	if err := s.Store.SaveUser(ctx, s.scope(), u, entry); err != nil {
		return fmt.Errorf("changing a password: %w", err)
	}
	entry.Did = "session:close"
	return s.Store.EndSessions(ctx, s.scope(), u.ID, a.Session.Hash, entry)
}

// withPassword returns u with a new password.
func (s *Service) withPassword(ctx context.Context, u User, fresh string) (User, error) {
	if err := checkPassword(fresh, u.Name); err != nil {
		return u, err
	}
	var err error
	u.Password, err = s.hashPassword(ctx, fresh)
	return u, err
}

// BeginFactor makes a new second factor for a, which counts once ProveFactor
// has seen a code of it. Whoever has one already must show its code first.
func (s *Service) BeginFactor(ctx context.Context, a Account, code string) (secret, uri string, err error) {
	u := a.User
	if a.Session.Hash == "" {
		return "", "", refuse(ErrUnauthenticated, "sign in with a password to set up a second factor")
	}
	if u.FactorSet {
		if u, err = s.checkFactor(ctx, u, code); err != nil {
			return "", "", bedrail.Errorf(bedrail.Denied, "to replace the second factor, send a code of the present one")
		}
		u.FactorSet = false
	}
	raw := newTOTPSecret()
	key, wrapped, err := s.Keys.NewKey(s.Tenant, u.FactorRecord())
	if err != nil {
		return "", "", fmt.Errorf("sealing a second factor: %w", err)
	}
	u.Factor, u.FactorKey, u.FactorStep = key.Seal("app_user", "factor", raw), wrapped, 0
	entry := audit.Entry{By: actorOf(u, s.Tenant), Did: "user:begin-second-factor", To: u.ID}
	if err := s.Store.SaveUser(ctx, s.scope(), u, entry); err != nil {
		return "", "", fmt.Errorf("keeping a second factor: %w", err)
	}
	return totpText(raw), totpURI(u.Name, raw), nil
}

// ProveFactor makes the second factor count, once code shows that the app has
// its secret.
func (s *Service) ProveFactor(ctx context.Context, a Account, code string) error {
	u := a.User
	if len(u.Factor) == 0 || u.FactorSet {
		return bedrail.Errorf(bedrail.Conflict, "there is no second factor waiting to be proven; begin one first")
	}
	if err := s.mayTry(u.Name, a.Session.From); err != nil {
		return err
	}
	u, err := s.checkFactor(ctx, u, code)
	if err != nil {
		return bedrail.Errorf(bedrail.Denied, "the code is wrong; is the clock of the phone right?")
	}
	s.PerName.Forgive(u.Name)
	u.FactorSet = true
	entry := audit.Entry{By: actorOf(u, s.Tenant), Did: "user:set-second-factor", To: u.ID}
	return s.Store.SaveUser(ctx, s.scope(), u, entry)
}

// Permissions lists what a may do at some place or other.
func (s *Service) Permissions(a Account) []bedrail.Action {
	return s.Policy.Permissions(a.Actor(s.Tenant).Grants)
}

func (s *Service) scope() bedrail.Scope { return bedrail.Scope{Tenant: s.Tenant} }

func (s *Service) idle() time.Duration { return orElse(s.Idle, 15*time.Minute) }

// hashPassword hashes while few others do.
func (s *Service) hashPassword(ctx context.Context, password string) (encoded string, err error) {
	err = s.slot(ctx, func() error {
		encoded, err = s.Hasher.Hash(password)
		return err
	})
	return encoded, err
}

func (s *Service) verify(ctx context.Context, encoded, password string) (right bool, err error) {
	err = s.slot(ctx, func() error {
		right, err = s.Hasher.Verify(encoded, password)
		return err
	})
	return right, err
}

func (s *Service) slot(ctx context.Context, f func() error) error {
	s.once.Do(func() { s.hashing = make(chan struct{}, hashesAtOnce) })
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// decoyHash is a hash that no password opens.
func (s *Service) decoyHash(ctx context.Context) (string, error) {
	s.decoyMu.Lock()
	defer s.decoyMu.Unlock()
	if s.decoy == "" {
		encoded, err := s.hashPassword(ctx, newSecret(40))
		if err != nil {
			return "", err
		}
		s.decoy = encoded
	}
	return s.decoy, nil
}

// hash is how secrets that have 190 random bits are kept: they need no salt
// and no slow function.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func normalName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func actorOf(u User, tenant string) bedrail.Actor {
	return bedrail.Actor{ID: u.ID, Name: u.Name, Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: tenant}, Grants: u.Grants}
}
