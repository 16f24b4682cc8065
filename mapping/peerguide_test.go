package mapping_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tables are the rows of HL7's v2-to-FHIR guide, as published: which elements
// of which resource they fill. They decide whether a reason that a difference
// has from the guide is true.
type tables struct {
	resources map[string][]filled // by type
	types     map[string][]filled // by map of a data type: CWE[CodeableConcept]
}

// filled is an element that a row fills, by the map of a data type or itself.
type filled struct{ path, by string }

var (
	mapName   = regexp.MustCompile(`_ ([^\[]*)\[([A-Za-z]+)([^\]]*)\]`)
	indexes   = regexp.MustCompile(`\[[^\]]*\]| `)
	elementOf = regexp.MustCompile(`^[a-z_][A-Za-z.]*$`)
	resource  = regexp.MustCompile(`^([A-Z][A-Za-z]+)(?:\[[^\]]*\])?(?:\.(.*))?$`)
)

func guideTables(t testing.TB) tables {
	t.Helper()
	g := tables{map[string][]filled{}, map[string][]filled{}}
	for _, folder := range []string{"segments", "datatypes"} {
		files, _ := filepath.Glob(shared + "v2-to-fhir/mappings/" + folder + "/*.csv")
		for _, file := range files {
			name := mapName.FindStringSubmatch(filepath.Base(file))
			if name == nil {
				continue
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			r := csv.NewReader(f)
			r.FieldsPerRecord, r.LazyQuotes = -1, true
			rows, err := r.ReadAll()
			f.Close()
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for i, row := range rows {
				if i < 2 || len(row) < 15 || strings.TrimSpace(row[9]) == "" {
					continue
				}
				g.add(name[2], row[9], strings.TrimSpace(row[14]))
				if folder == "datatypes" {
					key := strings.TrimSpace(name[1]) + "[" + name[2] + name[3] + "]"
					path, _, nested := outside(row[9])
					if nested {
						path += ".reference"
					}
					g.types[key] = append(g.types[key], filled{path, strings.TrimSpace(row[14])})
				}
			}
		}
	}
	if len(g.resources) == 0 {
		t.Skipf("no tables at %sv2-to-fhir/mappings: the reasons of the differences would be held against them", shared)
	}
	return g
}

// outside parts "participant[1].individual(Practitioner.name)" into the path of
// the resource itself and what stands in parentheses.
func outside(attribute string) (path string, inner []string, nested bool) {
	depth, from := 0, 0
	var b strings.Builder
	for i, c := range attribute {
		switch {
		case c == '(':
			if depth++; depth == 1 {
				from = i + 1
			}
		case c == ')':
			if depth--; depth == 0 {
				inner = append(inner, attribute[from:i])
				nested = true
			}
		case depth == 0:
			b.WriteRune(c)
		}
	}
	return indexes.ReplaceAllString(b.String(), ""), inner, nested
}

func (g tables) add(typ, attribute, by string) {
	path, inner, nested := outside(attribute)
	switch {
	case !elementOf.MatchString(path):
	case nested:
		g.resources[typ] = append(g.resources[typ], filled{path + ".reference", ""})
	default:
		g.resources[typ] = append(g.resources[typ], filled{path, by})
	}
	for _, in := range inner {
		if m := resource.FindStringSubmatch(strings.TrimSpace(in)); m != nil && m[2] != "" {
			g.add(m[1], m[2], by)
		} else if m != nil {
			g.resources[m[1]] = append(g.resources[m[1]], filled{"", by})
		}
	}
}

// fills reports whether a row of the guide fills an element, or may: where the
// map of a data type is not published, it is taken to.
func (g tables) fills(rows []filled, path string, depth int) bool {
	if depth > 4 {
		return false
	}
	for _, r := range rows {
		parts, known := g.types[r.by]
		rest, within := strings.CutPrefix(path, r.path+".")
		switch {
		case r.path == path || strings.HasPrefix(r.path, path+"."):
			return true
		case (r.path == "" || r.path == "$this") && known:
			if g.fills(parts, path, depth+1) {
				return true
			}
		case within && known:
			if g.fills(parts, rest, depth+1) {
				return true
			}
		case within && r.by != "":
			return true
		}
	}
	return false
}

// element reports whether the guide fills Type.path.
func (g tables) element(key string) bool {
	typ, path, _ := strings.Cut(key, ".")
	return g.fills(g.resources[typ], strings.TrimPrefix(path, "_"), 0)
}

// has reports whether the guide has any map to a type.
func (g tables) has(key string) bool {
	typ, _, _ := strings.Cut(key, ".")
	return len(g.resources[typ]) > 0
}
