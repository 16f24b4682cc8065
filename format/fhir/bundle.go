package fhir

import (
	"fmt"
	"strings"

	"bedrail/format/jsondoc"
)

// business applies what the standard says of single kinds of resources in
// words only.
func (c *check) business(n jsondoc.Node, typ string) {
	c.containedUsed(n)
	switch typ {
	case "Bundle":
		c.bundle(n)
	case "QuestionnaireResponse":
		c.answers(n)
	case "Observation":
		c.vitalSigns(n)
	case "CodeSystem":
		c.codeSystemRules(n)
	case "ValueSet":
		c.valueSetRules(n)
	case "SearchParameter":
		c.searchParameterRules(n)
	case "CapabilityStatement":
		c.capabilityRules(n)
	case "StructureDefinition":
		c.structureRules(n)
	}
}

// containedUsed is dom-3: what is contained must be referred to, or refer to
// its container.
func (c *check) containedUsed(n jsondoc.Node) {
	list := n.Get("contained")
	if list.Kind() != jsondoc.Array || c.v.SkipContained {
		return
	}
	refs := map[string]bool{}
	gatherReferences(n, refs)
	i := 0
	for x := list.First(); x.Exists(); x = x.Next() {
		id := x.Get("id")
		own := map[string]bool{}
		gatherReferences(x, own)
		if id.Exists() && !refs["#"+id.Text()] && !own["#"] {
			c.enter("contained", "", i)
			c.report(Error, "invariant", "dom-3", x, fmt.Sprintf("the contained resource %s is not referred to by what contains it (rule dom-3)", quoted(id.Text())))
			c.leave()
		}
		if !id.Exists() {
			c.enter("contained", "", i)
			c.report(Error, "invariant", "dom-3", x, "a contained resource must have an id, so that it can be referred to")
			c.leave()
		}
		i++
	}
}

// gatherReferences collects every string that begins with #.
func gatherReferences(n jsondoc.Node, into map[string]bool) {
	for x := n.First(); x.Exists(); x = x.Next() {
		if x.Kind() == jsondoc.String {
			if raw := x.Raw(); len(raw) > 2 && raw[1] == '#' {
				into[x.Text()] = true
			}
			continue
		}
		gatherReferences(x, into)
	}
}

// bundle checks what holds between the entries of a bundle (R4 3.2).
func (c *check) bundle(n jsondoc.Node) {
	typ := n.Get("type").Text()
	seen := map[string]bool{}
	i := 0
	for e := n.Get("entry").First(); e.Exists(); e = e.Next() {
		c.enter("entry", "", i)
		c.entry(e, typ, seen)
		c.leave()
		i++
	}
	c.links(n)
	first := n.Get("entry").First().Get("resource").Get("resourceType").Text()
	want := map[string]string{"document": "Composition", "message": "MessageHeader"}[typ]
	if want != "" && first != want {
		c.report(Error, "invalid", "bundle-first", n, fmt.Sprintf("the first entry of a %s must be a %s", typ, want))
	}
	if want != "" {
		c.reachable(n)
	}
}

func (c *check) entry(e jsondoc.Node, typ string, seen map[string]bool) {
	full, r := e.Get("fullUrl"), e.Get("resource")
	url := full.Text()
	if full.Kind() == jsondoc.String {
		switch {
		case !strings.Contains(url, ":"):
			c.report(Error, "invalid", "full-url", full, fmt.Sprintf("the fullUrl must be an absolute URL, not %s", quoted(url)))
		case strings.Contains(url, "/_history/"):
			c.report(Error, "invariant", "bdl-8", full, "the fullUrl must not name a version (rule bdl-8)")
		}
	}
	version := r.Get("meta").Get("versionId").Text()
	if key := url + "|" + version; url != "" && typ != "history" {
		if seen[key] {
			c.report(Error, "invariant", "bdl-7", full, fmt.Sprintf("the fullUrl %s stands at two entries (rule bdl-7)", quoted(url)))
		}
		seen[key] = true
	}
	if url == "" && (typ == "document" || typ == "message") && r.Exists() {
		c.report(Error, "invalid", "full-url", e, fmt.Sprintf("each entry of a %s must have a fullUrl", typ))
	}
	id := r.Get("id").Text()
	if ft, _, ok := cutReference(url); ok && id == "" && strings.HasPrefix(url, "http") && r.Get("resourceType").TextIs(ft) && typ != "transaction" && typ != "batch" {
		c.report(Error, "invalid", "full-url", e, fmt.Sprintf("the fullUrl %s names an id, but the resource has none", quoted(url)))
	}
	if t := r.Get("resourceType").Text(); id != "" && strings.HasPrefix(url, "http") && c.d.IsResource(t) {
		if ft, fid, ok := cutReference(url); ok && c.d.IsResource(ft) && (ft != t || fid != id) {
			c.report(Error, "invalid", "full-url", full, fmt.Sprintf("the fullUrl %s does not fit the resource, %s/%s", quoted(url), t, id))
		}
	}
}

// links may name each relation once.
func (c *check) links(n jsondoc.Node) {
	seen := map[string]bool{}
	i := 0
	for l := n.Get("link").First(); l.Exists(); l = l.Next() {
		rel := l.Get("relation").Text()
		switch rel {
		case "self", "first", "prev", "previous", "next", "last":
			if seen[rel] {
				c.enter("link", "", i)
				c.report(Error, "invalid", "bundle-link", l, fmt.Sprintf("the link relation %s can stand only once", quoted(rel)))
				c.leave()
			}
			seen[rel] = true
		}
		i++
	}
}

// reachable warns of entries that the first one does not lead to (R4 3.3.1).
func (c *check) reachable(n jsondoc.Node) {
	type entry struct {
		node jsondoc.Node
		full string
		seen bool
	}
	var all []entry
	at := map[jsondoc.Node]int{}
	for e := n.Get("entry").First(); e.Exists(); e = e.Next() {
		at[e.Get("resource")] = len(all)
		all = append(all, entry{e.Get("resource"), e.Get("fullUrl").Text(), false})
	}
	if len(all) == 0 {
		return
	}
	links := make([][]int, len(all))
	index := c.scopes[len(c.scopes)-1].index()
	for i := range all {
		references(all[i].node, func(text string) {
			if t, ok := index.find(text, all[i].full); ok {
				j := at[t]
				links[i] = append(links[i], j)
				links[j] = append(links[j], i)
			}
		})
	}
	queue := []int{0}
	all[0].seen = true
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, j := range links[i] {
			if !all[j].seen {
				all[j].seen = true
				queue = append(queue, j)
			}
		}
	}
	for i := range all {
		if !all[i].seen && all[i].node.Exists() {
			c.enter("entry", "", i)
			c.report(Warning, "informational", "bundle-reachable", all[i].node, "nothing leads from the first entry to this one")
			c.leave()
		}
	}
}

func references(n jsondoc.Node, use func(string)) {
	for x := n.First(); x.Exists(); x = x.Next() {
		if x.Kind() == jsondoc.String {
			if string(x.RawKey()) == "reference" {
				use(x.Text())
			}
			continue
		}
		references(x, use)
	}
}
