package release

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail/exchange"
)

// A result is one row of a FHIR message before anything was taken out: the
// resource of which it is, and those around it.
type result struct {
	t       *table
	channel string
	b       *bundle
	about   *resource
	part    map[string]any // the component of which it is, where there are such
	near    map[string]*resource
	patient string // as in source
	stray   string
	at      time.Time
}

func knownAs(channel, name string) string { return channel + "\x00" + name }

// learn remembers the resources around rows, wherever in the release they
// stand: a patient comes in one message, and results in others.
func (t *table) learn(from *Material) error {
	m := &from.Message
	if m.Format != exchange.FHIR || from.Recalled || len(from.Body) == 0 {
		return nil
	}
	b, err := readResources(m, from.Body)
	if err != nil {
		return nil // take counts it
	}
	for _, r := range b.all {
		if !around(r.of) {
			continue
		}
		kept := &resource{tree: t.needed(r), of: r.of, id: r.id, says: r.says}
		if r.id != "" {
			t.known[knownAs(m.Channel, r.id)] = kept
		}
		if n := r.identifier(); n != "" {
			t.known[knownAs(m.Channel, r.of+"?"+exchange.Normal(n))] = kept
		}
	}
	return nil
}

// needed is what rows need of a resource, and no more of it is remembered.
func (t *table) needed(r *resource) map[string]any {
	out := map[string]any{}
	keep := func(name string) {
		if v, ok := r.tree[name]; ok {
			out[name] = v
		}
	}
	keep("identifier")
	for i := range t.d.Columns {
		for _, p := range t.d.Columns[i].places {
			if p.of == r.of {
				keep(p.in[0])
			}
		}
	}
	return out
}

// takeResources makes the rows of a FHIR message.
func (t *table) takeResources(m *exchange.Message, body []byte) error {
	b, err := readResources(m, body)
	if err != nil {
		t.unread++
		return nil
	}
	t.messages++
	n := 0
	for _, r := range b.all {
		if r.of != t.focus || !r.row {
			continue
		}
		parts := []any{nil}
		if t.parts {
			if c := listOf(r.tree["component"]); len(c) > 0 {
				parts = c
			}
		}
		for _, part := range parts {
			n++
			row := &result{t: t, channel: m.Channel, b: b, about: r, stray: fmt.Sprint(m.ID, " ", n), at: m.ReceivedAt}
			row.part, _ = part.(map[string]any)
			row.look(m)
			if err := t.add(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// look finds what stands around a row, and whom it is about.
func (r *result) look(m *exchange.Message) {
	r.near = map[string]*resource{r.about.of: r.about}
	for of, names := range map[string][]string{"Patient": patientElements(), "Encounter": {"encounter", "context"}, "Device": {"device"}, "Specimen": {"specimen"}} {
		for _, name := range names {
			if found := r.resolve(r.about, r.about.tree[name]); found != nil && found.of == of && r.near[of] == nil {
				r.near[of] = found
			}
		}
	}
	if e := r.near["Encounter"]; r.near["Patient"] == nil && e != nil {
		if p := r.resolve(e, e.tree["subject"]); p != nil && p.of == "Patient" {
			r.near["Patient"] = p
		}
	}
	r.patient = r.whose()
	if a := m.Sealed.Patient; r.patient == "" && a != nil {
		r.patient = exchange.Normal(a.Patient)
	}
	for _, name := range []string{"effectiveDateTime", "effectiveInstant", "issued", "performedDateTime", "occurrenceDateTime", "started", "authoredOn", "recordedDate"} {
		text := textOf(r.about.tree, name)
		if t, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))]); err == nil && t.Before(r.at) {
			r.at = t // an age is that at the time of the result
			break
		}
	}
}

// whose is the patient of a row: by number where one is known, else as the
// sender refers to them.
func (r *result) whose() string {
	if p := r.near["Patient"]; p != nil {
		return r.name(p)
	}
	for _, name := range patientElements() {
		if v, ok := r.about.tree[name]; ok && r.aboutPatient(v) {
			return exchange.Normal(r.meant(r.about, v))
		}
	}
	return ""
}

// aboutPatient reports whether a reference may be to a patient: subjects may be
// groups, devices and places too.
func (r *result) aboutPatient(v any) bool {
	m, _ := v.(map[string]any)
	ref, of := textOf(m, "reference"), textOf(m, "type")
	for _, other := range []string{"Group", "Device", "Location", "Practitioner"} {
		if of == other || strings.HasPrefix(ref, other+"/") || strings.Contains(ref, "/"+other+"/") {
			return false
		}
	}
	return true
}

// name is by what a resource is known: the number of whom or what rows are
// around, else its id at its sender.
func (r *result) name(of *resource) string {
	if n := of.identifier(); n != "" && around(of.of) {
		return exchange.Normal(n)
	}
	if of.id != "" {
		return exchange.Normal(knownAs(r.channel, of.id))
	}
	if of.fullURL != "" {
		return exchange.Normal(of.fullURL)
	}
	return ""
}

