package hl7

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// A WideFile is a file or message that came in UTF-16 (UNICODE UTF-16 in
// MSH-18), where every character has two bytes or four and so no delimiter
// stands where other messages have it. Text is the same in UTF-8, which Split
// and Parse read; the bytes that came remain the record, and Offset leads back
// to them.
type WideFile struct {
	Text []byte // in UTF-8, without the byte order mark
	Raw  []byte // as it came

	order binary.ByteOrder
	mark  int // length of the byte order mark
	steps []step
}

// A step is a character of Text and where it stands in Raw.
type step struct{ text, raw int }

// stride is how many bytes of text lie between two steps, so that Offset need
// not count from the beginning.
const stride = 4096

// IsWide reports whether b begins as a message or batch in UTF-16: with a byte
// order mark, or with MSH, FHS or BHS in two bytes a letter.
func IsWide(b []byte) bool {
	order, mark := wideOrder(b)
	return order != nil && mark >= 0
}

func wideOrder(b []byte) (order binary.ByteOrder, mark int) {
	if len(b) < 8 {
		return nil, 0
	}
	switch string(b[:2]) {
	case "\xfe\xff":
		return binary.BigEndian, 2
	case "\xff\xfe":
		return binary.LittleEndian, 2
	}
	var narrow [3]byte
	for i, order := range [...]binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		for n := range narrow {
			narrow[n] = b[2*n+1-i]
			if b[2*n+i] != 0 {
				narrow[n] = 0
			}
		}
		if isHeader(narrow[:]) {
			return order, 0
		}
	}
	return nil, 0
}

// Widen reads a file for which IsWide holds. Its error names the byte of raw
// that is none of UTF-16.
func Widen(raw []byte) (*WideFile, error) {
	order, mark := wideOrder(raw)
	if order == nil {
		return nil, &Error{Text: "the bytes are not UTF-16: there is neither a byte order mark nor MSH in two bytes a letter"}
	}
	w := &WideFile{Raw: raw, order: order, mark: mark, Text: make([]byte, 0, len(raw)/2+len(raw)/8)}
	for at := mark; at < len(raw); {
		r, n := w.character(at)
		if n == 0 {
			return nil, &Error{Offset: at, Path: "MSH.18", Text: "the bytes are UTF-16 up to here and then half a character; the message was cut off or two sets were mixed"}
		}
		if len(w.Text) >= stride*len(w.steps) {
			w.steps = append(w.steps, step{len(w.Text), at})
		}
		w.Text = utf8.AppendRune(w.Text, r)
		at += n
	}
	return w, nil
}

// character returns the character at byte at and its length, which is 0 when
// there is none.
func (w *WideFile) character(at int) (rune, int) {
	if at+2 > len(w.Raw) {
		return 0, 0
	}
	r := rune(w.order.Uint16(w.Raw[at:]))
	if !utf16.IsSurrogate(r) {
		return r, 2
	}
	if at+4 > len(w.Raw) {
		return 0, 0
	}
	if r = utf16.DecodeRune(r, rune(w.order.Uint16(w.Raw[at+2:]))); r == utf8.RuneError {
		return 0, 0
	}
	return r, 4
}

// Offset returns where in Raw the byte of Text at n comes from.
func (w *WideFile) Offset(n int) int {
	n = min(max(n, 0), len(w.Text))
	i, _ := slices.BinarySearchFunc(w.steps, n+1, func(s step, n int) int { return s.text - n })
	from := step{0, w.mark}
	if i > 0 {
		from = w.steps[i-1]
	}
	at := from.raw
	for _, r := range string(w.Text[from.text:n]) {
		at += 2 * utf16.RuneLen(r)
	}
	return at
}

// Encode writes text as w was written: in its byte order and with its mark.
// Encode(Text) is Raw.
func (w *WideFile) Encode(text []byte) []byte {
	out := append(make([]byte, 0, 2*len(text)+2), w.Raw[:w.mark]...)
	var units [2]uint16
	for _, r := range string(text) {
		for _, u := range utf16.AppendRune(units[:0], r) {
			out = append(out, 0, 0)
			w.order.PutUint16(out[len(out)-2:], u)
		}
	}
	return out
}
