package desk_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/desk"
	"bedrail/format/query"
	"bedrail/seal"
	"bedrail/store"
	"bedrail/store/storetest"
)

// A far side takes letters, or says why it does not.
type far struct {
	mu    sync.Mutex
	err   error
	got   []string // what it took, a line for each call
	asked int
	with  desk.Secrets
}

func (f *far) Send(_ context.Context, t desk.Target, s desk.Secrets, letters []desk.Letter) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	f.with = s
	if f.err != nil {
		return f.err
	}
	var titles []string
	for _, l := range letters {
		titles = append(titles, l.Notice.Title)
	}
	f.got = append(f.got, t.Name+": "+strings.Join(titles, ", "))
	return nil
}

// eachSealed runs f on stores that have keys.
func eachSealed(t *testing.T, f func(t *testing.T, db *store.DB)) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		root, err := seal.MakeFile(filepath.Join(t.TempDir(), "key"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Keys, err = seal.Open(filepath.Join(t.TempDir(), "ring"), root, nil); err != nil {
			t.Fatal(err)
		}
		f(t, storetest.Open(t, c))
	})
}

type house struct {
	t       *testing.T
	now     time.Time
	far     *far
	desk    *desk.Service
	courier *desk.Courier
	admin   bedrail.Actor
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), far: &far{}, admin: person("usr_root", "administrator")} // a Monday
	policy, err := access.NewPolicy()
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return h.now }
	h.courier = &desk.Courier{Store: db, Auth: policy, Clock: clock, Senders: map[desk.Way]desk.Sender{desk.Webhook: h.far, desk.Email: h.far, desk.Syslog: h.far}}
	h.desk = &desk.Service{Store: db, Auth: policy, Clock: clock, Courier: h.courier}
	return h
}

func (h *house) save(t desk.Target) desk.Target {
	h.t.Helper()
	t, _, err := h.courier.SaveTarget(context.Background(), h.admin, t, desk.Secrets{})
	if err != nil {
		h.t.Fatal(err)
	}
	return t
}

func (h *house) post(n desk.Notice) {
	h.t.Helper()
	if err := h.desk.Post(context.Background(), "t", n); err != nil {
		h.t.Fatal(err)
	}
	h.now = h.now.Add(time.Second)
}

func (h *house) carry() {
	h.t.Helper()
	if err := h.courier.Carry(context.Background(), "t"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) letters(state string) []desk.Letter {
	h.t.Helper()
	f, err := query.Parse("state:" + state)
	if err != nil {
		h.t.Fatal(err)
	}
	page, err := h.courier.Letters(context.Background(), h.admin, query.Request{Filter: f})
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Items
}

func webhookTo(name string) desk.Target {
	return desk.Target{Name: name, Way: desk.Webhook, On: true, Address: "https://example.org/" + name}
}

func TestATargetIsToldOfWhatItWants(t *testing.T) {
	notice := desk.Notice{Kind: "finding.exploited", Level: desk.Warning, Site: "North"}
	for rule, c := range map[string]struct {
		target desk.Target
		change func(*desk.Notice)
		want   bool
	}{
		"everything, without a filter":    {desk.Target{Level: desk.Info}, nil, true},
		"nothing while it is off":         {desk.Target{Level: desk.Info}, func(n *desk.Notice) { n.Title = "off" }, false},
		"what is as severe as it asks":    {desk.Target{Level: desk.Warning}, nil, true},
		"not what is less severe":         {desk.Target{Level: desk.Urgent}, nil, false},
		"a kind by its name":              {desk.Target{Level: desk.Info, Kinds: []string{"finding.exploited"}}, nil, true},
		"a kind by its stem":              {desk.Target{Level: desk.Info, Kinds: []string{"disk.*", "finding.*"}}, nil, true},
		"not another kind":                {desk.Target{Level: desk.Info, Kinds: []string{"disk.*", "finding"}}, nil, false},
		"its sites":                       {desk.Target{Level: desk.Info, Sites: []string{"North"}}, nil, true},
		"not other sites":                 {desk.Target{Level: desk.Info, Sites: []string{"South"}}, nil, false},
		"what is of no site":              {desk.Target{Level: desk.Info, Sites: []string{"South"}}, func(n *desk.Notice) { n.Site = "" }, true},
		"never of what is for one person": {desk.Target{Level: desk.Info}, func(n *desk.Notice) { n.For = "usr_ana" }, false},
	} {
		n := notice
		if c.change != nil {
			c.change(&n)
		}
		c.target.On = n.Title != "off"
		if got := c.target.Wants(n); got != c.want {
			t.Errorf("%s: got %v", rule, got)
		}
	}
}

func TestALetterIsCarriedUntilItArrives(t *testing.T) {
	eachSealed(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.save(webhookTo("one"))
		h.far.err = bedrail.Errorf(bedrail.Unavailable, "the receiver answered 503")
		for i := range 3 {
			h.post(desk.Notice{Kind: "disk.low", Level: desk.Warning, Title: fmt.Sprint("n", i+1)})
		}
		h.carry()
		h.carry()
		if h.far.asked != 1 {
			t.Errorf("a target that is down was asked %d times in one turn", h.far.asked)
		}
		waiting := h.letters("waiting")
		if len(waiting) != 3 || waiting[2].Tries != 1 || waiting[2].LastError != "the receiver answered 503" || waiting[0].Tries != 0 {
			t.Fatalf("got %+v", waiting)
		}
		targets, err := h.courier.Targets(context.Background(), h.admin)
		if err != nil || targets[0].Waiting != 3 || targets[0].LastError != "the receiver answered 503" {
			t.Errorf("the target goes %+v, %v", targets, err)
		}
		h.far.err = nil
		h.now = h.now.Add(6 * time.Second)
		h.carry()
		if got := strings.Join(h.far.got, "; "); got != "one: n1; one: n2; one: n3" {
			t.Errorf("got %q", got)
		}
		if sent := h.letters("sent"); len(sent) != 3 || sent[0].SentAt.IsZero() || len(h.letters("waiting")) != 0 {
			t.Errorf("sent are %+v", sent)
		}
	})
}

