package sensor_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/asset"
	"bedrail/seal"
	"bedrail/sensor"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

func person(role string, sites ...string) bedrail.Actor {
	by := bedrail.Actor{ID: "usr_" + role, Name: role, Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "main", Sites: sites}, Grants: []bedrail.Grant{{Role: role}}}
	if len(sites) > 0 {
		by.Grants[0].Site = sites[0]
	}
	return by
}

func service(t *testing.T, db *store.DB, now *time.Time) *sensor.Service {
	t.Helper()
	policy, err := access.NewPolicy()
	if err != nil {
		t.Fatal(err)
	}
	a, err := seal.OpenAuthority(t.TempDir(), "sensor-ca", "Bedrail authority for sensors", *now)
	if err != nil {
		t.Fatal(err)
	}
	return &sensor.Service{Store: db, Auth: policy, Clock: func() time.Time { return *now }, Tenant: "main", Authority: a, Enrol: "hub.example:7423", Hub: "hub.example:7422"}
}

func csr(t *testing.T) []byte {
	t.Helper()
	key, err := seal.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func invite(t *testing.T, s *sensor.Service, name, site string) sensor.Token {
	t.Helper()
	token, _, err := s.Invite(t.Context(), person("administrator"), sensor.Ask{Name: name, Site: site})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestATokenLetsOneSensorInOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := context.Background(), time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		s := service(t, db, &now)
		token := invite(t, s, "north-icu", "North")
		back, err := sensor.ParseToken(token.String()[:40] + "\n  " + token.String()[40:])
		if err != nil || back != token {
			t.Fatalf("the token reads as %+v, %v", back, err)
		}
		got, err := s.Join(ctx, sensor.Request{Secret: token.Secret, CSR: csr(t), From: "10.0.0.9"})
		if err != nil {
			t.Fatal(err)
		}
		if name, until, err := s.Admit(ctx, got.Certificate); err != nil || name != "north-icu" || !until.Equal(got.Certificate.NotAfter) {
			t.Errorf("the certificate is of %q until %s, %v", name, until, err)
		}
		if _, err := s.Join(ctx, sensor.Request{Secret: token.Secret, CSR: csr(t)}); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("a used token gives %v, want Denied", err)
		}
		late := invite(t, s, "late", "")
		now = now.Add(time.Hour)
		if _, err := s.Join(ctx, sensor.Request{Secret: late.Secret, CSR: csr(t)}); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("an expired token gives %v, want Denied", err)
		}
		first, second := invite(t, s, "twice", ""), invite(t, s, "twice", "")
		if _, err := s.Join(ctx, sensor.Request{Secret: first.Secret, CSR: csr(t)}); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("a replaced token gives %v, want Denied", err)
		}
		if _, err := s.Join(ctx, sensor.Request{Secret: second.Secret, CSR: csr(t)}); err != nil {
			t.Error(err)
		}
		if _, err := s.Join(ctx, sensor.Request{Secret: "guess", CSR: csr(t)}); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("a guess gives %v, want Denied", err)
		}
	})
}

func TestABadRequestDoesNotUseTheTokenUp(t *testing.T) {
	db := storetest.New(t)
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	s := service(t, db, &now)
	token := invite(t, s, "north", "")
	if _, err := s.Join(t.Context(), sensor.Request{Secret: token.Secret, CSR: []byte("no request")}); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
	if _, err := s.Join(t.Context(), sensor.Request{Secret: token.Secret, CSR: csr(t)}); err != nil {
		t.Error(err)
	}
}

