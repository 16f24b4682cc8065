package feed_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bedrail/feed"
	"bedrail/store/storetest"
)

// A carrier makes bundles with a key.
type carrier struct {
	t      *testing.T
	dir    string
	signer note.Signer
	key    string
}

func newCarrier(t *testing.T) *carrier {
	t.Helper()
	secret, key, err := note.GenerateKey(rand.Reader, "carrier")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	c := &carrier{t: t, dir: filepath.Join(t.TempDir(), "feeds"), signer: signer, key: key}
	c.put("osv/npm/GHSA-1.json", `{"id":"GHSA-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"left"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}`)
	c.put("kev/kev.json", samples["kev.json"])
	c.put("README.md", "no feed")
	return c
}

func (c *carrier) put(name, text string) {
	path := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *carrier) bundle(base *feed.Manifest, made string) ([]byte, feed.Manifest) {
	c.t.Helper()
	at, err := time.Parse(time.DateOnly, made)
	if err != nil {
		c.t.Fatal(err)
	}
	var out bytes.Buffer
	m, err := feed.CreateBundle(context.Background(), &out, []string{c.dir}, base, at, func(text string) (string, error) {
		signed, err := note.Sign(&note.Note{Text: text}, c.signer)
		return string(signed), err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return out.Bytes(), m
}

func (c *carrier) desk(keys ...string) *feed.Desk {
	return &feed.Desk{Store: storetest.New(c.t), Auth: allowed{}, Clock: func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }, BundleKeys: keys}
}

func take(d *feed.Desk, b []byte) (feed.Result, error) {
	return d.Import(context.Background(), analyst, "carried.zip", bytes.NewReader(b))
}

func TestASignedBundleIsTakenAndItsAgeIsKnown(t *testing.T) {
	c := newCarrier(t)
	b, m := c.bundle(nil, "2026-11-20")
	d := c.desk(c.key)
	got, err := take(d, b)
	if err != nil || len(m.Files) != 2 || got.Changed < 2 {
		t.Fatalf("got %+v, %v, manifest %+v", got, err, m)
	}
	feeds, err := d.Feeds(context.Background(), analyst)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, f := range feeds {
		if f.Kind == "bundle" {
			said = f.Name + " " + f.Newest.Format(time.DateOnly)
		}
	}
	if said != "bundle:carrier 2026-11-20" {
		t.Errorf("got %q in %+v", said, feeds)
	}
	if again, err := take(d, b); err != nil || again.Changed != 0 {
		t.Errorf("the same once more: %+v, %v", again, err)
	}
}

func TestABundleOfNobodyTrustedIsRefusedWhole(t *testing.T) {
	c, other := newCarrier(t), newCarrier(t)
	b, _ := c.bundle(nil, "2026-11-20")
	for what, bad := range map[string]struct {
		keys []string
		body []byte
	}{
		"no key is trusted":      {nil, b},
		"another key is trusted": {[]string{other.key}, b},
		"a file was changed":     {[]string{c.key}, rezip(t, b, func(name, text string) (string, string) { return name, strings.Replace(text, `"left"`, `"reft"`, 1) })},
		"a file was renamed":     {[]string{c.key}, rezip(t, b, func(name, text string) (string, string) { return strings.Replace(name, "GHSA-1", "GHSA-2", 1), text })},
		"a file was left out": {[]string{c.key}, rezip(t, b, func(name, text string) (string, string) {
			return strings.Replace(name, "feeds/kev/kev.json", "", 1), text
		})},
		"the list was changed": {[]string{c.key}, rezip(t, b, func(name, text string) (string, string) {
			return name, strings.Replace(text, "made 2026-11-20", "made 2026-11-21", 1)
		})},
		"the signature was cut":         {[]string{c.key}, rezip(t, b, func(name, text string) (string, string) { return name, strings.Replace(text, "\n\n— ", "\n", 1) })},
		"a file that is not listed too": {[]string{c.key}, append([]byte(nil), extra(t, b)...)},
	} {
		d := c.desk(bad.keys...)
		got, err := take(d, bad.body)
		if err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: got %+v, %v", what, got, err)
		}
		if feeds, _ := d.Feeds(context.Background(), analyst); len(feeds) != 0 {
			t.Errorf("%s: something was kept: %+v", what, feeds)
		}
	}
}

func TestABundleDoesNotTakeKnowledgeBack(t *testing.T) {
	c := newCarrier(t)
	older, first := c.bundle(nil, "2026-11-10")
	c.put("osv/npm/GHSA-2.json", `{"id":"GHSA-2","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"right"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}`)
	delta, second := c.bundle(&first, "2026-11-20")
	if len(second.Files) != 1 || second.Base != first.Digest {
		t.Fatalf("what the base has is packed again: %+v", second)
	}
	d := c.desk(c.key)
	if _, err := take(d, older); err != nil {
		t.Fatal(err)
	}
	if got, err := take(d, delta); err != nil || got.Changed != 1 || len(got.Problems) > 0 {
		t.Errorf("what was added: %+v, %v", got, err)
	}
	if got, err := take(d, older); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("an older one after a newer: %+v, %v", got, err)
	}
	fresh := c.desk(c.key)
	if got, err := take(fresh, delta); err != nil || len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Text, "whole bundle") {
		t.Errorf("what adds to something that was never taken: %+v, %v", got, err)
	}
}

// rezip writes a bundle again with its members changed; one with an empty name
// is left out.
func rezip(t *testing.T, b []byte, change func(name, text string) (string, string)) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range in.File {
		src, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(src)
		if err != nil {
			t.Fatal(err)
		}
		name, changed := change(f.Name, string(text))
		if name == "" {
			continue
		}
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, changed); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// extra adds a file to a bundle that its list does not name.
func extra(t *testing.T, b []byte) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range in.File {
		if err := z.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	w, err := z.Create("feeds/osv/npm/GHSA-9.json")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, `{"id":"GHSA-9","modified":"2026-01-01T00:00:00Z"}`)
	z.Close()
	return out.Bytes()
}

func FuzzManifest(f *testing.F) {
	f.Add("bedrail feed bundle v1\nmade 2026-11-20T00:00:00Z\nbase -\nfile " + strings.Repeat("0", 64) + " 12 \"feeds/a.json\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		w, _ := z.Create("bedrail-bundle.note")
		io.WriteString(w, text)
		z.Close()
		path := filepath.Join(t.TempDir(), "b.zip")
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := feed.ReadManifest(path)
		for _, file := range m.Files {
			if err == nil && (strings.Contains(file.Name, "..") || strings.HasPrefix(file.Name, "/")) {
				t.Errorf("a file may be named %q", file.Name)
			}
		}
	})
}
