package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail/server/oneshot"
)

var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// throwAway makes a key for one test.
func throwAway(t *testing.T) (path string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "key.pem")
	write(t, path, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTheSignatureIsOneThatPublicToolsCheck(t *testing.T) {
	out := t.TempDir()
	write(t, filepath.Join(out, "b"), "second")
	write(t, filepath.Join(out, "a"), "first")
	if err := errors.Join(writeSums(out), signSums(out, throwAway(t))); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(out, sumsFile))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%x  a\n%x  b\n", sha256.Sum256([]byte("first")), sha256.Sum256([]byte("second")))
	if string(sums) != want {
		t.Errorf("got %s, want %s", sums, want)
	}
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("this test needs openssl, not there")
	}
	check := func() error {
		c := exec.Command("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", sumsFile+".pub", "-rawin", "-in", sumsFile, "-sigfile", sumsFile+".sig")
		c.Dir = out
		return c.Run()
	}
	if err := check(); err != nil {
		t.Errorf("openssl refuses the signature: %v", err)
	}
	write(t, filepath.Join(out, sumsFile), string(sums)+" ")
	if err := check(); err == nil {
		t.Error("openssl takes the signature of other sums")
	}
}

func TestKeysThatCannotSignAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	write(t, path, "not a key")
	if _, err := readKey(path); err == nil || !strings.Contains(err.Error(), "openssl genpkey") {
		t.Errorf("got %v", err)
	}
}

func TestArchivesAreTheSameEachTime(t *testing.T) {
	from := filepath.Join(t.TempDir(), "program")
	write(t, from, "program")
	files := []file{{"bedrail", from, 0o755}, {"man/bedrail.1", from, 0o644}}
	for name, fill := range map[string]func(io.Writer) error{
		"tar.gz": func(w io.Writer) error { return writeTarGz(w, "bedrail-1.0.0", files, monday) },
		"zip":    func(w io.Writer) error { return writeZip(w, "bedrail-1.0.0", files, monday) },
	} {
		var first, second bytes.Buffer
		if err := fill(&first); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(from, time.Now(), time.Now().Add(time.Hour)); err != nil { // what the disk says must not matter
			t.Fatal(err)
		}
		if err := fill(&second); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) || first.Len() == 0 {
			t.Errorf("%s differs", name)
		}
	}
}

// openLayout reads an image layout: its files by name.
func openLayout(t *testing.T, path string) map[string][]byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string][]byte{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if all[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

// follow returns the blob of d, which must be what d says.
func follow(t *testing.T, files map[string][]byte, d descriptor, into any) []byte {
	t.Helper()
	body := files["blobs/sha256/"+strings.TrimPrefix(d.Digest, "sha256:")]
	if int64(len(body)) != d.Size || fmt.Sprintf("sha256:%x", sha256.Sum256(body)) != d.Digest {
		t.Fatalf("%s is not its blob of %d bytes", d.Digest, len(body))
	}
	if into != nil {
		if err := json.Unmarshal(body, into); err != nil {
			t.Fatal(err)
		}
	}
	return body
}

func TestTheImageIsOneThatEnginesLoad(t *testing.T) {
	out := t.TempDir()
	program := filepath.Join(out, "program")
	write(t, program, "program")
	r := release{version: "1.0.0", commit: "abc", at: monday, out: out}
	images := []image{{"amd64", program}, {"arm64", program}}
	if err := r.writeImage(images); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(out, "bedrail-1.0.0-oci.tar")
	files := openLayout(t, path)
	if string(files["oci-layout"]) != `{"imageLayoutVersion":"1.0.0"}` {
		t.Errorf("got %s", files["oci-layout"])
	}
	type index struct{ Manifests []descriptor }
	var top, all index
	if err := json.Unmarshal(files["index.json"], &top); err != nil || len(top.Manifests) != 1 {
		t.Fatalf("%v, %s", err, files["index.json"])
	}
	follow(t, files, top.Manifests[0], &all)
	if len(all.Manifests) != 2 || all.Manifests[1].Platform.Architecture != "arm64" {
		t.Fatalf("got %+v", all)
	}
	for _, m := range all.Manifests {
		var manifest struct {
			Config descriptor
			Layers []descriptor
		}
		follow(t, files, m, &manifest)
		var config struct {
			Config struct{ User string }
			RootFS struct {
				DiffIDs []string `json:"diff_ids"`
			}
		}
		follow(t, files, manifest.Config, &config)
		z, err := gzip.NewReader(bytes.NewReader(follow(t, files, manifest.Layers[0], nil)))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("sha256:%x", sha256.Sum256(plain)); got != config.RootFS.DiffIDs[0] || !bytes.Contains(plain, []byte("program")) {
			t.Errorf("the layer is %s, the configuration says %v", got, config.RootFS.DiffIDs)
		}
		if config.Config.User == "" || strings.HasPrefix(config.Config.User, "0") {
			t.Errorf("the image runs as %q", config.Config.User)
		}
	}
	first, err := sumOf(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.writeImage(images); err != nil {
		t.Fatal(err)
	}
	if second, err := sumOf(path); err != nil || first != second {
		t.Errorf("made twice, the images are %s and %s, %v", first, second, err)
	}
}

func TestALicenceThatIsNotKnownIsNoGuess(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "LICENSE"), "Do as you please.")
	if id, err := licenceOf(folder); err == nil {
		t.Errorf("got %q", id)
	}
	write(t, filepath.Join(folder, "LICENSE"), "Permission is hereby granted, free of charge,\nto any person obtaining a copy")
	if id, err := licenceOf(folder); id != "MIT" || err != nil {
		t.Errorf("got %q, %v", id, err)
	}
}

// own writes the bill of this tree.
func own(t *testing.T) (path string, b bill) {
	t.Helper()
	if testing.Short() {
		t.Skip("listing the modules of every target takes a while; not with -short")
	}
	t.Chdir("../../..")
	r := release{version: "1.0.0", at: monday, out: t.TempDir(), targets: targets}
	f, err := r.writeBill()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.from)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	return f.from, b
}