func TestALetterThatNobodyTakesIsGivenUpAndFound(t *testing.T) {
	eachSealed(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		h := newHouse(t, db)
		target := h.save(webhookTo("one"))
		h.far.err = errors.New("connection refused")
		h.post(desk.Notice{Kind: "disk.low", Title: "a"})
		began := h.now
		for range 20 {
			h.carry()
			h.now = h.now.Add(time.Hour)
		}
		if len(h.letters("dead")) != 0 {
			t.Errorf("given up after %v", h.now.Sub(began))
		}
		for range 40 {
			h.carry()
			h.now = h.now.Add(time.Hour)
		}
		dead := h.letters("dead")
		if len(dead) != 1 || dead[0].Tries != 11 || dead[0].Name != "one" {
			t.Fatalf("dead are %+v", dead)
		}
		if _, err := h.courier.Retry(ctx, person("usr_eve", "viewer"), nil, "", false); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("who only looks has letters tried again: %v", err)
		}
		h.far.err = nil
		if n, err := h.courier.Retry(ctx, person("usr_ben", "security-analyst"), []string{dead[0].ID, "ltr_x"}, "", false); n != 1 || err != nil {
			t.Errorf("%d were tried again, %v", n, err)
		}
		h.carry()
		if len(h.far.got) != 1 {
			t.Errorf("the letter did not arrive: %v", h.far.got)
		}
		h.far.err = bedrail.Errorf(bedrail.Invalid, "550 no such mailbox")
		h.post(desk.Notice{Kind: "disk.low", Title: "b"})
		h.carry()
		if dead := h.letters("dead"); len(dead) != 1 || dead[0].Tries != 1 {
			t.Errorf("what is refused for good is tried again: %+v", dead)
		}
		if n, err := h.courier.Retry(ctx, h.admin, nil, target.ID, true); n != 1 || err != nil || len(h.letters("dead")) != 0 {
			t.Errorf("%d were discarded, %v", n, err)
		}
		h.far.err = desk.ErrGone
		h.post(desk.Notice{Kind: "disk.low", Title: "c"})
		h.carry()
		if targets, err := h.courier.Targets(ctx, h.admin); err != nil || targets[0].On {
			t.Errorf("a target that is gone for good is still on: %v", err)
		}
	})
}

func TestADigestGathersUntilItsHour(t *testing.T) {
	eachSealed(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		mail := desk.Target{Name: "daily", Way: desk.Email, On: true, Address: "mail.example.org:587", From: "bedrail@example.org", To: []string{"ward@example.org"}, Digest: desk.Daily, Hour: 7}
		h.save(mail)
		mail.Name, mail.Digest = "weekly", desk.Weekly
		h.save(mail)
		h.post(desk.Notice{Kind: "disk.low", Title: "monday"}) // at 8
		h.carry()
		if len(h.far.got) != 0 {
			t.Fatalf("sent before its hour: %v", h.far.got)
		}
		h.now = h.now.Add(20 * time.Hour)
		h.post(desk.Notice{Kind: "disk.low", Title: "tuesday"}) // at 4
		h.now = time.Date(2026, 3, 3, 7, 0, 1, 0, time.UTC)
		h.carry()
		if got := strings.Join(h.far.got, "; "); got != "daily: monday, tuesday" {
			t.Errorf("got %q", got)
		}
		h.now = time.Date(2026, 3, 9, 7, 0, 1, 0, time.UTC)
		h.carry()
		if got := h.far.got[len(h.far.got)-1]; got != "weekly: monday, tuesday" {
			t.Errorf("got %q", got)
		}
	})
}

