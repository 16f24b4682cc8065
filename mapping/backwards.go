package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail/format/fhirpath"
	"bedrail/format/hl7"
	"bedrail/format/jsondoc"
)

// maxSegments bounds what a bundle becomes.
const maxSegments = 5000

// A segmentWriter writes a segment for each item of an expression.
type segmentWriter struct {
	name string
	each *fhirpath.Expression
	set  []fieldWriter
	then []segmentWriter
}

type fieldWriter struct {
	to    string // .5.1: the path behind the segment's name
	from  *fhirpath.Expression
	value string
	as    string
	codes map[string]string
}

// backwards compiles a mapping to HL7 v2.
func (c *compiler) backwards() error {
	if c.p.Mapping.When != "" {
		var err error
		if c.p.accepts, err = fhirpath.Compile(c.p.Mapping.When); err != nil {
			return fmt.Errorf("mapping %s: when: %w", c.p.Mapping.Name, err)
		}
	}
	var err error
	c.p.backwards, err = segmentWriters(c.p.Mapping.Write, 0)
	if err != nil {
		return fmt.Errorf("mapping %s: %w", c.p.Mapping.Name, err)
	}
	if len(c.p.backwards) == 0 || c.p.backwards[0].name != "MSH" {
		return fmt.Errorf("mapping %s: write begins with MSH", c.p.Mapping.Name)
	}
	return nil
}

