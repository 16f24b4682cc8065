package traffic_test

import (
	"reflect"
	"testing"

	"bedrail/traffic"
)

// fuzzPacket gives arbitrary payloads to a packet dissector: it must return,
// and say nothing longer than what it keeps of a field.
func fuzzPacket(f *testing.F, name string, seeds ...string) {
	d := find(f, name)
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		p := traffic.NewPacket(name, traffic.Endpoint{IP: pumpIP, Port: 161}, traffic.Endpoint{IP: engineIP}, payload, func(o traffic.Observation) {
			bounded(t, o)
		})
		d.Dissect(p)
	})
}

func bounded(t *testing.T, o traffic.Observation) {
	t.Helper()
	if len(o.Claims) > 128 {
		t.Errorf("%d claims in one observation", len(o.Claims))
	}
	for _, c := range o.Claims {
		if len(c.Value) > 1024 || c.Value == "" {
			t.Errorf("%s has a value of %d bytes", c.Field, len(c.Value))
		}
	}
}

// fuzzStream gives arbitrary bytes to a parser in pieces of two sizes: both
// must return, and say the same.
func fuzzStream(f *testing.F, name string, seeds ...string) {
	d := find(f, name)
	for _, s := range seeds {
		f.Add([]byte(s), uint8(3), false)
		f.Add([]byte(s), uint8(200), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint8, back bool) {
		if len(data) == 0 || !d.Sniff(data, 0) {
			return
		}
		whole := feed(t, d, data, len(data), back)
		pieces := feed(t, d, data, int(size)+1, back)
		if !reflect.DeepEqual(whole, pieces) {
			t.Errorf("in pieces of %d bytes:\n%+v\nwhole:\n%+v", int(size)+1, pieces, whole)
		}
	})
}

func feed(t *testing.T, d traffic.Dissector, data []byte, size int, back bool) []traffic.Observation {
	t.Helper()
	dir := traffic.ToServer
	if back {
		dir = traffic.ToClient
	}
	var out []traffic.Observation
	s := traffic.NewStream(d.Name, traffic.Endpoint{IP: pumpIP}, traffic.Endpoint{IP: engineIP}, func(o traffic.Observation) {
		bounded(t, o)
		out = append(out, o)
	})
	p := d.New()
	for len(data) > 0 && !s.Left() {
		n := min(size, len(data))
		p.Feed(s, dir, data[:n])
		data = data[n:]
	}
	if !s.Left() {
		p.Gap(s, dir, 7)
		p.Feed(s, dir, []byte("more"))
	}
	return out
}

func FuzzARP(f *testing.F) {
	fuzzPacket(f, "arp", "\x00\x01\x08\x00\x06\x04\x00\x01\x00\x03\xb1\x00\x00\x41\x0a\x14\x00\x82\x00\x00\x00\x00\x00\x00\x0a\x14\x00\x01")
}

func FuzzDHCP(f *testing.F) {
	fixed := make([]byte, 236)
	fixed[0], fixed[1], fixed[2], fixed[33] = 1, 1, 6, 9
	fuzzPacket(f, "dhcp", string(fixed)+"\x63\x82\x53\x63\x35\x01\x01\x0c\x04pump\x3c\x06MSFT 5\x37\x03\x01\x03\x06\x34\x01\x03\x52\x04\x01\x02ab\xff")
}

func FuzzDNS(f *testing.F) {
	fuzzPacket(f, "dns", "\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06scalew\x07example\x00\x00\x01\x00\x01")
}

func FuzzMDNS(f *testing.F) {
	fuzzPacket(f, "mdns", "\x00\x00\x84\x00\x00\x00\x00\x02\x00\x00\x00\x00\x04_ipp\x04_tcp\x05local\x00\x00\x0c\x00\x01\x00\x00\x00\x78\x00\x05\x02p1\xc0\x0c\xc0\x27\x00\x10\x00\x01\x00\x00\x00\x78\x00\x07\x06ty=Abc")
}

func FuzzLLMNR(f *testing.F) {
	fuzzPacket(f, "llmnr", "\x00\x01\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00\x04host\x00\x00\x01\x00\x01")
}

func FuzzSNMP(f *testing.F) {
	fuzzPacket(f, "snmp", "\x30\x2b\x02\x01\x01\x04\x06public\xa2\x1e\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x13\x30\x11\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x04\x05Pump1")
}

func FuzzSDC(f *testing.F) {
	fuzzPacket(f, "sdc", `<?xml version="1.0"?><s:Envelope xmlns:s="x"><s:Body><d:Hello><a:EndpointReference><a:Address>urn:uuid:1</a:Address></a:EndpointReference><d:Types>dpws:Device</d:Types><d:Scopes>sdc.ctxt.loc:/x?fac=H&amp;bed=1</d:Scopes></d:Hello></s:Body></s:Envelope>`)
}

