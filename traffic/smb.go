package traffic

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// smb is the file sharing of Windows (MS-CIFS, MS-SMB2). Which dialect is
// spoken and what an old system calls itself is read from the opening, and
// from the log-on in it (MS-NLMP) the machine's names and the build of its
// Windows. Names of accounts and files are not kept.
func smb() Dissector {
	return Dissector{Name: "smb", Sniff: sniffSMB, New: func() Parser { return &smbParser{} }}
}

func sniffSMB(first []byte, _ uint16) bool {
	return len(first) >= 8 && first[0] == 0 && (first[4] == 0xff || first[4] == 0xfe) && string(first[5:8]) == "SMB"
}

const (
	// maxLogOn is how much of each direction is searched for the log-on.
	maxLogOn = 32 << 10
	// maxSMBHead is how much of a message is looked at: a log-on and the words
	// behind it take less.
	maxSMBHead = 4 << 10
)

type smbParser struct {
	frame [2]smbFrame
	buf   [2][]byte
	seen  [2]int
}

// smbFrame gathers the head of each message: a length of three bytes, then the
// message (MS-SMB2 2.1).
type smbFrame struct {
	head []byte
	left int // of the message, behind what head holds
	lost bool
}

func (h *smbParser) Feed(s *Stream, dir Direction, data []byte) {
	if h.seen[dir] >= maxLogOn {
		return
	}
	data = data[:min(len(data), maxLogOn-h.seen[dir])]
	h.seen[dir] += len(data)
	h.frame[dir].feed(s, dir, data)
	h.logOn(s, dir, data)
	if h.seen[dir] >= maxLogOn {
		h.frame[dir], h.buf[dir] = smbFrame{}, nil
		if h.seen[dir.Other()] >= maxLogOn {
			s.Leave()
		}
	}
}

// logOn looks for NTLM wherever it stands, whole messages or not.
func (h *smbParser) logOn(s *Stream, dir Direction, data []byte) {
	// Keep enough of what came before that a message split over segments is
	// found whole.
	h.buf[dir] = append(h.buf[dir], data...)
	for {
		at := bytes.Index(h.buf[dir], []byte("NTLMSSP\x00"))
		if at < 0 {
			h.buf[dir] = append([]byte(nil), h.buf[dir][max(0, len(h.buf[dir])-7):]...)
			return
		}
		h.buf[dir] = h.buf[dir][at:]
		used := ntlm(s, dir, h.buf[dir])
		if used == 0 {
			if len(h.buf[dir]) < 4096 {
				return // the rest is still to come
			}
			used = 8
		}
		h.buf[dir] = h.buf[dir][used:]
	}
}

func (f *smbFrame) feed(s *Stream, dir Direction, data []byte) {
	for len(data) > 0 && !f.lost {
		if len(f.head) == 0 && f.left > 0 { // the rest of a message that was read
			n := min(f.left, len(data))
			f.left -= n
			data = data[n:]
			continue
		}
		want := 4
		if len(f.head) >= 4 {
			want = 4 + min(int(f.head[1])<<16|int(f.head[2])<<8|int(f.head[3]), maxSMBHead)
		}
		n := min(want-len(f.head), len(data))
		f.head = append(f.head, data[:n]...)
		data = data[n:]
		switch {
		case len(f.head) < want:
		case want == 4 && f.head[0] == 0 && f.head[1]|f.head[2]|f.head[3] != 0: // now its length is known
		case want == 4:
			f.head = f.head[:0] // a keep-alive, or a message of the session service
		default:
			size := int(f.head[1])<<16 | int(f.head[2])<<8 | int(f.head[3])
			smbMessage(s, dir, f.head[4:])
			f.head, f.left = nil, size-(want-4)
		}
	}
}

// Held implements Holder.
func (h *smbParser) Held() int {
	return len(h.buf[0]) + len(h.buf[1]) + len(h.frame[0].head) + len(h.frame[1].head)
}

func (h *smbParser) Gap(_ *Stream, dir Direction, n int) {
	h.buf[dir] = nil
	if f := &h.frame[dir]; len(f.head) == 0 && n <= f.left {
		f.left -= n
	} else {
		*f = smbFrame{lost: true}
	}
}

func smbMessage(s *Stream, dir Direction, b []byte) {
	switch {
	case len(b) >= 70 && string(b[:4]) == "\xfeSMB":
		smb2Message(s, dir, b)
	case len(b) >= 35 && string(b[:4]) == "\xffSMB":
		smb1Message(s, dir, b)
	}
}