func TestWhoIsRevokedOrReplacedIsNotAdmitted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := context.Background(), time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		s := service(t, db, &now)
		var told []string
		s.Changed = func(_ context.Context, name string) { told = append(told, name) }
		join := func(name string) *x509.Certificate {
			t.Helper()
			got, err := s.Join(ctx, sensor.Request{Secret: invite(t, s, name, "").Secret, CSR: csr(t)})
			if err != nil {
				t.Fatal(err)
			}
			return got.Certificate
		}
		refused := func(why string, c *x509.Certificate) {
			t.Helper()
			if _, _, err := s.Admit(ctx, c); bedrail.KindOf(err) != bedrail.Denied {
				t.Errorf("%s: got %v, want Denied", why, err)
			}
			if _, err := s.Renew(ctx, c, csr(t)); bedrail.KindOf(err) != bedrail.Denied {
				t.Errorf("%s, renewing: got %v, want Denied", why, err)
			}
		}
		old := join("north")
		fresh := join("north")
		refused("another machine took its name", old)
		renewed, err := s.Renew(ctx, fresh, csr(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Revoke(ctx, person("viewer"), "north", ""); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("a viewer revokes: %v", err)
		}
		if err := s.Revoke(ctx, person("security-analyst"), "north", "stolen"); err != nil {
			t.Fatal(err)
		}
		refused("revoked", fresh)
		refused("revoked after renewal", renewed.Certificate)
		gone := join("south")
		now = now.Add(31 * 24 * time.Hour)
		refused("the certificate has ended", gone)
		if want := []string{"north", "north", "north", "south"}; !slices.Equal(told, want) {
			t.Errorf("told of %v, want %v", told, want)
		}
	})
}

func TestOnlyAnAdministratorEnrolsAndEverybodySeesTheirSites(t *testing.T) {
	db := storetest.New(t)
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	s := service(t, db, &now)
	invite(t, s, "north", "North")
	invite(t, s, "south", "South")
	if _, _, err := s.Invite(t.Context(), person("clinical-engineer"), sensor.Ask{Name: "west"}); bedrail.KindOf(err) != bedrail.Denied {
		t.Errorf("a clinical engineer enrols: %v", err)
	}
	for _, name := range []string{"", "hub", "local", "North", "a.b", "a>", "-a", strings.Repeat("a", 33)} {
		if _, _, err := s.Invite(t.Context(), person("administrator"), sensor.Ask{Name: name}); bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("the name %q gives %v, want Invalid", name, err)
		}
	}
	all, err := s.Sensors(t.Context(), person("viewer"))
	if err != nil || len(all) != 2 || all[0].State != sensor.Invited {
		t.Errorf("a viewer sees %+v, %v", all, err)
	}
	some, err := s.Sensors(t.Context(), person("viewer", "South"))
	if err != nil || len(some) != 1 || some[0].Name != "south" {
		t.Errorf("a viewer of South sees %+v, %v", some, err)
	}
	if _, err := s.One(t.Context(), person("viewer", "South"), "north"); bedrail.KindOf(err) != bedrail.NotFound {
		t.Errorf("a viewer of South asks for north: %v", err)
	}
}

func TestWhatASensorToldIsKeptOnceWithItsGaps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := context.Background(), time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		s := service(t, db, &now)
		invite(t, s, "north", "North")
		r := &asset.Registry{Store: db, Auth: s.Auth, Clock: s.Clock}
		by := bedrail.SystemActor("record", "main")
		b := traffic.Batch{Site: "North", Sensor: "north",
			Coverage: &traffic.Coverage{From: now, Until: now.Add(time.Minute), Packets: 100, Dropped: 3, VLANs: []traffic.VLANSeen{{VLAN: 0, Packets: 40}, {VLAN: 20, Packets: 60}}},
			Gaps:     []traffic.Gap{{Interface: "eth1", From: now, Until: now.Add(30 * time.Second), Reason: traffic.GapLink}},
			Health:   &traffic.Health{At: now, Version: "1"}}
		// The second is the first again: at another place of the stream, with
		// the sensor's own number.
		for seq := uint64(1); seq <= 2; seq++ {
			if err := r.Apply(ctx, by, b, asset.Position{Stream: "OBS", Epoch: "e", Seq: seq, Sensor: "north", Run: 5, Number: 1}); err != nil {
				t.Fatal(err)
			}
		}
		again := &asset.Registry{Store: db, Auth: s.Auth, Clock: s.Clock} // and once more after a restart
		if err := again.Apply(ctx, by, b, asset.Position{Stream: "OBS", Epoch: "e", Seq: 3, Sensor: "north", Run: 5, Number: 1}); err != nil {
			t.Fatal(err)
		}
		p, err := s.Coverage(ctx, person("viewer"), "north", now, now.Add(20*time.Minute), 10*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Steps) != 2 || p.Steps[0].Packets != 100 || p.Steps[0].Dropped != 3 || p.Steps[0].Covered < 0.09 || p.Steps[0].Covered > 0.11 || len(p.VLANs) != 2 || p.VLANs[1].Packets[0] != 60 || len(p.Gaps) != 1 {
			t.Errorf("the picture is %+v", p)
		}
		st, err := db.Stands(ctx, bedrail.Scope{Tenant: "main"})
		if err != nil || !st["north"].CoveredUntil.Equal(now.Add(time.Minute)) || st["north"].Health.Version != "1" {
			t.Errorf("stands are %+v, %v", st, err)
		}
	})
}

