package dicom

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"sort"
	"strings"
)

// A Field is a data element as it lies in the bytes.
type Field struct {
	Tag       Tag
	VR        VR    // as written; 0 when the syntax does not write it
	Undefined bool  // the value ended with a delimiter
	odd       bool  // explicit was promised, but the letters were none
	head      uint8 // bytes of the header
	start     int32
	end       int32
}

// Start is where the value begins in the bytes that were parsed.
func (f Field) Start() int { return int(f.start) }

// End is where the value ends; for undefined length the delimiter is left out.
func (f Field) End() int { return int(f.end) }

// Header is where the element begins.
func (f Field) Header() int { return int(f.start) - int(f.head) }

// A Dataset is a data set, or one item of a sequence, as it lies in its bytes.
// Values are decoded when asked for; sequences are entered when asked for;
// nothing is copied. The bytes must not change while it is in use.
type Dataset struct {
	Fields  []Field // in the order of the bytes
	bytes   []byte
	layout  layout
	charset Charset
	depth   int
	sorted  bool
	byTag   []int32 // places in Fields by ascending tag, where they are not sorted
}

// maxFields bounds the elements of one data set or item; the largest honest
// ones have some thousand.
const maxFields = 1 << 18

// errDelimiter ends an item of undefined length; it never leaves.
var errDelimiter = errors.New("item ends here")

// parseFields reads the elements in d.bytes[at:end]. It stops without an error
// at the item delimiter of an item of undefined length. What was read before
// an error stands in d.
func (d *Dataset) parseFields(at, end int) (next int, err error) {
	d.sorted = true
	last := Tag(0)
	for at < end {
		if len(d.Fields) >= maxFields {
			return at, d.fault(at, 0, "more than %d elements stand in one data set", maxFields)
		}
		if d.layout == (layout{explicit: true}) {
			if at, last = d.parseRun(at, end, last); at >= end {
				break
			}
		}
		h, need := d.layout.header(d.bytes[at:end])
		if need > 0 {
			return at, d.fault(at, 0, "ends in the middle of an element")
		}
		if h.tag == itemDelimiter && d.depth > 0 {
			return at + h.size, errDelimiter
		}
		f := Field{Tag: h.tag, VR: h.vr, odd: h.odd, head: uint8(h.size), start: int32(at + h.size)}
		if f.Tag < last {
			d.sorted = false
		}
		last = f.Tag
		if at, err = d.extent(&f, h, end); err != nil {
			d.Fields = append(d.Fields, f)
			return at, err
		}
		d.Fields = append(d.Fields, f)
	}
	return at, nil
}

// parseRun reads the commonest elements, explicit little endian with a length
// of 16 bits, until it comes to another. It is parseFields for the many.
func (d *Dataset) parseRun(at, end int, last Tag) (int, Tag) {
	fields, sorted, b := d.Fields, d.sorted, d.bytes[:end]
	for at+8 <= len(b) && len(fields) < maxFields {
		x := binary.LittleEndian.Uint64(b[at : at+8])
		tag := Tag(uint32(x)<<16 | uint32(x)>>16)
		start, length := at+8, int(x>>48)
		if kindOf(byte(x>>32), byte(x>>40)) != shortVR || tag>>16 == itemTag>>16 || length > len(b)-start {
			break
		}
		sorted = sorted && tag >= last
		last, at = tag, start+length
		fields = append(fields, Field{Tag: tag, VR: VR(byte(x>>32))<<8 | VR(byte(x>>40)), head: 8, start: int32(start), end: int32(at)})
	}
	d.Fields, d.sorted = fields, sorted
	return at, last
}

// extent finds the end of f's value and where the next element begins.
func (d *Dataset) extent(f *Field, h header, end int) (next int, err error) {
	if h.length != Undefined {
		if uint64(h.length) > uint64(end-f.Start()) {
			f.end = int32(end)
			return end, d.fault(f.Start(), f.Tag, "claims %d bytes where %d are left", h.length, end-f.Start())
		}
		f.end = f.start + int32(h.length)
		return f.End(), nil
	}
	f.Undefined = true
	stop, next, err := d.sequenceEnd(f.Start(), end, d.inside(h.vr), d.depth+1)
	f.end = int32(stop)
	return next, err
}

// inside is the layout of what a value of representation v contains: inside UN
// all is implicit and little endian (PS3.5 6.2.2).
func (d *Dataset) inside(v VR) layout {
	if v == UN {
		return layout{}
	}
	return d.layout
}

