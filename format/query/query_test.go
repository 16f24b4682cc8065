package query_test

import (
	"reflect"
	"testing"

	"bedrail/format/query"
)

func TestParse(t *testing.T) {
	tests := map[string]struct {
		text string
		want query.Filter
	}{
		"nothing holds for everything":   {"  ", nil},
		"a colon term":                   {"class:infusion-pump", query.Filter{{Field: "class", Op: query.Has, Values: []string{"infusion-pump"}}}},
		"equals is the colon":            {"unit=ICU", query.Filter{{Field: "unit", Op: query.Has, Values: []string{"ICU"}}}},
		"commas give alternatives":       {`unit:ICU,"Ward 3"`, query.Filter{{Field: "unit", Op: query.Has, Values: []string{"ICU", "Ward 3"}}}},
		"a comparison":                   {"last_seen<7d", query.Filter{{Field: "last_seen", Op: query.Less, Values: []string{"7d"}}}},
		"the longest operator wins":      {"severity>=high", query.Filter{{Field: "severity", Op: query.GreaterEqual, Values: []string{"high"}}}},
		"a minus turns a term round":     {"-tag:spare", query.Filter{{Field: "tag", Op: query.Has, Values: []string{"spare"}, Not: true}}},
		"free text beside a term":        {`philips "mx 800" kev:yes`, query.Filter{{Values: []string{"philips"}}, {Values: []string{"mx 800"}}, {Field: "kev", Op: query.Has, Values: []string{"yes"}}}},
		"an address is free text":        {"10.20.0.21", query.Filter{{Values: []string{"10.20.0.21"}}}},
		"a quoted value keeps its quote": {`name:"a\"b"`, query.Filter{{Field: "name", Op: query.Has, Values: []string{`a"b`}}}},
		"an empty value is written out":  {`owner:""`, query.Filter{{Field: "owner", Op: query.Has, Values: []string{""}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := query.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"an open quote":   `name:"abc`,
		"a missing value": "class:",
		"a stray comma":   "class:a,",
		"broken UTF-8":    "a\xff",
	} {
		t.Run(name, func(t *testing.T) {
			if f, err := query.Parse(text); err == nil {
				t.Errorf("got %v, want an error", f)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`class:infusion-pump -tag:"a b",c severity>=high free`)
	f.Fuzz(func(t *testing.T, text string) {
		first, err := query.Parse(text)
		if err != nil {
			return
		}
		again, err := query.Parse(first.String())
		if err != nil {
			if len(first.String()) > query.MaxBytes {
				return
			}
			t.Fatalf("%q was written as %q, which does not read: %v", text, first.String(), err)
		}
		if !reflect.DeepEqual(first, again) {
			t.Fatalf("%q: got %#v, then %#v", text, first, again)
		}
	})
}
