package dimse_test

import (
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
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail/dimse"
	"bedrail/exchange"
	"bedrail/format/dicom"
)

// tool finds a program of dcmtk or Orthanc, or skips the test and says so.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian: dcmtk, orthanc, orthanc-dicomweb): this peer was not talked to", name)
	}
	return path
}

// run runs a peer's program to its end.
func run(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool(t, name), args...)
	cmd.Env = append(os.Environ(), "TCP_NODELAY=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// serve starts a peer's server and ends it with the test.
func serve(t testing.TB, port string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(tool(t, name), args...)
	cmd.Env = append(os.Environ(), "TCP_NODELAY=1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 400 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s did not open port %s: %s", name, port, said.String())
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func files(t testing.TB, n, size int) []string {
	t.Helper()
	var names []string
	dir := t.TempDir()
	for i := range n {
		name := filepath.Join(dir, fmt.Sprintf("%d.dcm", i))
		if err := os.WriteFile(name, image(t, fmt.Sprintf("1.2.3.4.5.%d", i+1), size), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func TestDCMTKStoresAndAsks(t *testing.T) {
	s := &shelf{}
	src, at := open(t, s, `{"listen": "127.0.0.1:0", "callers": ["ECHOSCU", "STORESCU"]}`)
	_, port, _ := net.SplitHostPort(at)
	if out, err := run(t, "echoscu", "-v", "-aec", "BEDRAIL", "127.0.0.1", port); err != nil {
		t.Fatalf("echoscu: %v %s", err, out)
	}
	if out, err := run(t, "echoscu", "-v", "-aec", "WRONG", "127.0.0.1", port); err == nil || !strings.Contains(out, "Called AE Title Not Recognized") {
		t.Errorf("echoscu to a wrong title: %v %s", err, out)
	}
	if !strings.Contains(src.Status().Refused[0].Reason, "called AE title not recognised") {
		t.Errorf("the door shows %+v", src.Status().Refused)
	}
	names := files(t, 5, 40_000)
	out, err := run(t, "storescu", append([]string{"-v", "-aec", "BEDRAIL", "127.0.0.1", port}, names...)...)
	if err != nil || strings.Count(out, "Received Store Response (Success)") != 5 {
		t.Fatalf("storescu: %v %s", err, out)
	}
	big := files(t, 1, 4<<20)
	if out, err := run(t, "storescu", append([]string{"-v", "-aec", "BEDRAIL", "127.0.0.1", port}, big...)...); err != nil {
		t.Fatalf("storescu of a large one: %v %s", err, out)
	}
	if s.count() != 6 {
		t.Errorf("kept %d of 6", s.count())
	}
}

func TestDCMTKSendsEverySyntaxThatPydicomHasAnExampleOf(t *testing.T) {
	folder := "../../shared/testdata/exchange/dicom-pydicom"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the images of pydicom are not there: compressed transfer syntaxes were not stored")
	}
	s := &shelf{}
	_, at := open(t, s, `{"listen": "127.0.0.1:0"}`)
	_, port, _ := net.SplitHostPort(at)
	names := []string{"CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm", "JPEG2000.dcm", "JPEG-lossy.dcm", "SC_rgb_jpeg_gdcm.dcm", "image_dfl.dcm", "693_J2KI.dcm"}
	kept := 0
	for _, n := range names {
		path := filepath.Join(folder, n)
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		f, err := dicom.Parse(raw, dicom.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		uid := f.Meta.Text(dicom.TransferSyntaxUID)
		c := client(at)
		as := associate(t, c, dimse.Proposal{Class: f.Meta.Text(dicom.MediaStorageSOPClassUID), Syntaxes: []string{uid}})
		offset := f.Offset
		if f.Set != nil && dicom.SyntaxOf(uid).Deflated {
			offset = 132 + 12 + int(raw[140]) + int(raw[141])<<8
		}
		got, err := as.Store(context.Background(), dimse.Instance{Class: f.Meta.Text(dicom.MediaStorageSOPClassUID), UID: f.Meta.Text(dicom.MediaStorageSOPInstance),
			Syntax: uid, Data: bytes.NewReader(raw[offset:])})
		if err != nil || got.Status != dicom.Success {
			t.Errorf("%s in %s: %v %s, %v", n, uid, got.Status, got.Comment, err)
			continue
		}
		if k := s.bodyOf(f.Meta.Text(dicom.MediaStorageSOPInstance)); !bytes.HasSuffix(k, raw[offset:]) {
			t.Errorf("%s was changed on its way", n)
		}
		kept++
	}
	if out, err := run(t, "storescu", "-v", "-R", "-aec", "BEDRAIL", "127.0.0.1", port, filepath.Join(folder, "CT_small.dcm"), filepath.Join(folder, "MR_small_implicit.dcm")); err != nil {
		t.Errorf("storescu: %v %s", err, out)
	}
	if kept < 7 {
		t.Errorf("only %d syntaxes were stored", kept)
	}
}

// outgoing is a message on its way out.
func outgoing(file []byte) exchange.Outgoing {
	return exchange.Outgoing{Message: "msg_1", Format: exchange.DICOM, Body: file, Size: int64(len(file))}
}

func sender(t testing.TB, settings string) exchange.Sender {
	t.Helper()
	s, err := dimse.DestinationKind().Open(exchange.DestinationConfig{Name: "archive", Settings: json.RawMessage(settings)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestDeliveryToDCMTK(t *testing.T) {
	port, dir := freePort(t), t.TempDir()
	serve(t, port, "storescp", "-od", dir, port)
	d := sender(t, `{"address": "127.0.0.1:`+port+`", "calledAE": "ARCHIVE"}`)
	if err := d.(exchange.Prober).Probe(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		file := image(t, fmt.Sprintf("1.2.3.4.5.%d", i+1), 300_000)
		ack, err := d.Send(context.Background(), outgoing(file))
		if err != nil || ack.Outcome != exchange.Accepted || ack.Code != "0000" {
			t.Fatalf("got %+v, %v", ack, err)
		}
	}
	got, _ := filepath.Glob(dir + "/*")
	if len(got) != 3 {
		t.Errorf("the archive has %v", got)
	}
	raw, err := os.ReadFile(got[0])
	if err != nil {
		t.Fatal(err)
	}
	if want := dataSet(t, image(t, "1.2.3.4.5.1", 300_000)); !bytes.HasSuffix(raw, want[len(want)-200_000:]) {
		t.Error("what arrived is not what was sent")
	}
}

func TestADeliveryThatThePeerEndedIsMadeAgain(t *testing.T) {
	s := &shelf{}
	_, at := open(t, s, `{"listen": "127.0.0.1:0", "idle": "100ms"}`)
	d := sender(t, `{"address": "`+at+`", "calledAE": "BEDRAIL"}`)
	for i := range 2 {
		ack, err := d.Send(context.Background(), outgoing(image(t, fmt.Sprintf("1.2.3.%d", i+1), 100)))
		if err != nil || ack.Outcome != exchange.Accepted {
			t.Fatalf("delivery %d: %+v, %v", i+1, ack, err)
		}
		time.Sleep(300 * time.Millisecond) // the peer ends the resting association
	}
	if s.count() != 2 {
		t.Errorf("arrived %d", s.count())
	}
}

func TestADeliverySaysWhyItFailed(t *testing.T) {
	full := &shelf{full: true}
	_, at := open(t, full, `{"listen": "127.0.0.1:0", "classes": ["`+ctClass+`"]}`)
	file := image(t, "1.2.3.4", 100)
	ack, err := sender(t, `{"address": "`+at+`", "calledAE": "BEDRAIL"}`).Send(context.Background(), outgoing(file))
	if err != nil || ack.Outcome != exchange.Failed || ack.Code != "A700" {
		t.Errorf("a full archive: %+v, %v", ack, err)
	}
	d := sender(t, `{"address": "`+at+`", "calledAE": "PACS9"}`)
	if _, err := d.Send(context.Background(), outgoing(file)); err == nil || !strings.Contains(err.Error(), "called AE title not recognised") {
		t.Errorf("a wrong title: %v", err)
	}
	if st := d.(exchange.Visible).Status(); st.State != "failing" || !strings.Contains(st.LastError, "PACS9") {
		t.Errorf("the way shows %+v", st)
	}
	if ack, err := d.Send(context.Background(), outgoing([]byte("no image"))); err != nil || ack.Outcome != exchange.Refused {
		t.Errorf("no image: %+v, %v", ack, err)
	}
	_, at = open(t, &shelf{}, `{"listen": "127.0.0.1:0", "classes": ["1.2.840.10008.5.1.4.1.1.4"]}`)
	ack, err = sender(t, `{"address": "`+at+`", "calledAE": "BEDRAIL"}`).Send(context.Background(), outgoing(file))
	if err != nil || ack.Outcome != exchange.Refused || !strings.Contains(ack.Text, "did not agree") {
		t.Errorf("a class that is not taken: %+v, %v", ack, err)
	}
}

func TestADeliveryWaitsForThePromiseOfTheArchive(t *testing.T) {
	s := &shelf{}
	_, at := open(t, s, `{"listen": "127.0.0.1:0", "commit": true}`)
	d := sender(t, `{"address": "`+at+`", "calledAE": "BEDRAIL", "commit": true}`)
	ack, err := d.Send(context.Background(), outgoing(image(t, "1.2.3.4", 100)))
	if err != nil || ack.Outcome != exchange.Accepted || !strings.Contains(ack.Text, "committed") {
		t.Errorf("got %+v, %v", ack, err)
	}
}

// orthanc runs an Orthanc and returns its DICOM and HTTP ports.
func orthanc(t *testing.T) (port, web string) {
	t.Helper()
	tool(t, "Orthanc")
	dir := t.TempDir()
	port, web = freePort(t), freePort(t)
	conf := fmt.Sprintf(`{"HttpPort":%s,"DicomPort":%s,"DicomAet":"ORTHANC","RemoteAccessAllowed":false,"AuthenticationEnabled":false,"DicomAlwaysAllowStore":true,"DicomAlwaysAllowFind":true,
		"OverwriteInstances":true,"StorageDirectory":%q,"IndexDirectory":%q,"Plugins":[]}`, web, port, dir+"/db", dir+"/db")
	if err := os.WriteFile(dir+"/o.json", []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	serve(t, port, "Orthanc", dir+"/o.json")
	return port, web
}

func TestOrthancReceivesAndIsAskedThroughBedrail(t *testing.T) {
	port, web := orthanc(t)
	d := sender(t, `{"address": "127.0.0.1:`+port+`", "calledAE": "ORTHANC"}`)
	for i := range 3 {
		ack, err := d.Send(context.Background(), outgoing(image(t, fmt.Sprintf("1.2.3.4.5.%d", i+1), 40_000)))
		if err != nil || ack.Outcome != exchange.Accepted {
			t.Fatalf("got %+v, %v", ack, err)
		}
	}
	resp, err := http.Get("http://127.0.0.1:" + web + "/instances")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var have []string
	if err := json.NewDecoder(resp.Body).Decode(&have); err != nil || len(have) != 3 {
		t.Fatalf("Orthanc has %v, %v", have, err)
	}
	_, at := open(t, &shelf{}, `{"listen": "127.0.0.1:0", "find": {"address": "127.0.0.1:`+port+`", "calledAE": "ORTHANC"}}`)
	_, mine, _ := net.SplitHostPort(at)
	out, err := run(t, "findscu", "-v", "-S", "-k", "QueryRetrieveLevel=IMAGE", "-k", "StudyInstanceUID=1.2.3", "-k", "SeriesInstanceUID=1.2.3.4", "-k", "SOPInstanceUID", "-aec", "BEDRAIL", "127.0.0.1", mine)
	if err != nil || strings.Count(out, "(Pending)") != 3 || !strings.Contains(out, "1.2.3.4.5.2") {
		t.Errorf("findscu: %v %s", err, out)
	}
}

func TestAQueryWithoutAnArchiveBehindIsAnswered(t *testing.T) {
	src, at := open(t, &shelf{}, `{"listen": "127.0.0.1:0", "find": {"address": "127.0.0.1:1", "calledAE": "GONE"}}`)
	as := associate(t, client(at), dimse.Proposal{Class: dimse.ModalityWorklist, Syntaxes: []string{dicom.ImplicitLittle}})
	for range 2 {
		got, err := as.Find(context.Background(), dimse.ModalityWorklist, func(string) ([]byte, error) {
			return dicom.Set{dicom.TextAttribute(0x00100010, "")}.Encode(dicom.SyntaxOf(dicom.ImplicitLittle))
		}, func(dicom.Status, string, []byte) error { return nil })
		if err != nil || got.Status != dicom.CannotUnderstand {
			t.Errorf("got %v, %v", got.Status, err)
		}
	}
	if src.Status().LastError == "" {
		t.Error("the door does not show that the archive is gone")
	}
}

// certificates writes an authority and a certificate signed by it for both
// sides, and returns their files.
func certificates(t testing.TB) (ca, cert, key string) {
	t.Helper()
	dir := t.TempDir()
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
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "ct01"}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, &own.PublicKey, authority)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("ca.pem", "CERTIFICATE", rootDER), write("cert.pem", "CERTIFICATE", leafDER), write("key.pem", "PRIVATE KEY", keyDER)
}

func TestMutualTLSNamesThePeer(t *testing.T) {
	ca, cert, key := certificates(t)
	s := &shelf{}
	src, at := open(t, s, fmt.Sprintf(`{"listen": "127.0.0.1:0", "tls": {"cert": %q, "key": %q, "ca": %q, "clients": true}}`, cert, key, ca))
	d := sender(t, fmt.Sprintf(`{"address": %q, "calledAE": "BEDRAIL", "tls": {"ca": %q, "cert": %q, "key": %q}}`, at, ca, cert, key))
	ack, err := d.Send(context.Background(), outgoing(image(t, "1.2.3.4", 400_000)))
	if err != nil || ack.Outcome != exchange.Accepted {
		t.Fatalf("got %+v, %v", ack, err)
	}
	if p := s.first().Peer; p.CertificateSubject != "CN=ct01" || len(p.CertificateHash) != 64 || p.TLS != "1.3" {
		t.Errorf("got %+v", p)
	}
	_, port, _ := net.SplitHostPort(at)
	if out, err := run(t, "echoscu", "-v", "+tls", key, cert, "+cf", ca, "-aec", "BEDRAIL", "127.0.0.1", port); err != nil {
		t.Errorf("echoscu with TLS: %v %s", err, out)
	}
	if out, err := run(t, "echoscu", "-v", "-aec", "BEDRAIL", "127.0.0.1", port); err == nil {
		t.Errorf("an echo in the clear was answered: %s", out)
	}
	if r := src.Status().Refused; len(r) == 0 || !strings.Contains(r[0].Reason, "TLS") {
		t.Errorf("the door shows %+v", r)
	}
}

// A discard is an intake that keeps nothing, to measure the door alone.
type discard struct{}

func (discard) Receive(_ context.Context, in exchange.Inbound) (exchange.Receipt, error) {
	if in.Stream != nil {
		if _, err := io.Copy(io.Discard, in.Stream); err != nil {
			return exchange.Receipt{}, err
		}
	}
	r := exchange.Receipt{Outcome: exchange.Accepted, Facts: in.Facts}
	r.Answer = in.Answer(r)
	return r, nil
}

// BenchmarkStore is the door without the record behind it: 39 KB images on one
// association.
func BenchmarkStore(b *testing.B) {
	src, err := dimse.SourceKind().Open(exchange.SourceConfig{Settings: json.RawMessage(`{"listen": "127.0.0.1:0"}`), Intake: discard{}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go src.Run(ctx)
	as := associate(b, client(listening(b, src)), ct)
	data := dataSet(b, image(b, "1.2.3.4.5", 39_000))
	b.ReportAllocs()
	for b.Loop() {
		if got, err := as.Store(ctx, dimse.Instance{Class: ctClass, UID: "1.2.3.4.5", Syntax: dicom.ExplicitLittle, Data: bytes.NewReader(data)}); err != nil || got.Status != dicom.Success {
			b.Fatal(got.Status, err)
		}
	}
}
