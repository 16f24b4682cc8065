package traffic_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail/traffic"
)

func TestFurtherDissectorsReadRealCaptures(t *testing.T) {
	for rule, c := range map[string]struct {
		capture string
		want    []fact
		roles   map[string]string // MAC to role
	}{
		"DHCPv6: the client's DUID and the stack's list": {"ics/malcolm-DHCP.pcap", []fact{
			{"00:01:02:03:04:05", traffic.ClientID, "00030001000102030405", "dhcp.v6", "1"}}, nil},
		"QUIC: the name asked for, out of an Initial packet": {"tls-ja4/tls-handshake.pcapng", []fact{
			{"", traffic.Peer, "accounts.google.com", "tls.sni", "server_name"},
			{"", traffic.Fingerprint, "q13d0310h3_55b375c5d22e_cd85d2d88918", "tls.ja4", "ClientHello"}}, nil},
		"Kerberos: realm and roles, no person": {"protocols/zeek-krb-kinit.pcap", []fact{
			{"", traffic.Peer, "vladg.net", "kerberos", "realm"}}, nil},
		"EtherNet/IP: model, serial number, revision": {"ics/iti-enip_test.pcap", []fact{
			{"00:19:07:24:3c:ca", traffic.Model, "1756-ENBT/A", "enip", "product name"},
			{"00:19:07:24:3c:ca", traffic.SerialNumber, "00524D8E", "enip", "serial number"},
			{"00:19:07:24:3c:ca", traffic.SoftwareVersion, "4.3", "enip", "revision"},
			{"00:19:07:24:3c:ca", traffic.VendorClass, "odva vendor 1", "enip", "vendor id"}}, nil},
		"RDP: the certificate of the TLS that was negotiated": {"protocols/zeek-rdp-rdp-to-ssl.pcap", []fact{
			{"", traffic.CertSubject, "CN=WIN2K8R2.awakecoding.ath.cx", "tls.certificate", "subject"}}, nil},
	} {
		t.Run(rule, func(t *testing.T) {
			r := play(t, sample(t, c.capture))
			if r.stats.Faults > 0 {
				t.Errorf("%d faults", r.stats.Faults)
			}
			got := r.facts()
			for _, want := range c.want {
				if !slices.ContainsFunc(got, func(f fact) bool {
					return f.attribute == want.attribute && f.value == want.value && f.source == want.source && f.field == want.field && (want.who == "" || f.who == want.who)
				}) {
					t.Errorf("%+v is not among what was found", want)
				}
			}
		})
	}
}

func TestRolesComeFromRealCaptures(t *testing.T) {
	for capture, want := range map[string][]string{
		"protocols/zeek-krb-kinit.pcap":             {"kerberos-client", "kerberos-server"},
		"protocols/zeek-rdp-rdp-to-ssl.pcap":        {"rdp-client", "rdp-server"},
		"protocols/zeek-ntp-ntp.pcap":               {"ntp-client", "ntp-server"},
		"protocols/ndpi-coap_mqtt.pcap":             {"coap-client", "coap-server", "mqtt-broker", "mqtt-client"},
		"ics/malcolm-digitalbond-Modicon.pcap":      {"modbus-client", "modbus-server"},
		"ics/zeek-modbusSmall.pcap":                 {"modbus-client", "modbus-server"},
		"ics/malcolm-Telnet.pcap":                   {"telnet-server"},
		"iot-sentinel/HueBridge/Setup-A-1-STA.pcap": {},
	} {
		var got []string
		r := play(t, sample(t, capture))
		for _, o := range r.observations {
			for _, role := range o.Roles {
				if !slices.Contains(got, role) {
					got = append(got, role)
				}
			}
		}
		for _, role := range want {
			if !slices.Contains(got, role) {
				t.Errorf("%s: nobody has the role %s; there are %v", capture, role, got)
			}
		}
	}
}

