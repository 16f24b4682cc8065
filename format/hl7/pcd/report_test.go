package pcd

import (
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
// others of its dimension.
func TestUnitsAreUCUM(t *testing.T) {
	terms, err := NewTable()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ucum.ConvertText("98.6", terms.RefID("MDC_DIM_FAHR").UCUM, terms.RefID("MDC_DIM_DEGC").UCUM, 3); err != nil || got != "37.0" && got != "37" {
		t.Errorf("98.6 Fahrenheit is %s Celsius, %v", got, err)
	}
	for code, term := range terms.byCode {
		if term.Kind == "unit" {
			if err := ucum.Validate(term.UCUM); err != nil {
				t.Errorf("%s: %v", term.RefID, err)
			}
			if got := parsedDimension(term.UCUM); got != term.Dimension && term.Dimension != "none" {
				t.Errorf("%s measures %s, UCUM says %s", term.RefID, term.Dimension, got)
			}
		}
		if term.Kind == "unit" && (code>>16 != partUnits || term.UCUM == "") {
			t.Errorf("%+v", term)
		}
		if term.Kind == "metric" && (code>>16 != partMetrics || term.Dimension == "") {
			t.Errorf("%+v", term)
		}
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
