package asset

import (
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/zeek"
	"bedrail/traffic"
)

// A ZeekReader takes in what a Zeek sensor has written down: another witness
// of the same wire. What it says of a protocol counts as that protocol's
// evidence, a little weaker than our own, so that a packet that both have seen
// is not counted twice.
//
// It keeps, from an ssl log to the x509 log that is read after it, which
// server showed which certificate.
type ZeekReader struct {
	Emit     func(traffic.Observation)
	Converse func(traffic.Conversation) // may be nil

	Records  int
	Problems []Problem
	Uncited  int
	shown    map[string]netip.Addr // fingerprint of a certificate to its server
}

// zeekDiscount is how much less a note of another sensor weighs than a packet.
const zeekDiscount = 0.9

// maxShown bounds the certificates that are remembered between two logs.
const maxShown = 100_000

// ReadZeek reads one log, TSV or JSON, with a fresh ZeekReader. converse may
// be nil.
func ReadZeek(name string, r io.Reader, emit func(traffic.Observation), converse func(traffic.Conversation)) error {
	z := ZeekReader{Emit: emit, Converse: converse}
	if err := z.Read(name, r); err != nil {
		return err
	}
	if z.Records == 0 && len(z.Problems) > 0 {
		return bedrail.Errorf(bedrail.Invalid, "%s", z.Problems[0])
	}
	return nil
}

// Read takes in one log. Which log it is, it says itself or its name does
// ("dhcp.log", "dhcp.12:00:00-13:00:00.log"). A line that cannot be used
// becomes a Problem.
func (z *ZeekReader) Read(name string, r io.Reader) error {
	byName, _, _ := strings.Cut(filepath.Base(name), ".")
	problem := func(line int, text string) {
		if len(z.Problems) == maxProblems {
			z.Uncited++
			return
		}
		z.Problems = append(z.Problems, Problem{File: name, Line: line, Text: text})
	}
	err := zeek.Read(r, func(rec *zeek.Record) error {
		kind := rec.Path
		if kind == "" {
			kind = byName
		}
		at, ok := rec.Time("ts")
		if !ok {
			problem(rec.Line, fmt.Sprintf("ts %q is no time", clip(rec.Text("ts"))))
			return nil
		}
		z.Records++
		z.record(kind, name, rec, at)
		return nil
	}, problem)
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
	}
	return nil
}

// zeekNote is what one record says about one host.
type zeekNote struct {
	z *ZeekReader
	o traffic.Observation
}

func (n *zeekNote) say(a traffic.Attribute, value string, weight float64, source, field string) {
	if value = strings.TrimSpace(value); value != "" && len(value) <= 255 && value != "(empty)" {
		n.o.Claims = append(n.o.Claims, traffic.Claim{Attribute: a, Value: value, Weight: weight * zeekDiscount, Source: source, Field: field + " (zeek)"})
	}
}

// tell hands it on when it says something of a host that can be told.
func (n *zeekNote) tell() {
	ip := n.o.IP
	if n.o.MAC == "" && (!ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLoopback() || !ip.IsPrivate() && !ip.IsLinkLocalUnicast()) {
		return
	}
	if n.z.Emit != nil {
		n.z.Emit(n.o)
	}
}

func (z *ZeekReader) note(protocol, name string, rec *zeek.Record, at time.Time, ipField string) *zeekNote {
	ip, _ := netip.ParseAddr(rec.Text(ipField))
	return &zeekNote{z, traffic.Observation{Capture: filepath.Base(name), Packet: uint64(rec.Line), Time: at, IP: ip.Unmap().WithZone(""), Protocol: protocol}}
}

