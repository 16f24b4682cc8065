package mapping

import (
	"bytes"
	"net/url"
	"slices"
	"strconv"

	"bedrail/format/hl7"
)

// finish completes the resources, gives them their ids and writes the bundle.
func (r *run) finish() (*Result, error) {
	if r.err != nil {
		return nil, r.err
	}
	for i := range r.resources {
		r.resources[i].live = true // until it shows that nothing stands in it
	}
	r.linkSubjects()
	for i := 0; i < len(r.resources); i++ {
		r.complete(r.resources[i].root)
	}
	r.linkEverything()
	if r.err != nil {
		return nil, r.err
	}
	// A resource lives when something stands in it; what only refers to dead
	// ones dies with them, so until nothing changes.
	for i := range r.resources {
		r.resources[i].live = true // those too that completing made
	}
	for range 8 {
		changed := false
		for i := range r.resources {
			if res := &r.resources[i]; res.live && !r.alive(res.root) {
				res.live, changed = false, true
			}
		}
		if !changed {
			break
		}
	}
	r.label()
	for i := range r.resources {
		if r.resources[i].live {
			r.identify(i)
		}
	}
	r.merge()
	return r.write(), nil
}

// linkSubjects refers what no rule refers to a patient to the patient of the
// message, when there is one and no other. What is made only where another
// refers to it, such as a practitioner, has no subject, unless it cannot be
// without: an episode of care, the relative who is insured.
func (r *run) linkSubjects() {
	if len(r.p.subjects) == 0 {
		return
	}
	patient := -1
	for i := range r.resources {
		if r.resources[i].typ.name != "Patient" || r.resources[i].name == 0 || r.nodes[r.resources[i].root].first == 0 {
			continue
		}
		if patient >= 0 {
			return
		}
		patient = i
	}
	if patient < 0 {
		return
	}
	for i := range r.resources {
		res := &r.resources[i]
		t, ok := r.p.subjects[res.typ]
		if !ok || res.name == 0 && !res.typ.needs(t.steps[0].word) || r.nodes[res.root].first == 0 {
			continue
		}
		if n := r.place(&t, res.root, 0); n != 0 && r.nodes[n].refer == 0 {
			r.nodes[n].refer = int32(patient + 1)
		}
	}
}

// linkEverything makes the references to all that the message makes.
func (r *run) linkEverything() {
	n := len(r.resources)
	for _, d := range r.everything {
		for i := range n {
			res := &r.resources[i]
			if res.name == 0 || res.typ.name == "Provenance" || !r.alive(res.root) {
				continue
			}
			r.application++
			if at := r.place(d.path, r.resources[d.resource].root, 0); at != 0 {
				r.nodes[at].refer = int32(i + 1)
			}
		}
	}
}

// complete fills in what must be there, the inner elements first.
func (r *run) complete(n int32) {
	for i := r.nodes[n].first; i != 0; i = r.nodes[i].next {
		if r.nodes[i].kind <= arrayNode {
			r.complete(i)
		}
	}
	typ := r.nodes[n].typ
	if typ == nil || len(typ.fill) == 0 || !typ.resource && r.nodes[n].first == 0 {
		return
	}
	var missing [32]bool
	for k := range min(len(typ.fill), len(missing)) {
		f := &typ.fill[k]
		missing[k] = (f.when == noWord || r.hasLive(n, f.when)) && !r.hasLive(n, f.target.steps[0].word)
	}
	for k := range min(len(typ.fill), len(missing)) {
		if f := &typ.fill[k]; missing[k] {
			r.fillIn(n, f)
		}
	}
}

func (r *run) fillIn(n int32, f *filling) {
	text := f.value
	if text != "" && text[0] == '$' {
		text = r.variable(text[1:])
	}
	if text == "" {
		return
	}
	if at := r.place(&f.target, n, 0); at != 0 {
		r.set(at, text, f.target.leaf.literal)
	}
}

func (r *run) hasLive(n int32, name word) bool {
	i := r.find(n, name)
	return i != 0 && r.alive(i)
}

