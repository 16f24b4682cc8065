package sbom

import (
	"fmt"
	"strconv"

	"bedrail/format/cpe"
	"bedrail/format/purl"
)

// maxDoubts bounds how many places of one sort are told; the rest is counted.
const maxDoubts = 10

// A doubter gathers what in a bill is used with doubt, by sort.
type doubter struct {
	list  string // key of the list of components in the document
	bill  *Bill
	told  map[string]int
	order []string
}

// doubt says of a bill that was read what in it cannot be relied on, each with
// its place in the document and why: a lying bill is used as far as it is safe.
func (b *Bill) doubt(list string, signed bool) {
	d := doubter{list: list, bill: b, told: map[string]int{}}
	if signed {
		b.Warnings = append(b.Warnings, "$.signature: whose key it is cannot be known from the document, so the signature was not checked; ask the maker how to check it")
	}
	paths := d.paths()
	seen := map[string]string{}
	for i, c := range b.Components {
		d.component(paths[i], c, seen)
	}
	d.circles(paths)
	for _, sort := range d.order {
		if more := d.told[sort] - maxDoubts; more > 0 {
			b.Warnings = append(b.Warnings, fmt.Sprintf("and %d more: %s", more, sort))
		}
	}
}

// say notes one place; sort is what it is in words, for the count of the rest.
func (d *doubter) say(sort, path, why string) {
	if d.told[sort]++; d.told[sort] == 1 {
		d.order = append(d.order, sort)
	}
	if d.told[sort] <= maxDoubts {
		d.bill.Warnings = append(d.bill.Warnings, path+": "+why)
	}
}

// paths gives the place of each component in the document.
func (d *doubter) paths() []string {
	children := map[int]int{}
	out := make([]string, len(d.bill.Components))
	for i, c := range d.bill.Components {
		base := "$"
		if c.Parent >= 0 && c.Parent < i {
			base = out[c.Parent]
		}
		out[i] = base + "." + d.list + "[" + strconv.Itoa(children[c.Parent]) + "]"
		children[c.Parent]++
	}
	return out
}

func (d *doubter) component(path string, c Component, seen map[string]string) {
	if c.Ref != "" {
		if first, twice := seen[c.Ref]; twice {
			d.say("references that stand twice", path, fmt.Sprintf("its reference %q is also that of %s; what depends on it leads nowhere", clip(c.Ref), first))
		} else {
			seen[c.Ref] = path
		}
	}
	p, err := purl.Parse(c.PURL)
	_, _, name := p.Ecosystem()
	ecosystem, _, _ := p.Ecosystem()
	switch {
	case c.PURL == "":
	case err != nil:
		d.say("package URLs that cannot be read", path, fmt.Sprintf("its package URL cannot be read: %v", err))
	case ecosystem == "" && p.Type != "generic" && p.Type != "github" && c.CPE == "":
		d.say("package URLs of an unknown type", path, fmt.Sprintf("no advisories are known for packages of the type %q, and it has no CPE: nothing can be said of it", p.Type))
	case name == "" && ecosystem != "":
		d.say("package URLs without a name", path, "its package URL names no package")
	}
	if c.CPE != "" {
		if _, err := cpe.Parse(c.CPE); err != nil {
			d.say("CPE names that cannot be read", path, fmt.Sprintf("its CPE name cannot be read: %v", err))
		}
	}
	if c.Version == "" && p.Version == "" {
		d.say("components without a version", path, fmt.Sprintf("%q has no version: what is known of it is undecidable", clip(c.Name)))
	}
}

// circles finds components that need themselves, over any number of others.
// The walk holds its own stack: a hostile chain is as long as the bill.
func (d *doubter) circles(paths []string) {
	const fresh, open, done = 0, 1, 2
	state := make([]byte, len(d.bill.Components))
	type step struct {
		at   int32
		next int
	}
	for start := range d.bill.Components {
		if state[start] != fresh {
			continue
		}
		state[start] = open
		for stack := []step{{at: int32(start)}}; len(stack) > 0; {
			top := &stack[len(stack)-1]
			needs := d.bill.Components[top.at].DependsOn
			if top.next == len(needs) {
				state[top.at] = done
				stack = stack[:len(stack)-1]
				continue
			}
			to := needs[top.next]
			top.next++
			switch state[to] {
			case fresh:
				state[to] = open
				stack = append(stack, step{at: to})
			case open:
				d.say("circles of dependencies", paths[top.at], fmt.Sprintf("it depends on %s, which depends on it: a circle", paths[to]))
			}
		}
	}
}

func clip(s string) string {
	if len(s) <= 60 {
		return s
	}
	return s[:60] + "..."
}