func (z *ZeekReader) record(kind, name string, rec *zeek.Record, at time.Time) {
	switch kind {
	case "conn":
		z.conn(name, rec, at)
	case "dhcp":
		z.dhcp(name, rec, at)
	case "http":
		n := z.note("http", name, rec, at, "id.orig_h")
		n.say(traffic.Banner, rec.Text("user_agent"), 0.5, "http.header", "User-Agent")
		n.say(traffic.Peer, strings.ToLower(rec.Text("host")), 0.4, "http.header", "Host")
		n.tell()
	case "ssl":
		z.ssl(name, rec, at)
	case "x509":
		if ip, ok := z.shown[rec.Text("fingerprint")]; ok {
			n := z.note("tls", name, rec, at, "")
			n.o.IP = ip
			n.say(traffic.CertSubject, rec.Text("certificate.subject"), 0.5, "tls.certificate", "subject")
			n.say(traffic.Banner, rec.Text("certificate.issuer"), 0.3, "tls.certificate", "issuer")
			if until, ok := rec.Time("certificate.not_valid_after"); ok && until.Before(at) {
				n.say(traffic.PostureFact, string(traffic.ExpiredCertificate), 0.9, "tls.posture", "not after "+until.Format(time.DateOnly))
			}
			n.tell()
		}
	case "snmp":
		n := z.note("snmp", name, rec, at, "id.resp_h")
		n.say(traffic.Banner, rec.Text("display_string"), 0.9, "snmp", "sysDescr")
		if c := rec.Text("community"); (c == "public" || c == "private") && rec.Number("get_responses") > 0 {
			n.say(traffic.PostureFact, string(traffic.PublicSNMP), 0.9, "snmp.posture", "community "+c)
		}
		n.tell()
	case "known_hosts":
		z.note("flow", name, rec, at, "host").tell()
	case "known_devices":
		n := z.note("dhcp", name, rec, at, "")
		n.o.MAC, _ = ParseMAC(rec.Text("mac"))
		n.say(traffic.Hostname, rec.Text("dhcp_host_name"), 0.5, "dhcp.option", "12")
		n.tell()
	case "known_services":
		n := z.note("flow", name, rec, at, "host")
		for _, service := range rec.List("service") {
			n.say(traffic.Service, strings.ToLower(service)+" "+rec.Text("port_proto")+" "+rec.Text("port_num"), 0.4, "peers", "service")
		}
		n.tell()
	case "known_modbus": // policy/protocols/modbus/known-masters-slaves
		n := z.note("modbus", name, rec, at, "host")
		switch kind := strings.ToUpper(rec.Text("device_type")); {
		case strings.HasSuffix(kind, "MASTER"):
			n.o.Roles = []string{"modbus-client"}
		case strings.HasSuffix(kind, "SLAVE"):
			n.o.Roles = []string{"modbus-server"}
		}
		n.tell()
	case "known_certs":
		n := z.note("tls", name, rec, at, "host")
		n.say(traffic.CertSubject, rec.Text("subject"), 0.5, "tls.certificate", "subject")
		n.say(traffic.Banner, rec.Text("issuer_subject"), 0.3, "tls.certificate", "issuer")
		n.tell()
	}
}

// conn becomes a conversation of its minute, and the presence of its ends. The
// hardware addresses of the log may be those of routers: they are not used.
func (z *ZeekReader) conn(name string, rec *zeek.Record, at time.Time) {
	client, server := z.note("flow", name, rec, at, "id.orig_h"), z.note("flow", name, rec, at, "id.resp_h")
	client.tell()
	server.tell()
	if z.Converse == nil || !client.o.IP.IsValid() || !server.o.IP.IsValid() {
		return
	}
	bytes := func(side string) uint64 { return max(rec.Number(side+"_ip_bytes"), rec.Number(side+"_bytes")) }
	z.Converse(traffic.Conversation{
		Minute: at.Truncate(time.Minute), Client: client.o.IP, Server: server.o.IP, VLAN: uint16(rec.Number("vlan") & 0xfff),
		Transport: rec.Text("proto"), Port: uint16(min(rec.Number("id.resp_p"), 65535)), Protocol: rec.Text("service"),
		Packets: rec.Number("orig_pkts") + rec.Number("resp_pkts"), BytesUp: bytes("orig"), BytesDown: bytes("resp"),
		Encrypted: strings.Contains(rec.Text("service"), "ssl"),
	})
}

func (z *ZeekReader) dhcp(name string, rec *zeek.Record, at time.Time) {
	n := z.note("dhcp", name, rec, at, "assigned_addr")
	n.o.MAC, _ = ParseMAC(rec.Text("mac"))
	if n.o.MAC == "" {
		return
	}
	n.say(traffic.Hostname, rec.Text("host_name"), 0.5, "dhcp.option", "12")
	n.say(traffic.Hostname, rec.Text("client_fqdn"), 0.5, "dhcp.option", "81")
	n.say(traffic.VendorClass, rec.Text("vendor_class"), 0.7, "dhcp.option", "60")
	n.say(traffic.VendorClass, rec.Text("client_software"), 0.7, "dhcp.option", "60")
	if lease := rec.Seconds("lease_time"); lease > 0 && n.o.IP.IsValid() {
		n.o.Lease = &traffic.Lease{MAC: n.o.MAC, IP: n.o.IP, From: at, Until: at.Add(lease)}
	}
	n.tell()
}

func (z *ZeekReader) ssl(name string, rec *zeek.Record, at time.Time) {
	client, server := z.note("tls", name, rec, at, "id.orig_h"), z.note("tls", name, rec, at, "id.resp_h")
	client.say(traffic.Peer, strings.ToLower(rec.Text("server_name")), 0.5, "tls.sni", "server_name")
	client.say(traffic.Fingerprint, rec.Text("ja3"), 0.5, "tls.ja3", "ClientHello")
	client.say(traffic.Fingerprint, rec.Text("ja4"), 0.5, "tls.ja4", "ClientHello")
	client.tell()
	server.say(traffic.CertSubject, rec.Text("subject"), 0.5, "tls.certificate", "subject")
	switch v := rec.Text("version"); v {
	case "SSLv2", "SSLv3", "TLSv10", "TLSv11":
		server.say(traffic.PostureFact, string(traffic.OldTLS), 0.9, "tls.posture", "ServerHello "+v)
	}
	server.tell()
	if z.shown == nil {
		z.shown = map[string]netip.Addr{}
	}
	if prints := rec.List("cert_chain_fps"); len(prints) > 0 && len(z.shown) < maxShown {
		z.shown[prints[0]] = server.o.IP
	}
}
