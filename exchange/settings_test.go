package exchange_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/exchange"
)

func TestAnEndpointNamesOneKind(t *testing.T) {
	var e exchange.Endpoint
	if err := json.Unmarshal([]byte(`{"mllp": {"listen": "127.0.0.1:2575"}}`), &e); err != nil || e.Kind != "mllp" {
		t.Fatalf("got %+v, %v", e, err)
	}
	back, err := json.Marshal(e)
	if err != nil || string(back) != `{"mllp":{"listen":"127.0.0.1:2575"}}` {
		t.Errorf("written again: %s, %v", back, err)
	}
	for _, bad := range []string{`{}`, `{"mllp": {}, "dicom": {}}`, `"mllp"`} {
		if err := json.Unmarshal([]byte(bad), &e); bedrail.KindOf(err) != bedrail.Invalid {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func TestSettingsAreReadStrictly(t *testing.T) {
	var s struct {
		Listen string
		Idle   exchange.Duration
	}
	if err := exchange.Decode(json.RawMessage(`{"listen": "a:1", "idle": "90s"}`), &s); err != nil || s.Idle.Or(0) != 90*time.Second {
		t.Fatalf("got %+v, %v", s, err)
	}
	for bad, word := range map[string]string{`{"lisen": "a:1"}`: "lisen", `{"idle": "soon"}`: "soon", `{"idle": 5}`: "5", `{"listen": 7}`: "listen"} {
		err := exchange.Decode(json.RawMessage(bad), &s)
		if bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(strings.ToLower(err.Error()), word) {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func TestAListenerBeyondThisMachineNeedsEncryption(t *testing.T) {
	var e exchange.Encryption
	if _, err := e.Listener(nil, "0.0.0.0:2575", false, ""); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("plain beyond loopback: %v", err)
	}
	for _, address := range []string{"127.0.0.1:2575", "[::1]:2575", "localhost:0"} {
		if c, err := e.Listener(nil, address, false, ""); c != nil || err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if c, err := e.Listener(nil, "10.0.0.1:2575", true, ""); c != nil || err != nil {
		t.Errorf("plain where a person says so: %v", err)
	}
}
