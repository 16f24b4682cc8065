package traffic

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// http is read for the names that programs give themselves in headers
// (RFC 9110), and for the few bodies in which a device describes itself.
func http() Dissector {
	z := &unpacker{}
	return Dissector{Name: "http", Sniff: sniffHTTP, New: func() Parser { return &httpParser{unpacker: z} }}
}

// What an HTTP parser keeps.
const (
	maxHead     = 16 << 10
	maxBody     = 128 << 10 // of a body that may describe a device, as sent
	maxInflate  = 1 << 20   // of such a body, inflated
	maxMessages = 64        // of one direction; then the stream is left
)

var httpVerbs = []string{"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "DELETE ", "PATCH ", "NOTIFY ", "SUBSCRIBE ", "PROPFIND ", "HTTP/1."}

func sniffHTTP(first []byte, _ uint16) bool {
	for _, verb := range httpVerbs {
		if len(first) >= len(verb) && string(first[:len(verb)]) == verb {
			return true
		}
	}
	return false
}

// httpParser follows both directions of a connection. Each is a machine of
// its own: head, then body, then head again.
type httpParser struct {
	side     [2]httpSide
	unpacker *unpacker // of all streams: a message is unpacked and read in one go
}

type httpState uint8

const (
	inHead httpState = iota
	inBody
	inChunkSize
	inChunk
	inTrailer
	untilClose
)

type httpSide struct {
	state    httpState
	buf      []byte // of the head, or of a body that is kept
	left     int64  // of the body or chunk
	keep     bool
	kind     string // media type of the body
	zipped   bool
	messages int
	lost     bool
	columns  int  // of the chunk-size line so far
	extended bool // its digits are over
}

func (h *httpParser) Feed(s *Stream, dir Direction, data []byte) {
	side := &h.side[dir]
	for len(data) > 0 && !s.Left() {
		if side.lost {
			if !sniffHTTP(data, 0) {
				return
			}
			*side = httpSide{messages: side.messages}
		}
		data = h.feed(side, s, dir, data)
	}
}

// Gap skips what is known to be body, and otherwise waits for a segment that
// begins a message.
func (h *httpParser) Gap(_ *Stream, dir Direction, n int) {
	side := &h.side[dir]
	if (side.state == inBody || side.state == inChunk) && int64(n) <= side.left {
		side.left -= int64(n)
		side.keep, side.buf = false, nil
		if side.left == 0 && side.state == inBody {
			side.state = inHead
		}
		return
	}
	*side = httpSide{lost: true, messages: side.messages}
}

// Held implements Holder.
func (h *httpParser) Held() int { return len(h.side[0].buf) + len(h.side[1].buf) }

// feed takes some of data and returns the rest.
func (p *httpParser) feed(h *httpSide, s *Stream, dir Direction, data []byte) []byte {
	switch h.state {
	case inHead:
		return h.head(s, dir, data)
	case inBody, inChunk:
		n := int(min(int64(len(data)), h.left))
		h.save(data[:n])
		if h.left -= int64(n); h.left == 0 {
			if h.state == inBody {
				h.done(s, dir, p.unpacker)
			} else {
				h.state, h.left = inChunkSize, 0
			}
		}
		return data[n:]
	case inChunkSize, inTrailer:
		return h.line(s, dir, data, p.unpacker)
	}
	return nil
}

// head gathers a head and reads it when it is whole.
func (h *httpSide) head(s *Stream, dir Direction, data []byte) []byte {
	if len(h.buf) == 0 {
		if end := bytes.Index(data, []byte("\r\n\r\n")); end >= 0 {
			h.read(s, dir, data[:end+2])
			return data[end+4:]
		}
	}
	had := len(h.buf)
	h.buf = append(h.buf, data[:min(len(data), maxHead-had)]...)
	end := bytes.Index(h.buf[max(had-3, 0):], []byte("\r\n\r\n"))
	if end < 0 {
		if len(h.buf) >= maxHead {
			s.Leave()
		}
		return nil
	}
	end += max(had-3, 0)
	whole := h.buf
	h.buf = nil
	h.read(s, dir, whole[:end+2])
	return data[end+4-had:]
}

// read takes the headers of one message and prepares for its body.
func (h *httpSide) read(s *Stream, dir Direction, head []byte) {
	first, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if !sniffHTTP(first, 0) {
		s.Leave()
		return
	}
	if h.messages++; h.messages > maxMessages {
		s.Leave()
		return
	}
	*h = httpSide{messages: h.messages}
	var o Observation
	length, chunked := int64(0), false
	at := len(first) + 2
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok {
			value = bytes.TrimSpace(value)
			var space [32]byte
			switch key := lowered(space[:], name); string(key) {
			case "content-length":
				length, _ = strconv.ParseInt(string(value), 10, 64)
			case "transfer-encoding":
				chunked = asciiLower(value) == "chunked"
			case "content-type":
				h.kind, _, _ = strings.Cut(asciiLower(value), ";")
			case "content-encoding":
				h.zipped = strings.Contains(asciiLower(value), "gzip")
				if !h.zipped && len(value) > 0 {
					h.kind = "" // deflate, br: not read
				}
			default:
				o.Claims = headerClaims(o.Claims, key, value, at)
			}
		}
		at += len(line) + 2
	}
	if len(o.Claims) > 0 {
		s.Emit(dir, o)
	}
	h.body(s, dir, first, length, chunked)
}

