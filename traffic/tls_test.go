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

// A made-up hello that offers DICOM (RFC 7301), and one to the port of DICOM
// over TLS (PS3.15 B.1).
func TestDICOMInsideOfTLSIsKnownByALPNOrPort(t *testing.T) {
	hello := func(alpn string) string {
		ext := "\x00\x10\x00" + string(rune(len(alpn)+3)) + "\x00" + string(rune(len(alpn)+1)) + string(rune(len(alpn))) + alpn
		body := "\x03\x03" + strings.Repeat("r", 32) + "\x00\x00\x02\x13\x01\x01\x00\x00" + string(rune(len(ext))) + ext
		return "\x16\x03\x01\x00" + string(rune(len(body)+4)) + "\x01\x00\x00" + string(rune(len(body))) + body
	}
	answer := "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + strings.Repeat("s", 32) + "\x00\x13\x01\x00"
	for rule, c := range map[string]struct {
		alpn string
		port uint16
		want []string
	}{
		"by ALPN":           {"dicom", 443, []string{"dicom-tls-client", "dicom-tls-server"}},
		"by port":           {"h2", 2762, []string{"dicom-tls-client", "dicom-tls-server"}},
		"something else":    {"h2", 443, nil},
		"a name that fails": {"dicomx", 443, nil},
	} {
		var got []string
		s := traffic.NewStream("tls", traffic.Endpoint{IP: pumpIP}, traffic.Endpoint{IP: engineIP, Port: c.port}, func(o traffic.Observation) { got = append(got, o.Roles...) })
		p := find(t, "tls").New()
		p.Feed(s, traffic.ToServer, []byte(hello(c.alpn)))
		p.Feed(s, traffic.ToClient, []byte(answer))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", rule, got, c.want)
		}
	}
}

// The lab speaks TLS 1.3, which hides the certificate: the roles are what shows.
func TestDICOMOverTLSIsRecognisedInTheLab(t *testing.T) {
	r := play(t, sample(t, "lab/hospital-lab.pcap"))
	for mac, role := range map[traffic.MAC]string{"00:50:56:aa:00:10": "dicom-tls-server", "98:6d:c8:00:00:23": "dicom-tls-client"} {
		if !slices.ContainsFunc(r.observations, func(o traffic.Observation) bool { return o.MAC == mac && slices.Contains(o.Roles, role) }) {
			t.Errorf("%s has not the role %s", mac, role)
		}
	}
}
