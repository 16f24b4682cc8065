package fhir

import (
	"strconv"
	"strings"

	"bedrail/format/jsondoc"
)

// A primitive checks the value of a primitive type: "" when it is right, or
// what a right one looks like.
type primitive func(n jsondoc.Node) string

// primitives are the types of FHIR (R4 2.24.0.1) whose JSON is a single value.
var primitives = map[string]primitive{
	"boolean": func(n jsondoc.Node) string {
		if k := n.Kind(); k == jsondoc.True || k == jsondoc.False {
			return ""
		}
		return "must be true or false, without quotes"
	},
	"integer":     func(n jsondoc.Node) string { return whole(n, -1<<31) },
	"unsignedInt": func(n jsondoc.Node) string { return whole(n, 0) },
	"positiveInt": func(n jsondoc.Node) string { return whole(n, 1) },
	"integer64":   integer64,
	"decimal":     decimal,
	"string":      func(n jsondoc.Node) string { return words(n, true) },
	"markdown":    func(n jsondoc.Node) string { return words(n, true) },
	"xhtml":       func(n jsondoc.Node) string { return words(n, false) },
	"code": func(n jsondoc.Node) string {
		return tested(n, isCode, "must be a code: no blanks at its ends and none twice in a row")
	},
	"id": func(n jsondoc.Node) string {
		return tested(n, isID, "must be an id: 1 to 64 letters, digits, hyphens or dots")
	},
	"uri":       func(n jsondoc.Node) string { return tested(n, isURI, "must be a URI, without blanks") },
	"url":       func(n jsondoc.Node) string { return tested(n, isURI, "must be a URL, without blanks") },
	"canonical": func(n jsondoc.Node) string { return tested(n, isURI, "must be a canonical URL, without blanks") },
	"oid":       func(n jsondoc.Node) string { return tested(n, isOID, `must be an OID such as "urn:oid:1.2.3"`) },
	"uuid": func(n jsondoc.Node) string {
		return tested(n, isUUID, `must be a UUID such as "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", in lower case`)
	},
	"date": func(n jsondoc.Node) string {
		return tested(n, isDate, `must be a date that exists: "2024", "2024-02" or "2024-02-29"`)
	},
	"dateTime": func(n jsondoc.Node) string {
		return tested(n, isDateTime, `must be a date, or a date with time, seconds and time zone: "2024-02-29T08:15:00+01:00"`)
	},
	"instant": func(n jsondoc.Node) string {
		return tested(n, isInstant, `must be a date with time, seconds and time zone: "2024-02-29T08:15:00+01:00"`)
	},
	"time": func(n jsondoc.Node) string {
		return tested(n, func(b []byte) bool { return clock(b) == len(b) && len(b) > 0 }, `must be a time of day with seconds: "08:15:00"`)
	},
	"base64Binary": func(n jsondoc.Node) string {
		return tested(n, isBase64, "must be base64: groups of four of A-Z a-z 0-9 + / with = at the end")
	},
}

// tested checks the characters of a string, without copying those that hold no
// escapes.
func tested(n jsondoc.Node, right func([]byte) bool, text string) string {
	if n.Kind() != jsondoc.String {
		return text + ", in quotes"
	}
	if right(characters(n)) {
		return ""
	}
	return text
}

func characters(n jsondoc.Node) []byte {
	raw := n.Raw()
	raw = raw[1 : len(raw)-1]
	for _, c := range raw {
		if c == '\\' {
			return []byte(n.Text())
		}
	}
	return raw
}

func whole(n jsondoc.Node, least int64) string {
	if n.Kind() != jsondoc.Number {
		return "must be a whole number, without quotes"
	}
	raw := n.Raw()
	i, err := strconv.ParseInt(string(raw), 10, 32)
	switch {
	case err != nil:
		return "must be a whole number of at most 2147483647, without point and exponent"
	case i < least:
		return "must be a whole number of at least " + strconv.FormatInt(least, 10)
	}
	return ""
}

// integer64 is a string in JSON (R5 2.1.28).
func integer64(n jsondoc.Node) string {
	if n.Kind() == jsondoc.String {
		if _, err := strconv.ParseInt(n.Text(), 10, 64); err == nil {
			return ""
		}
	}
	return "must be a whole number of 64 bits, in quotes"
}

// decimal keeps all digits; at most 18 are allowed to matter by common systems
// but FHIR sets no limit.
func decimal(n jsondoc.Node) string {
	if n.Kind() != jsondoc.Number {
		return "must be a decimal number, without quotes"
	}
	return ""
}

