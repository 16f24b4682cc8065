package mapping

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"bedrail/format/astm"
	"bedrail/format/fhir"
	"bedrail/format/fhirpath"
	"bedrail/format/hl7"
	"bedrail/format/hl7/pcd"

	"go.yaml.in/yaml/v3"
)

//go:embed data/*.yaml
var own embed.FS

//go:embed data/v2/*.yaml
var v2 embed.FS

// A Library holds mappings that are ready to run: those of Bedrail, and those
// of the house, which come before them. It is not changed while it is in use.
type Library struct {
	tables   *Tables
	elements map[string]Element
	terms    *pcd.Table
	model    fhirpath.Model
	mappings map[string]*entry
	order    []string
}

// An entry is a mapping and, once it was asked for, its program.
type entry struct {
	mapping *Mapping
	own     bool
	once    sync.Once
	program *Program
	err     error
	asked   sync.Once
	when    *condition
	whenErr error
}

// condition compiles when the mapping is for a message, without the rest.
func (e *entry) condition(t *Tables) (*condition, error) {
	e.asked.Do(func() { e.when, e.whenErr = compileCondition(e.mapping.When, t.isType, "") })
	return e.when, e.whenErr
}

// Own is the library of Bedrail's own mappings. Its tables are read when it
// is first asked for, and a mapping is compiled when it is first used.
var Own = sync.OnceValues(func() (*Library, error) {
	l := &Library{model: fhir.R4(), mappings: map[string]*entry{}}
	var err error
	if l.terms, err = pcd.NewTable(); err != nil {
		return nil, err
	}
	if l.tables, err = readTables(); err != nil {
		return nil, err
	}
	return l, l.readOwn()
})

