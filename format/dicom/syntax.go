package dicom

// A Syntax is a transfer syntax: how a data set is laid out in bytes.
type Syntax struct {
	UID          string
	Explicit     bool // the value representation stands with each element
	BigEndian    bool
	Deflated     bool // the data set is compressed as a whole (RFC 1951)
	Encapsulated bool // pixel data is a sequence of compressed fragments
}

// The transfer syntaxes that differ in how headers are read. All other
// registered ones are explicit, little endian and encapsulated.
const (
	ImplicitLittle = "1.2.840.10008.1.2"
	ExplicitLittle = "1.2.840.10008.1.2.1"
	DeflatedLittle = "1.2.840.10008.1.2.1.99"
	ExplicitBig    = "1.2.840.10008.1.2.2"

	encapsulatedUncompressed = "1.2.840.10008.1.2.1.98"
	privateGEImplicitBig     = "1.2.840.113619.5.2" // implicit VR little endian headers, pixel data big endian
	jpipDeflated             = "1.2.840.10008.1.2.4.95"
	jpipHTJ2KDeflated        = "1.2.840.10008.1.2.4.205"
	jpipReferenced           = "1.2.840.10008.1.2.4.94"
	jpipHTJ2KReferenced      = "1.2.840.10008.1.2.4.204"
)

// SyntaxOf is the layout that a transfer syntax UID stands for. A UID that is
// not known is taken as explicit, little endian and encapsulated, which PS3.5
// A.4 makes every compressed syntax be.
func SyntaxOf(uid string) Syntax {
	switch uid {
	case ImplicitLittle, privateGEImplicitBig:
		return Syntax{UID: uid}
	case ExplicitLittle, jpipReferenced, jpipHTJ2KReferenced:
		return Syntax{UID: uid, Explicit: true}
	case DeflatedLittle, jpipDeflated, jpipHTJ2KDeflated:
		return Syntax{UID: uid, Explicit: true, Deflated: true}
	case ExplicitBig:
		return Syntax{UID: uid, Explicit: true, BigEndian: true}
	}
	return Syntax{UID: uid, Explicit: true, Encapsulated: true}
}

// GuessSyntax reads the layout off the first eight bytes of a data set that
// nothing else describes: an association whose beginning was not seen, a file
// without meta information. ok is false when they do not look like an element
// of a low, even group.
func GuessSyntax(head []byte) (s Syntax, ok bool) {
	if len(head) < 8 {
		return Syntax{}, false
	}
	little := uint16(head[0]) | uint16(head[1])<<8
	big := uint16(head[1]) | uint16(head[0])<<8
	explicit := known(VR(head[4])<<8 | VR(head[5]))
	switch {
	case plausibleFirst(little) && explicit:
		return SyntaxOf(ExplicitLittle), true
	case plausibleFirst(big) && explicit:
		return SyntaxOf(ExplicitBig), true
	case plausibleFirst(little):
		return SyntaxOf(ImplicitLittle), true
	case plausibleFirst(big):
		// Implicit big endian was ACR-NEMA's and is not a transfer syntax
		// today, but files of it are about.
		return Syntax{BigEndian: true}, true
	}
	return Syntax{}, false
}

// plausibleFirst is true for groups that a data set begins with.
func plausibleFirst(group uint16) bool { return group != 0 && group <= 0x0040 && group&1 == 0 }

// A kind says how the header of a representation is written.
type kind byte

const (
	unknownVR kind = iota // two letters of the future: 32 bits, PS3.5 6.2
	noVR                  // not two letters
	shortVR               // a length of 16 bits
	longVR                // two reserved bytes and a length of 32 bits
)

// kinds is the kind of each pair of letters (PS3.5 table 7.1-2).
var kinds = func() (t [26 * 26]kind) {
	for _, v := range []VR{AE, AS, AT, CS, DA, DS, DT, FD, FL, IS, LO, LT, PN, SH, SL, SS, ST, TM, UI, UL, US} {
		t[int(v>>8-'A')*26+int(v&0xFF-'A')] = shortVR
	}
	for _, v := range []VR{OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV} {
		t[int(v>>8-'A')*26+int(v&0xFF-'A')] = longVR
	}
	return t
}()

func kindOf(a, b byte) kind {
	a, b = a-'A', b-'A'
	if a >= 26 || b >= 26 {
		return noVR
	}
	return kinds[int(a)*26+int(b)]
}

// known is true for the value representations of the standard.
func known(v VR) bool {
	k := kindOf(byte(v>>8), byte(v))
	return k == shortVR || k == longVR
}