func TestHowASensorDoesFollowsFromWhatWasHeard(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	enrolled := sensor.Sensor{Enrolment: "enr_1", EnrolledAt: now.Add(-time.Hour), CertEnds: now.Add(20 * 24 * time.Hour)}
	well := traffic.Health{At: now.Add(-5 * time.Second), DiskFree: 60, Interfaces: []traffic.InterfaceHealth{{Name: "eth1", Up: true}}, Rate: 1000}
	heard := sensor.Stand{HeardAt: now.Add(-5 * time.Second), Health: well}
	with := func(change func(*traffic.Health)) sensor.Stand {
		x := heard
		change(&x.Health)
		return x
	}
	for name, c := range map[string]struct {
		sensor sensor.Sensor
		stand  sensor.Stand
		link   sensor.Link
		state  sensor.State
		alarms string
	}{
		"all is well":                     {enrolled, heard, sensor.Link{Connected: true}, sensor.Online, ""},
		"it never came":                   {sensor.Sensor{}, sensor.Stand{}, sensor.Link{}, sensor.Invited, ""},
		"it just came":                    {sensor.Sensor{Enrolment: "e", EnrolledAt: now}, sensor.Stand{}, sensor.Link{}, sensor.Invited, ""},
		"nothing for a minute":            {enrolled, sensor.Stand{HeardAt: now.Add(-time.Minute), Health: well}, sensor.Link{}, sensor.Silent, "silent"},
		"it came long ago and said never": {enrolled, sensor.Stand{}, sensor.Link{}, sensor.Silent, "silent"},
		"it tells of an hour ago":         {enrolled, with(func(h *traffic.Health) { h.At = now.Add(-time.Hour) }), sensor.Link{Connected: true, Lag: 900}, sensor.Behind, "behind"},
		"it said that it stops":           {enrolled, with(func(h *traffic.Health) { h.Stopping = true }), sensor.Link{}, sensor.Stopped, ""},
		"it was revoked":                  {sensor.Sensor{Enrolment: "e", RevokedAt: now}, heard, sensor.Link{}, sensor.Revoked, ""},
		"an interface is away":            {enrolled, with(func(h *traffic.Health) { h.Interfaces = []traffic.InterfaceHealth{{Name: "eth1"}, {Name: "eth2"}} }), sensor.Link{}, sensor.Impaired, "link"},
		"one packet in a million is lost": {enrolled, with(func(h *traffic.Health) { h.Lost = 0.001 }), sensor.Link{}, sensor.Online, ""},
		"one packet in a hundred is lost": {enrolled, with(func(h *traffic.Health) { h.Lost = 10 }), sensor.Link{}, sensor.Impaired, "dropping"},
		"the outbox is full": {enrolled, with(func(h *traffic.Health) {
			h.RefusedAt = h.At.Add(-time.Minute)
			h.Outbox = traffic.OutboxHealth{Bytes: 99, Limit: 100}
		}), sensor.Link{}, sensor.Impaired, "refused outbox"},
		"the disk is nearly full":         {enrolled, with(func(h *traffic.Health) { h.DiskFree = 9 }), sensor.Link{}, sensor.Impaired, "disk"},
		"its clock is ahead":              {enrolled, with(func(h *traffic.Health) { h.At = now.Add(time.Hour) }), sensor.Link{}, sensor.Impaired, "clock"},
		"the certificate was not renewed": {sensor.Sensor{Enrolment: "e", CertEnds: now.Add(24 * time.Hour)}, heard, sensor.Link{}, sensor.Impaired, "cert"},
	} {
		t.Run(name, func(t *testing.T) {
			got := sensor.Judge(c.sensor, c.stand, c.link, now)
			if alarms := strings.Join(got.Alarms, " "); got.State != c.state || alarms != c.alarms {
				t.Errorf("got %s (%s), want %s (%s)", got.State, alarms, c.state, c.alarms)
			}
		})
	}
}

