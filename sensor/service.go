package sensor

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/url"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/seal"
)

// Lifetimes.
const (
	invitationLasts  = time.Hour
	invitationMost   = 7 * 24 * time.Hour
	certificateLasts = 30 * 24 * time.Hour
	// RenewBefore is how long before its end a sensor has its certificate
	// renewed: ten days of an absent hub do no harm.
	RenewBefore = 10 * 24 * time.Hour
)

// A Service is the hub's side of sensors.
type Service struct {
	Store  Store
	Auth   bedrail.Authorizer
	Clock  bedrail.Clock
	Tenant string

	Authority *seal.Authority // nil where no sensors are taken
	Enrol     string          // host:port that sensors are told to come to; empty while it is not known
	Hub       string          // and to hand over to

	// Links says how sensors are linked now; nil knows of none.
	Links func(ctx context.Context) (map[string]Link, error)
	// Changed is called when a sensor came, came anew or was revoked. It cuts
	// what must not be linked any more. May be nil.
	Changed func(ctx context.Context, name string)
}

// A Link is how a sensor hands over now.
type Link struct {
	Connected bool
	Lag       uint64 // batches that wait in its outbox, as last heard
}

func (s *Service) scope() bedrail.Scope { return bedrail.Scope{Tenant: s.Tenant} }

func (s *Service) ready() error {
	switch {
	case s.Authority == nil:
		return bedrail.Errorf(bedrail.Unavailable, "this Bedrail takes no sensors: set sensors.listen and sensors.enrol, and sensors.address to the name that sensors reach it by")
	case s.Enrol == "":
		return bedrail.Errorf(bedrail.Unavailable, "this Bedrail does not run, and takes any ports that are free for its sensors, so no token can name them: start it and ask it by --server, or give sensors.listen and sensors.enrol fixed ports")
	}
	return nil
}

// An Ask describes the sensor that is to come.
type Ask struct {
	Name  string
	Site  string
	Note  string
	Lasts time.Duration // of the token; 0 is an hour
}

// Invite makes a token that lets one sensor in once, and returns it. It is
// kept nowhere. A name that exists is enrolled anew: the machine before it is
// cut off once the new one comes.
func (s *Service) Invite(ctx context.Context, by bedrail.Actor, ask Ask) (Token, Invitation, error) {
	if err := s.Auth.Authorize(ctx, by, Enrol, bedrail.Resource{Type: "sensor", ID: ask.Name, Site: ask.Site}); err != nil {
		return Token{}, Invitation{}, err
	}
	if ask.Lasts == 0 {
		ask.Lasts = invitationLasts
	}
	switch {
	case s.ready() != nil:
		return Token{}, Invitation{}, s.ready()
	case CheckName(ask.Name) != nil:
		return Token{}, Invitation{}, CheckName(ask.Name)
	case ask.Lasts < time.Minute || ask.Lasts > invitationMost:
		return Token{}, Invitation{}, bedrail.Errorf(bedrail.Invalid, "a token of enrolment lasts between a minute and seven days").At("/minutes")
	case len(ask.Site) > 200 || len(ask.Note) > 2000:
		return Token{}, Invitation{}, bedrail.Errorf(bedrail.Invalid, "a site has at most 200 bytes and a note at most 2000").At("/site")
	}
	now := s.Clock.Now()
	known, err := s.Store.Sensor(ctx, s.scope(), ask.Name)
	if bedrail.KindOf(err) == bedrail.NotFound {
		known, err = Sensor{Name: ask.Name, CreatedAt: now}, nil
	}
	if err != nil {
		return Token{}, Invitation{}, fmt.Errorf("looking for sensor %s: %w", ask.Name, err)
	}
	known.Site, known.Note = ask.Site, ask.Note
	t := Token{Name: ask.Name, Enrol: s.Enrol, Hub: s.Hub, Pin: Pin(s.Authority.Cert), Secret: rand.Text()}
	i := Invitation{Hash: hashOf(t.Secret), Name: ask.Name, By: by.Name, CreatedAt: now, ExpiresAt: now.Add(ask.Lasts)}
	entry := audit.Entry{By: by, Did: Enrol, To: ask.Name, Note: "token made, good until " + i.ExpiresAt.Format(time.RFC3339) + ", site " + ask.Site}
	return t, i, s.Store.Invite(ctx, s.scope(), known, i, entry)
}

