package shadow_test

import (
	"net/netip"
	"testing"
	"time"

	"bedrail/exchange"
	"bedrail/shadow"
	"bedrail/traffic"
)

// An inventory binds by what tests put into it, and judges as the real one.
type inventory struct {
	named map[string]exchange.Candidate // by EUI-64
	at    map[string]exchange.Candidate // by address
}

func (v inventory) Judge(claim exchange.DeviceClaim, peer exchange.Peer, elsewhere exchange.Sighting) exchange.Binding {
	e := exchange.Evidence{Claim: claim, From: peer.Address.Addr().String(), Elsewhere: elsewhere.Address}
	if c, ok := v.named[claim.EUI64]; ok {
		e.Named = append(e.Named, c)
	}
	if c, ok := v.at[e.From]; ok {
		e.At = append(e.At, c)
	}
	return exchange.Binding{Stamp: exchange.Judge(e), Rivals: []exchange.Sighting{{Number: claim.EUI64, Address: e.From}, elsewhere}}
}

const number = "00D075FFFE1C0002"

// says is a minute in which a host said the number to another.
func says(from, mac, to string, minute time.Time) traffic.Overheard {
	return traffic.Overheard{Sensor: "s1", Minute: minute, Protocol: "hl7v2", Client: netip.MustParseAddr(from), ClientMAC: traffic.MAC(mac), Server: netip.MustParseAddr(to), Port: 2575,
		OverheardCounts: traffic.OverheardCounts{Messages: 1}, Devices: []traffic.OverheardDevice{{OverheardClaim: traffic.OverheardClaim{EUI64: number}, Count: 1}}}
}

func TestWhoSpeaksUnderAnothersNumber(t *testing.T) {
	pump := exchange.Candidate{ID: "dev_pump", EUI64s: []string{number}, Addresses: []string{"10.1.0.5"}}
	known := inventory{named: map[string]exchange.Candidate{number: pump}, at: map[string]exchange.Candidate{"10.1.0.5": pump}}
	for rule, c := range map[string]struct {
		inventory inventory
		batches   [][]traffic.Overheard
		now       time.Time
		want      int // doubts of the last batch
	}{
		"two hosts under one number are a doubt, each with the other": {
			batches: [][]traffic.Overheard{{says("10.1.0.5", "a", "10.1.0.9", noon), says("10.1.0.6", "b", "10.1.0.9", noon)}}, want: 2},
		"also when they are heard in two batches, or in an old recording": {
			batches: [][]traffic.Overheard{{says("10.1.0.5", "a", "10.1.0.9", noon)}, {says("10.1.0.6", "b", "10.1.0.9", noon.Add(2*time.Minute))}}, now: noon.AddDate(1, 0, 0), want: 1},
		"who is told the number passes it on": {
			batches: [][]traffic.Overheard{{says("10.1.0.5", "a", "10.1.0.9", noon), says("10.1.0.9", "e", "10.1.0.20", noon)}}},
		"also when what it passes on is heard first": {
			batches: [][]traffic.Overheard{{says("10.1.0.9", "e", "10.1.0.20", noon)}, {says("10.1.0.5", "a", "10.1.0.9", noon)}}},
		"who moved long ago is one": {
			batches: [][]traffic.Overheard{{says("10.1.0.5", "a", "10.1.0.9", noon)}, {says("10.1.0.6", "b", "10.1.0.9", noon.Add(time.Hour))}}},
		"one interface with two addresses is one": {
			batches: [][]traffic.Overheard{{says("10.1.0.5", "a", "10.1.0.9", noon), says("10.1.0.6", "a", "10.1.0.9", noon)}}},
		"what only the inventory speaks against is heard once": {
			inventory: known, batches: [][]traffic.Overheard{{says("10.1.0.77", "b", "10.1.0.9", noon)}}},
		"and again, so it stands": {
			inventory: known, batches: [][]traffic.Overheard{{says("10.1.0.77", "b", "10.1.0.9", noon)}, {says("10.1.0.77", "b", "10.1.0.9", noon.Add(time.Minute))}}, want: 1},
		"but not in an old recording: addresses move": {
			inventory: known, batches: [][]traffic.Overheard{{says("10.1.0.77", "b", "10.1.0.9", noon)}, {says("10.1.0.77", "b", "10.1.0.9", noon.Add(time.Minute))}}, now: noon.AddDate(0, 1, 0)},
		"who speaks from its own address is itself": {
			inventory: known, batches: [][]traffic.Overheard{{says("10.1.0.5", "a", "10.1.0.9", noon)}, {says("10.1.0.5", "a", "10.1.0.9", noon.Add(time.Minute))}}},
	} {
		t.Run(rule, func(t *testing.T) {
			d := shadow.Doubts{Binder: c.inventory}
			now := c.now
			if now.IsZero() {
				now = noon.Add(2 * time.Minute)
			}
			var got []shadow.Doubt
			for _, b := range c.batches {
				got = d.Note(b, now)
			}
			if len(got) != c.want {
				t.Fatalf("%d doubts, want %d: %+v", len(got), c.want, got)
			}
			for _, one := range got {
				if len(one.Rivals) != 2 || one.Rivals[0].Address == one.Rivals[1].Address || one.Rivals[0].Said == "" || one.Text == "" {
					t.Errorf("a doubt without both sides: %+v", one)
				}
			}
		})
	}
}

// A listener that also sends over its senders' connections speaks for others.
func TestWhoSendsOverOthersConnectionsIsNoImpostor(t *testing.T) {
	back := says("10.1.0.6", "b", "10.1.0.9", noon)
	back.Quirks = map[string]uint64{"message-to-client": 1}
	d := shadow.Doubts{Binder: inventory{}}
	if got := d.Note([]traffic.Overheard{says("10.1.0.5", "a", "10.1.0.9", noon), back}, noon); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
