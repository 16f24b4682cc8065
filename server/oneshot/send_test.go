package oneshot

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/dimse"
	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
	"bedrail/format/dicom"
	"bedrail/mllp"
)

const sentHL7 = "MSH|^~\\&|A|B|C|D|20260301||ORU^R01^ORU_R01|N%d|P|2.6\rPID|1||ZZ1^^^H\rOBR|1|1|1|1^Monitoring\rOBX|1|NM|149530^MDC_PULS_RATE^MDC|1.1.1.1|61|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R\r"

func written(t *testing.T, name string, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSendReachesTheDoorsThatReceive(t *testing.T) {
	t.Parallel()
	h := exchangetest.Open(t, exchange.Kinds{Sources: []exchange.SourceKind{mllp.SourceKind(), dimse.SourceKind()}},
		`[{"name": "ward", "source": {"mllp": {"listen": "127.0.0.1:0"}}, "destinations": [{"name": "memory", "memory": {}}]},
		  {"name": "radiology", "source": {"dicom": {"listen": "127.0.0.1:0", "aeTitle": "ARCHIVE"}}, "destinations": [{"name": "memory", "memory": {}}]}]`)
	var requests []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests = append(requests, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body))
		if strings.Contains(string(body), `"refuse"`) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(server.Close)

	two := "FHS|^~\\&|A\rBHS|^~\\&|A\r" + fmt.Sprintf(sentHL7, 1) + fmt.Sprintf(sentHL7, 2) + "BTS|2\rFTS|1\r"
	got, err := Send(t.Context(), SendRequest{Paths: []string{written(t, "two.hl7", []byte(two)), "-"}, Stdin: strings.NewReader("\x0b" + fmt.Sprintf(sentHL7, 3) + "\x1c\r"), To: "mllp://" + h.Listening("ward"), Wait: 10 * time.Second})
	if err != nil || len(got) != 3 || got[0].ID != "N1" || got[1].Message != 2 || got[2].Path != "-" {
		t.Fatalf("got %+v, %v", got, err)
	}
	for _, s := range got {
		if s.Outcome != "accepted" || s.Code != "AA" {
			t.Errorf("got %+v", s)
		}
	}
	for i, out := range h.Delivered(3) {
		if string(out.Body) != fmt.Sprintf(sentHL7, i+1) {
			t.Errorf("message %d arrived as %q", i+1, out.Body)
		}
	}

	set := dicom.Set{dicom.TextAttribute(0x00080016, "1.2.840.10008.5.1.4.1.1.2"), dicom.TextAttribute(0x00080018, "1.2.3"), dicom.TextAttribute(0x00080060, "CT"), dicom.TextAttribute(0x0020000D, "1.2"), dicom.TextAttribute(0x0020000E, "1.2.1")}
	raw, err := dicom.Writer{}.File(set, dicom.SyntaxOf("1.2.840.10008.1.2.1"))
	if err != nil {
		t.Fatal(err)
	}
	got, err = Send(t.Context(), SendRequest{Paths: []string{written(t, "image.dcm", raw)}, To: "dicom://ARCHIVE@" + h.Listening("radiology"), Calling: "CT1", Wait: 10 * time.Second})
	if err != nil || len(got) != 1 || got[0].Outcome != "accepted" || got[0].Code != "0000" || got[0].ID != "1.2.3" {
		t.Errorf("got %+v, %v", got, err)
	}

	resources := `{"resourceType":"Device","id":"d1"}` + "\n" + `{"resourceType":"Device","id":"refuse"}` + "\n"
	token := written(t, "token", []byte("t1\n"))
	got, err = Send(t.Context(), SendRequest{Paths: []string{written(t, "two.ndjson", []byte(resources)), written(t, "one.xml", []byte(`<Device xmlns="http://hl7.org/fhir"><id value="d3"/></Device>`))},
		To: server.URL + "/fhir", TokenFile: token, Wait: 10 * time.Second})
	if err != nil || len(got) != 3 || got[0].Outcome != "accepted" || got[0].Code != "201" || got[1].Outcome != "reject" || got[2].Outcome != "accepted" {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(requests) != 3 || !strings.HasPrefix(requests[0], "PUT /fhir/Device/d1 Bearer t1 ") || !strings.HasPrefix(requests[2], "PUT /fhir/Device/d3 ") {
		t.Errorf("the server got %q", requests)
	}
}

// answering is a receiver that gives each message what say makes of it; an
// empty answer is none.
func answering(t *testing.T, say func(n int) string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		n := 0
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 64<<10)
			for {
				k, err := conn.Read(buf)
				if err != nil {
					break
				}
				n += bytes.Count(buf[:k], []byte{0x1c})
				if text := say(n); text != "" {
					conn.Write(mllp.Frame([]byte(text)))
				}
			}
			conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestSendSpeaksTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // its certificate is refused below
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := written(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	plain := answering(t, func(n int) string { return fmt.Sprintf("MSH|^~\\&|C|D|A|B|20260301||ACK|1|P|2.6\rMSA|AA|N%d\r", n) })
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: server.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			outer, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer outer.Close()
				inner, err := net.Dial("tcp", plain)
				if err != nil {
					return
				}
				defer inner.Close()
				go io.Copy(outer, inner)
				io.Copy(inner, outer)
			}()
		}
	}()
	hl7, device := written(t, "a.hl7", []byte(fmt.Sprintf(sentHL7, 1))), written(t, "d.json", []byte(`{"resourceType":"Device","id":"d1"}`))
	for to, file := range map[string]string{server.URL + "/fhir": device, "mllps://" + l.Addr().String(): hl7} {
		got, err := Send(t.Context(), SendRequest{Paths: []string{file}, To: to, CA: ca, Wait: 10 * time.Second})
		if err != nil || len(got) != 1 || got[0].Outcome != "accepted" {
			t.Errorf("%s: got %+v, %v", to, got, err)
		}
		got, err = Send(t.Context(), SendRequest{Paths: []string{file}, To: to, Wait: 10 * time.Second})
		if bedrail.KindOf(err) != bedrail.Unavailable || len(got) != 1 || got[0].Outcome == "accepted" {
			t.Errorf("%s, signed by nobody we know: got %+v, %v", to, got, err)
		}
	}
}

