// Package mirth reads channels as Mirth Connect and the Open Integration
// Engine export them: one channel, a list, a group, or a whole server
// configuration in XML. It gives what a channel says; what of it another
// engine can do is for that engine to judge.
//
// There is no published schema. The words are those of exports of the
// versions 3.0 to 4.6.
package mirth

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits of what is read.
const (
	maxBytes    = 64 << 20
	maxDepth    = 128
	maxElements = 2_000_000
)

// A Channel is one channel as it was exported.
type Channel struct {
	ID           string
	Name         string
	Description  string
	Enabled      bool
	Source       Connector
	Destinations []Connector
	// Scripts are the channel's own scripts that do something, by their role:
	// preprocessing, postprocessing, deploy, undeploy, attachment.
	Scripts  map[string]string
	KeepDays int // after which content is pruned; 0 is never
}

// A Connector is the source or a destination.
type Connector struct {
	Name       string
	Class      string // the last word of its Java class without Properties, such as TcpReceiver
	Enabled    bool
	Properties *Element
	Inbound    string // data type, such as HL7V2
	Outbound   string
	Template   bool // it builds its message from a template of its own
	Rules      []Rule
	Steps      []Step
	Responses  []Step // of the response transformer
}

// A Rule is one line of a filter.
type Rule struct {
	Kind      string // RuleBuilderRule, JavaScriptRule, ...
	Name      string
	Or        bool // joined to the rule before it by OR, else by AND
	Field     string
	Condition string // EXISTS, NOT_EXIST, EQUALS, NOT_EQUAL, CONTAINS, NOT_CONTAIN
	Values    []string
	Script    string
}

// A Step is one line of a transformer.
type Step struct {
	Kind         string // MapperStep, MessageBuilderStep, JavaScriptStep, ...
	Name         string
	Variable     string // that a mapper fills
	Target       string // that a message builder writes
	Mapping      string
	Default      string
	Replacements bool // it replaces by regular expressions
	Script       string
}

// Read returns the channels of an export. What cannot be read at all is an error
// that names the line.
func Read(r io.Reader) ([]Channel, error) {
	root, err := readTree(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, err
	}
	var all []Channel
	root.each(func(e *Element) bool {
		if e.Name != "channel" || e.child("sourceConnector") == nil {
			return true
		}
		all = append(all, channelOf(e))
		return false
	})
	if len(all) == 0 {
		return nil, fmt.Errorf("it holds no channel: export channels, a group or the server configuration as XML")
	}
	return all, nil
}

func channelOf(e *Element) Channel {
	c := Channel{ID: e.Text("id"), Name: e.Text("name"), Description: e.Text("description"), Enabled: e.Text("enabled") != "false", Scripts: map[string]string{}}
	c.Source = connectorOf(e.child("sourceConnector"))
	if all := e.child("destinationConnectors"); all != nil {
		for _, d := range all.Children {
			if d.Name == "connector" {
				c.Destinations = append(c.Destinations, connectorOf(d))
			}
		}
	}
	for _, role := range []string{"preprocessing", "postprocessing", "deploy", "undeploy"} {
		if text := e.Text(role + "Script"); does(text) {
			c.Scripts[role] = text
		}
	}
	if p := e.child("exportData"); p != nil { // since 3.5 what a server knows of a channel stands here
		if m := p.child("metadata"); m != nil {
			c.Enabled = m.Text("enabled") != "false"
			c.KeepDays = days(m.child("pruningSettings"))
		}
	}
	return c
}

func days(e *Element) int {
	var n int
	if e != nil {
		fmt.Sscanf(e.Text("pruneContentDays"), "%d", &n)
	}
	return n
}

func connectorOf(e *Element) Connector {
	c := Connector{Name: e.Text("name"), Enabled: e.Text("enabled") != "false", Properties: e.child("properties")}
	if c.Properties == nil {
		c.Properties = &Element{}
	}
	c.Class = strings.TrimSuffix(lastWord(c.Properties.Class), "Properties")
	if t := e.child("transformer"); t != nil {
		c.Inbound, c.Outbound = t.Text("inboundDataType"), t.Text("outboundDataType")
		c.Template = t.Text("outboundTemplate") != ""
		c.Steps = stepsOf(t)
	}
	if f := e.child("filter"); f != nil {
		c.Rules = rulesOf(f)
	}
	if t := e.child("responseTransformer"); t != nil {
		c.Responses = stepsOf(t)
	}
	return c
}

