package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoldenAPI calls operations by their addresses on a folder in which there
// is one user.
func TestGoldenAPI(t *testing.T) {
	t.Parallel()
	config := folder(t)
	for _, step := range []struct{ name, line string }{
		{"list", "api GET /api/v1/users?limit=1 -o ndjson"},
		{"without the base", "api get jobs"},
		{"limit and filter", "api GET /users --limit 1 --filter name:admin -o ndjson"},
		{"made", `api POST /views --data {"list":"devices","name":"Pumps","search":"?filter=class:infusion-pump","shared":true} -o yaml`},
		{"not found", "api GET /devices/dev_none"},
		{"a method that it does not take", "api DELETE /devices"},
		{"nearest", "api GET /devics/dev_1"},
		{"not a parameter", "api GET /users --field colour=red"},
		{"no body", "api GET /users --data {}"},
		{"no JSON", `api POST /views --data {"list":}`},
		{"a step up", "api GET /devices/.."},
		{"an address elsewhere", "api GET http://192.0.2.1/api/v1/devices"},
		{"a file is asked for", "api POST /imports?kind=cmms --data {}"},
		{"a server refuses", "api POST /views --field list=devices"},
		{"no columns", "api GET /users -o csv"},
	} {
		status, out, errs := bedrailCommand(t, append(strings.Fields(step.line), "--config", config)...)
		got := "$ bedrail " + step.line + "\n" + out + errs
		golden(t, "api/"+strings.ReplaceAll(step.name, " ", "-"), steady(got, filepath.Dir(config))+"status "+string(rune('0'+status))+"\n")
	}
}

// An apiRecorder answers as the test says and keeps what it was asked.
type apiRecorder struct {
	asked  *http.Request
	body   []byte
	answer http.HandlerFunc
}

func (r *apiRecorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.asked = q
	r.body, _ = io.ReadAll(q.Body)
	r.answer(w, q)
}

func TestWhatIsGivenGoesWhereTheOperationTakesIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(file, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args              []string
		stdin             string
		path, query, body string
		header, value     string
	}{
		"parameters into the query":         {args: []string{"GET", "/devices/facets", "--field", "fields=class,unit"}, path: "/api/v1/devices/facets", query: "fields=class%2Cunit"},
		"a version as an entity tag":        {args: []string{"DELETE", "/locations/loc_1", "--field", "If-Match=3"}, path: "/api/v1/locations/loc_1", header: "If-Match", value: `"3"`},
		"fields into the body, by type":     {args: []string{"POST", "/devices/bulk", "--field", "ids=dev_1", "--field", "ids=dev_2", "--field", "dryRun=true", "--field", "filter=unit:ICU"}, path: "/api/v1/devices/bulk", body: `{"dryRun":true,"filter":"unit:ICU","ids":["dev_1","dev_2"]}`},
		"a list at once":                    {args: []string{"POST", "/devices/merge", "--field", `ids=["a","b"]`}, path: "/api/v1/devices/merge", body: `{"ids":["a","b"]}`},
		"a merge patch by its own name":     {args: []string{"PATCH", "/devices/dev_1", "--data", `{"tags":["a"]}`}, path: "/api/v1/devices/dev_1", body: `{"tags":["a"]}`, header: "Content-Type", value: "application/merge-patch+json"},
		"standard input":                    {args: []string{"POST", "/views", "--data", "-"}, stdin: `{"list":"devices"}`, path: "/api/v1/views", body: `{"list":"devices"}`},
		"a file as its bytes":               {args: []string{"POST", "/imports?kind=cmms", "--data", "@" + file}, path: "/api/v1/imports", query: "kind=cmms", body: "a,b\n1,2\n", header: "Content-Type", value: "application/octet-stream"},
		"a name with a slash stays one":     {args: []string{"GET", "/channels/a%2Fb"}, path: "/api/v1/channels/a%2Fb"},
		"the words of a path before blanks": {args: []string{"GET", "/devices/export?format=fhir"}, path: "/api/v1/devices/export", query: "format=fhir"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &apiRecorder{answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }}
			srv := httptest.NewServer(r)
			defer srv.Close()
			var out, errs bytes.Buffer
			if status := run(append(append([]string{"api"}, c.args...), "--server", srv.URL), strings.NewReader(c.stdin), &out, &errs); status != 0 || out.Len() > 0 {
				t.Fatalf("status %d, %s%s", status, &out, &errs)
			}
			if r.asked.Method != c.args[0] || r.asked.URL.EscapedPath() != c.path || r.asked.URL.RawQuery != c.query || string(r.body) != c.body {
				t.Errorf("got %s %s?%s %s", r.asked.Method, r.asked.URL.EscapedPath(), r.asked.URL.RawQuery, r.body)
			}
			if c.header != "" && r.asked.Header.Get(c.header) != c.value {
				t.Errorf("%s is %q, want %q", c.header, r.asked.Header.Get(c.header), c.value)
			}
		})
	}
}

func TestAnAnswerIsPrintedAsItCame(t *testing.T) {
	for name, c := range map[string]struct {
		kind, answer string
		more         []string
		want         string
	}{
		"fields keep their order and numbers theirs": {"application/json", `{"b":1.50,"a":12345678901234567890}`, nil, "{\n  \"b\": 1.50,\n  \"a\": 12345678901234567890\n}\n"},
		"a list as lines":             {"application/json", `{"items":[{"a": 1},{"a": 2}],"total":2}`, []string{"-o", "ndjson"}, "{\"a\":1}\n{\"a\":2}\n"},
		"what is no list is one line": {"application/json", `{"a": [1, 2]}`, []string{"-o", "ndjson"}, "{\"a\":[1,2]}\n"},
		"bytes stay bytes":            {"application/zip", "PK\x03\x04\x00\xff", []string{"-o", "yaml"}, "PK\x03\x04\x00\xff"},
		"a stream goes through":       {"text/event-stream", "id: 1\ndata: {}\n\n", nil, "id: 1\ndata: {}\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				fmt.Fprint(w, c.answer)
			}))
			defer srv.Close()
			status, out, errs := bedrailCommand(t, append([]string{"api", "GET", "/jobs", "--server", srv.URL}, c.more...)...)
			if status != 0 || out != c.want || errs != "" {
				t.Errorf("status %d, out %q, err %q", status, out, errs)
			}
		})
	}
}

func TestAStreamWithoutEndIsBoundedByTimeout(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: 1\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer srv.Close()
	status, out, errs := bedrailCommand(t, "api", "GET", "/events", "--server", srv.URL, "--timeout", "200ms")
	if status != exitUnavailable || out != "data: 1\n\n" || strings.Count(errs, "\n") != 1 {
		t.Errorf("status %d, out %q, err %q", status, out, errs)
	}
}

func TestCompletionOffersOperations(t *testing.T) {
	if got := complete(t, "api", ""); len(got) != 5 {
		t.Errorf("methods: %q", got)
	}
	got := complete(t, "api", "DELETE", "/api/v1/vi")
	if len(got) != 1 || got[0] != "/api/v1/views/{id}" {
		t.Errorf("got %q", got)
	}
}
