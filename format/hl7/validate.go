package hl7

import (
	"bytes"
	"errors"
	"fmt"
)

// mostIssues bounds what is said about one message.
const mostIssues = 200

// A Validator checks messages against the definitions of the version that
// they declare. It is safe for several goroutines.
type Validator struct {
	Dictionary *Dictionary
	// Lenient leaves out what is tolerated without harm: line ends, doubled
	// delimiters.
	Lenient bool
}

// NewValidator returns a Validator with the embedded definitions.
func NewValidator() (*Validator, error) {
	d, err := NewDictionary()
	if err != nil {
		return nil, err
	}
	return &Validator{Dictionary: d}, nil
}

// Validate returns what is wrong with m, the header first: a message whose
// header cannot be answered for is not looked at further. Issues are appended
// to those given.
func (v *Validator) Validate(m *Message, issues []Issue) []Issue {
	before := len(issues)
	issues = v.Header(m, issues)
	for i := range issues[before:] {
		if issues[before+i].Severity == Fatal || issues[before+i].Severity == ErrorLevel {
			return issues
		}
	}
	issues = m.charsetIssues(issues)
	if !v.Lenient {
		issues = m.writingIssues(issues)
	}
	e := v.edition(m)
	defined := len(issues)
	s := v.structureOf(m)
	if s != nil {
		issues = m.structureIssues(s, issues)
		if s.current {
			defined = len(issues)
		}
	}
	c := fieldChecker{edition: e}
	for i := 0; i < m.Len() && len(issues) < mostIssues; i++ {
		issues = c.segmentIssues(m.Segment(i), issues)
	}
	if name, _ := definedBy(m.Segment(0).Field(12).Component(1).Bytes()); name == later {
		for i := range issues[defined:] {
			issues[defined+i].byOlder()
		}
	}
	return issues
}

// byOlder says of a finding that rests on definitions older than the version
// of the message that it does, so that nobody argues with a sender who is right.
func (i *Issue) byOlder() {
	switch i.Rule {
	case RuleStructure, RuleRequired, RuleRepeats, RuleCode:
		i.Text += " (judged by the definitions of 2.7.1, the newest that are held; check it against the version that the message declares)"
	}
}

func (v *Validator) edition(m *Message) *edition {
	name, ok := definedBy(m.Segment(0).Field(12).Component(1).Bytes())
	if !ok {
		name = later
	}
	return v.Dictionary.edition(name)
}

// Header checks what an acknowledgment depends on: type, control id,
// processing id and version.
func (v *Validator) Header(m *Message, issues []Issue) []Issue {
	msh := m.Segment(0)
	if msh.Fields() < 10 || !msh.Is("MSH") {
		start, end := msh.Span()
		return append(issues, Issue{Severity: Fatal, Code: "structure", Rule: RuleStructure, Location: "MSH", Start: start, End: end, Error: errSequence,
			Text: "the header ends before message type (MSH-9) and control id (MSH-10); the message was cut off or is no message"})
	}
	issues = v.version(msh, issues)
	issues = v.messageType(m, msh, issues)
	if id := msh.Field(10); id.Empty() || id.Null() {
		issues = append(issues, At(msh, id, 10, 0, ErrorLevel, "required", RuleRequired, "the control id (MSH-10) is missing, so no acknowledgment can name the message", errRequired))
	}
	if p := msh.Field(11).Component(1); !p.Empty() && !p.Is("P") && !p.Is("T") && !p.Is("D") {
		issues = append(issues, At(msh, p, 11, 1, ErrorLevel, "code-invalid", RuleProcess, "the processing id (MSH-11) must be P for production, T for training or D for debugging", errProcess))
	}
	return issues
}

