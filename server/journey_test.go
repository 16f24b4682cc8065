package server_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/server"
)

// TestJourneys plays the scripts of testdata/journeys, each against a whole
// server on a free port. docs/journeys.md describes the words.
func TestJourneys(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/journeys/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no journeys: %v", err)
	}
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txt"), func(t *testing.T) {
			t.Parallel() // each has a server of its own, and mostly waits
			text, err := os.ReadFile(script)
			if err != nil {
				t.Fatal(err)
			}
			j := &journey{t: t, folder: t.TempDir(), script: script, kept: map[string]string{"today": time.Now().UTC().Format(time.DateOnly)}, tokens: map[string]string{}}
			var flags map[string]string
			if strings.Contains(string(text), "\nsensor ") {
				flags = hubFlags("127.0.0.1:0", "127.0.0.1:0")
			}
			if c := calibrationOf(t, string(text)); c != "" {
				flags = map[string]string{"rules.calibration": c}
			}
			j.server = startWith(t, j.folder, flags)
			defer func() { j.server.end(t) }()
			for n, line := range strings.Split(string(text), "\n") {
				if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
					continue
				}
				j.line = n + 1
				j.step(line)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// A journey is one script with what it has come to know.
type journey struct {
	t      *testing.T
	script string
	line   int
	folder string
	server *running

	role   string
	tokens map[string]string // by role
	kept   map[string]string
	ask    string // what eventually repeats
	status int
	body   []byte

	ends    string // how an import is to end, when not well
	systems map[string]*maintenance
	parsed  any

	stations map[string]func() error // remote sensors that run, by name
}

func (j *journey) failf(format string, args ...any) {
	j.t.Helper()
	j.t.Errorf("%s:%d: %s", j.script, j.line, fmt.Sprintf(format, args...))
}

func (j *journey) step(line string) {
	j.t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	rest = j.fill(strings.TrimSpace(rest))
	switch word {
	case "as":
		j.role = rest
	case "play":
		j.bring("pcap " + rest)
	case "hear":
		j.hear(rest)
	case "ingest":
		j.bring(rest)
	case "partly":
		j.ends = "partly"
		j.bring(rest)
		j.ends = ""
	case "GET", "PATCH", "POST", "PUT", "DELETE":
		j.ask = ""
		j.call(word, rest)
	case "eventually":
		j.ask = rest
		method, path, _ := strings.Cut(rest, " ")
		j.call(method, path)
	case "status":
		if strconv.Itoa(j.status) != rest {
			j.failf("the answer has status %d, want %s: %s", j.status, rest, j.body)
		}
	case "body":
		j.claim(rest)
	case "keep":
		name, path, _ := strings.Cut(rest, "=")
		v, ok := at(j.parsed, strings.TrimSpace(path))
		if !ok {
			j.failf("there is no %s in %s", path, j.body)
		}
		j.kept[strings.TrimSpace(name)] = v
	case "receiver":
		name, address, _ := strings.Cut(rest, " ")
		j.kept[name] = newReceiverAt(j.t, address).door.Addr().String()
	case "maintenance":
		if j.systems == nil {
			j.systems = map[string]*maintenance{}
		}
		j.systems[rest] = newMaintenance(j.t)
		j.kept[rest] = j.systems[rest].URL
	case "told":
		j.listens(rest)
	case "columns":
		j.columns(rest)
	case "listen":
		j.kept[rest] = freeAddress(j.t)
	case "sensor":
		j.sensor(rest)
	case "mllp":
		address, file, _ := strings.Cut(rest, " ")
		j.body = sayMLLP(j.t, address, filepath.Join("testdata", file))
		j.ask, j.parsed = "", nil
	case "audit":
		j.audit(rest)
	case "store":
		j.store(rest)
	case "verify":
		j.verify()
	case "judged": // the server was started with it
	case "restart":
		j.server.end(j.t)
		j.server = start(j.t, j.folder)
	case "backup":
		j.backup(rest)
	case "lose":
		j.lose(rest)
	case "restore":
		j.restore(rest)
	default:
		j.failf("%s is not a word of journeys", word)
	}
}

var braces = regexp.MustCompile(`\{(\w+)\}`)

// fill replaces {name} by what was kept.
func (j *journey) fill(s string) string {
	return braces.ReplaceAllStringFunc(s, func(m string) string {
		if v, ok := j.kept[m[1:len(m)-1]]; ok {
			return v
		}
		return m
	})
}

