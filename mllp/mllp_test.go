package mllp_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/hl7"
	"bedrail/mllp"
)

// A shelf is an intake that keeps in memory.
type shelf struct {
	mu      sync.Mutex
	got     []exchange.Inbound
	refuse  error
	outcome exchange.Outcome
}

func (s *shelf) Receive(_ context.Context, in exchange.Inbound) (exchange.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return exchange.Receipt{}, s.refuse
	}
	s.got = append(s.got, in)
	r := exchange.Receipt{ID: "msg_0123456789ABCDEFGHJKMNPQRS", Outcome: s.outcome}
	if r.Outcome == "" {
		r.Outcome = exchange.Accepted
	}
	if in.Unreadable != "" || bytes.HasPrefix(in.Body, []byte("not")) {
		r.Outcome = exchange.Refused
	}
	r.Answer = in.Answer(r)
	return r, nil
}

func (s *shelf) taken() []exchange.Inbound {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

func (s *shelf) bodies() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range s.got {
		all = append(all, string(in.Body))
	}
	return all
}

// opened is a listener on a free port.
type opened struct {
	exchange.Source
	shelf   *shelf
	address string
}

func open(t *testing.T, settings string) *opened {
	t.Helper()
	o := &opened{shelf: &shelf{}}
	kind := mllp.SourceKind()
	if err := kind.Check(json.RawMessage(settings)); err != nil {
		t.Fatal(err)
	}
	var err error
	if o.Source, err = kind.Open(exchange.SourceConfig{Channel: "test", Settings: json.RawMessage(settings), Intake: o.shelf}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Error("the listener does not stop")
		}
	})
	until(t, "it listens", func() bool { o.address = o.Status().Listening; return o.address != "" })
	return o
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("it never came to this: %s", what)
}

func dial(t *testing.T, address string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c, bufio.NewReader(c)
}

// say writes bytes and reads one answer.
func say(t *testing.T, c net.Conn, in *bufio.Reader, raw []byte) string {
	t.Helper()
	if _, err := c.Write(raw); err != nil {
		t.Fatal(err)
	}
	return hear(t, in)
}

func hear(t *testing.T, in *bufio.Reader) string {
	t.Helper()
	frame, err := in.ReadString(0x1c)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	in.ReadByte()
	return strings.Trim(frame, "\x0b\x1c")
}

func message(id, commit, application string) string {
	return "MSH|^~\\&|A|B|C|D|20260301101500+0000||ADT^A01|" + id + "|P|2.5|||" + commit + "|" + application + "\rPID|1||M\r"
}

func TestFramesAreReadAsTheyAreMetInTheWild(t *testing.T) {
	m := message("1", "", "")
	for name, raw := range map[string]string{
		"as the standard has it":          "\x0b" + m + "\x1c\r",
		"without the last byte":           "\x0b" + m + "\x1c",
		"with stray bytes before":         "\r\n--\x0b" + m + "\x1c\r",
		"with line feeds around":          "\n\n\x0b" + m + "\x1c\r\n",
		"two messages in one packet":      "\x0b" + m + "\x1c\r\x0b" + m + "\x1c\r",
		"two messages, no byte between":   "\x0b" + m + "\x1c\x0b" + m + "\x1c\r",
		"segments that end in line feeds": "\x0b" + strings.ReplaceAll(m, "\r", "\n") + "\x1c\r",
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, `{"listen": "127.0.0.1:0"}`)
			c, in := dial(t, o.address)
			n := strings.Count(raw, "MSH")
			first := say(t, c, in, []byte(raw))
			if !strings.Contains(first, "MSA|AA|1") {
				t.Errorf("answered %q", first)
			}
			for range n - 1 {
				hear(t, in)
			}
			if got := o.shelf.bodies(); len(got) != n || strings.ReplaceAll(got[0], "\n", "\r") != m {
				t.Errorf("kept %q", got)
			}
		})
	}
}

