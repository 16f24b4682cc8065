package vuln

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// An Expression is what an advisory's text about versions means. Exactly one
// reading holds: All, Ranges, Exact, Models, or a Reason why there is none.
type Expression struct {
	Text   string
	All    bool
	Ranges []Bounds // any may hold
	Exact  []string // any may hold; may end in wildcards; versions, or part numbers
	Models []string // names of models or parts, not versions
	Both   bool     // a version of Exact and a model of Models must hold together
	Reason string   // why a person must read it
}

var (
	months       = regexp.MustCompile(`(?i)\b(january|february|march|april|may|june|july|august|september|october|november|december)\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b|\b(distributed|shipped|manufactured)\b`)
	note         = regexp.MustCompile(`(?i)\s*\((?:end[- ]of[- ]life|integrated into|eol)[^()]*\)\s*$`)
	orEarlier    = regexp.MustCompile(`(?i)^(.*\S)\s*(?:,|and|or)\s+(?:all\s+)?(?:below|earlier|prior|lower|older|previous)(?:\s+versions?)?$`)
	orLater      = regexp.MustCompile(`(?i)^(.*\S)\s*(?:,|and|or)\s+(?:all\s+)?(?:above|later|newer|higher|greater)(?:\s+versions?)?$`)
	inner        = regexp.MustCompile(`^\S.*\s*[<>]=?`)
	operator     = regexp.MustCompile(`^(<=|>=|<|>|=|≤|≥)\s*`)
	versionWord  = regexp.MustCompile(`^(?i:v|version|ver\.?|rev\.?|revision|release|build|mr|sr\d*|sp\d*|service|pack|patch|hotfix|update|lpi|hd|s\d+)$`)
	runTogether  = regexp.MustCompile(`^[A-Z]\.\d+\.[A-Z](\.\d+)?$`)
	alternatives = regexp.MustCompile(` / | and `)
	compound     = regexp.MustCompile(`(?i)^(v?\d[\w.]*) model (\w*\d\w*)$`)
	modelCode    = regexp.MustCompile(`^(?i)[a-z]{2,5}-\d{3,5}[a-z]?(\([a-z]\))?$`)
	prose        = regexp.MustCompile(`(?i)operating system|\bwindows\b|\boption\b|\brunning\b|\bsuch as\b|\bbetween\b|\bonly\b|\bor newer\b|\bwith\b|#|number`)
)

// ParseExpression reads a text about versions as advisories write them. What
// it cannot read with certainty becomes an Expression with a Reason.
func ParseExpression(text string) Expression {
	e := Expression{Text: text}
	s := strings.Join(strings.Fields(text), " ")
	if rest, ok := strings.CutPrefix(s, "vers:"); ok {
		_, s, _ = strings.Cut(rest, "/")
	}
	switch strings.ToLower(s) {
	case "", "*", "all", "all versions", "any", "all version":
		e.All = true
		return e
	}
	if len(s) > 1000 {
		return e.undecided("the text is too long to be read as versions")
	}
	if months.MatchString(s) {
		return e.undecided("the text limits the date of shipping, not the version")
	}
	s = note.ReplaceAllString(s, "")
	if s == "*" {
		e.All = true
		return e
	}
	if m := compound.FindStringSubmatch(s); m != nil {
		e.Exact, e.Models, e.Both = []string{m[1]}, []string{m[2]}, true
		return e
	}
	if prose.MatchString(s) || strings.ContainsAny(s, "(),;*#") && !modelsOnly(s) {
		return e.undecided("the text sets a condition that must be read by a person")
	}
	return e.parts(s)
}

func (e Expression) undecided(reason string) Expression {
	return Expression{Text: e.Text, Reason: reason}
}

// parts reads the alternatives between bars.
func (e Expression) parts(s string) Expression {
	var bounds []Bounds
	var plain []string
	for part := range strings.SplitSeq(s, "|") {
		part = strings.TrimSpace(part)
		if m := orEarlier.FindStringSubmatch(part); m != nil {
			part = "<= " + m[1]
		} else if m := orLater.FindStringSubmatch(part); m != nil {
			part = ">= " + m[1]
		}
		op := operator.FindString(part)
		rest := strings.TrimSpace(part[len(op):])
		if rest == "" || inner.MatchString(rest) {
			return e.undecided("the text mixes a version and a bound in a way that has two readings")
		}
		if op = strings.TrimSpace(op); op == "" || op == "=" {
			plain = append(plain, rest)
			continue
		}
		if !isVersion(rest) {
			return e.undecided(fmt.Sprintf("%q is not a version that can be compared", rest))
		}
		bounds = append(bounds, bound(op, rest))
	}
	switch {
	case len(bounds) == 0:
		return e.list(plain)
	case len(plain) > 0:
		return e.undecided("the text mixes single versions and a bound in a way that has two readings")
	case len(bounds) == 1:
		e.Ranges = bounds
		return e
	case len(bounds) == 2 && bounds[0].lower() && bounds[1].upper():
		e.Ranges = []Bounds{{From: bounds[0].From, Above: bounds[0].Above, To: bounds[1].To, Below: bounds[1].Below}}
		return e
	}
	return e.undecided("the text gives several bounds in a way that has two readings")
}

