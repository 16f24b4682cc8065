package mapping_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"bedrail/format/hl7"
	"bedrail/mapping"
)

// A statusTable is a table of HL7 v2 that says how far a result is, as FHIR has
// it. own are the codes of which the guide's concept map has an empty row: ours
// are by the definition in FHIR R4 that is written beside them.
type statusTable struct {
	csv, message, path string
	own                map[string][2]string
	unknown            map[string]string // that have no status in FHIR, and why
}

var statusTables = map[string]statusTable{
	"0085": {
		"ObservationResultStatusCodesInterpretation",
		"MSH|^~\\&|LAB|X|||20260301||ORU^R01^ORU_R01|1|P|2.6\rPID|||1^^^X^MR\rOBR|1||2|718-7^Hb^LN|||20260301|||||||||||||||||||F\rOBX|1|NM|718-7^Hb^LN||13.2|g/dL|||||%s",
		"Observation.status",
		map[string][2]string{
			"R": {"preliminary", "an initial or interim observation: data may be incomplete or unverified"},
			"S": {"preliminary", "an initial or interim observation: data may be incomplete or unverified"},
			"I": {"registered", "the existence of the observation is registered, but there is no result yet available"},
			"U": {"final", "the observation is complete and there are no further actions needed"},
			"V": {"final", "the observation is complete; it was reviewed and nothing changed"},
			"B": {"amended", "subsequent to being final, the observation has been modified: this includes new information"},
			"N": {"cancelled", "the observation is unavailable because the measurement was not started"},
		},
		map[string]string{"O": "order detail; answers to questions at order entry carry it and have a value"},
	},
	"0123": {
		"ResultStatus[Non-Queries]",
		"MSH|^~\\&|LAB|X|||20260301||ORU^R01^ORU_R01|1|P|2.6\rPID|||1^^^X^MR\rOBR|1||2|718-7^Hb^LN|||20260301||||||||||||||||||%s\rOBX|1|NM|718-7^Hb^LN||13.2|g/dL|||||F",
		"DiagnosticReport.status",
		map[string][2]string{
			"A": {"partial", "a partial report: data in it may be incomplete or unverified"},
			"M": {"partial", "a partial report, of which preliminary is a kind: corrected, and not final"},
			"N": {"registered", "the existence of the report is registered, but there is nothing yet available"},
		},
		map[string]string{"Y": "the answer to a query", "Z": "the answer to a query"},
	},
}

// TestStatusTables maps a result with each code of tables 0085 and 0123 and
// holds its status against the row of the guide's concept map, or where that is
// empty against what is written above. No code may be left out.
func TestStatusTables(t *testing.T) {
	lib := library(t)
	for number, table := range statusTables {
		f, err := os.Open(shared + "v2-to-fhir/mappings/codesystems/HL7 Concept Map_ " + table.csv + " - Sheet1.csv")
		if err != nil {
			t.Skipf("no concept map of table %s: its rows would be held against ours", number)
		}
		r := csv.NewReader(f)
		r.FieldsPerRecord = -1
		rows, err := r.ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, row := range rows[2:] {
			code, want := row[0], row[6]
			if code == "" {
				continue
			}
			if own, ok := table.own[code]; ok {
				if want != "" && !strings.HasPrefix(want, "Create JIRA") {
					t.Errorf("table %s: the guide has %s for %s now, ours is %s", number, want, code, own[0])
				}
				want = own[0]
			} else if _, ok := table.unknown[code]; ok {
				want = "unknown"
			}
			if got := statusOf(t, lib, strings.Replace(table.message, "%s", code, 1), table.path); got != want || want == "" {
				t.Errorf("table %s: %s becomes %q, want %q (%s)", number, code, got, want, row[1])
			}
			checked++
		}
		t.Logf("table %s: %d codes, %d of them with a status that the guide leaves open", number, checked, len(table.own))
	}
}

func statusOf(t *testing.T, lib *mapping.Library, text, path string) string {
	t.Helper()
	m, err := hl7.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	res, err := lib.HL7(m, "oru-r01", mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := mapping.Facts(res.Bundle)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Type+"."+f.Path == path {
			return f.Value
		}
	}
	return ""
}
