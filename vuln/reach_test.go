package vuln_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
	"bedrail/vuln"
)

// at puts a device at an address and says what it is.
func at(d asset.Device, class, address string) asset.Device {
	d.Class = asset.Value{Value: class, Status: asset.Confirmed, Confidence: 1}
	d.Addresses = []netip.Addr{netip.MustParseAddr(address)}
	return d
}

func talk(client, server, transport string, port uint16, minute time.Time) traffic.Conversation {
	return traffic.Conversation{Site: "Main", Minute: minute, Client: netip.MustParseAddr(client), Server: netip.MustParseAddr(server), Transport: transport, Port: port, Packets: 3, BytesUp: 100, BytesDown: 50}
}

// exposedWard is a ward with one weak pump and a neighbour of its unit.
func exposedWard(t *testing.T, db *store.DB) (*ward, context.Context) {
	t.Helper()
	ctx := context.Background()
	w := newWard(t, db)
	if _, err := w.shelf.Import(ctx, analyst, "pump.cdx.json", asset.ModelKey{}, strings.NewReader(pumpBill)); err != nil {
		t.Fatal(err)
	}
	w.importFeed(t, "left.json", leftAdvisory("2.0.0"))
	w.board.DevicesChanged(ctx, at(device("dev_pump", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"), "infusion-pump", "10.0.1.5"),
		at(device("dev_neighbour", "Acme", "Hub", "1", "ICU", ""), "gateway", "10.0.9.9"))
	return w, ctx
}

func (w *ward) dossier(t *testing.T, by bedrail.Actor) vuln.Dossier {
	t.Helper()
	d, err := w.board.Dossier(context.Background(), by, "GHSA-left")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExposureFollowsWhoWasSeenToReachTheDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := exposedWard(t, db)
		level := func(when, want string, assumed bool) {
			t.Helper()
			d := w.dossier(t, analyst)
			if len(d.Exposed) != 1 || d.Exposed[0].Reached.Level != want || d.Exposed[0].Reached.Assumed != assumed {
				t.Errorf("%s: got %+v, want %s (assumed %v)", when, d.Exposed, want, assumed)
			}
		}
		level("nothing was recorded", "open", true)
		w.board.Heard(ctx, []traffic.Conversation{talk("10.0.1.5", "10.0.5.1", "udp", 123, monday)})
		level("it only asked for the time", "small", false)
		w.board.Heard(ctx, []traffic.Conversation{talk("10.0.9.9", "10.0.1.5", "tcp", 80, monday)})
		level("a neighbour in the unit reached it", "small", false)
		w.board.Heard(ctx, []traffic.Conversation{talk("10.0.7.7", "10.0.1.5", "tcp", 80, monday)})
		level("another network reached it", "controlled", false)
		w.board.Heard(ctx, []traffic.Conversation{talk("8.8.8.8", "10.0.1.5", "tcp", 80, monday.Add(-40*24*time.Hour))})
		level("what is older than a month says nothing", "controlled", false)
		w.board.Heard(ctx, []traffic.Conversation{talk("8.8.8.8", "10.0.1.5", "tcp", 80, monday)})
		level("the world reached it", "open", false)

		d := w.dossier(t, analyst)
		if len(d.Flows) != 3 || !d.Flows[0].Outside || d.Flows[0].Bytes != 150 {
			t.Errorf("flows: got %+v, want three, the one from outside first", d.Flows)
		}
		if d.Ranking.Urgency != vuln.Scheduled || len(d.Ranking.Changes) == 0 {
			t.Errorf("ranking: got %+v, want scheduled, and what would change it", d.Ranking)
		}
		elsewhere := bedrail.Actor{ID: "u2", Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "t", Units: []string{"OR"}}}
		if d := w.dossier(t, elsewhere); len(d.Exposed)+len(d.Flows)+len(d.Findings) != 0 {
			t.Errorf("who may see another unit sees %+v", d)
		}
	})
}

func TestAKnownExploitedWeaknessIsMoreUrgent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := exposedWard(t, db)
		w.board.Heard(ctx, []traffic.Conversation{talk("8.8.8.8", "10.0.1.5", "tcp", 80, monday)})
		before := w.dossier(t, analyst).Ranking
		w.importFeed(t, "kev.json", `{"catalogVersion":"1","dateReleased":"2026-11-01T00:00:00Z","count":1,"vulnerabilities":[{"cveID":"CVE-2026-0001","dateAdded":"2026-11-01"}]}`)
		after := w.dossier(t, analyst).Ranking
		if after.Urgency != vuln.Immediate || after.Rank <= before.Rank {
			t.Errorf("got %s %d, before it was known to be exploited %s %d", after.Urgency, after.Rank, before.Urgency, before.Rank)
		}
		said := false
		for _, c := range before.Changes {
			said = said || c.Input == "exploitation" && c.To == "active" && c.Urgency == vuln.Immediate
		}
		if !said {
			t.Errorf("the rank did not say that exploitation would change it: %+v", before.Changes)
		}
	})
}

