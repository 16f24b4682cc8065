package seal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"bedrail"
)

// authorityLasts is how long an authority is good for.
const authorityLasts = 10 * 365 * 24 * time.Hour

// An Authority gives certificates to those who know it already. Its key lies
// beside the other keys: whoever has it is believed by all who trust the
// authority.
type Authority struct {
	Cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// OpenAuthority reads the authority called name from folder, where its files
// are name.pem and name-key.pem, and makes it at the first start. title is
// what people see of it.
func OpenAuthority(folder, name, title string, now time.Time) (*Authority, error) {
	certFile, keyFile := filepath.Join(folder, name+".pem"), filepath.Join(folder, name+"-key.pem")
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return makeAuthority(folder, certFile, keyFile, title, now)
	}
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "reading the certificate authority %s: %w", certFile, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, bedrail.Errorf(bedrail.Invalid, "the key of the certificate authority in %s is of another kind than ours", keyFile)
	}
	if now.After(pair.Leaf.NotAfter) {
		return nil, bedrail.Errorf(bedrail.Invalid, "the certificate authority %s has ended; remove it and its key and give the new one to those who trust it", certFile)
	}
	return &Authority{pair.Leaf, key}, nil
}

func makeAuthority(folder, certFile, keyFile, title string, now time.Time) (*Authority, error) {
	key, err := NewSigningKey()
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: title + " of " + host}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(authorityLasts),
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
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "making the folder of the certificate authority: %w", err)
	}
	// The key first: a certificate without its key would be of no use.
	if err := WriteKey(keyFile, key); err != nil {
		return nil, err
	}
	return &Authority{cert, key}, WriteCertificate(certFile, der)
}

// NewSigningKey makes a key for a certificate.
func NewSigningKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// WriteKey keeps a key in a file that only its owner may read.
func WriteKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "PRIVATE KEY", der, 0o600)
}

// WriteCertificate keeps a certificate in a file.
func WriteCertificate(path string, der []byte) error {
	return writePEM(path, "CERTIFICATE", der, 0o644)
}

// WritePair keeps a certificate and its key in one file, so that no crash
// leaves one of them behind.
func WritePair(path string, pair *tls.Certificate) error {
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return err
	}
	var text []byte
	for _, der := range pair.Certificate {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return WriteWhole(path, append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...), 0o600)
}

func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	return WriteWhole(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

// WriteWhole writes a file whole or not at all, flushed: a half-written key is
// no key.
func WriteWhole(path string, text []byte, mode os.FileMode) error {
	if err := replaceFile(path, text, mode); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "keeping %s: %w", path, err)
	}
	return nil
}

// Issue gives a certificate like template, whose serial number and usage of
// the key it fills in, for a public key.
func (a *Authority) Issue(template *x509.Certificate, public crypto.PublicKey) (*x509.Certificate, error) {
	template.SerialNumber, template.KeyUsage = serial(), x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, a.Cert, public, a.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Serve gives a certificate with a key of its own, as a listener shows it,
// followed by the authority.
func (a *Authority) Serve(template *x509.Certificate) (*tls.Certificate, error) {
	key, err := NewSigningKey()
	if err != nil {
		return nil, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf, err := a.Issue(template, key.Public())
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw, a.Cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// Pool is the authority as those hold it who trust it alone.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.Cert)
	return p
}

func serial() *big.Int {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}
