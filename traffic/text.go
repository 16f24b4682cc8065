package traffic

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is how much of a field is kept: identity is short, and what is long
// is no identity.
const maxText = 200

// text returns a field of a protocol as text: cut at the first zero byte,
// trimmed, without control characters, never longer than maxText bytes. Bytes
// that are no UTF-8 are read as Latin-1.
func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	b = bytes.TrimSpace(b)
	if len(b) > maxText {
		b = b[:maxText]
		for len(b) > 0 && !utf8.Valid(b[len(b)-1:]) && !utf8.Valid(b) && len(b) > maxText-4 {
			b = b[:len(b)-1]
		}
	}
	if ascii(b) {
		return string(b)
	}
	if !utf8.Valid(b) {
		var wide strings.Builder
		for _, c := range b {
			wide.WriteRune(rune(c))
		}
		return legible(wide.String())
	}
	return legible(string(b))
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

func legible(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return -1
	}, s))
}

// hostname returns s when it can be a host's name, and nothing otherwise.
func hostname(s string) string {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 || strings.ContainsAny(s, " /\\\"'<>=,;:@*") {
		return ""
	}
	switch strings.ToLower(s) {
	case "localhost", "localhost.localdomain", "(none)", "unknown", "null", "none":
		return ""
	}
	return s
}

const hexDigits = "0123456789abcdef"

// hexText returns bytes as hexadecimal digits, at most 64 bytes of them.
func hexText(b []byte) string {
	b = b[:min(len(b), 64)]
	out := make([]byte, 0, len(b)*2)
	for _, c := range b {
		out = append(out, hexDigits[c>>4], hexDigits[c&15])
	}
	return string(out)
}
