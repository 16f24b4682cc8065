package fhirrest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
	"bedrail/fhirrest"
)

func kinds() exchange.Kinds {
	return exchange.Kinds{Sources: []exchange.SourceKind{fhirrest.SourceKind()}, Destinations: []exchange.DestinationKind{fhirrest.DestinationKind()}}
}

// A server is an open FHIR door.
type server struct {
	*exchangetest.House
	t    *testing.T
	base string
}

func open(t *testing.T, settings string) *server {
	t.Helper()
	h := exchangetest.Open(t, kinds(), `[{"name": "ehr", "source": {"fhir": `+settings+`}, "destinations": [{"name": "out", "memory": {}}]}]`)
	return &server{h, t, "http://" + h.Listening("ehr") + "/fhir"}
}

// An answered is a response that was read.
type answered struct {
	status int
	header http.Header
	body   map[string]any
}

func (s *server) ask(method, path, body string, headers ...string) answered {
	s.t.Helper()
	req, err := http.NewRequest(method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/fhir+json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answered{resp.StatusCode, resp.Header, nil}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			s.t.Fatalf("%s: %v", raw, err)
		}
	}
	return a
}

func (a answered) entries() []any { e, _ := a.body["entry"].([]any); return e }

const patient = `{"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": "10006579"}], "name": [{"family": "Muster", "given": ["Eva"]}], "birthDate": "1970-02-03"}`

const everything = `{"listen": "127.0.0.1:0", "scopes": ["system/*.crus"]}`

func TestAResourceIsKeptFoundAndChanged(t *testing.T) {
	s := open(t, everything)
	made := s.ask("POST", "/Patient", patient)
	id, _ := made.body["id"].(string)
	if made.status != 201 || id == "" || made.header.Get("ETag") != `W/"1"` || !strings.HasSuffix(made.header.Get("Location"), "/fhir/Patient/"+id+"/_history/1") {
		t.Fatalf("got %+v", made)
	}
	if got := s.ask("GET", "/Patient/"+id, ""); got.status != 200 || got.body["birthDate"] != "1970-02-03" || got.header.Get("ETag") != `W/"1"` {
		t.Errorf("read: %+v", got)
	}
	changed := strings.Replace(patient, `"Patient",`, `"Patient", "id": "`+id+`",`, 1)
	changed = strings.Replace(changed, "Muster", "Beispiel", 1)
	if got := s.ask("PUT", "/Patient/"+id, changed, "If-Match", `W/"7"`); got.status != 412 {
		t.Errorf("a wrong If-Match: %+v", got)
	}
	if got := s.ask("PUT", "/Patient/"+id, changed, "If-Match", `W/"1"`); got.status != 200 || got.header.Get("ETag") != `W/"2"` {
		t.Errorf("an update: %+v", got)
	}
	for query, want := range map[string]int{
		"?identifier=urn:mrn|10006579": 1, "?identifier=10006579": 1, "?identifier=urn:other|10006579": 0, "?family=beispiel": 1, "?family=Muster": 0, "?name=Eva": 1,
		"?birthdate=1970-02-03": 1, "?birthdate=lt1970": 0, "?birthdate=gt1969-12": 1, "?_id=" + id: 1, "?family=Muster,Beispiel": 1, "?_lastUpdated=gt2020-01-01": 1, "": 1,
	} {
		if got := s.ask("GET", "/Patient"+query, ""); got.status != 200 || len(got.entries()) != want {
			t.Errorf("%s finds %d, want %d (%+v)", query, len(got.entries()), want, got)
		}
	}
	if got := s.ask("GET", "/Patient/"+id+"/_history/1", ""); got.status != 200 || fmt.Sprint(got.body["name"]) == "" || !strings.Contains(fmt.Sprint(got.body["name"]), "Muster") {
		t.Errorf("the first version: %+v", got)
	}
	if got := s.ask("GET", "/Patient?favourite=blue", ""); got.status != 400 || got.body["resourceType"] != "OperationOutcome" {
		t.Errorf("a search that is not known: %+v", got)
	}
	out := s.Delivered(2)
	if !bytes.Equal(out[0].Body, []byte(patient)) {
		t.Errorf("what is passed on is not what came: %s", out[0].Body)
	}
	s.Balanced()
}

func TestAConditionKeepsTwinsAway(t *testing.T) {
	s := open(t, everything)
	var wg sync.WaitGroup
	made := make(chan int, 8)
	for range 8 {
		wg.Go(func() {
			made <- s.ask("POST", "/Patient", patient, "If-None-Exist", "identifier=urn:mrn|10006579").status
		})
	}
	wg.Wait()
	close(made)
	counts := map[int]int{}
	for status := range made {
		counts[status]++
	}
	if counts[201] != 1 || counts[200] != 7 {
		t.Errorf("got %v, want one 201 and seven 200", counts)
	}
	if n := len(s.Kept()); n != 1 {
		t.Errorf("%d are kept", n)
	}
}