// said is what a dissector hands on about one made-up packet.
func said(t *testing.T, protocol string, src, dst traffic.Endpoint, payload string) []traffic.Observation {
	t.Helper()
	var out []traffic.Observation
	find(t, protocol).Dissect(traffic.NewPacket(protocol, src, dst, []byte(payload), func(o traffic.Observation) { out = append(out, o) }))
	return out
}

// claimsOf returns the claims of observations as "attribute=value (field)".
func claimsOf(list []traffic.Observation) []string {
	var out []string
	for _, o := range list {
		for _, c := range o.Claims {
			out = append(out, string(c.Attribute)+"="+c.Value+" ("+c.Field+")")
		}
	}
	return out
}

func port(n uint16) traffic.Endpoint { return traffic.Endpoint{IP: pumpIP, Port: n} }

const (
	// A made-up DHCPv6 solicit after RFC 8415: DUID-EN of enterprise 9, FQDN,
	// vendor class, option request.
	solicit6 = "\x01\x00\x00\x01" + "\x00\x01\x00\x08\x00\x02\x00\x00\x00\x09ab" +
		"\x00\x27\x00\x0a\x01\x04mon7\x03icu" +
		"\x00\x10\x00\x0c\x00\x00\x00\x09\x00\x06Mfg=Ab" +
		"\x00\x06\x00\x04\x00\x17\x00\x18"
	// A made-up answer: IA_NA with 2001:db8::7 for 3600 seconds.
	reply6 = "\x07\x00\x00\x01" + "\x00\x03\x00\x28\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x00\x05\x00\x18\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x07\x08\x00\x00\x0e\x10"
	// A made-up AS-REQ after RFC 4120: principal ICU-MON-7$, realm HOSP, a
	// NetBIOS address.
	kerberos7 = "\x6a\x54\x30\x52\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a\xa4\x46\x30\x44" +
		"\xa1\x17\x30\x15\xa0\x03\x02\x01\x01\xa1\x0e\x30\x0c\x1b\x0aICU-MON-7$" +
		"\xa2\x06\x1b\x04HOSP" +
		"\xa9\x21\x30\x1f\x30\x1d\xa0\x03\x02\x01\x14\xa1\x16\x04\x14ICUMON7            \x20"
	// A made-up connect indication after the guide: system type and address
	// information.
	indication = "\x00\x00\x01\x00" + "\x00\x01\x00\x34" + "\x00\x01\x00\x00\x00\x2e" + "\x00\x21\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x0d\x17\x00\x22" +
		"\x00\x02\x00\x1a" + "\x09\x86\x00\x04\x00\x01\x00\x23" + "\xf1\x00\x00\x0e\x00\x09\x5c\x01\x02\x03\x0a\x14\x00\x82\xff\xff\xff\x00"
	// A made-up event of an opened association: model, production
	// specification, bed label.
	created = "\xe1\x00\x00\x02" + "\x00\x01\x00\x70" + "\x00\x01\x00\x01\x00\x6a" + "\x00\x21\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x0d\x06\x00\x5c" +
		"\x00\x21\x00\x00\x00\x00" + "\x00\x03\x00\x4a" +
		"\x09\x28\x00\x0e\x00\x04PHI\x00\x00\x06M8007A" +
		"\x09\x2d\x00\x22\x00\x02\x00\x1e" + "\x00\x01\x00\x08\x00\x0aDE12345678" + "\x00\x04\x00\x08\x00\x08L.01.02 " +
		"\x09\x1e\x00\x0a\x00\x08\x00B\x001\x002\x00\x00"
)

// dhcpDiscover is a DHCPDISCOVER of the pump with further options.
func dhcpDiscover(options string) string {
	b := make([]byte, 236)
	b[0], b[1], b[2] = 1, 1, 6
	copy(b[28:], pumpMAC[:])
	return string(b) + "\x63\x82\x53\x63\x35\x01\x01" + options + "\xff"
}