// parts are the lines of a filter or transformer that are switched on. They
// stand in elements, named by their class, or before 3.5 in rules or steps.
func parts(e *Element) []*Element {
	var on []*Element
	for _, holder := range []string{"elements", "rules", "steps"} {
		h := e.child(holder)
		if h == nil {
			continue
		}
		for _, p := range h.Children {
			if p.Text("enabled") != "false" {
				on = append(on, p)
			}
		}
	}
	return on
}

func rulesOf(e *Element) []Rule {
	var all []Rule
	for _, p := range parts(e) {
		r := Rule{Kind: kindOf(p), Name: p.Text("name"), Or: p.Text("operator") == "OR", Field: p.Text("field"), Condition: p.Text("condition"), Script: p.Text("script")}
		if v := p.child("values"); v != nil {
			for _, one := range v.Children {
				r.Values = append(r.Values, one.text)
			}
		}
		all = append(all, r)
	}
	return all
}

func stepsOf(e *Element) []Step {
	var all []Step
	for _, p := range parts(e) {
		s := Step{Kind: kindOf(p), Name: p.Text("name"), Variable: p.Text("variable"), Target: p.Text("messageSegment"), Mapping: p.Text("mapping"), Default: p.Text("defaultValue"), Script: p.Text("script")}
		if r := p.child("replacements"); r != nil {
			s.Replacements = len(r.Children) > 0
		}
		all = append(all, s)
	}
	return all
}

func kindOf(e *Element) string {
	if strings.Contains(e.Name, ".") {
		return lastWord(e.Name)
	}
	if kind := e.Text("type"); kind != "" { // before 3.5: <step><type>Mapper</type>
		return strings.ReplaceAll(kind, " ", "") + map[bool]string{true: "Rule", false: "Step"}[e.Name == "rule"]
	}
	return e.Name
}

func lastWord(class string) string { return class[strings.LastIndex(class, ".")+1:] }

// does reports whether a script does more than what a new channel holds:
// comments, and a return of what it was given.
func does(script string) bool {
	for line := range strings.Lines(script) {
		switch line = strings.TrimSpace(line); {
		case line == "", strings.HasPrefix(line, "//"), line == "return;", line == "return message;":
		default:
			return true
		}
	}
	return false
}

// An Element is one element of the export.
type Element struct {
	Name     string
	Class    string
	Children []*Element
	text     string
}

// Text returns the text at a path of names below e, such as
// listenerConnectorProperties/port, or nothing.
func (e *Element) Text(path string) string {
	for name := range strings.SplitSeq(path, "/") {
		if e = e.child(name); e == nil {
			return ""
		}
	}
	return strings.TrimSpace(e.text)
}

// ClassOf returns the last word of the Java class of the element named name.
func (e *Element) ClassOf(name string) string {
	if c := e.child(name); c != nil {
		return lastWord(c.Class)
	}
	return ""
}

func (e *Element) child(name string) *Element {
	for _, c := range e.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// each calls f for e and what is below it, as long as f says to go deeper.
func (e *Element) each(f func(*Element) bool) {
	if !f(e) {
		return
	}
	for _, c := range e.Children {
		c.each(f)
	}
}

func readTree(r io.Reader) (*Element, error) {
	d := xml.NewDecoder(r)
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // exports are UTF-8 whatever they say
	root := &Element{}
	way := []*Element{root}
	for n := 0; ; {
		t, err := d.Token()
		line, _ := d.InputPos()
		switch {
		case errors.Is(err, io.EOF) && len(way) == 1:
			return root, nil
		case err != nil:
			return nil, fmt.Errorf("line %d: it is not the XML of an export: %w", line, err)
		case d.InputOffset() > maxBytes:
			return nil, fmt.Errorf("it is larger than %d MiB; export fewer channels at a time", maxBytes>>20)
		}
		top := way[len(way)-1]
		switch t := t.(type) {
		case xml.StartElement:
			if n++; n > maxElements || len(way) > maxDepth {
				return nil, fmt.Errorf("line %d: more than %d elements, or %d of them in each other; export fewer channels at a time", line, maxElements, maxDepth)
			}
			e := &Element{Name: t.Name.Local}
			for _, a := range t.Attr {
				if a.Name.Local == "class" {
					e.Class = a.Value
				}
			}
			top.Children = append(top.Children, e)
			way = append(way, e)
		case xml.EndElement:
			way = way[:len(way)-1]
		case xml.CharData:
			top.text += string(t)
		case xml.Directive:
			return nil, fmt.Errorf("line %d: an export declares no document type; this file may be hostile", line)
		}
	}
}
