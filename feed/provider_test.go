package feed_test

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"bedrail/feed"
	"bedrail/store/storetest"
	"bedrail/vuln"
)

// quick makes keys that take no time to make.
var quick = &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA}

// A csafSite is a CSAF provider with a key, and files that a test may change.
type csafSite struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string]string
	asked map[string]int
}

func newCSAFSite(t *testing.T) (*csafSite, *openpgp.Entity) {
	t.Helper()
	s := &csafSite{files: map[string]string{}, asked: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked[r.URL.Path]++
		body, ok := s.files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	key, err := openpgp.NewEntity("Acme PSIRT", "", "psirt@acme.example", quick)
	if err != nil {
		t.Fatal(err)
	}
	var ring bytes.Buffer
	w, err := armor.Encode(&ring, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Serialize(w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	s.set("/key.asc", ring.String())
	return s, key
}

func (s *csafSite) set(path, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[path] = body
}

// publish puts a document with its hash, and its signature by key, there.
func (s *csafSite) publish(t *testing.T, path, id, cve string, key *openpgp.Entity) {
	t.Helper()
	doc := fmt.Sprintf(`{"document":{"category":"csaf_security_advisory","csaf_version":"2.0","title":"Acme %s","publisher":{"name":"Acme"},"tracking":{"id":%q,"current_release_date":"2026-11-01T00:00:00Z"}},
	"product_tree":{"branches":[{"category":"vendor","name":"Acme","branches":[{"category":"product_name","name":"Drip","branches":[{"category":"product_version_range","name":"<5","product":{"product_id":"P1","name":"Acme Drip <5"}}]}]}]},
	"vulnerabilities":[{"cve":%q,"product_status":{"known_affected":["P1"]}}]}`, id, id, cve)
	sum := sha512.Sum512([]byte(doc))
	s.set(path, doc)
	s.set(path+".sha512", hex.EncodeToString(sum[:])+"  "+path[strings.LastIndexByte(path, '/')+1:]+"\n")
	if key != nil {
		var sig bytes.Buffer
		if err := openpgp.ArmoredDetachSign(&sig, key, strings.NewReader(doc), nil); err != nil {
			t.Fatal(err)
		}
		s.set(path+".asc", sig.String())
	}
}

func (s *csafSite) metadata(key *openpgp.Entity, distributions string) {
	s.set("/.well-known/csaf/provider-metadata.json", fmt.Sprintf(`{"metadata_version":"2.0","public_openpgp_keys":[{"fingerprint":%q,"url":"%s/key.asc"}],"distributions":[%s]}`,
		strings.ToUpper(hex.EncodeToString(key.PrimaryKey.Fingerprint)), s.URL, distributions))
}

func (s *csafSite) desk(t *testing.T, told *[]string) *feed.Desk {
	return &feed.Desk{Store: storetest.New(t), Auth: allowed{}, Clock: func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }, Patience: time.Millisecond,
		Sources: []feed.Source{{Name: "acme", URL: s.URL + "/.well-known/csaf/provider-metadata.json"}},
		Changed: func(_ context.Context, updates []vuln.Update) {
			for _, u := range updates {
				*told = append(*told, u.Advisory.ID)
			}
		}}
}

func TestAProviderIsAskedOnlyForWhatChanged(t *testing.T) {
	for _, how := range []string{"changes.csv", "ROLIE"} {
		t.Run(how, func(t *testing.T) {
			ctx := context.Background()
			s, key := newCSAFSite(t)
			list := func(times ...string) {
				csv, rolie := "", []string{}
				for i, at := range times {
					csv += fmt.Sprintf("\"2026/acme-%d.json\",\"%s\"\n", i+1, at)
					u := fmt.Sprintf("%s/docs/2026/acme-%d.json", s.URL, i+1)
					rolie = append(rolie, fmt.Sprintf(`{"id":"acme-%d","updated":%q,"content":{"src":%q},"link":[{"rel":"hash","href":"%s.sha512"},{"rel":"signature","href":"%s.asc"}]}`, i+1, at, u, u, u))
				}
				s.set("/docs/changes.csv", csv)
				s.set("/docs/feed.json", `{"feed":{"entry":[`+strings.Join(rolie, ",")+`]}}`)
			}
			if how == "ROLIE" {
				s.metadata(key, fmt.Sprintf(`{"rolie":{"feeds":[{"url":"%s/docs/feed.json","tlp_label":"WHITE"},{"url":"%s/red.json","tlp_label":"RED"}]}}`, s.URL, s.URL))
			} else {
				s.metadata(key, fmt.Sprintf(`{"directory_url":"%s/docs"}`, s.URL))
			}
			s.publish(t, "/docs/2026/acme-1.json", "acme-1", "CVE-2026-0001", key)
			s.publish(t, "/docs/2026/acme-2.json", "acme-2", "CVE-2026-0002", key)
			list("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")
			var told []string
			d := s.desk(t, &told)
			got, err := d.Sync(ctx, analyst, "acme")
			if err != nil || got.Changed != 2 || len(got.Problems) > 0 {
				t.Fatalf("first: %+v, %v", got, err)
			}
			if got, err = d.Sync(ctx, analyst, "acme"); err != nil || got.Changed != 0 || s.asked["/docs/2026/acme-1.json"] != 1 {
				t.Errorf("nothing changed: %+v, %v, the first document was asked for %d times", got, err, s.asked["/docs/2026/acme-1.json"])
			}
			s.publish(t, "/docs/2026/acme-1.json", "acme-1", "CVE-2026-0011", key)
			list("2026-11-03T00:00:00Z", "2026-11-02T00:00:00Z")
			if got, err = d.Sync(ctx, analyst, "acme"); err != nil || got.Changed != 1 || s.asked["/docs/2026/acme-2.json"] != 1 {
				t.Errorf("one changed: %+v, %v, the other was asked for %d times", got, err, s.asked["/docs/2026/acme-2.json"])
			}
			if strings.Join(told, " ") != "CVE-2026-0001 CVE-2026-0002 CVE-2026-0011" {
				t.Errorf("told of %q", told)
			}
			if feeds, err := d.Feeds(ctx, analyst); err != nil || len(feeds) != 1 || feeds[0].Name != "csaf:acme" || feeds[0].Missing {
				t.Errorf("got %+v, %v", feeds, err)
			}
		})
	}
}

func TestADocumentThatIsNotItsProvidersIsRefused(t *testing.T) {
	ctx := context.Background()
	stranger, err := openpgp.NewEntity("Somebody", "", "x@example.org", quick)
	if err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func(t *testing.T, s *csafSite){
		"a hash that differs": func(_ *testing.T, s *csafSite) { s.set("/docs/2026/acme-2.json.sha512", strings.Repeat("0", 128)) },
		"a signature of a stranger": func(t *testing.T, s *csafSite) {
			s.publish(t, "/docs/2026/acme-2.json", "acme-2", "CVE-2026-0002", stranger)
		},
		"no signature": func(_ *testing.T, s *csafSite) { delete(s.files, "/docs/2026/acme-2.json.asc") },
		"no document":  func(_ *testing.T, s *csafSite) { delete(s.files, "/docs/2026/acme-2.json") },
	} {
		t.Run(what, func(t *testing.T) {
			s, key := newCSAFSite(t)
			s.metadata(key, fmt.Sprintf(`{"directory_url":"%s/docs/"}`, s.URL))
			for n := 1; n <= 3; n++ {
				s.publish(t, fmt.Sprintf("/docs/2026/acme-%d.json", n), fmt.Sprintf("acme-%d", n), fmt.Sprintf("CVE-2026-000%d", n), key)
			}
			s.set("/docs/changes.csv", "\"2026/acme-1.json\",\"2026-11-01T00:00:00Z\"\n\"2026/acme-2.json\",\"2026-11-02T00:00:00Z\"\n\"2026/acme-3.json\",\"2026-11-03T00:00:00Z\"\n\"../../etc/passwd.json\",\"2026-11-03T00:00:00Z\"\n")
			spoil(t, s)
			var told []string
			d := s.desk(t, &told)
			got, err := d.Sync(ctx, analyst, "acme")
			if err != nil || got.Changed != 2 || len(got.Problems) != 1 || !strings.Contains(got.Problems[0].String(), "acme-2.json") {
				t.Errorf("got %+v, %v; want the two others, and one problem that names the document", got, err)
			}
			s.publish(t, "/docs/2026/acme-2.json", "acme-2", "CVE-2026-0002", key) // it is mended
			s.set("/docs/changes.csv", s.files["/docs/changes.csv"]+"\"2026/acme-2.json\",\"2026-11-04T00:00:00Z\"\n")
			if got, err = d.Sync(ctx, analyst, "acme"); err != nil || !strings.Contains(strings.Join(told, " "), "CVE-2026-0002") {
				t.Errorf("after it was mended: %+v, %v, told %q", got, err, told)
			}
		})
	}
}

func TestAKeyWithAnotherFingerprintIsNotTrusted(t *testing.T) {
	s, key := newCSAFSite(t)
	s.metadata(key, fmt.Sprintf(`{"directory_url":"%s/docs/"}`, s.URL))
	s.set("/.well-known/csaf/provider-metadata.json", strings.Replace(s.files["/.well-known/csaf/provider-metadata.json"], `"fingerprint":"`, `"fingerprint":"00`, 1))
	var told []string
	if _, err := s.desk(t, &told).Sync(context.Background(), analyst, "acme"); err == nil || !strings.Contains(err.Error(), "fingerprint") {
		t.Errorf("got %v", err)
	}
}
