package shadow

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"bedrail/exchange"
	"bedrail/format/fhir"
	"bedrail/traffic"
)

// A web hears HTTP/1.1 (RFC 9112) and looks into what is FHIR. A stream whose
// first request has nothing of FHIR is left at once.
type web struct {
	stream
	side  [2]webSide
	sure  bool // it is FHIR
	asked int
}

type webState uint8

const (
	webHead webState = iota
	webBody
	webChunkSize
	webChunk
	webTrailer
	webRest // until the connection ends
)

type webSide struct {
	state webState
	buf   []byte // of the head or of a line
	body  []byte
	size  int   // of the body
	left  int64 // of the body or chunk
	req   request
}

// A request is what is known of the message that comes.
type request struct {
	verb, typ, sender, receiver string
	fhir, keep, packed          bool
	interim                     bool
	status                      int
}

const (
	maxWebHead = 16 << 10
	maxWebLine = 256
)

func (w *web) Held() int {
	return len(w.side[0].buf) + len(w.side[0].body) + len(w.side[1].buf)
}

func (w *web) End(lost bool) { w.ended(lost) }

// Miss gives the direction up unless the hole lies inside of a body.
func (w *web) Miss(_ time.Time, dir traffic.Direction, n int) bool {
	s := &w.side[dir]
	if (s.state == webBody || s.state == webChunk) && int64(n) < s.left {
		s.left, s.size = s.left-int64(n), s.size+n
		s.req.keep, s.body = false, nil
		return true
	}
	return false
}

func (w *web) Hear(at time.Time, dir traffic.Direction, data []byte) bool {
	s := &w.side[dir]
	for len(data) > 0 {
		switch s.state {
		case webHead:
			end := headEnd(s.buf, data)
			if end < 0 {
				if len(s.buf)+len(data) > maxWebHead {
					return false
				}
				s.buf = append(s.buf, data...)
				return true
			}
			head := append(s.buf, data[:end]...)
			data, s.buf = data[end:], nil
			if !w.head(at, dir, s, head) {
				return false
			}
		case webBody, webChunk:
			n := int(min(int64(len(data)), s.left))
			s.take(data[:n])
			data = data[n:]
			if s.left -= int64(n); s.left > 0 {
				continue
			}
			if s.state == webChunk {
				s.state = webTrailer // the line end behind a chunk
				s.req.interim = true
			} else {
				w.whole(at, dir, s)
			}
		case webChunkSize, webTrailer:
			rest, ok := w.line(at, dir, s, data)
			if !ok {
				return false
			}
			data = rest
		case webRest:
			return true
		}
	}
	return true
}

// headEnd returns where in data the blank line that ends a head ends, or -1.
func headEnd(held, data []byte) int {
	tail := held[max(0, len(held)-3):]
	joined := append(bytes.Clone(tail), data[:min(len(data), 3)]...)
	if len(tail) > 0 {
		if i := bytes.Index(joined, []byte("\r\n\r\n")); i >= 0 {
			return i + 4 - len(tail)
		}
	}
	if i := bytes.Index(data, []byte("\r\n\r\n")); i >= 0 {
		return i + 4
	}
	return -1
}

func (s *webSide) take(b []byte) {
	s.size += len(b)
	if s.req.keep && s.size <= mostMessage {
		s.body = append(s.body, b...)
	}
}

// line takes a line of the chunked transfer coding.
func (w *web) line(at time.Time, dir traffic.Direction, s *webSide, data []byte) ([]byte, bool) {
	i := bytes.IndexByte(data, '\n')
	if i < 0 {
		s.buf = append(s.buf, data...)
		return nil, len(s.buf) <= maxWebLine
	}
	line := strings.TrimSpace(string(append(s.buf, data[:i]...)))
	s.buf = nil
	data = data[i+1:]
	switch {
	case s.state == webTrailer && s.req.interim: // behind a chunk
		s.req.interim = false
		s.state = webChunkSize
	case s.state == webTrailer:
		if line == "" {
			w.whole(at, dir, s)
		}
	default:
		digits, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 16, 40)
		if err != nil || n < 0 {
			return nil, false
		}
		s.left, s.state = n, webChunk
		if n == 0 {
			s.state = webTrailer
		}
	}
	return data, true
}

// head reads a request or an answer up to its body.
func (w *web) head(at time.Time, dir traffic.Direction, s *webSide, head []byte) bool {
	lines := strings.Split(string(head), "\r\n")
	fields := map[string]string{}
	for _, l := range lines[1:] {
		if name, value, ok := strings.Cut(l, ":"); ok && len(fields) < 64 {
			fields[strings.ToLower(name)] = strings.TrimSpace(value)
		}
	}
	s.req, s.body, s.size, s.left = request{}, nil, 0, 0
	first := strings.SplitN(lines[0], " ", 3)
	if len(first) < 2 {
		return false
	}
	if dir == traffic.ToServer {
		s.req.read(first[0], first[1], fields)
		w.sure = w.sure || s.req.fhir
		if !w.sure {
			return false
		}
		w.manners(at, &s.req, first[1], fields)
	} else if s.req.status, _ = strconv.Atoi(first[1]); s.req.status < 100 {
		return false
	}
	switch length, err := strconv.ParseInt(fields["content-length"], 10, 62); {
	case strings.Contains(strings.ToLower(fields["transfer-encoding"]), "chunked"):
		s.state = webChunkSize
	case err == nil && length > 0:
		s.state, s.left = webBody, length
	case dir == traffic.ToClient && fields["content-length"] == "" && s.req.status >= 200 && s.req.status != 204 && s.req.status != 304:
		w.whole(at, dir, s)
		s.state = webRest
	default:
		w.whole(at, dir, s)
	}
	return true
}

