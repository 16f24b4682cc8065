package traffic

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// ntlm reads one log-on message and returns how many bytes it took, or 0 when
// it is not whole.
func ntlm(s *Stream, dir Direction, b []byte) int {
	if len(b) < 56 {
		return 0
	}
	switch binary.LittleEndian.Uint32(b[8:]) {
	case 2:
		info, at, ok := ntlmField(b, 40)
		if !ok {
			return 0
		}
		if claims := append(windowsBuild(b[48:56], 48), targetInfo(info, at)...); len(claims) > 0 {
			s.Emit(dir, Observation{Protocol: "ntlm", Claims: claims})
		}
	case 3:
		if len(b) < 72 {
			return 0
		}
		name, at, ok := ntlmField(b, 44)
		if !ok {
			return 0
		}
		claims := windowsBuild(b[64:72], 64)
		if station := hostname(utf16Text(name)); station != "" {
			claims = append(claims, Claim{Attribute: Hostname, Value: station, Weight: 0.6, Source: "ntlm", Field: "workstation", Offset: at})
		}
		if len(claims) > 0 {
			s.Emit(dir, Observation{Protocol: "ntlm", Claims: claims})
		}
	}
	return 56
}

// ntlmField returns the bytes that the length and offset at place point to, and
// where they are.
func ntlmField(b []byte, place int) ([]byte, int, bool) {
	size, at := int(binary.LittleEndian.Uint16(b[place:])), int64(binary.LittleEndian.Uint32(b[place+4:]))
	if at+int64(size) > int64(len(b)) {
		return nil, 0, at > 4096
	}
	return b[at : at+int64(size)], int(at), true
}

// windowsBuild reads the version structure at byte at: major, minor, build.
func windowsBuild(b []byte, at int) []Claim {
	major, minor, build := b[0], b[1], binary.LittleEndian.Uint16(b[2:])
	if b[7] != 15 || major < 5 || major > 10 || build == 0 {
		return nil
	}
	return []Claim{{Attribute: OperatingSystem, Value: fmt.Sprintf("Windows %d.%d.%d", major, minor, build), Weight: 0.7, Source: "ntlm", Field: "version", Offset: at}}
}

// targetInfo reads the attribute pairs of a challenge, which begin at byte at: 1
// is the computer's NetBIOS name, 3 its DNS name.
func targetInfo(b []byte, at int) []Claim {
	var claims []Claim
	for len(b) >= 4 {
		id, size := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if id == 0 || 4+size > len(b) {
			break
		}
		if id == 1 || id == 3 {
			if name := hostname(utf16Text(b[4 : 4+size])); name != "" {
				field := "NetBIOS computer name"
				if id == 3 {
					field = "DNS computer name"
				}
				claims = append(claims, Claim{Attribute: Hostname, Value: name, Weight: 0.7, Source: "ntlm", Field: field, Offset: at + 4})
			}
		}
		b, at = b[4+size:], at+4+size
	}
	return claims
}

func utf16Text(b []byte) string {
	units := make([]uint16, 0, min(len(b)/2, maxText))
	for ; len(b) >= 2 && len(units) < maxText; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	return text([]byte(string(utf16.Decode(units))))
}
