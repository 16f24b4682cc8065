package door

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"bedrail"
	"bedrail/seal"
)

// An Encryption says how a listener is encrypted. The zero value is not at all.
type Encryption struct {
	OwnCA  bool   // certificates of an authority that Bedrail makes at its first start
	Folder string // where the authority lies
	Names  []string
	Cert   string // or given certificates: files in PEM
	Key    string
	Clock  bedrail.Clock
}

// On reports whether e encrypts.
func (e Encryption) On() bool { return e.OwnCA || e.Cert != "" }

// Listen opens address by open; nil is as usual. Beyond loopback it refuses to without encryption:
// passwords and what the hospital runs would cross the network in the clear.
func Listen(address string, e Encryption, open func(address string) (net.Listener, error)) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "server.listen %q is not of the form host:port", address)
	}
	if !e.On() && !loopback(host) {
		return nil, bedrail.Errorf(bedrail.Invalid, "listening on %s, beyond this machine, needs TLS: set server.tls to own-ca, or server.tls.cert and server.tls.key to files", address)
	}
	var config *tls.Config
	if e.On() {
		if config, err = e.config(host); err != nil {
			return nil, err
		}
	}
	if open == nil {
		open = func(address string) (net.Listener, error) { return net.Listen("tcp", address) }
	}
	l, err := open(address)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "listening on %s: %w; if another program has it, end that one or name a free address by server.listen, or serve --listen", address, err)
	}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	return l, nil
}

// loopback reports whether host is this machine alone. A name other than
// localhost may mean anything, and no host is every address.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Config returns how a listener of another door is to be encrypted.
func (e Encryption) Config() (*tls.Config, error) { return e.config("") }

func (e Encryption) config(host string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	var source certificates
	switch {
	case e.OwnCA:
		source = &ownCertificate{Encryption: e, host: host}
	case e.Key == "":
		return nil, bedrail.Errorf(bedrail.Invalid, "server.tls.cert is set and server.tls.key is not")
	default:
		source = &fileCertificate{Encryption: e}
	}
	if _, err := source.certificate(); err != nil {
		return nil, err
	}
	c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return source.certificate() }
	return c, nil
}

// certificates gives the certificate that is good now.
type certificates interface {
	certificate() (*tls.Certificate, error)
}

// A fileCertificate reads given files again when they change, so that whatever
// renews them need not restart Bedrail.
type fileCertificate struct {
	Encryption
	mu       sync.Mutex // guards what follows
	current  *tls.Certificate
	modified time.Time
	looked   time.Time
}

func (f *fileCertificate) certificate() (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.Clock.Now()
	if f.current != nil && now.Sub(f.looked) < time.Minute {
		return f.current, nil
	}
	f.looked = now
	info, err := os.Stat(f.Cert)
	if err == nil && f.current != nil && info.ModTime().Equal(f.modified) {
		return f.current, nil
	}
	fresh, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		if f.current != nil {
			return f.current, nil // half-written files: the old one still serves
		}
		return nil, bedrail.Errorf(bedrail.Invalid, "reading the certificate of server.tls: %w", err)
	}
	f.current = &fresh
	if info != nil {
		f.modified = info.ModTime()
	}
	return f.current, nil
}

// Lifetime of the certificates of the own authority, which are made anew well
// before they end.
const (
	certificateLasts = 90 * 24 * time.Hour
	renewBefore      = 30 * 24 * time.Hour
)

// An ownCertificate is given by the own authority and lives in memory only.
type ownCertificate struct {
	Encryption
	host    string
	mu      sync.Mutex // guards current
	current *tls.Certificate
}

func (o *ownCertificate) certificate() (*tls.Certificate, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.Clock.Now()
	if o.current != nil && now.Before(o.current.Leaf.NotAfter.Add(-renewBefore)) {
		return o.current, nil
	}
	authority, err := seal.OpenAuthority(o.Folder, "ca", "Bedrail authority", now)
	if err != nil {
		return nil, err
	}
	fresh, err := issue(authority, o.host, o.Names, now)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	o.current = fresh
	return fresh, nil
}

// issue gives a certificate for host, names and this machine.
func issue(a *seal.Authority, host string, names []string, now time.Time) (*tls.Certificate, error) {
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "Bedrail"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLasts)}
	machine, _ := os.Hostname()
	for _, name := range append([]string{host, "localhost", "127.0.0.1", "::1", machine}, names...) {
		addName(template, name)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		addAddresses(template)
	}
	return a.Serve(template)
}

func addName(c *x509.Certificate, name string) {
	ip := net.ParseIP(name)
	switch {
	case name == "" || ip != nil && ip.IsUnspecified():
	case ip != nil:
		c.IPAddresses = append(c.IPAddresses, ip)
	default:
		c.DNSNames = append(c.DNSNames, name)
	}
}

// addAddresses names every address of this machine.
func addAddresses(c *x509.Certificate) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return // names still serve
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() {
			c.IPAddresses = append(c.IPAddresses, n.IP)
		}
	}
}