func segmentWriters(in []Segment, depth int) ([]segmentWriter, error) {
	if depth > 5 {
		return nil, fmt.Errorf("segments are nested too deeply")
	}
	var out []segmentWriter
	for _, s := range in {
		w := segmentWriter{name: s.Name}
		var err error
		if s.Each != "" {
			if w.each, err = fhirpath.Compile(s.Each); err != nil {
				return nil, fmt.Errorf("%s: each: %w", s.Name, err)
			}
		}
		for _, f := range s.Set {
			field := fieldWriter{value: f.Value, as: f.As, codes: f.Codes}
			p, err := hl7.ParsePath(f.To)
			if err != nil || p.Segment != s.Name || p.Field == 0 {
				return nil, fmt.Errorf("%s: %q is no field of it", s.Name, f.To)
			}
			field.to = strings.TrimPrefix(f.To, s.Name)
			if strings.HasPrefix(field.to, "-") {
				field.to = "." + field.to[1:]
			}
			if f.From != "" {
				if field.from, err = fhirpath.Compile(f.From); err != nil {
					return nil, fmt.Errorf("%s: %w", f.To, err)
				}
			}
			w.set = append(w.set, field)
		}
		if w.then, err = segmentWriters(s.Then, depth+1); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

// A backRun is one bundle on its way to a message.
type backRun struct {
	draft   *hl7.Draft
	opt     *fhirpath.Options
	root    fhirpath.Value
	counts  map[string]int
	options *Options
	control string
	total   int
}

// toHL7 writes a bundle, or one resource, as an HL7 v2 message.
func (p *Program) toHL7(raw []byte, opt *Options) (*Result, error) {
	doc, err := jsondoc.Parse(raw, jsondoc.Limits{})
	if err != nil {
		return nil, err
	}
	root := fhirpath.Root(doc.Root(), "")
	b := &backRun{draft: hl7.NewDraft(hl7.Standard), root: root, counts: map[string]int{"MSH": 1}, options: opt}
	b.opt = pathOptions()
	b.opt.Resolve = resolver(doc)
	b.control = digest(raw)[:20]
	if p.accepts != nil {
		if holds, _, err := p.accepts.Test(root, root, root, b.opt); err != nil || !holds {
			return nil, ErrNone
		}
	}
	if err := b.segments(p.backwards, root); err != nil {
		return nil, err
	}
	return &Result{Bundle: b.draft.Bytes(), Mapping: p.Mapping.Name + "@" + strconv.Itoa(p.Mapping.Version), Origins: []Origin{}}, nil
}

// resolver finds the resources of a bundle by their full URLs and by type and
// id.
func resolver(doc *jsondoc.Doc) func(string) (jsondoc.Node, bool) {
	found := map[string]jsondoc.Node{}
	for e := doc.Root().Get("entry").First(); e.Exists(); e = e.Next() {
		res := e.Get("resource")
		found[e.Get("fullUrl").Text()] = res
		found[res.Get("resourceType").Text()+"/"+res.Get("id").Text()] = res
	}
	return func(ref string) (jsondoc.Node, bool) { n, ok := found[ref]; return n, ok && n.Exists() }
}

func (b *backRun) segments(writers []segmentWriter, on fhirpath.Value) error {
	for i := range writers {
		w := &writers[i]
		items := []fhirpath.Value{on}
		if w.each != nil {
			var err error
			if items, err = w.each.EvalIn(on, b.root, b.root, b.opt); err != nil {
				return fmt.Errorf("%s: each: %w", w.name, err)
			}
		}
		for _, item := range items {
			if b.total++; b.total > maxSegments {
				return ErrWork
			}
			if err := b.segment(w, item); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *backRun) segment(w *segmentWriter, on fhirpath.Value) error {
	if w.name != "MSH" {
		b.draft.Add(w.name)
		b.counts[w.name]++
	}
	n := b.counts[w.name]
	for i := range w.set {
		f := &w.set[i]
		text, err := b.text(f, on, n)
		if err != nil {
			return fmt.Errorf("%s%s: %w", w.name, f.to, err)
		}
		if text == "" {
			continue
		}
		if err := b.draft.Set(w.name+"["+strconv.Itoa(n)+"]"+f.to, text); err != nil {
			return err
		}
	}
	return b.segments(w.then, on)
}

func (b *backRun) text(f *fieldWriter, on fhirpath.Value, n int) (string, error) {
	text := f.value
	switch text {
	case "$n":
		return strconv.Itoa(n), nil
	case "$control":
		return b.control, nil
	case "$now":
		at := b.options.Received
		if at.IsZero() {
			return "", nil
		}
		return at.UTC().Format("20060102150405.000-0700"), nil
	}
	if f.from != nil {
		values, err := f.from.EvalIn(on, b.root, b.root, b.opt)
		if err != nil {
			return "", err
		}
		if len(values) > 0 {
			text = values[0].String()
		}
	}
	if to, ok := f.codes[text]; ok {
		text = to
	}
	switch f.as {
	case "time":
		text = stamp(text)
	case "date":
		text = strings.ReplaceAll(text, "-", "")
	case "system":
		text = systemName(text)
	case "id":
		text = text[strings.LastIndexAny(text, ":/")+1:]
	}
	return text, nil
}

// stamp writes a dateTime of FHIR as a DTM.
func stamp(text string) string {
	if !strings.Contains(text, "T") {
		return strings.ReplaceAll(text, "-", "")
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return ""
	}
	layout := "20060102150405"
	if _, fraction, ok := strings.Cut(text, "."); ok {
		digits := len(fraction) - len(strings.TrimLeft(fraction, "0123456789"))
		layout += "." + strings.Repeat("0", min(digits, 4))
	}
	return t.Format(layout + "-0700")
}

// systemName returns the name of table 0396 for a URI, or the URI.
func systemName(uri string) string {
	if name, ok := strings.CutPrefix(uri, "http://terminology.hl7.org/CodeSystem/v2-"); ok {
		return "HL7" + name
	}
	if name, ok := strings.CutPrefix(uri, "urn:x-hl7v2-0396:"); ok {
		return name
	}
	if name, ok := strings.CutPrefix(uri, "urn:x-hl7v2-authority:"); ok {
		return name
	}
	var names []string
	for name, known := range systems {
		if known == uri {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return uri
	}
	return slices.MinFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
}
