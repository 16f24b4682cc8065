package audit

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"
)

// The canonical form is JSON as encoding/json writes it, without escaping for
// HTML. It is written by hand because every act of every caller passes through
// here while all of them wait; a test compares the two.

// appendText writes s as a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return appendEscaped(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

const hexDigits = "0123456789abcdef"

// appendEscaped is appendText for what holds more than plain ASCII.
func appendEscaped(b []byte, s string) []byte {
	b = append(b, '"')
	for size := 0; len(s) > 0; s = s[size:] {
		var r rune
		r, size = utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1: // not UTF-8
			b = append(b, `\ufffd`...)
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&0xf])
		case r == '\u2028' || r == '\u2029': // line ends to JavaScript
			b = append(b, `\u202`...)
			b = append(b, hexDigits[r&0xf])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// appendFields writes an object of texts, ordered by name.
func appendFields(b []byte, fields map[string]string) []byte {
	var few [4]string // mostly one: the name of whoever acted
	names := few[:0]
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, name), ':')
		b = appendText(b, fields[name])
	}
	return append(b, '}')
}

// AppendCommitments appends the commitments of r as JSON.
func (r Record) AppendCommitments(b []byte) []byte { return appendFields(b, r.Commitments) }

// appendLeaf appends the canonical bytes of r.
func (r Record) appendLeaf(b []byte) []byte {
	b = append(b, `{"v":`...)
	b = strconv.AppendInt(b, leafVersion, 10)
	b = appendText(append(b, `,"tenant":`...), r.Tenant)
	b = strconv.AppendInt(append(b, `,"seq":`...), r.Seq, 10)
	b = append(b, `,"at":"`...)
	b = r.At.UTC().AppendFormat(b, leafTime)
	b = appendText(append(b, `","by":{"id":`...), r.ByID)
	b = appendText(append(b, `,"kind":`...), string(r.ByKind))
	b = appendText(append(b, `},"did":`...), string(r.Did))
	b = appendText(append(b, `,"to":`...), r.To)
	b = appendText(append(b, `,"note":`...), r.Note)
	if len(r.Commitments) > 0 {
		b = appendFields(append(b, `,"personal":`...), r.Commitments)
	}
	return append(b, '}')
}

// AppendJSON appends o as JSON.
func (o Opening) AppendJSON(b []byte) []byte {
	if o.Salt == nil || o.Values == nil {
		text, err := json.Marshal(o)
		if err != nil {
			panic(err) // texts always encode
		}
		return append(b, text...)
	}
	b = append(b, `{"salt":"`...)
	b = base64.StdEncoding.AppendEncode(b, o.Salt)
	b = appendFields(append(b, `","values":`...), o.Values)
	return append(b, '}')
}
