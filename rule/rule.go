// Package rule reads who made a device, and what it is, out of the names that
// its maker gave it at the factory. The rules are data: each says which words
// it looks for, what they mean, where that is written down for anyone to
// check, and gives examples that are run as tests.
package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Fields are the kinds of text that a rule may read.
func Fields() []string {
	return []string{"hostname", "vendorClass", "banner", "service", "peer", "certificate", "aeTitle", "product", "prefixHolder"}
}

// A Rule reads one kind of text. Exactly one of Match, Exact and Contains is
// given.
type Rule struct {
	ID    string `yaml:"id" json:"id"`
	Field string `yaml:"field" json:"field"`
	// From narrows the rule to evidence whose source begins so, for example
	// "snmp" or "http".
	From     string   `yaml:"from,omitempty" json:"from,omitempty"`
	Match    string   `yaml:"match,omitempty" json:"match,omitempty"`       // a regular expression (RE2)
	Exact    []string `yaml:"exact,omitempty" json:"exact,omitempty"`       // the whole text, without regard to case
	Contains []string `yaml:"contains,omitempty" json:"contains,omitempty"` // words in it; only their letters and digits count
	// Gives is what the text means, by attribute; $1 is what the first group
	// of Match matched.
	Gives  map[string]string `yaml:"gives" json:"gives"`
	Weight float64           `yaml:"weight" json:"weight"` // how often it is right, from 0 to 1
	Yes    []string          `yaml:"yes" json:"yes"`       // texts that it must read
	No     []string          `yaml:"no,omitempty" json:"no,omitempty"`
	Cite   string            `yaml:"cite" json:"cite"` // where this is public
	// Verified names the public document in which somebody has looked the rule
	// up; empty says that nobody has, and that Cite is from memory.
	Verified string `yaml:"verified,omitempty" json:"verified,omitempty"`

	Pack  string `yaml:"-" json:"pack"` // name and version of the pack
	Local bool   `yaml:"-" json:"local"`

	compile sync.Once
	pattern *regexp.Regexp
	plain   []string // Contains
}

// gives are the attributes that a rule can give.
var gives = []string{"manufacturer", "model", "class", "operatingSystem", "softwareVersion", Cloud}

// Cloud is given by a rule that reads the name of a service on the internet:
// whose it is. A telephone with a maker's app, or the workstation of a clinic,
// asks for the same name as the device: it says nothing of who made what asks.
const Cloud = "cloud"

// check says what is wrong with a rule.
func (r *Rule) check() error {
	kinds := 0
	for _, given := range []bool{r.Match != "", len(r.Exact) > 0, len(r.Contains) > 0} {
		if given {
			kinds++
		}
	}
	switch {
	case r.ID == "":
		return fmt.Errorf("a rule has no id")
	case !slices.Contains(Fields(), r.Field):
		return fmt.Errorf("rule %s: there is no field %q; the fields are %s", r.ID, r.Field, strings.Join(Fields(), ", "))
	case kinds != 1:
		return fmt.Errorf("rule %s: give one of match, exact and contains", r.ID)
	case len(r.Gives) == 0:
		return fmt.Errorf("rule %s gives nothing", r.ID)
	case r.Weight <= 0 || r.Weight > 1:
		return fmt.Errorf("rule %s: the weight %v is not between 0 and 1", r.ID, r.Weight)
	case len(r.Yes) == 0:
		return fmt.Errorf("rule %s has no example under yes", r.ID)
	case r.Cite == "":
		return fmt.Errorf("rule %s does not cite where it is public", r.ID)
	}
	if r.Gives[Cloud] != "" && (r.Field != "peer" || len(r.Gives) > 1) {
		return fmt.Errorf("rule %s: a cloud is read in the field peer, and says nothing else of the device that asks for it", r.ID)
	}
	for attribute := range r.Gives {
		if !slices.Contains(gives, attribute) {
			return fmt.Errorf("rule %s: a rule cannot give %q; it gives %s", r.ID, attribute, strings.Join(gives, ", "))
		}
	}
	if r.Match == "" {
		return nil
	}
	if _, err := regexp.Compile(r.Match); err != nil {
		return fmt.Errorf("rule %s: %w (patterns are RE2: no look-around, no reference back)", r.ID, err)
	}
	return nil
}

// read returns what the rule reads out of text, or nil. Patterns are compiled
// when a text first holds their literal.
func (r *Rule) read(text, folded string) map[string]string {
	r.compile.Do(func() {
		if r.Match != "" {
			r.pattern = regexp.MustCompile(r.Match) // check tried it
		}
		for _, w := range r.Contains {
			r.plain = append(r.plain, letters(w))
		}
	})
	switch {
	case r.pattern != nil:
		m := r.pattern.FindStringSubmatch(text)
		if m == nil {
			return nil
		}
		return r.fill(m)
	case len(r.Exact) > 0:
		if slices.ContainsFunc(r.Exact, func(e string) bool { return strings.EqualFold(e, text) }) {
			return r.Gives
		}
	default:
		if slices.ContainsFunc(r.plain, func(w string) bool { return strings.Contains(folded, w) }) {
			return r.Gives
		}
	}
	return nil
}

// fill puts what the groups matched in the place of $1 to $9. What then is
// empty is not given.
func (r *Rule) fill(groups []string) map[string]string {
	out := make(map[string]string, len(r.Gives))
	for attribute, value := range r.Gives {
		for i := min(len(groups)-1, 9); i > 0; i-- {
			value = strings.ReplaceAll(value, "$"+string(rune('0'+i)), groups[i])
		}
		if value = strings.TrimSpace(value); value != "" {
			out[attribute] = value
		}
	}
	return out
}

// letters keeps the letters and digits of text, in lower case, and the plus
// that tells one model from another.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '+', r > 127:
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, text)
}

// Source is where the rule is from, and whether that was looked up.
func (r *Rule) Source() string {
	if r.Verified == "" {
		return r.Cite + " (unverified)"
	}
	return r.Verified
}
