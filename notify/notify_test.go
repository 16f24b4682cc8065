package notify_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/desk"
	"bedrail/format/webhook"
	"bedrail/notify"
)

var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func post(private ...string) *notify.Post {
	p := &notify.Post{Clock: func() time.Time { return monday }, Version: "1.2.3", Host: "bedrail01", PublicURL: "https://bedrail.example.org/"}
	for _, n := range private {
		p.Private = append(p.Private, netip.MustParsePrefix(n))
	}
	return p
}

func letter(n desk.Notice) desk.Letter {
	n.ID, n.At = "ntc_1", monday
	return desk.Letter{ID: "ltr_1", Notice: n}
}

var exploited = desk.Notice{Kind: "finding.exploited", Level: desk.Urgent, Title: "Exploited elsewhere: CVE-2026-1 reaches Acme | Pump=1", Href: "/findings?filter=kev:yes", Site: "North", Unit: "ICU"}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestAWebhookIsASignedCloudEvent(t *testing.T) {
	answer := 200
	var got *http.Request
	var body []byte
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		w.WriteHeader(answer)
	}))
	defer far.Close()
	secrets := desk.Secrets{Signing: webhook.NewSecret(), Before: webhook.NewSecret(), BeforeEnds: monday.Add(time.Hour)}
	send := func() error {
		return post("127.0.0.0/8").Senders()[desk.Webhook].Send(within(t), desk.Target{Name: "far", Address: far.URL}, secrets, []desk.Letter{letter(exploited)})
	}
	if err := send(); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{secrets.Signing, secrets.Before} {
		if id, err := webhook.Verify(got.Header, secret, monday, body); err != nil || id != "ltr_1" {
			t.Errorf("the receiver does not believe it: %q, %v", id, err)
		}
	}
	var event map[string]any
	if err := json.Unmarshal(body, &event); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"specversion": "1.0", "id": "ntc_1", "source": "https://bedrail.example.org/", "type": "io.bedrail.finding.exploited.v1", "subject": "North, ICU",
		"time": "2026-03-02T08:00:00Z", "datacontenttype": "application/json"}
	for name, v := range want {
		if event[name] != v {
			t.Errorf("%s is %v, want %v", name, event[name], v)
		}
	}
	if data, ok := event["data"].(map[string]any); !ok || data["title"] != exploited.Title || data["level"] != "urgent" {
		t.Errorf("the data are %v", event["data"])
	}
	if kind := got.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/cloudevents+json") {
		t.Errorf("the type is %s", kind)
	}
	for status, want := range map[int]bedrail.Kind{503: bedrail.Unavailable, 404: bedrail.Unavailable, 302: bedrail.Unavailable, 204: ""} {
		answer = status
		if err := send(); bedrail.KindOf(err) != want {
			t.Errorf("%d: got %v", status, err)
		}
	}
	answer = 410
	if err := send(); !errors.Is(err, desk.ErrGone) {
		t.Errorf("410: got %v", err)
	}
}

func TestNoWebhookReachesWhatOnlyBedrailCan(t *testing.T) {
	asked := false
	far := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer far.Close()
	_, port, err := net.SplitHostPort(far.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{far.URL, "http://localhost:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://10.0.0.1/", "http://192.168.1.1/", "http://[fd00::1]/", "http://100.64.0.1/",
		"http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://0.0.0.0:" + port, "http://224.0.0.1/", "http://[fd00:ec2::254]/"} {
		err := post().Senders()[desk.Webhook].Send(within(t), desk.Target{Name: "far", Address: address}, desk.Secrets{Signing: webhook.NewSecret()}, []desk.Letter{letter(exploited)})
		if bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("%s: got %v", address, err)
		}
	}
	for _, address := range []string{"http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://168.63.129.16/"} {
		err := post("0.0.0.0/0", "::/0").Senders()[desk.Webhook].Send(within(t), desk.Target{Name: "far", Address: address}, desk.Secrets{Signing: webhook.NewSecret()}, []desk.Letter{letter(exploited)})
		if bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("%s, with everything allowed: got %v", address, err)
		}
	}
	if asked {
		t.Error("the receiver was asked")
	}
}