// A Request is what a sensor sends to come in.
type Request struct {
	Secret string
	CSR    []byte // PKCS#10 in DER
	From   string // address, as the door saw it
}

// An Admission is what a sensor gets.
type Admission struct {
	Name        string
	Site        string
	Certificate *x509.Certificate
	Authority   *x509.Certificate
}

// refused is all that a stranger learns: not whether a token was ever good.
func refused() error {
	return bedrail.Errorf(bedrail.Denied, "the token is not known, was used before or has expired; make a new one at the hub: bedrail sensor enrol")
}

// Join lets a sensor in that shows the secret of an invitation: the secret
// stands for the person who made it.
func (s *Service) Join(ctx context.Context, r Request) (Admission, error) {
	if err := s.ready(); err != nil {
		return Admission{}, err
	}
	now, hash := s.Clock.Now(), hashOf(r.Secret)
	i, err := s.Store.Invitation(ctx, s.scope(), hash)
	switch {
	case bedrail.KindOf(err) == bedrail.NotFound:
		return Admission{}, refused()
	case err != nil:
		return Admission{}, fmt.Errorf("looking for an invitation: %w", err)
	case !i.UsedAt.IsZero(), !now.Before(i.ExpiresAt):
		return Admission{}, refused()
	}
	sensor, err := s.Store.Sensor(ctx, s.scope(), i.Name)
	if err != nil {
		return Admission{}, fmt.Errorf("looking for the sensor of an invitation: %w", err)
	}
	sensor.Enrolment, sensor.EnrolledAt, sensor.RevokedAt, sensor.From = bedrail.NewID("enr", now), now, time.Time{}, r.From
	cert, err := s.certify(&sensor, r.CSR, now)
	if err != nil {
		return Admission{}, err
	}
	entry := audit.Entry{By: bedrail.SystemActor("sensor:"+i.Name, s.Tenant), Did: Enrol, To: i.Name, Note: "enrolled from " + r.From + " by a token of " + i.By + ", certificate until " + cert.NotAfter.Format(time.DateOnly)}
	if err := s.Store.Redeem(ctx, s.scope(), hash, now, sensor, entry); err != nil {
		if bedrail.KindOf(err) == bedrail.Conflict {
			return Admission{}, refused() // somebody was quicker
		}
		return Admission{}, fmt.Errorf("enrolling %s: %w", i.Name, err)
	}
	s.changed(ctx, i.Name)
	return Admission{Name: sensor.Name, Site: sensor.Site, Certificate: cert, Authority: s.Authority.Cert}, nil
}

// certify gives a sensor a certificate for the key in a request. Of the
// request only the key counts: the name is the hub's word.
func (s *Service) certify(sensor *Sensor, csr []byte, now time.Time) (*x509.Certificate, error) {
	r, err := x509.ParseCertificateRequest(csr)
	if err != nil || r.CheckSignature() != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "the request for a certificate cannot be read or is not signed with its own key")
	}
	if _, ok := r.PublicKey.(*ecdsa.PublicKey); !ok {
		return nil, bedrail.Errorf(bedrail.Invalid, "the key of a sensor is one on an elliptic curve")
	}
	cert, err := s.Authority.Issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: sensor.Name, SerialNumber: sensor.Enrolment}, URIs: []*url.URL{{Scheme: "urn", Opaque: "bedrail:sensor:" + sensor.Name}},
		NotBefore: now.Add(-5 * time.Minute), NotAfter: now.Add(certificateLasts), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, r.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("making the certificate of sensor %s: %w", sensor.Name, err)
	}
	sensor.CertEnds = cert.NotAfter
	return cert, nil
}

