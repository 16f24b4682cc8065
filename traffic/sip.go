package traffic

import "bytes"

// sip is how telephones and nurse-call systems set up calls (RFC 3261). Only
// the program's name is read: who calls whom is nobody's business here.
func sip() Dissector {
	return Dissector{Name: "sip", Ports: []uint16{5060}, Dissect: func(p *Packet) { namedProgram(p, "SIP/2.0", "sip") }}
}

// rtsp is how cameras hand out their pictures (RFC 2326).
func rtsp() Dissector {
	return Dissector{
		Name: "rtsp",
		Sniff: func(first []byte, _ uint16) bool {
			line, _, _ := bytes.Cut(first[:min(len(first), 512)], []byte("\r\n"))
			return bytes.HasPrefix(line, []byte("RTSP/1.0 ")) || bytes.HasSuffix(line, []byte(" RTSP/1.0"))
		},
		New: func() Parser { return &rtspParser{} },
	}
}

// namedProgram reads the Server and User-Agent lines of a datagram.
func namedProgram(p *Packet, version, source string) {
	line, _, _ := bytes.Cut(p.Payload[:min(len(p.Payload), 512)], []byte("\r\n"))
	if !bytes.Contains(line, []byte(version)) {
		return
	}
	if claims := programClaims(p.Payload, source); len(claims) > 0 {
		p.Emit(Observation{Claims: claims})
	}
}

func programClaims(b []byte, source string) []Claim {
	var claims []Claim
	at := 0
	for line := range bytes.SplitSeq(b[:min(len(b), 4096)], []byte("\r\n")) {
		if len(line) == 0 && at > 0 {
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if key := asciiLower(bytes.TrimSpace(name)); ok && (key == "server" || key == "user-agent") {
			if shown := text(value); shown != "" {
				field := "Server"
				if key == "user-agent" {
					field = "User-Agent"
				}
				claims = append(claims, Claim{Attribute: Banner, Value: shown, Weight: 0.5, Source: source, Field: field, Offset: at})
			}
		}
		at += len(line) + 2
	}
	return claims
}

// rtspParser reads the first head of each direction, and then leaves.
type rtspParser struct {
	head [2][]byte
	done [2]bool
}

func (r *rtspParser) Feed(s *Stream, dir Direction, data []byte) {
	if r.done[dir] {
		return
	}
	r.head[dir] = append(r.head[dir], data[:min(len(data), 4096)]...)
	end := bytes.Index(r.head[dir], []byte("\r\n\r\n"))
	if end < 0 && len(r.head[dir]) < 4096 {
		return
	}
	if end >= 0 {
		if claims := programClaims(r.head[dir][:end+4], "rtsp"); len(claims) > 0 {
			s.Emit(dir, Observation{Claims: claims})
		}
	}
	r.head[dir], r.done[dir] = nil, true
	if r.done[dir.Other()] {
		s.Leave()
	}
}

func (r *rtspParser) Gap(s *Stream, _ Direction, _ int) { s.Leave() }

// Held implements Holder.
func (r *rtspParser) Held() int { return len(r.head[0]) + len(r.head[1]) }