func readTables() (*Tables, error) {
	all := &Tables{Segments: map[string][]Rule{}, Types: map[string][]Rule{}, Codes: map[string]map[string]Code{}}
	take := func(text []byte) error {
		var t Tables
		if err := yaml.Unmarshal(text, &t); err != nil {
			return err
		}
		all.Structures = append(all.Structures, t.Structures...)
		for name, rules := range t.Segments {
			all.Segments[name] = rules
		}
		for name, rules := range t.Types {
			all.Types[name] = rules
		}
		for name, codes := range t.Codes {
			if all.Codes[name] == nil {
				all.Codes[name] = map[string]Code{}
			}
			maps.Copy(all.Codes[name], codes)
		}
		return nil
	}
	for _, folder := range []struct {
		files fs.FS
		glob  string
	}{{v2, "data/v2/*.yaml"}, {own, "data/tables-*.yaml"}} {
		names, err := fs.Glob(folder.files, folder.glob)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := fs.ReadFile(folder.files, name)
			if err != nil {
				return nil, err
			}
			if err := take(text); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return all, nil
}

func (l *Library) readOwn() error {
	names, err := fs.Glob(own, "data/*.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := own.ReadFile(name)
		if err != nil {
			return err
		}
		switch {
		case strings.HasPrefix(name, "data/tables-"):
			continue
		case name == "data/elements.yaml":
			if err := yaml.Unmarshal(text, &l.elements); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		for _, doc := range strings.Split(string(text), "\n---\n") {
			m, err := Parse([]byte(doc))
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if l.mappings[m.Name] != nil {
				return fmt.Errorf("%s: there are two mappings %s", name, m.Name)
			}
			l.mappings[m.Name] = &entry{mapping: m, own: true}
			l.order = append(l.order, m.Name)
		}
	}
	return l.resolve()
}

// With returns a library that has ms before l's own: a mapping of the same
// name takes the other's place.
func (l *Library) With(ms ...*Mapping) (*Library, error) {
	out := *l
	out.mappings = map[string]*entry{}
	for name, e := range l.mappings {
		out.mappings[name] = e
	}
	var first []string
	for _, m := range ms {
		if m.Extends == m.Name {
			// It builds on the one whose place it takes.
			base := l.mappings[m.Name]
			if base == nil {
				return nil, fmt.Errorf("mapping %s extends itself, and there is none of that name", m.Name)
			}
			c := m.extend(base.mapping)
			c.Extends = ""
			m = c
		}
		out.mappings[m.Name] = &entry{mapping: m}
		first = append(first, m.Name)
	}
	out.order = slices.DeleteFunc(slices.Clone(l.order), func(name string) bool { return slices.Contains(first, name) })
	out.order = append(first, out.order...)
	return &out, out.resolve()
}

// resolve puts what a mapping extends before its own rows.
func (l *Library) resolve() error {
	for _, name := range l.order {
		e := l.mappings[name]
		for depth := 0; e.mapping.Extends != ""; depth++ {
			base := l.mappings[e.mapping.Extends]
			if base == nil || depth > 8 {
				return fmt.Errorf("mapping %s extends %s, which is not there or extends it", name, e.mapping.Extends)
			}
			m := e.mapping.extend(base.mapping)
			m.Extends = base.mapping.Extends
			e.mapping = m
		}
	}
	return nil
}

// Names returns the names of the mappings, the house's own first.
func (l *Library) Names() []string { return slices.Clone(l.order) }

// Mapping returns the mapping called name; own says that it is Bedrail's.
func (l *Library) Mapping(name string) (m *Mapping, own, ok bool) {
	e := l.mappings[name]
	if e == nil {
		return nil, false, false
	}
	return e.mapping, e.own, true
}

// Program compiles the mapping called name, once.
func (l *Library) Program(name string) (*Program, error) {
	e := l.mappings[name]
	if e == nil {
		return nil, fmt.Errorf("there is no mapping %s; there are %s", name, strings.Join(l.order, ", "))
	}
	e.once.Do(func() { e.program, e.err = compile(e.mapping, l.tables, l.elements, l.model) })
	return e.program, e.err
}

// ErrNone says that no mapping is for a message.
var ErrNone = errors.New("no mapping is for this kind of message")

// HL7 maps a message with the first mapping whose condition holds. name "" is
// any of them.
func (l *Library) HL7(m *hl7.Message, name string, opt Options) (*Result, error) {
	if name != "" {
		p, err := l.Program(name)
		if err != nil {
			return nil, err
		}
		if p.Mapping.From != "hl7v2" {
			return nil, fmt.Errorf("mapping %s reads %s, not HL7 v2", name, p.Mapping.From)
		}
		return p.hl7v2(l, m, &opt)
	}
	p, err := l.forMessage(m)
	if err != nil {
		return nil, err
	}
	return p.hl7v2(l, m, &opt)
}

func (l *Library) forMessage(m *hl7.Message) (*Program, error) {
	r := &run{msg: m, segment: m.Segment(0)}
	fallback := ""
	for _, name := range l.order {
		e := l.mappings[name]
		if e.mapping.From != "hl7v2" {
			continue
		}
		when, err := e.condition(l.tables)
		if err != nil {
			return nil, fmt.Errorf("mapping %s: when: %w", name, err)
		}
		if when == nil && fallback == "" {
			fallback = name
		} else if when != nil && when.holds(r) {
			return l.Program(name)
		}
	}
	if fallback == "" {
		return nil, ErrNone
	}
	return l.Program(fallback)
}

func model() fhirpath.Model { return fhir.R4() }

// Run maps a message of any kind that mappings read: HL7 v2, ASTM, POCT1-A,
// DICOM, FHIR. name "" is the first mapping that is for it.
func (l *Library) Run(raw []byte, name string, opt Options) (*Result, error) {
	from := FormOf(raw)
	if name != "" {
		m, _, ok := l.Mapping(name)
		if !ok {
			return nil, fmt.Errorf("there is no mapping %s; there are %s", name, strings.Join(l.order, ", "))
		}
		from = m.From
	}
	if from == "hl7v2" {
		m, err := hl7.Parse(bytes.TrimLeft(raw, "\x0b\r\n "))
		if err != nil {
			return nil, err
		}
		m.ShareText() // nothing of it outlives the run
		return l.HL7(m, name, opt)
	}
	if name == "" && from == "fhir" {
		return l.firstToHL7(raw, opt)
	}
	for _, n := range l.order {
		if name == "" && l.mappings[n].mapping.From == from {
			name = n
		}
	}
	if name == "" {
		return nil, ErrNone
	}
	p, err := l.Program(name)
	if err != nil {
		return nil, err
	}
	switch from {
	case "astm":
		return p.astm(l, raw, &opt)
	case "poct1a":
		return p.poct(l, raw, &opt)
	case "dicom":
		return p.dicom(l, raw, &opt)
	case "fhir":
		return p.toHL7(raw, &opt)
	}
	return nil, ErrNone
}

// FormOf says of which form bytes are: hl7v2, astm, poct1a, dicom, fhir, or "".
func FormOf(raw []byte) string {
	head := bytes.TrimLeft(raw[:min(len(raw), 512)], "\x0b\r\n\t \ufeff")
	switch {
	case len(raw) > 132 && string(raw[128:132]) == "DICM":
		return "dicom"
	case bytes.HasPrefix(head, []byte("MSH")):
		return "hl7v2"
	case astm.IsPOCT(raw):
		return "poct1a"
	case astm.IsFramed(raw), bytes.HasPrefix(head, []byte("H|")):
		return "astm"
	case bytes.HasPrefix(head, []byte("{")):
		return "fhir"
	}
	return ""
}

// firstToHL7 writes a bundle with the first mapping that takes it.
func (l *Library) firstToHL7(raw []byte, opt Options) (*Result, error) {
	for _, name := range l.order {
		if l.mappings[name].mapping.From != "fhir" {
			continue
		}
		p, err := l.Program(name)
		if err != nil {
			return nil, err
		}
		if res, err := p.toHL7(raw, &opt); !errors.Is(err, ErrNone) {
			return res, err
		}
	}
	return nil, ErrNone
}