// maxText is the limit of strings (R4 2.24.0.1).
const maxText = 1 << 20

func words(n jsondoc.Node, trimmed bool) string {
	if n.Kind() != jsondoc.String {
		return "must be text, in quotes"
	}
	b := characters(n)
	if len(b) == 0 {
		return "must not be empty; leave it out instead"
	}
	if len(b) > maxText && trimmed {
		return "must not be longer than 1 MiB"
	}
	return ""
}

func isCode(b []byte) bool {
	if len(b) == 0 || b[0] <= ' ' || b[len(b)-1] <= ' ' || strings.HasSuffix(string(b), "\u00a0") {
		return false
	}
	for i, c := range b {
		if c < ' ' || c == ' ' && b[i-1] == ' ' {
			return false
		}
	}
	return true
}

func isID(b []byte) bool {
	if len(b) == 0 || len(b) > 64 {
		return false
	}
	for _, c := range b {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

func isURI(b []byte) bool {
	for _, c := range b {
		if c <= ' ' {
			return false
		}
	}
	if rest, ok := strings.CutPrefix(string(b[:min(len(b), 9)]), "urn:uuid:"); ok && rest == "" {
		return isUUID(b)
	}
	if len(b) > 8 && string(b[:8]) == "urn:oid:" {
		return isOID(b)
	}
	return len(b) > 0
}

func isOID(b []byte) bool {
	rest, ok := strings.CutPrefix(string(b), "urn:oid:")
	if !ok || rest == "" || rest[0] < '0' || rest[0] > '2' {
		return false
	}
	for part := range strings.SplitSeq(rest, ".") {
		if part == "" || len(part) > 1 && part[0] == '0' || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return true
}

func isUUID(b []byte) bool {
	const head = "urn:uuid:"
	if len(b) != len(head)+36 || string(b[:len(head)]) != head {
		return false
	}
	for i, c := range b[len(head):] {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f'):
			return false
		}
	}
	return true
}

func digits(b []byte, from, count int) (value int, ok bool) {
	if len(b) < from+count {
		return 0, false
	}
	for _, c := range b[from : from+count] {
		if c < '0' || c > '9' {
			return 0, false
		}
		value = value*10 + int(c-'0')
	}
	return value, true
}

// day reads a date of any precision and returns its length, or -1.
func day(b []byte) int {
	year, ok := digits(b, 0, 4)
	if !ok || year == 0 {
		return -1
	}
	if len(b) == 4 || b[4] != '-' {
		return 4
	}
	month, ok := digits(b, 5, 2)
	if !ok || month < 1 || month > 12 {
		return -1
	}
	if len(b) == 7 || b[7] != '-' {
		return 7
	}
	d, ok := digits(b, 8, 2)
	if !ok || d < 1 || d > daysIn(year, month) {
		return -1
	}
	return 10
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// clock reads hh:mm:ss[.fff] and returns its length, or -1.
func clock(b []byte) int {
	h, ok1 := digits(b, 0, 2)
	m, ok2 := digits(b, 3, 2)
	s, ok3 := digits(b, 6, 2)
	if !ok1 || !ok2 || !ok3 || b[2] != ':' || b[5] != ':' || h > 23 || m > 59 || s > 60 {
		return -1
	}
	if len(b) == 8 || b[8] != '.' {
		return 8
	}
	i := 9
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	if i == 9 {
		return -1
	}
	return i
}

func isZone(b []byte) bool {
	if len(b) == 1 && b[0] == 'Z' {
		return true
	}
	h, ok1 := digits(b, 1, 2)
	m, ok2 := digits(b, 4, 2)
	return len(b) == 6 && ok1 && ok2 && (b[0] == '+' || b[0] == '-') && b[3] == ':' && (h < 14 || h == 14 && m == 0) && m < 60
}

func isDate(b []byte) bool { return len(b) > 0 && day(b) == len(b) }

func isInstant(b []byte) bool {
	if day(b) != 10 || len(b) < 12 || b[10] != 'T' {
		return false
	}
	n := clock(b[11:])
	return n > 0 && isZone(b[11+n:])
}

func isDateTime(b []byte) bool { return isDate(b) || isInstant(b) }

func isBase64(b []byte) bool {
	count, pad := 0, 0
	for _, c := range b {
		switch {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
			continue
		case c == '=':
			pad++
		case pad > 0 || !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/'):
			return false
		}
		count++
	}
	return count > 0 && count%4 == 0 && pad <= 2
}
