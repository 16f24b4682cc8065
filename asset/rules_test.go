package asset

import (
	"slices"
	"testing"

	"bedrail/rule"
	"bedrail/traffic"
)

func TestPrefixHolder(t *testing.T) {
	tests := map[string]struct {
		mac  traffic.MAC
		want string
	}{
		"a prefix of 24 bits":                           {"00:09:5c:01:02:03", "Philips Medical Systems - Cardiac and Monitoring Systems (CM"},
		"the longest prefix wins":                       {"70:b3:d5:f2:f1:23", "TELEPLATFORMS"},
		"an address made up by software names no maker": {"02:09:5c:01:02:03", ""},
		"an unknown prefix":                             {"fc:ff:ff:01:02:03", ""},
		"no address at all":                             {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := PrefixHolder(tt.mac); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Rules whose source nobody has looked up make a value likely at most, however
// many agree; with their source looked up the same claims confirm it.
func TestUnverifiedRulesNeverConfirm(t *testing.T) {
	said := func(unverified bool) []claim {
		return []claim{
			{traffic.Model, "", nil, Evidence{Source: "name.host", Field: "dhcp 12", Value: "DCS-935L", Weight: 0.8, unverified: unverified}},
			{traffic.Model, "", nil, Evidence{Source: "banner.name", Field: "http Server", Value: "DCS-935L", Weight: 0.8, unverified: true}},
			{traffic.Model, "", nil, Evidence{Source: "dhcp.option", Field: "60", Value: "DCS-935L", Weight: 0.6}},
		}
	}
	if v, _ := fuse(traffic.Model, said(true)); v.Status != Likely || v.Confidence < confirmedAt {
		t.Errorf("got %s at %v, want likely at %v or more", v.Status, v.Confidence, confirmedAt)
	}
	if v, _ := fuse(traffic.Model, said(false)); v.Status != Confirmed {
		t.Errorf("got %s, want confirmed", v.Status)
	}
}

// Who asks for a maker's cloud need not be of that maker: a telephone with its
// app does too. A connection there is one to the internet; a question is none.
func TestACloudTellsNoMaker(t *testing.T) {
	for name, tt := range map[string]struct {
		source, field string
		egress        int
	}{
		"a connection opened to it is egress":  {"tls.sni", "server_name", 1},
		"a request over HTTP is egress":        {"http.request", "Host", 1},
		"a question alone is nothing":          {"dns", "question", 0},
		"a server's own certificate is none's": {"tls.certificate", "subject CN", 0},
	} {
		t.Run(name, func(t *testing.T) {
			asked := claim{traffic.Peer, "", nil, Evidence{Source: tt.source, Field: tt.field, Value: "share2.dexcom.com", Weight: 0.5, Capture: "a.pcap", Packet: 7, Count: 1}}
			claims := infer(rule.Builtin(), []claim{asked})
			for _, c := range claims {
				if c.Attribute == traffic.Manufacturer || c.Attribute == traffic.Class {
					t.Errorf("it says %s %s", c.Attribute, c.Value)
				}
			}
			found := weaknesses(claims)
			if len(found) != tt.egress {
				t.Fatalf("got %v", found)
			}
			if tt.egress == 1 && (found[0].Code != traffic.InternetEgress || found[0].Evidence[0].Packet != 7 || found[0].Evidence[0].Raw != "share2.dexcom.com (Dexcom Share)") {
				t.Errorf("got %+v", found[0])
			}
		})
	}
}

// Of the rules of the house that read who is asked for, one names a maker: a
// document says that the scales alone ask for it.
func TestOnlyANameOfTheDevicesOwnTellsAMaker(t *testing.T) {
	var makers []string
	for _, r := range rule.Builtin().Rules() {
		if r.Field == "peer" && r.Gives[rule.Cloud] == "" {
			makers = append(makers, r.ID)
		}
	}
	if want := []string{"withings-peer"}; !slices.Equal(makers, want) {
		t.Errorf("got %v, want %v", makers, want)
	}
}

func BenchmarkPrefixHolder(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		PrefixHolder("00:09:5c:01:02:03")
	}
}
