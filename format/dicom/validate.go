package dicom

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// A Severity is how much an issue weighs, in the words of FHIR's
// OperationOutcome.
type Severity string

// The severities, heaviest first.
const (
	Fatal       Severity = "fatal"       // the bytes cannot be read
	Error       Severity = "error"       // a rule of the standard is broken
	Warning     Severity = "warning"     // readable, but a reader may stumble
	Information Severity = "information" // worth knowing
)

// An Issue is one thing that is wrong with a file.
type Issue struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`     // FHIR issue type: structure, required, value, invalid, incomplete, business-rule...
	Location string   `json:"location"` // keywords from the outside in, such as RequestAttributesSequence[0].AccessionNumber
	Bytes    [2]int   `json:"bytes"`    // first byte and the one after the last
	Text     string   `json:"text"`     // for a person; never holds a patient's data
}

// maxIssues bounds the list: a file that breaks a rule everywhere is told so
// once.
const maxIssues = 200

// Validate checks a file, or a bare data set, against PS3.5, PS3.6 and PS3.10:
// its structure, each element's representation, multiplicity and format, and
// the attributes by which an instance and its equipment are identified. Pixel
// data is not looked at.
func Validate(data []byte) []Issue {
	f, err := Parse(data, Limits{})
	if err != nil {
		return []Issue{{Severity: Fatal, Code: "structure", Bytes: [2]int{placeOf(err), len(data)}, Text: err.Error()}}
	}
	c := checker{file: f, size: len(f.Set.bytes)}
	c.frame(len(data))
	c.set(f.Set, "")
	if f.Meta.Text(MediaStorageSOPClassUID) != mediaDirectory && !c.full() {
		c.identity(f.Set)
	}
	if f.Broken != nil && !c.brokenSaid {
		at := placeOf(f.Broken)
		c.add(Error, "incomplete", "", at, c.size, "the data set cannot be read to its end: %s", reasonOf(f.Broken))
	}
	return c.issues
}

// mediaDirectory is the SOP class of a DICOMDIR, which is no instance.
const mediaDirectory = "1.2.840.10008.1.3.10"

func placeOf(err error) int {
	var s *SyntaxError
	if errors.As(err, &s) {
		return int(s.Offset)
	}
	return 0
}

// reasonOf is the error without its place, which stands beside it.
func reasonOf(err error) string {
	var s *SyntaxError
	if errors.As(err, &s) {
		return s.Text
	}
	return err.Error()
}

// A checker gathers issues.
type checker struct {
	file       *File
	size       int
	issues     []Issue
	brokenSaid bool
}

func (c *checker) full() bool { return len(c.issues) >= maxIssues }

func (c *checker) add(s Severity, code, location string, from, to int, format string, args ...any) {
	if c.full() {
		return
	}
	text := fmt.Sprintf(format, args...)
	if len(c.issues) == maxIssues-1 {
		s, code, text = Warning, "throttled", "more is wrong than is listed here"
	}
	c.issues = append(c.issues, Issue{Severity: s, Code: code, Location: location, Bytes: [2]int{from, to}, Text: text})
}

// frame checks what surrounds the data set (PS3.10 7.1).
func (c *checker) frame(size int) {
	f := c.file
	head := min(132, size)
	if !f.Preamble {
		c.add(Warning, "structure", "", 0, head, "there is no preamble and no DICM at byte 128: many readers will not take this for DICOM")
	}
	if f.Stray > 0 {
		c.add(Error, "structure", "", f.Offset-f.Stray, f.Offset, "%d byte before the first element belongs to nothing", f.Stray)
	}
	if len(f.Meta.Fields) == 0 {
		c.add(Warning, "structure", "", 0, head, "there is no file meta information (group 0002); the layout was guessed from the bytes")
		return
	}
	if !f.Declared {
		c.add(Error, "required", Name(TransferSyntaxUID), 0, head, "nothing declares the transfer syntax; it was guessed from the bytes")
	}
	if f.Mismatch {
		c.add(Error, "structure", Name(TransferSyntaxUID), f.Offset, f.Offset+8,
			"the declared transfer syntax %s does not fit the bytes; they were read as they lie", f.Meta.Text(TransferSyntaxUID))
	}
	c.metaLength()
	c.agrees(MediaStorageSOPClassUID, SOPClassUID)
	c.agrees(MediaStorageSOPInstance, SOPInstanceUID)
}

func (c *checker) metaLength() {
	m := c.file.Meta
	g, ok := m.Field(MetaGroupLength)
	last := m.Fields[len(m.Fields)-1].End()
	switch {
	case !ok:
		c.add(Warning, "required", Name(MetaGroupLength), m.Fields[0].Header(), last,
			"the length of the file meta information is not given")
	case g.End()-g.Start() == 4 && int(m.layout.u32(m.Bytes(g))) != last-g.End():
		c.add(Warning, "value", Name(MetaGroupLength), g.Start(), g.End(),
			"the file meta information is said to have %d bytes and has %d", m.layout.u32(m.Bytes(g)), last-g.End())
	}
}

// agrees compares what the file says of its content with the content.
func (c *checker) agrees(meta, set Tag) {
	f, ok := c.file.Meta.Field(meta)
	said, is := c.file.Meta.Text(meta), c.file.Set.Text(set)
	switch {
	case !ok || said == "":
		c.add(Error, "required", Name(meta), 0, 0, "%s is missing from the file meta information", Name(meta))
	case is != "" && said != is:
		c.add(Error, "business-rule", Name(meta), f.Start(), f.End(), "%s differs from %s in the data set", Name(meta), Name(set))
	}
}

// set checks the elements of a data set and of its sequences.
func (c *checker) set(d *Dataset, path string) {
	last := Tag(0)
	for _, f := range d.Fields {
		if c.full() {
			return
		}
		at := path + Name(f.Tag)
		if f.Tag <= last {
			what := "comes after a higher tag"
			if f.Tag == last {
				what = "stands here twice"
			}
			c.add(Error, "structure", at, f.Header(), f.End(), "%v %s: elements must ascend", f.Tag, what)
		}
		last = f.Tag
		c.field(d, f, at)
	}
}

func (c *checker) field(d *Dataset, f Field, at string) {
	entry, known := Lookup(f.Tag)
	if f.Tag == PixelData || f.Tag == pixelDataFloat || f.Tag == pixelDataDouble {
		return
	}
	c.representation(d, f, at, entry, known)
	if !f.Undefined && (f.End()-f.Start())%2 == 1 && !c.atBreak(f) {
		c.add(Error, "value", at, f.Start(), f.End(), "the value has an odd length of %d bytes; the standard wants it padded", f.End()-f.Start())
	}
	v := d.VROf(f)
	if v == SQ || f.Undefined {
		c.sequence(d, f, at)
		return
	}
	c.value(d, f, v, at, entry, known)
}

// atBreak is true for the element at which the bytes ended, so that its value
// is not judged, too.
func (c *checker) atBreak(f Field) bool { return c.file.Broken != nil && f.End() == c.size }

func (c *checker) representation(d *Dataset, f Field, at string, e Entry, ok bool) {
	switch {
	case f.odd:
		c.add(Error, "structure", at, f.Header(), f.Start(), "there is no value representation where one belongs; the element was read without")
	case f.VR != 0 && !known(f.VR):
		c.add(Error, "structure", at, f.Header(), f.Start(), "%v is no value representation", f.VR)
	case f.VR == UN && ok && !f.Tag.Private() && !e.Allows(UN):
		c.add(Warning, "structure", at, f.Header(), f.Start(), "written as UN although the dictionary knows it as %v", e.VRs[0])
	case f.VR != 0 && f.VR != UN && ok && !e.Allows(f.VR):
		c.add(Error, "structure", at, f.Header(), f.Start(), "written as %v; the dictionary has %v", f.VR, e.VRs[0])
	case !ok && !f.Tag.Private() && f.VR != SQ:
		c.add(Warning, "not-found", at, f.Header(), f.End(), "%v is not in the data dictionary (edition %s)", f.Tag, edition)
	case ok && e.Retired && f.Tag.Element() != 0:
		c.add(Information, "informational", at, f.Header(), f.End(), "the standard has retired this element")
	case f.Tag.Private() && f.Tag.Element() >= 0x1000:
		if _, owned := d.Field(f.Tag&0xFFFF0000 | f.Tag>>8&0xFF); !owned {
			c.add(Warning, "structure", at, f.Header(), f.End(), "no private creator says whose element this is")
		}
	}
}

func (c *checker) sequence(d *Dataset, f Field, at string) {
	items, err := d.items(f)
	if err != nil && !c.brokenSaid {
		c.brokenSaid = c.file.Broken != nil
		c.add(Error, "incomplete", at, placeOf(err), f.End(), "the sequence cannot be read to its end: %s", reasonOf(err))
	}
	for i, item := range items {
		if c.full() {
			return
		}
		c.set(item, fmt.Sprintf("%s[%d].", at, i))
	}
}

// required are the attributes that every composite instance must bear. Type 1
// must have a value, type 2 may be empty (PS3.5 7.4; PS3.3 C.7.1.1, C.7.2.1,
// C.7.3.1, C.7.5.1, C.12.1).
var required = []struct {
	tag   Tag
	value bool
	why   string
}{
	{SOPClassUID, true, "nothing says what kind of object this is"},
	{SOPInstanceUID, true, "the object has no name of its own"},
	{StudyInstanceUID, true, "the object belongs to no study"},
	{SeriesInstanceUID, true, "the object belongs to no series"},
	{Modality, true, "nothing says which kind of equipment made this"},
	{Manufacturer, false, "nothing says who made the equipment"},
	{0x00100010, false, "the patient's name must be there, even if empty"},
	{0x00100020, false, "the patient's identifier must be there, even if empty"},
}

// unread reports whether the bytes ended before t could come.
func (c *checker) unread(d *Dataset, t Tag) bool {
	return c.file.Broken != nil && (len(d.Fields) == 0 || d.Fields[len(d.Fields)-1].Tag < t)
}

// identity checks the attributes by which an instance and its equipment are
// known.
func (c *checker) identity(d *Dataset) {
	for _, r := range required {
		f, ok := d.Field(r.tag)
		switch {
		case !ok && c.unread(d, r.tag): // it may have stood behind the break
		case !ok:
			c.add(Error, "required", Name(r.tag), c.file.Offset, c.size, "%s %v is missing: %s", Name(r.tag), r.tag, r.why)
		case r.value && len(strings.Trim(string(d.Bytes(f)), " \x00")) == 0:
			c.add(Error, "required", Name(r.tag), f.Header(), f.End(), "%s %v is empty: %s", Name(r.tag), r.tag, r.why)
		}
	}
	id := d.Identity()
	for _, missing := range []struct {
		tag   Tag
		value string
	}{{Manufacturer, id.Manufacturer}, {ModelName, id.Model}, {DeviceSerialNumber, id.SerialNumber},
		{SoftwareVersions, strings.Join(id.SoftwareVersions, "")}} {
		if missing.value == "" && !c.unread(d, missing.tag) {
			c.add(Information, "informational", Name(missing.tag), c.file.Offset, c.size,
				"%s %v does not say anything: the device that made this cannot be told exactly", Name(missing.tag), missing.tag)
		}
	}
	if _, err := netip.ParseAddr(id.SerialNumber); err == nil {
		f, _ := d.Field(DeviceSerialNumber)
		c.add(Warning, "business-rule", Name(DeviceSerialNumber), f.Start(), f.End(),
			"the serial number is a network address; enter the equipment's own number in its configuration")
	}
}
