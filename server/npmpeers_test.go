package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/server"
)

// npmPeers is the folder of clients and servers from npm, installed when they
// are missing.
func npmPeers(t *testing.T) string {
	t.Helper()
	folder := filepath.Join("testdata", "peers")
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("Node.js is not installed: @medplum/hl7, node-hl7-client and node-hl7-server were not talked to")
	}
	installed, err := os.ReadFile(filepath.Join(folder, "node_modules", ".package-lock.json"))
	locked, err2 := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err2 != nil {
		t.Fatal(err2)
	}
	if err == nil && samePackages(t, installed, locked) {
		return folder
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("npm did not install @medplum/hl7, node-hl7-client and node-hl7-server, so they were not talked to: %v\n%s", err, out)
	}
	return folder
}

// samePackages compares the versions of two lock files.
func samePackages(t *testing.T, a, b []byte) bool {
	t.Helper()
	versions := func(text []byte) string {
		var lock struct {
			Packages map[string]struct{ Version string }
		}
		if err := json.Unmarshal(text, &lock); err != nil {
			t.Fatal(err)
		}
		delete(lock.Packages, "")
		return fmt.Sprint(lock.Packages)
	}
	return versions(a) == versions(b)
}

// A peerOptions is what peer.mjs is told.
type peerOptions struct {
	Port     string            `json:"port"`
	Wait     string            `json:"wait,omitempty"`
	Enhanced bool              `json:"enhanced,omitempty"`
	Code     string            `json:"code,omitempty"`
	TLS      map[string]string `json:"tls,omitempty"`
}

func peerCommand(ctx context.Context, t *testing.T, folder, verb string, o peerOptions) *exec.Cmd {
	t.Helper()
	settings, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "node", "peer.mjs", verb, string(settings))
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	return cmd
}

// An npmAnswer is what a client made of an acknowledgment.
type npmAnswer struct{ Code, Of, Error string }

// sendBy has a client send messages, and returns what it was answered.
func sendBy(t *testing.T, folder, verb string, o peerOptions, messages ...string) (answers []npmAnswer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := peerCommand(ctx, t, folder, verb, o)
	in, err := json.Marshal(messages)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s of %d messages: %v after %s", verb, len(messages), err, out)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var a npmAnswer
		if err := d.Decode(&a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	return answers
}

// An npmServer is a receiver of a process of its own.
type npmServer struct {
	mu   sync.Mutex // guards got
	got  []string   // control ids
	body map[string]string
	errs []string
}

// hearBy starts a receiver and waits until it listens.
func hearBy(t *testing.T, folder, verb string, o peerOptions) *npmServer {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := peerCommand(ctx, t, folder, verb, o)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s, listening, done := &npmServer{body: map[string]string{}}, make(chan struct{}), make(chan struct{})
	go func() { defer close(done); s.read(out, listening) }()
	t.Cleanup(func() {
		in.Close()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Errorf("%s did not end", verb)
		}
		cancel()
		cmd.Wait()
	})
	select {
	case <-listening:
	case <-done:
		t.Fatalf("%s ended before it listened", verb)
	case <-time.After(30 * time.Second):
		t.Fatalf("%s does not listen", verb)
	}
	return s
}

func (s *npmServer) read(out io.Reader, listening chan struct{}) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var said struct {
			Listening            any
			Control, Text, Error string
		}
		if json.Unmarshal(lines.Bytes(), &said) != nil {
			continue
		}
		s.mu.Lock()
		switch {
		case said.Listening != nil:
			close(listening)
		case said.Error != "":
			s.errs = append(s.errs, said.Error)
		default:
			s.got, s.body[said.Control] = append(s.got, said.Control), said.Text
		}
		s.mu.Unlock()
	}
}

func (s *npmServer) heard() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.got))
}

// houseCertificates writes an authority, and a certificate and key for both
// sides signed by it.
func houseCertificates(t *testing.T, folder string) map[string]string {
	t.Helper()
	authority, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "made up"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &authority.PublicKey, authority)
	if err != nil {
		t.Fatal(err)
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "interface-engine"}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, &own.PublicKey, authority)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for name, block := range map[string]pem.Block{"ca": {Type: "CERTIFICATE", Bytes: rootDER}, "cert": {Type: "CERTIFICATE", Bytes: leafDER}, "key": {Type: "PRIVATE KEY", Bytes: keyDER}} {
		files[name] = filepath.Join(folder, name+".pem")
		if err := os.WriteFile(files[name], pem.EncodeToMemory(&block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// peerHouse runs a Bedrail with the channels of text.
func peerHouse(t *testing.T, folder, text string) *running {
	t.Helper()
	file := filepath.Join(folder, "bedrail.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := server.Load(server.Sources{System: os.DevNull, File: file, Environ: func() []string { return nil }, Flags: map[string]string{
		"server.listen": "127.0.0.1:0", "server.data": filepath.Join(folder, "data"), "keys.folder": filepath.Join(folder, "keys"), "limits.burst": "0"}})
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, cfg)
	t.Cleanup(func() { r.end(t) })
	return r
}

