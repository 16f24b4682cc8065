package dicom

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// value checks multiplicity and format of one value (PS3.5 6.2, 6.4).
func (c *checker) value(d *Dataset, f Field, v VR, at string, e Entry, known bool) {
	b := d.Bytes(f)
	if len(b) == 0 || c.atBreak(f) {
		return // no value at all is judged by the type of the attribute
	}
	if size := unit(v); size > 1 && len(b)%size != 0 {
		c.add(Error, "value", at, f.Start(), f.End(), "%d bytes are no whole number of %v values, which have %d each", len(b), v, size)
		return
	}
	if known && f.Tag.Element() != 0 {
		c.multiplicity(d, f, v, at, e)
	}
	if !textual(v) {
		return
	}
	charset := Charset{}
	if extended(v) {
		charset = d.charset
	}
	vals, err := charset.Values(b)
	if whole(v) {
		var s string
		s, err = charset.Text(b)
		vals = []string{s}
	}
	if err != nil {
		c.add(Error, "value", at, f.Start(), f.End(), "the text has bytes outside of the declared character set (0008,0005)")
		return
	}
	for i, s := range vals {
		if why := malformed(v, s); why != "" {
			place := ""
			if len(vals) > 1 {
				place = " (value " + strconv.Itoa(i+1) + ")"
			}
			c.add(Error, "value", at, f.Start(), f.End(), "%v%s: %s", v, place, why)
			return
		}
	}
}

// unit is the size of one value of a binary representation, or 1.
func unit(v VR) int {
	switch v {
	case US, SS, OW:
		return 2
	case UL, SL, FL, AT, OF, OL:
		return 4
	case FD, SV, UV, OD, OV:
		return 8
	}
	return 1
}

func (c *checker) multiplicity(d *Dataset, f Field, v VR, at string, e Entry) {
	n := 1
	switch {
	case v == OB || v == OW || v == OF || v == OD || v == OL || v == OV || v == UN || whole(v):
	case textual(v):
		charset := Charset{}
		if extended(v) {
			charset = d.charset
		}
		vals, _ := charset.Values(d.Bytes(f))
		n = len(vals)
	default:
		n = (f.End() - f.Start()) / unit(v)
	}
	if !Fits(n, e.VM) {
		c.add(Error, "value", at, f.Start(), f.End(), "there are %d values where %s belong", n, e.VM)
	}
}

// Fits is true when n values are allowed by a multiplicity of the dictionary,
// such as "1", "1-3", "2-n" or "3-3n".
func Fits(n int, vm string) bool {
	low, high, ranged := strings.Cut(vm, "-")
	from, err := strconv.Atoi(low)
	if err != nil {
		return true
	}
	if !ranged {
		return n == from
	}
	step, open := strings.CutSuffix(high, "n")
	if !open {
		to, err := strconv.Atoi(high)
		return err != nil || from <= n && n <= to
	}
	multiple := 1
	if step != "" {
		multiple, _ = strconv.Atoi(step)
	}
	return n >= from && multiple > 0 && n%multiple == 0
}

// malformed says what is wrong with the text of one value, or "".
func malformed(v VR, s string) string {
	switch v {
	case AE:
		return limited(s, 16, "", "an AE title")
	case CS:
		if strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _") != "" {
			return "a code has upper-case letters, digits, spaces and underscores only"
		}
		return limited(s, 16, "", "a code")
	case LO:
		return limited(s, 64, "", "the text")
	case SH:
		return limited(s, 16, "", "the text")
	case UI:
		return malformedUID(s)
	case PN:
		return malformedName(s)
	case DA, TM, DT, AS:
		return malformedTime(v, s)
	case IS:
		return malformedInteger(s)
	case DS:
		return malformedDecimal(s)
	case LT:
		return longest(s, 10240)
	case ST:
		return longest(s, 1024)
	case UR:
		if strings.ContainsAny(s, " \t") {
			return "an address holds no spaces"
		}
	}
	return ""
}

func limited(s string, n int, _ string, what string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 && r != 0x1B || r == 0x7F }) {
		return what + " holds control characters"
	}
	return longest(s, n)
}

