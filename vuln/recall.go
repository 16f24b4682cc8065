package vuln

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bedrail/format/recall"
)

// A Recall says that a device is, or may be, under a recall.
type Recall struct {
	Number string `json:"number"`
	Class  string `json:"class,omitempty"`
	Status Status `json:"status"` // affected or undecidable
	Reason string `json:"reason"`
	Why    string `json:"why,omitempty"` // reason for the recall, as its maker says
	Action string `json:"action,omitempty"`
}

// recallView prepares notices for look-up by maker.
type recallView struct {
	byHouse map[string][]int
	notices []recallNotice
}

type recallNotice struct {
	recall.Notice
	words   []string
	codes   []string // words of code information that hold a digit
	all     bool
	serials bool // the codes are serial numbers
	version Expression
	hasVer  bool
}

var (
	allUnits    = regexp.MustCompile(`(?i)\ball\s+(?:\w+\s+){0,2}(?:serial|lot|unit|device|product|version|code)`)
	softwareVer = regexp.MustCompile(`(?i)software\s+(?:versions?|revisions?|v)\s*:?\s*([^.;]*(?:\.\w[^.;]*)*)`)
)

func newRecallView(notices []recall.Notice) *recallView {
	v := &recallView{byHouse: map[string][]int{}}
	for _, n := range notices {
		if n.Over() {
			continue
		}
		r := recallNotice{Notice: n, words: words(n.Product + " " + strings.Join(n.Names, " ")), all: allUnits.MatchString(n.Codes)}
		r.serials = strings.Contains(strings.ToLower(n.Codes), "serial")
		for _, w := range strings.FieldsFunc(strings.ToLower(n.Codes), func(c rune) bool { return strings.ContainsRune(" ,;:()\t\n", c) }) {
			if strings.ContainsAny(w, "0123456789") {
				r.codes = append(r.codes, strings.Trim(w, "."))
			}
		}
		if m := softwareVer.FindStringSubmatch(n.Codes); m != nil {
			r.version, r.hasVer = ParseExpression(strings.TrimRight(m[1], " .")), true
		}
		for _, h := range Houses(n.Firm) {
			v.byHouse[h] = append(v.byHouse[h], len(v.notices))
		}
		v.notices = append(v.notices, r)
	}
	return v
}

// Recalled returns the recalls that a device is or may be under. Whatever of
// its identity is not known makes the answer undecidable, never clean.
func (x *Index) Recalled(manufacturer, model, version, serial, udi string) []Recall {
	var out []Recall
	for _, h := range Houses(manufacturer) {
		for _, i := range x.recalls.byHouse[h] {
			n := &x.recalls.notices[i]
			if slices.ContainsFunc(out, func(r Recall) bool { return r.Number == n.Number }) {
				continue
			}
			if r, ok := n.judge(model, version, serial, udi); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

func (n *recallNotice) judge(model, version, serial, udi string) (Recall, bool) {
	r := Recall{Number: n.Number, Class: n.Class, Why: clip(n.Reason, 300), Action: clip(n.Action, 300)}
	if udi != "" && (slices.Contains(n.UDIs, udi) || slices.Contains(n.codes, strings.ToLower(udi))) {
		r.Status, r.Reason = Affected, "the recall names this device identifier"
		return r, true
	}
	near := nearRecall(telling(words(model)), n.words)
	if !near.same && !near.vague {
		return r, false
	}
	r.Status, r.Reason = n.judgeCodes(version, serial)
	if near.vague && r.Status == Affected {
		r.Status, r.Reason = Undecidable, "the recall may mean this model; "+r.Reason
	}
	return r, r.Status != NotAffected
}

// nearRecall compares a model with the prose of a recall.
func nearRecall(model, text []string) nearness {
	if len(model) == 0 {
		return nearness{}
	}
	code := false
	for _, w := range model {
		if !slices.Contains(text, w) {
			return nearness{}
		}
		code = code || isCode(w)
	}
	return nearness{same: code || len(model) >= 2, vague: !code && len(model) == 1, confidence: 0.8}
}

func (n *recallNotice) judgeCodes(version, serial string) (Status, string) {
	switch {
	case n.hasVer:
		status, reason := n.version.Judge("", version)
		if status != NotAffected || !n.serials {
			return status, reason
		}
	case n.all:
		return Affected, "the recall covers every unit of the model"
	}
	switch {
	case len(n.codes) == 0:
		return Undecidable, "the recall names the model; its lots or serial numbers are not given"
	case serial == "":
		return Undecidable, "the recall names the model; the device's serial number is not known"
	case n.lists(strings.ToLower(serial)):
		return Affected, fmt.Sprintf("serial number %s is listed", serial)
	case n.serials:
		return NotAffected, ""
	}
	return Undecidable, "the recall names the model by lots, which the record does not hold"
}

// lists reports whether serial is among the codes or within a span of them.
func (n *recallNotice) lists(serial string) bool {
	for i, c := range n.codes {
		if c == serial {
			return true
		}
		from, to, ok := strings.Cut(c, "-")
		if ok && between(serial, from, to) {
			return true
		}
		if i > 0 && between(serial, n.codes[i-1], c) && strings.Contains(strings.ToLower(n.Codes), n.codes[i-1]+" to "+c) {
			return true
		}
	}
	return false
}

// between compares serial numbers of one shape: equal length and, up to the
// trailing digits, equal text.
func between(serial, from, to string) bool {
	if len(serial) != len(from) || len(from) != len(to) || len(serial) == 0 {
		return false
	}
	stem := strings.TrimRight(from, "0123456789")
	return strings.HasPrefix(serial, stem) && strings.HasPrefix(to, stem) && from <= serial && serial <= to
}
