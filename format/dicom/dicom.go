// Package dicom reads and writes what imaging equipment says: the images it
// stores and the conversations in which it sends them.
//
// A scanner writes its maker, model and serial number into every image. This
// package finds them, and everything else in an image but its pixels, without
// ever copying the pixels: PS3.5 and PS3.10 for data sets and files, PS3.7 and
// PS3.8 for the conversation, PS3.18 for the JSON form. Lengths in foreign
// bytes are never trusted; every reader is bounded.
package dicom

import (
	"errors"
	"fmt"
)

// A Tag names a data element: the group in the upper 16 bits, the element in
// the lower.
type Tag uint32

// NewTag is the tag (group,element).
func NewTag(group, element uint16) Tag { return Tag(group)<<16 | Tag(element) }

// Group is the upper half of the tag.
func (t Tag) Group() uint16 { return uint16(t >> 16) }

// Element is the lower half of the tag.
func (t Tag) Element() uint16 { return uint16(t) }

// Private is true for tags of odd group, whose meaning a maker defines.
func (t Tag) Private() bool { return t>>16&1 == 1 }

// String writes the tag as the standard does: (0008,0070).
func (t Tag) String() string { return fmt.Sprintf("(%04X,%04X)", t.Group(), t.Element()) }

// The tags that this package and its callers speak of by name.
const (
	MetaGroupLength           Tag = 0x00020000
	MediaStorageSOPClassUID   Tag = 0x00020002
	MediaStorageSOPInstance   Tag = 0x00020003
	TransferSyntaxUID         Tag = 0x00020010
	ImplementationClassUID    Tag = 0x00020012
	ImplementationVersionName Tag = 0x00020013
	SpecificCharacterSet      Tag = 0x00080005
	SOPClassUID               Tag = 0x00080016
	SOPInstanceUID            Tag = 0x00080018
	Modality                  Tag = 0x00080060
	Manufacturer              Tag = 0x00080070
	InstitutionName           Tag = 0x00080080
	StationName               Tag = 0x00081010
	DepartmentName            Tag = 0x00081040
	ModelName                 Tag = 0x00081090
	DeviceSerialNumber        Tag = 0x00181000
	DeviceUID                 Tag = 0x00181002
	GatewayID                 Tag = 0x00181008
	UDI                       Tag = 0x00181009
	UDISequence               Tag = 0x0018100A
	SoftwareVersions          Tag = 0x00181020
	StudyInstanceUID          Tag = 0x0020000D
	SeriesInstanceUID         Tag = 0x0020000E
	PixelData                 Tag = 0x7FE00010

	itemTag         Tag = 0xFFFEE000
	itemDelimiter   Tag = 0xFFFEE00D
	sequenceEnd     Tag = 0xFFFEE0DD
	pixelDataFloat  Tag = 0x7FE00008
	pixelDataDouble Tag = 0x7FE00009
)

// A VR is a value representation: two letters that say how a value is written.
// The zero VR is "not known".
type VR uint16

// String is the two letters, or "??" for the zero VR.
func (v VR) String() string {
	if v == 0 {
		return "??"
	}
	return string([]byte{byte(v >> 8), byte(v)})
}

// The value representations of PS3.5 6.2.
const (
	AE VR = 'A'<<8 | 'E'
	AS VR = 'A'<<8 | 'S'
	AT VR = 'A'<<8 | 'T'
	CS VR = 'C'<<8 | 'S'
	DA VR = 'D'<<8 | 'A'
	DS VR = 'D'<<8 | 'S'
	DT VR = 'D'<<8 | 'T'
	FD VR = 'F'<<8 | 'D'
	FL VR = 'F'<<8 | 'L'
	IS VR = 'I'<<8 | 'S'
	LO VR = 'L'<<8 | 'O'
	LT VR = 'L'<<8 | 'T'
	OB VR = 'O'<<8 | 'B'
	OD VR = 'O'<<8 | 'D'
	OF VR = 'O'<<8 | 'F'
	OL VR = 'O'<<8 | 'L'
	OV VR = 'O'<<8 | 'V'
	OW VR = 'O'<<8 | 'W'
	PN VR = 'P'<<8 | 'N'
	SH VR = 'S'<<8 | 'H'
	SL VR = 'S'<<8 | 'L'
	SQ VR = 'S'<<8 | 'Q'
	SS VR = 'S'<<8 | 'S'
	ST VR = 'S'<<8 | 'T'
	SV VR = 'S'<<8 | 'V'
	TM VR = 'T'<<8 | 'M'
	UC VR = 'U'<<8 | 'C'
	UI VR = 'U'<<8 | 'I'
	UL VR = 'U'<<8 | 'L'
	UN VR = 'U'<<8 | 'N'
	UR VR = 'U'<<8 | 'R'
	US VR = 'U'<<8 | 'S'
	UT VR = 'U'<<8 | 'T'
	UV VR = 'U'<<8 | 'V'
)

// Undefined is the length of an element that ends with a delimiter instead of
// by count (PS3.5 7.1.1).
const Undefined = 0xFFFFFFFF

// A SyntaxError says where bytes stop being DICOM and what was wrong.
type SyntaxError struct {
	Offset int64  // in the bytes given
	Tag    Tag    // the element that was being read, or 0
	Text   string // what is wrong, for a person
}

// Error is the place and the reason.
func (e *SyntaxError) Error() string {
	if e.Tag == 0 {
		return fmt.Sprintf("byte %d: %s", e.Offset, e.Text)
	}
	return fmt.Sprintf("byte %d, %v: %s", e.Offset, e.Tag, e.Text)
}

// ErrTooDeep is wrapped when sequences are nested beyond any honest use.
var ErrTooDeep = errors.New("sequences are nested too deeply")
