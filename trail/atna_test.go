package trail_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/desk"
	"bedrail/exchange"
	"bedrail/notify"
	"bedrail/trail"
)

// An arr is an audit repository of the house: a syslog receiver over TLS that
// asks who sends (IHE ITI-20 with ITI-19).
type arr struct {
	address string

	mu       sync.Mutex // guards what follows
	messages []string
	names    []string // of the certificates that were shown
	broken   []string // what is no frame of RFC 5425
}

func (a *arr) got() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.messages)
}

// house certificates: an authority, and what it signed for names.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, key: key, cert: &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "house"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a.pem = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

// issue signs a certificate for name, and returns it with its key in PEM.
func (a *authority) issue(name string) (cert, key string) {
	a.t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, &own.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
}

// openARR listens at any address, or at one that was used before.
func openARR(t *testing.T, a *authority, address string) *arr {
	t.Helper()
	cert, key := a.issue("repository")
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(a.pem))
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := tls.Listen("tcp", address, &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	r := &arr{address: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.take(c.(*tls.Conn))
		}
	}()
	return r
}

// take reads frames: MSG-LEN SP SYSLOG-MSG (RFC 5425, 4.3).
func (r *arr) take(c *tls.Conn) {
	defer c.Close()
	if c.Handshake() != nil {
		return
	}
	r.mu.Lock()
	r.names = append(r.names, c.ConnectionState().PeerCertificates[0].Subject.CommonName)
	r.mu.Unlock()
	in := bufio.NewReader(c)
	for {
		length, err := in.ReadString(' ')
		if err == io.EOF && length == "" {
			return
		}
		n, bad := strconv.Atoi(strings.TrimSuffix(length, " "))
		body := make([]byte, max(n, 0))
		_, short := io.ReadFull(in, body)
		r.mu.Lock()
		if err != nil || bad != nil || short != nil || length[0] == '0' {
			r.broken = append(r.broken, length)
			r.mu.Unlock()
			return
		}
		r.messages = append(r.messages, string(body))
		r.mu.Unlock()
	}
}

// line is the header of RFC 5424 as ITI-20 wants it: PRI, VERSION 1, a time
// with a zone, HOSTNAME, APP-NAME, PROCID, MSGID, no structured data, the mark
// of UTF-8, and the message.
var line = regexp.MustCompile(`^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) (IHE\+RFC-3881|DICOM\+RFC3881) - \x{feff}(.+)$`)

// An element is any element of XML, to look at a message without our own types.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Inside  []element  `xml:",any"`
	Text    string     `xml:",chardata"`
}

