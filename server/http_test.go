package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/api"
	"bedrail/job"
	"bedrail/server"
)

// A house is a whole server on a free port, with its log.
type house struct {
	*server.Server
	t    *testing.T
	url  string
	log  *bytes.Buffer
	keys string
	stop func() // stops the server before the test ends
}

// startHouse starts a server in folder; each test has one of its own unless it
// tests what a restart keeps.
func startHouse(t *testing.T, folder string, change func(*server.Config)) *house {
	t.Helper()
	cfg, err := server.Load(server.Sources{System: "-", Environ: func() []string { return nil }, Flags: map[string]string{
		"server.listen": "127.0.0.1:0", "limits.burst": "0", "server.data": filepath.Join(folder, "data"), "keys.folder": filepath.Join(folder, "keys")}})
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&cfg)
	}
	emptyStore(t, cfg)
	h := &house{t: t, log: &bytes.Buffer{}, keys: cfg.Keys}
	ctx, cancel := context.WithCancel(context.Background())
	h.Server, err = server.New(ctx, cfg, server.Options{Hasher: weak, Log: slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if err := h.Listen(); err != nil {
		cancel()
		t.Fatal(err)
	}
	h.url = h.URL()
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	t.Cleanup(h.stop)
	return h
}

const password = "the pump hums at night"

// person adds somebody who can sign in, and returns a browser in which they are.
func (h *house) person(name string, grants ...bedrail.Grant) *browser {
	h.t.Helper()
	by := bedrail.SystemActor("test", h.Config.Tenant)
	if _, err := h.Access.Provision(h.t.Context(), by, name, name, password, grants); err != nil {
		h.t.Fatal(err)
	}
	b := h.browser()
	if code, body := b.ask("POST", "/session", map[string]string{"username": name, "password": password}); code != 200 {
		h.t.Fatalf("signing in as %s: %d %s", name, code, body)
	}
	return b
}

// A browser keeps cookies.
type browser struct {
	h       *house
	client  *http.Client
	header  http.Header // sent with each request
	answers http.Header // of the last answer
}

func (h *house) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{h: h, client: &http.Client{Jar: jar}, header: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

func (b *browser) ask(method, path string, body any) (int, string) {
	b.h.t.Helper()
	var r io.Reader
	switch v := body.(type) {
	case nil:
	case io.Reader:
		r = v
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			b.h.t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, b.h.url+"/api/v1"+path, r)
	if err != nil {
		b.h.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	if r != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	b.answers = res.Header
	return res.StatusCode, string(text)
}

// want asks and compares the status and what the answer holds.
func (b *browser) want(status int, holds, method, path string, body any) string {
	b.h.t.Helper()
	got, text := b.ask(method, path, body)
	if got != status || !strings.Contains(text, holds) {
		b.h.t.Errorf("%s %s: got %d %s, want %d with %q", method, path, got, text, status, holds)
	}
	return text
}

func (h *house) get(path string) (*http.Response, string) {
	h.t.Helper()
	res, err := http.Get(h.url + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res, string(text)
}

func codeNow(t *testing.T, secret string) string {
	t.Helper()
	return codeAt(t, secret, time.Now())
}

func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

func TestTheFirstLogin(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	file := filepath.Join(h.keys, "first-login.txt")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("the file of the password has mode %v", info.Mode())
	}
	once := regexp.MustCompile(`password: (\S+)`).FindStringSubmatch(string(raw))[1]
	if strings.Contains(h.log.String(), once) {
		t.Error("the one-time password stands in the log")
	}
	b := h.browser()
	b.want(401, `"code":"unauthenticated"`, "GET", "/session", nil)
	b.want(401, `"code":"unauthenticated"`, "POST", "/session", map[string]string{"username": "admin", "password": "wrong"})
	b.want(200, `"mustChangePassword":true`, "POST", "/session", map[string]string{"username": "admin", "password": once})
	if _, err := os.Stat(file); err == nil {
		t.Error("the file of the password is still there after the first login")
	}
	b.want(403, `"code":"password-change-required"`, "GET", "/users", nil)
	b.want(400, `at least 12`, "PUT", "/session/password", map[string]string{"current": once, "new": "short"})
	b.want(403, `current password is wrong`, "PUT", "/session/password", map[string]string{"current": "x", "new": password})
	b.want(204, "", "PUT", "/session/password", map[string]string{"current": once, "new": password})
	b.want(403, `"code":"second-factor-setup-required"`, "GET", "/users", nil)
	var factor struct{ Secret string }
	if err := json.Unmarshal([]byte(b.want(200, "otpauth://totp/Bedrail:admin", "POST", "/session/second-factor", nil)), &factor); err != nil {
		t.Fatal(err)
	}
	b.want(403, "code is wrong", "PUT", "/session/second-factor", map[string]string{"code": "000000"})
	b.want(204, "", "PUT", "/session/second-factor", map[string]string{"code": codeNow(t, factor.Secret)})
	b.want(200, `"name":"admin"`, "GET", "/users", nil)
	other := h.browser()
	other.want(401, `"code":"second-factor-required"`, "POST", "/session", map[string]string{"username": "admin", "password": password})
	b.want(204, "", "DELETE", "/session", nil)
	b.want(401, `"code":"unauthenticated"`, "GET", "/users", nil)
	if strings.Contains(h.log.String(), password) || strings.Contains(h.log.String(), factor.Secret) {
		t.Error("a password or the secret of a second factor stands in the log")
	}
}

func TestAChangeThatAnotherSiteAsksForIsRefused(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	b := h.person("jo", bedrail.Grant{Role: "viewer"})
	b.header.Set("Sec-Fetch-Site", "cross-site")
	b.want(403, "another site asked", "DELETE", "/session", nil)
	b.header.Set("Sec-Fetch-Site", "same-origin")
	b.want(200, `"name":"jo"`, "GET", "/session", nil)
}

func TestProblemsHaveOneForm(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	admin := h.token(bedrail.Grant{Role: "administrator"})
	viewer := h.person("vi", bedrail.Grant{Role: "viewer"})
	for name, c := range map[string]struct {
		by           *browser
		status       int
		code         string
		method, path string
		body         any
	}{
		"a filter that cannot be read":      {admin, 400, "invalid", "GET", `/jobs?filter=%22open`, nil},
		"a field that is not there":         {admin, 400, "invalid", "GET", `/jobs?filter=colour:red`, nil},
		"a limit beyond measure":            {admin, 422, "invalid", "GET", "/jobs?limit=9999", nil},
		"a parameter that is not known":     {admin, 422, "invalid", "GET", "/jobs?colour=red", nil},
		"a body with a field not known":     {admin, 422, "invalid", "POST", "/users", map[string]any{"name": "x", "roles": []any{}, "colour": "red"}},
		"a body that is no JSON":            {admin, 400, "invalid", "POST", "/users", strings.NewReader("{")},
		"a thing that is not there":         {admin, 404, "not-found", "GET", "/jobs/job_none", nil},
		"an operation that is not there":    {admin, 404, "not-found", "GET", "/colours", nil},
		"a method that is not there":        {admin, 405, "invalid", "DELETE", "/jobs", nil},
		"an act that the role may not do":   {viewer, 403, "denied", "GET", "/users", nil},
		"nobody signed in":                  {h.browser(), 401, "unauthenticated", "GET", "/jobs", nil},
		"a change without the version seen": {admin, 428, "precondition-required", "PATCH", "/users/usr_x", map[string]any{"disabled": true}},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := c.by.ask(c.method, c.path, c.body)
			var p api.Problem
			if err := json.Unmarshal([]byte(text), &p); err != nil {
				t.Fatalf("%d %s: %v", status, text, err)
			}
			if status != c.status || p.Status != status || p.Code != c.code || p.Detail == "" || p.Title == "" || len(p.TraceID) != 32 {
				t.Errorf("got %d %s, want %d %s", status, text, c.status, c.code)
			}
			if got := c.by.answers.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("content type %s", got)
			}
		})
	}
}

