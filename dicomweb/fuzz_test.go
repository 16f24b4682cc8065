package dicomweb

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"bedrail/exchange"
)

func FuzzPlace(f *testing.F) {
	f.Add("studies/1.2/series/1.3/instances/1.4/metadata")
	f.Add("studies//series")
	f.Fuzz(func(t *testing.T, path string) {
		p, word, ok := parsePlace(strings.Split(path, "/"))
		if ok && (p.series != "" && p.study == "" || strings.Contains(word, "/") || strings.ContainsAny(p.study+p.series+p.instance, "/\\% \n")) {
			t.Errorf("%q is read as %+v %q", path, p, word)
		}
	})
}

func FuzzQuery(f *testing.F) {
	f.Add("PatientName=A*&limit=3&includefield=all")
	f.Add("00100020=7&StudyDate=2026-&offset=9")
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL = &url.URL{RawQuery: raw}
		q, err := parseQuery(r, place{}, "studies")
		if err != nil {
			return
		}
		if q.limit < 0 || q.limit > pageMost || q.offset < 0 || len(q.terms()) == 0 {
			t.Errorf("%q is read as %+v", raw, q)
		}
		for _, m := range q.matches {
			fits(m.tag, m.want, "20260714")
		}
	})
}

func FuzzAcknowledgment(f *testing.F) {
	f.Add(200, []byte(`{"00081198":{"vr":"SQ","Value":[{"00081197":{"vr":"US","Value":[272]}}]}}`))
	f.Add(409, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		ack, err := acknowledgment(status, body)
		if err == nil && ack.Outcome == exchange.Accepted && status != http.StatusOK && status != http.StatusAccepted {
			t.Errorf("status %d counts as stored", status)
		}
	})
}
