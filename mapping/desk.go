package mapping

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/fhir"
	"bedrail/format/hl7"
)

// What an actor may do with mappings.
const (
	ReadMappings  bedrail.Action = "mapping:read"
	WriteMappings bedrail.Action = "mapping:write"
)

// A Version is a mapping as somebody saved it. It is never changed: a new
// text is a new version.
type Version struct {
	Name    string    `json:"name"`
	Number  int       `json:"number"`
	Text    string    `json:"text"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Note    string    `json:"note,omitempty"`
	InForce bool      `json:"inForce"`
}

// A Store keeps the versions of mappings. Each method is one transaction.
type Store interface {
	// SaveMapping keeps v, takes it into force in place of the one that was, and
	// appends entry, or does none of it. The number of v is the next one.
	SaveMapping(ctx context.Context, in bedrail.Scope, v Version, entry audit.Entry) (Version, error)
	// RetireMapping takes the mapping called name out of force: Bedrail's own
	// counts again.
	RetireMapping(ctx context.Context, in bedrail.Scope, name string, entry audit.Entry) error
	// MappingVersions calls fn for every version, by name and number.
	MappingVersions(ctx context.Context, in bedrail.Scope, fn func(Version) error) error
}

// A Desk is where the mappings of the house are kept and tried. It is safe
// for concurrent use.
type Desk struct {
	Store  Store
	Auth   bedrail.Authorizer
	Clock  bedrail.Clock
	Tenant bedrail.Scope

	mu  sync.Mutex // guards lib
	lib *Library
}

// Library returns the mappings in force, the house's own first. It is what
// channels map with.
func (d *Desk) Library(ctx context.Context) (*Library, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lib != nil {
		return d.lib, nil
	}
	lib, err := d.build(ctx, nil)
	if err == nil {
		d.lib = lib
	}
	return lib, err
}

// build makes a library of what is in force, with draft in the place of the
// mapping of its name.
func (d *Desk) build(ctx context.Context, draft *Mapping) (*Library, error) {
	own, err := Own()
	if err != nil {
		return nil, err
	}
	var house []*Mapping
	if draft != nil {
		house = append(house, draft)
	}
	err = d.Store.MappingVersions(ctx, d.Tenant, func(v Version) error {
		if !v.InForce || draft != nil && v.Name == draft.Name {
			return nil
		}
		m, err := Parse([]byte(v.Text))
		if err != nil {
			return fmt.Errorf("mapping %s: %w", v.Name, err)
		}
		house = append(house, m)
		return nil
	})
	if err != nil || len(house) == 0 {
		return own, err
	}
	return own.With(house...)
}

// A Listed is a row of the list of mappings.
type Listed struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Title   string `json:"title"`
	From    string `json:"from"`
	To      string `json:"to"`
	When    string `json:"when"`
	Source  string `json:"source"`
	House   bool   `json:"house" doc:"Made here, in place of or beside Bedrail's own"`
	Tests   int    `json:"tests"`
}

// List returns the mappings in force.
func (d *Desk) List(ctx context.Context, by bedrail.Actor) ([]Listed, error) {
	if err := d.Auth.Authorize(ctx, by, ReadMappings, bedrail.Resource{Type: "mapping"}); err != nil {
		return nil, err
	}
	lib, err := d.Library(ctx)
	if err != nil {
		return nil, err
	}
	out := []Listed{}
	for _, name := range lib.order {
		m := lib.mappings[name].mapping
		out = append(out, Listed{m.Name, m.Version, m.Title, m.From, m.To, m.When, m.Source, !lib.mappings[name].own, len(m.Tests)})
	}
	return out, nil
}

// A Shown is one mapping with its versions.
type Shown struct {
	Listed
	// Text is what an editor begins with: the text in force, or, of Bedrail's
	// own, a mapping that extends it.
	Text string `json:"text"`
	// Example is a message to try it on: that of its first test.
	Example  string    `json:"example"`
	Versions []Version `json:"versions"`
}

// Show returns the mapping called name.
func (d *Desk) Show(ctx context.Context, by bedrail.Actor, name string) (Shown, error) {
	all, err := d.List(ctx, by)
	if err != nil {
		return Shown{}, err
	}
	i := slices.IndexFunc(all, func(l Listed) bool { return l.Name == name })
	if i < 0 {
		return Shown{}, bedrail.Errorf(bedrail.NotFound, "there is no mapping %s", name)
	}
	out := Shown{Listed: all[i], Versions: []Version{}}
	err = d.Store.MappingVersions(ctx, d.Tenant, func(v Version) error {
		if v.Name == name {
			out.Versions = append(out.Versions, v)
			if v.InForce {
				out.Text = v.Text
			}
		}
		return nil
	})
	if out.Text == "" {
		out.Text = beginning(all[i])
	}
	if lib, _ := d.Library(ctx); lib != nil && len(lib.mappings[name].mapping.Tests) > 0 {
		out.Example = lib.mappings[name].mapping.Tests[0].Message
	}
	return out, err
}

// beginning is a mapping that changes nothing yet.
func beginning(l Listed) string {
	text := fmt.Sprintf("mapping: %s\nversion: %d\ntitle: %q\nfrom: %s\nto: %s\nextends: %s\n", l.Name, l.Version+1, l.Title, l.From, l.To, l.Name)
	if l.To == "fhir" {
		return text + "rows: []\n"
	}
	return text + "write: []\n"
}

// A Preview is what a message becomes with a mapping that is being written.
type Preview struct {
	Mapping string     `json:"mapping"`
	Result  string     `json:"result" doc:"FHIR bundle in JSON, or an HL7 v2 message"`
	Origins []Place    `json:"origins"`
	Issues  []Finding  `json:"issues"`
	Tests   []Verdict  `json:"tests"`
	Changes []Changed  `json:"changes" doc:"What differs from the mapping in force"`
	Problem string     `json:"problem,omitempty" doc:"Why the text is no mapping, or the message cannot be mapped"`
	Unused  []string   `json:"unused"`
	Took    Measurable `json:"took"`
}

// Measurable is how long a mapping took.
type Measurable struct {
	Microseconds int64 `json:"microseconds"`
}

// A Place is where in the message a resource comes from.
type Place struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Place string `json:"place"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// A Finding is an issue of the mapping or of the result.
type Finding struct {
	Severity string `json:"severity"`
	Location string `json:"location"`
	Text     string `json:"text"`
}

// A Changed is a value that only one of two mappings gives.
type Changed struct {
	Only    string `json:"only" enum:"before,after"`
	Element string `json:"element"`
	Value   string `json:"value"`
}

// maxPreview bounds a message that is tried.
const maxPreview = 1 << 20

// Try maps message with the text of a mapping that is not saved; with no text
// by the mappings in force. Nothing is kept.
func (d *Desk) Try(ctx context.Context, by bedrail.Actor, text, name string, message []byte) (Preview, error) {
	out := Preview{Origins: []Place{}, Issues: []Finding{}, Tests: []Verdict{}, Changes: []Changed{}, Unused: []string{}}
	if err := d.Auth.Authorize(ctx, by, ReadMappings, bedrail.Resource{Type: "mapping"}); err != nil {
		return out, err
	}
	if len(message) > maxPreview {
		return out, bedrail.Errorf(bedrail.Invalid, "a message that is tried has at most %d bytes", maxPreview)
	}
	force, err := d.Library(ctx)
	if err != nil {
		return out, err
	}
	lib := force
	if text != "" {
		m, err := Parse([]byte(text))
		if err != nil {
			out.Problem = err.Error()
			return out, nil
		}
		if lib, err = d.build(ctx, m); err != nil {
			out.Problem = err.Error()
			return out, nil
		}
		p, err := lib.Program(m.Name)
		if err != nil {
			out.Problem = err.Error()
			return out, nil
		}
		name, out.Unused = m.Name, append(out.Unused, p.Unused...)
		if out.Tests, err = lib.Test(m.Name, nil); err != nil {
			return out, err
		}
	}
	if len(message) > 0 {
		d.tryMessage(&out, force, lib, name, message)
	}
	return out, nil
}

func (d *Desk) tryMessage(out *Preview, force, lib *Library, name string, message []byte) {
	begin := d.Clock.Now()
	res, err := lib.Run(message, name, Options{Received: begin})
	if err != nil {
		out.Problem = err.Error()
		return
	}
	out.Took.Microseconds = d.Clock.Now().Sub(begin).Microseconds()
	out.Mapping, out.Result = res.Mapping, string(res.Bundle)
	for _, o := range res.Origins {
		out.Origins = append(out.Origins, Place(o))
	}
	for _, i := range res.Issues {
		out.Issues = append(out.Issues, Finding{string(i.Severity), fmt.Sprintf("byte %d", i.Start), i.Text})
	}
	if FormOf(res.Bundle) != "fhir" {
		return
	}
	for _, i := range fhir.NewValidator().Validate(res.Bundle) {
		if i.Severity != "information" && len(out.Issues) < 200 {
			out.Issues = append(out.Issues, Finding{i.Severity, i.Location, i.Text})
		}
	}
	if before, err := force.Run(message, "", Options{Received: begin}); err == nil && lib != force {
		if diff, err := Compare(before.Bundle, res.Bundle); err == nil {
			for _, c := range diff[:min(len(diff), 500)] {
				out.Changes = append(out.Changes, Changed{c.Only, c.Type + "." + c.Path, c.Value})
			}
		}
	}
}

// Save keeps text as the next version of its mapping and takes it into force.
// A mapping whose own tests fail is refused: it would fail at a bed.
func (d *Desk) Save(ctx context.Context, by bedrail.Actor, text, note string) (Version, error) {
	if err := d.Auth.Authorize(ctx, by, WriteMappings, bedrail.Resource{Type: "mapping"}); err != nil {
		return Version{}, err
	}
	m, err := Parse([]byte(text))
	if err != nil {
		return Version{}, bedrail.Errorf(bedrail.Invalid, "%s", err)
	}
	lib, err := d.build(ctx, m)
	if err != nil {
		return Version{}, bedrail.Errorf(bedrail.Invalid, "%s", err)
	}
	if _, err := lib.Program(m.Name); err != nil {
		return Version{}, bedrail.Errorf(bedrail.Invalid, "%s", err)
	}
	verdicts, err := lib.Test(m.Name, nil)
	if err != nil {
		return Version{}, err
	}
	for _, v := range verdicts {
		if !v.Passed {
			return Version{}, bedrail.Errorf(bedrail.Invalid, "the mapping's own test fails: %s: %s should give %q and gives %q", v.Test, v.Misses[0].Expression, v.Misses[0].Expected, v.Misses[0].Got)
		}
	}
	v := Version{Name: m.Name, Text: text, By: by.ID, At: d.Clock.Now(), Note: note, InForce: true}
	v, err = d.Store.SaveMapping(ctx, d.Tenant, v, audit.Entry{By: by, Did: WriteMappings, To: m.Name, Note: note})
	if err != nil {
		return Version{}, err
	}
	d.forget()
	return v, nil
}

// Retire takes the house's mapping called name out of force.
func (d *Desk) Retire(ctx context.Context, by bedrail.Actor, name string) error {
	if err := d.Auth.Authorize(ctx, by, WriteMappings, bedrail.Resource{Type: "mapping"}); err != nil {
		return err
	}
	if err := d.Store.RetireMapping(ctx, d.Tenant, name, audit.Entry{By: by, Did: WriteMappings, To: name, Note: "out of force"}); err != nil {
		return err
	}
	d.forget()
	return nil
}

func (d *Desk) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lib = nil
}

// Map maps one message for a channel: by the mapping called name, or by the
// first that is for it. labels go on every resource: the trust of its sender.
func (d *Desk) Map(ctx context.Context, raw []byte, name string, received time.Time, labels ...Label) (document []byte, used string, issues []hl7.Issue, err error) {
	lib, err := d.Library(ctx)
	if err != nil {
		return nil, "", nil, err
	}
	res, err := lib.Run(raw, name, Options{Received: received, Labels: labels, Bare: true})
	if err != nil {
		return nil, "", nil, err
	}
	return res.Bundle, res.Mapping, res.Issues, nil
}
