package traffic

import (
	"strings"
	"time"
)

// A Label is a unique device identifier (UDI) taken apart: which model by its device
// identifier, which piece by serial number and lot.
type Label struct {
	Issuer   string // "GS1", "HIBCC" or "ICCBBA"
	DI       string // device identifier: GTIN, HIBC labeler and product, or ISBT product code
	Serial   string
	Lot      string
	Made     string // YYYY-MM-DD, where it was given and is a date
	Expiry   string
	Software string // GS1 (8012)
}

// ParseUDI reads a UDI as a scanner or a person writes it: GS1 element strings
// with or without brackets, HIBCC, ICCBBA. ok is false when text is none of
// them or carries no device identifier.
func ParseUDI(text string) (u Label, ok bool) {
	text = strings.TrimSpace(text)
	switch {
	case len(text) > 512 || text == "":
		return Label{}, false
	case text[0] == '(':
		u, ok = parseBracketed(text)
	case text[0] == '+':
		u, ok = parseHIBC(text)
	case text[0] == '=' || text[0] == '&':
		u, ok = parseISBT(text)
	default:
		u, ok = parseElements(strings.TrimPrefix(text, "]C1"))
	}
	return u, ok && u.DI != ""
}

// parseBracketed reads (01)04046963716721(21)0042778.
func parseBracketed(text string) (Label, bool) {
	u := Label{Issuer: "GS1"}
	for text != "" {
		if text[0] != '(' {
			return Label{}, false
		}
		ai, rest, found := strings.Cut(text[1:], ")")
		if !found || len(ai) < 2 || len(ai) > 4 || !digits(ai) {
			return Label{}, false
		}
		value := rest
		text = ""
		if next := nextBracket(rest); next >= 0 {
			value, text = rest[:next], rest[next:]
		}
		if !u.take(ai, strings.Trim(value, " \x1d")) {
			return Label{}, false
		}
	}
	return u, true
}

// nextBracket finds the next "(" that opens an application identifier: a
// serial number may hold a bracket of its own.
func nextBracket(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] != '(' {
			continue
		}
		n := strings.IndexByte(s[i:], ')')
		if n >= 3 && n <= 5 && digits(s[i+1:i+n]) {
			return i
		}
	}
	return -1
}

// parseElements reads the element string itself: fixed lengths, and a group
// separator after what has none.
func parseElements(text string) (Label, bool) {
	u := Label{Issuer: "GS1"}
	if len(text) < 16 || text[:2] != "01" || !digits(text[2:16]) || !checkDigit(text[2:16]) {
		return Label{}, false
	}
	for len(text) > 2 {
		ai := text[:2]
		rest := text[2:]
		n := -1
		switch ai {
		case "01", "02":
			n = 14
		case "11", "13", "15", "17":
			n = 6
		case "80":
			if len(text) < 4 {
				return Label{}, false
			}
			ai, rest = text[:4], text[4:]
		case "10", "21", "22":
		default:
			return u, true // something of the hospital's own: what was read stands
		}
		if n < 0 {
			if n = strings.IndexByte(rest, 0x1d); n < 0 {
				n = len(rest)
			}
		}
		if n > len(rest) || !u.take(ai, rest[:n]) {
			return Label{}, false
		}
		text = strings.TrimPrefix(rest[n:], "\x1d")
	}
	return u, true
}

func (u *Label) take(ai, value string) bool {
	switch ai {
	case "01":
		if len(value) != 14 || !digits(value) {
			return false
		}
		u.DI = value
	case "10":
		u.Lot = value
	case "11":
		u.Made = gs1Date(value)
	case "17":
		u.Expiry = gs1Date(value)
	case "21":
		u.Serial = value
	case "8012":
		u.Software = value
	}
	return true
}

