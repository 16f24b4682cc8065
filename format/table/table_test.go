package table_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"bedrail/format/table"
)

func read(t *testing.T, in []byte, lim table.Limits) (rows [][]string, problems []string, err error) {
	t.Helper()
	err = table.Read(bytes.NewReader(in), lim,
		func(r table.Row) error { rows = append(rows, r.Cells); return nil },
		func(line int, text string) { problems = append(problems, fmt.Sprintf("%d: %s", line, text)) })
	return rows, problems, err
}

func TestCSV(t *testing.T) {
	tests := map[string]struct {
		in   string
		want [][]string
		bad  []string
	}{
		"commas, and blanks around cells":                        {"a, b\n1 ,2\n", [][]string{{"a", "b"}, {"1", "2"}}, nil},
		"semicolons, as exported in much of Europe":              {"a;b,c\n1;2\n", [][]string{{"a", "b,c"}, {"1", "2"}}, nil},
		"a separator declared on the first line":                 {"sep=|\na|b\n", [][]string{{"a", "b"}}, nil},
		"quotes hold separators, breaks and doubled quotes":      {"a,b\n\"x,\ny\",\"say \"\"hi\"\"\"\n", [][]string{{"a", "b"}, {"x,\ny", `say "hi"`}}, nil},
		"a quote inside a bare cell stands for itself":           {"a,b\n15\" screen,2\n", [][]string{{"a", "b"}, {`15" screen`, "2"}}, nil},
		"an unclosed quote costs its own line only":              {"a,b\n\"oops,1\nx,y\n", [][]string{{"a", "b"}, {"x", "y"}}, []string{"2: a quote is opened and never closed"}},
		"an unclosed quote does not reach a quote further down":  {"a;b;c\n1;2;3\n4;\"oops;5\n6;7;8\n9;\"note; more\";10\n11;12;13\n", [][]string{{"a", "b", "c"}, {"1", "2", "3"}, {"6", "7", "8"}, {"9", "note; more", "10"}, {"11", "12", "13"}}, []string{"3: a quote is opened and never closed"}},
		"an unclosed first cell costs its own line only":         {"a;b\n\"oops;1\nx;y\nz;\"w\"\n", [][]string{{"a", "b"}, {"x", "y"}, {"z", "w"}}, []string{"2: a quote is opened and never closed"}},
		"a first cell may hold a break":                          {"a;b;c\n\"x\ny\";1;2\n", [][]string{{"a", "b", "c"}, {"x\ny", "1", "2"}}, nil},
		"breaks with separators between them stay in their cell": {"a;b;c\n1;\"x\nlong; y\nz\";2\n", [][]string{{"a", "b", "c"}, {"1", "x\nlong; y\nz", "2"}}, nil},
		"a byte order mark is not part of the first heading":     {"\xEF\xBB\xBFa,b\n", [][]string{{"a", "b"}}, nil},
		"UTF-16 as Windows tools write it":                       {"\xFF\xFEa\x00,\x00\xE9\x00\n\x00", [][]string{{"a", "é"}}, nil},
		"Latin-1 is read as such":                                {"a,Dr\xE4ger\n", [][]string{{"a", "Dräger"}}, nil},
		"empty lines and rows are passed over":                   {"a,b\n\n,,\n1,2", [][]string{{"a", "b"}, {"1", "2"}}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rows, bad, err := read(t, []byte(tt.in), table.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(rows, tt.want) || !reflect.DeepEqual(bad, tt.bad) {
				t.Errorf("got %q %q, want %q %q", rows, bad, tt.want, tt.bad)
			}
		})
	}
}

// xlsx packs parts into a workbook of one sheet.
func xlsx(t testing.TB, sheet, shared string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range [][2]string{
		{"xl/workbook.xml", `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="old" state="hidden" r:id="r9"/><sheet name="Devices" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", sheet},
		{"xl/sharedStrings.xml", shared},
	} {
		f, err := z.Create(p[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(p[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestXLSX(t *testing.T) {
	shared := `<sst><si><t>Asset</t></si><si><r><t>Plum </t></r><r><t>A+</t></r><rPh><t>x</t></rPh></si></sst>`
	sheet := `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Model</t></is></c></row>
	<row r="4"><c r="A4"><v>1017</v></c><c r="C4" t="s"><v>1</v></c><c r="D4" t="s"><v>77</v></c></row></sheetData></worksheet>`
	rows, bad, err := read(t, xlsx(t, sheet, shared), table.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]string{{"Asset", "", "Model"}, {"1017", "", "Plum A+"}}; !reflect.DeepEqual(rows, want) {
		t.Errorf("got %q, want %q", rows, want)
	}
	if len(bad) != 1 || !strings.HasPrefix(bad[0], "4: column 4") {
		t.Errorf("a broken cell is not told: %q", bad)
	}
}

func TestLimits(t *testing.T) {
	bomb := xlsx(t, "<worksheet><sheetData>"+strings.Repeat(" ", 4<<20)+"</sheetData></worksheet>", "<sst/>")
	tests := map[string]struct {
		in  []byte
		lim table.Limits
	}{
		"a zip that inflates beyond its limit": {bomb, table.Limits{Inflated: 1 << 20}},
		"a file beyond its limit":              {bytes.Repeat([]byte("a,b\n"), 1<<19), table.Limits{Bytes: 1 << 20}},
		"more rows than allowed":               {bytes.Repeat([]byte("a,b\n"), 20), table.Limits{Rows: 10}},
		"shared strings beyond their limit":    {xlsx(t, "<worksheet/>", "<sst><si><t>"+strings.Repeat("x", 1<<20)+"</t></si></sst>"), table.Limits{Strings: 1 << 10}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, _, err := read(t, tt.in, tt.lim); !errors.Is(err, table.ErrTooLarge) {
				t.Errorf("got %v, want ErrTooLarge", err)
			}
		})
	}
	if _, _, err := read(t, []byte{0xD0, 0xCF, 0x11, 0xE0, 0, 0, 0, 0}, table.Limits{}); err == nil || !strings.Contains(err.Error(), "XLSX") {
		t.Errorf("an old workbook is not named as such: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("a,b\n\"x\n,y\n"))
	f.Add([]byte("\xFF\xFEa\x00"))
	f.Add(xlsx(f, `<worksheet><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>`, `<sst><si><t>a</t></si></sst>`))
	f.Fuzz(func(t *testing.T, in []byte) {
		lim := table.Limits{Bytes: 1 << 20, Inflated: 1 << 20, Rows: 1000}
		_ = table.Read(bytes.NewReader(in), lim, func(r table.Row) error {
			if len(r.Cells) > 512 || empty(r.Cells) {
				t.Errorf("a row of %d cells", len(r.Cells))
			}
			return nil
		}, func(int, string) {})
	})
}

func empty(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}
