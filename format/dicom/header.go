package dicom

// A layout is what is needed to read one element header.
type layout struct{ explicit, big bool }

func (s Syntax) layout() layout { return layout{s.Explicit, s.BigEndian} }

// A header is the tag, representation and length in front of a value.
type header struct {
	tag    Tag
	vr     VR
	length uint32
	size   int  // bytes of the header itself
	odd    bool // explicit was promised, but the letters are none: read as implicit
}

func (l layout) u16(b []byte) uint16 {
	if l.big {
		return uint16(b[1]) | uint16(b[0])<<8
	}
	return uint16(b[0]) | uint16(b[1])<<8
}

func (l layout) u32(b []byte) uint32 {
	if l.big {
		return uint32(b[3]) | uint32(b[2])<<8 | uint32(b[1])<<16 | uint32(b[0])<<24
	}
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// header reads the header at the start of b. need is 0 when it is whole, else
// how many bytes there must be to try again.
func (l layout) header(b []byte) (h header, need int) {
	if len(b) < 8 {
		return h, 8
	}
	h.tag = NewTag(l.u16(b), l.u16(b[2:]))
	if !l.explicit || h.tag>>16 == itemTag>>16 {
		h.length, h.size = l.u32(b[4:]), 8
		return h, 0
	}
	h.vr = VR(b[4])<<8 | VR(b[5])
	switch kindOf(b[4], b[5]) {
	case shortVR:
		h.length, h.size = uint32(l.u16(b[6:])), 8
	case noVR:
		h.vr, h.odd = 0, true
		h.length, h.size = l.u32(b[4:]), 8
	default:
		if len(b) < 12 {
			return h, 12
		}
		h.length, h.size = l.u32(b[8:]), 12
	}
	return h, 0
}
