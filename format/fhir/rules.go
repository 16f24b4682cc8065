package fhir

import (
	"fmt"
	"slices"
	"strings"

	"bedrail/format/jsondoc"
)

// A vital is a vital sign whose profile FHIR asks for whenever it is recorded
// (R4 Observation, vital signs). The codes of SNOMED CT that mean the same
// lead to it too.
type vital struct {
	profile, loinc string
	others         []string
}

var vitals = []vital{
	{"resprate", "9279-1", []string{"86290005"}},
	{"heartrate", "8867-4", []string{"364075005"}},
	{"oxygensat", "2708-6", []string{"103228002", "431314004"}},
	{"bodytemp", "8310-5", []string{"386725007", "276885007"}},
	{"bodyheight", "8302-2", []string{"50373000"}},
	{"headcircum", "9843-4", []string{"363812007"}},
	{"bodyweight", "29463-7", []string{"27113001"}},
	{"bmi", "39156-5", []string{"60621009"}},
	{"bp", "85354-9", []string{"75367002"}},
}

// vitalSigns checks an observation of a vital sign against its profile.
func (c *check) vitalSigns(n jsondoc.Node) {
	code := n.Get("code")
	found, magic := -1, false
	for x := code.Get("coding").First(); x.Exists(); x = x.Next() {
		system, is := x.Get("system"), x.Get("code")
		for i := range vitals {
			switch {
			case system.TextIs("http://loinc.org") && is.TextIs(vitals[i].loinc):
				found, magic = i, true
			case found < 0 && system.TextIs("http://snomed.info/sct") && is.Kind() == jsondoc.String && slices.Contains(vitals[i].others, is.Text()):
				found = i
			}
		}
	}
	if found < 0 {
		return
	}
	v := vitals[found]
	if !magic {
		c.enter("code", "", -1)
		c.report(Error, "structure", "vital-signs", code, fmt.Sprintf("a vital sign must carry its LOINC code %s as well; other codes may stand beside it", v.loinc))
		c.leave()
		return
	}
	if s := c.d.structure(core + v.profile); s != nil {
		c.conform(n, jsondoc.Node{}, "Observation", s)
	}
}

// codeSystemRules: what adds to a code system says so, and codes stand once.
func (c *check) codeSystemRules(n jsondoc.Node) {
	content := n.Get("content")
	if base := n.Get("supplements"); base.Exists() {
		if !content.TextIs("supplement") {
			c.enter("content", "", -1)
			c.report(Error, "business-rule", "supplement", content, "a code system that supplements another must have the content \"supplement\"")
			c.leave()
		}
		return
	}
	seen := map[string]bool{}
	c.uniqueCodes(n, seen, 0)
}

func (c *check) uniqueCodes(n jsondoc.Node, seen map[string]bool, depth int) {
	i := 0
	for x := n.Get("concept").First(); x.Exists() && depth < maxProfileDepth; x = x.Next() {
		c.enter("concept", "", i)
		code := x.Get("code")
		if code.Kind() == jsondoc.String && seen[code.Text()] {
			c.report(Error, "business-rule", "code-twice", code, fmt.Sprintf("the code %s stands twice", quoted(code.Text())))
		}
		seen[code.Text()] = true
		c.uniqueCodes(x, seen, depth+1)
		c.leave()
		i++
	}
}

// valueSetRules: the codes that a value set lists exist.
func (c *check) valueSetRules(n jsondoc.Node) {
	parameters := map[string]bool{}
	for x := n.Get("extension").First(); x.Exists(); x = x.Next() {
		if strings.HasSuffix(x.Get("url").Text(), "/valueset-parameter") {
			for p := x.Get("extension").First(); p.Exists(); p = p.Next() {
				if p.Get("url").TextIs("name") {
					v, _ := valueOf(p)
					parameters[v.Text()] = true
				}
			}
		}
	}
	c.enter("compose", "", -1)
	defer c.leave()
	for _, kind := range [...]string{"include", "exclude"} {
		i := 0
		for s := n.Get("compose").Get(kind).First(); s.Exists(); s = s.Next() {
			c.enter(kind, "", i)
			c.listed(s)
			c.filterParameters(s, parameters)
			c.leave()
			i++
		}
	}
}