func (e *element) attr(name string) (string, bool) {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

func (e *element) all(name string) (found []element) {
	for _, i := range e.Inside {
		if i.XMLName.Local == name {
			found = append(found, i)
		}
	}
	return found
}

// A rule is what the schema of PS3.15 A.5.1 asks of an element: attributes,
// and the children it may have in their order, with how many.
type rule struct {
	must, may []string
	children  []child
}

type child struct {
	name        string
	least, most int
}

const many = 1 << 20

var coded = rule{must: []string{"csd-code", "codeSystemName", "originalText"}, may: []string{"displayName"}}

// schema is the audit message of PS3.15 A.5.1 (RELAX NG), as rules.
var schema = map[string]rule{
	"AuditMessage": {children: []child{{"EventIdentification", 1, 1}, {"ActiveParticipant", 1, many}, {"AuditSourceIdentification", 1, 1}, {"ParticipantObjectIdentification", 0, many}}},
	"EventIdentification": {must: []string{"EventActionCode", "EventDateTime", "EventOutcomeIndicator"},
		children: []child{{"EventID", 1, 1}, {"EventTypeCode", 0, many}, {"EventOutcomeDescription", 0, 1}, {"PurposeOfUse", 0, many}}},
	"ActiveParticipant": {must: []string{"UserID", "UserIsRequestor"}, may: []string{"AlternativeUserID", "UserName", "NetworkAccessPointID", "NetworkAccessPointTypeCode"},
		children: []child{{"RoleIDCode", 0, many}, {"MediaIdentifier", 0, 1}}},
	"AuditSourceIdentification": {must: []string{"AuditSourceID"}, may: []string{"AuditEnterpriseSiteID"}, children: []child{{"AuditSourceTypeCode", 0, many}}},
	"ParticipantObjectIdentification": {must: []string{"ParticipantObjectID"}, may: []string{"ParticipantObjectTypeCode", "ParticipantObjectTypeCodeRole", "ParticipantObjectDataLifeCycle", "ParticipantObjectSensitivity"},
		children: []child{{"ParticipantObjectIDTypeCode", 1, 1}, {"ParticipantObjectName", 0, 1}, {"ParticipantObjectQuery", 0, 1}, {"ParticipantObjectDetail", 0, many}, {"ParticipantObjectDescription", 0, many}}},
	"EventID": coded, "EventTypeCode": coded, "PurposeOfUse": coded, "RoleIDCode": coded, "ParticipantObjectIDTypeCode": coded,
	"AuditSourceTypeCode":      {must: []string{"csd-code"}, may: []string{"codeSystemName", "displayName", "originalText"}},
	"ParticipantObjectName":    {},
	"ParticipantObjectQuery":   {},
	"ParticipantObjectDetail":  {must: []string{"type", "value"}},
	"EventOutcomeDescription":  {},
	"ParticipantObjectContent": {},
}

// faults lists where e is not what the schema asks.
func faults(e *element) (all []string) {
	name := e.XMLName.Local
	r, known := schema[name]
	if !known {
		return []string{name + " is no element of the schema"}
	}
	for _, m := range r.must {
		if v, ok := e.attr(m); !ok || v == "" {
			all = append(all, name+" has no "+m)
		}
	}
	for _, a := range e.Attrs {
		if !slices.Contains(r.must, a.Name.Local) && !slices.Contains(r.may, a.Name.Local) {
			all = append(all, name+" has an attribute "+a.Name.Local)
		}
	}
	at := 0
	for _, c := range r.children {
		n := 0
		for at < len(e.Inside) && e.Inside[at].XMLName.Local == c.name {
			at, n = at+1, n+1
		}
		if n < c.least || n > c.most {
			all = append(all, fmt.Sprintf("%s has %d %s", name, n, c.name))
		}
	}
	if at < len(e.Inside) {
		all = append(all, name+" has a "+e.Inside[at].XMLName.Local+" out of its place")
	}
	for i := range e.Inside {
		all = append(all, faults(&e.Inside[i])...)
	}
	return all
}

// values lists what has a value that the standard does not know (PS3.15 A.5.2).
func values(m *element) (all []string) {
	one := func(e *element, attr string, allowed ...string) {
		if v, ok := e.attr(attr); ok && !slices.Contains(allowed, v) {
			all = append(all, e.XMLName.Local+" "+attr+"="+v)
		}
	}
	for _, e := range m.all("EventIdentification") {
		one(&e, "EventActionCode", "C", "R", "U", "D", "E")
		one(&e, "EventOutcomeIndicator", "0", "4", "8", "12")
		at, _ := e.attr("EventDateTime")
		if _, err := time.Parse(time.RFC3339Nano, at); err != nil {
			all = append(all, "EventDateTime="+at)
		}
	}
	requestors := 0
	for _, p := range m.all("ActiveParticipant") {
		one(&p, "UserIsRequestor", "true", "false")
		one(&p, "NetworkAccessPointTypeCode", "1", "2", "3", "4", "5")
		if v, _ := p.attr("UserIsRequestor"); v == "true" {
			requestors++
		}
		if _, point := p.attr("NetworkAccessPointID"); point {
			if _, kind := p.attr("NetworkAccessPointTypeCode"); !kind {
				all = append(all, "a network access point without its type")
			}
		}
	}
	if requestors > 1 {
		all = append(all, fmt.Sprintf("%d participants asked for it", requestors))
	}
	for _, s := range m.all("AuditSourceIdentification") {
		for _, c := range s.all("AuditSourceTypeCode") {
			one(&c, "csd-code", "1", "2", "3", "4", "5", "6", "7", "8", "9")
		}
	}
	for _, o := range m.all("ParticipantObjectIdentification") {
		one(&o, "ParticipantObjectTypeCode", "1", "2", "3", "4")
	}
	return all
}

// read takes a message apart and fails the test where it is not what RFC 5424,
// ITI-20 and PS3.15 ask.
func read(t *testing.T, message string) *element {
	t.Helper()
	parts := line.FindStringSubmatch(message)
	if parts == nil {
		t.Fatalf("no line of RFC 5424: %q", message)
	}
	if parts[1] != "85" {
		t.Errorf("PRI is %s; ITI-20 wants facility 10, severity 5: 85", parts[1])
	}
	if _, err := time.Parse(time.RFC3339Nano, parts[2]); err != nil {
		t.Error(err)
	}
	var m element
	if err := xml.Unmarshal([]byte(parts[7]), &m); err != nil {
		t.Fatalf("%v in %s", err, parts[7])
	}
	if all := append(faults(&m), values(&m)...); len(all) > 0 {
		t.Errorf("%v in\n%s", all, parts[7])
	}
	return &m
}

// The checks of this file are checked: what lacks a part is found.
func TestTheSchemaOfAuditMessagesFindsWhatIsMissing(t *testing.T) {
	good, err := here.Message(records()["a message that came"])
	if err != nil {
		t.Fatal(err)
	}
	cut := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	for what, text := range map[string]string{
		"no source":            regexp.MustCompile(`<AuditSourceIdentification.*</AuditSourceIdentification>`).ReplaceAllString(good, ""),
		"no participant":       regexp.MustCompile(`<ActiveParticipant.*</ActiveParticipant>`).ReplaceAllString(good, ""),
		"no action":            cut(` EventActionCode="C"`, ""),
		"an action of its own": cut(`EventActionCode="C"`, `EventActionCode="X"`),
		"no time":              cut(`EventDateTime="`, `EventDateTime="x`),
		"a code without text":  regexp.MustCompile(` originalText="[^"]*"`).ReplaceAllString(good, ""),
		"something of its own": cut(`</AuditMessage>`, `<More/></AuditMessage>`),
	} {
		var m element
		if err := xml.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		if text == good || len(faults(&m))+len(values(&m)) == 0 {
			t.Errorf("%s is not found", what)
		}
	}
}

// An atnaHouse tells repositories by the product's own sender.
type atnaHouse struct {
	house
	targets []desk.Target
	secrets map[string]desk.Secrets
}

func (h *atnaHouse) Targets(context.Context, bedrail.Scope) ([]desk.Target, error) {
	return h.targets, nil
}
func (h *atnaHouse) TargetSecrets(_ context.Context, _ bedrail.Scope, id string) (desk.Secrets, error) {
	return h.secrets[id], nil
}

func (h *atnaHouse) teller(now *time.Time) *trail.Teller {
	return &trail.Teller{Store: h, Exchange: &exchange.Exchange{Store: messages{one: hl7}}, Tenant: "main", Clock: func() time.Time { return *now }, Site: here,
		Blind: func(_, v string) string { return "pseudonym" }, Send: (&notify.Post{}).SendLines}
}

func repositoryAt(id, address string, a *authority) desk.Target {
	return desk.Target{ID: id, Name: id, On: true, Way: desk.Syslog, Format: trail.Format, Address: address, CA: a.pem}
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

func TestAnAuditRepositoryIsToldOverMutualTLS(t *testing.T) {
	a := newAuthority(t)
	r := openARR(t, a, "")
	cert, key := a.issue("bedrail-1")
	h := &atnaHouse{house: house{told: map[string]int64{"arr": 0}}, targets: []desk.Target{repositoryAt("arr", r.address, a)}, secrets: map[string]desk.Secrets{"arr": {ClientCert: cert, ClientKey: key}}}
	shown := record(1, "message:reveal", "msg_1", `shown "in" <full> & more`)
	shown.Personal = map[string]string{"purpose": "ärztliche Frage <1>", audit.ByName: "Åda \u0001 & Söhne"}
	h.all = []audit.Record{record(0, "message:receive", "msg_1", "channel adt"), shown, record(2, "message:deliver", "msg_1", `destination ehr delivered AA purpose "treatment"`),
		record(3, "message:deliver", "msg_1", "destination lab dead AE"), record(4, "session:open", "person:1", ""), record(5, "session:refuse", "", "wrong"), record(6, "session:close", "person:1", ""),
		record(7, "channel:write", "adt", "changed"), record(8, "user:change", "person:2", ""), record(9, "audit:export", "", ""), record(10, "message:account", "patient", "disclosures"),
		record(11, "message:forget", "msg_1", ""), record(12, "system:configure", "", ""), record(13, "device:tag", "dev_1", "no event of the standard")}
	now := monday
	if err := h.teller(&now).Tell(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := len(h.all) - 1 // the last is no event of the standard
	until(t, "every message came", func() bool { return len(r.got()) == want })
	if len(r.broken) > 0 || !slices.Equal(r.names, []string{"bedrail-1"}) {
		t.Errorf("frames %q, senders %q", r.broken, r.names)
	}
	for i, m := range r.got() {
		e := read(t, m)
		id, _ := e.all("EventIdentification")[0].all("EventID")[0].attr("csd-code")
		if known := map[int]string{0: "110107", 1: "110110", 2: "110106", 4: "110114", 7: "110113", 9: "110101", 10: "110112"}[i]; known != "" && id != known {
			t.Errorf("message %d is event %s, want %s", i, id, known)
		}
	}
	if m := r.got()[1]; !strings.Contains(m, "Åda") || !strings.Contains(m, "ärztliche Frage &lt;1&gt;") || strings.Contains(m, "\u0001") {
		t.Errorf("what was shown: %q", m)
	}
}

// A sender without a certificate of the house is not heard, nothing counts as
// told, and what could not be told goes out once the certificate is right.
func TestWhatARepositoryRefusesIsToldLater(t *testing.T) {
	a := newAuthority(t)
	r := openARR(t, a, "")
	stranger, strangersKey := newAuthority(t).issue("stranger")
	h := &atnaHouse{house: house{told: map[string]int64{"arr": 0}, all: []audit.Record{record(0, "session:open", "person:1", ""), record(1, "session:close", "person:1", "")}},
		targets: []desk.Target{repositoryAt("arr", r.address, a)}, secrets: map[string]desk.Secrets{}}
	now := monday
	c := h.teller(&now)
	for _, s := range []desk.Secrets{{}, {ClientCert: stranger, ClientKey: strangersKey}} {
		h.secrets["arr"] = s
		now = now.Add(time.Hour)
		if err := c.Tell(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := c.Standings(); len(s) != 1 || s[0].Behind != 2 || s[0].LastError == "" || !s[0].NextTry.After(now) {
			t.Errorf("got %+v", s)
		}
	}
	cert, key := a.issue("bedrail-1")
	h.secrets["arr"] = desk.Secrets{ClientCert: cert, ClientKey: key}
	now = now.Add(time.Hour)
	if err := c.Tell(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "both came", func() bool { return len(r.got()) == 2 })
	if s := c.Standings(); s[0].Behind != 0 || s[0].LastError != "" {
		t.Errorf("got %+v", s)
	}
	// Bedrail does not speak to a repository that another authority signed for.
	h.targets[0].CA, h.told["arr"] = newAuthority(t).pem, 0
	now = now.Add(time.Hour)
	if err := c.Tell(t.Context()); err != nil || len(r.got()) != 2 || h.told["arr"] != 0 {
		t.Errorf("an impostor was told: %v, %d messages, told %d", err, len(r.got()), h.told["arr"])
	}
}

// failing is a store that cannot answer for one repository.
type failing struct {
	*atnaHouse
	bad string
}

func (f failing) Told(ctx context.Context, tenant, target string) (int64, bool, error) {
	if target == f.bad {
		return 0, false, errors.New("the row does not open")
	}
	return f.atnaHouse.Told(ctx, tenant, target)
}

func TestOneRepositoryThatFailsDoesNotStarveTheOthers(t *testing.T) {
	a := newAuthority(t)
	first, last := openARR(t, a, ""), openARR(t, a, "")
	cert, key := a.issue("bedrail-1")
	own := desk.Secrets{ClientCert: cert, ClientKey: key}
	for what, spoil := range map[string]func(h *atnaHouse) trail.Store{
		"its row cannot be read": func(h *atnaHouse) trail.Store { return failing{h, "bad"} },
		"its certificate is no PEM": func(h *atnaHouse) trail.Store {
			h.secrets["bad"] = desk.Secrets{ClientCert: "x", ClientKey: "y"}
			return h
		},
		"its authority is no PEM":       func(h *atnaHouse) trail.Store { h.targets[1].CA = "x"; return h },
		"its address is none":           func(h *atnaHouse) trail.Store { h.targets[1].Address = "nowhere"; return h },
		"nobody listens at its address": func(h *atnaHouse) trail.Store { return h },
	} {
		t.Run(what, func(t *testing.T) {
			was := [2]int{len(first.got()), len(last.got())}
			h := &atnaHouse{house: house{told: map[string]int64{"first": 0, "bad": 0, "last": 0}, all: []audit.Record{record(0, "session:open", "person:1", "")}},
				targets: []desk.Target{repositoryAt("first", first.address, a), repositoryAt("bad", "127.0.0.1:1", a), repositoryAt("last", last.address, a)},
				secrets: map[string]desk.Secrets{"first": own, "bad": own, "last": own}}
			now := monday
			c := h.teller(&now)
			c.Store = spoil(h)
			err := c.Tell(t.Context())
			until(t, "both others were told", func() bool { return len(first.got()) == was[0]+1 && len(last.got()) == was[1]+1 })
			if h.told["first"] != 1 || h.told["bad"] != 0 || h.told["last"] != 1 {
				t.Errorf("told %v, %v", h.told, err)
			}
			bad := slices.IndexFunc(c.Standings(), func(s trail.Standing) bool { return s.Target == "bad" })
			if bad < 0 || c.Standings()[bad].LastError == "" {
				t.Errorf("nobody sees what is wrong: %+v", c.Standings())
			}
		})
	}
}
