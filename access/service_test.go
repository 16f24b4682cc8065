package access_test

import (
	"crypto/fips140"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/format/query"
	"bedrail/seal"
	"bedrail/store"
	"bedrail/store/storetest"
)

// A house is a service on a real store, with a clock that the test turns.
type house struct {
	*access.Service
	now    time.Time
	system bedrail.Actor
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), system: bedrail.SystemActor("test", "main")}
	clock := bedrail.Clock(func() time.Time { return h.now })
	folder := t.TempDir()
	file, err := seal.MakeFile(filepath.Join(folder, "key"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Open(filepath.Join(folder, "ring"), file, clock)
	if err != nil {
		t.Fatal(err)
	}
	h.Service = &access.Service{Store: db, Policy: newPolicy(t), Keys: keys, Clock: clock, Tenant: "main", Hasher: access.Hasher{Memory: 64, Passes: 1},
		PerName:    &access.Limiter{Burst: 5, Every: time.Minute, Clock: clock},
		PerAddress: &access.Limiter{Burst: 100, Every: time.Second, Clock: clock}}
	return h
}

const password = "the pump hums at night"

func (h *house) person(t *testing.T, name string, grants ...bedrail.Grant) access.User {
	t.Helper()
	u, err := h.Provision(t.Context(), h.system, name, name, password, grants)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (h *house) login(t *testing.T, name, code string) access.Account {
	t.Helper()
	a, err := h.Login(t.Context(), access.Attempt{Name: name, Password: password, Code: code, From: "192.0.2.1"})
	if err != nil {
		t.Fatalf("signing in as %s: %v", name, err)
	}
	return a
}

// codeOf computes a code apart from the product, as an app would.
func codeOf(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	var sum []byte
	fips140.WithoutEnforcement(func() {
		mac := hmac.New(sha1.New, key)
		binary.Write(mac, binary.BigEndian, at.Unix()/30)
		sum = mac.Sum(nil)
	})
	n := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

func TestLogin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.person(t, "jo", bedrail.Grant{Role: "viewer"})
		a := h.login(t, " JO ", "")
		if a.Ready() != nil || a.Secret == "" {
			t.Fatalf("got %+v", a)
		}
		for name, at := range map[string]access.Attempt{
			"a wrong password":           {Name: "jo", Password: "no"},
			"a name that is not there":   {Name: "joe", Password: password},
			"a password beyond measure":  {Name: "jo", Password: strings.Repeat("x", 5000)},
			"nothing at all":             {},
			"a name with the sign of hm": {Name: "jo' OR 1=1 --", Password: password},
		} {
			_, err := h.Login(t.Context(), at)
			if !errors.Is(err, access.ErrUnauthenticated) || err.Error() != "the name or the password is wrong" {
				t.Errorf("%s: got %v", name, err)
			}
		}
		got, err := h.Session(t.Context(), a.Secret)
		if err != nil || got.User.Name != "jo" {
			t.Fatalf("the session is not found again: %+v, %v", got, err)
		}
		if _, err := h.Session(t.Context(), a.Session.Hash); !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("what the store keeps opens a session: %v", err)
		}
	})
}

