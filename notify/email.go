package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"bedrail"
	"bedrail/desk"
)

type emailSender struct{ *Post }

// Send implements desk.Sender. The id of a mail is that of its first letter,
// so that one that comes twice can be told.
func (p emailSender) Send(ctx context.Context, t desk.Target, s desk.Secrets, letters []desk.Letter) error {
	m, err := p.compose(t, letters)
	if err != nil {
		return err
	}
	c, err := p.client(t, s)
	if err != nil {
		return err
	}
	if err := mayResolve(ctx, t.Address); err != nil {
		return err
	}
	return p.outcome(t, c.DialAndSendWithContext(ctx, m))
}

func (p emailSender) client(t desk.Target, s desk.Secrets) (*mail.Client, error) {
	host, port, err := net.SplitHostPort(t.Address)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "%s is no port of a mail server", port)
	}
	secure, err := encryption(t, s, host)
	if err != nil {
		return nil, err
	}
	options := []mail.Option{mail.WithTimeout(dialWait), mail.WithTLSConfig(secure)}
	switch t.Security {
	case "tls": // RFC 8314: TLS from the first byte
		options = append(options, mail.WithSSL())
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default: // RFC 3207: refused by us when the server does not offer it
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	options = append(options, mail.WithPort(number))
	if t.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(t.User), mail.WithPassword(s.Password))
	}
	c, err := mail.NewClient(host, options...)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "the mail server of %s cannot be used: %w", t.Name, err)
	}
	return c, nil
}

func (p emailSender) compose(t desk.Target, letters []desk.Letter) (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(m.From(t.From), m.To(t.To...)); err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "an address of %s cannot be used: %w", t.Name, err)
	}
	m.Subject(subject(t, letters))
	m.SetDateWithValue(p.Clock.Now())
	m.SetMessageIDWithValue(letters[0].ID + "@bedrail")
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answers of absence
	m.SetBodyString(mail.TypeTextPlain, p.text(t, letters))
	return m, nil
}

func subject(t desk.Target, letters []desk.Letter) string {
	if len(letters) == 1 {
		return "[Bedrail] " + letters[0].Notice.Title
	}
	return fmt.Sprintf("[Bedrail] %s digest: %d notices", t.Digest, len(letters))
}

// levelOrder puts what is urgent first in a digest.
var levelOrder = []struct {
	level desk.Level
	word  string
}{{desk.Urgent, "Urgent"}, {desk.Warning, "Warnings"}, {desk.Info, "For information"}}

func (p *Post) text(t desk.Target, letters []desk.Letter) string {
	var b strings.Builder
	if len(letters) == 1 {
		p.paragraph(&b, letters[0].Notice)
	} else {
		for _, o := range levelOrder {
			p.chapter(&b, o.word, o.level, letters)
		}
	}
	fmt.Fprintf(&b, "-- \nSent by Bedrail on %s to the target %q. Who runs Bedrail changes it under Administration, Notifications.\n", p.Host, t.Name)
	return b.String()
}

func (p *Post) chapter(b *strings.Builder, title string, level desk.Level, letters []desk.Letter) {
	first := true
	for _, l := range letters {
		if l.Notice.Level != level {
			continue
		}
		if first {
			fmt.Fprintf(b, "%s\n%s\n\n", title, strings.Repeat("=", len(title)))
			first = false
		}
		p.paragraph(b, l.Notice)
	}
}

func (p *Post) paragraph(b *strings.Builder, n desk.Notice) {
	fmt.Fprintf(b, "%s\n%s", n.Title, n.At.UTC().Format("2006-01-02 15:04 UTC"))
	if where := place(n); where != "" {
		b.WriteString(" · " + where)
	}
	b.WriteString(" · " + n.Kind + "\n")
	if l := p.link(n); l != "" {
		b.WriteString(l + "\n")
	}
	b.WriteString("\n")
}

// outcome says whether a mail may be tried again: 4xx and a server that does
// not answer yes, 5xx no (RFC 5321, 4.2.1).
func (p emailSender) outcome(t desk.Target, err error) error {
	if err == nil {
		return nil
	}
	var refused *mail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return bedrail.Errorf(bedrail.Invalid, "the mail server of %s refused: %w", t.Name, err)
	}
	return unanswered(t.Address, err)
}
