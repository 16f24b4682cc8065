// Package notify brings notices out of the house: to other systems as signed
// webhooks that carry CloudEvents, to a SIEM as syslog over TLS, to people by
// email, one by one or gathered into a digest.
//
// What it sends is what the bell of the screens shows: a sentence, its kind,
// its place. Nothing about a patient is in it.
package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"bedrail"
	"bedrail/desk"
)

// A Post is what all ways of sending share.
type Post struct {
	Clock   bedrail.Clock
	Version string // of the product, for receivers
	Host    string // name of this machine, for receivers
	// PublicURL is where people open Bedrail, for links; it may be empty.
	PublicURL string
	// Private are networks of the house that webhooks may be posted to. What
	// is not public and not here is refused, or whoever may name an address
	// could have Bedrail ask what it alone can reach.
	Private []netip.Prefix
	// AuditTest is a line that an audit repository can be tried with.
	AuditTest func(at time.Time) (string, error)
}

// Senders returns how each way is sent.
func (p *Post) Senders() map[desk.Way]desk.Sender {
	return map[desk.Way]desk.Sender{desk.Webhook: webhookSender{p}, desk.Syslog: syslogSender{p}, desk.Email: emailSender{p}}
}

const dialWait = 10 * time.Second

// dialer connects to addresses that allowed says yes to. It is asked about the
// address itself, once the name is resolved, so that no name hides one.
func dialer(allowed func(netip.Addr) error) *net.Dialer {
	return &net.Dialer{Timeout: dialWait, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return bedrail.Errorf(bedrail.Invalid, "%s is no address of a network", address)
		}
		return allowed(to.Addr().Unmap().WithZone(""))
	}}
}

// metadata are addresses at which clouds tell a machine its own secrets and
// that are not link-local.
var metadata = []netip.Addr{netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("168.63.129.16")}

// shared is the space of carriers' address translation (RFC 6598): not public.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// neverSent are addresses that nothing is sent to.
func neverSent(a netip.Addr) error {
	if a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a.IsInterfaceLocalMulticast() || slices.Contains(metadata, a) || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return bedrail.Errorf(bedrail.Invalid, "nothing is sent to %s: it is no address of a receiver", a)
	}
	return nil
}

// webhookMay refuses what is not public, unless it is in the networks that
// the configuration names.
func (p *Post) webhookMay(a netip.Addr) error {
	if err := neverSent(a); err != nil {
		return err
	}
	if (a.IsPrivate() || a.IsLoopback() || shared.Contains(a)) && !slices.ContainsFunc(p.Private, func(n netip.Prefix) bool { return n.Contains(a) }) {
		return bedrail.Errorf(bedrail.Invalid, "%s is inside the house, and webhooks go there only when notify.private names its network", a)
	}
	return nil
}

// encryption is how the other side proves who it is, and Bedrail who it is.
func encryption(t desk.Target, s desk.Secrets, host string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if t.CA != "" {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM([]byte(t.CA)) {
			return nil, bedrail.Errorf(bedrail.Invalid, "the certificates of the target %s are not in PEM", t.Name)
		}
	}
	if s.ClientCert != "" {
		pair, err := tls.X509KeyPair([]byte(s.ClientCert), []byte(s.ClientKey))
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "the certificate to show to %s cannot be used: %w", t.Name, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// link is the address of the screen that says more, or empty.
func (p *Post) link(n desk.Notice) string {
	if p.PublicURL == "" || !strings.HasPrefix(n.Href, "/") {
		return ""
	}
	return strings.TrimSuffix(p.PublicURL, "/") + n.Href
}

// place is where n happened, in words.
func place(n desk.Notice) string {
	if n.Site != "" && n.Unit != "" {
		return n.Site + ", " + n.Unit
	}
	return n.Site + n.Unit
}

// mayResolve refuses a name that stands for an address that nothing is sent
// to. The library that sends mail tells a connection with TLS of its own from
// one of ours, so its dialer stays.
func mayResolve(ctx context.Context, hostPort string) error {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return err
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return unanswered(hostPort, err)
	}
	for _, a := range found {
		if err := neverSent(a.Unmap().WithZone("")); err != nil {
			return err
		}
	}
	return nil
}