func TestTheBillNamesWhatIsInsideWithItsLicence(t *testing.T) {
	_, b := own(t)
	found := map[string]string{}
	for _, c := range b.Components {
		if len(c.Licences) != 1 || c.Version == "" {
			t.Errorf("%s has version %q and licences %v", c.Name, c.Version, c.Licences)
			continue
		}
		found[c.Name] = c.Licences[0].Licence.ID
	}
	for name, licence := range map[string]string{
		"stdlib": "BSD-3-Clause", "modernc.org/sqlite": "BSD-3-Clause", "github.com/nats-io/nats-server/v2": "Apache-2.0", "react": "MIT",
	} {
		if found[name] != licence {
			t.Errorf("%s has %q, want %q", name, found[name], licence)
		}
	}
	for _, tool := range []string{"vitest", "typescript", "github.com/google/go-cmp"} {
		if _, is := found[tool]; is {
			t.Errorf("%s is in the bill and not in the program", tool)
		}
	}
}

// elsewhere names, by vulnerability, the one package of a module that has it.
// It does not concern a program that is built without that package.
var elsewhere = map[string]string{"GO-2026-5932": "golang.org/x/crypto/openpgp"}

// TestTheBillIsJudgedAsAnyOther reads our own bill by our own reader against
// published advisories.
func TestTheBillIsJudgedAsAnyOther(t *testing.T) {
	const feeds = "../../../../shared/testdata/sbom/feeds"
	there, err := filepath.Abs(feeds)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(there); err != nil {
		t.Skip("this test needs ../shared/testdata/sbom/feeds, not there")
	}
	path, b := own(t)
	got, err := oneshot.Assess(t.Context(), oneshot.AssessRequest{Bills: []string{path}, Feeds: []string{there}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Bills) != 1 || got.Bills[0].Components != len(b.Components) {
		t.Errorf("read as %+v, written with %d components", got.Bills, len(b.Components))
	}
	packages, err := output("go", "list", "-deps", "./cmd/bedrail")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got.Findings {
		if p := elsewhere[f.Vulnerability]; p != "" && !strings.Contains(packages, p) {
			continue
		}
		if f.Status == "affected" {
			t.Errorf("%s %s is affected by %s: %s", f.Component.Name, f.Component.Version, f.Vulnerability, f.Match.Reason)
		}
	}
}
