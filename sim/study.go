package sim

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Identifiers of DICOM (PS3.6 annex A) that a study needs.
const (
	applicationContext = "1.2.840.10008.3.1.1.1"
	implicitLittle     = "1.2.840.10008.1.2"
)

// storage is the SOP class of a modality's images.
var storage = map[string]string{
	"CT": "1.2.840.10008.5.1.4.1.1.2",
	"MR": "1.2.840.10008.5.1.4.1.1.4",
	"US": "1.2.840.10008.5.1.4.1.1.6.1",
	"DX": "1.2.840.10008.5.1.4.1.1.1.1",
}

// study is one association in which a modality stores one small image in the
// archive (PS3.8 for the association, PS3.7 for the command).
func (h *Hospital) study(d *Device, at time.Time) []Frame {
	n := h.next()
	sop := storage[d.Model.Modality]
	uid := fmt.Sprintf("%d%d", 4711+at.Unix()%100000, n) // PS3.5 B.2: any UUID under 2.25
	instance := "2.25." + uid
	c := dial(d.host(h.port()), h.reach(d, h.archive, 104), at, n)
	c.say(0, associate(1, d.Hostname, "VUEPACS", sop, "2.25.987654321", "DEMO_"+d.Model.Modality))
	c.say(1, associate(2, d.Hostname, "VUEPACS", "", "2.25.123456789", "DEMO_ARCHIVE"))
	c.say(0, pdata(3, command(0x0001, sop, instance, n)))
	c.say(0, pdata(2, d.image(sop, uid)))
	c.say(1, pdata(3, command(0x8001, sop, instance, n)))
	c.say(0, []byte{5, 0, 0, 0, 0, 4, 0, 0, 0, 0})
	c.say(1, []byte{6, 0, 0, 0, 0, 4, 0, 0, 0, 0})
	return c.hangUp()
}

func item(kind byte, body []byte) []byte {
	return append([]byte{kind, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

// associate is an A-ASSOCIATE-RQ (1) or -AC (2), PS3.8 9.3.2 and 9.3.3.
func associate(kind byte, calling, called, sop, implementation, version string) []byte {
	b := []byte{0, 1, 0, 0}
	b = append(b, fmt.Sprintf("%-16.16s%-16.16s", called, calling)...)
	b = append(b, make([]byte, 32)...)
	b = append(b, item(0x10, []byte(applicationContext))...)
	if kind == 1 {
		context := append([]byte{1, 0, 0, 0}, item(0x30, []byte(sop))...)
		b = append(b, item(0x20, append(context, item(0x40, []byte(implicitLittle))...))...)
	} else {
		b = append(b, item(0x21, append([]byte{1, 0, 0, 0}, item(0x40, []byte(implicitLittle))...))...)
	}
	user := item(0x51, []byte{0, 0, 64, 0})
	user = append(user, item(0x52, []byte(implementation))...)
	user = append(user, item(0x55, []byte(version))...)
	b = append(b, item(0x50, user)...)
	head := []byte{kind, 0}
	head = binary.BigEndian.AppendUint32(head, uint32(len(b)))
	return append(head, b...)
}

// pdata is a P-DATA-TF with one value; control is 3 for a whole command, 2 for
// a whole data set (PS3.8 annex E).
func pdata(control byte, value []byte) []byte {
	b := []byte{4, 0}
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)+6))
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)+2))
	return append(append(b, 1, control), value...)
}

// element is one data element in implicit VR little endian, padded to even
// length by pad.
func element(b []byte, group, number uint16, value []byte, pad byte) []byte {
	if len(value)%2 == 1 {
		value = append(value, pad)
	}
	b = binary.LittleEndian.AppendUint16(b, group)
	b = binary.LittleEndian.AppendUint16(b, number)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
	return append(b, value...)
}

func short(v uint16) []byte { return binary.LittleEndian.AppendUint16(nil, v) }

// command is a C-STORE-RQ (0001) or -RSP (8001), PS3.7 9.3.1.
func command(field uint16, sop, instance string, id uint32) []byte {
	b := element(nil, 0, 0x0002, []byte(sop), 0)
	b = element(b, 0, 0x0100, short(field), 0)
	if field == 1 {
		b = element(b, 0, 0x0110, short(uint16(id)), 0)
		b = element(b, 0, 0x0700, short(0), 0)
		b = element(b, 0, 0x0800, short(0), 0)
	} else {
		b = element(b, 0, 0x0120, short(uint16(id)), 0)
		b = element(b, 0, 0x0800, short(0x0101), 0)
		b = element(b, 0, 0x0900, short(0), 0)
	}
	b = element(b, 0, 0x1000, []byte(instance), 0)
	return append(element(nil, 0, 0, binary.LittleEndian.AppendUint32(nil, uint32(len(b))), 0), b...)
}

// image is a data set with the tags that say which machine made it, a made-up
// patient, and a few pixels.
func (d *Device) image(sop, uid string) []byte {
	b := element(nil, 0x0008, 0x0016, []byte(sop), 0)
	b = element(b, 0x0008, 0x0018, []byte("2.25."+uid), 0)
	b = element(b, 0x0008, 0x0060, []byte(d.Model.Modality), ' ')
	b = element(b, 0x0008, 0x0070, []byte(d.Model.Manufacturer), ' ')
	b = element(b, 0x0008, 0x0080, []byte(d.Site), ' ')
	b = element(b, 0x0008, 0x1010, []byte(d.Hostname), ' ')
	b = element(b, 0x0008, 0x1040, []byte(d.Unit), ' ')
	b = element(b, 0x0008, 0x1090, []byte(d.Model.Name), ' ')
	b = element(b, 0x0010, 0x0010, []byte("Zzdemo^Patient"), ' ')
	b = element(b, 0x0010, 0x0020, []byte("DEMO000001"), ' ')
	b = element(b, 0x0018, 0x1000, []byte(d.Serial), ' ')
	b = element(b, 0x0018, 0x1020, []byte(d.Version), ' ')
	b = element(b, 0x0020, 0x000d, []byte("2.25.1"+uid), 0)
	b = element(b, 0x0020, 0x000e, []byte("2.25.2"+uid), 0)
	b = element(b, 0x0028, 0x0010, short(16), 0)
	b = element(b, 0x0028, 0x0011, short(16), 0)
	return element(b, 0x7fe0, 0x0010, make([]byte, 512), 0)
}