const transaction = `{"resourceType": "Bundle", "type": "transaction", "entry": [
	{"fullUrl": "urn:uuid:8d3b1a52-5a1b-4a7d-9d2e-000000000001", "resource": {"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": "77"}]}, "request": {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=urn:mrn|77"}},
	{"fullUrl": "urn:uuid:8d3b1a52-5a1b-4a7d-9d2e-000000000002", "resource": {"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
		"subject": {"reference": "urn:uuid:8d3b1a52-5a1b-4a7d-9d2e-000000000001"}, "effectiveDateTime": "2026-03-04T05:06:07Z", "valueQuantity": {"value": 72.50, "unit": "/min"}}, "request": {"method": "POST", "url": "Observation"}}]}`

func TestATransactionIsOneMessageAndItsReferencesHold(t *testing.T) {
	s := open(t, everything)
	var patients []string
	for range 2 {
		got := s.ask("POST", "", transaction)
		if got.status != 200 || got.body["type"] != "transaction-response" || len(got.entries()) != 2 {
			t.Fatalf("got %+v", got)
		}
		response := got.entries()[0].(map[string]any)["response"].(map[string]any)
		patients = append(patients, strings.Split(response["location"].(string), "/")[1])
	}
	if patients[0] != patients[1] {
		t.Errorf("ifNoneExist made two patients: %v", patients)
	}
	got := s.ask("GET", "/Observation?patient=Patient/"+patients[0]+"&code=http://loinc.org|8867-4&date=ge2026-03-04", "")
	if len(got.entries()) != 2 {
		t.Fatalf("got %+v", got)
	}
	first := got.entries()[0].(map[string]any)["resource"].(map[string]any)
	if ref := first["subject"].(map[string]any)["reference"]; ref != "Patient/"+patients[0] {
		t.Errorf("the observation is of %v, want Patient/%s", ref, patients[0])
	}
	if n := len(s.Kept()); n != 2 {
		t.Errorf("%d messages are kept", n)
	}
}

func TestWhatIsWrongIsKeptAndAnsweredWithAnOutcome(t *testing.T) {
	s := open(t, everything)
	for name, c := range map[string]struct {
		method, path, body string
		status, kept       int
	}{
		"no JSON":                 {"POST", "/Patient", `{"resourceType": `, 400, 1},
		"another type":            {"POST", "/Patient", `{"resourceType": "Device"}`, 400, 1},
		"another id":              {"PUT", "/Patient/a", `{"resourceType": "Patient", "id": "b"}`, 400, 1},
		"a bundle that is none":   {"POST", "", `{"resourceType": "Bundle", "type": "collection"}`, 400, 1},
		"a transaction that asks": {"POST", "", `{"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "DELETE", "url": "Patient/1"}}]}`, 501, 1},
		"what is not there":       {"GET", "/Patient/nobody", "", 404, 0},
		"what is not done":        {"DELETE", "/Patient/nobody", "", 405, 0},
	} {
		before := len(s.Kept())
		got := s.ask(c.method, c.path, c.body)
		if got.status != c.status || got.body["resourceType"] != "OperationOutcome" || len(s.Kept())-before != c.kept {
			t.Errorf("%s: kept %d, %+v", name, len(s.Kept())-before, got)
		}
	}
	batch := s.ask("POST", "", `{"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "DELETE", "url": "Patient/1"}},
		{"resource": `+patient+`, "request": {"method": "POST", "url": "Patient"}}]}`)
	status := func(i int) any {
		return batch.entries()[i].(map[string]any)["response"].(map[string]any)["status"]
	}
	if batch.status != 200 || status(0) != "501 Not Implemented" || status(1) != "201 Created" {
		t.Errorf("a batch: %+v", batch)
	}
	s.Balanced()
}