// own makes a certificate of 127.0.0.1 that is its own authority.
func own(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "far"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, &tpl, &tpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// siem takes frames of RFC 5425 and gives their messages.
func siem(t *testing.T, c *tls.Config) (string, <-chan string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got := make(chan string, 8)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go readFrames(conn, got)
		}
	}()
	return l.Addr().String(), got
}

func readFrames(conn net.Conn, got chan<- string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		size, err := in.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSpace(size))
		text := make([]byte, n)
		if err == nil {
			_, err = io.ReadFull(in, text)
		}
		if err != nil {
			return
		}
		got <- string(text)
	}
}

// header is a message of RFC 5424, 6, without structured data.
var header = regexp.MustCompile(`^<(\d{1,3})>1 (\S{1,32}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) - (.*)$`)

func TestASIEMReadsWhatIsSent(t *testing.T) {
	cert, ca := own(t)
	at, got := siem(t, &tls.Config{Certificates: []tls.Certificate{cert}})
	send := func(format, ca string) error {
		return post().Senders()[desk.Syslog].Send(within(t), desk.Target{Name: "siem", Address: at, Format: format, CA: ca}, desk.Secrets{}, []desk.Letter{letter(exploited), letter(exploited)})
	}
	if err := send("cef", ca); err != nil {
		t.Fatal(err)
	}
	<-got
	m := header.FindStringSubmatch(<-got)
	if m == nil || m[1] != "130" || m[2] != "2026-03-02T08:00:00.000000Z" || m[3] != "bedrail01" || m[4] != "bedrail" || m[6] != "finding.exploited" {
		t.Fatalf("got %q", m)
	}
	want := `CEF:0|Bedrail|Bedrail|1.2.3|finding.exploited|Exploited elsewhere: CVE-2026-1 reaches Acme \| Pump=1|9|rt=1772438400000 externalId=ntc_1 ` +
		`msg=Exploited elsewhere: CVE-2026-1 reaches Acme | Pump\=1 dvchost=bedrail01 request=https://bedrail.example.org/findings?filter\=kev:yes cs1=North cs1Label=site cs2=ICU cs2Label=unit`
	if m[7] != want {
		t.Errorf("got  %s\nwant %s", m[7], want)
	}
	if err := send("ocsf", ca); err != nil {
		t.Fatal(err)
	}
	m = header.FindStringSubmatch(<-got)
	var e map[string]any
	if err := json.Unmarshal([]byte(m[7]), &e); err != nil {
		t.Fatal(err)
	}
	// What OCSF 1.6 requires of a Detection Finding.
	for name, v := range map[string]any{"class_uid": 2004., "category_uid": 2., "activity_id": 1., "type_uid": 200401., "severity_id": 5., "time": 1772438400000.} {
		if e[name] != v {
			t.Errorf("%s is %v, want %v", name, e[name], v)
		}
	}
	for _, path := range []string{"metadata.version", "metadata.product.vendor_name", "finding_info.uid", "finding_info.title"} {
		var v any = e
		for part := range strings.SplitSeq(path, ".") {
			m, _ := v.(map[string]any)
			v = m[part]
		}
		if v == nil || v == "" {
			t.Errorf("%s is missing", path)
		}
	}
	if err := send("cef", ""); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("a SIEM of an unknown authority: got %v", err)
	}
}

// exposed is a notice of exposure with what its facts are.
var exposed = desk.Notice{Kind: "exposure.new", Level: desk.Warning, Title: "CVE-2026-1 (high) reaches Acme Pump 4.1", Href: "/advisories/CVE-2026-1", Site: "North", Unit: "ICU",
	Facts: map[string]string{"vulnerability": "CVE-2026-1", "manufacturer": "Acme", "model": "Pump=1", "version": "4.1", "urgency": "out-of-cycle", "state": "open", "status": "affected",
		"devices": "12", "beds": "9", "units": "2", "severity": "high", "exploited": "true", "fixed": ""}}

