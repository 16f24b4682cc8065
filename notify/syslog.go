package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"bedrail/desk"
)

type syslogSender struct{ *Post }

// facility is local0 (RFC 5424, table 1).
const facility = 16

// severities of syslog (RFC 5424, table 2).
var severities = map[desk.Level]int{desk.Info: 6, desk.Warning: 4, desk.Urgent: 2}

// Send implements desk.Sender. Syslog has no acknowledgment: what was written
// and not answered by an error before the end of TLS counts as taken.
func (p syslogSender) Send(ctx context.Context, t desk.Target, s desk.Secrets, letters []desk.Letter) error {
	lines := make([]string, len(letters))
	for i, l := range letters {
		var err error
		if lines[i], err = p.Line(t.Format, l.Notice); err != nil {
			return err
		}
	}
	return p.SendLines(ctx, t, s, lines)
}

// SendLines brings lines of syslog to a target, over one connection.
func (p *Post) SendLines(ctx context.Context, t desk.Target, s desk.Secrets, lines []string) error {
	host, _, err := net.SplitHostPort(t.Address)
	if err != nil {
		return err
	}
	secure, err := encryption(t, s, host)
	if err != nil {
		return err
	}
	var frames bytes.Buffer
	for _, line := range lines {
		frame(&frames, line)
	}
	conn, err := (&tls.Dialer{NetDialer: dialer(neverSent), Config: secure}).DialContext(ctx, "tcp", t.Address)
	if err != nil {
		return unanswered(t.Address, err)
	}
	defer conn.Close()
	return unansweredUnless(t.Address, write(ctx, conn.(*tls.Conn), frames.Bytes()))
}

func unansweredUnless(host string, err error) error {
	if err == nil {
		return nil
	}
	return unanswered(host, err)
}

// lastWord is how long the other side may take to object.
const lastWord = 2 * time.Second

// write sends and says goodbye (RFC 5425, 4.4). A receiver that has refused,
// such as for a certificate of TLS 1.3, says so only now.
func write(ctx context.Context, c *tls.Conn, text []byte) error {
	if at, ok := ctx.Deadline(); ok {
		c.SetDeadline(at)
	}
	if _, err := c.Write(text); err != nil {
		return err
	}
	if err := c.CloseWrite(); err != nil {
		return err
	}
	c.SetReadDeadline(time.Now().Add(lastWord)) // of the network: no clock of ours
	_, err := c.Read(make([]byte, 1))
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	var reset *net.OpError
	if errors.As(err, &reset) && !strings.Contains(err.Error(), "tls:") {
		return nil // closed without a goodbye, as many receivers do
	}
	return err
}

// frame counts octets: MSG-LEN SP SYSLOG-MSG (RFC 5425, 4.3.1).
func frame(w *bytes.Buffer, message string) {
	fmt.Fprintf(w, "%d %s", len(message), message)
}

// message is a line of RFC 5424, 6: no structured data, the kind as MSGID.
func (p *Post) message(n desk.Notice, text string) string {
	return fmt.Sprintf("<%d>1 %s %s bedrail - %s - %s", facility*8+severities[n.Level],
		n.At.UTC().Format("2006-01-02T15:04:05.000000Z07:00"), word(p.Host, 255), word(n.Kind, 32), text)
}

// word keeps what a field of the header may hold (RFC 5424, 6): printable
// ASCII without spaces.
func word(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), most)]
}

// Line is the line of n in format, cef or ocsf.
func (p *Post) Line(format string, n desk.Notice) (string, error) {
	if format == "atna" && p.AuditTest != nil {
		return p.AuditTest(n.At) // an audit repository takes nothing else
	}
	text, err := p.body(format, n)
	return p.message(n, text), err
}

func (p *Post) body(format string, n desk.Notice) (string, error) {
	if format == "ocsf" {
		return p.ocsf(n)
	}
	return p.cef(n), nil
}

// cefSeverity is 0 to 10 (CEF, Header).
var cefSeverity = map[desk.Level]int{desk.Info: 2, desk.Warning: 6, desk.Urgent: 9}

// cef is a line of the Common Event Format, version 0.
func (p *Post) cef(n desk.Notice) string {
	header := strings.NewReplacer(`\`, `\\`, `|`, `\|`, "\n", " ", "\r", " ")
	value := strings.NewReplacer(`\`, `\\`, `=`, `\=`, "\n", `\n`, "\r", `\r`)
	var b strings.Builder
	fmt.Fprintf(&b, "CEF:0|Bedrail|Bedrail|%s|%s|%s|%d|rt=%d externalId=%s", header.Replace(p.Version), header.Replace(n.Kind), header.Replace(n.Title),
		cefSeverity[n.Level], n.At.UnixMilli(), value.Replace(n.ID))
	for _, f := range []struct{ name, text string }{{"msg", n.Title}, {"dvchost", p.Host}, {"request", p.link(n)}} {
		if f.text != "" {
			fmt.Fprintf(&b, " %s=%s", f.name, value.Replace(f.text))
		}
	}
	for i, f := range []struct{ label, text string }{{"site", n.Site}, {"unit", n.Unit}} {
		if f.text != "" {
			fmt.Fprintf(&b, " cs%d=%s cs%dLabel=%s", i+1, value.Replace(f.text), i+1, f.label)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(n.Facts)) {
		text := value.Replace(n.Facts[name])
		if key := cefKeys[name]; key != "" && text != "" {
			fmt.Fprintf(&b, " %s=%s %sLabel=%s", key, text, key, name)
		} else if text != "" && ownKey.MatchString(name) {
			fmt.Fprintf(&b, " bedrail%s%s=%s", strings.ToUpper(name[:1]), name[1:], text)
		}
	}
	return b.String()
}

// cefKeys are the facts that go under keys of the CEF dictionary, which every
// receiver knows; the others go under keys of our own.
var cefKeys = map[string]string{"vulnerability": "cs3", "model": "cs4", "urgency": "cs5", "state": "cs6", "devices": "cn1", "beds": "cn2", "units": "cn3"}

// ownKey is what a key of CEF may be made of.
var ownKey = regexp.MustCompile(`^[A-Za-z0-9]+$`)
