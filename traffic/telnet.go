package traffic

import "bytes"

// telnet is a terminal in the clear (RFC 854). What the server shows before it
// asks for a name is read; what anybody types never is.
func telnet() Dissector {
	return Dissector{Name: "telnet", Sniff: sniffTelnet, New: func() Parser { return &telnetParser{} }}
}

// maxTelnet is how much of a greeting is read.
const maxTelnet = 1024

// sniffTelnet wants the commands with which both sides agree on options.
func sniffTelnet(first []byte, port uint16) bool {
	return len(first) >= 3 && first[0] == 0xff && first[1] >= 0xfb && first[1] <= 0xfe && (first[2] < 50 || port == 23)
}

type telnetParser struct {
	greeting []byte
	seen     int // bytes of the server
	at       int // byte of the first that greets
	command  int // bytes still to come of a command
	nested   bool
}

func (h *telnetParser) Feed(s *Stream, dir Direction, data []byte) {
	for _, c := range data {
		word, plain := h.take(dir, c)
		if dir == ToClient {
			h.seen++
		}
		if !plain {
			continue
		}
		if dir == ToServer { // somebody types
			h.tell(s)
			return
		}
		if len(h.greeting) == 0 {
			h.at = h.seen - 1
		}
		h.greeting = append(h.greeting, word)
		if len(h.greeting) >= maxTelnet || c == ':' && asksName(h.greeting) {
			h.tell(s)
			return
		}
	}
}

// take passes the commands of the server. Of the client only that it sends
// text matters, so that its commands, which begin a segment, are told by
// their first byte.
func (h *telnetParser) take(dir Direction, c byte) (byte, bool) {
	if dir == ToServer {
		return c, c >= ' ' && c < 0x7f && h.clientIdle()
	}
	switch {
	case h.nested: // until the end of a subnegotiation
		h.nested = c != 0xf0
		return 0, false
	case h.command > 0:
		h.command--
		switch {
		case h.command == 1 && c == 0xfa:
			h.nested, h.command = true, 0
		case h.command == 1 && (c < 0xfb || c == 0xff):
			h.command = 0
		}
		return 0, false
	case c == 0xff:
		h.command = 2
		return 0, false
	}
	return c, true
}

// clientIdle reports whether text of the client can be told from the values
// of its options: only once the server has shown something.
func (h *telnetParser) clientIdle() bool { return len(bytes.TrimSpace(h.greeting)) > 0 }

func asksName(b []byte) bool {
	low := bytes.ToLower(b[max(0, len(b)-12):])
	for _, word := range []string{"login:", "username:", "user:", "password:", "name:"} {
		if bytes.HasSuffix(low, []byte(word)) {
			return true
		}
	}
	return false
}

// tell hands on the greeting, without the line that asks.
func (h *telnetParser) tell(s *Stream) {
	b := h.greeting
	if end := bytes.LastIndexByte(b, '\n'); end >= 0 && len(b) > end+1 && asksName(b) {
		b = b[:end]
	}
	o := Observation{Roles: []string{"telnet-server"}, at: h.at}
	if value := legible(text(bytes.TrimSpace(bytes.ReplaceAll(b, []byte{0}, nil)))); value != "" && !asksName([]byte(value)) {
		o.Claims = []Claim{{Attribute: Banner, Value: value, Weight: 0.4, Source: "telnet", Field: "greeting", Offset: h.at}}
	}
	s.Emit(ToClient, o)
	s.Leave()
}

// Gap ends it: the greeting is what comes first.
func (h *telnetParser) Gap(s *Stream, _ Direction, _ int) { s.Leave() }
