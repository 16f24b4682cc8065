package door

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"bedrail"
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
		return nil, bedrail.Errorf(bedrail.Unavailable, "listening on %s: %w", address, err)
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

// Lifetimes of the own authority and of the certificates that it gives, which
// are made anew well before they end.
const (
	authorityLasts   = 10 * 365 * 24 * time.Hour
	certificateLasts = 90 * 24 * time.Hour
	renewBefore      = 30 * 24 * time.Hour
)

// Files of the own authority.
const (
	authorityCert = "ca.pem"
	authorityKey  = "ca-key.pem"
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
	authority, err := o.authority(now)
	if err != nil {
		return nil, err
	}
	fresh, err := authority.issue(o.host, o.Names, now)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	o.current = fresh
	return fresh, nil
}

// An authority gives certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// authority reads the own authority from its folder, and makes it at the first
// start.
func (e Encryption) authority(now time.Time) (*authority, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(e.Folder, authorityCert), filepath.Join(e.Folder, authorityKey))
	if errors.Is(err, fs.ErrNotExist) {
		return makeAuthority(e.Folder, now)
	}
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "reading the own certificate authority in %s: %w", e.Folder, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, bedrail.Errorf(bedrail.Invalid, "the key of the own certificate authority in %s is of another kind than ours", e.Folder)
	}
	if now.After(pair.Leaf.NotAfter) {
		return nil, bedrail.Errorf(bedrail.Invalid, "the own certificate authority in %s has ended; remove %s and %s there and give browsers the new one", e.Folder, authorityCert, authorityKey)
	}
	return &authority{pair.Leaf, key}, nil
}

func makeAuthority(folder string, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Bedrail authority of " + host}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(authorityLasts),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "making the folder of the certificate authority: %w", err)
	}
	// The key first: a certificate without its key would be of no use.
	if err := writePEM(filepath.Join(folder, authorityKey), "PRIVATE KEY", secret, 0o600); err != nil {
		return nil, err
	}
	return &authority{cert, key}, writePEM(filepath.Join(folder, authorityCert), "CERTIFICATE", der, 0o644)
}

func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	block := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(path, block, mode); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "keeping the certificate authority: %w", err)
	}
	return nil
}

// issue gives a certificate for host, names and this machine.
func (a *authority) issue(host string, names []string, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Bedrail"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLasts),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	machine, _ := os.Hostname()
	for _, name := range append([]string{host, "localhost", "127.0.0.1", "::1", machine}, names...) {
		addName(template, name)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		addAddresses(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, err
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

func serial() *big.Int {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}