var (
	resourceType = regexp.MustCompile(`^[A-Z][A-Za-z]{2,40}$`)
	basePath     = regexp.MustCompile(`^[A-Za-z0-9/_.-]{0,64}$`)
)

// read takes from a request what it is about. Of its address only the type of
// resource is looked at, and what stands before that.
func (r *request) read(verb, target string, fields map[string]string) {
	kind := strings.ToLower(fields["content-type"] + " " + fields["accept"])
	r.fhir = strings.Contains(kind, "fhir+json") || strings.Contains(kind, "fhir+xml")
	r.verb = verb
	r.typ, _ = typeIn(target)
	r.fhir = r.fhir || r.typ != "" && strings.Contains(strings.ToLower(target), "fhir")
	r.keep = verb == "POST" || verb == "PUT"
	r.packed = fields["content-encoding"] != "" || strings.Contains(strings.ToLower(fields["content-type"]), "xml")
	agent, _, _ := strings.Cut(fields["user-agent"], " ")
	r.sender, r.receiver = agent, fields["host"]
}

// typeIn finds the type of resource in an address, and the base before it.
func typeIn(target string) (typ, base string) {
	target, _, _ = strings.Cut(target, "?")
	if _, rest, ok := strings.Cut(target, "://"); ok {
		_, target, _ = strings.Cut(rest, "/")
		target = "/" + target
	}
	parts := strings.Split(target, "/")
	for i, p := range parts {
		if resourceType.MatchString(p) && fhir.R4().IsResource(p) {
			return p, strings.Join(parts[:i], "/")
		}
	}
	return "", ""
}

// manners notes what a door for these clients must know.
func (w *web) manners(at time.Time, r *request, target string, fields map[string]string) {
	c := w.of(r.sender, r.receiver, at)
	if c == nil {
		return
	}
	if _, base := typeIn(target); base != "" && basePath.MatchString(base) {
		c.quirk("base:" + base)
	}
	scheme, _, _ := strings.Cut(fields["authorization"], " ")
	switch strings.ToLower(scheme) {
	case "":
		c.quirk("auth:none")
	case "bearer", "basic", "digest", "negotiate":
		c.quirk("auth:" + strings.ToLower(scheme))
	default:
		c.quirk("auth:other")
	}
}

// whole counts what has come to its end.
func (w *web) whole(at time.Time, dir traffic.Direction, s *webSide) {
	r, body, size := s.req, s.body, s.size
	s.state, s.body, s.size = webHead, nil, 0
	if dir == traffic.ToClient {
		if r.status < 200 {
			return // interim (RFC 9110 15.2)
		}
		id := uint32(0)
		for i := range w.awaited { // answers come in the order of requests
			if !w.awaited[i].done {
				id = w.awaited[i].id
				break
			}
		}
		w.answered(at, strconv.Itoa(r.status), func(a *awaited) bool { return !a.done && a.id == id })
		return
	}
	w.asked++
	c := w.request(at, r, body, size)
	if c != nil {
		w.await(awaited{id: uint32(w.asked), at: at, c: c})
	}
}

func (w *web) request(at time.Time, r request, body []byte, size int) *conversation {
	event := map[string]string{"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "GET": "read", "HEAD": "read"}[r.verb]
	if event == "" {
		event = "other"
	}
	if size == 0 || !r.keep {
		c := w.of(r.sender, r.receiver, at)
		if c != nil {
			c.quirk("ask:" + event)
		}
		return c
	}
	p := piece{in: exchange.Inbound{Format: exchange.FHIR, Body: body, At: at}, at: at, size: size, event: event, version: "4.0"}
	if r.packed || size > mostMessage || len(body) != size || !w.ears.due(at) {
		p.unchecked = true
	} else {
		p.look = w.ears.o.Checker.Look(p.in)
		if p.look.Facts.Type == "Bundle" {
			p.event = bundleKind(body)
		}
		p.control = r.typ + " " + string(w.ears.digests.contentName(body))
	}
	return w.count(&p, r.sender, r.receiver)
}

// bundleKind is the type of a Bundle.
func bundleKind(body []byte) string {
	var b struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(body, &b) == nil {
		switch b.Type {
		case "transaction", "batch", "message", "document", "collection":
			return b.Type
		}
	}
	return "other"
}
