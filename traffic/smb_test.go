package traffic_test

import (
	"slices"
	"strings"
	"testing"

	"bedrail/traffic"
)

func TestFileSharingTellsSystemAndDialect(t *testing.T) {
	for rule, c := range map[string]struct {
		capture string
		want    []fact
		role    string
	}{
		"SMB 1: what an old Windows calls itself": {"protocols/ndpi-smbv1.pcap", []fact{
			{"", traffic.OperatingSystem, "Windows 2000 2195", "smb", "NativeOS"},
			{"", traffic.OperatingSystem, "Windows 7 Ultimate 7601 Service Pack 1", "smb", "NativeOS"},
			{"", traffic.Banner, "Windows 7 Ultimate 6.1", "smb", "NativeLanMan"}}, "smb1-server"},
		"SMB 2: the dialect agreed to": {"protocols/zeek-smb-smb2.pcap", []fact{
			{"", traffic.Fingerprint, "SMB 2.0.2", "smb.dialect", "DialectRevision"}}, "smb-server"},
	} {
		t.Run(rule, func(t *testing.T) {
			r := play(t, sample(t, c.capture))
			got := r.facts()
			for _, want := range c.want {
				if !slices.ContainsFunc(got, func(f fact) bool { f.who = ""; return f == want }) {
					t.Errorf("%+v is not among %v", want, r.claimed(want.attribute, want.source))
				}
			}
			if !slices.ContainsFunc(r.observations, func(o traffic.Observation) bool { return slices.Contains(o.Roles, c.role) }) {
				t.Errorf("nobody has the role %s", c.role)
			}
		})
	}
}

// The message is made up after MS-SMB2 2.2.4: an answer to a negotiation that
// agrees to 3.1.1, behind a keep-alive of the session service.
func TestTheDialectIsReadInWholeMessagesOnly(t *testing.T) {
	head := "\xfeSMB\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00" + strings.Repeat("\x00", 44)
	message := "\x85\x00\x00\x00" + "\x00\x00\x00\x60" + head + "\x41\x00\x01\x00\x11\x03" + strings.Repeat("\x00", 26)
	d := find(t, "smb")
	for _, size := range []int{1, 7, len(message)} {
		var claims []string
		for _, o := range feed(t, d, []byte(message), size, true) {
			claims = append(claims, claimsOf([]traffic.Observation{o})...)
		}
		if want := []string{"fingerprint=SMB 3.1.1 (DialectRevision)"}; !slices.Equal(claims, want) {
			t.Errorf("in pieces of %d: got %q, want %q", size, claims, want)
		}
	}
}
