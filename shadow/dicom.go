package shadow

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"strings"
	"time"

	"bedrail/exchange"
	"bedrail/format/dicom"
	"bedrail/format/hl7"
	"bedrail/traffic"
)

// Rules that a data set is held against: those that a DICOM channel answers by.
const (
	ruleMismatch = "dicom/mismatch" // the data set is another than the command says (PS3.4 B.2.3)
	ruleIdentity = "dicom/identity" // it does not say what it is part of
	rulePatient  = "dicom/patient"  // it names no patient
	ruleReadable = "dicom/readable" // its elements cannot be told apart
)

// An image hears one association.
type image struct {
	stream
	half     [2]imageHalf
	calling  string
	called   string
	contexts dicom.Skimmed // as they were answered
	asked    time.Time     // for the association
	caller   traffic.Direction
}

type imageHalf struct {
	of       *image
	dir      traffic.Direction
	at       time.Time
	deframer dicom.Deframer
	lost     bool
	command  []byte
	store    *stored
}

// A stored is a C-STORE on its way: what its data set says of equipment, and a
// digest of all of it. No element of the patient is copied.
type stored struct {
	command dicom.Command
	walker  *dicom.Walker
	mac     hash.Hash
	size    int
	broken  bool
	set     setFacts
}

type setFacts struct {
	class, instance, study, series, maker, model, serial, software, station string
	patient                                                                 bool
}

func newDICOM(s stream) *image {
	m := &image{stream: s}
	for d := range m.half {
		m.half[d].of, m.half[d].dir = m, traffic.Direction(d)
	}
	return m
}

func (m *image) Held() int {
	n := m.contexts.Held()
	for d := range m.half {
		h := &m.half[d]
		n += h.deframer.Held() + cap(h.command)
		if h.store != nil && h.store.walker != nil {
			n += h.store.walker.Held() + 1<<10
		}
	}
	return n
}

func (m *image) End(lost bool) { m.ended(lost) }

func (m *image) Hear(at time.Time, dir traffic.Direction, data []byte) bool {
	h := &m.half[dir]
	h.at = at
	if !h.lost && h.deframer.Write(data, h) != nil {
		h.lost = true
	}
	return !m.half[0].lost || !m.half[1].lost
}

// Miss passes over what is lost inside of a data set; elsewhere the direction
// has no seam to begin at again.
func (m *image) Miss(at time.Time, dir traffic.Direction, n int) bool {
	h := &m.half[dir]
	h.at = at
	f, open := h.deframer.Open()
	if h.lost || !open || f.Command || !h.deframer.Pass(int64(n)) {
		h.lost, h.store = true, nil
		return !m.half[0].lost || !m.half[1].lost
	}
	if h.store != nil {
		h.store.broken = true
	}
	return true
}

// Unit implements dicom.Receiver.
func (h *imageHalf) Unit(t dicom.PDUType, body []byte) {
	m := h.of
	switch t {
	case dicom.AssociateRQ:
		if a, err := dicom.SkimAssociate(t, body); err == nil {
			m.calling, m.called, m.asked, m.caller = a.CallingAE, a.CalledAE, h.at, h.dir
			m.of(m.calling, m.called, h.at)
		}
	case dicom.AssociateAC:
		a, err := dicom.SkimAssociate(t, body)
		if err != nil {
			return
		}
		m.contexts = a
		m.opened(h.at, "associated")
	case dicom.AssociateRJ:
		m.opened(h.at, "association refused")
	case dicom.Abort:
		m.opened(h.at, "aborted")
	}
}

func (m *image) opened(at time.Time, word string) {
	c := m.of(m.calling, m.called, at)
	if c == nil {
		return
	}
	c.answer(word)
	if word == "associated" && !m.asked.IsZero() {
		c.now.Answered(at.Sub(m.asked))
		m.asked = time.Time{}
	}
}

// Data implements dicom.Receiver.
func (h *imageHalf) Data(f dicom.Fragment, piece []byte) {
	last := f.Last && f.End
	if !f.Command {
		h.data(piece)
		if last {
			h.end()
		}
		return
	}
	if len(h.command)+len(piece) <= dicom.MaxCommand {
		h.command = append(h.command, piece...)
	}
	if !last {
		return
	}
	c, err := dicom.ParseCommand(h.command)
	h.command, h.store = nil, nil
	if err != nil {
		return
	}
	h.begin(c, f.Context)
}

func (h *imageHalf) begin(c dicom.Command, context byte) {
	m := h.of
	if c.Field&0x8000 != 0 {
		if !c.Status.Pending() {
			m.answered(h.at, fmt.Sprintf("%04X", uint16(c.Status)), func(a *awaited) bool { return !a.done && a.id == uint32(c.RespondedTo) })
		}
		return
	}
	if c.Field != dicom.CStoreRQ || h.dir != m.caller { // what a C-GET fetches is sent to the caller
		m.other(h.at, c)
		return
	}
	s := &stored{command: c, mac: hmac.New(sha256.New, m.ears.digests.secret())}
	if syntax, ok := m.contexts.Syntax(context); ok && !syntax.Deflated && m.ears.due(h.at) {
		s.walk(syntax)
	}
	h.store = s
}

