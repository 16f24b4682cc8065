package exchange

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"bedrail"
	"bedrail/format/hl7"
)

// A Condition is something that holds for a message or does not. It looks at a
// place in the content (at) or at what is known of the message (field).
type Condition struct {
	All []Condition `json:"all,omitempty"`
	Any []Condition `json:"any,omitempty"`
	Not *Condition  `json:"not,omitempty"`

	At    string `json:"at,omitempty"`    // MSH-9.2 in HL7 v2; a path such as subject.reference in JSON and FHIR
	Field string `json:"field,omitempty"` // type, event, profile, sender, receiver, format, live, severity, peer, trust, unit

	Is      *string  `json:"is,omitempty"`
	In      []string `json:"in,omitempty"`
	Matches string   `json:"matches,omitempty"` // a regular expression
	Exists  *bool    `json:"exists,omitempty"`

	pattern *regexp.Regexp
}

// A subject is a message that conditions and steps look at.
type subject struct {
	format Format
	body   []byte
	facts  *Facts
	stamp  Stamp
	peer   string
	worst  string

	hl7  *hl7.Message // parsed when first asked for
	json any
	bad  bool
}

// fieldNames are what a condition may ask beside the content.
func fieldNames() []string {
	return []string{"type", "event", "profile", "sender", "receiver", "format", "live", "severity", "peer", "trust", "unit", "version"}
}

func (s *subject) field(name string) string {
	switch name {
	case "type":
		return s.facts.Type
	case "event":
		return s.facts.Event
	case "profile":
		return s.facts.Profile
	case "sender":
		return s.facts.Sender
	case "receiver":
		return s.facts.Receiver
	case "format":
		return string(s.format)
	case "live":
		return string(s.facts.Live)
	case "severity":
		return s.worst
	case "peer":
		return s.peer
	case "trust":
		return string(s.stamp.Trust)
	case "unit":
		return s.facts.Assigned.Unit
	case "version":
		return s.facts.Version
	}
	return ""
}

func (c *Condition) check() error {
	if c == nil {
		return nil
	}
	kinds := 0
	for _, is := range []bool{len(c.All) > 0, len(c.Any) > 0, c.Not != nil, c.At != "", c.Field != ""} {
		if is {
			kinds++
		}
	}
	if kinds != 1 {
		return bedrail.Errorf(bedrail.Invalid, "a condition has exactly one of all, any, not, at and field")
	}
	for _, inner := range [][]Condition{c.All, c.Any} {
		for i := range inner {
			if err := inner[i].check(); err != nil {
				return err
			}
		}
	}
	if c.Not != nil {
		return c.Not.check()
	}
	if c.At == "" && c.Field == "" {
		return nil
	}
	if c.Field != "" && !slices.Contains(fieldNames(), c.Field) {
		return bedrail.Errorf(bedrail.Invalid, "there is no field %q; there are %s", c.Field, strings.Join(fieldNames(), ", "))
	}
	if c.Is == nil && len(c.In) == 0 && c.Matches == "" && c.Exists == nil {
		return bedrail.Errorf(bedrail.Invalid, "%s says nothing: give is, in, matches or exists", c.At+c.Field)
	}
	if c.Matches != "" {
		p, err := regexp.Compile(c.Matches)
		if err != nil {
			return bedrail.Errorf(bedrail.Invalid, "matches: %w", err)
		}
		c.pattern = p
	}
	return nil
}

// holds reports whether c holds for s. A nil Condition holds always. What asks
// for trust holds for what is live: posture never drops it.
func (c *Condition) holds(s *subject) bool {
	switch {
	case c == nil:
		return true
	case len(c.All) > 0:
		return !slices.ContainsFunc(c.All, func(i Condition) bool { return !i.holds(s) })
	case len(c.Any) > 0:
		return slices.ContainsFunc(c.Any, func(i Condition) bool { return i.holds(s) })
	case c.Not != nil:
		return c.Not.asksTrust() && s.facts.Live.Live() || !c.Not.holds(s)
	case c.Field == "trust" && s.facts.Live.Live():
		return true
	}
	var text string
	if c.Field != "" {
		text = s.field(c.Field)
	} else {
		text = s.at(c.At)
	}
	switch {
	case c.Exists != nil && *c.Exists != (text != ""):
		return false
	case c.Is != nil && text != *c.Is:
		return false
	case len(c.In) > 0 && !slices.Contains(c.In, text):
		return false
	case c.pattern != nil && !c.pattern.MatchString(text):
		return false
	}
	return true
}

func (c *Condition) asksTrust() bool {
	if c == nil {
		return false
	}
	some := func(i Condition) bool { return i.asksTrust() }
	return c.Field == "trust" || c.Not.asksTrust() || slices.ContainsFunc(c.All, some) || slices.ContainsFunc(c.Any, some)
}

// at returns the text at a place of the content, or nothing.
func (s *subject) at(path string) string {
	switch s.format {
	case HL7v2:
		if s.hl7 == nil && !s.bad {
			m, err := hl7.Parse(s.body)
			s.hl7, s.bad = m, err != nil
		}
		if s.hl7 == nil {
			return ""
		}
		text, err := s.hl7.Get(path)
		if err != nil {
			return ""
		}
		return text
	case FHIR, JSON:
		if s.json == nil && !s.bad {
			s.bad = json.Unmarshal(s.body, &s.json) != nil
		}
		return textAt(s.json, strings.Split(path, "."))
	}
	return ""
}