// The last word of a run is written while what came before it still waits; who
// has heard it has that too.
func TestASensorThatStoppedHoldsNothingBack(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	enrolled := sensor.Sensor{Enrolment: "enr_1", EnrolledAt: now.Add(-time.Hour)}
	last := traffic.Health{At: now, Stopping: true, Refused: 2, Outbox: traffic.OutboxHealth{Messages: 3, Bytes: 900, Oldest: now.Add(-time.Second), Limit: 1 << 20}}
	for name, c := range map[string]struct {
		connected bool
		waits     uint64
	}{"gone": {false, 0}, "not gone yet": {true, 3}} {
		t.Run(name, func(t *testing.T) {
			got := sensor.Judge(enrolled, sensor.Stand{HeardAt: now, Health: last}, sensor.Link{Connected: c.connected, Lag: c.waits}, now)
			if got.Health.Outbox.Messages != c.waits || got.Link.Lag != c.waits || (got.Oldest() > 0) != c.connected || got.Health.Outbox.Limit != 1<<20 || got.Health.Refused != 2 {
				t.Errorf("%d batches wait, %d lag, the oldest of %s, of %d bytes; refused %d", got.Health.Outbox.Messages, got.Link.Lag, got.Oldest(), got.Health.Outbox.Limit, got.Health.Refused)
			}
		})
	}
}

func TestAPictureSharesOutAndDoesNotCountTwoInterfacesTwice(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	row := func(from, until int, packets uint64) traffic.Coverage {
		return traffic.Coverage{From: at.Add(time.Duration(from) * time.Minute), Until: at.Add(time.Duration(until) * time.Minute), Packets: packets}
	}
	p := sensor.Draw(sensor.Seen{Coverage: []traffic.Coverage{row(-5, 5, 100), row(0, 10, 30), row(5, 15, 100), row(20, 20, 7)}}, at, at.Add(30*time.Minute), 10*time.Minute)
	var packets []uint64
	var covered []float64
	for _, s := range p.Steps {
		packets, covered = append(packets, s.Packets), append(covered, s.Covered)
	}
	if want := []uint64{50 + 30 + 50, 50, 7}; !slices.Equal(packets, want) {
		t.Errorf("packets are %v, want %v", packets, want)
	}
	if want := []float64{1, 0.5, 0}; !slices.Equal(covered, want) {
		t.Errorf("covered is %v, want %v", covered, want)
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(sensor.Token{Name: "n", Enrol: "h:1", Hub: "h:2", Pin: strings.Repeat("a", 64), Secret: "s"}.String())
	f.Add("brs_")
	f.Add("brs_e30")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := sensor.ParseToken(text)
		if err != nil {
			return
		}
		if back, err := sensor.ParseToken(token.String()); err != nil || back != token {
			t.Errorf("%+v reads as %+v, %v", token, back, err)
		}
	})
}