// token returns a program that acts by a token of these grants.
func (h *house) token(grants ...bedrail.Grant) *browser {
	h.t.Helper()
	by := bedrail.SystemActor("test", h.Config.Tenant)
	name := "owner" + fmt.Sprint(time.Now().UnixNano())
	if _, err := h.Access.Provision(h.t.Context(), by, name, name, password, grants); err != nil {
		h.t.Fatal(err)
	}
	local, err := h.localToken(name)
	if err != nil {
		h.t.Fatal(err)
	}
	b := h.browser()
	b.header = http.Header{"Authorization": {"Bearer " + local}}
	return b
}

func TestAChangeNamesTheVersionItSaw(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	b := h.person("ad", bedrail.Grant{Role: "compliance-officer"})
	admin := h.signedInAdmin()
	text := admin.want(201, `"oneTimePassword":"`, "POST", "/users", map[string]any{"name": "jo", "roles": []any{map[string]string{"role": "viewer"}}})
	var u api.User
	json.Unmarshal([]byte(text), &u)
	admin.want(200, `"name":"jo"`, "GET", "/users/"+u.ID, nil)
	if got := admin.answers.Get("ETag"); got != `"1"` {
		t.Errorf("ETag %s", got)
	}
	admin.header.Set("If-Match", `"1"`)
	admin.want(200, `"disabled":true`, "PATCH", "/users/"+u.ID, map[string]any{"disabled": true})
	admin.want(412, `"code":"precondition-failed"`, "PATCH", "/users/"+u.ID, map[string]any{"disabled": false})
	admin.header.Set("If-Match", `colour`)
	admin.want(412, `"code":"precondition-failed"`, "PATCH", "/users/"+u.ID, map[string]any{"disabled": false})
	b.header.Set("If-Match", `"2"`)
	b.want(403, "administrator", "PATCH", "/users/"+u.ID, map[string]any{"disabled": false})
}