func TestASessionEnds(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	h.person(t, "jo", bedrail.Grant{Role: "viewer"})
	use := func(a access.Account) error { _, err := h.Session(t.Context(), a.Secret); return err }

	idle := h.login(t, "jo", "")
	h.now = h.now.Add(14 * time.Minute)
	if err := use(idle); err != nil {
		t.Errorf("after 14 minutes: %v", err)
	}
	h.now = h.now.Add(14 * time.Minute)
	if err := use(idle); err != nil {
		t.Errorf("14 minutes after its last use: %v", err)
	}
	h.now = h.now.Add(16 * time.Minute)
	if err := use(idle); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("after 16 minutes without use: %v", err)
	}
	busy := h.login(t, "jo", "")
	for range 71 {
		h.now = h.now.Add(10 * time.Minute)
		if err := use(busy); err != nil {
			t.Fatalf("a busy session ended early: %v", err)
		}
	}
	h.now = h.now.Add(11 * time.Minute)
	if err := use(busy); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("after twelve hours: %v", err)
	}
	closed := h.login(t, "jo", "")
	if err := h.Logout(t.Context(), closed); err != nil || !errors.Is(use(closed), access.ErrUnauthenticated) {
		t.Errorf("after signing out: %v", err)
	}
	if err := h.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestWhoIsSignedInGoesOnReadingWhileNothingCanBeChanged(t *testing.T) {
	db := storetest.New(t)
	h := newHouse(t, db)
	h.person(t, "jo", bedrail.Grant{Role: "viewer"})
	a := h.login(t, "jo", "")
	_, secret, err := h.CreateToken(t.Context(), a.Actor("main"), access.TokenSpec{Name: "x", Lasts: 10 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	db.RefuseWrites("the disk is full")
	for range 4 {
		h.now = h.now.Add(10 * time.Minute)
		if _, err := h.Session(t.Context(), a.Secret); err != nil {
			t.Fatalf("the session: %v", err)
		}
		if _, err := h.Token(t.Context(), secret); err != nil {
			t.Fatalf("the token: %v", err)
		}
	}
	h.now = h.now.Add(16 * time.Minute)
	if _, err := h.Session(t.Context(), a.Secret); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("it never ends: %v", err)
	}
}

func TestGuessingIsSlow(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	h.person(t, "jo", bedrail.Grant{Role: "viewer"})
	var many access.TooMany
	for i := range 5 {
		if _, err := h.Login(t.Context(), access.Attempt{Name: "jo", Password: "wrong"}); errors.As(err, &many) {
			t.Fatalf("try %d was limited", i)
		}
	}
	_, err := h.Login(t.Context(), access.Attempt{Name: "jo", Password: password})
	if !errors.As(err, &many) || many.Wait <= 0 {
		t.Fatalf("the sixth try: %v", err)
	}
	h.now = h.now.Add(many.Wait)
	h.login(t, "jo", "")
}

func TestTheFirstAdministrator(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	var once string
	made, err := h.Bootstrap(t.Context(), "admin", func(_, p string) error { once = p; return nil })
	if !made || err != nil {
		t.Fatal(made, err)
	}
	if again, err := h.Bootstrap(t.Context(), "admin", func(string, string) error { t.Error("a second one is handed over"); return nil }); again || err != nil {
		t.Error(again, err)
	}
	a, err := h.Login(t.Context(), access.Attempt{Name: "admin", Password: once})
	cookie := a.Secret
	if err != nil || !errors.Is(a.Ready(), access.ErrMustChange) {
		t.Fatalf("%v, %v", err, a.Ready())
	}
	if err := h.Policy.Authorize(t.Context(), a.Actor("main"), access.UserRead, bedrail.Resource{}); bedrail.KindOf(err) != bedrail.Denied {
		t.Errorf("who has not finished signing in may act: %v", err)
	}
	if err := h.ChangePassword(t.Context(), a, once, password); err != nil {
		t.Fatal(err)
	}
	if a, err = h.Session(t.Context(), cookie); err != nil || !errors.Is(a.Ready(), access.ErrMustEnrol) {
		t.Fatalf("after the password: %v, %v", err, a.Ready())
	}
	secret, uri, err := h.BeginFactor(t.Context(), a, "")
	if err != nil || !strings.HasPrefix(uri, "otpauth://totp/Bedrail:admin?") {
		t.Fatal(uri, err)
	}
	a, _ = h.Session(t.Context(), cookie)
	if err := h.ProveFactor(t.Context(), a, "000000"); bedrail.KindOf(err) != bedrail.Denied {
		t.Errorf("a wrong code proves the factor: %v", err)
	}
	if err := h.ProveFactor(t.Context(), a, codeOf(t, secret, h.now)); err != nil {
		t.Fatal(err)
	}
	if a, err = h.Session(t.Context(), cookie); err != nil || a.Ready() != nil {
		t.Fatalf("after the factor: %v, %v", err, a.Ready())
	}
	if _, err := h.Login(t.Context(), access.Attempt{Name: "admin", Password: password}); !errors.Is(err, access.ErrSecondFactor) {
		t.Errorf("without a code: %v", err)
	}
	if _, err := h.Login(t.Context(), access.Attempt{Name: "admin", Password: password, Code: codeOf(t, secret, h.now)}); !errors.Is(err, access.ErrSecondFactor) {
		t.Errorf("with a code that was used: %v", err)
	}
	h.now = h.now.Add(time.Minute)
	h.login(t, "admin", codeOf(t, secret, h.now))
}

func TestNobodyIsMadeWhosePasswordNoOneHas(t *testing.T) {
	db := storetest.New(t)
	h := newHouse(t, db)
	if _, err := h.Bootstrap(t.Context(), "admin", func(string, string) error { return errors.New("no paper") }); err == nil {
		t.Error("it went well")
	}
	if n, err := db.CountUsers(t.Context(), bedrail.Scope{Tenant: "main"}); n != 0 || err != nil {
		t.Errorf("%d users, %v", n, err)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	admin := h.person(t, "admin", bedrail.Grant{Role: "administrator"})
	by := bedrail.Actor{ID: admin.ID, Kind: bedrail.Person, Grants: admin.Grants, Scope: bedrail.Scope{Tenant: "main"}}
	off := true
	for name, c := range map[string]access.Change{
		"disabled":           {Disabled: &off},
		"made a viewer":      {Grants: &[]bedrail.Grant{{Role: "viewer"}}},
		"limited to a place": {Grants: &[]bedrail.Grant{{Role: "administrator", Site: "north"}}},
	} {
		if _, _, err := h.ChangeUser(t.Context(), by, admin.ID, 0, c); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("%s: got %v", name, err)
		}
	}
	h.person(t, "second", bedrail.Grant{Role: "administrator"})
	if _, _, err := h.ChangeUser(t.Context(), by, admin.ID, 0, access.Change{Disabled: &off}); err != nil {
		t.Errorf("with a second one: %v", err)
	}
}

func TestWhoLosesRightsLosesSessionsAndTokens(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	jo := h.person(t, "jo", bedrail.Grant{Role: "clinical-engineer"})
	a := h.login(t, "jo", "")
	token, secret, err := h.CreateToken(t.Context(), a.Actor("main"), access.TokenSpec{Name: "cmms", Lasts: time.Hour})
	if err != nil || !strings.HasPrefix(secret, "brt_") || strings.Contains(token.Hash, secret) {
		t.Fatal(token, err)
	}
	tag := func() error {
		program, err := h.Token(t.Context(), secret)
		if err != nil {
			return err
		}
		return h.Policy.Authorize(t.Context(), program.Actor("main"), "device:tag", bedrail.Resource{ID: "1"})
	}
	if err := tag(); err != nil {
		t.Fatalf("the token of a clinical engineer: %v", err)
	}
	if _, _, err := h.ChangeUser(t.Context(), h.system, jo.ID, 0, access.Change{Grants: &[]bedrail.Grant{{Role: "viewer"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Session(t.Context(), a.Secret); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("the session goes on: %v", err)
	}
	if err := tag(); bedrail.KindOf(err) != bedrail.Denied {
		t.Errorf("the token still tags: %v", err)
	}
	if err := h.RevokeToken(t.Context(), h.system, token.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Token(t.Context(), secret); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("a revoked token: %v", err)
	}
}

func TestATokenNeverHasMoreThanItsOwner(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	h.person(t, "jo", bedrail.Grant{Role: "viewer", Site: "north"})
	by := h.login(t, "jo", "").Actor("main")
	for name, spec := range map[string]access.TokenSpec{
		"another role":     {Name: "x", Lasts: time.Hour, Grants: []bedrail.Grant{{Role: "administrator", Site: "north"}}},
		"another site":     {Name: "x", Lasts: time.Hour, Grants: []bedrail.Grant{{Role: "viewer", Site: "south"}}},
		"every site":       {Name: "x", Lasts: time.Hour, Grants: []bedrail.Grant{{Role: "viewer"}}},
		"no role at all":   {Name: "x", Lasts: time.Hour, Grants: []bedrail.Grant{}},
		"for ever":         {Name: "x", Lasts: 1000 * 24 * time.Hour},
		"without a reason": {Lasts: time.Hour},
	} {
		if _, _, err := h.CreateToken(t.Context(), by, spec); err == nil {
			t.Errorf("%s: a token was made", name)
		}
	}
	_, secret, err := h.CreateToken(t.Context(), by, access.TokenSpec{Name: "x", Lasts: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := h.Token(t.Context(), secret); err != nil || a.Actor("main").Person() != by.ID || a.Actor("main").ID == by.ID {
		t.Errorf("a token of %s acts for %+v, %v", by.ID, a.Actor("main"), err)
	}
	h.now = h.now.Add(time.Hour)
	if _, err := h.Token(t.Context(), secret); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("an expired token: %v", err)
	}
	if _, err := h.Token(t.Context(), "brt_nonsense"); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("nonsense: %v", err)
	}
}

func TestUsersAreListedForThoseWhoMay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.person(t, "zoe", bedrail.Grant{Role: "administrator"})
		h.person(t, "abe", bedrail.Grant{Role: "viewer"})
		page, err := h.Users(t.Context(), h.system, query.Request{Limit: 1})
		if err != nil || page.Total != 2 || page.Items[0].Name != "abe" || page.Next == "" {
			t.Fatalf("%+v, %v", page, err)
		}
		page, err = h.Users(t.Context(), h.system, query.Request{Limit: 1, Cursor: page.Next})
		if err != nil || len(page.Items) != 1 || page.Items[0].Name != "zoe" || page.Next != "" {
			t.Fatalf("%+v, %v", page, err)
		}
		viewer := h.login(t, "abe", "").Actor("main")
		if _, err := h.Users(t.Context(), viewer, query.Request{}); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("a viewer lists users: %v", err)
		}
		if _, _, err := h.CreateUser(t.Context(), h.system, "ABE", "", []bedrail.Grant{{Role: "viewer"}}); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("a name twice: %v", err)
		}
	})
}
