package traffic_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bedrail/traffic"
)

// fact is a claim as a table of tests writes it: whose, what, and from where.
type fact struct {
	who       string // MAC, or IP where there is none
	attribute traffic.Attribute
	value     string
	source    string
	field     string
}

func (r result) facts() []fact {
	var out []fact
	for _, o := range r.observations {
		who := string(o.MAC)
		if who == "" {
			who = o.IP.String()
		}
		for _, c := range o.Claims {
			out = append(out, fact{who, c.Attribute, c.Value, c.Source, c.Field})
		}
	}
	return out
}

func TestDissectorsReadIdentityFromRealCaptures(t *testing.T) {
	const bed, pump, archive = "00:14:b8:00:00:45", "00:03:b1:00:00:41", "00:50:56:aa:00:10"
	for rule, c := range map[string]struct {
		capture string
		want    []fact
	}{
		"DHCP names host, maker's class and stack": {"lab/hospital-lab.pcap", []fact{
			{pump, traffic.Hostname, "PLUMA-0041", "dhcp.option", "12"},
			{pump, traffic.VendorClass, "ICU-PlumA", "dhcp.option", "60"},
			{pump, traffic.Fingerprint, "1,3,6,12,15,28,42", "dhcp.option", "55"}}},
		"DHCP of busybox tells Linux": {"iot-sentinel/HueBridge/Setup-A-1-STA.pcap", []fact{
			{"00:17:88:24:76:ff", traffic.OperatingSystem, "Linux", "dhcp.option", "60"}}},
		"a DNS question tells the maker's cloud": {"iot-sentinel/HueBridge/Setup-A-1-STA.pcap", []fact{
			{"00:17:88:24:76:ff", traffic.Peer, "bridge.meethue.com", "dns", "question"}}},
		"mDNS tells the model": {"iot-sentinel/HueBridge/Setup-A-1-STA.pcap", []fact{
			{"00:17:88:24:76:ff", traffic.Model, "BSB002", "mdns", "TXT md"},
			{"00:17:88:24:76:ff", traffic.Service, "_hap._tcp", "mdns", "PTR"}}},
		"HTTP: an archive describes itself": {"lab/hospital-lab.pcap", []fact{
			{archive, traffic.Model, "Orthanc", "http.body", "DicomAet"},
			{archive, traffic.SoftwareVersion, "1.10.1", "http.body", "Version"}}},
		"HTTP: a phone names its system": {"protocols/ndpi-xiaomi.pcap", []fact{
			{"60:38:e0:c5:35:a0", traffic.OperatingSystem, "Android 10", "http.header", "User-Agent"}}},
		"MQTT: a bed names itself, and says what it is": {"lab/hospital-lab.pcap", []fact{
			{bed, traffic.Banner, "HR-CENTRELLA-SN8801234", "mqtt.connect", "client id"},
			{bed, traffic.Model, "Centrella", "mqtt.json", "model"},
			{bed, traffic.SoftwareVersion, "1.39.0", "mqtt.json", "fw"}}},
		"SNMP: description, name and place": {"lab/hospital-lab.pcap", []fact{
			{bed, traffic.Banner, "Spectrum IQ Infusion System 35700BAX3 SW 9.02.01 WBM 22D28", "snmp", "sysDescr"},
			{bed, traffic.Hostname, "SIGMA-4711", "snmp", "sysName"},
			{bed, traffic.Location, "ICU-3 Bed 12", "snmp", "sysLocation"}}},
		"SNMP version 3: the engine's maker": {"protocols/zeek-snmp-snmpv3_get_next.pcap", []fact{
			{"06:05:04:03:02:01", traffic.VendorClass, "enterprise 8072", "snmp", "engineID"}}},
		"SDC: a monitor tells bed and identity, in gzip SOAP": {"lab/sdc-lab.pcap", []fact{
			{"f0:e5:c3:00:00:44", traffic.Location, "site HOSP, unit CU2, bed BedSim", "sdc.discovery", "sdc.ctxt.loc"},
			{"f0:e5:c3:00:00:44", traffic.EPR, "urn:uuid:72313cab-7352-51c9-8373-8b4031a66ec7", "sdc.discovery", "EndpointReference"},
			{"f0:e5:c3:00:00:44", traffic.Manufacturer, "Draeger", "sdc.metadata", "Manufacturer"},
			{"f0:e5:c3:00:00:44", traffic.Model, "Infinity Delta", "sdc.metadata", "ModelName"},
			{"f0:e5:c3:00:00:44", traffic.SerialNumber, "ASKK-0044", "sdc.metadata", "SerialNumber"},
			{"f0:e5:c3:00:00:44", traffic.SoftwareVersion, "VF10.1", "sdc.metadata", "FirmwareVersion"}}},
		"TLS: name asked for, JA3 and certificate": {"protocols/zeek-tls-ecdhe.pcap", []fact{
			{"68:a8:6d:18:69:0e", traffic.Fingerprint, "29d8afc9e0a4d38d138ec2643966815f", "tls.ja3", "ClientHello"},
			{"64:66:b3:0b:8f:82", traffic.CertSubject, "CN=*.google.com,O=Google Inc,L=Mountain View,ST=California,C=US", "tls.certificate", "subject"}}},
		"SSDP: service and identity": {"iot-sentinel/WeMoSwitch/Setup-A-1-STA.pcap", []fact{
			{"94:10:3e:35:01:c1", traffic.Service, "urn:Belkin:device:controllee:1", "ssdp", "NT"},
			{"94:10:3e:35:01:c1", traffic.EPR, "urn:uuid:socket-1_0-221519k1100f55", "ssdp", "USN"}}},
		"NetBIOS: machine names, not group names": {"protocols/ndpi-netbios.pcap", []fact{
			{"00:30:48:b0:b1:94", traffic.Hostname, "NVR9", "nbdgm", "source name"},
			{"00:1c:c4:10:79:0f", traffic.Hostname, "GUNNAR", "nbns", "name"}}},
		"BACnet: the device object describes itself": {"ics/malcolm-digitalbond-BACnet_Host.pcap", []fact{
			{"78:a5:04:c9:b4:78", traffic.Model, "BACnet Server", "bacnet", "model-name"},
			{"78:a5:04:c9:b4:78", traffic.VendorClass, "bacnet vendor 260", "bacnet", "vendor-identifier"}}},
		"BACnet: texts may be UCS-2": {"ics/iti-bacnet_test.pcap", []fact{
			{"00:19:07:24:3c:ca", traffic.Model, "MS-NAE4510-2", "bacnet", "model-name"}}},
		"SIP: a telephone names its program": {"protocols/zeek-sip-wireshark.pcap", []fact{
			{"00:e0:ed:01:6e:bd", traffic.Banner, "Nero SIPPS IP Phone Version 2.0.51.16", "sip", "User-Agent"}}},
		"RTSP: a camera names its server": {"protocols/ndpi-rtsp.pcap", []fact{
			{"00:0c:29:38:bd:5a", traffic.Banner, "VLC/3.0.12", "rtsp", "Server"}}},
		"LLDP: a switch's name": {"protocols/zeek-lldp.pcap", []fact{
			{"00:22:2d:81:db:10", traffic.Hostname, "SMCGS8P-Smart", "lldp", "system name"}}},
		"CDP: maker and platform": {"protocols/zeek-cdp-v1.pcap", []fact{
			{"00:e0:1e:d5:d5:15", traffic.Manufacturer, "Cisco", "cdp", "platform"},
			{"00:e0:1e:d5:d5:15", traffic.Model, "1601", "cdp", "platform"}}},
		"SSH: both sides name their program": {"protocols/zeek-ssh-single-conn.pcap", []fact{
			{"00:14:51:16:6e:22", traffic.Banner, "SSH-2.0-OpenSSH_3.8.1p1", "ssh", "identification"}}},
		"Windows tells names and build at log-on": {"protocols/zeek-smb-smb2.pcap", []fact{
			{"00:0c:29:4e:b0:d0", traffic.OperatingSystem, "Windows 6.0.6001", "ntlm", "version"},
			{"00:0c:29:4e:b0:d0", traffic.Hostname, "SERVER002", "ntlm", "NetBIOS computer name"},
			{"00:0c:29:6b:99:0f", traffic.Hostname, "SERVER01", "ntlm", "workstation"}}},
	} {
		t.Run(rule, func(t *testing.T) {
			got := play(t, sample(t, c.capture)).facts()
			for _, want := range c.want {
				if !slices.Contains(got, want) {
					t.Errorf("%+v is not among what was found", want)
				}
			}
		})
	}
}

