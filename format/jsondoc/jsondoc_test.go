package jsondoc_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"bedrail/format/jsondoc"
)

func TestValuesAreFoundWhereTheyStand(t *testing.T) {
	src := "{\n \"a\": [1.50, \"x\\u00e9\\n\"],\n \"a\": true, \"ü\": {}}"
	d, err := jsondoc.Parse([]byte(src), jsondoc.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	a := d.Root().Get("a")
	if got := a.First().Text(); got != "1.50" {
		t.Errorf("a decimal lost its digits: %s", got)
	}
	if got := a.First().Next().Text(); got != "xé\n" {
		t.Errorf("got %q", got)
	}
	if len(d.Duplicates) != 1 || d.Duplicates[0].Kind() != jsondoc.True {
		t.Errorf("duplicates: %v", d.Duplicates)
	}
	start, end := d.Root().Get("ü").Range()
	if line, column := d.Position(start); line != 3 || column != 18 || src[start:end] != "{}" {
		t.Errorf("the last member stands at %d:%d as %s", line, column, src[start:end])
	}
}

func TestWhatIsNotJSONIsRefusedWithItsPlace(t *testing.T) {
	tests := map[string]struct {
		src    string
		offset int
	}{
		"a comma before the end":        {`{"a":1,}`, 6},
		"a comment":                     {"{/* no */}", 1},
		"an open string":                {`{"a":"b`, 5},
		"half a surrogate":              {`["\ud800"]`, 2},
		"a number with a leading zero":  {`[01]`, 1},
		"a raw line break in a string":  {"[\"a\nb\"]", 3},
		"something after the end":       {`{} {}`, 3},
		"nothing":                       {``, 0},
		"invalid UTF-8":                 {"[\"\xff\"]", 2},
		"nesting deeper than the limit": {strings.Repeat("[", 300), 200},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := jsondoc.Parse([]byte(tt.src), jsondoc.Limits{})
			var syntax *jsondoc.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v, want a SyntaxError", err)
			}
			if syntax.Offset != tt.offset {
				t.Errorf("refused at byte %d (%v), want %d", syntax.Offset, err, tt.offset)
			}
		})
	}
}

// FuzzParse holds the reader against the standard library: what one takes the
// other takes, and strings read the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,null,true],"b":"\u00e9\ud83d\ude00"}`, `[]`, `"x"`, `{"a":{"a":{}}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := jsondoc.Parse(src, jsondoc.Limits{})
		if err != nil {
			return
		}
		if !json.Valid(src) {
			t.Fatalf("%q is not JSON but was taken", src)
		}
		if n := d.Root(); n.Kind() == jsondoc.String {
			var want string
			if err := json.Unmarshal(src, &want); err != nil || want != n.Text() {
				t.Fatalf("%q reads as %q, want %q (%v)", src, n.Text(), want, err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	src := []byte(`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}]},"valueQuantity":{"value":72.0,"unit":"beats/minute","system":"http://unitsofmeasure.org","code":"/min"}}`)
	var d jsondoc.Doc
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Reset(src, jsondoc.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
