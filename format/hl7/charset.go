package hl7

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// A charset is how the bytes of a message become text: a row of HL7 table
// 0211 as declared in MSH-18.
type charset struct {
	name   string // as declared
	known  bool
	utf8   bool // plain text is UTF-8 (or its subset ASCII)
	ascii  bool // declared, or by default, seven bits only
	utf16  bool // declared to be UTF-16
	wide   bool // even seven-bit bytes need decoding
	enc    encoding.Encoding
	double doubles
}

// doubles says how a character of two bytes may hold the value of a delimiter
// in one of them, so that splitting must step over it.
type doubles uint8

const (
	single  doubles = iota
	shifted         // ISO 2022: from ESC $ to ESC ( two bytes each
	led             // a lead byte from 0x81 takes the next with it
)

// charsetOf returns the set that MSH-18 declares. Names are compared without
// regard to case, spaces and marks, because senders write them in many ways.
func charsetOf(declared []byte) charset {
	if len(declared) == 0 {
		return charset{known: true, utf8: true, ascii: true}
	}
	if string(declared) == "UNICODE UTF-8" {
		return charset{name: "UNICODE UTF-8", known: true, utf8: true}
	}
	cs := charset{name: string(declared), known: true}
	key := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '_' || r == '/' {
			return -1
		}
		return r
	}, strings.ToUpper(cs.name))
	switch key {
	case "ASCII", "ISOIR6":
		cs.utf8, cs.ascii = true, true
	case "UNICODEUTF8", "UTF8", "UNICODE":
		cs.utf8 = true
	case "UNICODEUTF16", "UTF16":
		cs.utf8, cs.utf16 = true, true // what is parsed was widened before
	case "ISOIR14", "ISOIR87", "ISOIR159":
		cs.enc, cs.double, cs.wide = japanese.ISO2022JP, shifted, true
	case "GB180302000", "GB18030":
		cs.enc, cs.double = simplifiedchinese.GB18030, led
	case "BIG5":
		cs.enc, cs.double = traditionalchinese.Big5, led
	case "KSX1001":
		cs.enc = korean.EUCKR
	default:
		cs.enc = single8859(strings.TrimPrefix(key, "ISO"))
		cs.known = cs.enc != nil
		cs.utf8 = cs.enc == nil
	}
	return cs
}

func single8859(key string) encoding.Encoding {
	switch key {
	case "88591":
		return charmap.ISO8859_1
	case "88592":
		return charmap.ISO8859_2
	case "88593":
		return charmap.ISO8859_3
	case "88594":
		return charmap.ISO8859_4
	case "88595":
		return charmap.ISO8859_5
	case "88596":
		return charmap.ISO8859_6
	case "88597":
		return charmap.ISO8859_7
	case "88598":
		return charmap.ISO8859_8
	case "88599":
		return charmap.ISO8859_9
	case "885910":
		return charmap.ISO8859_10
	case "885913":
		return charmap.ISO8859_13
	case "885914":
		return charmap.ISO8859_14
	case "885915":
		return charmap.ISO8859_15
	case "WINDOWS1252", "CP1252":
		return charmap.Windows1252
	}
	return nil
}

var errReplaced = errors.New("a byte sequence has no meaning")

// decode returns b as UTF-8. Where it cannot, bad is the offset of the first
// byte that has no meaning.
func (cs charset) decode(b []byte) (text string, bad int, err error) {
	if cs.utf8 {
		if bad := invalidUTF8(b); bad >= 0 {
			return "", bad, cs.complaint("UTF-8")
		}
		return string(b), 0, nil
	}
	if !cs.wide && isASCII(b) {
		return string(b), 0, nil
	}
	out, err := cs.enc.NewDecoder().Bytes(b)
	if err == nil && bytes.ContainsRune(out, utf8.RuneError) {
		err = errReplaced
	}
	if err != nil {
		return "", firstHigh(b), cs.complaint(cs.name)
	}
	return string(out), 0, nil
}

func (cs charset) complaint(read string) error {
	if cs.name == "" {
		return fmt.Errorf("the text is not plain ASCII and MSH-18 declares no character set; ask the sender to declare one")
	}
	return fmt.Errorf("the bytes are not valid %s although MSH-18 says %s; ask the sender to send the set that it declares", read, cs.name)
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

func firstHigh(b []byte) int {
	for i, c := range b {
		if c >= 0x80 || c == 0x1B {
			return i
		}
	}
	return 0
}

// switched returns the bytes of an ISO 2022 escape that \Cxxyy\ or \Mxxyyzz\
// announces for the text behind it, or an error when the declared sets do not
// hold what it switches to (chapter 2.7.3).
func (cs charset) switched(bytes []byte) ([]byte, error) {
	toASCII := len(bytes) == 2 && bytes[0] == '(' && (bytes[1] == 'B' || bytes[1] == 'J')
	switch {
	case cs.double == shifted:
		return append([]byte{0x1B}, bytes...), nil
	case toASCII:
		return nil, nil // the text is in it already
	}
	return nil, fmt.Errorf("the text switches to another character set by an escape (\\C or \\M), but MSH-18 declares none that is switched to; what follows cannot be read")
}

// skip returns where the character that begins at i ends, when bytes inside it
// may look like delimiters.
func (d doubles) skip(raw []byte, i, end int32) int32 {
	switch {
	case d == led && raw[i] >= 0x81:
		return min(i+2, end)
	case d == shifted && raw[i] == 0x1B && i+1 < end && raw[i+1] == '$':
		back := bytes.Index(raw[i+2:end], []byte{0x1B, '('})
		if back < 0 {
			return end
		}
		return i + 2 + int32(back)
	}
	return i + 1
}
