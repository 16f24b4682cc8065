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
	// places are the fields of each map (PV2[Encounter]:PV2-11) and the segments
	// of each message (SIU_S12:SIU_S12.SCH), and whether a row maps them.
	places   map[string]bool
	segments map[string]bool // that have a map
}

// filled is an element that a row fills, by the map of a data type or itself.
type filled struct{ path, by string }

var (
	mapName     = regexp.MustCompile(`_ ([^\[]*)\[([A-Za-z]+)([^\]]*)\]`)
	messageName = regexp.MustCompile(`R4_ ([A-Z0-9_]+) - `)
	indexes     = regexp.MustCompile(`\[[^\]]*\]| `)
	elementOf   = regexp.MustCompile(`^[a-z_][A-Za-z.]*$`)
	resource    = regexp.MustCompile(`^([A-Z][A-Za-z]+)(?:\[[^\]]*\])?(?:\.(.*))?$`)
)

func guideTables(t testing.TB) tables {
	t.Helper()
	g := tables{map[string][]filled{}, map[string][]filled{}, map[string]bool{}, map[string]bool{}}
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
				if i < 2 || len(row) < 16 {
					continue
				}
				key := strings.TrimSpace(name[1]) + "[" + name[2] + name[3] + "]"
				g.places[key+":"+strings.TrimSpace(row[1])] = g.places[key+":"+strings.TrimSpace(row[1])] || strings.TrimSpace(row[9]) != ""
				g.segments[strings.TrimSpace(name[1])] = true
				// Quantity.code in the map of a quantity is its code; a table of
				// codes gives the system with the code.
				to := []string{strings.TrimPrefix(strings.TrimSpace(row[9]), name[2]+".")}
				if code, coded := strings.CutSuffix(to[0], ".code"); coded && strings.TrimSpace(row[15]) != "" {
					to = append(to, code+".system")
				}
				for _, attribute := range to {
					if attribute == "" {
						continue
					}
					g.add(name[2], attribute, strings.TrimSpace(row[14]))
					if folder == "datatypes" {
						path, _, nested := outside(attribute)
						if nested {
							path += ".reference"
						}
						g.types[key] = append(g.types[key], filled{path, strings.TrimSpace(row[14])})
					}
				}
			}
		}
	}
	g.readMessages(t)
	if len(g.resources) == 0 {
		t.Skipf("no tables at %sv2-to-fhir/mappings: the reasons of the differences would be held against them", shared)
	}
	return g
}

// readMessages reads which segments of a message make something.
func (g tables) readMessages(t testing.TB) {
	t.Helper()
	files, _ := filepath.Glob(shared + "v2-to-fhir/mappings/messages/*.csv")
	for _, file := range files {
		name := messageName.FindStringSubmatch(filepath.Base(file))
		raw, err := os.ReadFile(file)
		if err != nil || name == nil {
			t.Fatalf("%s: %v", file, err)
		}
		r := csv.NewReader(strings.NewReader(string(raw)))
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		g.segments[name[1]] = true
		for _, row := range rows {
			if len(row) > 9 {
				place := name[1] + ":" + strings.TrimSpace(row[1])
				g.places[place] = g.places[place] || strings.TrimSpace(row[9]) != ""
			}
		}
	}
}

// says reports whether the tables say what a rule cites:
//
//	PV2[Encounter]:PV2-11   this map has a row that maps the field
//	!ORC[ServiceRequest]:ORC-15   it has the field, and maps it to nothing
//	SIU_S12:SIU_S12.SCH     this message has a row for the segment
//	!ACC, !RDE_O11          there is no map of the segment, no table of the message
func (g tables) says(cite string) bool {
	name, not := strings.CutPrefix(cite, "!")
	if !strings.Contains(name, ":") {
		return not && !g.segments[name]
	}
	mapped, there := g.places[name]
	return there && mapped != not
}

// segmentOf returns the segment that a rule cites, "" where it cites the map of a type.
func segmentOf(cite string) string {
	name, place, _ := strings.Cut(strings.TrimPrefix(cite, "!"), ":")
	name, _, _ = strings.Cut(name, "[")
	if strings.Contains(name, "_") {
		name = place[strings.LastIndexByte(place, '.')+1:]
	}
	if len(name) != 3 || place != "" && !strings.Contains(place, "-") && !strings.Contains(place, "_") {
		return ""
	}
	return name
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