func TestWhoMayReadIsSaidByScopes(t *testing.T) {
	dir := t.TempDir()
	for name, token := range map[string]string{"ehr": "s3cret-one", "lab": "s3cret-two"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, fmt.Sprintf(`{"listen": "127.0.0.1:0", "clients": [{"name": "ehr", "tokenFile": %q, "scopes": ["system/Patient.crs"]}, {"name": "lab", "tokenFile": %q, "scopes": ["system/*.c"]}]}`,
		filepath.Join(dir, "ehr"), filepath.Join(dir, "lab")))
	if got := s.ask("POST", "/Patient", patient); got.status != 401 {
		t.Errorf("nobody: %+v", got)
	}
	if r := s.Source("ehr").Status().Refused; len(r) != 1 || r[0].Mend == "" {
		t.Errorf("the door shows %+v", r)
	}
	made := s.ask("POST", "/Patient", patient, "Authorization", "Bearer s3cret-two")
	if made.status != 201 {
		t.Fatalf("the lab writes: %+v", made)
	}
	at := "/Patient/" + made.body["id"].(string)
	if got := s.ask("GET", at, "", "Authorization", "Bearer s3cret-two"); got.status != 403 || !strings.Contains(fmt.Sprint(got.body), "system/Patient.r") {
		t.Errorf("the lab reads: %+v", got)
	}
	if got := s.ask("GET", at, "", "Authorization", "Bearer s3cret-one"); got.status != 200 {
		t.Errorf("the EHR reads: %+v", got)
	}
	if got := s.ask("POST", "/Device", `{"resourceType": "Device"}`, "Authorization", "Bearer s3cret-one"); got.status != 403 {
		t.Errorf("the EHR writes a device: %+v", got)
	}
	if got := s.ask("GET", "/metadata", ""); got.status != 200 || got.body["resourceType"] != "CapabilityStatement" {
		t.Errorf("metadata: %+v", got)
	}
}

func TestSubscribersAreTold(t *testing.T) {
	told := make(chan string, 4)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- r.Method + " " + r.URL.Path + " " + r.Header.Get("X-Key") + " " + string(body)
	}))
	defer hook.Close()
	s := open(t, `{"listen": "127.0.0.1:0", "scopes": ["system/*.crus"], "subscriptions": ["`+hook.URL+`/"]}`)
	subscribe := func(endpoint string) answered {
		return s.ask("POST", "/Subscription", `{"resourceType": "Subscription", "status": "requested", "reason": "made up", "criteria": "Observation?code=8867-4",
			"channel": {"type": "rest-hook", "endpoint": "`+endpoint+`", "payload": "application/fhir+json", "header": ["X-Key: abc"]}}`)
	}
	if got := subscribe(hook.URL + "/hook"); got.status != 201 {
		t.Fatalf("got %+v", got)
	}
	subscribe("http://192.0.2.1/elsewhere")
	if got := s.Source("ehr").Status().LastError; !strings.Contains(got, "endpoint is not among") {
		t.Errorf("a subscription to elsewhere: %q", got)
	}
	s.ask("POST", "", transaction)
	select {
	case got := <-told:
		if !strings.HasPrefix(got, "PUT /hook/Observation/") || !strings.Contains(got, " abc ") || !strings.Contains(got, "8867-4") {
			t.Errorf("told %s", got)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("nobody was told")
	}
	select {
	case got := <-told:
		t.Errorf("told too: %s", got)
	case <-time.After(50 * time.Millisecond):
	}
}

func TestOneBedrailDeliversToAnother(t *testing.T) {
	far := open(t, everything)
	near := exchangetest.Open(t, kinds(), `[{"name": "near", "source": {"fhir": {"listen": "127.0.0.1:0"}}, "destinations": [{"name": "far", "fhir": {"url": "`+far.base+`"}}]}]`)
	s := &server{near, t, "http://" + near.Listening("near") + "/fhir"}
	made := s.ask("POST", "/Patient", patient)
	if made.status != 201 {
		t.Fatalf("got %+v", made)
	}
	if got := s.ask("POST", "", transaction); got.status != 200 {
		t.Fatalf("got %+v", got)
	}
	far.Delivered(2)
	if got := far.ask("GET", "/Patient/"+made.body["id"].(string), ""); got.status != 200 {
		t.Errorf("the far side does not have the patient under its id: %+v", got)
	}
	if got := far.ask("GET", "/Observation?code=8867-4", ""); len(got.entries()) != 1 {
		t.Errorf("the far side has %+v", got)
	}
}

func TestSettingsOfFHIRAreChecked(t *testing.T) {
	source, destination := fhirrest.SourceKind(), fhirrest.DestinationKind()
	for settings, says := range map[string]string{
		`{}`: "listen", `{"listen": "0.0.0.0:80", "plain": true}`: "clients", `{"listen": "127.0.0.1:1", "scopes": ["patient/*.read"]}`: "scope", `{"listen": "127.0.0.1:1", "clients": [{}]}`: "client",
	} {
		if err := source.Check(json.RawMessage(settings)); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	for settings, says := range map[string]string{
		`{}`: "url", `{"url": "ftp://x"}`: "url", `{"url": "http://a:b@x"}`: "password", `{"url": "http://x", "smart": {}}`: "smart",
	} {
		if err := destination.Check(json.RawMessage(settings)); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	for _, err := range []error{source.Check(json.RawMessage(source.Example)), destination.Check(json.RawMessage(destination.Example))} {
		if err != nil {
			t.Errorf("an example does not hold: %v", err)
		}
	}
}
