package api

import (
	"net/http/httptest"
	"strings"
	"testing"

	"bedrail"
)

func TestWhereAStreamGoesOn(t *testing.T) {
	h := NewEvents(nil)
	for range 3 {
		h.Publish(Event{Topic: "devices", Name: "device", Data: 1})
	}
	for name, c := range map[string]struct {
		id    string
		known bool
	}{
		"where it broke off":       {h.id(2), true},
		"at the newest":            {h.id(3), true},
		"before the first":         {h.id(0), true},
		"in another run":           {"zzz-2", false},
		"after the newest":         {h.id(4), false},
		"nowhere":                  {"", false},
		"at something that is not": {h.epoch + "-x", false},
		"below nothing":            {h.epoch + "--1", false},
	} {
		if _, known := h.position(c.id); known != c.known {
			t.Errorf("%s: known %t, want %t", name, known, c.known)
		}
	}
}

func TestWhoWasAwayTooLongReadsAnew(t *testing.T) {
	h := NewEvents(nil)
	for range 3 * eventsKept {
		h.Publish(Event{Topic: "devices", Name: "device", Data: 1})
	}
	if _, gap, _, _ := h.after(0); !gap {
		t.Error("events were dropped and nobody is told")
	}
	events, gap, _, _ := h.after(h.last() - 10)
	if gap || len(events) != 10 {
		t.Errorf("%d events, gap %t", len(events), gap)
	}
	if len(h.ring) > 2*eventsKept+1 {
		t.Errorf("%d events are kept", len(h.ring))
	}
	h.Close()
	h.Publish(Event{}) // after the end it does nothing
	w := httptest.NewRecorder()
	s := &eventStream{hub: h, wanted: map[string]bool{"devices": true}, by: bedrail.Actor{}, alive: func() bool { return true }}
	if err := s.run(t.Context(), w, h.id(1)); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(w.Body.String(), "retry: 2000") || !strings.Contains(w.Body.String(), "event: reset") {
		t.Errorf("got %q", w.Body)
	}
}

func TestAHubThatIsNotThereSwallowsEvents(*testing.T) {
	var h *Events
	h.Publish(Event{Topic: "devices"})
	h.Close()
}
