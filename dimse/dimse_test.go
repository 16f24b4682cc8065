package dimse_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/dimse"
	"bedrail/exchange"
	"bedrail/format/dicom"
)

const ctClass = "1.2.840.10008.5.1.4.1.1.2"

// A shelf is an intake that keeps in memory and knows what it has.
type shelf struct {
	mu   sync.Mutex
	kept []exchange.Inbound
	body map[string][]byte // by SOP instance
	full bool
}

func (s *shelf) Receive(_ context.Context, in exchange.Inbound) (exchange.Receipt, error) {
	b := in.Body
	if in.Stream != nil {
		var err error
		if b, err = io.ReadAll(in.Stream); err != nil {
			return exchange.Receipt{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return exchange.Receipt{}, bedrail.Errorf(bedrail.Unavailable, "the disk is full")
	}
	s.kept = append(s.kept, in)
	if s.body == nil {
		s.body = map[string][]byte{}
	}
	r := exchange.Receipt{ID: fmt.Sprint(len(s.kept)), State: exchange.Pending, Outcome: exchange.Accepted, Facts: in.Facts}
	if in.Unreadable != "" {
		r.State, r.Outcome = exchange.Rejected, exchange.Refused
	} else {
		s.body[in.Facts.ControlID] = b
	}
	r.Answer = in.Answer(r)
	return r, nil
}

func (s *shelf) Holds(_ context.Context, _ string, names []string) (map[string]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := map[string]bool{}
	for _, n := range names {
		_, held[n] = s.body[n]
	}
	return held, nil
}

// Nobody asks a scanner's door for more.
func (s *shelf) Find(context.Context, string, []exchange.Lookup, string, int) ([]string, error) {
	return nil, nil
}
func (s *shelf) Open(context.Context, string, string) (exchange.Shelved, error) {
	return exchange.Shelved{}, bedrail.Errorf(bedrail.NotFound, "no")
}
func (s *shelf) Head(context.Context, string, string, int64) (exchange.Shelved, error) {
	return exchange.Shelved{}, bedrail.Errorf(bedrail.NotFound, "no")
}
func (s *shelf) Stream(context.Context, string, string) (io.ReadCloser, error) {
	return nil, bedrail.Errorf(bedrail.NotFound, "no")
}
func (s *shelf) Disclose(context.Context, string, string, []string) error { return nil }

func (s *shelf) bodyOf(uid string) []byte { s.mu.Lock(); defer s.mu.Unlock(); return s.body[uid] }

func (s *shelf) first() exchange.Inbound { s.mu.Lock(); defer s.mu.Unlock(); return s.kept[0] }

func (s *shelf) count() int { s.mu.Lock(); defer s.mu.Unlock(); return len(s.kept) }

// open runs a source with settings until the test ends.
func open(t testing.TB, s *shelf, settings string) (exchange.Source, string) {
	t.Helper()
	if err := dimse.SourceKind().Check(json.RawMessage(settings)); err != nil {
		t.Fatal(err)
	}
	src, err := dimse.SourceKind().Open(exchange.SourceConfig{Channel: "radiology", Settings: json.RawMessage(settings), Intake: s, Env: exchange.Env{Shelf: s}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- src.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return src, listening(t, src)
}

func listening(t testing.TB, src exchange.Source) string {
	t.Helper()
	for range 200 {
		if at := src.Status().Listening; at != "" {
			return at
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the source did not open")
	return ""
}

// image is a made-up CT image with a payload of n bytes.
func image(t testing.TB, uid string, n int) []byte {
	t.Helper()
	set := dicom.Set{
		dicom.TextAttribute(dicom.SOPClassUID, ctClass), dicom.TextAttribute(dicom.SOPInstanceUID, uid), dicom.TextAttribute(dicom.Modality, "CT"),
		dicom.TextAttribute(dicom.Manufacturer, "Acme Imaging"), dicom.TextAttribute(dicom.ModelName, "Ring 9"), dicom.TextAttribute(dicom.DeviceSerialNumber, "R9-0042"),
		dicom.TextAttribute(dicom.StudyInstanceUID, "1.2.3"), dicom.TextAttribute(dicom.SeriesInstanceUID, "1.2.3.4"),
		{Tag: dicom.PixelData, VR: dicom.OW, Value: bytes.Repeat([]byte{1, 2}, n/2)},
	}
	b, err := dicom.Writer{Implementation: "1.2.3", Version: "TEST"}.File(set, dicom.SyntaxOf(dicom.ExplicitLittle))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dataSet is the image without its head.
func dataSet(t testing.TB, file []byte) []byte {
	t.Helper()
	f, err := dicom.Parse(file, dicom.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return file[f.Offset:]
}

func client(address string) *dimse.Client {
	return &dimse.Client{Address: address, CalledAE: "BEDRAIL", CallingAE: "CT01"}
}

func associate(t testing.TB, c *dimse.Client, p ...dimse.Proposal) *dimse.Association {
	t.Helper()
	as, err := c.Associate(context.Background(), p...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { as.Close() })
	return as
}

var ct = dimse.Proposal{Class: ctClass, Syntaxes: []string{dicom.ExplicitLittle}}

func TestAnImageIsKeptAsItCameAndAnsweredAfterwards(t *testing.T) {
	for name, size := range map[string]int{"small": 3000, "beyond what lies in a row": 3 << 20} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{}
			_, at := open(t, s, `{"listen": "127.0.0.1:0"}`)
			as := associate(t, client(at), ct)
			data := dataSet(t, image(t, "1.2.3.4.5", size))
			got, err := as.Store(context.Background(), dimse.Instance{Class: ctClass, UID: "1.2.3.4.5", Syntax: dicom.ExplicitLittle, Data: bytes.NewReader(data)})
			if err != nil || got.Status != dicom.Success {
				t.Fatalf("got %v, %v", got.Status, err)
			}
			kept := s.bodyOf("1.2.3.4.5")
			f, err := dicom.Parse(kept, dicom.Limits{})
			if err != nil || !bytes.Equal(kept[f.Offset:], data) {
				t.Fatalf("what is kept is not what was sent: %v", err)
			}
			if to, from := f.Meta.Text(0x00020018), f.Meta.Text(0x00020017); to != "BEDRAIL" || from != "CT01" {
				t.Errorf("the file says it came from %q to %q", from, to)
			}
			in := s.first()
			if in.Facts.Type != ctClass || in.Facts.Sender != "CT01" || in.Peer.AETitle != "CT01" || !in.Peer.Address.IsValid() {
				t.Errorf("got facts %+v of %+v", in.Facts, in.Peer)
			}
			if (in.Stream != nil) != (size > exchange.InlineBytes) {
				t.Errorf("a body of %d bytes: stream %v", size, in.Stream != nil)
			}
		})
	}
}

func TestWhatCannotBeKeptIsNotAnsweredWithSuccess(t *testing.T) {
	data := dataSet(t, image(t, "1.2.3.4.5", 100))
	cases := map[string]struct {
		full bool
		uid  string
		data []byte
		want dicom.Status
		kept int
	}{
		"a full disk is out of resources":                  {full: true, uid: "1.2.3.4.5", data: data, want: dicom.OutOfResources},
		"another instance than named does not match":       {uid: "9.9.9", data: data, want: dicom.DataSetMismatch, kept: 1},
		"bytes that are no data set are kept and refused":  {uid: "9.9.9", data: []byte("this is certainly not a data set at all"), want: dicom.CannotUnderstand, kept: 1},
		"what was answered for is answered with a success": {uid: "1.2.3.4.5", data: data, want: dicom.Success, kept: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := &shelf{full: c.full}
			_, at := open(t, s, `{"listen": "127.0.0.1:0"}`)
			as := associate(t, client(at), ct)
			for range 2 { // the association goes on after a refusal
				got, err := as.Store(context.Background(), dimse.Instance{Class: ctClass, UID: c.uid, Syntax: dicom.ExplicitLittle, Data: bytes.NewReader(c.data)})
				if err != nil || got.Status != c.want {
					t.Fatalf("got %v (%s), %v; want %v", got.Status, got.Comment, err, c.want)
				}
			}
			if s.count() != 2*c.kept {
				t.Errorf("kept %d", s.count())
			}
		})
	}
}

func TestARefusalSaysWhoseSettingIsWrong(t *testing.T) {
	s := &shelf{}
	src, at := open(t, s, `{"listen": "127.0.0.1:0", "aeTitle": "BEDRAIL", "callers": ["CT01", "MR01"]}`)
	cases := map[string]struct {
		c    dimse.Client
		want dicom.Rejection
		says string
	}{
		"called":  {dimse.Client{Address: at, CalledAE: "PACS1", CallingAE: "CT01"}, dicom.CalledAEUnknown, `it called "PACS1"`},
		"calling": {dimse.Client{Address: at, CalledAE: "BEDRAIL", CallingAE: "US77"}, dicom.CallingAEUnknown, `"US77" is not among`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := c.c.Associate(context.Background(), ct)
			var refused *dimse.RefusedError
			if !errors.As(err, &refused) || refused.Rejection != c.want {
				t.Fatalf("got %v", err)
			}
			r := src.Status().Refused[0]
			if !strings.Contains(r.Reason, c.says) || r.Mend == "" || r.Peer.AETitle != c.c.CallingAE {
				t.Errorf("the door shows %+v", r)
			}
		})
	}
	t.Run("no context", func(t *testing.T) {
		as := associate(t, client(at), dimse.Proposal{Class: "1.2.840.10008.5.1.4.1.2.2.2", Syntaxes: []string{dicom.ImplicitLittle}})
		if len(as.Rejected()) != 1 || !strings.Contains(src.Status().Refused[0].Reason, "no presentation context was agreed") {
			t.Errorf("got %v, %+v", as.Rejected(), src.Status().Refused[0])
		}
	})
}

func TestAnEchoIsAnswered(t *testing.T) {
	_, at := open(t, &shelf{}, `{"listen": "127.0.0.1:0"}`)
	as := associate(t, client(at), dimse.Proposal{Class: dimse.Verification, Syntaxes: []string{dicom.ImplicitLittle}})
	if err := as.Echo(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := as.Release(); err != nil {
		t.Error(err)
	}
}

func TestSafetyIsPromisedForWhatIsKeptOnly(t *testing.T) {
	s := &shelf{}
	_, at := open(t, s, `{"listen": "127.0.0.1:0", "commit": true}`)
	as := associate(t, client(at), ct, dimse.Proposal{Class: dimse.StorageCommitment, Syntaxes: []string{dicom.ImplicitLittle}})
	data := dataSet(t, image(t, "1.2.3.4.5", 100))
	if _, err := as.Store(context.Background(), dimse.Instance{Class: ctClass, UID: "1.2.3.4.5", Syntax: dicom.ExplicitLittle, Data: bytes.NewReader(data)}); err != nil {
		t.Fatal(err)
	}
	if err := as.RequestCommitment(context.Background(), "2.25.1", ctClass, "1.2.3.4.5"); err != nil {
		t.Errorf("for what is kept: %v", err)
	}
	if err := as.RequestCommitment(context.Background(), "2.25.2", ctClass, "6.6.6"); err == nil {
		t.Error("a promise was given for an image that never came")
	}
}

func TestPeersThatStopAreBounded(t *testing.T) {
	s := &shelf{}
	src, at := open(t, s, `{"listen": "127.0.0.1:0", "stall": "200ms", "idle": "200ms"}`)
	as := associate(t, client(at), ct)
	r, w := io.Pipe()
	go w.Write(dataSet(t, image(t, "1.2.3.4.5", 200_000))[:150_000]) // and then nothing
	time.AfterFunc(time.Second, func() { w.CloseWithError(errors.New("the scanner was switched off")) })
	if _, err := as.Store(context.Background(), dimse.Instance{Class: ctClass, UID: "1.2.3.4.5", Syntax: dicom.ExplicitLittle, Data: io.MultiReader(r)}); err == nil {
		t.Error("half an image was taken")
	}
	if s.count() != 0 {
		t.Error("half an image was kept")
	}
	if got := src.Status().LastError; !strings.Contains(got, "too long") {
		t.Errorf("the door says %q", got)
	}
}

func TestForeignBytesEndTheConnectionAndNothingElse(t *testing.T) {
	src, at := open(t, &shelf{}, `{"listen": "127.0.0.1:0"}`)
	for _, bytes := range []string{"GET / HTTP/1.0\r\n\r\n", "\x04\x00\x00\x00\x00\x08\x00\x00\x00\x02\x01\x03", "\x01\x00\x7f\xff\xff\xff"} {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte(bytes))
		conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("%q: the connection was not ended: %v", bytes, err)
		}
		conn.Close()
	}
	if n := len(src.Status().Refused); n != 3 {
		t.Errorf("%d refusals are shown", n)
	}
	as := associate(t, client(at), dimse.Proposal{Class: dimse.Verification, Syntaxes: []string{dicom.ImplicitLittle}})
	if err := as.Echo(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestAFloodOfConnectionsIsBounded(t *testing.T) {
	src, at := open(t, &shelf{}, `{"listen": "127.0.0.1:0", "associations": 4}`)
	var open []net.Conn
	for range 8 {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	for range 100 {
		if len(src.Status().Refused) == 4 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if st := src.Status(); len(st.Refused) != 4 || len(st.Connections) != 4 {
		t.Errorf("%d are in and %d were turned away", len(st.Connections), len(st.Refused))
	}
	for _, c := range open {
		c.Close()
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for settings, says := range map[string]string{
		`{}`: "listen", `{"listen": "x:1", "aeTitle": "SEVENTEEN_LETTERS"}`: "AE title", `{"listen": "x:1", "maxPDU": 100}`: "maxPDU",
		`{"listen": "x:1", "find": {"address": "y:1"}}`: "calledAE", `{"listen": "x:1", "commitment": {"CT": "nowhere"}}`: "commitment.CT",
	} {
		if err := dimse.SourceKind().Check(json.RawMessage(settings)); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	for _, kind := range []func() error{
		func() error { return dimse.SourceKind().Check(json.RawMessage(dimse.SourceKind().Example)) },
		func() error { return dimse.DestinationKind().Check(json.RawMessage(dimse.DestinationKind().Example)) },
	} {
		if err := kind(); err != nil {
			t.Errorf("an example does not hold: %v", err)
		}
	}
}