// token returns a token of the current role, made when it is first needed.
func (j *journey) token() string {
	j.t.Helper()
	if t := j.tokens[j.role]; t != "" {
		return t
	}
	by := bedrail.SystemActor("journey", j.server.Config.Tenant)
	grants := []bedrail.Grant{{Role: j.role}}
	if _, err := j.server.Access.Provision(j.t.Context(), by, j.role, j.role, "journey-password-1", grants); err != nil {
		j.t.Fatal(err)
	}
	_, secret, err := j.server.Access.CreateTokenFor(j.t.Context(), by, j.role, access.TokenSpec{Name: "journey", Lasts: time.Hour})
	if err != nil {
		j.t.Fatal(err)
	}
	j.tokens[j.role] = secret
	return secret
}

// call sends one request: a path, optionally a body and a version to match.
// Blanks and quotes in a filter may stand as they are read.
func (j *journey) call(method, rest string) {
	j.t.Helper()
	path, body, version := rest, "", ""
	if i := strings.Index(rest, " if-match="); i >= 0 {
		version, rest = rest[i+len(" if-match="):], rest[:i]
		path = rest
	}
	if i := strings.Index(rest, " {"); i >= 0 {
		path, body = rest[:i], rest[i+1:]
	}
	req, err := http.NewRequestWithContext(j.t.Context(), method, j.server.URL()+encode(path), strings.NewReader(body))
	if err != nil {
		j.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
		if method == http.MethodPatch {
			req.Header.Set("Content-Type", "application/merge-patch+json")
		}
	}
	if version != "" {
		req.Header.Set("If-Match", strconv.Quote(version))
	}
	j.send(req)
}

// encode escapes what may not stand in an address, and leaves plus signs as
// the blanks between terms of a filter.
func encode(path string) string {
	path, query, found := strings.Cut(path, "?")
	if !found {
		return path
	}
	parts := strings.Split(query, "&")
	for i, p := range parts {
		name, value, _ := strings.Cut(p, "=")
		parts[i] = name + "=" + url.QueryEscape(strings.ReplaceAll(value, "+", " "))
	}
	return path + "?" + strings.Join(parts, "&")
}

func (j *journey) send(req *http.Request) {
	j.t.Helper()
	req.Header.Set("Authorization", "Bearer "+j.token())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		j.t.Fatal(err)
	}
	defer resp.Body.Close()
	j.status = resp.StatusCode
	if j.body, err = io.ReadAll(resp.Body); err != nil {
		j.t.Fatal(err)
	}
	j.parsed = nil
	if err := json.Unmarshal(j.body, &j.parsed); err != nil && j.status < 300 && len(j.body) > 0 {
		j.failf("the answer is not JSON: %v", err)
	}
}

// bring uploads a file: kind, path, and what else is said as name=value.
func (j *journey) bring(rest string) {
	j.t.Helper()
	words := split(rest)
	path := filepath.Join("testdata", words[1])
	if strings.HasPrefix(words[1], "../") {
		path = words[1]
	}
	j.upload(words[0], path, words[2:])
}

func (j *journey) upload(kind, path string, said []string) {
	j.t.Helper()
	body := openFile(j.t, path)
	q := url.Values{"kind": {kind}, "name": {filepath.Base(path)}}
	for _, w := range said {
		name, value, _ := strings.Cut(w, "=")
		q.Set(name, value)
	}
	req, err := http.NewRequestWithContext(j.t.Context(), http.MethodPost, j.server.URL()+"/api/v1/imports?"+q.Encode(), body)
	if err != nil {
		j.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	j.send(req)
	if state, _ := at(j.parsed, "$.state"); j.status != http.StatusAccepted || state != cmp.Or(j.ends, "done") {
		j.failf("importing %s ended with status %d: %s", path, j.status, j.body)
	}
}

func openFile(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// hear plays a capture as if its frames had just been sent: what reaches a
// device is asked of the last weeks.
func (j *journey) hear(file string) {
	j.t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		j.t.Fatal(err)
	}
	now := uint32(time.Now().Add(-time.Minute).Unix())
	for at := 24; at+16 <= len(b); at += 16 + int(binary.LittleEndian.Uint32(b[at+8:])) {
		binary.LittleEndian.PutUint32(b[at:], now)
	}
	moved := filepath.Join(j.t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(moved, b, 0o600); err != nil {
		j.t.Fatal(err)
	}
	j.upload("pcap", moved, nil)
}

// split cuts at blanks outside of double quotes.
func split(s string) []string {
	quoted := false
	parts := strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], `"`, "")
	}
	return parts
}