// signedInAdmin goes through a whole first login of an administrator.
func (h *house) signedInAdmin() *browser {
	h.t.Helper()
	b := h.person("root"+fmt.Sprint(time.Now().UnixNano()%1e6), bedrail.Grant{Role: "administrator"})
	var factor struct{ Secret string }
	json.Unmarshal([]byte(b.want(200, "", "POST", "/session/second-factor", nil)), &factor)
	b.want(204, "", "PUT", "/session/second-factor", map[string]string{"code": codeNow(h.t, factor.Secret)})
	return b
}

func TestAnImportIsReadAsAStreamAndNeverLiesOnDisk(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(folder, "tmp"))
	os.Mkdir(filepath.Join(folder, "tmp"), 0o700)
	h := startHouse(t, folder, nil)
	const secret = "PLANTED-MRN-4711"
	first := make(chan string, 1)
	h.Imports["pcap"] = func(_ context.Context, _ bedrail.Actor, in job.Import, p *job.Progress) (any, error) {
		b := make([]byte, len(secret))
		io.ReadFull(in.Body, b)
		first <- p.JobID() // before the sender has sent the rest
		n, err := io.Copy(io.Discard, in.Body)
		return map[string]any{"rest": n, "name": in.Name, "site": in.Params.Get("site")}, err
	}
	b := h.person("ce", bedrail.Grant{Role: "clinical-engineer"})
	body, out := io.Pipe()
	go func() {
		io.WriteString(out, secret)
		id := <-first
		other := h.person("vi", bedrail.Grant{Role: "viewer"})
		other.want(200, `"state":"running"`, "GET", "/jobs/"+id, nil)
		out.Write(make([]byte, 3<<20)) // more than any other body may have
		out.Close()
	}()
	b.header.Set("Content-Type", "application/octet-stream")
	text := b.want(202, `"state":"done"`, "POST", "/imports?kind=pcap&name=..%2F..%2Fetc%2Fa.pcap&site=north", body)
	if !strings.Contains(text, `"rest":3145728`) || !strings.Contains(text, `"name":"a.pcap"`) || !strings.Contains(text, `"site":"north"`) {
		t.Errorf("got %s", text)
	}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("%s holds what was uploaded", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.want(422, "kind", "POST", "/imports?kind=colour", strings.NewReader("x"))
	delete(h.Imports, "feed")
	b.want(400, "cannot be brought in", "POST", "/imports?kind=feed", strings.NewReader("x"))
}

func TestEventsGoOnWhereTheyBrokeOff(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	north := h.person("no", bedrail.Grant{Role: "viewer", Site: "north"})
	listen := func(topics, last string) (*bufio.Scanner, func()) {
		req, _ := http.NewRequest("GET", h.url+"/api/v1/events?topics="+topics, nil)
		if last != "" {
			req.Header.Set("Last-Event-ID", last)
		}
		res, err := north.client.Do(req)
		if err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatal(res, err)
		}
		s := bufio.NewScanner(res.Body)
		for s.Scan() && s.Text() != "retry: 2000" { // the stream has begun
			if s.Text() == "event: reset" {
				t.Log("reset")
			}
		}
		return s, func() { res.Body.Close() }
	}
	next := func(s *bufio.Scanner) (name, id, data string) {
		for s.Scan() {
			line := s.Text()
			switch {
			case strings.HasPrefix(line, "event: "):
				name = line[7:]
			case strings.HasPrefix(line, "id: "):
				id = line[4:]
			case strings.HasPrefix(line, "data: "):
				data = line[6:]
			case line == "" && name != "":
				return name, id, data
			}
		}
		return "", "", ""
	}
	tell := func(id, site string) {
		h.Events.Publish(api.Event{Topic: "devices", Name: "device", Site: site, Data: map[string]string{"id": id}})
	}
	s, stop := listen("devices", "")
	tell("dev_hidden", "south") // another site's
	h.Events.Publish(api.Event{Topic: "feeds", Name: "feed", Data: map[string]string{"name": "x"}})
	tell("dev_1", "north")
	name, id, data := next(s)
	if name != "device" || data != `{"id":"dev_1"}` {
		t.Fatalf("got %s %s %s", name, id, data)
	}
	stop()
	tell("dev_nowhere", "") // of unknown place: for those alone who may see every site
	tell("dev_2", "north")
	s, stop = listen("devices", id)
	if name, _, data = next(s); data != `{"id":"dev_2"}` {
		t.Errorf("after the break: %s %s", name, data)
	}
	stop()
	req, _ := http.NewRequest("GET", h.url+"/api/v1/events", nil)
	req.Header.Set("Last-Event-ID", "otherstart-7")
	res, err := north.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if name, _, _ = next(bufio.NewScanner(res.Body)); name != "reset" {
		t.Errorf("after a restart the first event is %q, want reset", name)
	}
	res.Body.Close()
	north.want(400, "no topic", "GET", "/events?topics=colours", nil)
	north.want(403, "compliance-officer", "GET", "/events?topics=audit", nil)
}

