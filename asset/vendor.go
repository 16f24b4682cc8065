package asset

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/vendors.tsv
var vendorTable string

// vendors reads the table of makers once: plain form of each alias to the
// name that Bedrail shows.
var vendors = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for line := range strings.SplitSeq(vendorTable, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		name, aliases, _ := strings.Cut(line, "\t")
		names[vendorKey(name)] = name
		for a := range strings.SplitSeq(aliases, "|") {
			names[vendorKey(a)] = name
		}
	}
	return names
})

// CanonicalManufacturer returns the name that Bedrail shows for a maker,
// however it is written; a maker that is not in the table keeps its own
// writing, without the legal form at its end.
func CanonicalManufacturer(raw string) string {
	raw = strings.Join(strings.Fields(raw), " ")
	if name, ok := vendors()[vendorKey(raw)]; ok {
		return name
	}
	return trimLegalForm(raw)
}

// SameManufacturer reports whether two writings name one maker. A writing
// with a slash names a maker and its earlier name: either may agree.
func SameManufacturer(a, b string) bool {
	for x := range strings.SplitSeq(a, "/") {
		for y := range strings.SplitSeq(b, "/") {
			if vendorKey(CanonicalManufacturer(x)) == vendorKey(CanonicalManufacturer(y)) {
				return true
			}
		}
	}
	return vendorKey(CanonicalManufacturer(a)) == vendorKey(CanonicalManufacturer(b))
}

func vendorKey(name string) string { return plain(trimLegalForm(name)) }

// legalForms are the words at the end of a firm's name that say how it is
// registered and not who it is.
const legalForms = " inc incorporated ltd limited llc llp lp ag gmbh kg kgaa co corp corporation company sa sas sarl srl spa nv bv pte plc ab as aps oy oyj kk sdn bhd pty cokg aa "

func trimLegalForm(name string) string {
	for {
		name = strings.TrimRight(name, " ,.;&")
		i := strings.LastIndexAny(name, " ,.")
		if i <= 0 {
			return name
		}
		last := plain(name[i+1:])
		// "S.A.", "S.p.A.", "B.V." end in single letters.
		if len(last) == 1 && i >= 2 && name[i] == '.' {
			if j := strings.LastIndexAny(name, " ,"); j > 0 && strings.Contains(legalForms, " "+plain(name[j+1:])+" ") {
				name = name[:j]
				continue
			}
		}
		if last == "" || !strings.Contains(legalForms, " "+last+" ") {
			return name
		}
		name = name[:i]
	}
}
