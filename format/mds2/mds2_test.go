package mds2_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"bedrail/format/mds2"
)

func read(t testing.TB, text string) mds2.Sheet {
	t.Helper()
	s, err := mds2.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestForm(t *testing.T) {
	for rule, c := range map[string]struct {
		text  string
		id    string
		value mds2.Value
		note  string
		says  string // part of a problem; empty is none about this
	}{
		"an answer stands in the third column of the template": {"CSUP-2.2,Who may patch?,Yes,see the guide,,\n", "CSUP-2.2", mds2.Yes, "see the guide", ""},
		"a short list has no column of questions":              {"question_id,answer\nCSUP-2.2,No\n", "CSUP-2.2", mds2.No, "", ""},
		"headings say where the answer stands":                 {"ID,Note,Answer\nTXCF-2,only on request,No\n", "TXCF-2", mds2.No, "only on request", ""},
		"swapped letters are put right and said":               {"SHAD-15,BIOS?,Yes,\n", "SAHD-15", mds2.Yes, "", `"SHAD-15" was read as SAHD-15`},
		"a wrong letter is put right when one section is near": {"CSVP-2.2,x,N/A,\n", "CSUP-2.2", mds2.NA, "", "was read as CSUP-2.2"},
		"blanks and dots in a number are put right":            {"csup 2.2.,x,yes,\n", "CSUP-2.2", mds2.Yes, "", "was read as CSUP-2.2"},
		"words after the answer become the note":               {"PAUT-8,x,Yes - with LDAP only,\n", "PAUT-8", mds2.Yes, "with LDAP only", "the rest as a note"},
		"see note with its number is an answer":                {"PAUT-8,x,See Note #12,twelve\n", "PAUT-8", mds2.SeeNote, "twelve", ""},
		"prose is kept as a note and is no answer":             {"PAUT-8,x,Only in the clinic version,\n", "PAUT-8", mds2.Blank, "Only in the clinic version", "is none of"},
		"nothing is no answer":                                 {"PAUT-8,x,,\nPAUT-9,x,No,\n", "PAUT-8", mds2.Blank, "", "questions have no answer"},
		"the first of two answers stands":                      {"PAUT-8,x,Yes,\nPAUT-8,x,No,\n", "PAUT-8", mds2.Yes, "", "the first stands"},
		"a number of 2013 is read as the one of 2019":          {"18-2,x,Yes,\n1-1,x,Yes,\n", "TXCF-2", mds2.Yes, "", ""},
		"an unknown number is left out and said":               {"CSUP-99,x,Yes,\nCSUP-1,x,Yes,\n", "CSUP-1", mds2.Yes, "", `"CSUP-99" is no question`},
		"JSON by number":                                       {`{"model":"M","answers":{"TXCF-2":"No","SBOM-1":{"answer":"Yes","note":"on request"}}}`, "SBOM-1", mds2.Yes, "on request", ""},
		"JSON as a list":                                       {` {"answers":[{"id":"RDMP-4","answer":"No"}]}`, "RDMP-4", mds2.No, "", ""},
	} {
		t.Run(rule, func(t *testing.T) {
			s := read(t, c.text)
			a := s.Answer(c.id)
			if a.Value != c.value || a.Note != c.note {
				t.Errorf("%s is %q with note %q, want %q with %q", c.id, a.Value, a.Note, c.value, c.note)
			}
			if got := fmt.Sprint(s.Problems); c.says != "" && !strings.Contains(got, c.says) {
				t.Errorf("problems %s, want one that says %q", got, c.says)
			}
			if len(s.Answers) != 233 {
				t.Errorf("%d answers, want all 233 questions", len(s.Answers))
			}
		})
	}
}

func TestOld(t *testing.T) {
	s := read(t, "A,x,Yes,\n12-1,x,Yes,\n4-1,x,No,only the service\n20-1,x,No,\n")
	if s.Edition != "2013" || s.Answer("MPII-1").Value != mds2.Yes || s.Answer("RMOT-1").Was != "20-1" {
		t.Errorf("got edition %s, %+v, %+v", s.Edition, s.Answer("MPII-1"), s.Answer("RMOT-1"))
	}
	want := []mds2.Answer{{ID: "4-1", Value: mds2.No, Note: "only the service", Was: "4-1", Line: 3}}
	if !reflect.DeepEqual(s.Other, want) {
		t.Errorf("what 2019 no longer asks: got %+v, want %+v", s.Other, want)
	}
}

func TestNoForm(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "prose": "Dear customer,\nplease find enclosed\n", "json": `{"answers":3}`, "broken json": `{"answers":`} {
		if s, err := mds2.Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: got %+v, want an error", name, s)
		}
	}
}

