package vuln

import "strings"

// A piece is a run of digits or of letters in a version text.
type piece struct {
	text   string
	number bool
	joined bool // the next piece follows without a separator
	led    bool // the piece before stands without a separator
}

// before and after are words that stand before, or after, the version that
// they are appended to.
const (
	before = " alpha beta rc cr pre preview dev snapshot a m milestone "
	maxVer = 256 // bytes of a version that are looked at
)

// pieces takes a version text apart. Leading words such as "version" and the
// "v" of "v1.2" are dropped.
func pieces(version string) []piece {
	s := strings.ToLower(strings.TrimSpace(version))
	if len(s) > maxVer {
		s = s[:maxVer]
	}
	for _, word := range [...]string{"version", "release", "revision", "ver", "rev", "sw"} {
		if rest, ok := strings.CutPrefix(s, word); ok && rest != "" && !isLetter(rest[0]) {
			s = strings.TrimLeft(rest, " .:")
			break
		}
	}
	if len(s) > 1 && (s[0] == 'v' || s[0] == 'r') && isDigit(s[1]) {
		s = s[1:]
	}
	s = strings.Replace(s, "service pack", "sp", 1)
	var out []piece
	for i := 0; i < len(s); {
		start := i
		switch {
		case isDigit(s[i]):
			for i < len(s) && isDigit(s[i]) {
				i++
			}
			text := strings.TrimLeft(s[start:i], "0")
			out = append(out, piece{text: text, number: true})
		case isLetter(s[i]):
			for i < len(s) && isLetter(s[i]) {
				i++
			}
			out = append(out, piece{text: s[start:i]})
		default:
			i++
			continue
		}
		last := len(out) - 1
		out[last].joined = i < len(s) && (isDigit(s[i]) || isLetter(s[i]))
		out[last].led = last > 0 && out[last-1].joined
	}
	return out
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

// CompareText orders two version texts of a product that no ecosystem orders:
// firmware, medical software. known is false when they cannot be compared: a
// number against a letter, or two lines that begin with different letters.
func CompareText(a, b string) (order int, known bool) {
	x, y := pieces(a), pieces(b)
	if len(x) == 0 || len(y) == 0 {
		return 0, false
	}
	for i := range min(len(x), len(y)) {
		order, known := comparePiece(x[i], y[i], i == 0)
		if order != 0 || !known {
			return order, known
		}
	}
	if len(x) < len(y) {
		order, known = compareTail(y[len(x):])
		return -order, known
	}
	return compareTail(x[len(y):])
}

func comparePiece(p, q piece, first bool) (int, bool) {
	switch {
	case p.number && q.number:
		return compareNumber(p.text, q.text), true
	case p.number != q.number:
		if !p.number && isBefore(p.text) && !first {
			return -1, true
		}
		if !q.number && isBefore(q.text) && !first {
			return 1, true
		}
		return 0, false
	case p.text == q.text:
		return 0, true
	case first && (p.joined || q.joined):
		return 0, false // U61 and L81 are two lines, not two steps of one
	case p.line() && q.line() && strings.Trim(p.text+q.text, "ab") != "":
		return 0, false // 012U000061 and 012L000081 likewise
	case isBefore(p.text) != isBefore(q.text) && len(p.text) > 1 && len(q.text) > 1:
		if isBefore(p.text) {
			return -1, true
		}
		return 1, true
	case len(p.text) == 1 && len(q.text) == 1 || isBefore(p.text) && isBefore(q.text):
		return strings.Compare(p.text, q.text), true
	}
	return 0, false
}

// line reports whether p is a letter between digits, which names a line of
// releases and not a step in one.
func (p piece) line() bool { return len(p.text) == 1 && p.led && p.joined }

func isBefore(word string) bool { return strings.Contains(before, " "+word+" ") && len(word) > 1 }

// compareTail says how a version with more pieces stands to one without them.
func compareTail(tail []piece) (int, bool) {
	for _, p := range tail {
		switch {
		case p.number && p.text == "":
			continue // 1.0 and 1.0.0 are the same
		case p.number:
			return 1, true
		case isBefore(p.text):
			return -1, true
		}
		return 1, true
	}
	return 0, true
}

// compareNumber orders digits without leading zeros, of any length.
func compareNumber(a, b string) int {
	if len(a) != len(b) {
		if len(a) < len(b) {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

// within reports whether version lies in b. known is false when a bound
// cannot be compared with it; against names that bound.
func (b Bounds) within(version string) (inside, known bool, against string) {
	for _, limit := range [...]struct {
		bound string
		ok    func(int) bool
	}{
		{b.From, func(o int) bool { return o >= 0 }},
		{b.Above, func(o int) bool { return o > 0 }},
		{b.To, func(o int) bool { return o <= 0 }},
		{b.Below, func(o int) bool { return o < 0 }},
	} {
		if limit.bound == "" {
			continue
		}
		order, known := compareBound(version, limit.bound)
		if !known {
			return false, false, limit.bound
		}
		if !limit.ok(order) {
			return false, true, ""
		}
	}
	return true, true, ""
}

// compareBound compares with a bound that may end in wildcards: every 11.3 is
// equal to 11.x.
func compareBound(version, bound string) (int, bool) {
	stem, wild := wildcard(bound)
	if !wild {
		return CompareText(version, bound)
	}
	v, s := pieces(version), pieces(stem)
	if len(s) == 0 || len(v) == 0 {
		return 0, false
	}
	for i := range min(len(v), len(s)) {
		if order, known := comparePiece(v[i], s[i], i == 0); order != 0 || !known {
			return order, known
		}
	}
	return 0, true
}

// wildcard cuts ".x" and ".*" off the end of a version.
func wildcard(version string) (stem string, wild bool) {
	stem = strings.TrimSpace(version)
	for {
		n := len(stem)
		if n < 2 {
			return stem, wild
		}
		last, dot := stem[n-1]|0x20, stem[n-2]
		if (last == 'x' || stem[n-1] == '*') && (dot == '.' || dot == '-') {
			stem, wild = stem[:n-2], true
			continue
		}
		return stem, wild
	}
}

func (b Bounds) String() string {
	var parts []string
	for _, p := range [...]struct{ op, v string }{{">= ", b.From}, {"> ", b.Above}, {"<= ", b.To}, {"< ", b.Below}} {
		if p.v != "" {
			parts = append(parts, p.op+p.v)
		}
	}
	if len(parts) == 0 {
		return "all versions"
	}
	return strings.Join(parts, " and ")
}
