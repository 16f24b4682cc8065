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

func BenchmarkPrefixHolder(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		PrefixHolder("00:09:5c:01:02:03")
	}
}