func longest(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return ""
	}
	return strconv.Itoa(utf8.RuneCountInString(s)) + " characters, where " + strconv.Itoa(n) + " are allowed"
}

func malformedUID(s string) string {
	if s == "" {
		return ""
	}
	if len(s) > 64 {
		return "a unique identifier has at most 64 characters"
	}
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			return "a unique identifier is numbers parted by single dots"
		}
		if len(part) > 1 && part[0] == '0' {
			return "a number of a unique identifier begins with 0"
		}
	}
	return ""
}

func malformedName(s string) string {
	groups := strings.Split(s, "=")
	if len(groups) > 3 {
		return "a name has at most three groups: alphabetic, ideographic, phonetic"
	}
	for _, g := range groups {
		if strings.Count(g, "^") > 4 {
			return "a name has at most five parts"
		}
		if why := longest(g, 64); why != "" {
			return why
		}
	}
	return ""
}

func malformedTime(v VR, s string) string {
	ok := true
	switch v {
	case DA:
		if s = strings.TrimSpace(s); len(s) == 10 && s[4] == '.' && s[7] == '.' {
			return "the form YYYY.MM.DD is of ACR-NEMA's time; write YYYYMMDD"
		}
		ok = s == "" || len(s) == 8 && date(s)
	case TM:
		ok = clock(strings.TrimSpace(s))
	case DT:
		ok = dateTime(strings.TrimSpace(s))
	case AS:
		ok = s == "" || len(s) == 4 && digits(s[:3]) && strings.Contains("DWMY", s[3:])
	}
	if ok {
		return ""
	}
	return map[VR]string{DA: "a date is written YYYYMMDD", TM: "a time is written HHMMSS.FFFFFF, the end may be left out",
		DT: "a moment is written YYYYMMDDHHMMSS.FFFFFF&ZZXX, the end may be left out", AS: "an age is three digits and D, W, M or Y"}[v]
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func between(s string, low, high int) bool {
	n, err := strconv.Atoi(s)
	return err == nil && digits(s) && low <= n && n <= high
}

func date(s string) bool {
	return digits(s) && between(s[4:6], 1, 12) && between(s[6:8], 1, 31)
}

// clock reads HH[MM[SS[.F{1,6}]]].
func clock(s string) bool {
	if s == "" {
		return true
	}
	main, fraction, point := strings.Cut(s, ".")
	if point && (len(main) != 6 || len(fraction) < 1 || len(fraction) > 6 || !digits(fraction)) {
		return false
	}
	limits := [...]int{23, 59, 60}
	if len(main)%2 != 0 || len(main) > 6 || len(main) == 0 {
		return false
	}
	for i := 0; i < len(main); i += 2 {
		if !between(main[i:i+2], 0, limits[i/2]) {
			return false
		}
	}
	return true
}

func dateTime(s string) bool {
	if i := strings.LastIndexAny(s, "+-"); i >= 4 {
		zone := s[i+1:]
		if len(zone) != 4 || !between(zone[:2], 0, 14) || !between(zone[2:], 0, 59) {
			return false
		}
		s = s[:i]
	}
	switch {
	case s == "":
		return true
	case len(s) < 4 || !digits(s[:4]):
		return false
	case len(s) == 4:
		return true
	case len(s) == 6:
		return between(s[4:6], 1, 12)
	case len(s) < 8 || !date(s[:8]):
		return false
	}
	return clock(s[8:])
}

func malformedInteger(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || len(s) > 12 || n > math.MaxInt32 || n < math.MinInt32 {
		return "an integer string is a whole number of at most 12 characters, from -2147483648 to 2147483647"
	}
	return ""
}

func malformedDecimal(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if len(s) > 16 {
		return "a decimal string has at most 16 characters"
	}
	if _, err := strconv.ParseFloat(s, 64); err != nil || strings.Trim(s, "0123456789+-.eE") != "" {
		return "a decimal string is a number such as -1.25 or 3E-4"
	}
	return ""
}