func TestASecretIsShownOnceAndTurned(t *testing.T) {
	eachSealed(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		h := newHouse(t, db)
		target, shown, err := h.courier.SaveTarget(ctx, h.admin, webhookTo("one"), desk.Secrets{})
		if err != nil || !strings.HasPrefix(shown.Signing, "whsec_") {
			t.Fatalf("got %+v, %v", shown, err)
		}
		target.Name = "renamed"
		target, again, err := h.courier.SaveTarget(ctx, h.admin, target, desk.Secrets{})
		if err != nil || again.Signing != "" {
			t.Fatalf("the secret was shown twice, or %v", err)
		}
		fresh, err := h.courier.Rotate(ctx, h.admin, target.ID)
		if err != nil || fresh == shown.Signing {
			t.Fatalf("got %q, %v", fresh, err)
		}
		if err := h.courier.Try(ctx, h.admin, target.ID); err != nil {
			t.Fatal(err)
		}
		if got := h.far.with.SigningAt(h.now); !slices.Equal(got, []string{fresh, shown.Signing}) {
			t.Errorf("signed with %q", got)
		}
		if got := h.far.with.SigningAt(h.now.Add(25 * time.Hour)); !slices.Equal(got, []string{fresh}) {
			t.Errorf("after a day signed with %q", got)
		}
		if err := h.courier.RemoveTarget(ctx, h.admin, target.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.courier.Store.TargetSecrets(ctx, h.admin.Scope, target.ID); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("the secret outlived its target: %v", err)
		}
	})
}

func TestTargetsAreChecked(t *testing.T) {
	eachSealed(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		h := newHouse(t, db)
		mail := desk.Target{Name: "mail", Way: desk.Email, Address: "mail.example.org:587", From: "bedrail@example.org", To: []string{"a@example.org"}}
		with := func(t desk.Target, change func(*desk.Target)) desk.Target { change(&t); return t }
		for name, c := range map[string]struct {
			target desk.Target
			at     string
		}{
			"no name":                         {with(webhookTo("x"), func(t *desk.Target) { t.Name = " " }), "/name"},
			"a way that is none":              {desk.Target{Name: "x", Way: "pigeon"}, "/way"},
			"an address of a file":            {with(webhookTo("x"), func(t *desk.Target) { t.Address = "file:///etc/passwd" }), "/address"},
			"a password in an address":        {with(webhookTo("x"), func(t *desk.Target) { t.Address = "https://a:b@example.org" }), "/address"},
			"a kind with a space":             {with(webhookTo("x"), func(t *desk.Target) { t.Kinds = []string{"a b"} }), "/kinds"},
			"a digest by webhook":             {with(webhookTo("x"), func(t *desk.Target) { t.Digest = desk.Daily }), "/digest"},
			"syslog without a port":           {desk.Target{Name: "x", Way: desk.Syslog, Address: "siem.example.org"}, "/address"},
			"syslog in a format nobody reads": {desk.Target{Name: "x", Way: desk.Syslog, Address: "siem.example.org:6514", Format: "leef"}, "/format"},
			"mail to nobody":                  {with(mail, func(t *desk.Target) { t.To = nil }), "/to"},
			"mail with a line in an address":  {with(mail, func(t *desk.Target) { t.To = []string{"a@example.org\r\nBcc: b@example.org"} }), "/to"},
			"mail in the clear":               {with(mail, func(t *desk.Target) { t.Security = "none" }), "/security"},
		} {
			_, _, err := h.courier.SaveTarget(ctx, h.admin, c.target, desk.Secrets{})
			var e *bedrail.Error
			if !errors.As(err, &e) || e.Kind != bedrail.Invalid || e.Pointer != c.at {
				t.Errorf("%s: got %v", name, err)
			}
		}
		h.save(webhookTo("one"))
		if _, _, err := h.courier.SaveTarget(ctx, h.admin, webhookTo("one"), desk.Secrets{}); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("two targets of one name: %v", err)
		}
		for _, role := range []string{"viewer", "security-analyst", "integration-engineer", "compliance-officer"} {
			if _, _, err := h.courier.SaveTarget(ctx, person("usr_x", role), webhookTo("two"), desk.Secrets{}); bedrail.KindOf(err) != bedrail.Denied {
				t.Errorf("%s makes a target: %v", role, err)
			}
		}
	})
}