func (b Bounds) lower() bool { return b.From+b.Above != "" }
func (b Bounds) upper() bool { return b.To+b.Below != "" }

func bound(op, version string) Bounds {
	switch op {
	case "<=", "≤":
		return Bounds{To: version}
	case ">=", "≥":
		return Bounds{From: version}
	case ">":
		return Bounds{Above: version}
	}
	stem, _ := wildcard(version) // before 3.x is before 3
	return Bounds{Below: stem}
}

// list reads alternatives without bounds: versions, or names of models.
func (e Expression) list(plain []string) Expression {
	for _, p := range plain {
		switch {
		case runTogether.MatchString(p):
			return e.undecided(fmt.Sprintf("%q may be one version or two that were run together", p))
		case isVersion(p):
			e.Exact = append(e.Exact, p)
		case modelsOnly(p):
			for _, m := range alternatives.Split(p, -1) {
				e.Models = append(e.Models, strings.TrimSpace(m))
			}
		default:
			return e.undecided("the text names neither a version nor a model that can be compared")
		}
	}
	if len(e.Exact) > 0 && len(e.Models) > 0 {
		e.Models, e.Exact = append(e.Models, e.Exact...), nil
	}
	return e
}

// isVersion reports whether each word of s can stand in a version and one of
// them holds the value: a digit, or a single letter other than N, which
// advisories also use for "some number".
func isVersion(s string) bool {
	value := false
	for word := range strings.FieldsSeq(s) {
		switch {
		case modelCode.MatchString(word):
			return false
		case versionWord.MatchString(word):
			value = value || strings.ContainsAny(word, "0123456789")
		case strings.ContainsAny(word, "0123456789"):
			value = true
			if !versionShape(word) {
				return false
			}
		case len(word) == 1 && word != "N" && word != "n" && isLetter(word[0]):
			value = true
		default:
			return false
		}
	}
	return value
}

// versionShape reports whether word is digits, letters and separators with no
// run of letters longer than a version has.
func versionShape(word string) bool {
	run := 0
	for _, c := range []byte(strings.ToLower(word)) {
		switch {
		case c >= 'a' && c <= 'z':
			run++
		case isDigit(c), c == '.', c == '-', c == '_', c == '+':
			run = 0
		default:
			return false
		}
		if run > 5 {
			return false
		}
	}
	return true
}

// modelsOnly reports whether s names models: words and codes, at least one of
// which holds a digit or is written as a name, and no sentence.
func modelsOnly(s string) bool {
	words := strings.Fields(s)
	if strings.HasPrefix(strings.ToLower(s), "rev ") || slices.ContainsFunc(words, func(w string) bool { _, wild := wildcard(w); return wild }) {
		return false
	}
	if len(words) > 8 || strings.ContainsAny(s, "<>;:*#,") || prose.MatchString(s) {
		return false
	}
	for _, w := range words {
		if modelCode.MatchString(w) {
			return true
		}
	}
	if strings.ContainsAny(s, "()") {
		return false
	}
	return len(words) > 1 && strings.ContainsAny(s, "0123456789") || strings.IndexFunc(s, isUpper) >= 0 && len(words) > 1
}

func isUpper(r rune) bool { return r >= 'A' && r <= 'Z' }

// Decided reports whether the text could be read.
func (e Expression) Decided() bool { return e.Reason == "" }

// String says what the expression was read as, for a person to check.
func (e Expression) String() string {
	switch {
	case e.All:
		return "all versions"
	case e.Reason != "":
		return "undecidable: " + e.Reason
	case len(e.Ranges) > 0:
		return e.Ranges[0].String()
	case e.Both:
		return "model " + e.Models[0] + " at " + e.Exact[0]
	case slices.ContainsFunc(e.Exact, partNumber):
		return "one of, as versions or as numbers of models: " + strings.Join(e.Exact, ", ")
	case len(e.Exact) > 0:
		return "one of: " + strings.Join(e.Exact, ", ")
	}
	return "models: " + strings.Join(e.Models, ", ")
}

// Judge says whether a device of model at version falls under e. An unknown
// version is undecidable, never clean.
func (e Expression) Judge(model, version string) (Status, string) {
	text := "the advisory says " + quote(e.Text)
	switch {
	case e.All:
		return Affected, "every version is affected"
	case e.Reason != "":
		return Undecidable, e.Reason + ": " + quote(e.Text)
	case e.Both && !e.namesModel(model):
		return Undecidable, fmt.Sprintf("the advisory names %s; the record does not say which part this is", quote(e.Text))
	case len(e.Models) > 0 && !e.Both:
		return e.judgeModels(model)
	case unknownVersion(version):
		if e.namesModel(model) && !e.Both {
			return Affected, "the model is named: " + quote(e.Text)
		}
		return Undecidable, "the version is not known; " + text
	case len(e.Ranges) > 0:
		return e.judgeRanges(version)
	}
	return e.judgeExact(model, version)
}

