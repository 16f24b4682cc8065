package vuln

import (
	"regexp"
	"slices"
	"strings"
)

// What the full name of a product says beside its version. Advisories put there
// what their fields have no place for.
var (
	namedCVE  = regexp.MustCompile(`CVE-(\d{4})-\s*(\d{4,})`)
	impacted  = regexp.MustCompile(`(?i)\b(?:impacted|affected) by (CVE-[^)]*)`)
	upwards   = regexp.MustCompile(`(?i)\bback to\b|\b(?:and|or) (?:later|newer|above|higher|greater|up)\b`)
	only      = regexp.MustCompile(`(?i)\binstalled in\b|\bwhich are used with\b|\brunning (?:on|a)\b|\b(windows [\w.]+)-based\b|\bSN \d+ and\b`)
	excepting = regexp.MustCompile(`(?i)\b(?:not including|except(?:ing)?(?: for)?|excluding)\s+(.+?)(?::|$)`)
)

// doubt returns why a person must look although the text about versions could
// be read: the advisory says something else in the product's full name. It is
// empty when nothing stands against the answer.
func (p *Product) doubt(a *Advisory, model string, e Expression, answer Status) string {
	full := p.FullName
	if full == "" {
		return ""
	}
	said := "; the advisory says " + quote(full)
	if m := impacted.FindStringSubmatch(full); m != nil && !a.isOneOf(m[1]) {
		return "the product is said to have other weaknesses than this one" + said
	}
	if len(e.Ranges) == 1 && !e.Ranges[0].lower() && upwards.MatchString(full) {
		return "its fields and its text say opposite things about versions" + said
	}
	if m := excepting.FindStringSubmatch(full); m != nil && sharesAWord(m[1], model, p.Name) {
		return "part of the product line is left out" + said
	}
	if answer == Affected && only.MatchString(full) {
		return "the text sets a condition that must be read by a person" + said
	}
	return ""
}

// isOneOf reports whether a list of CVE numbers names the weakness. Some are
// written with a blank inside.
func (a *Advisory) isOneOf(list string) bool {
	for _, m := range namedCVE.FindAllStringSubmatch(list, -1) {
		if slices.Contains(a.names(), "CVE-"+m[1]+"-"+m[2]) {
			return true
		}
	}
	return false
}

// sharesAWord reports whether a model may be among what is left out: it shares
// a word with it that the name of the product line does not hold.
func sharesAWord(left, model, product string) bool {
	line := words(product)
	for _, w := range words(model) {
		if !isFiller(w) && slices.Contains(words(left), w) && (!slices.Contains(line, w) || strings.Contains(strings.ToLower(left), strings.ToLower(model))) {
			return true
		}
	}
	return false
}

// ofTitle is the product that the title of an advisory names, for those whose
// fields name none ("Version").
func ofTitle(title, vendor string) string {
	title, _, _ = strings.Cut(title, "(Update")
	skip := append(plainWords(vendor), "vulnerability", "vulnerabilities")
	var kept []string
	for w := range strings.FieldsSeq(title) {
		if !slices.Contains(skip, strings.ToLower(strings.Trim(w, ",.:;"))) {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}