// alive reports whether a node says anything, and marks those that do not.
func (r *run) alive(n int32) bool {
	at := &r.nodes[n]
	at.dead = false
	switch at.kind {
	case stringNode, literalNode:
		at.dead = at.text == ""
		return !at.dead
	case arrayNode:
		live := false
		for i := at.first; i != 0; i = r.nodes[i].next {
			live = r.alive(i) || live
		}
		r.nodes[n].dead = !live
		return live
	}
	live := at.refer != 0 && r.resources[at.refer-1].live
	refers := live
	onlyURL := true
	for i := at.first; i != 0; i = r.nodes[i].next {
		if r.alive(i) {
			live = true
			onlyURL = onlyURL && (r.nodes[i].name == wordURL || r.nodes[i].name == wordID)
		}
	}
	at = &r.nodes[n]
	if typ := at.typ; typ != nil && live {
		if typ.extension && (onlyURL || !r.hasMember(n, wordURL)) {
			live = false
		}
		for _, need := range typ.need {
			if live && !slices.ContainsFunc(need, func(name word) bool { return r.hasMember(n, name) || name == wordReference && refers }) {
				live = false
			}
		}
	}
	r.nodes[n].dead = !live
	return live
}

func (r *run) hasMember(n int32, name word) bool {
	i := r.find(n, name)
	return i != 0 && !r.nodes[i].dead
}

// label puts the labels of the options on every resource.
func (r *run) label() {
	for _, l := range r.opt.Labels {
		r.application++
		for i := range r.resources {
			res := &r.resources[i]
			if !res.live {
				continue
			}
			meta := r.child(res.root, wordMeta, objectNode, nil)
			n := r.item(r.child(meta, wordSecurity, arrayNode, nil), itemKey{r.application, 1, 0}, nil)
			r.nodes[meta].dead = false
			r.fillMember(n, wordSystem, l.System)
			r.fillMember(n, wordCode, l.Code)
			r.fillMember(n, wordDisplay, l.Display)
		}
	}
}

// identify gives a resource its id: from its identifier where the mapping
// says that it is one thing in many messages, from its content where others
// only refer to it, else from the message and the place.
func (r *run) identify(i int) {
	res := &r.resources[i]
	if res.named || res.busy {
		return
	}
	res.busy = true
	switch system, value := r.naturalKey(res); {
	case value != "":
		res.id, r.buffer = id5(r.buffer, r.sender, res.typ.name, system+"|"+value)
	case res.key != "":
		res.id, r.buffer = id5(r.buffer, r.sender, res.typ.name, "key", res.key)
	case res.name == 0:
		b := r.scratch[:0]
		r.scratch = nil // what it refers to may be named by its content too
		b = r.object(b, res.root, res.typ.name, id{})
		res.id, r.buffer = id5(r.buffer, r.sender, res.typ.name, string(b))
		r.scratch = b
	default:
		res.id, r.buffer = id5(r.buffer, r.sender, r.control, res.typ.name, res.where, strconv.Itoa(int(res.name)), scopeText(res))
	}
	res.named = true
}

func scopeText(res *resource) string {
	b := make([]byte, 0, 32)
	for _, s := range res.scope[:res.depth] {
		b = strconv.AppendUint(b, uint64(s), 10)
		b = append(b, '.')
	}
	return string(b)
}

// naturalKey is the first identifier of a resource that is known by it.
func (r *run) naturalKey(res *resource) (system, value string) {
	if !r.p.natural[res.typ.name] {
		return "", ""
	}
	list := r.find(res.root, wordIdentifier)
	if list == 0 {
		return "", ""
	}
	first := list
	if r.nodes[list].kind == arrayNode {
		first = r.nodes[list].first
	}
	for first != 0 && r.nodes[first].dead {
		first = r.nodes[first].next
	}
	if first == 0 {
		return "", ""
	}
	if v := r.find(first, wordValue); v != 0 {
		value = r.nodes[v].text
	}
	if s := r.find(first, wordSystem); s != 0 {
		system = r.nodes[s].text
	}
	return system, value
}

// A unique resource is one of its type and id.
type unique struct {
	typ *elementType
	id  id
}

// merge lets equal resources stand for one another.
func (r *run) merge() {
	if r.seen == nil {
		r.seen = make(map[unique]int, len(r.resources))
	}
	clear(r.seen)
	for i := range r.resources {
		res := &r.resources[i]
		if !res.live {
			continue
		}
		key := unique{res.typ, res.id}
		if first, ok := r.seen[key]; ok {
			res.same = first + 1
			r.copyInto(r.resources[first].root, res.root)
			continue
		}
		r.seen[key] = i
	}
}