func TestALeaseBindsAnAddressToItsHolder(t *testing.T) {
	for _, o := range play(t, sample(t, "lab/hospital-lab.pcap")).observations {
		if l := o.Lease; l != nil && l.MAC == "00:03:b1:00:00:41" {
			if l.IP != netip.MustParseAddr("10.20.0.130") || l.Until.Sub(l.From).Hours() != 1 || o.MAC != l.MAC || o.IP != l.IP {
				t.Errorf("got %+v", o)
			}
			return
		}
	}
	t.Error("no lease was seen")
}

// TestNothingOfAPatientIsObserved looks for every name and number of the PID
// segments and PatientName elements of the lab capture in all that the engine
// hands on.
func TestNothingOfAPatientIsObserved(t *testing.T) {
	path := sample(t, "lab/hospital-lab.pcap")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]bool{}
	for _, pid := range regexp.MustCompile(`PID\|[^\r\n]*`).FindAll(raw, -1) {
		for _, part := range strings.FieldsFunc(string(pid[4:]), func(r rune) bool { return strings.ContainsRune("|^&~", r) }) {
			if len(part) >= 5 {
				secrets[part] = true
			}
		}
	}
	for _, tag := range [][]byte{{0x10, 0, 0x10, 0, 'P', 'N'}, {0x10, 0, 0x20, 0, 'L', 'O'}} { // PatientName, PatientID
		for rest := raw; ; {
			at := bytes.Index(rest, tag)
			if at < 0 || at+8 > len(rest) {
				break
			}
			size := int(rest[at+6]) | int(rest[at+7])<<8
			if value := strings.TrimSpace(string(rest[at+8 : min(at+8+size, len(rest))])); len(value) >= 5 && size < 64 {
				secrets[value] = true
			}
			rest = rest[at+8:]
		}
	}
	if len(secrets) < 5 {
		t.Fatalf("only %d secrets were found in the capture; the test looks in the wrong place", len(secrets))
	}
	r := play(t, path)
	said, err := json.Marshal(struct {
		O []traffic.Observation
		C []traffic.Conversation
	}{r.observations, r.conversations})
	if err != nil {
		t.Fatal(err)
	}
	for secret := range secrets {
		if bytes.Contains(said, []byte(secret)) {
			t.Errorf("%q of a patient was handed on", secret)
		}
	}
}