func (v *Validator) version(msh Segment, issues []Issue) []Issue {
	f := msh.Field(12).Component(1)
	if f.Empty() {
		return append(issues, At(msh, f, 12, 0, Warning, "required", RuleVersion, "the version (MSH-12) is missing; the message is read as the newest version", 0))
	}
	if _, ok := definedBy(f.Bytes()); !ok {
		return append(issues, At(msh, f, 12, 0, ErrorLevel, "not-supported", RuleVersion, "the version (MSH-12) is none of HL7 2.1 to 2.9; ask the sender which version it speaks", errVersion))
	}
	return issues
}

func (v *Validator) messageType(m *Message, msh Segment, issues []Issue) []Issue {
	code, event := msh.Field(9).Component(1), msh.Field(9).Component(2)
	if code.Empty() {
		return append(issues, At(msh, code, 9, 1, ErrorLevel, "required", RuleRequired, "the message type (MSH-9) is missing", errRequired))
	}
	for _, version := range [...]string{"", "2.7.1", "2.6", "2.3"} {
		e := v.edition(m)
		if version != "" {
			e = v.Dictionary.edition(version)
		}
		if e.messages[string(code.Bytes())] {
			return v.event(m, msh, event, issues)
		}
	}
	return append(issues, At(msh, code, 9, 1, ErrorLevel, "not-supported", RuleType, "the message type (MSH-9) is none that HL7 defines; a local type needs a channel that is set up for it", errType))
}

// event says when the definitions do not know the trigger event: the segments
// are then read one by one, without their order.
func (v *Validator) event(m *Message, msh Segment, event Value, issues []Issue) []Issue {
	if event.Empty() || v.structureOf(m) != nil {
		return issues
	}
	return append(issues, At(msh, event, 9, 2, Information, "informational", RuleType, "the trigger event is not in the definitions of this version; the order of segments was not checked", 0))
}

// structureOf returns the grammar of m in its own version or, for messages
// that a later version withdrew and senders still use, in an earlier one.
func (v *Validator) structureOf(m *Message) *structure {
	if s := v.edition(m).structureOf(m); s != nil {
		return s
	}
	for _, version := range [...]string{"2.7.1", "2.6", "2.5.1", "2.3.1"} {
		if s := v.Dictionary.edition(version).structureOf(m); s != nil {
			return s
		}
	}
	return nil
}

// structureOf returns the grammar of m by MSH-9: by its third component when
// known, else by type and event.
func (e *edition) structureOf(m *Message) *structure {
	f := m.Segment(0).Field(9)
	if s := e.structures[string(f.Component(3).Bytes())]; s != nil {
		return s
	}
	var name [24]byte
	key := append(name[:0], f.Component(1).Bytes()...)
	if s := e.structures[string(key)]; s != nil && (f.Component(2).Empty() || string(key) == "ACK") {
		return s
	}
	key = append(append(key, '_'), f.Component(2).Bytes()...)
	return e.structures[string(key)]
}

// charsetIssues reports text that cannot be decoded, once for each segment.
func (m *Message) charsetIssues(issues []Issue) []Issue {
	if !m.charset.known {
		f := m.Segment(0).Field(18).Rep(1)
		issues = append(issues, At(m.Segment(0), f, 18, 0, Warning, "not-supported", RuleCharset, "the character set (MSH-18) is none of HL7 table 0211; text was read as UTF-8", errTable))
	}
	if m.plain(m.raw) {
		return issues
	}
	for i := range m.Len() {
		seg := m.Segment(i)
		if m.plain(seg.Bytes()) {
			continue
		}
		for n := 1; n <= seg.Fields() && len(issues) < mostIssues; n++ {
			f := seg.Field(n)
			if m.plain(f.Bytes()) || seg.header() && n <= 2 {
				continue
			}
			var bad *Error
			if _, err := m.decode(f.Bytes(), int(f.start)); errors.As(err, &bad) {
				found := At(seg, f, n, 0, ErrorLevel, "invalid", RuleCharset, bad.Text, errDatatype)
				found.Start = min(max(found.Start, bad.Offset), found.End)
				issues = append(issues, found)
				break
			}
		}
	}
	return issues
}

