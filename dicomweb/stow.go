package dicomweb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/dicom"
)

// Tags of the answer to a store (PS3.18 10.5.3, PS3.3 C.12).
const (
	referencedClass    dicom.Tag = 0x00081150
	referencedInstance dicom.Tag = 0x00081155
	retrieveURL        dicom.Tag = 0x00081190
	failureReason      dicom.Tag = 0x00081197
	failedSequence     dicom.Tag = 0x00081198
	referencedSequence dicom.Tag = 0x00081199
	studyInstance      dicom.Tag = 0x0020000D
	seriesInstance     dicom.Tag = 0x0020000E
)

// mostParts bounds one request.
const mostParts = 10_000

// A stored is what became of one instance of a request.
type stored struct {
	class, instance string
	at              place
	status          dicom.Status
}

// take stores the instances of a request, each by itself: one that fails does
// not keep the others out (PS3.18 10.5).
func (t *turn) take(study string) error {
	if err := t.may(t.client.store, "store"); err != nil {
		return err
	}
	kind, params, err := mime.ParseMediaType(t.r.Header.Get("Content-Type"))
	if err != nil || kind != mediaMultipart || params["boundary"] == "" || params["type"] != "" && params["type"] != mediaDICOM {
		return no(http.StatusUnsupportedMediaType, `instances come as multipart/related; type="application/dicom"`)
	}
	parts := multipart.NewReader(http.MaxBytesReader(t.w, t.r.Body, t.settings.MaxBytes), params["boundary"])
	defer t.guest.State("idle")
	var all []stored
	for {
		t.guest.State("receiving")
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(all) == mostParts {
			return t.broken(all, err)
		}
		one, err := t.keep(part, study)
		if err != nil {
			return t.broken(all, err)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return no(http.StatusBadRequest, "the request holds no instance")
	}
	return t.answer(all)
}

// broken answers a request that was not read to its end. What is kept is
// kept; its sender stores again what it has no answer for.
func (t *turn) broken(all []stored, err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return no(http.StatusRequestEntityTooLarge, "more than %d bytes were sent; %d instances before that are kept", t.settings.MaxBytes, len(all))
	}
	if bedrail.KindOf(err) == bedrail.Unavailable {
		return err
	}
	return no(http.StatusBadRequest, "the request broke off or is no multipart message; %d instances before that are kept", len(all))
}

// keep takes one instance and returns once it is flushed.
func (t *turn) keep(part io.Reader, study string) (stored, error) {
	var begin bytes.Buffer
	_, err := io.CopyN(&begin, part, exchange.InlineBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return stored{}, err
	}
	s := stored{status: dicom.Success}
	in := exchange.Inbound{Format: exchange.DICOM, ContentType: mediaDICOM, Peer: t.guest.Peer(), Facts: exchange.Facts{Event: "STOW-RS", Sender: t.client.name}, Lookups: exchange.DICOMLookups(begin.Bytes())}
	exchange.ReadDICOM(begin.Bytes(), &in.Facts)
	if f, err := dicom.Parse(begin.Bytes(), dicom.Limits{}); err == nil && f.Set != nil {
		s.class, s.instance = f.Set.Text(dicom.SOPClassUID), f.Set.Text(dicom.SOPInstanceUID)
		s.at = place{f.Set.Text(studyInstance), f.Set.Text(seriesInstance), s.instance}
	}
	switch {
	case s.class == "" || s.instance == "":
		s.status, in.Unreadable = dicom.CannotUnderstand, "the part is no DICOM instance"
	case study != "" && study != s.at.study:
		s.status, in.Unreadable = dicom.DataSetMismatch, "the instance belongs to another study than the address"
	}
	in.Answer = func(r exchange.Receipt) []byte { return []byte(strconv.Itoa(int(statusOf(r, s.status)))) }
	if err == nil {
		in.Stream = io.MultiReader(&begin, part)
	} else {
		in.Body, in.At = begin.Bytes(), time.Now()
	}
	t.guest.State("committing")
	r, err := t.config.Intake.Receive(context.WithoutCancel(t.r.Context()), in)
	if err != nil {
		return s, err
	}
	t.guest.Message()
	if kept, err := strconv.Atoi(string(r.Answer)); err == nil {
		s.status = dicom.Status(kept)
	}
	return s, nil
}

func statusOf(r exchange.Receipt, s dicom.Status) dicom.Status {
	switch {
	case s != dicom.Success:
	case r.Outcome == exchange.Failed:
		return dicom.DataSetMismatch
	case r.Outcome == exchange.Refused:
		return dicom.CannotUnderstand
	}
	return s
}

// answer is the Store Instances response (PS3.18 10.5.3): 200 when everything
// is kept, 202 when something is not, 409 when nothing is.
func (t *turn) answer(all []stored) error {
	var good, bad []dicom.Set
	for _, s := range all {
		item := dicom.Set{dicom.TextAttribute(referencedClass, s.class), dicom.TextAttribute(referencedInstance, s.instance)}
		if s.status == dicom.Success {
			good = append(good, append(item, dicom.TextAttribute(retrieveURL, t.address(s.at))))
			continue
		}
		bad = append(bad, append(item, dicom.Attribute{Tag: failureReason, VR: dicom.US, Value: []byte{byte(s.status), byte(s.status >> 8)}}))
	}
	status := http.StatusOK
	var out dicom.Set
	if len(bad) > 0 {
		status = http.StatusAccepted
		out = append(out, dicom.Attribute{Tag: failedSequence, VR: dicom.SQ, Items: bad})
	}
	if len(good) == 0 {
		status = http.StatusConflict
	} else {
		out = append(out, dicom.Attribute{Tag: referencedSequence, VR: dicom.SQ, Items: good})
	}
	return t.write(status, out)
}