// resolve finds what an element refers to: in the resource itself, in its
// message, or in what was learnt of its channel.
func (r *result) resolve(from *resource, v any) *resource {
	for _, one := range listOf(v) {
		m, _ := one.(map[string]any)
		ref := plainReference(textOf(m, "reference"))
		if inside, ok := strings.CutPrefix(ref, "#"); ok {
			return contained(from, inside)
		}
		if found := r.b.by[ref]; ref != "" && found != nil {
			return found
		}
		if found := r.t.known[knownAs(r.channel, ref)]; found != nil {
			return found
		}
		of, number := conditional(ref)
		if id, _ := m["identifier"].(map[string]any); number == "" && id != nil {
			of, number = textOf(m, "type"), textOf(id, "value")
			if of == "" {
				of = "Patient"
			}
		}
		if found := r.t.known[knownAs(r.channel, of+"?"+exchange.Normal(number))]; number != "" && found != nil {
			return found
		}
	}
	return nil
}

func contained(in *resource, id string) *resource {
	for _, one := range listOf(in.tree["contained"]) {
		m, _ := one.(map[string]any)
		if textOf(m, "id") == id && id != "" {
			return &resource{tree: m, of: textOf(m, "resourceType"), fullURL: "#" + id, says: in.says}
		}
	}
	return nil
}

// meant is who or what a reference means, in one word for all that mean the
// same: never what leaves, only of what a pseudonym is made.
func (r *result) meant(from *resource, v any) string {
	if found := r.resolve(from, v); found != nil {
		return r.name(found)
	}
	for _, one := range listOf(v) {
		m, _ := one.(map[string]any)
		if _, number := conditional(textOf(m, "reference")); number != "" {
			return number
		}
		if id, _ := m["identifier"].(map[string]any); textOf(m, "reference") == "" && id != nil {
			return textOf(id, "value")
		}
		switch ref := plainReference(textOf(m, "reference")); {
		case ref == "" || strings.HasPrefix(ref, "#"):
		case strings.Contains(ref, ":"):
			return ref
		default:
			return knownAs(r.channel, ref)
		}
	}
	return ""
}

// value returns what of the row leaves in a column.
func (r *result) value(k *masker, c *Column) string {
	for i := range c.places {
		p := &c.places[i]
		of := r.near[p.of]
		if p.of == "" || of == nil && p.of != "Patient" {
			continue
		}
		if v := r.one(k, c.As, p, of); v != "" {
			return v
		}
	}
	return ""
}

func (r *result) one(k *masker, as string, p *place, of *resource) string {
	if as == Pseudonym {
		return r.pseudonym(k, p, of)
	}
	if of == nil {
		return ""
	}
	var v any
	if p.of == "Observation" && p.in[0] == "component" {
		v = at(r.part, p.in[1:])
	} else {
		v = at(of.tree, p.in)
	}
	text, _ := v.(string)
	switch as {
	case Code:
		return codeOf(v)
	case Number:
		n, _ := v.(json.Number)
		return number("NM", n.String(), "")
	case Shifted:
		return shiftedISO(text, k.days(r.whoOrStray()))
	case Year:
		if p.of == "Patient" && p.in[0] == "birthDate" {
			return birthYear(text, r.at)
		}
		return year(text)
	case Age:
		return age(strings.ReplaceAll(text, "-", ""), r.at)
	case Zip3:
		return r.postcode(of)
	}
	return ""
}

func (r *result) whoOrStray() string {
	if r.patient != "" {
		return r.patient
	}
	return "row " + r.stray
}

// pseudonym names who or what is meant: the same wherever it is referred to.
func (r *result) pseudonym(k *masker, p *place, of *resource) string {
	if p.of == "Patient" || slices.Contains(patientElements(), p.in[0]) {
		return k.pseudonym("patient", r.patient)
	}
	if of == nil {
		return ""
	}
	switch v := at(of.tree, p.in); p.in[len(p.in)-1] {
	case "id":
		return k.pseudonym(of.of, r.name(of))
	case "identifier":
		if around(of.of) {
			return k.pseudonym(of.of, r.name(of))
		}
		return k.pseudonym(of.of+".identifier", of.identifier())
	case "accessionIdentifier":
		m, _ := v.(map[string]any)
		return k.pseudonym(of.of+".accession", textOf(m, "value"))
	default:
		return k.pseudonym(r.typeOf(of, v), r.meant(of, v))
	}
}

// typeOf is the type of what a reference means, as far as it says so.
func (r *result) typeOf(from *resource, v any) string {
	if found := r.resolve(from, v); found != nil {
		return found.of
	}
	for _, one := range listOf(v) {
		m, _ := one.(map[string]any)
		if of := textOf(m, "type"); of != "" {
			return of
		}
		parts := strings.Split(plainReference(textOf(m, "reference")), "/")
		if len(parts) > 1 {
			return parts[len(parts)-2]
		}
	}
	return ""
}

// postcode is the start of the first postcode in the United States.
func (r *result) postcode(of *resource) string {
	for _, a := range listOf(of.tree["address"]) {
		m, _ := a.(map[string]any)
		if z := zip3(textOf(m, "postalCode"), textOf(m, "country")); z != "" {
			return z
		}
	}
	return ""
}

// says reports whether a value holds what says who somebody is, in its own
// message or in that in which its patient came.
func (r *result) says(v string) bool {
	p := r.near["Patient"]
	return names(v, r.about.says) || p != nil && names(v, p.says)
}

func (r *result) who() string { return r.patient }