func (c *check) listed(s jsondoc.Node) {
	system := s.Get("system").Text()
	i := 0
	for x := s.Get("concept").First(); x.Exists(); x = x.Next() {
		if code := x.Get("code"); code.Kind() == jsondoc.String && system != "" && c.d.knows(system, code.Text()) == no {
			c.enter("concept", "", i)
			c.report(Error, "business-rule", "code-unknown", x, fmt.Sprintf("there is no code %s in the code system %s", quoted(code.Text()), system))
			c.leave()
		}
		i++
	}
}

// filterParameters: an expression in a filter names parameters that the value
// set declares.
func (c *check) filterParameters(s jsondoc.Node, known map[string]bool) {
	i := 0
	for f := s.Get("filter").First(); f.Exists(); f = f.Next() {
		j := 0
		for x := f.Get("_value").Get("extension").First(); x.Exists(); x = x.Next() {
			v, typ := valueOf(x)
			name, ok := strings.CutPrefix(strings.TrimSpace(v.Get("expression").Text()), "%")
			if ok && isID([]byte(name)) && !known[name] {
				c.enter("filter", "", i)
				c.enter("extension", "", j)
				c.enter("value", typ, -1)
				c.report(Error, "exception", "filter-parameter", v, fmt.Sprintf("the value set declares no parameter %s", quoted(name)))
				c.leave()
				c.leave()
				c.leave()
			}
			j++
		}
		i++
	}
}

// searchParameterRules: what is derived keeps type and base of what it is
// derived from.
func (c *check) searchParameterRules(n jsondoc.Node) {
	if n.Get("type").TextIs("composite") && n.Get("component").Len() < 2 {
		c.report(Error, "business-rule", "search-composite", n, "a composite search parameter must have two components or more")
	}
	from, ok := c.d.searchParameter(n.Get("derivedFrom").Text())
	if !ok {
		return
	}
	if t := n.Get("type"); !t.TextIs(from.Get("type").Text()) {
		c.report(Error, "business-rule", "search-type", n, fmt.Sprintf("the type is %s, but the search parameter it derives from is of type %s", quoted(t.Text()), quoted(from.Get("type").Text())))
	}
	bases := texts(from.Get("base"))
	for _, b := range texts(n.Get("base")) {
		if !slices.Contains(bases, b) {
			c.report(Error, "business-rule", "search-base", n, fmt.Sprintf("the search parameter it derives from has no base %s", b))
		}
	}
}

func (d *Definitions) searchParameter(url string) (jsondoc.Node, bool) {
	if url == "" {
		return jsondoc.Node{}, false
	}
	r, _, ok := d.record("P\t" + withoutVersion(url))
	if !ok {
		return d.Resource("SearchParameter", url)
	}
	n, err := r.open()
	return n, err == nil
}

// capabilityRules: search parameters keep the type of their definitions.
func (c *check) capabilityRules(n jsondoc.Node) {
	i := 0
	for rest := n.Get("rest").First(); rest.Exists(); rest = rest.Next() {
		c.enter("rest", "", i)
		j := 0
		for r := rest.Get("resource").First(); r.Exists(); r = r.Next() {
			c.enter("resource", "", j)
			k := 0
			for p := r.Get("searchParam").First(); p.Exists(); p = p.Next() {
				if s, ok := c.d.searchParameter(p.Get("definition").Text()); ok && !p.Get("type").TextIs(s.Get("type").Text()) {
					c.enter("searchParam", "", k)
					c.report(Error, "invalid", "search-type", p, fmt.Sprintf("the type is %s, but the definition of the search parameter says %s", quoted(p.Get("type").Text()), quoted(s.Get("type").Text())))
					c.leave()
				}
				k++
			}
			c.leave()
			j++
		}
		c.leave()
		i++
	}
}
