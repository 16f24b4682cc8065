package server_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/dimse"
	"bedrail/format/dicom"
	"bedrail/format/query"
	"bedrail/mllp"
	"bedrail/server"
)

// A fullDoor is a door of the exchange on a disk that runs full.
type fullDoor struct {
	channel string
	// send gives one message; it is acknowledged, or refused in the words of
	// its protocol.
	send func(id string) (acknowledged bool, refusal string, err error)
	// fits reports whether a refusal says that there is no room.
	fits func(refusal string) bool
	// there reports whether the message of an id is kept, once.
	there func(t *testing.T, s *server.Server, id string) bool
}

const ctImages = "1.2.840.10008.5.1.4.1.1.2"

// TestADiskThatFillsUpUnderTheDoors lets the disk run full under senders of HL7
// v2, images and resources: each is refused in the words of its protocol, what
// was acknowledged is there, and once there is room each door takes messages
// again and the ledger is balanced.
func TestADiskThatFillsUpUnderTheDoors(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	mountSmall(t, data, 64<<20)
	receiver := newReceiver(t)
	hl7, images, resources := freeAddress(t), freeAddress(t), freeAddress(t)
	srv := serveFile(t, folder, fmt.Sprintf(`
exchange:
  channels:
    - name: adt
      source: {mllp: {listen: %q}}
      destinations: [{name: ehr, mllp: {address: %q}, retry: {first: 20ms, longest: 100ms}}]
    - name: scanners
      source: {dicom: {listen: %q, aeTitle: BEDRAIL}}
      destinations: []
    - name: wards
      source: {fhir: {listen: %q}}
      destinations: []
`, hl7, receiver.door.Addr(), images, resources))
	doors := []fullDoor{
		{"adt", sendADT(hl7), func(r string) bool { return strings.Contains(r, "MSA|AE|") && strings.Contains(r, "|207") }, keptOnce("adt", "%s")},
		{"scanners", sendImage(t, images), func(r string) bool { return r == fmt.Sprint(dicom.OutOfResources) }, keptOnce("scanners", "%s")},
		{"wards", sendObservation(resources), func(r string) bool { return strings.HasPrefix(r, "503 ") || strings.HasPrefix(r, "507 ") }, keptOnce("wards", "Observation/%s/_history/1")},
	}
	for _, address := range []string{hl7, images, resources} {
		reach(t, address)
	}
	acknowledged, refused := map[string][]string{}, map[string]int{}
	give := func(d fullDoor, id string) bool {
		t.Helper()
		ok, refusal, err := d.send(id)
		switch {
		case err != nil:
			t.Errorf("%s: %s: %v", d.channel, id, err)
		case ok:
			acknowledged[d.channel] = append(acknowledged[d.channel], id)
		default:
			if refused[d.channel]++; !d.fits(refusal) {
				t.Errorf("%s: refused without saying that there is no room: %s", d.channel, refusal)
			}
		}
		return ok
	}
	for i, d := range doors {
		for n := range 5 {
			if !give(d, fmt.Sprintf("1.%d.%d", i+1, n+1)) {
				t.Errorf("%s took nothing on an empty disk", d.channel)
			}
		}
	}

	ballast := filepath.Join(data, "ballast")
	fill(t, ballast)
	for i, d := range doors { // a page of the file may still have room for some
		for n := 0; n < 300 && refused[d.channel] < 5; n++ {
			give(d, fmt.Sprintf("2.%d.%d", i+1, n+1))
		}
		if refused[d.channel] < 5 {
			t.Errorf("%s took %d messages on a full disk", d.channel, len(acknowledged[d.channel]))
		}
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for i, d := range doors {
		n := 0
		eventually(t, d.channel+" takes messages again", func() bool {
			n++
			ok, _, err := d.send(fmt.Sprintf("3.%d.%d", i+1, n))
			if ok {
				acknowledged[d.channel] = append(acknowledged[d.channel], fmt.Sprintf("3.%d.%d", i+1, n))
			}
			return ok && err == nil
		})
		for n := range 5 {
			if !give(d, fmt.Sprintf("4.%d.%d", i+1, n+1)) {
				t.Errorf("%s refuses although there is room", d.channel)
			}
		}
	}

	for _, d := range doors {
		for _, id := range acknowledged[d.channel] {
			if !d.there(t, srv, id) {
				t.Errorf("%s: %s was acknowledged and is not there once", d.channel, id)
			}
		}
		t.Logf("%s: %d acknowledged, %d refused", d.channel, len(acknowledged[d.channel]), refused[d.channel])
	}
	eventually(t, "each acknowledged message reached the destination", func() bool { return receiver.count() >= len(acknowledged["adt"]) })
	for _, id := range acknowledged["adt"] {
		receiver.mu.Lock()
		if receiver.got[id] == 0 {
			t.Errorf("%s was acknowledged and never reached the destination", id)
		}
		receiver.mu.Unlock()
	}
	balanced(t, srv, acknowledged)
}

// balanced checks the ledger and the audit record.
func balanced(t *testing.T, srv *server.Server, acknowledged map[string][]string) {
	t.Helper()
	by := bedrail.SystemActor("test", srv.Config.Tenant)
	ledger, err := srv.Exchange.Ledger(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range ledger.Sources {
		if want := len(acknowledged[l.Channel]); !l.Balanced || int(l.Received) != want {
			t.Errorf("%d were acknowledged; the ledger: %+v", want, l)
		}
	}
	v := audit.Verification{Store: srv.DB, Keys: srv.AuditSeal.Verifiers(), Origin: srv.AuditSeal.Origin(srv.Config.Tenant)}
	if report, err := v.Run(t.Context(), srv.Config.Tenant); err != nil || !report.Valid {
		t.Errorf("the audit record: %+v, %v", report.Problems, err)
	}
}

// serveFile runs a server by the text of a configuration file.
func serveFile(t *testing.T, folder, text string) *server.Server {
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
	cfg.DiskLow = 5
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
	return srv
}

func sendADT(address string) func(string) (bool, string, error) {
	return func(id string) (bool, string, error) {
		c, err := net.DialTimeout("tcp", address, 5*time.Second)
		if err != nil {
			return false, "", err
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := c.Write(mllp.Frame(adtMessage(id))); err != nil {
			return false, "", err
		}
		answer, err := bufio.NewReader(c).ReadBytes(0x1c)
		return bytes.Contains(answer, []byte("MSA|AA|"+id)), string(answer), err
	}
}

func sendImage(t *testing.T, address string) func(string) (bool, string, error) {
	return func(id string) (bool, string, error) {
		file := ctImage(t, "1.2.3", "1.2.3.4", id, "MRN1", 2000)
		f, err := dicom.Parse(file, dicom.Limits{})
		if err != nil {
			return false, "", err
		}
		c := dimse.Client{Address: address, CalledAE: "BEDRAIL", CallingAE: "CT01"}
		as, err := c.Associate(t.Context(), dimse.Proposal{Class: ctImages, Syntaxes: []string{dicom.ExplicitLittle}})
		if err != nil {
			return false, "", err
		}
		defer as.Close()
		got, err := as.Store(t.Context(), dimse.Instance{Class: ctImages, UID: id, Syntax: dicom.ExplicitLittle, Data: bytes.NewReader(file[f.Offset:])})
		return got.Status == dicom.Success, fmt.Sprint(got.Status), err
	}
}

func sendObservation(address string) func(string) (bool, string, error) {
	return func(id string) (bool, string, error) {
		body := `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"text":"rate"},"valueInteger":7}`
		req, err := http.NewRequest(http.MethodPut, "http://"+address+"/fhir/Observation/"+id, strings.NewReader(body))
		if err != nil {
			return false, "", err
		}
		req.Header.Set("Content-Type", "application/fhir+json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false, "", err
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return res.StatusCode == http.StatusCreated, fmt.Sprintf("%d %s", res.StatusCode, text), nil
	}
}

// keptOnce looks for the one message of a control id, or of a resource.
func keptOnce(channel, control string) func(*testing.T, *server.Server, string) bool {
	return func(t *testing.T, srv *server.Server, id string) bool {
		t.Helper()
		f, err := query.Parse("channel:" + channel + " control:" + fmt.Sprintf(control, id))
		if err != nil {
			t.Fatal(err)
		}
		page, err := srv.Exchange.Messages(t.Context(), bedrail.SystemActor("test", srv.Config.Tenant), query.Request{Filter: f})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total == 1
	}
}
