package dimse

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"bedrail/exchange"
	"bedrail/format/dicom"
)

// A script is a connection whose peer says what it was given and hears nothing.
type script struct{ io.Reader }

func (script) Write(p []byte) (int, error)      { return len(p), nil }
func (script) Close() error                     { return nil }
func (script) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (script) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (script) SetDeadline(time.Time) error      { return nil }
func (script) SetReadDeadline(time.Time) error  { return nil }
func (script) SetWriteDeadline(time.Time) error { return nil }

// A sink takes what comes and keeps nothing.
type sink struct{ bytes int64 }

func (s *sink) Receive(_ context.Context, in exchange.Inbound) (exchange.Receipt, error) {
	n := int64(len(in.Body))
	if in.Stream != nil {
		var err error
		if n, err = io.Copy(io.Discard, in.Stream); err != nil {
			return exchange.Receipt{}, err
		}
	}
	s.bytes += n
	r := exchange.Receipt{Outcome: exchange.Accepted, Facts: in.Facts}
	r.Answer = in.Answer(r)
	return r, nil
}

// conversation is what a well-behaved scanner sends, for the fuzzer to spoil.
func conversation(f *testing.F) []byte {
	rq, err := dicom.Associate{Version: 1, CalledAE: "BEDRAIL", CallingAE: "CT01", Contexts: []dicom.Context{
		{ID: 1, Abstract: storageRoot + "2", Transfer: []string{dicom.ImplicitLittle}}, {ID: 3, Abstract: Verification, Transfer: []string{dicom.ImplicitLittle}},
		{ID: 5, Abstract: StorageCommitment, Transfer: []string{dicom.ImplicitLittle}}}, User: dicom.User{MaxLength: 16384, Implementation: "1.2", Window: &dicom.Window{}}}.Encode(dicom.AssociateRQ)
	if err != nil {
		f.Fatal(err)
	}
	set, err := dicom.Set{dicom.TextAttribute(dicom.SOPClassUID, storageRoot+"2"), dicom.TextAttribute(dicom.SOPInstanceUID, "1.2.3")}.Encode(dicom.SyntaxOf(dicom.ImplicitLittle))
	if err != nil {
		f.Fatal(err)
	}
	ask, err := commitment{"1.2", []reference{{"1.2", "1.2.3"}}}.encode(dicom.ImplicitLittle)
	if err != nil {
		f.Fatal(err)
	}
	b := dicom.AppendData(rq, 3, true, dicom.Command{Field: dicom.CEchoRQ, MessageID: 1, SOPClass: Verification}.Encode(), 0)
	b = dicom.AppendData(b, 1, true, dicom.Command{Field: dicom.CStoreRQ, MessageID: 2, SOPClass: storageRoot + "2", SOPInstance: "1.2.3", DataSet: true}.Encode(), 0)
	b = dicom.AppendData(b, 1, false, set, 20)
	b = dicom.AppendData(b, 5, true, dicom.Command{Field: dicom.NActionRQ, MessageID: 3, SOPClass: StorageCommitment, SOPInstance: commitmentInstance, Type: 1, DataSet: true}.Encode(), 0)
	b = dicom.AppendData(b, 5, false, ask, 0)
	return append(b, dicom.EncodeRelease(dicom.ReleaseRQ)...)
}

// FuzzCall spoils a conversation: whatever comes, the door ends it, and never
// takes in more than came.
func FuzzCall(f *testing.F) {
	good := conversation(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Fuzz(func(t *testing.T, said []byte) {
		s := &sink{}
		src := &Source{settings: Settings{AETitle: "BEDRAIL"}, config: exchange.SourceConfig{Intake: s}, limits: Limits{Stall: time.Minute}.usual(),
			policy: Policy{AETitle: "BEDRAIL", MaxLength: 16384, Commit: true}}
		guest, err := src.lobby.Enter(exchange.Peer{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		src.serve(context.Background(), script{bytes.NewReader(said)}, guest)
		if s.bytes > int64(len(said))+1024*int64(1+bytes.Count(said, []byte{4})) {
			t.Errorf("%d bytes were taken in of %d", s.bytes, len(said))
		}
	})
}

func TestTheConversationOfTheFuzzerIsAGoodOne(t *testing.T) {
	var f testing.F
	s := &sink{}
	src := &Source{config: exchange.SourceConfig{Intake: s}, limits: Limits{}.usual(), policy: Policy{AETitle: "BEDRAIL", MaxLength: 16384, Commit: true}}
	guest, err := src.lobby.Enter(exchange.Peer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	src.serve(context.Background(), script{bytes.NewReader(conversation(&f))}, guest)
	if st := src.lobby.Status(); s.bytes == 0 || st.LastError != "" || len(st.Refused) != 0 {
		t.Errorf("took in %d bytes, %+v", s.bytes, st)
	}
}
