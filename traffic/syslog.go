package traffic

import (
	"bytes"
	"strings"
)

// syslog is how equipment reports to a log server (RFC 3164, RFC 5424). Only
// the host's name in the header is read: what a message says may be about
// anybody. Audit messages of IHE ATNA travel the same way.
func syslog() Dissector {
	return Dissector{Name: "syslog", Ports: []uint16{514}, Dissect: dissectSyslog}
}

func dissectSyslog(p *Packet) {
	b := p.Payload
	end := bytes.IndexByte(b[:min(len(b), 5)], '>')
	if end < 2 || b[0] != '<' || p.Dst.Port != 514 {
		return
	}
	for _, c := range b[1:end] {
		if c < '0' || c > '9' {
			return
		}
	}
	o := Observation{Roles: []string{"syslog-sender"}}
	if name, at, field := syslogHost(b, end+1); name != "" {
		// A relay passes on the names of others.
		o.Claims = []Claim{{Attribute: Hostname, Value: name, Weight: 0.3, Source: "syslog", Field: field, Offset: at}}
	}
	p.Emit(o)
}

// syslogHost finds the host in the header that begins at b[at].
func syslogHost(b []byte, at int) (name string, where int, field string) {
	rest := b[at:min(len(b), at+512)]
	if bytes.HasPrefix(rest, []byte("1 ")) {
		word, from := wordAt(rest, 2)
		if !strings.Contains(word, "T") && word != "-" {
			return "", 0, ""
		}
		name, from = wordAt(rest, from+len(word)+1)
		return namedHost(name), at + from, "HOSTNAME (RFC 5424)"
	}
	// "Mmm dd hh:mm:ss host tag:"
	if len(rest) < 17 || rest[3] != ' ' || rest[6] != ' ' || rest[9] != ':' || rest[12] != ':' || rest[15] != ' ' {
		return "", 0, ""
	}
	name, from := wordAt(rest, 16)
	if strings.HasSuffix(name, ":") || strings.Contains(name, "[") {
		return "", 0, "" // the tag stands where the host should
	}
	return namedHost(name), at + from, "HOSTNAME (RFC 3164)"
}

// wordAt returns the word that begins at b[at].
func wordAt(b []byte, at int) (string, int) {
	if at >= len(b) {
		return "", at
	}
	end := bytes.IndexByte(b[at:], ' ')
	if end < 0 {
		return "", at
	}
	return text(b[at : at+end]), at
}

// namedHost returns a host's name, and nothing for an address.
func namedHost(s string) string {
	if s = hostname(s); s == "-" || strings.Trim(s, "0123456789.") == "" || strings.Contains(s, ":") {
		return ""
	}
	return s
}