func TestAControlIsBelievedOnlyAsFarAsTheRecordProvesIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := exposedWard(t, db)
		now := monday
		w.board.Clock = func() time.Time { return now }
		var alarms []vuln.ControlStatus
		w.board.Alarm = func(_ context.Context, c vuln.ControlStatus) { alarms = append(alarms, c) }
		w.board.Heard(ctx, []traffic.Conversation{talk("10.0.7.7", "10.0.1.5", "tcp", 80, monday.Add(-time.Hour))})
		c, err := w.board.Bind(ctx, analyst, vuln.Control{Vulnerability: "CVE-2026-0001", Model: asset.ModelKey{Manufacturer: "Acme Infusion", Model: "DripMaster 300"},
			Services: []vuln.Service{{Transport: "tcp", Port: 80}}, Allow: []string{"10.0.9.0/24"}, Days: 3, Expires: monday.AddDate(0, 0, 20), Owner: "ana", Note: "port 80 closed"})
		if err != nil {
			t.Fatal(err)
		}
		state := func(when string, want vuln.ControlState, level string) {
			t.Helper()
			w.board.Reconsider(ctx)
			got, err := w.board.Controls(ctx, analyst)
			if err != nil || len(got) != 1 || got[0].State != want {
				t.Errorf("%s: got %+v %v, want %s", when, got, err, want)
			}
			if r := w.dossier(t, analyst).Exposed[0].Reached; r.Level != level {
				t.Errorf("%s: exposure is %s (%s), want %s", when, r.Level, r.Why, level)
			}
		}
		state("the device was not heard since", vuln.Unobserved, "controlled")
		w.board.Heard(ctx, []traffic.Conversation{talk("10.0.9.1", "10.0.1.5", "tcp", 80, now.Add(time.Hour)), talk("10.0.7.7", "10.0.1.5", "tcp", 22, now.Add(time.Hour))})
		now = monday.AddDate(0, 0, 1)
		state("one day of silence, but for those allowed and another port", vuln.Pending, "controlled")
		now = monday.AddDate(0, 0, 3)
		w.board.Heard(ctx, []traffic.Conversation{talk("10.0.1.5", "10.0.5.1", "udp", 123, now.Add(-time.Hour))})
		state("three days", vuln.Verified, "small")

		if err := w.board.Load(ctx); err != nil { // a restart
			t.Fatal(err)
		}
		w.board.DevicesChanged(ctx, at(device("dev_pump", "Acme Infusion", "DripMaster 300", "4.1", "ICU", "3"), "infusion-pump", "10.0.1.5"))
		w.board.Heard(ctx, []traffic.Conversation{talk("10.0.1.5", "10.0.5.1", "udp", 123, now.Add(-time.Hour))})
		state("after a restart", vuln.Verified, "small")

		w.board.Heard(ctx, []traffic.Conversation{talk("10.0.7.7", "10.0.1.5", "tcp", 80, now)})
		state("somebody got through", vuln.Contradicted, "controlled")
		if len(alarms) != 1 || alarms[0].State != vuln.Contradicted || len(alarms[0].Against) != 1 || alarms[0].Against[0].Peer != "10.0.7.7" {
			t.Errorf("alarms: got %+v, want one that names the peer", alarms)
		}
		now = monday.AddDate(0, 0, 21)
		state("it ran out", vuln.Expired, "controlled")
		if len(alarms) != 2 {
			t.Errorf("alarms: got %d, want one more", len(alarms))
		}
		if err := w.board.Unbind(ctx, analyst, c.ID); err != nil {
			t.Fatal(err)
		}
		state("taken back", vuln.Retired, "controlled")
	})
}

func TestWhatWouldContainAWeaknessNamesWhatItBreaks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := exposedWard(t, db)
		care := talk("10.0.9.9", "10.0.1.5", "tcp", 2575, monday)
		care.Protocol = "hl7v2"
		w.board.Heard(ctx, []traffic.Conversation{care, talk("10.0.7.7", "10.0.1.5", "tcp", 445, monday), talk("10.0.7.8", "10.0.1.5", "tcp", 445, monday), talk("8.8.8.8", "10.0.1.5", "tcp", 80, monday)})
		got := w.dossier(t, analyst).Containment
		if len(got.Conduits) != 3 {
			t.Fatalf("got %d conduits, want 3: %+v", len(got.Conduits), got.Conduits)
		}
		if !got.Conduits[0].Outside || got.Conduits[2].Care != true || got.Conduits[0].From != "internet" || got.Conduits[2].From != "ICU" {
			t.Errorf("order: got %+v, want the world first and care last", got.Conduits)
		}
		smb := got.Conduits[1]
		if len(smb.Breaks) != 2 || smb.To != "ICU" {
			t.Errorf("got %+v, want the two peers of 10.0.7.0/24", smb)
		}
		for _, line := range []string{" remark CVE-2026-0001: 10.0.7.0/24 to ICU, tcp/445", " deny tcp host 10.0.7.7 host 10.0.1.5 eq 445", " deny tcp host 10.0.7.8 host 10.0.1.5 eq 445"} {
			if !strings.Contains(smb.Rules.IOS, line) {
				t.Errorf("the access list lacks %q:\n%s", line, smb.Rules.IOS)
			}
		}
		if want := "ip saddr { 10.0.7.7, 10.0.7.8 } ip daddr 10.0.1.5 tcp dport 445 drop"; !strings.Contains(smb.Rules.NFTables, want) {
			t.Errorf("got\n%s\nwant %s", smb.Rules.NFTables, want)
		}
		if !strings.Contains(got.Rules.IOS, "(carries care)") {
			t.Errorf("nothing says that care would be broken:\n%s", got.Rules.IOS)
		}
	})
}