func TestAFrameMayComeByteByByte(t *testing.T) {
	o := open(t, `{"listen": "127.0.0.1:0"}`)
	c, in := dial(t, o.address)
	raw := mllp.Frame([]byte(message("1", "", "")))
	for i := range raw {
		if _, err := c.Write(raw[i : i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if a := hear(t, in); !strings.Contains(a, "MSA|AA|1") {
		t.Errorf("answered %q", a)
	}
}

// HL7 v2.6 chapter 2.9: what is answered follows MSH-15 and MSH-16.
func TestAnswersFollowWhatTheMessageAsks(t *testing.T) {
	for name, c := range map[string]struct {
		commit, application, settings string
		outcome                       exchange.Outcome
		want                          []string
	}{
		"original mode":                       {"", "", `{}`, exchange.Accepted, []string{"AA"}},
		"original mode, an error":             {"", "", `{}`, exchange.Failed, []string{"AE"}},
		"original mode, refused":              {"", "", `{}`, exchange.Refused, []string{"AR"}},
		"enhanced mode, commit only":          {"AL", "NE", `{}`, exchange.Accepted, []string{"CA"}},
		"enhanced mode, an error":             {"AL", "NE", `{}`, exchange.Failed, []string{"CE"}},
		"enhanced mode, both":                 {"AL", "AL", `{}`, exchange.Accepted, []string{"CA", "AA"}},
		"enhanced mode, on error, accepted":   {"ER", "NE", `{}`, exchange.Accepted, nil},
		"enhanced mode, on error, refused":    {"ER", "NE", `{}`, exchange.Refused, []string{"CR"}},
		"enhanced mode, on success":           {"SU", "NE", `{}`, exchange.Accepted, []string{"CA"}},
		"enhanced mode, never":                {"NE", "NE", `{}`, exchange.Accepted, nil},
		"a peer that knows the original only": {"AL", "AL", `{"ack": {"mode": "original"}}`, exchange.Accepted, []string{"AA"}},
		"a peer that wants no answer":         {"", "", `{"ack": {"mode": "none"}}`, exchange.Accepted, nil},
		"a peer that knows no AR":             {"", "", `{"ack": {"codes": {"AR": "AE"}}}`, exchange.Refused, []string{"AE"}},
		"a quirk of one address":              {"AL", "NE", `{"peers": [{"address": "127.0.0.0/8", "ack": {"mode": "original"}}]}`, exchange.Accepted, []string{"AA"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, strings.Replace(strings.Replace(c.settings, "{", `{"listen": "127.0.0.1:0", `, 1), ", }", "}", 1))
			o.shelf.outcome = c.outcome
			conn, in := dial(t, o.address)
			if _, err := conn.Write(append(mllp.Frame([]byte(message("7", c.commit, c.application))), mllp.Frame([]byte(message("last", "", "")))...)); err != nil {
				t.Fatal(err)
			}
			for _, code := range c.want {
				if a := hear(t, in); !strings.Contains(a, "MSA|"+code+"|7") {
					t.Errorf("answered %q, want %s", a, code)
				}
			}
			if strings.Contains(c.settings, "none") {
				until(t, "both are kept", func() bool { return len(o.shelf.bodies()) == 2 })
				return
			}
			if a := hear(t, in); !strings.Contains(a, "|last") { // and nothing else before it
				t.Errorf("then came %q", a)
			}
		})
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	for settings, word := range map[string]string{
		`{}`: "listen", `{"listen": "here"}`: "listen", `{"listen": "0.0.0.0:2575"}`: "tls", `{"listen": "127.0.0.1:1", "ack": {"mode": "loud"}}`: "ack.mode",
		`{"listen": "127.0.0.1:1", "allow": ["ward"]}`: "allow", `{"listen": "127.0.0.1:1", "ack": {"codes": {"AR": "NO"}}}`: "codes", `{"listen": "127.0.0.1:1", "lissten": 1}`: "lissten",
	} {
		if err := mllp.SourceKind().Check(json.RawMessage(settings)); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: got %v", settings, err)
		}
	}
}

func TestPeersThatDoNotSpeakMLLPAreNamed(t *testing.T) {
	for raw, word := range map[string]string{"\x16\x03\x01\x02\x00": "TLS", "GET / HTTP/1.1\r\n\r\n": "HTTP", strings.Repeat("x", 70_000): "start of a message"} {
		o := open(t, `{"listen": "127.0.0.1:0"}`)
		c, _ := dial(t, o.address)
		c.Write([]byte(raw))
		until(t, "it is refused: "+word, func() bool { r := o.Status().Refused; return len(r) == 1 && strings.Contains(r[0].Reason, word) })
		if n := len(o.shelf.bodies()); n != 0 {
			t.Errorf("%s: %d messages were kept", word, n)
		}
	}
}

func TestSlowEndlessAndFloodingPeersAreBounded(t *testing.T) {
	t.Run("a message that never ends", func(t *testing.T) {
		o := open(t, `{"listen": "127.0.0.1:0", "frameTimeout": "100ms"}`)
		c, in := dial(t, o.address)
		c.Write([]byte("\x0bMSH|^~\\&|"))
		if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("the connection goes on: %v", err)
		}
		if got := o.shelf.taken(); len(got) != 1 || got[0].Unreadable == "" {
			t.Errorf("what came was not kept as it was: %+v", got)
		}
	})
	t.Run("a message that is too long", func(t *testing.T) {
		o := open(t, `{"listen": "127.0.0.1:0", "maxFrame": 2000}`)
		c, in := dial(t, o.address)
		go c.Write(mllp.Frame([]byte(message("1", "", "") + strings.Repeat("NTE|", 10_000))))
		if a := hear(t, in); !strings.Contains(a, "MSA|AR|1") {
			t.Errorf("answered %q", a)
		}
		if got := o.shelf.bodies(); len(got) != 1 || len(got[0]) > 2000 {
			t.Errorf("kept %d bytes", len(got[0]))
		}
	})
	t.Run("too many connections", func(t *testing.T) {
		o := open(t, `{"listen": "127.0.0.1:0", "maxPerAddress": 2}`)
		for range 2 {
			c, in := dial(t, o.address)
			say(t, c, in, mllp.Frame([]byte(message("1", "", ""))))
		}
		_, in := dial(t, o.address)
		if _, err := in.ReadByte(); err == nil {
			t.Error("a third connection was let in")
		}
		until(t, "it is named", func() bool {
			r := o.Status().Refused
			return len(r) > 0 && strings.Contains(r[0].Reason, "2 connections")
		})
	})
	t.Run("a peer that is not allowed", func(t *testing.T) {
		o := open(t, `{"listen": "127.0.0.1:0", "allow": ["10.9.0.0/16"]}`)
		_, in := dial(t, o.address)
		if _, err := in.ReadByte(); err == nil {
			t.Error("it was let in")
		}
	})
}

func TestWhatIsNotKeptIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	o := open(t, `{"listen": "127.0.0.1:0"}`)
	o.shelf.refuse = bedrail.Errorf(bedrail.Unavailable, "the disk is full")
	c, in := dial(t, o.address)
	if a := say(t, c, in, mllp.Frame([]byte(message("1", "", "")))); !strings.Contains(a, "MSA|AE|1") || !strings.Contains(a, "207") {
		t.Errorf("answered %q", a)
	}
	if s := o.Status(); !strings.Contains(s.LastError, "disk") {
		t.Errorf("it is not shown: %+v", s)
	}
	began := time.Now()
	c.Write(mllp.Frame([]byte(message("2", "AL", "NE"))))
	if a := hear(t, in); !strings.Contains(a, "MSA|CE|2") {
		t.Errorf("answered %q", a)
	}
	if took := time.Since(began); took < 500*time.Millisecond {
		t.Errorf("the sender was not made to wait: %v", took)
	}
}