// plain reports whether b is text that every set has in common, without an
// escape that switches sets.
func (m *Message) plain(b []byte) bool {
	if !isASCII(b) {
		return false
	}
	esc := m.delims.Escape
	for esc != 0 {
		i := bytes.IndexByte(b, esc)
		if i < 0 || i+1 >= len(b) {
			return true
		}
		if b = b[i+1:]; b[0] == 'C' || b[0] == 'M' {
			return false
		}
	}
	return true
}

// writingIssues reports what was tolerated.
func (m *Message) writingIssues(issues []Issue) []Issue {
	for _, row := range [...]struct {
		flaw     Flaw
		severity Severity
		text     string
	}{
		{LineFeeds, Warning, "segments end with LF; HL7 wants CR (0D) alone. Most likely the file was saved by a text editor, or the sender is set to Unix line ends"},
		{CarriageLine, Warning, "segments end with CR LF; HL7 wants CR (0D) alone. The sender is set to Windows line ends"},
		{Continued, Warning, "a line begins no segment and was read as the rest of the line before; the sender must write line breaks in text as \\.br\\"},
		{DoubledDelims, Warning, "MSH-2 names a character twice; it was read as if it stood there once"},
		{MissingDelims, Warning, "MSH-2 names fewer than four characters; text that holds them cannot be told from structure"},
		{MisplacedHeader, ErrorLevel, "a second MSH stands inside the message; two messages were sent as one"},
	} {
		if m.Has(row.flaw) {
			issues = append(issues, Issue{Severity: row.severity, Code: "structure", Rule: RuleWriting, Location: "MSH", Start: 0, End: min(len(m.raw), 9), Text: row.text})
		}
	}
	return issues
}

// A fieldChecker checks the segments of one message. It remembers what the row
// before needed, because the rows of a device are much alike.
type fieldChecker struct {
	edition *edition
	name    key
	defs    []fieldDef
	right   [32][]byte // what stood last in each field of such a segment and was right
}

// segmentIssues checks the fields of one segment against its definition.
func (c *fieldChecker) segmentIssues(seg Segment, issues []Issue) []Issue {
	if name := keyOf(seg.name()); name != c.name {
		c.name, c.defs, c.right = name, c.edition.segments[name], [32][]byte{}
	}
	defs := c.defs
	at := &seg.m.segments[seg.index]
	rep := seg.m.delims.Repetition
	repeats := rep != 0 && bytes.IndexByte(seg.m.raw[at.start:at.end], rep) >= 0
	shift, from := int32(0), 0
	if at.header {
		shift, from = 1, 2 // MSH-1 and MSH-2 are the delimiters
	}
	for i := from; i < len(defs); i++ {
		def, n := &defs[i], int32(i+1)-shift
		if n >= at.fields {
			return missingFields(seg, defs, i, issues)
		}
		f := seg.m.field(at, n)
		if !f.Empty() {
			if def.simple && !repeats {
				continue
			}
			value := f.Bytes()
			if i < len(c.right) && bytes.Equal(value, c.right[i]) {
				continue
			}
			before := len(issues)
			if issues = def.fieldIssues(seg, f, i+1, issues); i < len(c.right) && len(issues) == before {
				c.right[i] = value
			}
		} else if def.required && !at.header {
			issues = append(issues, emptyField(seg, i+1))
		}
	}
	if seg.Is("OBX") {
		issues = observationIssues(seg, issues)
	}
	return issues
}

// missingFields reports the required fields after the last that was sent.
func missingFields(seg Segment, defs []fieldDef, from int, issues []Issue) []Issue {
	for i := from; i < len(defs); i++ {
		if defs[i].required && !seg.header() {
			issues = append(issues, emptyField(seg, i+1))
		}
	}
	if seg.Is("OBX") {
		issues = observationIssues(seg, issues)
	}
	return issues
}