func FuzzSSDP(f *testing.F) {
	fuzzPacket(f, "ssdp", "NOTIFY * HTTP/1.1\r\nSERVER: x\r\nNT: urn:a\r\nUSN: uuid:1::urn:a\r\n\r\n")
}

func FuzzNBNS(f *testing.F) {
	fuzzPacket(f, "nbns", "\x00\x01\x29\x10\x00\x01\x00\x00\x00\x00\x00\x01 ELFAEFFCCNCACACACACACACACACACAAA\x00\x00\x20\x00\x01")
}

func FuzzNBDatagram(f *testing.F) {
	fuzzPacket(f, "nbdgm", "\x11\x0a\x00\x01\x0a\x00\x05\x09\x00\x8a\x00\xbb\x00\x00 ELFAEFFCCNCACACACACACACACACACAAA\x00")
}

func FuzzLLDP(f *testing.F) {
	fuzzPacket(f, "lldp", "\x0a\x04name\xfe\x08\x00\x12\xbb\x0aMod1\x0e\x04\x00\x04\x00\x04\x00\x00")
}

func FuzzCDP(f *testing.F) {
	fuzzPacket(f, "cdp", "\x01\xb4\x00\x00\x00\x01\x00\x06R1\x00\x06\x00\x0ecisco 1601")
}

func FuzzHTTP(f *testing.F) {
	fuzzStream(f, "http",
		"GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: x Android 9; y\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"model\":\"abc\"}HTTP/1.1 204 x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\n<root\r\n3\r\n/>a\r\n0\r\nT: x\r\n\r\n")
}

func FuzzTLS(f *testing.F) {
	hello := "\x01\x00\x00\x3b\x03\x03" + string(make([]byte, 32)) + "\x00\x00\x04\x13\x01\x0a\x0a\x01\x00\x00\x0e\x00\x00\x00\x0a\x00\x08\x00\x00\x05a.com"
	fuzzStream(f, "tls", "\x16\x03\x01\x00\x3f"+hello+"\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x05hello")
}

func FuzzMQTT(f *testing.F) {
	fuzzStream(f, "mqtt", "\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04bed1\x30\x13\x00\x01t{\"model\":\"Bed 1\"}\xe0\x00")
}

func FuzzSSH(f *testing.F) {
	fuzzStream(f, "ssh", "SSH-2.0-OpenSSH_9.6\r\nrest")
}

func FuzzSMB(f *testing.F) {
	fuzzStream(f, "smb", "\x00\x00\x00\x60\xfeSMBxxxxxxxxNTLMSSP\x00\x02\x00\x00\x00\x00\x00\x00\x00\x38\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0a\x00\x0a\x00\x38\x00\x00\x00\x0a\x00\x61\x4a\x00\x00\x00\x0f\x01\x00\x06\x00P\x00C\x001\x00rest")
}

func FuzzBACnet(f *testing.F) {
	fuzzPacket(f, "bacnet",
		"\x81\x0b\x00\x14\x01\x00\x10\x00\xc4\x02\x00\x05\x39\x22\x05\xc4\x91\x03\x21\x08",
		"\x81\x0a\x00\x1b\x01\x00\x30\x01\x0c\x0c\x02\x00\x05\x39\x19\x46\x3e\x75\x06\x00Mod-1\x3f")
}

func FuzzSIP(f *testing.F) {
	fuzzPacket(f, "sip", "SIP/2.0 200 OK\r\nServer: x\r\n\r\n")
}

func FuzzRTSP(f *testing.F) {
	fuzzStream(f, "rtsp", "RTSP/1.0 200 OK\r\nServer: x\r\n\r\nmore")
}

// FuzzEngine gives arbitrary frames, on every link, to a whole engine.
func FuzzEngine(f *testing.F) {
	for _, fr := range connection(segment{seq: 99, flags: syn}, segment{seq: 100, data: "GET / HTTP/1.1\r\n\r\n"}) {
		f.Add(fr.Data, uint16(fr.Link), uint8(40))
	}
	f.Add(ip4(pumpIP, engineIP, 17, 64, udp(68, 67, []byte("x"))), uint16(traffic.LinkRaw), uint8(9))
	f.Fuzz(func(t *testing.T, data []byte, link uint16, size uint8) {
		var frames []traffic.Frame
		for at := 0; at < len(data); at += int(size) + 14 {
			piece := data[at:min(at+int(size)+14, len(data))]
			frames = append(frames, traffic.Frame{Data: piece, Length: len(piece), Nanos: int64(at) * 1e9, Link: traffic.Link(link)})
		}
		r, e := run(t, traffic.Options{MaxFlows: 32}, frames)
		if r.stats.Faults != 0 {
			t.Errorf("%d faults", r.stats.Faults)
		}
		if flows, streams := e.Open(); flows != 0 || streams != 0 {
			t.Errorf("%d flows and %d streams are left at the end", flows, streams)
		}
	})
}