// gs1Date reads YYMMDD; day 00 is the last of the month, as GS1 has it.
func gs1Date(s string) string {
	if len(s) != 6 || !digits(s) {
		return ""
	}
	if s[4:] == "00" {
		t, err := time.Parse("060102", s[:4]+"01")
		if err != nil {
			return ""
		}
		return t.AddDate(0, 1, -1).Format(time.DateOnly)
	}
	t, err := time.Parse("060102", s)
	if err != nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

func checkDigit(gtin string) bool {
	sum := 0
	for i := range len(gtin) {
		d := int(gtin[i] - '0')
		if (len(gtin)-i)%2 == 0 {
			d *= 3
		}
		sum += d
	}
	return sum%10 == 0
}

// parseHIBC reads +LLLLpppppU/$$... where L is the labeler, U the unit of
// measure and the part after the slash holds lot or serial and dates.
func parseHIBC(text string) (Label, bool) {
	u := Label{Issuer: "HIBCC"}
	primary, secondary, two := strings.Cut(text[1:], "/")
	if len(primary) < 6 || primary[0] < 'A' || primary[0] > 'Z' {
		return Label{}, false
	}
	if !two {
		primary = primary[:len(primary)-1] // the check character
	}
	u.DI = primary
	for part := range strings.SplitSeq(secondary, "/") {
		switch {
		case strings.HasPrefix(part, "$$+"):
			u.Serial = hibcAfterDate(part[3:])
		case strings.HasPrefix(part, "$$"):
			u.Lot = hibcAfterDate(part[2:])
		case strings.HasPrefix(part, "$+"):
			u.Serial = part[2:]
		case strings.HasPrefix(part, "$"):
			u.Lot = part[1:]
		case strings.HasPrefix(part, "S"):
			u.Serial = part[1:]
		case strings.HasPrefix(part, "16D") && len(part) >= 11:
			u.Made = hibcDate(part[3:11])
		case strings.HasPrefix(part, "14D") && len(part) >= 11:
			u.Expiry = hibcDate(part[3:11])
		}
	}
	// The last character of the whole text is the check character; it stands
	// at the end of whichever piece came last.
	if last := strings.LastIndexByte(secondary, '/'); two && secondary != "" {
		switch tail := secondary[last+1:]; {
		case strings.HasPrefix(tail, "$$+"), strings.HasPrefix(tail, "$+"), strings.HasPrefix(tail, "S"):
			u.Serial = cutLast(u.Serial)
		case strings.HasPrefix(tail, "$"):
			u.Lot = cutLast(u.Lot)
		}
	}
	return u, true
}

// hibcAfterDate drops the expiry date that precedes lot or serial, whose
// format the first digit names.
func hibcAfterDate(s string) string {
	skip := 0
	switch {
	case s == "":
		return ""
	case s[0] == '2' || s[0] == '3':
		skip = 7
	case s[0] == '4':
		skip = 9
	case s[0] == '5':
		skip = 6
	case s[0] == '6':
		skip = 8
	case s[0] == '7':
		skip = 1
	case s[0] == '0' || s[0] == '1':
		skip = 4
	}
	if skip > len(s) {
		return ""
	}
	return s[skip:]
}

func hibcDate(s string) string {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

func cutLast(s string) string {
	if s == "" {
		return s
	}
	return s[:len(s)-1]
}

// parseISBT reads ICCBBA's data structures: =/ product code, =, serial number,
// =} made, => expiry, &,1 lot.
func parseISBT(text string) (Label, bool) {
	u := Label{Issuer: "ICCBBA"}
	for text != "" {
		next := strings.IndexAny(text[1:], "=&") + 1
		piece := text
		if next > 0 {
			piece, text = text[:next], text[next:]
		} else {
			text = ""
		}
		switch {
		case strings.HasPrefix(piece, "=/"):
			u.DI = piece[2:]
		case strings.HasPrefix(piece, "=,"):
			u.Serial = piece[2:]
		case strings.HasPrefix(piece, "&,1"):
			u.Lot = piece[3:]
		case strings.HasPrefix(piece, "=}"):
			u.Made = isbtDate(piece[2:])
		case strings.HasPrefix(piece, "=>"):
			u.Expiry = isbtDate(piece[2:])
		}
	}
	return u, true
}

// isbtDate reads cYYJJJ: century digit, year, day of the year.
func isbtDate(s string) string {
	if len(s) < 6 || !digits(s[:6]) {
		return ""
	}
	t, err := time.Parse("2006002", "2"+s[:6])
	if err != nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