func portOf(address string) string {
	_, port, _ := strings.Cut(address, ":")
	return port
}

// asking is a message whose answers are asked for by MSH-15 and 16.
func asking(id, commit, application string) string {
	return "MSH|^~\\&|NODE|LAB|BEDRAIL|H|20260302101500||ADT^A01^ADT_A01|" + id + "|P|2.6|||" + commit + "|" + application + "\rEVN||20260302101500\rPID|1||" + id + "^^^H^MR||Zeldatest^Wanda\rPV1|1|I|ICU^1^1\r"
}

// Clients that others wrote are answered as they ask, in the clear and over
// TLS with certificates on both sides, and servers that others wrote receive.
func TestHL7WithPeersFromNPM(t *testing.T) {
	if testing.Short() {
		t.Skip("starts real peers")
	}
	t.Parallel()
	peers, folder := npmPeers(t), t.TempDir()
	pem := houseCertificates(t, folder)
	clear, original, secure := freeAddress(t), freeAddress(t), freeAddress(t)
	medplum, enhanced, refusing, node, nodeTLS := freeAddress(t), freeAddress(t), freeAddress(t), freeAddress(t), freeAddress(t)
	heard := map[string]*npmServer{
		"medplum":  hearBy(t, peers, "hear-medplum", peerOptions{Port: portOf(medplum)}),
		"enhanced": hearBy(t, peers, "hear-medplum", peerOptions{Port: portOf(enhanced), Enhanced: true}),
		"refusing": hearBy(t, peers, "hear-medplum", peerOptions{Port: portOf(refusing), Code: "AR"}),
		"node":     hearBy(t, peers, "hear-node", peerOptions{Port: portOf(node)}),
		"node-tls": hearBy(t, peers, "hear-node", peerOptions{Port: portOf(nodeTLS), TLS: pem}),
	}
	r := peerHouse(t, folder, fmt.Sprintf(`
exchange:
  channels:
    - name: clear
      source: {mllp: {listen: %q}}
      destinations:
        - {name: medplum, mllp: {address: %q}, retry: {first: 50ms}}
        - {name: enhanced, mllp: {address: %q, await: application}, retry: {first: 50ms}}
        - {name: refusing, mllp: {address: %q}, retry: {first: 50ms}}
        - {name: node, mllp: {address: %q, perMessage: true}, retry: {first: 50ms}}
        - {name: node-tls, mllp: {address: %q, perMessage: true, tls: {ca: %q, cert: %q, key: %q}}, retry: {first: 50ms}}
    - name: original
      source: {mllp: {listen: %q, peers: [{address: 127.0.0.1, ack: {mode: original}}]}}
      destinations: []
    - name: secure
      source: {mllp: {listen: %q, tls: {cert: %q, key: %q, ca: %q, clients: true}}}
      destinations: []
`, clear, medplum, enhanced, refusing, node, nodeTLS, pem["ca"], pem["cert"], pem["key"], original, secure, pem["cert"], pem["key"], pem["ca"]))
	reach(t, clear)
	reach(t, original)
	reach(t, secure)
	unreadable := "MSH|^~\\&|NODE|LAB|BEDRAIL|H|20260302101500||ADT^A01^ADT_A01|m9|P|9.9\rPID|1||x\r"
	for _, c := range []struct {
		what, verb string
		o          peerOptions
		send, want []string // want: code and control id
	}{
		{"@medplum/hl7 asks for one answer", "send-medplum", peerOptions{Port: portOf(clear)}, []string{asking("m1", "", ""), asking("m2", "", "")}, []string{"AA m1", "AA m2"}},
		{"@medplum/hl7 asks for a commit alone", "send-medplum", peerOptions{Port: portOf(clear)}, []string{asking("m3", "AL", "NE")}, []string{"CA m3"}},
		// It takes two answers that come together for one message: such a peer is
		// given the second alone.
		{"@medplum/hl7 waits past the commit for the application", "send-medplum", peerOptions{Port: portOf(original), Wait: "application"}, []string{asking("m4", "AL", "AL"), asking("m5", "AL", "AL")}, []string{"AA m4", "AA m5"}},
		{"node-hl7-client takes the first of two answers", "send-node", peerOptions{Port: portOf(clear)}, []string{asking("n4", "AL", "AL")}, []string{"CA n4"}},
		{"@medplum/hl7 sends what is not for us", "send-medplum", peerOptions{Port: portOf(clear)}, []string{unreadable}, []string{"AR m9"}},
		{"node-hl7-client asks for one answer, and says the same twice", "send-node", peerOptions{Port: portOf(clear)}, []string{asking("n1", "", ""), asking("n2", "", ""), asking("n1", "", "")}, []string{"AA n1", "AA n2", "AA n1"}},
		{"node-hl7-client asks for a commit alone", "send-node", peerOptions{Port: portOf(clear)}, []string{asking("n3", "AL", "NE")}, []string{"CA n3"}},
		{"node-hl7-client with certificates on both sides", "send-node", peerOptions{Port: portOf(secure), TLS: pem}, []string{asking("s1", "", ""), asking("s2", "AL", "NE")}, []string{"AA s1", "CA s2"}},
	} {
		var got []string
		for _, a := range sendBy(t, peers, c.verb, c.o, c.send...) {
			got = append(got, a.Code+" "+a.Of)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: answered %q, want %q", c.what, got, c.want)
		}
	}
	all := []string{"m1", "m2", "m3", "n1", "n2", "n3", "n4"}
	for name, s := range heard {
		for deadline := time.Now().Add(30 * time.Second); len(s.heard()) < len(all) && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		if got := s.heard(); !slices.Equal(got, all) {
			t.Errorf("%s heard %v, want each of %v once", name, got, all)
		}
		if body := strings.TrimRight(s.body["n4"], "\r"); body != strings.TrimRight(asking("n4", "AL", "AL"), "\r") {
			t.Errorf("%s heard %q", name, body)
		}
	}
	checkPeers(t, r, len(all))
}

