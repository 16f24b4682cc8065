package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/mirth"
)

// A Moved is a channel of another engine as a definition, with what of it
// could not be carried over. It is put in force paused: a person looks at
// what is left, mends it, and resumes the channel.
type Moved struct {
	From       string     `json:"from" doc:"Name there"`
	Name       string     `json:"name" doc:"Name here"`
	Definition Definition `json:"definition"`
	Left       []Left     `json:"left" doc:"What did not convert, or converts with a difference"`
	Usable     bool       `json:"usable" doc:"Whether the definition can be put in force as it is"`
	Made       bool       `json:"made" doc:"Whether the channel was made, paused"`
	Problem    string     `json:"problem,omitempty" doc:"Why it was not, or could not be, made"`
}

// A Left is one thing that a move leaves to a person.
type Left struct {
	Severity string `json:"severity" enum:"missing,changed,note" doc:"missing: not carried over; changed: works differently; note: worth knowing"`
	Place    string `json:"place"`
	Text     string `json:"text"`
}

// Move reads an export of Mirth Connect or the Open Integration Engine and
// makes what is usable of it into paused channels, unless dry.
func (x *Exchange) Move(ctx context.Context, by bedrail.Actor, export io.Reader, dry bool) ([]Moved, error) {
	if err := x.Auth.Authorize(ctx, by, WriteChannels, bedrail.Resource{Type: "channel"}); err != nil {
		return nil, err
	}
	channels, err := mirth.Read(export)
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "%w", err)
	}
	all := FromMirth(channels, x.Kinds)
	for i := range all {
		m := &all[i]
		switch {
		case dry || !m.Usable:
		case x.line(m.Definition.Name) != nil:
			m.Problem = fmt.Sprintf("there is a channel %s already; delete or rename it first", m.Definition.Name)
		default:
			if _, err := x.put(ctx, by, Channel{Definition: m.Definition, State: Paused, Origin: FromPerson}, "moved from another engine"); err != nil {
				if bedrail.KindOf(err) == bedrail.Internal || ctx.Err() != nil {
					return nil, err
				}
				m.Problem = err.Error()
			}
			m.Made = m.Problem == ""
		}
	}
	return all, nil
}

// FromMirth converts channels. Names are made fit and distinct.
func FromMirth(channels []mirth.Channel, kinds Kinds) []Moved {
	out := make([]Moved, 0, len(channels))
	taken := map[string]bool{}
	for _, c := range channels {
		m := moving{Moved: Moved{From: c.Name, Left: []Left{}}, taken: map[string]bool{}}
		m.Name = distinct(c.Name, taken)
		m.Definition = Definition{Name: m.Name, Description: strings.TrimSpace(c.Description)}
		if c.KeepDays > 0 {
			m.Definition.Keep = Duration(time.Duration(c.KeepDays) * 24 * time.Hour)
		}
		m.channel(c)
		if err := m.Definition.Check(kinds); err != nil {
			m.Problem = err.Error()
		} else {
			m.Usable = true
		}
		out = append(out, m.Moved)
	}
	return out
}

// A moving is one channel on its way.
type moving struct {
	Moved
	taken     map[string]bool        // names of destinations
	variables map[string]mirth.Value // that mappers have filled so far
	written   map[string]bool        // places that steps have written so far
}

func (m *moving) leave(severity, place, format string, args ...any) {
	m.Left = append(m.Left, Left{Severity: severity, Place: place, Text: fmt.Sprintf(format, args...)})
}

func (m *moving) channel(c mirth.Channel) {
	if !c.Enabled {
		m.leave("note", "channel", "it was switched off")
	}
	for _, role := range []string{"preprocessing", "postprocessing", "deploy", "undeploy"} {
		if _, ok := c.Scripts[role]; ok {
			m.leave("missing", role+" script", "scripts of a whole channel have no counterpart; say what it does as a step, a filter or a destination")
		}
	}
	m.variables, m.written = map[string]mirth.Value{}, map[string]bool{}
	m.source(c.Source)
	m.Definition.Filter = m.filter("source filter", c.Source)
	m.Definition.Transform = m.steps("source transformer", c.Source)
	variables, written := m.variables, m.written
	for _, d := range c.Destinations {
		m.variables, m.written = copyOf(variables), copyOf(written)
		m.destination(d)
	}
}

func copyOf[K comparable, V any](from map[K]V) map[K]V {
	to := make(map[K]V, len(from))
	for k, v := range from {
		to[k] = v
	}
	return to
}

func endpoint(kind string, settings map[string]any) Endpoint {
	for k, v := range settings {
		if v == false || v == "" {
			delete(settings, k)
		}
	}
	text, _ := json.Marshal(settings) // texts and truth values
	return Endpoint{Kind: kind, Settings: text}
}

// formatOf names the format of a data type.
func formatOf(kind string) string {
	formats := map[string]Format{"HL7V2": HL7v2, "JSON": JSON, "FHIR": FHIR, "DICOM": DICOM}
	return string(formats[kind])
}

var unfit = regexp.MustCompile(`[^a-z0-9._]+`)

// distinct makes a name fit to be one of a channel or destination.
func distinct(name string, taken map[string]bool) string {
	name = strings.Trim(unfit.ReplaceAllString(strings.ToLower(name), "-"), "-._")
	name = orElse(strings.TrimRight(name[:min(len(name), 56)], "-._"), "moved")
	one := name
	for n := 2; taken[one]; n++ {
		one = fmt.Sprintf("%s-%d", name, n)
	}
	taken[one] = true
	return one
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func cut(s string) string {
	if s = strings.Join(strings.Fields(s), " "); len(s) > 80 {
		return strings.ToValidUTF8(s[:77], "") + "..."
	}
	return s
}

// missing reports whether something was lost since the first n.
func (m *moving) missing(n int) bool {
	return slices.ContainsFunc(m.Left[n:], func(l Left) bool { return l.Severity == "missing" })
}