// smb2Message reads the answer to a negotiation (MS-SMB2 2.2.4): the dialect
// that both will speak.
func smb2Message(s *Stream, dir Direction, b []byte) {
	if binary.LittleEndian.Uint16(b[12:]) != 0 || b[16]&1 == 0 {
		return
	}
	dialect := binary.LittleEndian.Uint16(b[68:])
	name := ""
	switch {
	case dialect == 0x02ff: // any: it is negotiated once more
		return
	case dialect >= 0x0200 && dialect < 0x0400 && dialect&15 == 0, dialect == 0x0202, dialect == 0x0302, dialect == 0x0311:
		name = fmt.Sprintf("SMB %d.%d", dialect>>8, dialect>>4&15)
		if dialect&15 != 0 {
			name += fmt.Sprintf(".%d", dialect&15)
		}
	default:
		return
	}
	s.Emit(dir, Observation{Roles: []string{"smb-server"}, Claims: []Claim{{Attribute: Fingerprint, Value: name, Weight: 0.3, Source: "smb.dialect", Field: "DialectRevision", Offset: 4 + 68}}})
}

// The commands of SMB 1 that say what a system is (MS-CIFS 2.2.4.52, 2.2.4.53).
const (
	smb1Negotiate = 0x72
	smb1SetUp     = 0x73
)

func smb1Message(s *Stream, dir Direction, b []byte) {
	answer, unicode := b[9]&0x80 != 0, b[10+1]&0x80 != 0
	words := int(b[32])
	switch {
	case b[4] == smb1Negotiate && answer && words >= 13 && len(b) >= 35 && binary.LittleEndian.Uint16(b[33:]) != 0xffff:
		s.Emit(dir, Observation{Roles: []string{"smb-server", "smb1-server"}, at: 4 + 33})
	case b[4] == smb1SetUp:
		at, ok := smb1Words(b, words, answer, unicode)
		if !ok {
			return
		}
		system, used := smbWord(b[at:], at, unicode)
		stack, _ := smbWord(b[at+used:], at+used, unicode)
		if claims := nativeClaims(system, stack, at, used); len(claims) > 0 {
			s.Emit(dir, Observation{Claims: claims})
		}
	}
}

// smb1Words finds where a session setup names the system: behind the log-on of
// extended security, or behind the passwords and names of the old kind, which
// are passed over.
func smb1Words(b []byte, words int, answer, unicode bool) (at int, ok bool) {
	at = 33 + 2*words + 2
	if len(b) < at {
		return 0, false
	}
	names := 0
	switch {
	case answer && words == 4: // behind AndX and action
		at += int(binary.LittleEndian.Uint16(b[33+6:]))
	case !answer && words == 12:
		at += int(binary.LittleEndian.Uint16(b[33+14:]))
	case !answer && words == 13:
		at += int(binary.LittleEndian.Uint16(b[33+14:])) + int(binary.LittleEndian.Uint16(b[33+16:]))
		names = 2
	case !answer || words != 3:
		return 0, false
	}
	for range names {
		if at > len(b) {
			return 0, false
		}
		_, used := smbWord(b[at:], at, unicode)
		at += used
	}
	return at, at <= len(b)
}

func nativeClaims(system, stack string, at, used int) []Claim {
	var claims []Claim
	if system != "" {
		claims = append(claims, Claim{Attribute: Banner, Value: system, Weight: 0.6, Source: "smb", Field: "NativeOS", Offset: 4 + at})
		if os := nativeSystem(system); os != "" {
			claims = append(claims, Claim{Attribute: OperatingSystem, Value: os, Raw: system, Weight: 0.6, Source: "smb", Field: "NativeOS", Offset: 4 + at})
		}
	}
	if stack != "" {
		claims = append(claims, Claim{Attribute: Banner, Value: stack, Weight: 0.5, Source: "smb", Field: "NativeLanMan", Offset: 4 + at + used})
	}
	return claims
}

// smbWord reads a word that ends in zero; words in UTF-16 begin at an even
// place of the message.
func smbWord(b []byte, at int, unicode bool) (string, int) {
	if !unicode {
		end := bytes.IndexByte(b, 0)
		if end < 0 {
			return "", len(b)
		}
		return text(b[:end]), end + 1
	}
	pad := at % 2
	var units []uint16
	for i := pad; i+1 < len(b) && len(units) < maxText; i += 2 {
		u := binary.LittleEndian.Uint16(b[i:])
		if u == 0 {
			return text([]byte(string(utf16.Decode(units)))), i + 2
		}
		units = append(units, u)
	}
	return "", len(b)
}

// nativeSystem returns the system that a NativeOS names in the words of
// Windows and Samba; a bare number or "Unix" names none.
func nativeSystem(word string) string {
	switch {
	case len(word) > 8 && word[:8] == "Windows ":
		return word
	case word == "Unix":
		return "Linux"
	}
	return ""
}
