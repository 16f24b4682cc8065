package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/format/dicom"
	"bedrail/format/query"
	"bedrail/server"
)

// ctImage is a DICOM file of pixel bytes.
func ctImage(t *testing.T, study, series, instance, patient string, pixels int) []byte {
	t.Helper()
	set := dicom.Set{
		dicom.TextAttribute(0x00080016, "1.2.840.10008.5.1.4.1.1.2"), dicom.TextAttribute(0x00080018, instance), dicom.TextAttribute(0x00080020, "20260714"),
		dicom.TextAttribute(0x00080050, "ACC-"+study), dicom.TextAttribute(0x00080060, "CT"), dicom.TextAttribute(0x00080070, "Acme Imaging"),
		dicom.TextAttribute(0x00100010, "Zeldatest^Wanda"), dicom.TextAttribute(0x00100020, patient),
		dicom.TextAttribute(0x0020000D, study), dicom.TextAttribute(0x0020000E, series),
		{Tag: dicom.PixelData, VR: dicom.OW, Value: bytes.Repeat([]byte{1, 2}, pixels/2)},
	}
	b, err := dicom.Writer{Implementation: "1.2.3", Version: "TEST"}.File(set, dicom.SyntaxOf(dicom.ExplicitLittle))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// multi is a request body of parts.
func multi(t *testing.T, parts ...[]byte) (body *bytes.Buffer, kind string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, p := range parts {
		out, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/dicom"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body, `multipart/related; type="application/dicom"; boundary=` + w.Boundary()
}

// A webArchive is a Bedrail whose channel "web" speaks DICOMweb and shows what
// the channel "scanners" has, and one with clients of different rights.
type webArchive struct {
	t               *testing.T
	srv             *server.Server
	base, shut, dcm string
}

func newWebArchive(t *testing.T, destination string) *webArchive {
	t.Helper()
	folder := t.TempDir()
	a := &webArchive{t: t, base: freeAddress(t), shut: freeAddress(t), dcm: freeAddress(t)}
	file := filepath.Join(folder, "bedrail.yaml")
	text := fmt.Sprintf(`
exchange:
  channels:
    - name: scanners
      source: {dicom: {listen: %q, aeTitle: BEDRAIL}}
      destinations: []
    - name: web
      source: {dicomweb: {listen: %q, read: true, shows: [scanners]}}
      destinations: [%s]
    - name: shut
      source: {dicomweb: {listen: %q, clients: [{name: viewer, tokenFile: viewer.token, read: true}, {name: loader, tokenFile: loader.token, store: true}]}}
      destinations: []
`, a.dcm, a.base, destination, a.shut)
	for name, text := range map[string]string{file: text, filepath.Join(folder, "viewer.token"): "view-me", filepath.Join(folder, "loader.token"): "load-me"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := server.Load(server.Sources{System: os.DevNull, File: file, Environ: func() []string { return nil }, Flags: map[string]string{
		"server.listen": "127.0.0.1:0", "server.data": filepath.Join(folder, "data"), "keys.folder": filepath.Join(folder, "keys"), "limits.burst": "0"}})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(t.Context(), cfg, server.Options{Hasher: weak})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	a.srv = srv
	reach(t, a.base)
	return a
}

// reach waits until somebody listens at address.
func reach(t *testing.T, address string) {
	t.Helper()
	for range 400 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("nobody listens at %s", address)
}

func (a *webArchive) do(method, url, token string, body io.Reader, kind string) (int, http.Header, []byte) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, url, body)
	if err != nil {
		a.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return r.StatusCode, r.Header, b
}

func (a *webArchive) store(path string, parts ...[]byte) (int, string) {
	a.t.Helper()
	body, kind := multi(a.t, parts...)
	status, _, answer := a.do(http.MethodPost, "http://"+a.base+"/dicom-web"+path, "", body, kind)
	return status, string(answer)
}

// rows asks and returns the values of a tag, one for each row.
func (a *webArchive) rows(path, tag string) (values []string) {
	a.t.Helper()
	status, _, answer := a.do(http.MethodGet, "http://"+a.base+"/dicom-web"+path, "", nil, "")
	if status == http.StatusNoContent {
		return nil
	}
	var rows []map[string]struct{ Value []any }
	if err := json.Unmarshal(answer, &rows); status != http.StatusOK || err != nil {
		a.t.Fatalf("%s: %d %s", path, status, answer)
	}
	for _, r := range rows {
		values = append(values, fmt.Sprint(r[tag].Value...))
	}
	return values
}

func TestDICOMwebStoresFindsAndGivesBack(t *testing.T) {
	a := newWebArchive(t, "")
	one, two, big := ctImage(t, "1.2.9", "1.2.9.1", "1.2.9.1.1", "MRN-7", 2000), ctImage(t, "1.2.9", "1.2.9.2", "1.2.9.2.1", "MRN-7", 2000), ctImage(t, "1.2.8", "1.2.8.1", "1.2.8.1.1", "MRN-8", 3<<20)
	if status, answer := a.store("/studies", one, two, big); status != http.StatusOK || strings.Count(answer, `"00081155"`) != 3 || !strings.Contains(answer, "/dicom-web/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1") {
		t.Fatalf("%d %s", status, answer)
	}
	for path, want := range map[string][]string{
		"/studies|0020000D":                                                    {"1.2.8", "1.2.9"},
		"/studies?PatientID=MRN-7|0020000D":                                    {"1.2.9"},
		"/studies?00100020=mrn-9|0020000D":                                     nil,
		"/studies?AccessionNumber=ACC-1.2.8|0020000D":                          {"1.2.8"},
		"/studies?StudyDate=20260701-20260731|0020000D":                        {"1.2.8", "1.2.9"},
		"/studies?StudyDate=-20260701|0020000D":                                nil,
		"/studies?PatientName=zelda*|0020000D":                                 {"1.2.8", "1.2.9"},
		"/studies?PatientName=Zelda|0020000D":                                  nil,
		"/studies?ModalitiesInStudy=CT&StudyInstanceUID=1.2.9,1.7|00201208":    {"2"},
		"/studies?limit=1|0020000D":                                            {"1.2.8"},
		"/studies?limit=1&offset=1|0020000D":                                   {"1.2.9"},
		"/studies/1.2.9/series|0020000E":                                       {"1.2.9.2", "1.2.9.1"},
		"/studies/1.2.9/series/1.2.9.2/instances|00080018":                     {"1.2.9.2.1"},
		"/series?Modality=MR|0020000E":                                         nil,
		"/instances?includefield=Manufacturer&StudyInstanceUID=1.2.8|00080070": {"Acme Imaging"},
	} {
		path, tag, _ := strings.Cut(path, "|")
		if got := a.rows(path, tag); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s gives %v, want %v", path, got, want)
		}
	}
	// Metadata has everything but the pixels, and says where those are.
	status, _, meta := a.do(http.MethodGet, "http://"+a.base+"/dicom-web/studies/1.2.8/metadata", "", nil, "")
	if status != http.StatusOK || !strings.Contains(string(meta), "ACC-1.2.8") || !strings.Contains(string(meta), `"7FE00010":{"vr":"OW","BulkDataURI"`) || len(meta) > 4000 {
		t.Errorf("metadata: %d %.300s", status, meta)
	}
	// What is retrieved is what was stored, byte for byte.
	status, head, body := a.do(http.MethodGet, "http://"+a.base+"/dicom-web/studies/1.2.8", "", nil, "")
	_, params, err := mime.ParseMediaType(head.Get("Content-Type"))
	if status != http.StatusOK || err != nil {
		t.Fatalf("%d %v %v", status, head, err)
	}
	part, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).NextPart()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(part); err != nil || !bytes.Equal(got, big) {
		t.Errorf("%d bytes came back of %d: %v", len(got), len(big), err)
	}
	// Looking is on record, and the record names no patient.
	entries, err := (&audit.Log{Store: a.srv.DB, Auth: a.srv.Policy}).List(t.Context(), bedrail.SystemActor("test", "main"), query.Request{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, e := range entries.Items {
		if e.Did == exchange.DiscloseMessages {
			shown++
		}
		if strings.Contains(fmt.Sprint(e), "MRN-7") || strings.Contains(fmt.Sprint(e), "1.2.9.1.1") {
			t.Errorf("the record holds %v", e)
		}
	}
	if shown < 10 {
		t.Errorf("%d of the looks are on record", shown)
	}
}

func TestDICOMwebRefusesByName(t *testing.T) {
	a := newWebArchive(t, "")
	good := ctImage(t, "1.2.9", "1.2.9.1", "1.2.9.1.1", "MRN-7", 200)
	// One bad part does not keep the good one out, and is kept as rejected.
	if status, answer := a.store("/studies", good, []byte("no image")); status != http.StatusAccepted || !strings.Contains(answer, `"00081197":{"vr":"US","Value":[49152]}`) {
		t.Errorf("%d %s", status, answer)
	}
	if status, answer := a.store("/studies/1.7.7", ctImage(t, "1.2.9", "1.2.9.1", "1.2.9.1.2", "MRN-7", 200)); status != http.StatusConflict || !strings.Contains(answer, "43264") {
		t.Errorf("another study: %d %s", status, answer)
	}
	base := "http://" + a.base + "/dicom-web"
	for _, c := range []struct {
		method, url, kind, body string
		status                  int
		says                    string
	}{
		{"POST", base + "/studies", "application/json", "{}", 415, "multipart/related"},
		{"POST", base + "/studies", `multipart/related; type="application/dicom"; boundary=x`, "--x--\r\n", 400, "no instance"},
		{"POST", base + "/studies", `multipart/related; type="application/dicom"; boundary=x`, "--x\r\n\r\nhalf", 400, "broke off"},
		{"GET", base + "/studies?Zelda=1", "", "", 400, "not known"},
		{"GET", base + "/studies?limit=-1", "", "", 400, "limit"},
		{"GET", base + "/studies/..%2f/metadata", "", "", 404, "nothing"},
		{"GET", base + "/studies/1.9/metadata", "", "", 404, "no such"},
		{"DELETE", base + "/studies/1.2.9", "", "", 405, "not done"},
		{"GET", "http://" + a.shut + "/dicom-web/studies", "", "", 401, "none was recognised"},
	} {
		status, _, answer := a.do(c.method, c.url, "", strings.NewReader(c.body), c.kind)
		if status != c.status || !strings.Contains(string(answer), c.says) {
			t.Errorf("%s %s: %d %s, want %d with %q", c.method, c.url, status, answer, c.status, c.says)
		}
	}
	// Rights are those of each client.
	body, kind := multi(t, good)
	if status, _, answer := a.do("POST", "http://"+a.shut+"/dicom-web/studies", "view-me", body, kind); status != 403 {
		t.Errorf("the viewer stores: %d %s", status, answer)
	}
	if status, _, answer := a.do("GET", "http://"+a.shut+"/dicom-web/studies", "load-me", nil, ""); status != 403 {
		t.Errorf("the loader searches: %d %s", status, answer)
	}
	body, kind = multi(t, good)
	if status, _, answer := a.do("POST", "http://"+a.shut+"/dicom-web/studies", "load-me", body, kind); status != 200 {
		t.Errorf("the loader stores: %d %s", status, answer)
	}
	if status, _, answer := a.do("GET", "http://"+a.shut+"/dicom-web/studies", "view-me", nil, ""); status != 200 || !strings.Contains(string(answer), "1.2.9") {
		t.Errorf("the viewer searches: %d %s", status, answer)
	}
}

// What scanners store by DIMSE is found over the web, and what the web brings
// reaches an archive that speaks DICOMweb.
func TestDICOMwebWithRealPeers(t *testing.T) {
	storescu, err := exec.LookPath("storescu")
	if err != nil {
		t.Skip("storescu is not installed (Debian: dcmtk): this peer was not talked to")
	}
	plugin := "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
	if _, err := exec.LookPath("Orthanc"); err != nil {
		t.Skip("Orthanc is not installed (Debian: orthanc, orthanc-dicomweb): this peer was not talked to")
	}
	if _, err := os.Stat(plugin); err != nil {
		t.Skip("Orthanc's DICOMweb is not installed (Debian: orthanc-dicomweb): this peer was not talked to")
	}
	web := startOrthanc(t, plugin)
	a := newWebArchive(t, fmt.Sprintf(`{name: archive, dicomweb: {url: "http://%s/dicom-web"}, retry: {first: 50ms}}`, web))
	reach(t, a.dcm)
	file := filepath.Join(t.TempDir(), "one.dcm")
	if err := os.WriteFile(file, ctImage(t, "1.2.5", "1.2.5.1", "1.2.5.1.1", "MRN-5", 4000), 0o600); err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(a.dcm, ":")
	if out, err := exec.CommandContext(t.Context(), storescu, "-aec", "BEDRAIL", host, port, file).CombinedOutput(); err != nil {
		t.Fatalf("storescu: %v %s", err, out)
	}
	if got := a.rows("/studies?PatientID=MRN-5", "0020000D"); fmt.Sprint(got) != "[1.2.5]" {
		t.Errorf("what the scanner stored is found as %v", got)
	}
	if status, answer := a.store("/studies", ctImage(t, "1.2.6", "1.2.6.1", "1.2.6.1.1", "MRN-6", 3<<20)); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		_, _, answer := a.do("GET", "http://"+web+"/dicom-web/studies", "", nil, "")
		if strings.Contains(string(answer), "1.2.6") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("Orthanc has %s", answer)
		}
	}
}

func startOrthanc(t *testing.T, plugin string) (web string) {
	t.Helper()
	folder := t.TempDir()
	web = freeAddress(t)
	_, port, _ := strings.Cut(web, ":")
	_, dicomPort, _ := strings.Cut(freeAddress(t), ":")
	conf := fmt.Sprintf(`{"HttpPort":%s,"DicomPort":%s,"DicomAet":"ORTHANC","RemoteAccessAllowed":false,"AuthenticationEnabled":false,"OverwriteInstances":true,
		"StorageDirectory":%q,"IndexDirectory":%q,"Plugins":[%q],"DicomWeb":{"Enable":true,"Root":"/dicom-web/"}}`, port, dicomPort, folder+"/db", folder+"/db", plugin)
	if err := os.WriteFile(folder+"/o.json", []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("Orthanc", folder+"/o.json")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	reach(t, web)
	return web
}
