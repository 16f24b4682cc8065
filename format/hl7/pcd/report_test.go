package pcd

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"bedrail/format/hl7"
	"bedrail/format/ucum"
)

func TestReport(t *testing.T) {
	terms, err := NewTable()
	if err != nil {
		t.Fatal(err)
	}
	m, err := hl7.Parse(ward())
	if err != nil {
		t.Fatal(err)
	}
	r := Read(m, terms)
	readings := r.Readings()
	if len(r.Nodes) != 15 || len(readings) != 12 {
		t.Fatalf("got %d nodes, %d readings", len(r.Nodes), len(readings))
	}
	last := readings[11]
	channel := r.Nodes[last.Parent]
	if last.Path != "1.6.1.12" || channel.Path != "1.6.1" || r.Nodes[channel.Parent].Path != "1.6" || r.Nodes[r.Nodes[channel.Parent].Parent].Path != "1" {
		t.Errorf("got %+v under %+v", last, channel)
	}
	if last.Reading.UCUM != "%" || last.Device.Universal != "0025DF0000A10001" || !last.Reading.Charted() || r.Location.Bed != "1" {
		t.Errorf("got %+v", last.Reading)
	}
}

func TestCanonicalValues(t *testing.T) {
	terms, err := NewTable()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		replace, with string
		want          func(r *Reading) bool
	}{
		"a value as it is":                     {"", "", func(r *Reading) bool { return r.Value == "97" && r.UCUM == "%" && r.Absent == "" }},
		"an invalid one has none":              {"|97|262688^MDC_DIM_PERCENT^MDC||||", "||262688^MDC_DIM_PERCENT^MDC||INV||", func(r *Reading) bool { return r.Absent == "error" && r.Reliability == "UNRELIABLE" }},
		"a demonstration is never charted":     {"MDC||||", "MDC||DEMO||", func(r *Reading) bool { return !r.Charted() }},
		"a function that was switched off":     {"MDC||||", "MDC||OFF||", func(r *Reading) bool { return r.Absent == "not-performed" }},
		"flags repeat":                         {"MDC||||", "MDC||H~ALACT||", func(r *Reading) bool { return strings.Join(r.Interpretation, " ") == "H in-alarm" }},
		"a unit whose code and name disagree":  {"262688^", "262689^", func(r *Reading) bool { return r.UCUM == "" }},
		"a unit by name only":                  {"262688^", "^", func(r *Reading) bool { return r.UCUM == "%" }},
		"a unit by code only":                  {"262688^MDC_DIM_PERCENT^", "262688^^", func(r *Reading) bool { return r.UCUM == "%" }},
		"a unit that the sender gives in UCUM": {"262688^MDC_DIM_PERCENT^MDC", "%^percent^UCUM", func(r *Reading) bool { return r.UCUM == "%" }},
	}
	const base = "MSH|^~\\&|||||||ORU^R01|1|P|2.6\rOBR|1||||||20260301\rOBX|1|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.6.1.1|97|262688^MDC_DIM_PERCENT^MDC|||||R\r"
	for name, c := range cases {
		m, err := hl7.Parse([]byte(strings.Replace(base, c.replace, c.with, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if got := Read(m, terms).Readings(); len(got) != 1 || !c.want(got[0].Reading) {
			t.Errorf("%s: got %+v", name, got[0].Reading)
		}
	}
}

// Each unit of the table is a unit of UCUM, and measures one thing with the
// others of its dimension; where a metric demands a dimension, UCUM's reading of
// the unit must come to the same word.
func TestUnitsAreUCUM(t *testing.T) {
	terms, err := NewTable()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ucum.ConvertText("98.6", terms.RefID("MDC_DIM_FAHR").UCUM, terms.RefID("MDC_DIM_DEGC").UCUM, 3); err != nil || got != "37.0" && got != "37" {
		t.Errorf("98.6 Fahrenheit is %s Celsius, %v", got, err)
	}
	demanded, measured := map[string]bool{}, map[string]bool{}
	for _, term := range terms.byCode {
		if term.Kind == "metric" && term.Dimension != "" {
			demanded[term.Dimension] = true
		}
	}
	for _, term := range terms.byCode {
		if term.Kind != "unit" {
			continue
		}
		measured[term.Dimension] = true
		if err := ucum.Validate(term.UCUM); err != nil {
			t.Errorf("%s: %v", term.RefID, err)
		}
		if got := parsedDimension(term.UCUM); demanded[term.Dimension] && got != term.Dimension {
			t.Errorf("%s measures %s, UCUM says %s", term.RefID, term.Dimension, got)
		}
	}
	for d := range demanded {
		if !measured[d] {
			t.Errorf("no unit measures a %s, which a metric demands", d)
		}
	}
}

// Every row names its source, stands in the partition of its kind and is the
// only one of its code and names.
func TestTableRows(t *testing.T) {
	partitions := map[string][]int{"metric": {partMetrics}, "unit": {partUnits}, "event": {partEvents}, "device": {partObjects}, "attribute": {partObjects, 8}}
	codes, names := map[string]bool{}, map[string]bool{}
	rows := 0
	for line := range strings.Lines(ownTerms) {
		if line[0] == '#' || strings.HasPrefix(line, "code\t") {
			continue
		}
		rows++
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		n, err := strconv.Atoi(f[0])
		if err != nil || len(f) != 8 || !slices.Contains(partitions[f[2]], n>>16) {
			t.Errorf("%q: wrong partition or columns, %v", line, err)
			continue
		}
		for word := range strings.FieldsSeq(f[7]) {
			if !strings.Contains(ownTerms, "\n#   "+word+" ") {
				t.Errorf("%q: source %q is not in the list at the head", line, word)
			}
		}
		if f[7] == "" || codes[f[0]] || f[5] != "" && f[4] == "" || (f[2] == "unit") != (f[3] != "") {
			t.Errorf("%q: no source, said twice, bounds without dimension or a unit without UCUM", line)
		}
		codes[f[0]] = true
		for name := range strings.FieldsSeq(f[1]) {
			if names[name] || !strings.HasPrefix(name, "MDC_") {
				t.Errorf("%q: name %q said twice or none of the nomenclature", line, name)
			}
			names[name] = true
		}
	}
	if rows < 400 {
		t.Errorf("got %d rows", rows)
	}
}

func TestImportTerms(t *testing.T) {
	terms, err := NewTable()
	if err != nil {
		t.Fatal(err)
	}
	n, err := terms.Import(strings.NewReader("REFID,CF_CODE10,UOM_UCUM\nMDC_DIM_PERCENT,1,x\nMDC_DIM_MADE_UP,262999,kg\nMDC_BROKEN,none,\n"))
	if err != nil || n != 1 || terms.Code(262999) == nil || terms.Code(262999).Kind != "unit" || terms.RefID("MDC_DIM_PERCENT").UCUM != "%" {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := terms.Import(strings.NewReader("a,b\n1,2\n")); err == nil {
		t.Error("a heading without codes was taken")
	}
}