func TestWhatIsNoDeviceInJSONAndXMLIsNotRead(t *testing.T) {
	for rule, body := range map[string]string{
		"a person's JSON":                     `{"name":"Anna Muster","patient":{"serial":"123"},"birthDate":"1980-01-01"}`,
		"a patient context of an MDIB":        `<m:Mds><m:SystemContext><m:PatientContext><m:Givenname>Anna</m:Givenname><m:Manufacturer>Muster</m:Manufacturer></m:PatientContext></m:SystemContext></m:Mds>`,
		"a probe asks for somebody else":      `<s:Body><d:Probe><d:Types>dpws:Device</d:Types><a:EndpointReference><a:Address>urn:uuid:1</a:Address></a:EndpointReference></d:Probe></s:Body>`,
		"JSON that is no object":              `["model","x"]`,
		"a model that is no text":             `{"model":{"a":1},"serial":[1]}`,
		"XML nested deeper than any document": strings.Repeat("<Mds>", 5000),
	} {
		t.Run(rule, func(t *testing.T) {
			kind := "application/json"
			if body[0] == '<' {
				kind = "application/soap+xml"
			}
			if got := overHTTP(t, kind, body); len(got) > 0 {
				t.Errorf("got %v", got)
			}
		})
	}
}

// overHTTP returns what is claimed about a server that answers with body.
func overHTTP(t *testing.T, kind, body string) []traffic.Claim {
	t.Helper()
	var claims []traffic.Claim
	s := traffic.NewStream("http", traffic.Endpoint{}, traffic.Endpoint{}, func(o traffic.Observation) { claims = append(claims, o.Claims...) })
	p := find(t, "http").New()
	p.Feed(s, traffic.ToClient, []byte("HTTP/1.1 200 OK\r\nContent-Type: "+kind+"\r\nTransfer-Encoding: chunked\r\n\r\n"))
	for chunk := range slices.Chunk([]byte(body), 1000) {
		p.Feed(s, traffic.ToClient, []byte(strings.ToUpper(hexSize(len(chunk)))+";ext=1\r\n"))
		p.Feed(s, traffic.ToClient, chunk)
		p.Feed(s, traffic.ToClient, []byte("\r\n"))
	}
	p.Feed(s, traffic.ToClient, []byte("0\r\n\r\n"))
	return claims
}