func TestASIEMIsToldWhatTheExposureIs(t *testing.T) {
	n := letter(exposed).Notice
	line, err := post().Line("cef", n)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" cs3=CVE-2026-1 cs3Label=vulnerability", ` cs4=Pump\=1 cs4Label=model`, " cs5=out-of-cycle cs5Label=urgency", " cs6=open cs6Label=state", " cn1=12 cn1Label=devices", " cn2=9 cn2Label=beds",
		" bedrailManufacturer=Acme", " bedrailVersion=4.1", " bedrailExploited=true"} {
		if !strings.Contains(line, want) {
			t.Errorf("CEF lacks %q: %s", want, line)
		}
	}
	if line, err = post().Line("ocsf", n); err != nil {
		t.Fatal(err)
	}
	var e struct {
		Class           int `json:"class_uid"`
		Type            int `json:"type_uid"`
		Vulnerabilities []struct {
			CVE struct {
				UID string `json:"uid"`
			} `json:"cve"`
			Exploit bool `json:"is_exploit_available"`
		} `json:"vulnerabilities"`
		Unmapped struct{ Facts map[string]string } `json:"unmapped"`
	}
	if err := json.Unmarshal([]byte(header.FindStringSubmatch(line)[7]), &e); err != nil {
		t.Fatal(err)
	}
	// A Vulnerability Finding of OCSF 1.6 needs finding_info and vulnerabilities, each with a CVE or an advisory.
	if e.Class != 2002 || e.Type != 200201 || len(e.Vulnerabilities) != 1 || e.Vulnerabilities[0].CVE.UID != "CVE-2026-1" || !e.Vulnerabilities[0].Exploit || e.Unmapped.Facts["beds"] != "9" {
		t.Errorf("OCSF: got %+v", e)
	}
}

func TestASIEMThatWantsToKnowWhoSends(t *testing.T) {
	cert, ca := own(t)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(ca))
	at, got := siem(t, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool})
	target := desk.Target{Name: "siem", Address: at, Format: "cef", CA: ca}
	if err := post().Senders()[desk.Syslog].Send(within(t), target, desk.Secrets{}, []desk.Letter{letter(exploited)}); err == nil {
		t.Error("a letter that the SIEM refused counts as taken")
	}
	der, err := x509.MarshalECPrivateKey(cert.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	secrets := desk.Secrets{ClientCert: ca, ClientKey: string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))}
	if err := post().Senders()[desk.Syslog].Send(within(t), target, secrets, []desk.Letter{letter(exploited)}); err != nil {
		t.Fatal(err)
	}
	if m := <-got; !header.MatchString(m) {
		t.Errorf("got %q", m)
	}
}

func FuzzSyslog(f *testing.F) {
	f.Add("finding.exploited", "a|b=c\\d\ne", "North", "/x")
	f.Fuzz(func(t *testing.T, kind, title, site, href string) {
		n := letter(desk.Notice{Kind: kind, Level: desk.Info, Title: title, Site: site, Href: href}).Notice
		for _, format := range []string{"cef", "ocsf"} {
			line, err := post().Line(format, n)
			if err != nil || strings.ContainsAny(line, "\n") || !header.MatchString(line) {
				t.Errorf("%q, %v", line, err)
			}
		}
	})
}

// mailServer is a small SMTP server that keeps what it is given.
type mailServer struct {
	address string
	tls     *tls.Config
	offer   bool   // STARTTLS
	first   bool   // TLS from the first byte
	refuse  string // what RCPT is answered with
	got     chan string
}

func (m *mailServer) serve(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	m.address, m.got = l.Addr().String(), make(chan string, 4)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if m.first {
				conn = tls.Server(conn, m.tls)
			}
			go m.talk(conn, m.first)
		}
	}()
}

