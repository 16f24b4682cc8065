package cmms_test

import (
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
	"bedrail/cmms"
	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
)

const body = `{"kind":"correction","key":"wb_1","field":"softwareVersion","value":"9.33","listSays":"9.1","device":{"assetTag":"CE 7/1","serialNumber":"S1"}}`

// TestCorrectionsArriveOnceHoweverOftenTheReceiverFails holds the whole way:
// kept, tried again while the receiver is away, delivered with one key, and
// not delivered again when it is sent again.
func TestCorrectionsArriveOnceHoweverOftenTheReceiverFails(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("s3cr3t-value\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	calls, got := 0, map[string]string{}
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		switch calls++; calls {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case 2: // it has it, and its answer is lost
			got[r.Header.Get("Idempotency-Key")] = r.Method + " " + r.URL.EscapedPath() + " " + string(raw) + " " + r.Header.Get("Authorization")
			panic(http.ErrAbortHandler)
		}
		if got[r.Header.Get("Idempotency-Key")] != "" {
			w.WriteHeader(http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer far.Close()
	var desk cmms.Desk
	kinds := exchange.Kinds{Sources: []exchange.SourceKind{desk.SourceKind()}, Destinations: []exchange.DestinationKind{cmms.DestinationKind()}}
	h := exchangetest.Open(t, kinds, fmt.Sprintf(`[{"name": "maintenance", "source": {"corrections": {}}, "destinations": [{"name": "biomed", "cmms": {"url": %q, "tokenFile": %q, "already": [409],
		"corrections": {"path": "/assets/{device.assetTag}", "fields": {"softwareVersion": "u_firmware"}, "body": {"{target}": "{value}", "was": "{listSays}"}}}, "retry": {"first": "20ms"}}]}]`, far.URL, secret))
	waitFor(t, func() bool { return desk.Ready() == nil })
	id, err := desk.Keep(t.Context(), "wb_1", "correction", []byte(body))
	if err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
	state := func(id string) string {
		m, err := h.MessageByID(t.Context(), exchangetest.Engineer, id)
		if err != nil {
			t.Fatal(err)
		}
		return string(m.State)
	}
	waitFor(t, func() bool { return state(id) == "delivered" })
	mu.Lock()
	if want := `PATCH /assets/CE%207%2F1 {"u_firmware":"9.33","was":"9.1"} Bearer s3cr3t-value`; len(got) != 1 || got["wb_1"] != want {
		t.Errorf("the receiver got %q, want %q", got, want)
	}
	before := calls
	mu.Unlock()
	again, err := desk.Keep(t.Context(), "wb_1", "correction", []byte(body))
	if err != nil || state(again) != "duplicate" {
		t.Errorf("sent again it is %s, %v", state(again), err)
	}
	mu.Lock()
	if calls != before {
		t.Error("it went out again")
	}
	mu.Unlock()
	h.Balanced()
	if raw, err := json.Marshal(h.Kept()); err != nil || strings.Contains(string(raw), "s3cr3t") {
		t.Errorf("what is kept holds the secret: %v", err)
	}
}

func waitFor(t *testing.T, what func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !what(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about within ten seconds")
		}
	}
}

func TestWhatCannotBeWrittenIsRefusedWithAReason(t *testing.T) {
	far := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("something was sent") }))
	defer far.Close()
	settings := fmt.Sprintf(`{"url": %q, "corrections": {"path": "/a/{device.assetTag}", "fields": {"model": "m"}, "body": {"{target}": "{value}"}}}`, far.URL)
	s, err := cmms.DestinationKind().Open(exchange.DestinationConfig{Settings: json.RawMessage(settings)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for message, says := range map[string]string{
		`{"kind":"correction","field":"model","value":"x","device":{}}`:                      "{device.assetTag}",
		`{"kind":"correction","field":"serialNumber","value":"x","device":{"assetTag":"1"}}`: "serialNumber",
		`{"kind":"work-order","summary":"look","device":{"assetTag":"1"}}`:                   "work-order",
		`[]`: "no JSON object",
	} {
		ack, err := s.Send(t.Context(), exchange.Outgoing{Body: []byte(message)})
		if err != nil || ack.Outcome != exchange.Refused || !strings.Contains(ack.Text, says) {
			t.Errorf("%s: %+v, %v", message, ack, err)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	var desk cmms.Desk
	kind := cmms.DestinationKind()
	call := `"corrections": {"path": "/a", "body": {}}`
	for settings, says := range map[string]string{
		`{}`:                       "url",
		`{"url": "https://x"}`:     "which call",
		`{"url": "https://u:p@x"}`: "password",
		`{"url": "http://far", "tokenFile": "t", ` + call + `}`:                               "unencrypted",
		`{"url": "https://x", "header": "X-Key", ` + call + `}`:                               "tokenFile",
		`{"url": "https://x", "headers": {"Authorization": "Basic x"}, ` + call + `}`:         "secret",
		`{"url": "https://x", "corrections": {"path": "a", "body": {}}}`:                      "slash",
		`{"url": "https://x", "corrections": {"path": "/a", "body": {"x": "{patient}"}}}`:     "{patient}",
		`{"url": "https://x", "corrections": {"path": "/a", "method": "DELETE", "body": {}}}`: "method",
		`{"url": "https://x", "corrections": {"path": "/a"}}`:                                 "body",
		`{"url": "https://x", "tokenFile": "a", "tokenEnv": "B", ` + call + `}`:               "give one",
	} {
		err := kind.Check(json.RawMessage(settings))
		if bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", settings, err)
		}
		if err != nil && strings.Contains(err.Error(), "u:p") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
	for _, err := range []error{kind.Check(json.RawMessage(kind.Example)), desk.SourceKind().Check(json.RawMessage(desk.SourceKind().Example))} {
		if err != nil {
			t.Errorf("an example does not hold: %v", err)
		}
	}
	if err := desk.SourceKind().Check(json.RawMessage(`{"send": "all"}`)); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("got %v", err)
	}
	if err := desk.Ready(); bedrail.KindOf(err) != bedrail.Unavailable {
		t.Errorf("without a channel: %v", err)
	}
}

func FuzzCalls(f *testing.F) {
	f.Add(body, `{"{target}": ["{value}", {"a{key}": 1}]}`)
	f.Add(`{"kind":"work-order"}`, `"{summary} {text}"`)
	f.Fuzz(func(t *testing.T, message, template string) {
		settings, err := json.Marshal(map[string]any{"url": "http://127.0.0.1:9", "timeout": "1ms", "corrections": map[string]any{"path": "/a", "body": json.RawMessage(`{}`)},
			"workOrders": map[string]any{"path": "/{device.id}", "body": template}})
		if err != nil || cmms.DestinationKind().Check(settings) != nil {
			return
		}
		s, err := cmms.DestinationKind().Open(exchange.DestinationConfig{Settings: settings})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if ack, err := s.Send(t.Context(), exchange.Outgoing{Body: []byte(message)}); err == nil && ack.Outcome == exchange.Accepted {
			t.Error("nobody can have taken it")
		}
	})
}