// TestRealForm reads the public form of a real recorder, where it is at hand.
func TestRealForm(t *testing.T) {
	raw, err := os.ReadFile("../../../shared/testdata/sbom/mds2/mds2-2019-medicapture-mvr.answers.csv")
	if err != nil {
		t.Skip("NOT RUN: the real form of testdata/sbom/mds2 is not there; it would count 231 answers of 233")
	}
	s := read(t, string(raw))
	answered, asked := s.Count()
	if answered != 231 || asked != 233 || s.Edition != "2019" {
		t.Errorf("edition %s, %d answers of %d, want 231 of 233", s.Edition, answered, asked)
	}
	count := map[mds2.Value]int{}
	for _, a := range s.Answers {
		count[a.Value]++
	}
	if want := map[mds2.Value]int{mds2.Yes: 118, mds2.No: 89, mds2.NA: 24, mds2.Blank: 2}; !reflect.DeepEqual(count, want) {
		t.Errorf("got %v, want %v", count, want)
	}
}

// TestSpreadsheet reads the same form as CSV and as XLSX alike.
func TestSpreadsheet(t *testing.T) {
	rows := [][]string{{"Manufacturer Disclosure Statement"}, {"DOC-1", "Maker", "Acme Medical"}, {"DOC-3", "Model", "Pump 9"}, {"", "SECTION", ""}, {"CSUP-2.2", "Q", "Yes", "n"}, {"CONN-4", "Q", "No"}}
	var csv strings.Builder
	for _, r := range rows {
		csv.WriteString(strings.Join(r, ",") + "\n")
	}
	a := read(t, csv.String())
	b, err := mds2.Read(bytes.NewReader(workbook(t, rows)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("CSV gives %+v\nXLSX gives %+v", a, b)
	}
	if a.Manufacturer != "Acme Medical" || a.Model != "Pump 9" || a.Answer("CONN-4").Value != mds2.No {
		t.Errorf("got %+v", a)
	}
	out, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	c := read(t, string(out)) // what we write is what we read
	if c.Answer("CSUP-2.2").Value != mds2.Yes || c.Model != "Pump 9" {
		t.Errorf("our own JSON reads back as %+v", c.Answer("CSUP-2.2"))
	}
}

func workbook(t testing.TB, rows [][]string) []byte {
	t.Helper()
	var sheet, out bytes.Buffer
	sheet.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	for i, r := range rows {
		fmt.Fprintf(&sheet, `<row r="%d">`, i+1)
		for j, c := range r {
			fmt.Fprintf(&sheet, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+j, i+1, c)
		}
		sheet.WriteString("</row>")
	}
	sheet.WriteString("</sheetData></worksheet>")
	z := zip.NewWriter(&out)
	for name, body := range map[string]string{
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="MDS2" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   sheet.String(),
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(body))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("CSUP-2.2,Who?,Yes - but,note\nSHAD-15,x,See Note 3,\n18-2,x,No\n"))
	f.Add([]byte(`{"answers":{"TXCF-2":"No","SBOM-1":{"answer":"Yes"}}}`))
	f.Add(workbook(f, [][]string{{"CSUP-1", "q", "Yes"}}))
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := mds2.Read(bytes.NewReader(in))
		if err != nil {
			return
		}
		if len(s.Answers) != 233 || len(s.Problems) > 200 {
			t.Errorf("%d answers, %d problems", len(s.Answers), len(s.Problems))
		}
		for _, a := range s.Answers {
			switch a.Value {
			case mds2.Yes, mds2.No, mds2.NA, mds2.SeeNote, mds2.Blank:
			default:
				t.Errorf("%s has the value %q", a.ID, a.Value)
			}
		}
	})
}