// sequenceEnd passes over the items of a sequence, or the fragments of pixel
// data, of undefined length.
func (d *Dataset) sequenceEnd(at, end int, l layout, depth int) (stop, next int, err error) {
	if depth > maxDepth {
		return end, end, &SyntaxError{Offset: int64(at), Text: ErrTooDeep.Error()}
	}
	for at < end {
		h, need := l.header(d.bytes[at:end])
		switch {
		case need > 0:
			return end, end, d.fault(at, 0, "ends in the middle of a sequence")
		case h.tag == sequenceEnd:
			return at, at + h.size, nil
		case h.tag != itemTag:
			return at, at, d.fault(at, h.tag, "stands in a sequence where an item belongs")
		case h.length == Undefined:
			at, err = d.itemEnd(at+h.size, end, l, depth)
		case uint64(h.length) > uint64(end-at-h.size):
			return end, end, d.fault(at, 0, "an item claims %d bytes where %d are left", h.length, end-at-h.size)
		default:
			at += h.size + int(h.length)
		}
		if err != nil {
			return end, at, err
		}
	}
	return end, end, d.fault(end, 0, "a sequence is not closed")
}

// itemEnd passes over the elements of an item of undefined length.
func (d *Dataset) itemEnd(at, end int, l layout, depth int) (next int, err error) {
	for at < end {
		h, need := l.header(d.bytes[at:end])
		switch {
		case need > 0:
			return end, d.fault(at, 0, "ends in the middle of an item")
		case h.tag == itemDelimiter:
			return at + h.size, nil
		case h.length == Undefined:
			inner := l
			if h.vr == UN {
				inner = layout{}
			}
			_, at, err = d.sequenceEnd(at+h.size, end, inner, depth+1)
		case uint64(h.length) > uint64(end-at-h.size):
			return end, d.fault(at, h.tag, "claims %d bytes where %d are left", h.length, end-at-h.size)
		default:
			at += h.size + int(h.length)
		}
		if err != nil {
			return end, err
		}
	}
	return end, d.fault(end, 0, "an item is not closed")
}

// Field finds the element t.
func (d *Dataset) Field(t Tag) (Field, bool) {
	i := sort.Search(len(d.Fields), func(i int) bool { return d.Fields[d.place(i)].Tag >= t })
	if i == len(d.Fields) || d.Fields[d.place(i)].Tag != t {
		return Field{}, false
	}
	return d.Fields[d.place(i)], true
}

// place is where the i-th smallest tag stands.
func (d *Dataset) place(i int) int {
	if d.byTag != nil {
		return int(d.byTag[i])
	}
	return i
}

// order prepares the finding of elements where a writer did not sort them, so
// that hostile bytes cannot make it slow.
func (d *Dataset) order() {
	if d.sorted {
		return
	}
	d.byTag = make([]int32, len(d.Fields))
	for i := range d.byTag {
		d.byTag[i] = int32(i)
	}
	slices.SortStableFunc(d.byTag, func(a, b int32) int { return cmp.Compare(d.Fields[a].Tag, d.Fields[b].Tag) })
}

// Bytes is the value of f, not copied.
func (d *Dataset) Bytes(f Field) []byte { return d.bytes[f.Start():f.End()] }

// VROf is the representation of f: as written or, where the syntax writes none
// or writes UN, as the dictionary has it.
func (d *Dataset) VROf(f Field) VR {
	if f.VR != 0 && f.VR != UN {
		return f.VR
	}
	if e, ok := Lookup(f.Tag); ok {
		return d.choose(f.Tag, e)
	}
	if f.Undefined {
		return SQ
	}
	return UN
}

// choose settles a choice of the dictionary by PS3.5 A.1: US or SS by Pixel
// Representation, OW for everything that implicit syntaxes leave open.
func (d *Dataset) choose(t Tag, e Entry) VR {
	switch {
	case e.VRs[1] == 0:
		return e.VRs[0]
	case e.Allows(OW):
		return OW
	case e.Allows(SS):
		if f, ok := d.Field(0x00280103); ok && f.End()-f.Start() == 2 && d.layout.u16(d.Bytes(f)) == 1 {
			return SS
		}
	}
	return e.VRs[0]
}

// textual is true for representations written in characters.
func textual(v VR) bool {
	switch v {
	case AE, AS, CS, DA, DS, DT, IS, LO, LT, PN, SH, ST, TM, UC, UI, UR, UT:
		return true
	}
	return false
}