func (e Expression) judgeRanges(version string) (Status, string) {
	for _, b := range e.Ranges {
		inside, known, against := b.within(version)
		if !known {
			return Undecidable, fmt.Sprintf("version %s cannot be compared with %s", version, against)
		}
		if !inside && finer(version, b.To) {
			return Undecidable, fmt.Sprintf("version %s is finer than the last that the advisory names: %s", version, quote(e.Text))
		}
		if !inside && (finer(b.From, version) || finer(b.Above, version)) {
			return Undecidable, fmt.Sprintf("version %s is coarser than the first that the advisory names: %s", version, quote(e.Text))
		}
		if inside {
			return Affected, fmt.Sprintf("version %s is in %s", version, quote(e.Text))
		}
	}
	return NotAffected, fmt.Sprintf("version %s is not in %s", version, quote(e.Text))
}

func (e Expression) judgeExact(model, version string) (Status, string) {
	if e.namesModel(model) && !e.Both {
		return Affected, "the model is named: " + quote(e.Text)
	}
	comparable := true
	for _, x := range e.Exact {
		order, known := compareBound(version, x)
		if known && order == 0 {
			return Affected, fmt.Sprintf("version %s is one of %s", version, quote(e.Text))
		}
		if sameDecimal(version, x) {
			return Undecidable, fmt.Sprintf("version %s may be another way to write what the advisory names: %s", version, quote(e.Text))
		}
		if finer(version, x) {
			return Undecidable, fmt.Sprintf("version %s is finer than what the advisory names: %s", version, quote(e.Text))
		}
		if finer(x, version) {
			return Undecidable, fmt.Sprintf("version %s is coarser than what the advisory names: %s", version, quote(e.Text))
		}
		comparable = comparable && known && partNumber(x) == partNumber(version)
	}
	if !comparable {
		return Undecidable, fmt.Sprintf("version %s cannot be compared with %s", version, quote(e.Text))
	}
	return NotAffected, fmt.Sprintf("version %s is not one of %s", version, quote(e.Text))
}

// finer reports whether version is a step within named: 8.1 of 8. Whether an
// advisory that says 8 means it, only a person can tell.
func finer(version, named string) bool {
	stem, wild := wildcard(named)
	v, n := pieces(version), pieces(stem)
	if wild || len(n) == 0 || len(v) <= len(n) {
		return false
	}
	return slices.EqualFunc(v[:len(n)], n, func(a, b piece) bool { return a.text == b.text && a.number == b.number })
}

// sameDecimal reports whether two versions are one number read as a decimal
// and are not as parts: 3.4 and 3.40.
func sameDecimal(a, b string) bool {
	trim := func(s string) string {
		if strings.Count(s, ".") != 1 {
			return ""
		}
		return strings.TrimRight(strings.TrimLeft(s, "vV"), "0")
	}
	return a != b && trim(a) != "" && trim(a) == trim(b) && !strings.HasSuffix(trim(a), ".")
}

// partNumber reports whether s looks like the number of a part or model, and
// not like a version: its first word is three characters or more that begin
// with two digits or end in them, without a separator. Whether 3002 is a bed
// or its software only a person can tell.
func partNumber(s string) bool {
	first, _, _ := strings.Cut(s, " ")
	digits := 0
	for _, c := range []byte(first) {
		if isDigit(c) {
			digits++
		}
	}
	return len(first) >= 3 && digits >= 2 && !strings.ContainsAny(first, ".-_+")
}

func (e Expression) judgeModels(model string) (Status, string) {
	if e.namesModel(model) {
		return Affected, "the model is named: " + quote(e.Text)
	}
	return Undecidable, fmt.Sprintf("the advisory names %s; the record does not say which part this is", quote(e.Text))
}

// namesModel reports whether the model's name holds one of the names or
// numbers that e lists. Short numbers prove nothing and are left aside.
func (e Expression) namesModel(model string) bool {
	have := words(model)
	for _, m := range slices.Concat(e.Models, e.Exact) {
		named := words(m)
		for _, w := range named {
			if (len(w) >= 4 && strings.ContainsAny(w, "0123456789") || isCode(w) && partNumber(m)) && slices.Contains(have, w) {
				return true
			}
		}
		if len(named) > 1 && holds(have, named) {
			return true
		}
	}
	return false
}

func unknownVersion(v string) bool {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "", "unknown", "n/a", "na", "none", "-", "?", "*", "tbd", "not available", "various", "see notes":
		return true
	}
	return false
}

func quote(s string) string { return "“" + clip(s, 200) + "”" }