func emptyField(seg Segment, n int) Issue {
	return At(seg, seg.Field(n), n, 0, ErrorLevel, "required", RuleRequired, fmt.Sprintf("field %s-%d must be filled and is empty", seg.name(), n), errRequired)
}

// plain reports whether there is nothing to check about a value of the field.
func (def *fieldDef) plain() bool {
	return def.kind == anyText && def.codes == nil && len(def.checked) == 0
}

func (def *fieldDef) fieldIssues(seg Segment, f Value, n int, issues []Issue) []Issue {
	if def.many && def.plain() {
		return issues
	}
	if bytes.IndexByte(f.Bytes(), f.m.delims.Repetition) < 0 || f.m.delims.Repetition == 0 {
		if !def.plain() && !f.Null() {
			f.level = atRep
			issues = def.valueIssues(seg, f, n, issues)
		}
		return issues
	}
	reps := f.Reps()
	if reps > 1 && !def.many && def.name != "V" && def.name != "FT" && def.name != "TX" {
		issues = append(issues, At(seg, f, n, 0, Warning, "structure", RuleRepeats, fmt.Sprintf("field %s-%d may not repeat; receivers will use the first value only", seg.name(), n), errDatatype))
	}
	if def.plain() {
		return issues
	}
	for r := 1; r <= reps && len(issues) < mostIssues; r++ {
		if rep := f.Rep(r); !rep.Empty() && !rep.Null() {
			issues = def.valueIssues(seg, rep, n, issues)
		}
	}
	return issues
}

func (def *fieldDef) valueIssues(seg Segment, rep Value, n int, issues []Issue) []Issue {
	if def.kind != anyText {
		v := rep
		if def.kind == stampKind {
			v = rep.Component(1)
		}
		if text := def.kind.wrong(v.Bytes()); text != "" && !v.Empty() {
			return append(issues, At(seg, v, n, 0, ErrorLevel, "value", RuleDatatype, text, errDatatype))
		}
		return issues
	}
	if def.codes != nil {
		if v := rep.Component(1); !def.codes[string(v.Bytes())] && !v.Empty() {
			issues = append(issues, At(seg, v, n, 0, Warning, "code-invalid", RuleCode, fmt.Sprintf("the value of %s-%d is not in HL7 table %04d; receivers may not understand it", seg.name(), n, def.table), errTable))
		}
		return issues
	}
	for _, c := range def.checked {
		v := rep.Component(int(c)).Sub(1)
		if v.start == rep.end {
			break // nor is there anything behind it
		}
		if v.Empty() || v.Null() {
			continue
		}
		if text := def.parts[c-1].kind.wrong(v.Bytes()); text != "" {
			issues = append(issues, At(seg, v, n, int(c), Warning, "value", RuleDatatype, text, errDatatype))
		}
	}
	return issues
}

// observationIssues checks OBX-5 against the type that OBX-2 names.
func observationIssues(seg Segment, issues []Issue) []Issue {
	name, value := seg.Field(2), seg.Field(5)
	if value.Empty() || value.Null() {
		return issues
	}
	if name.Empty() {
		return append(issues, At(seg, name, 2, 0, ErrorLevel, "required", RuleRequired, "OBX-5 holds a value but OBX-2 does not say of which type", errRequired))
	}
	k := kindOf(string(name.Bytes()))
	if k == anyText || k == numberKind && isNumber(value.Bytes()) {
		return issues
	}
	for r := 1; r <= value.Reps() && len(issues) < mostIssues; r++ {
		v := value.Rep(r)
		if v.Empty() || v.Null() {
			continue
		}
		if text := k.wrong(v.Component(1).Bytes()); text != "" {
			issues = append(issues, At(seg, v, 5, 0, ErrorLevel, "value", RuleDatatype, text, errDatatype))
		}
	}
	return issues
}