// lowered writes a name in small letters into space, which costs nothing; one
// that is longer than space is none that is looked for.
func lowered(space, name []byte) []byte {
	if len(name) > len(space) {
		return nil
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		space[i] = c
	}
	return space[:len(name)]
}

func asciiLower(b []byte) string {
	return strings.ToLower(string(b[:min(len(b), 100)]))
}

// headerClaims adds what one header says of the sender.
func headerClaims(c []Claim, key, value []byte, at int) []Claim {
	add := func(a Attribute, field string, shown string, weight float64) {
		if shown != "" {
			c = append(c, Claim{Attribute: a, Value: shown, Weight: weight, Source: "http.header", Field: field, Offset: at})
		}
	}
	switch string(key) {
	case "user-agent":
		agent := text(value)
		add(Banner, "User-Agent", agent, 0.4)
		add(OperatingSystem, "User-Agent", agentSystem(agent), 0.4)
	case "server":
		add(Banner, "Server", text(value), 0.5)
	case "www-authenticate":
		if _, realm, ok := strings.Cut(text(value), `realm="`); ok {
			realm, _, _ = strings.Cut(realm, `"`)
			add(Banner, "realm", realm, 0.4)
		}
	case "x-powered-by":
		add(Banner, "X-Powered-By", text(value), 0.3)
	case "host":
		name, _, _ := strings.Cut(text(value), ":")
		if _, err := netip.ParseAddr(name); err != nil {
			add(Peer, "Host", strings.ToLower(hostname(name)), 0.4)
		}
	}
	return c
}

