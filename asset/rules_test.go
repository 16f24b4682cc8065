package asset

import (
	"testing"

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
			{traffic.Model, "", Evidence{Source: "name.host", Field: "dhcp 12", Value: "DCS-935L", Weight: 0.8, unverified: unverified}},
			{traffic.Model, "", Evidence{Source: "banner.name", Field: "http Server", Value: "DCS-935L", Weight: 0.8, unverified: true}},
			{traffic.Model, "", Evidence{Source: "dhcp.option", Field: "60", Value: "DCS-935L", Weight: 0.6}},
		}
	}
	if v, _ := fuse(traffic.Model, said(true)); v.Status != Likely || v.Confidence < confirmedAt {
		t.Errorf("got %s at %v, want likely at %v or more", v.Status, v.Confidence, confirmedAt)
	}
	if v, _ := fuse(traffic.Model, said(false)); v.Status != Confirmed {
		t.Errorf("got %s, want confirmed", v.Status)
	}
}

func BenchmarkPrefixHolder(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		PrefixHolder("00:09:5c:01:02:03")
	}
}
