package exchange

import (
	"encoding/json"
	"fmt"
	"strings"

	"bedrail"
	"bedrail/format/hl7"
)

// A Step changes one thing of a message on its way out. What came in is kept
// as it came.
type Step struct {
	When *Condition `json:"when,omitempty"`

	Set     string  `json:"set,omitempty"`     // where
	Value   *string `json:"value,omitempty"`   // this text
	From    string  `json:"from,omitempty"`    // or the text at that place
	Table   string  `json:"table,omitempty"`   // looked up in that code table
	Default *string `json:"default,omitempty"` // when the table does not know it; else it stays as it is

	Remove string `json:"remove,omitempty"` // where

	// Script is Starlark that defines transform(m); m.get(path),
	// m.set(path, text), m.remove(path), m.count(segment), m.field(name) and
	// table(name, key) are what it has.
	Script string `json:"script,omitempty"`

	program *script
}

// compileSteps checks steps and makes them ready.
func compileSteps(steps []Step, tables map[string]map[string]string) ([]Step, error) {
	ready := make([]Step, len(steps))
	for i, s := range steps {
		err := s.When.check()
		kinds := 0
		for _, is := range []bool{s.Set != "", s.Remove != "", s.Script != ""} {
			if is {
				kinds++
			}
		}
		switch {
		case err != nil:
		case kinds != 1:
			err = bedrail.Errorf(bedrail.Invalid, "a step has exactly one of set, remove and script")
		case s.Set != "" && (s.Value == nil) == (s.From == ""):
			err = bedrail.Errorf(bedrail.Invalid, "set %s needs either value or from", s.Set)
		case s.Table != "" && tables[s.Table] == nil:
			err = bedrail.Errorf(bedrail.Invalid, "there is no code table %q", s.Table)
		case s.Script != "":
			s.program, err = compileScript(s.Script, tables)
		}
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "step %d: %w", i+1, err)
		}
		ready[i] = s
	}
	return ready, nil
}

// transform runs steps over a message and returns what is to be sent, and
// whether it differs. An error is that of a step, for a person to mend; it
// never holds content.
func transform(s *subject, steps []Step, tables map[string]map[string]string) (body []byte, changed bool, err error) {
	if len(steps) == 0 {
		return s.body, false, nil
	}
	d, err := newDraft(s)
	if err != nil {
		return nil, false, err
	}
	for i, step := range steps {
		if !step.When.holds(d.subject()) {
			continue
		}
		if err := d.run(step, tables); err != nil {
			return nil, false, fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return d.bytes()
}

// A draft is a message that steps change.
type draft struct {
	was     *subject
	hl7     *hl7.Draft
	json    any
	touched bool
	now     *subject // as it is after the last change; nil is stale
}

func newDraft(s *subject) (*draft, error) {
	d := &draft{was: s, now: s}
	switch s.format {
	case HL7v2:
		s.at("MSH-1")
		if s.hl7 == nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "the message cannot be read, so it cannot be changed")
		}
		d.hl7 = s.hl7.Draft()
	case FHIR, JSON:
		if err := json.Unmarshal(s.body, &d.json); err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "the message is not JSON, so it cannot be changed")
		}
	default:
		return nil, bedrail.Errorf(bedrail.Invalid, "messages of format %s are passed on as they are; they have no steps", s.format)
	}
	return d, nil
}

// subject returns the message as it is after the steps so far.
func (d *draft) subject() *subject {
	if d.now == nil {
		now := *d.was
		now.hl7, now.json, now.bad = nil, d.json, false
		if d.hl7 != nil {
			now.body = d.hl7.Bytes()
		}
		d.now = &now
	}
	return d.now
}

func (d *draft) run(s Step, tables map[string]map[string]string) error {
	switch {
	case s.Script != "":
		return s.program.run(d)
	case s.Remove != "":
		return d.remove(s.Remove)
	}
	text := ""
	if s.Value != nil {
		text = *s.Value
	} else {
		text = d.subject().at(s.From)
	}
	if s.Table != "" {
		if to, ok := tables[s.Table][text]; ok {
			text = to
		} else if s.Default != nil {
			text = *s.Default
		}
	}
	return d.set(s.Set, text)
}

func (d *draft) set(path, text string) error {
	d.touched, d.now = true, nil
	if d.hl7 != nil {
		return d.hl7.Set(path, text)
	}
	d.json = setAt(d.json, strings.Split(path, "."), text)
	return nil
}

func (d *draft) remove(path string) error {
	d.touched, d.now = true, nil
	if d.hl7 != nil {
		return d.hl7.Set(path, "")
	}
	removeAt(d.json, strings.Split(path, "."))
	return nil
}

func (d *draft) bytes() ([]byte, bool, error) {
	if !d.touched {
		return d.was.body, false, nil
	}
	if d.hl7 != nil {
		return d.hl7.Bytes(), true, nil
	}
	text, err := json.Marshal(d.json)
	return text, true, err
}
