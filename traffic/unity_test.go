package traffic_test

import (
	"slices"
	"strings"
	"testing"

	"bedrail/traffic"
)

// rwhat is a made-up discovery message, with fields where the papers that
// unity.go names have them: head, own address, time, place, a name, services.
func rwhat(ip, place string) string {
	return "\x01\x04\x00\x00" + ip + "\x5a\x40\xcd\xc0" + place + strings.Repeat("\x00", 16-len(place)) +
		"MUSTER,ANNA\x00\x00\x00\x00\x07" + "\x00\x03\x07\xd0\x00\x11\x00\x20" + strings.Repeat("\x00", 36)
}

func TestMonitorsOfGEMakeThemselvesKnown(t *testing.T) {
	own := string(pumpIP.AsSlice())
	for rule, c := range map[string]struct {
		payload string
		port    uint16
		want    []string
	}{
		"a monitor with its place":   {rwhat(own, "ICU3|BED12"), 7000, []string{"manufacturer=GE Healthcare (protocol)", "location=unit ICU3, bed BED12 (unit and bed)"}},
		"one whose place is not set": {rwhat(own, ""), 7000, []string{"manufacturer=GE Healthcare (protocol)"}},
		"another's address inside":   {rwhat("\x0a\x00\x00\x01", "ICU3|BED12"), 7000, nil},
		"another program's port":     {rwhat(own, "ICU3|BED12"), 7001, nil},
		"a message cut short":        {rwhat(own, "ICU3|BED12")[:20], 7000, nil},
	} {
		t.Run(rule, func(t *testing.T) {
			got := said(t, "unity", port(7000), traffic.Endpoint{IP: engineIP, Port: c.port}, c.payload)
			if claims := claimsOf(got); !slices.Equal(claims, c.want) {
				t.Errorf("got  %q\nwant %q", claims, c.want)
			}
			if strings.Contains(strings.Join(claimsOf(got), " "), "MUSTER") {
				t.Error("a patient's name was read")
			}
		})
	}
}

// FuzzUnity gives the dissector packets to the port that it wants.
func FuzzUnity(f *testing.F) {
	f.Add([]byte(rwhat(string(pumpIP.AsSlice()), "ICU3|BED12")))
	d := find(f, "unity")
	f.Fuzz(func(t *testing.T, payload []byte) {
		d.Dissect(traffic.NewPacket("unity", port(7000), traffic.Endpoint{IP: engineIP, Port: 7000}, payload, func(o traffic.Observation) { bounded(t, o) }))
	})
}