func hexSize(n int) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[n>>8&15], digits[n>>4&15], digits[n&15]})
}

func TestAChunkedBodyIsPutTogether(t *testing.T) {
	body := `{"manufacturer":"Muster AG","model":"M1","serialNumber":"` + strings.Repeat("7", 40) + `","filler":"` + strings.Repeat("x", 3000) + `"}`
	got := overHTTP(t, "application/json", body)
	if len(got) != 3 || got[0].Value != "Muster AG" || got[2].Attribute != traffic.SerialNumber {
		t.Errorf("got %+v", got)
	}
}

// The DHCP message of this test is made up after RFC 2131 and RFC 2132 9.3,
// RFC 3046, RFC 4702.
func TestDHCPOptionsMayLieInTheFieldsForNames(t *testing.T) {
	b := make([]byte, 240)
	b[0], b[1], b[2] = 1, 1, 6
	copy(b[28:], pumpMAC[:])
	copy(b[236:], []byte{0x63, 0x82, 0x53, 0x63})
	copy(b[108:], append([]byte{12, 4}, "pump\xff"...))           // file
	copy(b[44:], append([]byte{60, 9}, "Mfg=Acme;\xff"...))       // server name
	b = append(b, 53, 1, 1, 52, 1, 3)                             // overload both
	b = append(b, append([]byte{81, 7, 4, 0, 0, 3}, "icu"...)...) // DNS labels
	b = append(b, append([]byte{82, 9, 1, 3, 'g', '1', '7', 2, 2}, 0xab, 0xcd)...)
	b = append(b, append([]byte{61, 5, 0}, "ab-c"...)...)
	b = append(b, 255)
	var got []fact
	p := traffic.NewPacket("dhcp", traffic.Endpoint{}, traffic.Endpoint{}, b, func(o traffic.Observation) {
		got = append(got, result{observations: []traffic.Observation{o}}.facts()...)
	})
	find(t, "dhcp").Dissect(p)
	const who = "00:03:b1:00:00:41"
	for _, want := range []fact{
		{who, traffic.Hostname, "pump", "dhcp.option", "12"}, {who, traffic.Hostname, "icu", "dhcp.option", "81"},
		{who, traffic.Manufacturer, "Acme", "dhcp.option", "60"}, {who, traffic.ClientID, "ab-c", "dhcp.option", "61"},
		{who, traffic.Attachment, "g17", "dhcp.option", "82.1"}, {who, traffic.Attachment, "abcd", "dhcp.option", "82.2"},
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%+v is not among %+v", want, got)
		}
	}
}