// agentSystem returns the operating system that a browser names.
func agentSystem(agent string) string {
	for _, known := range []struct{ word, system string }{
		{"Windows NT 10.0", "Windows"}, {"Windows NT 6.3", "Windows 8.1"}, {"Windows NT 6.2", "Windows 8"},
		{"Windows NT 6.1", "Windows 7"}, {"Windows NT 6.0", "Windows Vista"}, {"Windows NT 5.1", "Windows XP"},
		{"Windows CE", "Windows CE"}, {"iPhone OS", "iOS"}, {"CPU OS", "iOS"}, {"CFNetwork/", "Apple"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"},
	} {
		if strings.Contains(agent, known.word) {
			return known.system
		}
	}
	if _, after, ok := strings.Cut(agent, "Android "); ok {
		end := strings.IndexAny(after, ";) ")
		if end > 0 {
			return "Android " + after[:end]
		}
	}
	return ""
}

// body decides how the body ends and whether it is worth keeping.
func (h *httpSide) body(s *Stream, dir Direction, first []byte, length int64, chunked bool) {
	h.keep = describes(h.kind) && length <= maxBody
	if !h.keep {
		h.zipped = false
	}
	answer := string(first[:min(5, len(first))]) == "HTTP/"
	switch {
	case answer && bodiless(first):
		h.keep = false
	case chunked:
		h.state = inChunkSize
	case length > 0:
		h.state, h.left = inBody, length
	case answer && length == 0 && h.kind != "":
		h.state = untilClose
	}
	if answer && bytes.Contains(first, []byte(" 101 ")) { // it speaks something else from here on
		s.Leave()
	}
}

func bodiless(first []byte) bool {
	return len(first) > 12 && (string(first[9:12]) == "304" || string(first[9:12]) == "204" || first[9] == '1')
}

// describes reports whether a body of this media type may be the description
// of a device.
func describes(kind string) bool {
	switch strings.TrimSpace(kind) {
	case "application/json", "application/soap+xml", "text/xml", "application/xml":
		return true
	}
	return false
}

func (h *httpSide) save(b []byte) {
	if !h.keep {
		return
	}
	if len(h.buf)+len(b) > maxBody {
		h.keep, h.buf = false, nil
		return
	}
	if h.buf == nil && h.state == inBody { // its length is known; a little more than came is taken at first
		h.buf = make([]byte, 0, min(int(h.left), max(2*len(b), 4<<10)))
	}
	h.buf = append(h.buf, b...)
}

// line reads a chunk's size or a trailer, byte by byte, because a segment may
// end anywhere in it.
func (h *httpSide) line(s *Stream, dir Direction, data []byte, z *unpacker) []byte {
	for i, c := range data {
		if c != '\n' {
			h.digit(c)
			continue
		}
		empty := h.columns == 0
		h.columns, h.extended = 0, false
		switch {
		case h.state == inTrailer && empty:
			h.done(s, dir, z)
		case h.state == inTrailer || empty: // another trailer, or the line end behind a chunk
		case h.left == 0:
			h.state = inTrailer
		default:
			h.state = inChunk
		}
		return data[i+1:]
	}
	return nil
}

// digit takes a byte of the line: in a chunk's size a hexadecimal digit, until
// an extension begins.
func (h *httpSide) digit(c byte) {
	if c == '\r' {
		return
	}
	h.columns = min(h.columns+1, 255)
	if h.state == inTrailer || h.extended {
		return
	}
	n := bytes.IndexByte([]byte(hexDigits), c|0x20)
	if n < 0 || h.left > 1<<40 {
		h.extended = true
		return
	}
	h.left = h.left<<4 | int64(n)
}

func (h *httpSide) done(s *Stream, dir Direction, z *unpacker) {
	body, kind, zipped := h.buf, h.kind, h.zipped
	*h = httpSide{messages: h.messages}
	if len(body) == 0 {
		return
	}
	if zipped {
		body = z.inflate(body)
	}
	var claims []Claim
	if strings.Contains(kind, "json") {
		claims = describedJSON(body)
	} else {
		claims = describedXML(body)
	}
	if len(claims) > 0 {
		s.Emit(dir, Observation{Claims: claims})
	}
}

// An unpacker inflates gzip bodies, one after the other.
type unpacker struct {
	z   *gzip.Reader
	in  bytes.Reader
	out bytes.Buffer
}

// maxUnpacked is the largest buffer that is kept for the next body.
const maxUnpacked = 256 << 10

// inflate unpacks a body, up to a limit; what lies beyond it is not read. The
// bytes are good until the next call.
func (u *unpacker) inflate(b []byte) []byte {
	u.in.Reset(b)
	if u.z == nil {
		u.z = new(gzip.Reader)
	}
	if u.z.Reset(&u.in) != nil {
		return nil
	}
	if u.out.Cap() > maxUnpacked {
		u.out = bytes.Buffer{}
	}
	u.out.Reset()
	_, _ = u.out.ReadFrom(io.LimitReader(u.z, maxInflate)) // what could be unpacked counts
	return u.out.Bytes()
}