// other counts a request that stores nothing: a question, or a C-ECHO.
func (m *image) other(at time.Time, c dicom.Command) {
	k := m.of(m.calling, m.called, at)
	if k == nil {
		return
	}
	k.quirk("service:" + strings.TrimSuffix(c.Field.String(), "-RQ"))
	m.await(awaited{id: uint32(c.MessageID), at: at, c: k})
}

// Elements that are taken; of the patient only whether there is an id.
const (
	tagStudy   dicom.Tag = 0x0020000D
	tagSeries  dicom.Tag = 0x0020000E
	tagPatient dicom.Tag = 0x00100020
)

func (s *stored) walk(syntax dicom.Syntax) {
	s.walker = dicom.NewWalker(syntax, func(_, t dicom.Tag, depth int) dicom.Wish {
		if depth > 0 {
			return dicom.Skip
		}
		switch t {
		case dicom.SOPClassUID, dicom.SOPInstanceUID, dicom.Manufacturer, dicom.ModelName, dicom.StationName, dicom.DeviceSerialNumber, dicom.SoftwareVersions,
			tagStudy, tagSeries, tagPatient:
			return dicom.Take
		}
		return dicom.Skip
	}, s.take)
	s.walker.Last, s.walker.Longest = tagSeries, 1024
}

func (s *stored) take(e dicom.Element) {
	if e.Tag == tagPatient {
		s.set.patient = len(strings.Trim(string(e.Value), " \x00")) > 0
		return
	}
	text := strings.Trim(string(e.Value), " \x00")
	if f := map[dicom.Tag]*string{dicom.SOPClassUID: &s.set.class, dicom.SOPInstanceUID: &s.set.instance, tagStudy: &s.set.study, tagSeries: &s.set.series,
		dicom.Manufacturer: &s.set.maker, dicom.ModelName: &s.set.model, dicom.DeviceSerialNumber: &s.set.serial, dicom.SoftwareVersions: &s.set.software,
		dicom.StationName: &s.set.station}[e.Tag]; f != nil {
		*f = text
	}
}

func (h *imageHalf) data(b []byte) {
	s := h.store
	if s == nil {
		return
	}
	s.size += len(b)
	s.mac.Write(b)
	if s.walker != nil && !s.walker.Done() && !s.broken {
		s.walker.Write(b) // what is wrong shows in what is missing
	}
}

// end counts an instance that has come whole.
func (h *imageHalf) end() {
	s, m := h.store, h.of
	if s == nil {
		return
	}
	h.store = nil
	p := piece{in: exchange.Inbound{Format: exchange.DICOM}, at: h.at, size: s.size, unchecked: s.broken || s.walker == nil, event: "C-STORE"}
	f := &p.look.Facts
	f.Type, f.Sender, f.Receiver, f.ControlID = s.command.SOPClass, m.calling, m.called, s.command.SOPInstance
	f.Devices = []exchange.DeviceClaim{{Serial: s.set.serial, Manufacturer: s.set.maker, Model: s.set.model, Software: s.set.software, AETitle: m.calling, Location: "(0018,1000)"}}
	p.control = f.ControlID
	sum := digest(s.mac.Sum(nil)[:len(digest{})])
	p.name = &sum
	if !p.unchecked {
		p.look.Issues = s.issues()
	}
	if c := m.count(&p, m.calling, m.called); c != nil {
		m.await(awaited{id: uint32(s.command.MessageID), at: h.at, c: c})
	}
}

func (s *stored) issues() (out []exchange.Issue) {
	add := func(severity hl7.Severity, code, rule, at string) {
		out = append(out, exchange.Issue{Severity: severity, Code: code, Rule: rule, Location: at})
	}
	f := &s.set
	switch {
	case f.class == "" && f.instance == "":
		add(hl7.ErrorLevel, "structure", ruleReadable, "(0008,0018)")
		return out
	case f.class != s.command.SOPClass:
		add(hl7.ErrorLevel, "value", ruleMismatch, "(0008,0016)")
	case f.instance != s.command.SOPInstance:
		add(hl7.ErrorLevel, "value", ruleMismatch, "(0008,0018)")
	}
	if f.study == "" {
		add(hl7.ErrorLevel, "required", ruleIdentity, "(0020,000D)")
	}
	if f.series == "" {
		add(hl7.ErrorLevel, "required", ruleIdentity, "(0020,000E)")
	}
	if !f.patient {
		add(hl7.Warning, "required", rulePatient, "(0010,0020)")
	}
	return out
}