// Admit says which sensor shows a certificate of the authority, and until when
// it may stay, or is Denied: it was revoked, or another machine was enrolled
// in its place.
func (s *Service) Admit(ctx context.Context, cert *x509.Certificate) (string, time.Time, error) {
	known, err := s.holder(ctx, cert)
	return known.Name, cert.NotAfter, err
}

func (s *Service) holder(ctx context.Context, cert *x509.Certificate) (Sensor, error) {
	void := bedrail.Errorf(bedrail.Denied, "the certificate of sensor %q is not good here; enrol the sensor anew", cert.Subject.CommonName)
	if now := s.Clock.Now(); now.After(cert.NotAfter) || now.Before(cert.NotBefore) {
		return Sensor{}, void
	}
	known, err := s.Store.Sensor(ctx, s.scope(), cert.Subject.CommonName)
	if bedrail.KindOf(err) == bedrail.NotFound {
		return Sensor{}, void
	}
	if err != nil {
		return Sensor{}, fmt.Errorf("looking for the holder of a certificate: %w", err)
	}
	if !known.RevokedAt.IsZero() || known.Enrolment == "" || known.Enrolment != cert.Subject.SerialNumber {
		return Sensor{}, void
	}
	return known, nil
}

// Renew gives the sensor that shows a good certificate another, for the key
// in its request.
func (s *Service) Renew(ctx context.Context, cert *x509.Certificate, csr []byte) (Admission, error) {
	if err := s.ready(); err != nil {
		return Admission{}, err
	}
	known, err := s.holder(ctx, cert)
	if err != nil {
		return Admission{}, err
	}
	fresh, err := s.certify(&known, csr, s.Clock.Now())
	if err != nil {
		return Admission{}, err
	}
	entry := audit.Entry{By: bedrail.SystemActor("sensor:"+known.Name, s.Tenant), Did: Enrol, To: known.Name, Note: "certificate renewed until " + fresh.NotAfter.Format(time.DateOnly)}
	if err := s.Store.SaveSensor(ctx, s.scope(), known, entry); err != nil {
		return Admission{}, fmt.Errorf("renewing the certificate of %s: %w", known.Name, err)
	}
	return Admission{Name: known.Name, Site: known.Site, Certificate: fresh, Authority: s.Authority.Cert}, nil
}

// Revoke ends a sensor's way in at once, and its open invitations. What it
// told stays.
func (s *Service) Revoke(ctx context.Context, by bedrail.Actor, name, why string) error {
	known, err := s.Store.Sensor(ctx, by.Scope, name)
	if err != nil {
		return err
	}
	if err := s.Auth.Authorize(ctx, by, Revoke, bedrail.Resource{Type: "sensor", ID: name, Site: known.Site}); err != nil {
		return err
	}
	if !known.RevokedAt.IsZero() {
		return nil
	}
	known.RevokedAt = s.Clock.Now()
	if err := s.Store.SaveSensor(ctx, s.scope(), known, audit.Entry{By: by, Did: Revoke, To: name, Note: why}); err != nil {
		return fmt.Errorf("revoking sensor %s: %w", name, err)
	}
	s.changed(ctx, name)
	return nil
}

func (s *Service) changed(ctx context.Context, name string) {
	if s.Changed != nil {
		s.Changed(context.WithoutCancel(ctx), name)
	}
}

// Enrolled returns the sensors whose outboxes are to be drawn in. The product
// itself asks.
func (s *Service) Enrolled(ctx context.Context) ([]Sensor, error) {
	all, err := s.Store.Sensors(ctx, s.scope())
	var out []Sensor
	for _, x := range all {
		if x.Enrolment != "" && x.RevokedAt.IsZero() {
			out = append(out, x)
		}
	}
	return out, err
}