// The frames of this test are made up after the papers that the dissectors
// name: no capture of these messages is public.
func TestDissectorsReadMadeUpPackets(t *testing.T) {
	for rule, c := range map[string]struct {
		protocol string
		src, dst traffic.Endpoint
		payload  string
		want     []string
	}{
		"DHCPv6 names host, maker and stack": {"dhcpv6", port(546), port(547), solicit6, []string{
			"clientId=0002000000096162 (1)", "vendorClass=enterprise 9 (1)", "hostname=mon7.icu (39)", "vendorClass=Mfg=Ab (16)", "manufacturer=Ab (16)", "fingerprint=23,24 (6)"}},
		// Options in an order of their own, then RFC 3925: class data of enterprise
		// 9, and serial number and product class after TR-069, annex F.
		"DHCP: order of the options, and the makers' own": {"dhcp", port(68), port(67), dhcpDiscover("\x3c\x03abc\x37\x02\x01\x03\x7c\x09\x00\x00\x00\x09\x04\x03CP7" +
			"\x7d\x11\x00\x00\x0d\xe9\x0c\x02\x04SN77\x03\x04HG20"), []string{
			"vendorClass=abc (60)", "fingerprint=1,3 (55)", "fingerprint=53,60,55,124,125 (options)", "vendorClass=enterprise 9 (124)", "vendorClass=CP7 (124.0)",
			"vendorClass=enterprise 3561 (125)", "serialNumber=SN77 (125.2)", "model=HG20 (125.3)"}},
		// RFC 3411 5: an engine of enterprise 9 whose id is its hardware address.
		"SNMP version 3: an engine's id that is a hardware address": {"snmp", port(161), port(50000),
			"\x30\x29\x02\x01\x03\x30\x0d\x02\x01\x01\x02\x02\x05\xdc\x04\x01\x00\x02\x01\x03\x04\x13\x30\x11\x04\x0b\x80\x00\x00\x09\x03\x00\x03\xb1\x00\x00\x41\x02\x02\x00\x00\x30\x00", []string{
				"vendorClass=enterprise 9 (engineID)", "eui64=0003B1FFFE000041 (engineID, form 3)"}},
		"Kerberos names machines": {"kerberos", port(50000), port(88), kerberos7, []string{
			"hostname=ICU-MON-7 (cname)", "peer=hosp (realm)", "hostname=ICUMON7 (addresses)"}},
		"Kerberos does not name people":    {"kerberos", port(50000), port(88), "\x6a\x20\x30\x1e\xa4\x1c\x30\x1a\xa1\x10\x30\x0e\xa0\x03\x02\x01\x01\xa1\x07\x30\x05\x1b\x03eva\xa2\x06\x1b\x04HOSP", []string{"peer=hosp (realm)"}},
		"syslog by RFC 3164":               {"syslog", port(514), port(514), "<134>Nov 23 12:00:01 pump-7 kernel: up", []string{"hostname=pump-7 (HOSTNAME (RFC 3164))"}},
		"syslog by RFC 5424":               {"syslog", port(514), port(514), "<165>1 2026-11-23T12:00:00Z ct1.rad.hosp app 1 - - Anna Muster", []string{"hostname=ct1.rad.hosp (HOSTNAME (RFC 5424))"}},
		"syslog that names only a program": {"syslog", port(514), port(514), "<133>Apr  5 12:56:51 robin: Hello, syslog!", nil},
		"CoAP: an endpoint registers":      {"coap", port(50000), port(5683), "\x40\x02\x00\x01\xb2rd\x47ep=bed7", []string{"banner=bed7 (ep)"}},
		"CoAP: types of resources":         {"coap", port(5683), port(50000), "\x60\x45\x00\x01\xc1\x28\xff</t>;rt=\"oic.d.light\";if=x", []string{"service=oic.d.light (rt)"}},
		"IntelliVue announces itself": {"intellivue", port(24105), port(24005), indication, []string{
			"manufacturer=Philips (protocol)", "class=patient-monitor (object class)", "eui64=00095CFFFE010203 (address information)"}},
		"IntelliVue opens an association": {"intellivue", port(24105), port(50000), created, []string{
			"manufacturer=Philips (protocol)", "class=patient-monitor (object class)", "banner=PHI (system model, manufacturer)", "model=M8007A (system model)",
			"serialNumber=DE12345678 (serial number, component 8)", "softwareVersion=L.01.02 (software revision, component 8)", "location=bed B12 (bed label)"}},
	} {
		t.Run(rule, func(t *testing.T) {
			if got := claimsOf(said(t, c.protocol, c.src, c.dst, c.payload)); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestDissectorsReadMadeUpStreams(t *testing.T) {
	for rule, c := range map[string]struct {
		protocol string
		port     uint16
		up, down string
		want     []string
	}{
		// The bytes of the objects are those that the manual of a meter prints
		// (KBR multicomp F144, EDEBDA0279, page 64).
		"Modbus 43/14": {"modbus", 502, "\x00\x01\x00\x00\x00\x05\x01\x2b\x0e\x01\x00", "\x00\x01\x00\x00\x00\x2f\x01\x2b\x0e\x01\x01\x00\x00\x03\x00\x08KBR GmbH\x01\x10multicomp F144-3\x02\x09 2.00r016", []string{
			"manufacturer=KBR GmbH (VendorName)", "softwareVersion=2.00r016 (MajorMinorRevision)", "model=multicomp F144-3 (ProductCode)"}},
		"MEDIBUS: a ventilator behind a terminal server": {"medibus", 4001, "\x1bQ6C\r\x1bR6D\r", "\x01Q52\r\xd1\x82\x01R8210'Evita 4'04.00:06.00" + medibusSum("\x01R8210'Evita 4'04.00:06.00") + "\r", []string{
			"manufacturer=Draeger (protocol)", "model=Evita 4 (device name)", "softwareVersion=04.00 (device revision)"}},
		"telnet: the greeting, not what is typed": {"telnet", 23, "\xff\xfd\x01", "\xff\xfb\x01\xff\xfb\x03\xff\xfa\x18\x01\xff\xf0\r\nPowerMonic 7 rev 2\r\n\r\nlogin: root", []string{"banner=PowerMonic 7 rev 2 (greeting)"}},
		"RDP without TLS: the client's name": {"rdp", 3389, "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x00\x00\x00\x00" +
			"\x03\x00\x00\x48\x02\xf0\x80\x7f\x65Duca\x00\x00\x00\x01\xc0\xd8\x00\x04\x00\x08\x00\x00\x05\x00\x04\x01\xca\x03\xaa\x09\x04\x00\x00\x28\x0a\x00\x00W\x00S\x007\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
			"\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00", []string{"hostname=WS7 (clientName)"}},
		// MQTT 5 (OASIS 3.1): properties stand between flags and client id.
		"MQTT 5: client id behind its properties": {"mqtt", 1883, "\x10\x16\x00\x04MQTT\x05\x02\x00\x3c\x05\x11\x00\x00\x00\x3c\x00\x04bed5", "", []string{"banner=bed5 (client id)"}},
	} {
		t.Run(rule, func(t *testing.T) {
			d := find(t, c.protocol)
			var got []traffic.Observation
			s := traffic.NewStream(c.protocol, traffic.Endpoint{IP: pumpIP}, traffic.Endpoint{IP: engineIP, Port: c.port}, func(o traffic.Observation) { got = append(got, o) })
			p := d.New()
			if first := c.up; c.protocol != "telnet" && !d.Sniff([]byte(first), c.port) || c.protocol == "telnet" && !d.Sniff([]byte(c.down), c.port) {
				t.Fatal("the stream is not recognised")
			}
			if c.protocol == "rdp" { // the client goes on only once the server has chosen
				p.Feed(s, traffic.ToServer, []byte(c.up[:19]))
				p.Feed(s, traffic.ToClient, []byte(c.down))
				p.Feed(s, traffic.ToServer, []byte(c.up[19:]))
			} else {
				p.Feed(s, traffic.ToServer, []byte(c.up))
				p.Feed(s, traffic.ToClient, []byte(c.down))
			}
			if claims := claimsOf(got); !slices.Equal(claims, c.want) {
				t.Errorf("got  %q\nwant %q", claims, c.want)
			}
		})
	}
}

// medibusSum is the check sum of a message, written independently of the
// parser.
func medibusSum(s string) string {
	n := 0
	for i := range len(s) {
		n += int(s[i])
	}
	return strings.ToUpper(fmt.Sprintf("%02x", n%256))
}

func TestDHCPv6BindsAnAddressToItsHolder(t *testing.T) {
	client := traffic.Endpoint{MAC: "00:03:b1:00:00:41", Port: 546}
	var lease *traffic.Lease
	for _, o := range said(t, "dhcpv6", port(547), client, reply6) {
		if o.Lease != nil {
			lease = o.Lease
		}
	}
	if lease == nil || lease.MAC != client.MAC || lease.IP != netip.MustParseAddr("2001:db8::7") || lease.Until.Sub(lease.From) != time.Hour {
		t.Errorf("got %+v", lease)
	}
}

func TestARelayTellsWhoseMessageItIs(t *testing.T) {
	relayed := "\x0c\x00" + string(make([]byte, 32)) + "\x00\x4f\x00\x08\x00\x01\x00\x03\xb1\x00\x00\x41" + "\x00\x12\x00\x05ge0/7" + "\x00\x09\x00" + string(rune(len(solicit6))) + solicit6
	got := said(t, "dhcpv6", port(547), port(547), relayed)
	if len(got) != 1 || got[0].MAC != "00:03:b1:00:00:41" || !slices.Contains(claimsOf(got), "attachment=ge0/7 (18)") || !slices.Contains(claimsOf(got), "hostname=mon7.icu (39)") {
		t.Errorf("got %+v", got)
	}
}

func TestNeighboursSayWhichAddressTheyHold(t *testing.T) {
	mon := [16]byte{0xfe, 0x80, 15: 7}
	advertise := "\x88\x00\x00\x00\x60\x00\x00\x00" + string(mon[:]) + "\x02\x01" + string(pumpMAC[:])
	frame := func(hops byte, from [6]byte) []byte {
		b := make([]byte, 40)
		b[0], b[6], b[7] = 0x60, 58, hops
		b[4], b[5] = 0, byte(len(advertise))
		copy(b[8:], mon[:])
		b[24], b[39] = 0xff, 1
		return ethernet(from, engineMAC, 0x86dd, append(b, advertise...))
	}
	for rule, c := range map[string]struct {
		hops byte
		from [6]byte
		want int
	}{
		"one on the same link":                          {255, pumpMAC, 1},
		"one that a router has passed on":               {254, pumpMAC, 0},
		"one that speaks of another's hardware address": {255, engineMAC, 0},
	} {
		t.Run(rule, func(t *testing.T) {
			f := frame(c.hops, c.from)
			r, _ := run(t, traffic.Options{}, []traffic.Frame{{Data: f, Length: len(f), Nanos: noon.UnixNano(), Link: traffic.LinkEthernet}})
			n := 0
			for _, o := range r.observations {
				if o.Protocol == "ndp" && o.MAC == "00:03:b1:00:00:41" && o.IP == netip.AddrFrom16(mon) {
					n++
				}
			}
			if n != c.want {
				t.Errorf("got %d observations, want %d: %+v", n, c.want, r.observations)
			}
		})
	}
}

func FuzzDHCPv6(f *testing.F) { fuzzPacket(f, "dhcpv6", solicit6, reply6) }
func FuzzNDP(f *testing.F) {
	fuzzPacket(f, "ndp", "\x88\x00\x00\x00\x60\x00\x00\x00\xfe\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x02\x01\x00\x03\xb1\x00\x00\x41")
}
func FuzzQUIC(f *testing.F)     { fuzzPacket(f, "quic", quicSeeds(f)...) }
func FuzzKerberos(f *testing.F) { fuzzPacket(f, "kerberos", kerberos7) }
func FuzzSyslog(f *testing.F) {
	fuzzPacket(f, "syslog", "<134>Nov 23 12:00:01 pump-7 kernel: up", "<165>1 2026-11-23T12:00:00Z ct1 app")
}
func FuzzNTP(f *testing.F) { fuzzPacket(f, "ntp", "\x24\x02"+string(make([]byte, 46))) }
func FuzzCoAP(f *testing.F) {
	fuzzPacket(f, "coap", "\x40\x02\x00\x01\xb2rd\x47ep=bed7", "\x60\x45\x00\x01\xc1\x28\xff</t>;rt=\"oic.d.light\"")
}
func FuzzENIP(f *testing.F)       { fuzzPacket(f, "enip", "\x63\x00"+string(make([]byte, 70))) }
func FuzzIntelliVue(f *testing.F) { fuzzPacket(f, "intellivue", indication, created) }
func FuzzMedibus(f *testing.F) {
	fuzzStream(f, "medibus", "\x01Q52\r\x01R8210'Evita 4'04.00:06.00"+medibusSum("\x01R8210'Evita 4'04.00:06.00")+"\r")
}
func FuzzTelnet(f *testing.F) {
	fuzzStream(f, "telnet", "\xff\xfb\x01\xff\xfa\x18\x01\xff\xf0Abc 7\r\nlogin: ")
}
func FuzzRDP(f *testing.F) {
	fuzzStream(f, "rdp", "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x00\x00\x00\x00\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00")
}
func FuzzKerberosTCP(f *testing.F) { fuzzStream(f, "kerberos", "\x00\x00\x00\x56"+kerberos7) }

// FuzzModbus sniffs with the port that the protocol needs.
func FuzzModbus(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\x00\x2f\x01\x2b\x0e\x01\x01\x00\x00\x03\x00\x08KBR GmbH\x01\x10multicomp F144-3\x02\x09 2.00r016"), uint8(3))
	d := find(f, "modbus")
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		if whole, pieces := feed(t, d, data, len(data)+1, true), feed(t, d, data, int(size)+1, true); !reflect.DeepEqual(whole, pieces) {
			t.Errorf("in pieces:\n%+v\nwhole:\n%+v", pieces, whole)
		}
	})
}

// quicSeeds are the first packets of real connections, where they are to hand.
func quicSeeds(f *testing.F) []string {
	return []string{"\xc3\x00\x00\x00\x01\x08abcdefgh\x00\x00\x44\x9e" + string(make([]byte, 1200))}
}

// entityRow is a made-up answer of RFC 6933's table: one column of one row.
func entityRow(column, row byte, value string) string {
	oid := "\x06\x0c\x2b\x06\x01\x02\x01\x2f\x01\x01\x01\x01" + string([]byte{column, row})
	bind := oid + "\x04" + string([]byte{byte(len(value))}) + value
	list := "\x30" + string([]byte{byte(len(bind))}) + bind
	pdu := "\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30" + string([]byte{byte(len(list))}) + list
	body := "\x02\x01\x01\x04\x03abc\xa2" + string([]byte{byte(len(pdu))}) + pdu
	return "\x30" + string([]byte{byte(len(body))}) + body
}

func TestThePartsOfASwitchAreNotTheSwitch(t *testing.T) {
	d := find(t, "snmp")
	var got []traffic.Observation
	for _, row := range []string{entityRow(13, 1, "C9300-48P"), entityRow(13, 2, "PWR-C1"), entityRow(11, 1, "FOC1"), entityRow(11, 2, "LIT2"), entityRow(13, 3, "FAN")} {
		d.Dissect(traffic.NewPacket("snmp", port(161), port(50000), []byte(row), func(o traffic.Observation) { got = append(got, o) }))
	}
	if want := []string{"model=C9300-48P (entPhysicalModelName)", "serialNumber=FOC1 (entPhysicalSerialNum)"}; !slices.Equal(claimsOf(got), want) {
		t.Errorf("got %q, want %q", claimsOf(got), want)
	}
}
