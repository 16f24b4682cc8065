package dicom

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// An Attribute is a data element to be written. Numbers in Value are little
// endian and text is Unicode, whatever the data set it came from.
type Attribute struct {
	Tag       Tag
	VR        VR
	Value     []byte
	Items     []Set    // of a sequence
	Fragments [][]byte // of encapsulated pixel data; the first is the offset table
	Bulk      string   // where the value is to be had instead (PS3.18 F.2.6)
}

// A Set is a data set to be written, by ascending tag.
type Set []Attribute

// TextAttribute is a text element, with the representation of the dictionary.
func TextAttribute(t Tag, values ...string) Attribute {
	v := LO
	if e, ok := Lookup(t); ok {
		v = e.VRs[0]
	}
	return Attribute{Tag: t, VR: v, Value: []byte(strings.Join(values, `\`))}
}

// Attribute finds t in s.
func (s Set) Attribute(t Tag) (Attribute, bool) {
	i, ok := slices.BinarySearchFunc(s, t, func(a Attribute, t Tag) int { return int(int64(a.Tag) - int64(t)) })
	if !ok {
		return Attribute{}, false
	}
	return s[i], true
}

// utf8Terms is the Specific Character Set of a Set with text beyond ASCII.
const utf8Terms = "ISO_IR 192"

// Export copies d into a Set. Text that does not belong to its character set
// is an error: it is never replaced.
func (d *Dataset) Export() (Set, error) { return d.ExportBut(nil) }

// ExportBut copies d into a Set, but for the elements for which elsewhere says
// where their value is to be had instead: pixel data, above all.
func (d *Dataset) ExportBut(elsewhere func(f Field, v VR) string) (Set, error) {
	set := make(Set, 0, len(d.Fields))
	for _, f := range d.Fields {
		if f.Tag.Element() == 0 && f.Tag.Group() != 0 {
			continue // group lengths are of the bytes, not of the content
		}
		if elsewhere != nil {
			if v := d.VROf(f); elsewhere(f, v) != "" {
				set = append(set, Attribute{Tag: f.Tag, VR: v, Bulk: elsewhere(f, v)})
				continue
			}
		}
		a, err := d.export(f)
		if err != nil {
			return nil, err
		}
		set = append(set, a)
	}
	slices.SortStableFunc(set, func(a, b Attribute) int { return int(int64(a.Tag) - int64(b.Tag)) })
	return set, nil
}

func (d *Dataset) export(f Field) (Attribute, error) {
	a := Attribute{Tag: f.Tag, VR: d.VROf(f)}
	switch {
	case f.Undefined && f.Tag == PixelData:
		fragments, err := d.fragments(f)
		a.Fragments = fragments
		return a, err
	case a.VR == SQ || f.Undefined:
		a.VR = SQ
		items, err := d.items(f)
		if err != nil {
			return a, err
		}
		for _, item := range items {
			s, err := item.Export()
			if err != nil {
				return a, err
			}
			a.Items = append(a.Items, s)
		}
		return a, nil
	case f.Tag == SpecificCharacterSet:
		a.Value = []byte(utf8Terms)
		return a, nil
	case extended(a.VR):
		s, err := d.unicode(f, a.VR)
		a.Value = []byte(s)
		return a, err
	case textual(a.VR):
		a.Value = []byte(strings.TrimRight(string(d.Bytes(f)), " \x00"))
		return a, nil
	}
	a.Value = turned(d.Bytes(f), a.VR, d.layout.big)
	return a, nil
}

func (d *Dataset) unicode(f Field, v VR) (string, error) {
	vals, err := d.charset.decode(d.Bytes(f), !whole(v))
	if err != nil {
		return "", d.fault(f.Start(), f.Tag, "%v", err)
	}
	return strings.TrimRight(strings.Join(vals, `\`), " \x00"), nil
}

// fragments are the pieces of encapsulated pixel data.
func (d *Dataset) fragments(f Field) (pieces [][]byte, err error) {
	for at := f.Start(); at < f.End(); {
		h, need := d.layout.header(d.bytes[at:f.End()])
		if need > 0 || h.tag != itemTag || uint64(h.length) > uint64(f.End()-at-h.size) {
			return pieces, d.fault(at, f.Tag, "a fragment of the pixel data is not whole")
		}
		pieces = append(pieces, d.bytes[at+h.size:at+h.size+int(h.length)])
		at += h.size + int(h.length)
	}
	return pieces, nil
}

// turned is b with its numbers turned around if they were big endian.
func turned(b []byte, v VR, big bool) []byte {
	size := unit(v)
	if v == AT {
		size = 2 // a tag is two numbers
	}
	if !big || size == 1 {
		return b
	}
	out := slices.Clone(b)
	for i := 0; i+size <= len(out); i += size {
		slices.Reverse(out[i : i+size])
	}
	return out
}

// Encode writes s in the layout of a transfer syntax, which must not be a
// deflated one. Sequences get a length; tags must ascend.
func (s Set) Encode(syntax Syntax) ([]byte, error) {
	if syntax.Deflated {
		return nil, fmt.Errorf("data sets are not written deflated; use %s", ExplicitLittle)
	}
	return s.append(nil, syntax.layout(), 0)
}

func (s Set) append(b []byte, l layout, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, ErrTooDeep
	}
	last := Tag(0)
	for _, a := range s {
		if a.Tag <= last && last != 0 {
			return nil, fmt.Errorf("%v after %v: elements must ascend", a.Tag, last)
		}
		last = a.Tag
		var err error
		if b, err = a.append(b, l, depth); err != nil {
			return nil, fmt.Errorf("%v: %w", a.Tag, err)
		}
	}
	return b, nil
}

func (a Attribute) append(b []byte, l layout, depth int) ([]byte, error) {
	if a.Fragments != nil {
		return a.appendFragments(b, l), nil
	}
	value := turned(a.Value, a.VR, l.big)
	if a.VR == SQ {
		value = nil
		for _, item := range a.Items {
			inner, err := item.append(nil, l, depth+1)
			if err != nil {
				return nil, err
			}
			value = l.appendTag(value, itemTag)
			value = append(l.appendU32(value, len(inner)), inner...)
		}
	}
	if len(value)%2 == 1 {
		value = append(slices.Clip(value), padding(a.VR))
	}
	b = l.appendHead(b, a.Tag, a.VR, len(value))
	return append(b, value...), nil
}

// padding is the byte that makes a value even (PS3.5 6.2).
func padding(v VR) byte {
	if textual(v) && v != UI {
		return ' '
	}
	return 0
}

func (a Attribute) appendFragments(b []byte, l layout) []byte {
	b = l.appendTag(b, a.Tag)
	if l.explicit {
		b = append(b, byte(a.VR>>8), byte(a.VR), 0, 0)
	}
	b = l.appendU32(b, Undefined)
	for _, f := range a.Fragments {
		b = append(l.appendU32(l.appendTag(b, itemTag), len(f)+len(f)%2), f...)
		if len(f)%2 == 1 {
			b = append(b, 0)
		}
	}
	return l.appendU32(l.appendTag(b, sequenceEnd), 0)
}

func (l layout) order() binary.AppendByteOrder {
	if l.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (l layout) appendTag(b []byte, t Tag) []byte {
	return l.order().AppendUint16(l.order().AppendUint16(b, t.Group()), t.Element())
}

func (l layout) appendU32(b []byte, n int) []byte { return l.order().AppendUint32(b, uint32(n)) }

func (l layout) appendHead(b []byte, t Tag, v VR, n int) []byte {
	b = l.appendTag(b, t)
	if !l.explicit {
		return l.appendU32(b, n)
	}
	if v == 0 {
		v = UN
	}
	short := kindOf(byte(v>>8), byte(v)) == shortVR
	if short && n > 0xFFFF {
		v, short = UN, false // PS3.5 6.2.2: too long for its own representation
	}
	b = append(b, byte(v>>8), byte(v))
	if short {
		return l.order().AppendUint16(b, uint16(n))
	}
	return l.appendU32(append(b, 0, 0), n)
}

// A Writer names the software that writes files (PS3.10 table 7.1-1).
type Writer struct {
	Implementation string // class UID
	Version        string // version name, at most 16 characters
}

// File writes s as a DICOM file, with preamble and meta information.
func (w Writer) File(s Set, syntax Syntax) ([]byte, error) {
	class, _ := s.Attribute(SOPClassUID)
	instance, _ := s.Attribute(SOPInstanceUID)
	if len(class.Value) == 0 || len(instance.Value) == 0 {
		return nil, fmt.Errorf("a file needs %s and %s", Name(SOPClassUID), Name(SOPInstanceUID))
	}
	meta := Set{
		{Tag: 0x00020001, VR: OB, Value: []byte{0, 1}},
		TextAttribute(MediaStorageSOPClassUID, string(class.Value)),
		TextAttribute(MediaStorageSOPInstance, string(instance.Value)),
		TextAttribute(TransferSyntaxUID, syntax.UID),
		TextAttribute(ImplementationClassUID, w.Implementation),
		TextAttribute(ImplementationVersionName, w.Version),
	}
	head, err := meta.Encode(SyntaxOf(ExplicitLittle))
	if err != nil {
		return nil, err
	}
	body, err := s.Encode(syntax)
	if err != nil {
		return nil, err
	}
	b := append(make([]byte, 128, 256+len(head)+len(body)), "DICM"...)
	l := layout{explicit: true}
	b = l.appendU32(l.appendHead(b, MetaGroupLength, UL, 4), len(head))
	return append(append(b, head...), body...), nil
}
