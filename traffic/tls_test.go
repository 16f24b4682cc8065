package traffic_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedrail/traffic"
)

// claimed returns the values that observations of a capture give to an
// attribute from a source.
func (r result) claimed(a traffic.Attribute, source string) []string {
	var out []string
	for _, o := range r.observations {
		for _, c := range o.Claims {
			if c.Attribute == a && c.Source == source && !slices.Contains(out, c.Value) {
				out = append(out, c.Value)
			}
		}
	}
	return out
}

func TestJA4AgreesWithItsReference(t *testing.T) {
	paths, err := filepath.Glob(sample(t, "tls-ja4") + "/*.expected.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no expected values: %v", err)
	}
	checked := 0
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var streams []map[string]any
		if err := json.Unmarshal(raw, &streams); err != nil {
			t.Fatal(err)
		}
		got := play(t, strings.TrimSuffix(path, ".expected.json")).claimed(traffic.Fingerprint, "tls.ja4")
		var want []string
		for _, s := range streams {
			for key, value := range s {
				// The reference has none of QUIC (q); keys count the hellos of a stream.
				if v, ok := value.(string); ok && (key == "JA4" || strings.HasPrefix(key, "JA4.")) && strings.HasPrefix(v, "t") && !slices.Contains(want, v) {
					want = append(want, v)
				}
			}
		}
		got = slices.DeleteFunc(got, func(v string) bool { return strings.HasPrefix(v, "q") })
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", filepath.Base(path), got, want)
		}
		checked += len(want)
	}
	if checked < 10 {
		t.Errorf("only %d fingerprints were compared", checked)
	}
}
