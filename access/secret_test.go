package access

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
)

// The vectors of RFC 6238, appendix B, for HMAC-SHA-1: eight digits.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := totpAt(secret, at/30, 8); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
}

func TestACodeIsGoodForItsTimeAndOnce(t *testing.T) {
	secret := newTOTPSecret()
	now := time.Unix(1_800_000_015, 0)
	step := now.Unix() / 30
	for name, c := range map[string]struct {
		step, last int64
		want       bool
	}{
		"the present code is good":                     {step, 0, true},
		"the one before is good, as people type slow":  {step - 1, 0, true},
		"the next one is good, as clocks differ":       {step + 1, 0, true},
		"an old one is not":                            {step - 2, 0, false},
		"a future one is not":                          {step + 2, 0, false},
		"one that was used is not":                     {step, step, false},
		"one older than the last that was used is not": {step - 1, step, false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := checkTOTP(secret, totpAt(secret, c.step, totpDigits), now, c.last); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
	if _, ok := checkTOTP(secret, "", now, 0); ok {
		t.Error("an empty code is good")
	}
}

func TestAHashOpensForItsPasswordOnly(t *testing.T) {
	h := Hasher{Memory: 64, Passes: 1, Iterations: 10}
	old, err := h.pbkdf2("correct horse battery", []byte("saltsaltsaltsalt"))
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := h.Hash("correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	for _, encoded := range []string{old, fresh} {
		if ok, err := h.Verify(encoded, "correct horse battery"); !ok || err != nil {
			t.Errorf("%s: the right password: %t, %v", encoded, ok, err)
		}
		if ok, err := h.Verify(encoded, "correct horse batterz"); ok || err != nil {
			t.Errorf("%s: a wrong password: %t, %v", encoded, ok, err)
		}
	}
	if !strings.HasPrefix(fresh, "$argon2id$v=19$m=64,t=1,p=1$") && !strings.HasPrefix(fresh, "$pbkdf2-sha256$") {
		t.Errorf("got %s", fresh)
	}
	again, _ := h.Hash("correct horse battery")
	if again == fresh {
		t.Error("two hashes of one password are equal: the salt is not fresh")
	}
}

func TestAHashThatSomebodyAlteredIsAnErrorAndEatsNothing(t *testing.T) {
	for _, encoded := range []string{
		"", "x", "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43), "$argon2id$v=19$m=64,t=4000000000,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=64,t=1,p=1$$", "$argon2id$v=19$m=0,t=0,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43), "$pbkdf2-sha256$i=99999999999$c2FsdHNhbHQ$AA", "$pbkdf2-sha256$i=1$!$!",
	} {
		if ok, err := (Hasher{}).Verify(encoded, "x"); ok || err == nil {
			t.Errorf("Verify(%q) = %t, %v", encoded, ok, err)
		}
	}
}

func TestWhichPasswordsAreTaken(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		want     bool
	}{
		"a sentence is good":                {"the pump hums at night", true},
		"other scripts are good":            {"ночью гудит насос", true},
		"a short one is not":                {"hunter2", false},
		"one with the login name is not":    {"nurse.jo and more", false},
		"one of few signs is not":           {"abababababababab", false},
		"one longer than a page is not":     {strings.Repeat("long words ", 30), false},
		"one that is not text at all isn't": {"\xff\xfe\xff\xfe\xff\xfe1234567", false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := checkPassword(c.password, "nurse.jo"); (err == nil) != c.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSecretsAreLongAndTyped(t *testing.T) {
	a, b := newSecret(40), newSecret(40)
	if a == b || len(a) != 40 || strings.Trim(a, "23456789abcdefghjkmnpqrstuvwxyz") != "" {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestALimiterGivesABurstAndThenOneAtATime(t *testing.T) {
	now := time.Unix(0, 0)
	l := &Limiter{Burst: 3, Every: time.Minute, Clock: func() time.Time { return now }}
	for i := range 3 {
		if left, wait := l.Allow("a"); wait != 0 || left != 2-i {
			t.Fatalf("try %d: left %d, wait %v", i, left, wait)
		}
	}
	if _, wait := l.Allow("a"); wait != time.Minute {
		t.Errorf("after the burst: wait %v", wait)
	}
	if _, wait := l.Allow("b"); wait != 0 {
		t.Errorf("another key waits %v", wait)
	}
	now = now.Add(time.Minute)
	if _, wait := l.Allow("a"); wait != 0 {
		t.Errorf("after a minute: wait %v", wait)
	}
	if _, wait := l.Allow("a"); wait == 0 {
		t.Error("a minute gave back more than one")
	}
	l.Forgive("a")
	if _, wait := l.Allow("a"); wait != 0 {
		t.Error("a forgiven key waits")
	}
}

func TestALimiterForgetsRatherThanGrows(t *testing.T) {
	now := time.Unix(0, 0)
	l := &Limiter{Burst: 2, Every: time.Hour, Clock: func() time.Time { return now }}
	for i := range maxKeys + 50 {
		l.Allow(string(rune(i)))
	}
	if len(l.full) > maxKeys {
		t.Errorf("%d keys are kept", len(l.full))
	}
}

func TestPlacesOfGrantsAreWhatAScopeCanSay(t *testing.T) {
	at := func(role, site, unit string) bedrail.Grant {
		return bedrail.Grant{Role: role, Site: site, Unit: unit}
	}
	for name, c := range map[string]struct {
		grants       []bedrail.Grant
		refused      bool
		sites, units []string
	}{
		"no grant reaches nothing":                      {nil, false, []string{nowhere}, nil},
		"one for everything has no limit":               {[]bedrail.Grant{at("viewer", "", ""), at("clinical-engineer", "north", "icu")}, false, nil, nil},
		"whole sites":                                   {[]bedrail.Grant{at("viewer", "north", ""), at("viewer", "south", "")}, false, []string{"north", "south"}, nil},
		"units of one site":                             {[]bedrail.Grant{at("viewer", "north", "icu"), at("viewer", "north", "er")}, false, []string{"north"}, []string{"icu", "er"}},
		"the same units of two sites":                   {[]bedrail.Grant{at("viewer", "north", "icu"), at("viewer", "south", "icu")}, false, []string{"north", "south"}, []string{"icu"}},
		"a site and a unit elsewhere would leak":        {[]bedrail.Grant{at("viewer", "north", ""), at("viewer", "south", "icu")}, true, []string{"north"}, nil},
		"different units of two sites would leak":       {[]bedrail.Grant{at("viewer", "north", "icu"), at("viewer", "south", "er")}, true, []string{"north"}, []string{"icu"}},
		"a unit without its site means nothing":         {[]bedrail.Grant{at("viewer", "", "icu")}, true, nil, nil},
		"a role that is not known is not given":         {[]bedrail.Grant{at("king", "north", "")}, true, []string{"north"}, nil},
		"a role not known is refused beside a good one": {[]bedrail.Grant{at("viewer", "", ""), at("king", "", "")}, true, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if err := checkGrants(c.grants); (err != nil) != c.refused {
				t.Errorf("checkGrants: got %v, want refused %t", err, c.refused)
			}
			sites, units := places(c.grants)
			if !slices.Equal(sites, c.sites) || !slices.Equal(units, c.units) {
				t.Errorf("places: got %v %v, want %v %v", sites, units, c.sites, c.units)
			}
		})
	}
}

func TestATokenHasNoMoreThanItsOwnerHasNow(t *testing.T) {
	wanted := []bedrail.Grant{{Role: "viewer", Site: "north"}, {Role: "administrator"}}
	held := []bedrail.Grant{{Role: "viewer"}, {Role: "administrator", Site: "north"}}
	if got := within(wanted, held); !slices.Equal(got, wanted[:1]) {
		t.Errorf("got %v", got)
	}
}