// claim checks the last answer; after eventually it asks again for ten
// seconds until the claim holds.
func (j *journey) claim(text string) {
	j.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		why := j.holds(text)
		if why == "" {
			return
		}
		if j.ask == "" || time.Now().After(deadline) {
			j.failf("%s (status %d): %.1500s", why, j.status, j.body)
			return
		}
		method, path, _ := strings.Cut(j.ask, " ")
		j.call(method, path)
	}
}

// holds says why a claim about the body does not hold, or nothing.
func (j *journey) holds(text string) string {
	what, want, _ := strings.Cut(text, " ")
	want = strings.TrimSpace(want)
	switch what {
	case "contains":
		if !bytes.Contains(j.body, []byte(strings.Trim(want, `"`))) {
			return "the answer does not contain " + want
		}
		return ""
	case "lacks":
		if bytes.Contains(j.body, []byte(strings.Trim(want, `"`))) {
			return "the answer contains " + want
		}
		return ""
	}
	want, ok := strings.CutPrefix(want, "is ")
	if !ok {
		return "a claim is contains, lacks, or a path that is something"
	}
	want = strings.Trim(want, `"`)
	if got, found := at(j.parsed, what); !found || got != want {
		return fmt.Sprintf("%s is %q, want %q", what, got, want)
	}
	return ""
}

// at finds $.items[0].unit in a decoded answer.
func at(v any, path string) (string, bool) {
	path = strings.TrimPrefix(path, "$")
	for path != "" {
		switch path[0] {
		case '.':
			end := strings.IndexAny(path[1:], ".[")
			if end < 0 {
				end = len(path) - 1
			}
			object, ok := v.(map[string]any)
			if !ok {
				return "", false
			}
			if v, ok = object[path[1:1+end]]; !ok {
				return "", false
			}
			path = path[1+end:]
		case '[':
			end := strings.IndexByte(path, ']')
			i, err := strconv.Atoi(path[1:end])
			list, ok := v.([]any)
			if err != nil || !ok || i >= len(list) {
				return "", false
			}
			v, path = list[i], path[end+1:]
		default:
			return "", false
		}
	}
	if s, ok := v.(string); ok {
		return s, true
	}
	raw, err := json.Marshal(v)
	return string(raw), err == nil
}

var holdsEntries = regexp.MustCompile(`^holds (at least )?(\d+) "([^"]+)"$`)

func (j *journey) audit(rest string) {
	j.t.Helper()
	m := holdsEntries.FindStringSubmatch(rest)
	if m == nil {
		j.failf("audit holds 1 \"device:tag\" is the form")
		return
	}
	j.ask = ""
	role := j.role
	j.role = string(access.ComplianceOfficer)
	j.call(http.MethodGet, "/api/v1/audit?filter=did:"+m[3])
	j.role = role
	want, _ := strconv.Atoi(m[2]) // digits by the expression
	total, _ := at(j.parsed, "$.total")
	if got, err := strconv.Atoi(total); err != nil || got < want || m[1] == "" && got != want {
		j.failf("the audit record holds %s entries %s, want %s%d: %.600s", total, m[3], m[1], want, j.body)
	}
}

func (j *journey) verify() {
	j.t.Helper()
	j.ask = ""
	role := j.role
	j.role = string(access.ComplianceOfficer)
	j.call(http.MethodGet, "/api/v1/audit/verify")
	j.role = role
	if valid, _ := at(j.parsed, "$.valid"); valid != "true" {
		j.failf("the audit record does not verify: %s", j.body)
	}
}

// store searches every file below the server's folder for words that must
// not be there.
func (j *journey) store(rest string) {
	j.t.Helper()
	word := strings.Trim(strings.TrimPrefix(rest, "lacks "), `"`)
	err := filepath.WalkDir(j.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err == nil && bytes.Contains(body, []byte(word)) {
			j.failf("%s holds %q", path, word)
		}
		return nil // a file that went away meanwhile holds nothing
	})
	if err != nil {
		j.t.Fatal(err)
	}
}

func (j *journey) file(name string) string { return filepath.Join(j.folder, name+".backup") }

func (j *journey) backup(name string) {
	j.t.Helper()
	if err := server.Backup(j.t.Context(), j.server.Server, j.file(name)); err != nil {
		j.t.Fatal(err)
	}
}

// lose takes the data folder away, as a broken disk does; the keys lie
// elsewhere.
func (j *journey) lose(string) {
	j.t.Helper()
	j.server.end(j.t)
	if err := os.RemoveAll(j.server.Config.Data); err != nil {
		j.t.Fatal(err)
	}
}

func (j *journey) restore(name string) {
	j.t.Helper()
	if err := server.Restore(context.Background(), j.server.Config, j.file(name)); err != nil {
		j.t.Fatal(err)
	}
	j.server = start(j.t, j.folder)
}