// A sink is a receiver that answers as a test says.
func sink(t *testing.T, answer func(m *hl7.Message) []string) string {
	t.Helper()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { door.Close() })
	go func() {
		for {
			c, err := door.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				for {
					raw, err := in.ReadBytes(0x1c)
					if err != nil {
						return
					}
					m, err := hl7.Parse(raw[bytes.IndexByte(raw, 0x0b)+1 : len(raw)-1])
					if err != nil {
						return
					}
					answers := answer(m)
					if answers == nil {
						return
					}
					for _, a := range answers {
						c.Write(mllp.Frame([]byte(a)))
					}
				}
			}()
		}
	}()
	return door.Addr().String()
}

func ack(code, id string) string {
	return "MSH|^~\\&|C|D|A|B|20260301101500||ACK|9|P|2.5\rMSA|" + code + "|" + id + "\r"
}

func sender(t *testing.T, settings string) exchange.Sender {
	t.Helper()
	s, err := mllp.DestinationKind().Open(exchange.DestinationConfig{Channel: "test", Name: "ehr", Settings: json.RawMessage(settings)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func send(t *testing.T, s exchange.Sender, m string, wait time.Duration) (exchange.Acknowledgment, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	return s.Send(ctx, exchange.Outgoing{Body: []byte(m)})
}

func TestOnlyItsOwnAnswerEndsADelivery(t *testing.T) {
	address := sink(t, func(m *hl7.Message) []string {
		id, _ := m.Get("MSH-10")
		return []string{ack("AE", "another"), "rubbish", ack("AA", id)}
	})
	s := sender(t, `{"address": "`+address+`"}`)
	for range 3 {
		if a, err := send(t, s, message("7", "", ""), 10*time.Second); err != nil || a.Outcome != exchange.Accepted || a.Code != "AA" {
			t.Errorf("got %+v, %v", a, err)
		}
	}
	if n := s.(exchange.Visible).Status().Unmatched; n != 6 {
		t.Errorf("%d answers belonged to nothing, want 6", n)
	}
}

func TestAnswersOfReceiversAreUnderstood(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		commit, application, settings string
		answers                       []string
		want                          exchange.Outcome
		fails                         bool
	}{
		"accepted":                             {"", "", "", []string{ack("AA", "7")}, exchange.Accepted, false},
		"committed":                            {"AL", "NE", "", []string{ack("CA", "7")}, exchange.Accepted, false},
		"an error may pass":                    {"", "", "", []string{ack("AE", "7")}, exchange.Failed, false},
		"a refusal does not":                   {"", "", "", []string{ack("AR", "7")}, exchange.Refused, false},
		"a refusal for our trouble does":       {"", "", "", []string{ack("AR", "7") + "ERR|||207|E\r"}, exchange.Failed, false},
		"committed, the application waited on": {"AL", "AL", `, "await": "application"`, []string{ack("CA", "7"), ack("AE", "7")}, exchange.Failed, false},
		"no answer was asked for":              {"NE", "NE", "", []string{}, exchange.Accepted, false},
		"silence":                              {"", "", "", []string{}, "", true},
		"the connection is closed":             {"", "", "", nil, "", true},
		"only errors are answered":             {"ER", "NE", "", []string{}, exchange.Accepted, false},
	} {
		t.Run(name, func(t *testing.T) {
			address := sink(t, func(*hl7.Message) []string { return slices.Clone(c.answers) })
			if c.answers == nil {
				address = sink(t, func(*hl7.Message) []string { return nil })
			} else if len(c.answers) == 0 {
				address = sink(t, func(*hl7.Message) []string { return []string{} })
			}
			s := sender(t, `{"address": "`+address+`"`+c.settings+`}`)
			a, err := send(t, s, message("7", c.commit, c.application), 2*time.Second)
			if (err != nil) != c.fails || a.Outcome != c.want {
				t.Errorf("got %+v, %v", a, err)
			}
		})
	}
}

func TestAReceiverThatWentAwayIsDialledAgain(t *testing.T) {
	var n atomic.Int32 // each connection answers by itself
	address := sink(t, func(m *hl7.Message) []string {
		if n.Add(1) == 2 {
			return nil // closes
		}
		id, _ := m.Get("MSH-10")
		return []string{ack("AA", id)}
	})
	s := sender(t, `{"address": "`+address+`"}`)
	var failed int
	for i := range 4 {
		if _, err := send(t, s, message(string(rune('a'+i)), "", ""), 5*time.Second); err != nil {
			failed++
		}
	}
	if failed != 1 {
		t.Errorf("%d deliveries failed, want the one whose connection was closed", failed)
	}
	gone := sender(t, `{"address": "127.0.0.1:1"}`)
	if _, err := send(t, gone, message("1", "", ""), 5*time.Second); bedrail.KindOf(err) != bedrail.Unavailable || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("nobody there: %v", err)
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x0bMSH|^~\\&|A|B\r\x1c\r"))
	f.Add([]byte("xx\x0b\x0b\x1c\x1c\r\x0b\x1c"))
	f.Add([]byte("\x16\x03\x01"))
	kind := mllp.SourceKind()
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := &shelf{}
		source, err := kind.Open(exchange.SourceConfig{Channel: "fuzz", Settings: json.RawMessage(`{"listen": "127.0.0.1:0", "maxFrame": 4096, "frameTimeout": "200ms"}`), Intake: s})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- source.Run(ctx) }()
		for source.Status().Listening == "" {
			time.Sleep(time.Millisecond)
		}
		c, err := net.Dial("tcp", source.Status().Listening)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(5 * time.Second))
		c.Write(raw)
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, c)
		c.Close()
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		for _, in := range s.got {
			if len(in.Body) > 4096 {
				t.Errorf("a frame of %d bytes", len(in.Body))
			}
		}
	})
}
