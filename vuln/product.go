package vuln

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bedrail/asset"
)

// words takes a name apart into lower-case words: letters with the digits and
// hyphens inside them. "MX800/700/600" becomes mx800, mx700, mx600.
func words(name string) []string {
	var out []string
	for _, field := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '/' && r != '+' && r != '.'
	}) {
		out = append(out, spell(field)...)
	}
	return out
}

// abbreviation is what stands in round brackets at the end of a name.
var abbreviation = regexp.MustCompile(`\s*\(([A-Z]{2,8})\)\s*$`)

// withoutAbbreviation takes an abbreviation of a name off its end: the CSM of
// "Connex Spot Monitor (CSM)" says nothing that the name does not. It counts
// as one only when its letters are the initials of words that stand side by
// side in the name; "(US)" or "(AP)" may well tell two products apart.
func withoutAbbreviation(name string) string {
	at := abbreviation.FindStringSubmatchIndex(name)
	if at == nil {
		return name
	}
	var initials strings.Builder
	for _, w := range strings.FieldsFunc(name[:at[0]], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		first, _ := utf8.DecodeRuneInString(w)
		initials.WriteRune(unicode.ToUpper(first))
	}
	if strings.Contains(initials.String(), name[at[2]:at[3]]) {
		return name[:at[0]]
	}
	return name
}

// spell takes alternatives between slashes apart and completes those that
// leave the leading letters out.
func spell(field string) []string {
	var out []string
	lead := ""
	for part := range strings.SplitSeq(field, "/") {
		part = strings.Trim(part, "-.+")
		if part == "" {
			continue
		}
		if lead != "" && isDigit(part[0]) && len(part) >= 2 {
			part = lead + part
		}
		lead = ""
		if i := strings.IndexFunc(part, unicode.IsDigit); i > 0 && i <= 4 && !strings.Contains(part, "-") {
			lead = part[:i]
		}
		out = append(out, strings.ReplaceAll(part, "-", ""))
		if halves := strings.Split(part, "-"); len(halves) == 2 {
			out = append(out, span(halves[0], halves[1])...)
		}
	}
	return out
}

// span spells out "mx400-mx850" as steps of ten and "mp20-mp90" likewise; a
// span that is too wide or not of one series is left as written.
func span(from, to string) []string {
	a, b := strings.TrimRight(from, "0123456789"), strings.TrimRight(to, "0123456789")
	low, err1 := strconv.Atoi(from[len(a):])
	high, err2 := strconv.Atoi(to[len(b):])
	if err1 != nil || err2 != nil || a != b || a == "" || high <= low || high-low > 2000 {
		return nil
	}
	var out []string
	for n := low; n <= high; n++ {
		out = append(out, a+strconv.Itoa(n))
	}
	return out
}

// filler are words of product names that say nothing about which product.
const filler = " software system systems series family version versions model models the and of for with pump pumps infusion monitor monitors patient device devices unit units medical " +
	"healthcare all including not application app server client module modules platform product products portable wireless tm r inc all new generation control "

func isFiller(w string) bool { return strings.Contains(filler, " "+w+" ") }

// A nearness says how surely two names mean one product.
type nearness struct {
	same       bool
	vague      bool // the names may mean one product; a person must look
	confidence float64
}

// near compares the model of a device with the name of a product in an
// advisory, both as words, vendor left aside.
func near(model, product []string) nearness {
	m, p := telling(model), telling(product)
	if len(m) == 0 || len(p) == 0 {
		return nearness{}
	}
	common, code := 0, false
	for _, w := range m {
		if slices.Contains(p, w) {
			common++
			code = code || isCode(w)
		}
	}
	switch {
	case common == len(m) && common == len(p):
		return nearness{same: true, confidence: 0.9}
	case common == len(p):
		return nearness{same: true, confidence: 0.8} // the record says more than the advisory
	case common == len(m) && code:
		return nearness{same: true, confidence: 0.75} // the advisory lists several models, this one among them
	case common == len(m):
		return nearness{vague: true, confidence: 0.5}
	case code && common >= 2:
		return nearness{vague: true, confidence: 0.5}
	}
	return nearness{}
}

// telling drops filler, unless nothing else is left.
func telling(ws []string) []string {
	out := make([]string, 0, len(ws))
	for _, w := range ws {
		if !isFiller(w) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return ws
	}
	return out
}

// isCode reports whether w is a model number such as mx800 or 8015.
func isCode(w string) bool {
	digits := 0
	for _, c := range []byte(w) {
		if isDigit(c) {
			digits++
		}
	}
	return digits >= 2 && len(w) >= 3
}

// houses joins makers that bought or renamed one another: an advisory may
// name either.
var houses = map[string]string{
	"bd": "bd", "becton dickinson": "bd", "carefusion": "bd", "alaris": "bd", "cme": "bd",
	"baxter": "baxter", "hillrom": "baxter", "hill rom": "baxter", "welch allyn": "baxter", "sigma": "baxter", "eli": "baxter",
	"ge healthcare": "ge", "general electric": "ge", "ge": "ge", "ge medical": "ge", "datex ohmeda": "ge", "marquette": "ge",
	"philips": "philips", "phillips": "philips", "respironics": "philips", "spectranetics": "philips",
	"abbott": "abbott", "st jude": "abbott", "st jude medical": "abbott",
	"smiths": "icu medical", "smiths medical": "icu medical", "icu medical": "icu medical", "hospira": "icu medical",
	"siemens": "siemens", "siemens healthineers": "siemens", "varian": "siemens",
	"draeger": "draeger", "drager": "draeger", "b braun": "b braun", "braun": "b braun", "medtronic": "medtronic", "covidien": "medtronic",
	"roche": "roche", "johnson johnson": "j&j", "ethicon": "j&j", "fresenius kabi": "fresenius kabi", "qualcomm": "capsule", "capsule": "capsule",
	"change healthcare": "change healthcare", "mckesson": "change healthcare",
}

// firmWords are dropped from a maker's name before it is compared.
const firmWords = " inc incorporated ltd limited llc gmbh ag kg kgaa co corp corporation company sa as oy plc medical healthcare health care systems system technologies technology " +
	"diagnostics laboratories labs international group holdings usa the and foundation project software melsungen ge bd "

// Houses returns the keys under which a maker is known. Several makers may
// stand in one text.
func Houses(vendor string) []string {
	var out []string
	for _, name := range append(strings.FieldsFunc(vendor, func(r rune) bool { return r == ',' || r == ';' || r == '/' || r == '(' || r == ')' }), vendor) {
		for _, one := range append(strings.Split(name, " and "), name) {
			for _, key := range houseKeys(one) {
				if key != "" && !slices.Contains(out, key) {
					out = append(out, key)
				}
			}
		}
	}
	return out
}

func houseKeys(name string) []string {
	full := strings.Join(plainWords(name), " ")
	var short []string
	for _, w := range plainWords(name) {
		if !strings.Contains(firmWords, " "+w+" ") {
			short = append(short, w)
		}
	}
	canonical := strings.Join(plainWords(asset.CanonicalManufacturer(name)), " ")
	for _, try := range []string{full, canonical, strings.Join(short, " ")} {
		if h, ok := houses[try]; ok {
			return []string{h}
		}
	}
	if len(short) == 0 {
		return nil
	}
	return []string{strings.Join(short, " ")}
}

// fold spells letters with marks as their plain letters.
var fold = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "é", "e", "è", "e", "á", "a", "ó", "o", "ß", "ss", "ae", "a", "å", "a", "ø", "o")

func plainWords(s string) []string {
	return strings.FieldsFunc(fold.Replace(strings.ToLower(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