// extended is true for those that Specific Character Set speaks of.
func extended(v VR) bool {
	switch v {
	case LO, LT, PN, SH, ST, UC, UT:
		return true
	}
	return false
}

// whole is true for text that backslashes do not part.
func whole(v VR) bool { return v == LT || v == ST || v == UT || v == UR }

// Texts are the values of t as text, nil when it is absent or empty or not
// text. Bytes outside of the character set stand as U+FFFD.
func (d *Dataset) Texts(t Tag) []string {
	f, ok := d.Field(t)
	if !ok {
		return nil
	}
	return d.texts(f)
}

func (d *Dataset) texts(f Field) []string {
	v, b := d.VROf(f), d.Bytes(f)
	if len(b) == 0 || !textual(v) {
		return nil
	}
	charset := Charset{}
	if extended(v) {
		charset = d.charset
	}
	if whole(v) {
		s, _ := charset.Text(b)
		return []string{s}
	}
	vals, _ := charset.Values(b)
	return vals
}

// Text is the first value of t as text, or "".
func (d *Dataset) Text(t Tag) string {
	if vals := d.Texts(t); len(vals) > 0 {
		return vals[0]
	}
	return ""
}

// Items are the items of the sequence t. An item that cannot be read to its
// end is returned as far as it can, with the error.
func (d *Dataset) Items(t Tag) ([]*Dataset, error) {
	f, ok := d.Field(t)
	if !ok {
		return nil, nil
	}
	return d.items(f)
}

func (d *Dataset) items(f Field) ([]*Dataset, error) {
	l := d.inside(f.VR)
	if d.depth >= maxDepth {
		return nil, &SyntaxError{Offset: int64(f.Start()), Tag: f.Tag, Text: ErrTooDeep.Error()}
	}
	var items []*Dataset
	for at := f.Start(); at < f.End(); {
		h, need := l.header(d.bytes[at:f.End()])
		switch {
		case need > 0:
			return items, d.fault(at, f.Tag, "ends in the middle of a sequence")
		case h.tag == sequenceEnd: // in a counted sequence: superfluous, seen in the wild
			return items, nil
		case h.tag != itemTag:
			return items, d.fault(at, h.tag, "stands in a sequence where an item belongs")
		}
		end := f.End()
		if h.length != Undefined {
			if uint64(h.length) > uint64(f.End()-at-h.size) {
				return items, d.fault(at, f.Tag, "an item claims %d bytes where %d are left", h.length, f.End()-at-h.size)
			}
			end = at + h.size + int(h.length)
		}
		item := &Dataset{bytes: d.bytes, layout: l, charset: d.charset, depth: d.depth + 1}
		next, err := item.parseFields(at+h.size, end)
		item.settle()
		items = append(items, item)
		if err != nil && !errors.Is(err, errDelimiter) {
			return items, err
		}
		if h.length != Undefined {
			next = end
		}
		at = next
	}
	return items, nil
}

// settle makes what was read ready for questions: elements can be found, and
// the character set that the data set declares is its own.
func (d *Dataset) settle() {
	d.order()
	if f, ok := d.Field(SpecificCharacterSet); ok && f.End() > f.Start() {
		d.charset, _ = CharsetOf(string(d.Bytes(f)))
	}
}

// Identity is what a data set says of the equipment that made it.
type Identity struct {
	Modality, Manufacturer, Model, SerialNumber string
	SoftwareVersions                            []string
	StationName, Institution, Department        string
	DeviceUID, UDI                              string
	SOPClass, SOPInstance                       string
}

// Identity reads the identity tags.
func (d *Dataset) Identity() Identity {
	id := Identity{
		Modality: d.Text(Modality), Manufacturer: d.Text(Manufacturer), Model: d.Text(ModelName),
		SerialNumber: d.Text(DeviceSerialNumber), SoftwareVersions: d.Texts(SoftwareVersions),
		StationName: d.Text(StationName), Institution: d.Text(InstitutionName), Department: d.Text(DepartmentName),
		DeviceUID: d.Text(DeviceUID), SOPClass: d.Text(SOPClassUID), SOPInstance: d.Text(SOPInstanceUID),
	}
	if items, err := d.Items(UDISequence); err == nil && len(items) > 0 {
		id.UDI = strings.TrimSpace(items[0].Text(UDI))
	}
	return id
}
