package asset

import (
	"fmt"
	"testing"

	"bedrail/traffic"
)

func TestEachProductRuleReadsItsExample(t *testing.T) {
	for i, r := range productRules {
		t.Run(fmt.Sprintf("%d %s", i, r.example), func(t *testing.T) {
			if got := r.apply(claim{Attribute: r.attribute, Evidence: Evidence{Value: r.example}}); len(got) == 0 {
				t.Error("the rule does not read its own example")
			}
			for j, other := range productRules { // a rule too loose shows in the examples of the others
				if i == j || other.attribute != r.attribute {
					continue
				}
				for _, c := range r.apply(claim{Attribute: r.attribute, Evidence: Evidence{Value: other.example}}) {
					if c.Attribute == traffic.Manufacturer && other.maker != "" && c.Value != other.maker {
						t.Errorf("it also reads %q, as %s", other.example, c.Value)
					}
				}
			}
		})
	}
}

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