// write writes the bundle.
func (r *run) write() *Result {
	b := r.bundle[:0]
	kind := r.opt.Type
	if kind == "" {
		kind = "transaction"
	}
	var own id
	own, r.buffer = id5(r.buffer, r.sender, r.control, "Bundle")
	b = append(b, `{"resourceType":"Bundle","id":"`...)
	b = append(b, own[:]...)
	b = append(b, `","type":"`...)
	b = append(b, kind...)
	b = append(b, '"')
	if t := r.variable("recorded"); t != "" {
		b = append(b, `,"timestamp":`...)
		b = appendQuoted(b, t)
	}
	b = append(b, `,"entry":[`...)
	out := &Result{Mapping: r.p.Mapping.Name + "@" + strconv.Itoa(r.p.Mapping.Version), Issues: r.issues}
	if !r.opt.Bare {
		out.Origins = make([]Origin, 0, len(r.resources))
	}
	entries := 0
	for i := range r.resources {
		res := &r.resources[i]
		if !res.live || res.same != 0 {
			continue
		}
		if entries++; entries > 1 {
			b = append(b, ',')
		}
		b = append(b, `{"fullUrl":"urn:uuid:`...)
		b = append(b, res.id[:]...)
		b = append(b, `","resource":`...)
		b = r.object(b, res.root, res.typ.name, res.id)
		if kind != "collection" {
			b = r.request(b, res)
		}
		b = append(b, '}')
		if !r.opt.Bare {
			out.Origins = append(out.Origins, origin(res))
		}
	}
	if entries == 0 {
		b = b[:len(b)-len(`,"entry":[`)] // FHIR has no empty lists
	} else {
		b = append(b, ']')
	}
	b = append(b, '}')
	r.bundle, out.Bundle = b, bytes.Clone(b)
	return out
}

// request says how a receiver takes the resource: in the place of what has
// its id, or only where nothing has its identifier.
func (r *run) request(b []byte, res *resource) []byte {
	if system, value := r.naturalKey(res); value != "" && r.p.create[res.typ.name] {
		b = append(b, `,"request":{"method":"POST","url":"`...)
		b = append(b, res.typ.name...)
		b = append(b, `","ifNoneExist":`...)
		b = appendQuoted(b, "identifier="+url.QueryEscape(system+"|"+value))
		return append(b, '}')
	}
	b = append(b, `,"request":{"method":"PUT","url":"`...)
	b = append(b, res.typ.name...)
	b = append(b, '/')
	b = append(b, res.id[:]...)
	return append(b, `"}`...)
}

func origin(res *resource) Origin {
	o := Origin{Type: res.typ.name, ID: string(res.id[:]), Place: res.placeName, Start: res.from, End: res.to}
	if res.place.Exists() {
		o.Start, o.End = res.place.Span()
		o.Place = hl7.Locate(res.place, 0, 0, 0)
	}
	return o
}

// object writes a node that is an object.
func (r *run) object(b []byte, n int32, resourceType string, own id) []byte {
	b = append(b, '{')
	first := true
	if resourceType != "" {
		b = append(b, `"resourceType":"`...)
		b = append(b, resourceType...)
		b = append(b, '"')
		first = false
	}
	if own != (id{}) {
		b = append(b, `,"id":"`...)
		b = append(b, own[:]...)
		b = append(b, '"')
	}
	if ref := r.nodes[n].refer; ref != 0 && r.resources[ref-1].live {
		r.identify(int(ref - 1))
		if !first {
			b = append(b, ',')
		}
		b = append(b, `"reference":"urn:uuid:`...)
		if to := &r.resources[ref-1]; to.named { // else the two are named by one another
			b = append(b, to.id[:]...)
		}
		b = append(b, '"')
		first = false
	}
	for i := r.nodes[n].first; i != 0; i = r.nodes[i].next {
		if r.nodes[i].dead || r.nodes[n].refer != 0 && r.nodes[i].name == wordReference {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, r.p.words.quoted[r.nodes[i].name]...)
		b = r.value0(b, i)
	}
	return append(b, '}')
}

func (r *run) value0(b []byte, n int32) []byte {
	switch at := &r.nodes[n]; at.kind {
	case stringNode:
		return appendQuoted(b, at.text)
	case literalNode:
		return append(b, at.text...)
	case arrayNode:
		b = append(b, '[')
		first := true
		for i := at.first; i != 0; i = r.nodes[i].next {
			if r.nodes[i].dead {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			b = r.value0(b, i)
		}
		return append(b, ']')
	}
	return r.object(b, n, "", id{})
}

// needs reports whether an element of this type is left out without a member.
func (t *elementType) needs(member word) bool {
	return slices.ContainsFunc(t.need, func(one []word) bool { return len(one) == 1 && one[0] == member })
}
