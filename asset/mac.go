package asset

import (
	"encoding/hex"
	"strings"

	"bedrail/traffic"
)

// macMarks are what people write between the digits.
var macMarks = strings.NewReplacer(":", "", "-", "", ".", "", " ", "")

// ParseMAC reads a hardware address in any of the ways people write it:
// colons, hyphens, dots or nothing between the digits. It reports false for
// anything else and for addresses that are no device's: zero, broadcast and
// multicast.
func ParseMAC(text string) (traffic.MAC, bool) {
	digits := macMarks.Replace(text)
	if len(digits) != 12 {
		return "", false
	}
	raw, err := hex.DecodeString(digits)
	if err != nil || raw[0]&1 == 1 || [6]byte(raw) == [6]byte{} {
		return "", false
	}
	return formatMAC([6]byte(raw)), true
}

// canonicalMAC reports whether m is written as Bedrail writes it and is one
// device's, without making garbage: it is asked for each observation.
func canonicalMAC(m traffic.MAC) bool {
	if len(m) != 17 || m == "00:00:00:00:00:00" || strings.IndexByte("02468ace", m[1]) < 0 {
		return false
	}
	for i := range len(m) {
		c := m[i]
		switch {
		case i%3 == 2:
			if c != ':' {
				return false
			}
		case !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f'):
			return false
		}
	}
	return true
}

func formatMAC(raw [6]byte) traffic.MAC {
	const digits = "0123456789abcdef"
	var out [17]byte
	for i, b := range raw {
		out[i*3], out[i*3+1] = digits[b>>4], digits[b&15]
		if i < 5 {
			out[i*3+2] = ':'
		}
	}
	return traffic.MAC(out[:])
}

// macOfEUI64 returns the MAC inside an EUI-64 that was made from one: FFFE
// stands in its middle. The universal bit is left as it is, as the profiles
// for patient care devices have it.
func macOfEUI64(eui string) (traffic.MAC, bool) {
	eui = strings.ToUpper(macMarks.Replace(eui))
	if len(eui) != 16 || eui[6:10] != "FFFE" {
		return "", false
	}
	return ParseMAC(eui[:6] + eui[10:])
}

// localMAC reports whether m was made up by software: its locally
// administered bit is set, so that it names no maker and may change.
func localMAC(m traffic.MAC) bool {
	return len(m) == 17 && strings.IndexByte("26ae37bf", m[1]) >= 0
}