func TestSendEndsWithTheFirstThatGetsNoAnswer(t *testing.T) {
	t.Parallel()
	address := answering(t, func(n int) string {
		if n == 2 {
			return ""
		}
		return fmt.Sprintf("MSH|^~\\&|C|D|A|B|20260301||ACK|1|P|2.6\rMSA|AA|N%d\r", n)
	})
	file := written(t, "three.hl7", []byte(fmt.Sprintf(sentHL7, 1)+fmt.Sprintf(sentHL7, 2)+fmt.Sprintf(sentHL7, 3)))
	got, err := Send(t.Context(), SendRequest{Paths: []string{file}, To: "mllp://" + address, Wait: 300 * time.Millisecond})
	var seen []string
	for _, s := range got {
		seen = append(seen, s.Outcome)
	}
	if bedrail.KindOf(err) != bedrail.Unavailable || len(got) != 3 || strings.Join(seen, " ") != "accepted unknown not-sent" {
		t.Errorf("got %v, %+v, %v", seen, got, err)
	}
}

func TestSendTellsRefusedFromNotThere(t *testing.T) {
	t.Parallel()
	address := answering(t, func(n int) string {
		return fmt.Sprintf("MSH|^~\\&|C|D|A|B|20260301||ACK|1|P|2.6\rMSA|%s|N%d\rERR|||101\r", []string{"AE", "AR"}[n-1], n)
	})
	file := written(t, "two.hl7", []byte(fmt.Sprintf(sentHL7, 1)+fmt.Sprintf(sentHL7, 2)))
	got, err := Send(t.Context(), SendRequest{Paths: []string{file}, To: "mllp://" + address, Wait: 5 * time.Second})
	if err != nil || len(got) != 2 || got[0].Outcome != "error" || got[0].Code != "AE" || got[1].Outcome != "reject" || !strings.Contains(got[1].Text, "101") {
		t.Errorf("got %+v, %v", got, err)
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	l.Close()
	got, err = Send(t.Context(), SendRequest{Paths: []string{file}, To: "mllp://" + gone, Wait: 5 * time.Second})
	if bedrail.KindOf(err) != bedrail.Unavailable || !strings.Contains(err.Error(), "nothing was sent") || len(got) != 2 || got[0].Outcome != NotSent || got[1].Outcome != NotSent {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err = Send(t.Context(), SendRequest{Paths: []string{file}, To: "mllp://" + gone, Wait: 5 * time.Second, DryRun: true})
	if err != nil || len(got) != 2 || got[0].Outcome != NotSent || got[0].Bytes == 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err = Send(ctx, SendRequest{Paths: []string{file}, To: "mllp://" + address, Wait: 5 * time.Second}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %+v, %v", got, err)
	}
}

func TestSendSaysWhatIsWrongBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	hl7 := written(t, "a.hl7", []byte(fmt.Sprintf(sentHL7, 1)))
	for name, tt := range map[string]struct {
		request SendRequest
		want    string
	}{
		"no receiver":                  {SendRequest{To: "localhost:2575"}, "write it as mllp://HOST:PORT"},
		"a port is missing":            {SendRequest{To: "mllp://localhost"}, "address"},
		"a kind that is not there":     {SendRequest{To: "ftp://localhost:21"}, "receivers are mllp"},
		"no title":                     {SendRequest{To: "dicom://localhost:104"}, "title of the receiver is missing"},
		"a token for MLLP":             {SendRequest{To: "mllp://localhost:1", TokenFile: hl7}, "bearer token is for a FHIR server"},
		"a title for MLLP":             {SendRequest{To: "mllp://localhost:1", Calling: "X"}, "calling title is for a DICOM receiver"},
		"certificates without TLS":     {SendRequest{To: "mllp://localhost:1", CA: hl7}, "write mllps"},
		"a certificate that is no PEM": {SendRequest{To: "mllps://localhost:1", CA: hl7}, "a.hl7"},
	} {
		tt.request.Paths, tt.request.Wait = []string{hl7}, time.Second
		if got, err := Send(t.Context(), tt.request); err == nil || got != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %+v, %v; want %q", name, got, err, tt.want)
		}
	}
	for name, tt := range map[string]struct{ text, want string }{
		"empty":            {"", "the file is empty"},
		"none of them":     {"hello", "none of the formats"},
		"another format":   {`{"resourceType":"Device"}`, "it is fhir, and mllp takes hl7v2"},
		"only an envelope": {"FHS|^~\\&|A\rFTS|0\r", "holds no HL7 v2 message"},
	} {
		var problems []string
		got, err := Send(t.Context(), SendRequest{Paths: []string{written(t, "x", []byte(tt.text))}, To: "mllp://127.0.0.1:1", Wait: time.Second, Problem: func(s string) { problems = append(problems, s) }})
		if !errors.Is(err, ErrSomeUnread) || len(got) != 0 || len(problems) != 1 || !strings.Contains(problems[0], tt.want) {
			t.Errorf("%s: got %+v, %v, %q; want %q", name, got, err, problems, tt.want)
		}
	}
}
