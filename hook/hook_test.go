package hook_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"encoding/json"

	"bedrail"
	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
	"bedrail/format/webhook"
	"bedrail/hook"
)

func kinds() exchange.Kinds {
	return exchange.Kinds{Sources: []exchange.SourceKind{hook.SourceKind()}, Destinations: []exchange.DestinationKind{hook.DestinationKind()}}
}

func secret(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func post(t *testing.T, url, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

func TestAPostGoesOutSigned(t *testing.T) {
	key := secret(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	var fail = 1
	came := make(chan string, 8)
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at, _ := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
		if want := webhook.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", r.Header.Get("Webhook-Id"), at, body); want != r.Header.Get("Webhook-Signature") {
			t.Errorf("the signature is %s, want %s", r.Header.Get("Webhook-Signature"), want)
		}
		came <- r.Header.Get("Webhook-Id") + " " + r.Header.Get("Content-Type") + " " + string(body)
		if fail > 0 {
			fail--
			w.WriteHeader(503)
		}
	}))
	defer far.Close()
	h := exchangetest.Open(t, kinds(), fmt.Sprintf(`[{"name": "api", "source": {"http": {"listen": "127.0.0.1:0", "path": "vitals"}}, "destinations": [
		{"name": "far", "webhook": {"url": %q, "secretFile": %q}, "retry": {"first": "20ms"}}]}]`, far.URL, key))
	at := "http://" + h.Listening("api") + "/vitals"
	if status, body := post(t, at, `{"hr": 72}`, "Content-Type", "application/json"); status != 202 || !strings.Contains(body, `"id":"msg_`) {
		t.Fatalf("got %d %s", status, body)
	}
	if a, b := <-came, <-came; a != b || !strings.HasSuffix(a, ` application/json {"hr": 72}`) {
		t.Errorf("the receiver got %q and %q", a, b)
	}
	h.Balanced()
}

func TestPostsAreKeptOnceOrRefused(t *testing.T) {
	token := secret(t, "s3cret")
	h := exchangetest.Open(t, kinds(), fmt.Sprintf(`[{"name": "api", "source": {"http": {"listen": "127.0.0.1:0", "clients": [{"name": "scale", "tokenFile": %q}]}}, "destinations": [{"name": "out", "memory": {}}]}]`, token))
	at := "http://" + h.Listening("api") + "/"
	if status, _ := post(t, at, `{}`); status != 401 {
		t.Errorf("nobody: %d", status)
	}
	own := []string{"Authorization", "Bearer s3cret", "Idempotency-Key", "k1"}
	for range 2 {
		if status, body := post(t, at, `{"kg": 71.5}`, own...); status != 202 {
			t.Errorf("got %d %s", status, body)
		}
	}
	if status, body := post(t, at, `{"kg": `, "Authorization", "Bearer s3cret"); status != 400 || !strings.Contains(body, "not JSON") {
		t.Errorf("no JSON: %d %s", status, body)
	}
	big := `{"a": "` + strings.Repeat("x", 1<<20) + `"}`
	if status, body := post(t, at, big, "Authorization", "Bearer s3cret"); status != 202 {
		t.Errorf("a large one: %d %s", status, body)
	}
	got := h.Delivered(2)
	if !bytes.Equal(got[1].Body, []byte(big)) && !bytes.Equal(got[0].Body, []byte(big)) {
		t.Error("the large one did not arrive whole")
	}
	states := map[exchange.State]int{}
	for _, m := range h.Kept() {
		states[m.State]++
	}
	if len(h.Kept()) != 4 || states[exchange.Duplicate] != 1 || states[exchange.Rejected] != 1 {
		t.Errorf("got %v", states)
	}
	h.Balanced()
}

func TestSettingsOfHooksAreChecked(t *testing.T) {
	source, destination := hook.SourceKind(), hook.DestinationKind()
	for settings, says := range map[string]string{`{}`: "listen", `{"listen": "0.0.0.0:1", "plain": true}`: "clients", `{"listen": "127.0.0.1:1", "format": "fhir"}`: "format", `{"listen": "127.0.0.1:1", "clients": [{}]}`: "client"} {
		if err := source.Check(json.RawMessage(settings)); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	for settings, says := range map[string]string{`{}`: "url", `{"url": "http://x"}`: "secretFile", `{"url": "http://u:p@x", "secretFile": "s"}`: "password"} {
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