// checkPeers waits until everything is settled and looks at the ledger.
func checkPeers(t *testing.T, r *running, n int) {
	t.Helper()
	var l exchange.Ledger
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var err error
		if l, err = r.Exchange.Ledger(t.Context(), bedrail.SystemActor("test", r.Config.Tenant)); err != nil {
			t.Fatal(err)
		}
		waiting := int64(0)
		for _, d := range l.Sources[0].Destinations {
			waiting += d.Queued
		}
		if waiting == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still on their way: %+v", l)
		}
	}
	for _, s := range l.Sources {
		if !s.Balanced {
			t.Errorf("the ledger of %s is not balanced: %+v", s.Channel, s)
		}
		for _, d := range s.Destinations {
			want, got := int64(n), d.Delivered
			if d.Name == "refusing" {
				got = d.Dead
			}
			if got != want {
				t.Errorf("%s: %+v, want %d", d.Name, d, want)
			}
		}
	}
}

// A simulated hospital speaks through python3-hl7: each message is answered
// as it asks, and the ledger knows each.
func TestASimulatedHospitalSpeaksThroughMLLPSend(t *testing.T) {
	t.Parallel()
	send, err := exec.LookPath("mllp_send")
	if err != nil {
		t.Skip("mllp_send is not installed (Debian: python3-hl7): this peer was not talked to")
	}
	messages := simulated(t)
	folder, listen := t.TempDir(), freeAddress(t)
	r := peerHouse(t, folder, fmt.Sprintf("exchange:\n  channels:\n    - name: sim\n      source: {mllp: {listen: %q}}\n      destinations: []\n", listen))
	reach(t, listen)
	file := filepath.Join(folder, "messages.hl7")
	if err := os.WriteFile(file, append(bytes.Join(messages, []byte("\r")), '\r'), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, send, "--loose", "--file", file, "--port", portOf(listen), "127.0.0.1").CombinedOutput()
	if err != nil {
		t.Fatalf("mllp_send: %v %.500s", err, out)
	}
	if n := len(regexp.MustCompile(`MSA\|[AC]A\|`).FindAll(out, -1)); n != len(messages) {
		t.Errorf("%d of %d messages were accepted:\n%.1000s", n, len(messages), out)
	}
	l, err := r.Exchange.Ledger(t.Context(), bedrail.SystemActor("test", r.Config.Tenant))
	if err != nil {
		t.Fatal(err)
	}
	if s := l.Sources[0]; !s.Balanced || s.Received != int64(len(messages)) || s.Rejected+s.Dead > 0 {
		t.Errorf("got %+v", s)
	}
}
