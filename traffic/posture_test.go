package traffic_test

import (
	"encoding/json"
	"strings"
	"testing"

	"bedrail/format/dicom"
	"bedrail/traffic"
)

func TestPostureIsReadFromRealCaptures(t *testing.T) {
	for rule, c := range map[string]struct {
		capture, who string
		want         traffic.Posture
		field        string
	}{
		"images without TLS":            {"lab/hospital-lab.pcap", "", traffic.ClearDICOM, "association without TLS"},
		"messages without TLS":          {"lab/hospital-lab.pcap", "00:03:b1:00:00:41", traffic.ClearHL7, "MLLP without TLS"},
		"a bed's telemetry without TLS": {"lab/hospital-lab.pcap", "00:14:b8:00:00:45", traffic.ClearMQTT, "CONNECT without TLS"},
		"a broker asked without a name": {"lab/hospital-lab.pcap", "", traffic.AnonymousMQTT, "CONNECT flags"},
		"SNMP to everybody":             {"lab/hospital-lab.pcap", "00:14:b8:00:00:45", traffic.PublicSNMP, "community public"},
		"TLS 1.0 of a remote desktop":   {"protocols/zeek-rdp-rdp-to-ssl.pcap", "08:00:27:12:6d:89", traffic.OldTLS, "ServerHello TLS 1.0"},
		"a terminal in the clear":       {"ics/malcolm-Telnet.pcap", "00:00:c0:9f:a0:97", traffic.ClearTerminal, "greeting"},
		"a scale that calls its cloud":  {"iot-sentinel/HueBridge/Setup-A-1-STA.pcap", "00:17:88:24:76:ff", traffic.InternetEgress, ""},
	} {
		t.Run(rule, func(t *testing.T) {
			for _, o := range play(t, sample(t, c.capture)).observations {
				for _, claim := range o.Claims {
					if claim.Attribute == traffic.PostureFact && claim.Value == string(c.want) && (c.who == "" || string(o.MAC) == c.who) && strings.HasPrefix(claim.Field, c.field) {
						if o.Packet == 0 || o.Content {
							t.Errorf("no packet is named, or it is about a device behind the sender: %+v", o)
						}
						return
					}
				}
			}
			t.Errorf("nobody has %q", c.want)
		})
	}
}

func TestWhatIsWellGuardedHasNoPosture(t *testing.T) {
	r := play(t, sample(t, "protocols/zeek-tls-tls13_wolfssl.pcap"))
	for _, o := range r.observations {
		for _, c := range o.Claims {
			if c.Attribute == traffic.PostureFact {
				t.Errorf("got %+v", c)
			}
		}
	}
}

func TestAPostureSaysNothingOfTheCommunityButThatItIsKnown(t *testing.T) {
	const secret = "\x30\x2b\x02\x01\x01\x04\x06s3cr3t\xa2\x1e\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x13\x30\x11\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x04\x05Pump1"
	text, err := json.Marshal(said(t, "snmp", port(161), port(50000), secret))
	if err != nil || strings.Contains(string(text), "s3cr3t") || strings.Contains(string(text), "posture") || !strings.Contains(string(text), "Pump1") {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestEveryPostureIsSaidInWords(t *testing.T) {
	for _, p := range []traffic.Posture{traffic.ClearDICOM, traffic.ClearHL7, traffic.ClearMQTT, traffic.ClearResults, traffic.ClearTerminal, traffic.AnonymousMQTT,
		traffic.PublicSNMP, traffic.OldTLS, traffic.ExpiredCertificate, traffic.DefaultAETitle, traffic.WeakRemoteDesktop, traffic.InternetEgress, traffic.ClearPassword, traffic.OldSMB} {
		if p.String() == string(p) {
			t.Errorf("%s has no words", p)
		}
	}
}

func TestTheTitleOfAToolkitIsAPosture(t *testing.T) {
	for title, want := range map[string]int{"STORESCU": 1, "storescu": 1, "CT01_OC0": 0} {
		rq, err := dicom.Associate{CalledAE: "ARCHIVE", CallingAE: title, Contexts: []dicom.Context{{ID: 1, Abstract: "1.2.840.10008.1.1", Transfer: []string{dicom.ImplicitLittle}}},
			User: dicom.User{MaxLength: 16384, Implementation: "1.2.3"}}.Encode(dicom.AssociateRQ)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := run(t, traffic.Options{}, connection(segment{seq: 99, flags: syn}, segment{seq: 100, data: string(rq)}))
		got := 0
		for _, o := range r.observations {
			for _, c := range o.Claims {
				if c.Attribute == traffic.PostureFact && c.Value == string(traffic.DefaultAETitle) && o.MAC == "00:03:b1:00:00:41" {
					got++
				}
			}
		}
		if got != want {
			t.Errorf("%s: got %d postures, want %d: %+v", title, got, want, r.observations)
		}
	}
}