func (m *mailServer) talk(conn net.Conn, secure bool) {
	defer func() { conn.Close() }()
	fmt.Fprint(conn, "220 far\r\n")
	in := bufio.NewReader(conn)
	user := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			fmt.Fprint(conn, "250-far\r\n")
			if m.offer && !secure {
				fmt.Fprint(conn, "250-STARTTLS\r\n")
			}
			if secure {
				fmt.Fprint(conn, "250-AUTH PLAIN\r\n")
			}
			fmt.Fprint(conn, "250 8BITMIME\r\n")
		case "STARTTLS":
			fmt.Fprint(conn, "220 go\r\n")
			conn = tls.Server(conn, m.tls)
			in, secure = bufio.NewReader(conn), true
		case "AUTH":
			user = rest
			fmt.Fprint(conn, "235 ok\r\n")
		case "RCPT":
			if m.refuse != "" {
				fmt.Fprint(conn, m.refuse+"\r\n")
				continue
			}
			fmt.Fprint(conn, "250 ok\r\n")
		case "DATA":
			fmt.Fprint(conn, "354 go\r\n")
			var b bytes.Buffer
			for line, err := in.ReadString('\n'); err == nil && line != ".\r\n"; line, err = in.ReadString('\n') {
				b.WriteString(line)
			}
			fmt.Fprint(conn, "250 ok\r\n")
			m.got <- user + "\n" + b.String()
		case "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}

func TestAMailIsSentOverTLSOrNotAtAll(t *testing.T) {
	cert, ca := own(t)
	secure := &tls.Config{Certificates: []tls.Certificate{cert}}
	target := desk.Target{Name: "ward", From: "Bedrail <bedrail@example.org>", To: []string{"icu@example.org"}, User: "bedrail", CA: ca}
	secrets := desk.Secrets{Password: "s3cret"}
	for name, c := range map[string]struct {
		server   mailServer
		security string
		want     bedrail.Kind
	}{
		"STARTTLS":                               {mailServer{offer: true}, "starttls", ""},
		"TLS from the first byte":                {mailServer{first: true}, "tls", ""},
		"a server without STARTTLS gets nothing": {mailServer{}, "starttls", bedrail.Unavailable},
		"no such mailbox is final":               {mailServer{offer: true, refuse: "550 5.1.1 no such mailbox"}, "starttls", bedrail.Invalid},
		"a full mailbox is not":                  {mailServer{offer: true, refuse: "452 4.2.2 full"}, "starttls", bedrail.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			m := c.server
			m.tls = secure
			m.serve(t)
			to := target
			to.Address, to.Security = m.address, c.security
			err := post().Senders()[desk.Email].Send(within(t), to, secrets, []desk.Letter{letter(exploited)})
			if bedrail.KindOf(err) != c.want {
				t.Fatalf("got %v", err)
			}
			if c.want != "" {
				return
			}
			text := <-m.got
			for _, want := range []string{"PLAIN AGJlZHJhaWwAczNjcmV0", "Subject: [Bedrail] Exploited elsewhere", "Message-ID: <ltr_1@bedrail>", "Auto-Submitted: auto-generated", "2026-03-02 08:00 UTC", "https://bedrail.example.org/findings"} {
				if !strings.Contains(text, want) {
					t.Errorf("the mail lacks %q:\n%s", want, text)
				}
			}
		})
	}
}

func TestADigestSaysTheUrgentFirst(t *testing.T) {
	cert, ca := own(t)
	m := mailServer{offer: true, tls: &tls.Config{Certificates: []tls.Certificate{cert}}}
	m.serve(t)
	target := desk.Target{Name: "ward", From: "bedrail@example.org", To: []string{"icu@example.org"}, CA: ca, Address: m.address, Digest: desk.Daily}
	letters := []desk.Letter{letter(desk.Notice{Kind: "feed.stale", Level: desk.Warning, Title: "a feed is old"}), letter(desk.Notice{Kind: "disk.low", Level: desk.Info, Title: "by the way"}), letter(exploited)}
	if err := post().Senders()[desk.Email].Send(within(t), target, desk.Secrets{}, letters); err != nil {
		t.Fatal(err)
	}
	text := <-m.got
	at := func(words string) int { return strings.Index(text, words) }
	if !strings.Contains(text, "Subject: [Bedrail] daily digest: 3 notices") || at("Urgent") < 0 || at("Urgent") > at("Warnings") || at("Warnings") > at("For information") || at("a feed is old") < at("Warnings") {
		t.Errorf("got %s", text)
	}
}