func TestReadinessSaysWhatIsWrong(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	if res, text := h.get("/readyz?verbose"); res.StatusCode != 200 || !strings.Contains(text, "[+] disk: ok") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	h.DB.RefuseWrites("the disk is nearly full")
	if res, text := h.get("/readyz"); res.StatusCode != 503 || !strings.Contains(text, "nearly full") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	if res, _ := h.get("/livez"); res.StatusCode != 200 {
		t.Errorf("a full disk is no reason to kill the process: %d", res.StatusCode)
	}
	b := h.browser()
	b.want(503, "nearly full", "POST", "/session", map[string]string{"username": "x", "password": "y"})
	h.DB.AllowWrites()
	if res, _ := h.get("/readyz"); res.StatusCode != 200 {
		t.Errorf("once there is room: %d", res.StatusCode)
	}
}

func TestAFullDiskIsSeenBeforeItIsFull(t *testing.T) {
	h := startHouse(t, t.TempDir(), func(c *server.Config) { c.DiskLow = 100 }) // no disk has so much free
	for range 100 {
		if res, text := h.get("/readyz"); res.StatusCode == 503 && strings.Contains(text, "nothing can be changed now: the disk") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the store is still written to")
}

func TestTheRecordIsVerifiedAsAJob(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	officer := h.token(bedrail.Grant{Role: "compliance-officer"})
	viewer := h.token(bedrail.Grant{Role: "viewer"})
	viewer.want(403, "", "POST", "/audit/verify", nil)
	var j job.Job
	if err := json.Unmarshal([]byte(officer.want(202, `"kind":"audit:verify"`, "POST", "/audit/verify", nil)), &j); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		_, text := officer.ask("GET", "/jobs/"+j.ID, nil)
		if json.Unmarshal([]byte(text), &j); j.State.Final() {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if j.State != job.Done || j.Done == 0 || j.Done != j.Total || !strings.Contains(string(j.Result), `"valid":true`) {
		t.Errorf("got %+v with %s", j, j.Result)
	}
}

func TestMetricsNameNobody(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	h.browser().ask("GET", "/users/usr_planted", nil)
	h.get("/planted-path")
	res, text := h.get("/metrics")
	if res.StatusCode != 200 || !strings.Contains(text, "bedrail_http_requests_total") {
		t.Fatalf("%d %s", res.StatusCode, text)
	}
	if strings.Contains(text, "planted") || regexp.MustCompile(`(?i)([0-9a-f]{2}:){5}[0-9a-f]{2}`).MatchString(text) {
		t.Error("a label names a thing")
	}
	if !strings.Contains(text, `route="/api/v1/users/{id}"`) {
		t.Error("requests are not counted by route")
	}
}

func TestEachPageHasANonceOfItsOwn(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	nonce := regexp.MustCompile(`'nonce-([^']+)'`)
	seen := map[string]bool{}
	for _, path := range []string{"/", "/devices", "/no/such.js", "/login"} {
		res, text := h.get(path)
		policy := res.Header.Get("Content-Security-Policy")
		m := nonce.FindStringSubmatch(policy)
		if m == nil || seen[m[1]] || !strings.Contains(text, m[1]) {
			t.Errorf("%s: policy %q", path, policy)
			continue
		}
		seen[m[1]] = true
		if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
}

func TestARestartKeepsSessionsAndPeople(t *testing.T) {
	folder := t.TempDir()
	var b *browser
	t.Run("before", func(t *testing.T) {
		h := startHouse(t, folder, nil)
		b = h.person("jo", bedrail.Grant{Role: "viewer"})
	})
	h := startHouse(t, folder, nil)
	req, _ := http.NewRequest("GET", h.url+"/api/v1/session", nil)
	for _, c := range b.client.Jar.Cookies(mustURL(t, b.h.url)) {
		req.AddCookie(c)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 200 {
		t.Fatal(res, err)
	}
	res.Body.Close()
}

func TestTheServerIsReadyWithinASecond(t *testing.T) {
	began := time.Now()
	h := startHouse(t, t.TempDir(), nil)
	if res, _ := h.get("/readyz"); res.StatusCode != 200 {
		t.Error("not ready")
	}
	t.Logf("ready after %v", time.Since(began))
}
