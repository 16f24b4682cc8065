package jsonread_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"bedrail/format/jsonread"
)

// value reads any value the way encoding/json does.
func value(r *jsonread.Reader) (any, error) {
	switch r.Kind() {
	case jsonread.Object:
		out := map[string]any{}
		err := r.Object(func(key []byte) error {
			k := string(key)
			v, err := value(r)
			out[k] = v
			return err
		})
		return out, err
	case jsonread.Array:
		out := []any{}
		err := r.Array(func() error {
			v, err := value(r)
			out = append(out, v)
			return err
		})
		return out, err
	case jsonread.String:
		return r.String()
	case jsonread.Number:
		return r.Float()
	case jsonread.Bool:
		return r.Bool()
	case jsonread.Null:
		_, err := r.String()
		return nil, err
	}
	return nil, r.Skip()
}

func TestReadsAsTheStandardLibraryDoes(t *testing.T) {
	for _, doc := range []string{
		`{"a":[1,2.5,-3e2,true,false,null,"x\u00e9\ud83d\ude00\\\/\"\n"],"":{}}`, `[]`, ` "plain" `, `{"é":"ü"}`,
		`[[[[[["deep"]]]]]]`, "\t[ 1 , 2 ]\r\n", `"` + strings.Repeat("long ", 30000) + `"`,
	} {
		var want any
		if err := json.Unmarshal([]byte(doc), &want); err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]*jsonread.Reader{
			"whole":        jsonread.New(strings.NewReader(doc), jsonread.Limits{}),
			"byte by byte": jsonread.New(iotest.OneByteReader(strings.NewReader(doc)), jsonread.Limits{}),
		} {
			got, err := value(r)
			if err == nil {
				err = r.End()
			}
			g, _ := json.Marshal(got)
			w, _ := json.Marshal(want)
			if err != nil || string(g) != string(w) {
				t.Errorf("%s, %.40s: got %.80s, %v; want %.80s", name, doc, g, err, w)
			}
		}
	}
}

func TestAnErrorNamesPathAndByte(t *testing.T) {
	for rule, c := range map[string]struct {
		doc, path string
		offset    int64
	}{
		"a missing value":         {`{"a":[1,{"b":}]}`, "$.a[1].b", 13},
		"a document cut short":    {`{"a":"xy`, "$.a", 8},
		"a name with a blank":     {`{"a b":x}`, `$["a b"]`, 7},
		"a comma too many":        {`[1,]`, "$[1]", 3},
		"something after the end": {`{} x`, "$", 3},
		"a broken escape":         {`["\q"]`, "$[0]", 2},
	} {
		r := jsonread.New(strings.NewReader(c.doc), jsonread.Limits{})
		_, err := value(r)
		if err == nil {
			err = r.End()
		}
		var at *jsonread.Error
		if !errors.As(err, &at) || at.Path != c.path || at.Offset != c.offset {
			t.Errorf("%s: got %v, want %s at byte %d", rule, err, c.path, c.offset)
		}
	}
}

func TestLimitsHold(t *testing.T) {
	limits := jsonread.Limits{Bytes: 1000, Depth: 10, String: 100}
	for rule, doc := range map[string]string{
		"deep nesting":  strings.Repeat("[", 100000),
		"a long string": `["` + strings.Repeat("x", 500) + `"]`,
		"a large file":  "[" + strings.Repeat("1,", 5000) + "1]",
	} {
		r := jsonread.New(strings.NewReader(doc), limits)
		if _, err := value(r); err == nil {
			t.Errorf("%s: want an error", rule)
		}
		r = jsonread.New(strings.NewReader(doc), limits)
		if err := r.Skip(); err == nil && rule != "a long string" {
			t.Errorf("%s, skipped: want an error", rule)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(`{"a":[1,"x\u00e9",null,true]}`))
	f.Add([]byte(`["\ud800\u0041"]`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r := jsonread.New(strings.NewReader(string(doc)), jsonread.Limits{})
		got, err := value(r)
		if err == nil {
			err = r.End()
		}
		s := jsonread.New(strings.NewReader(string(doc)), jsonread.Limits{})
		s.Skip()
		var want any
		if json.Valid(doc) && json.Unmarshal(doc, &want) == nil && err != nil {
			t.Fatalf("valid JSON refused: %v (%v)", err, got)
		}
	})
}
