package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/desk"
	"bedrail/format/query"
	"bedrail/format/webhook"
	"bedrail/server"
)

// TestANoticeLeavesTheHouseOnceItsReceiverIsBack posts notices while the
// receiver is down, stops the server, and finds them delivered after the next
// start: they lie in the store and not in memory.
func TestANoticeLeavesTheHouseOnceItsReceiverIsBack(t *testing.T) {
	t.Parallel()
	status := 503
	type arrival struct {
		id   string
		body []byte
		h    http.Header
	}
	came := make(chan arrival, 16)
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(status)
		came <- arrival{r.Header.Get(webhook.ID), body, r.Header}
	}))
	defer far.Close()
	folder := t.TempDir()
	allow := func(c *server.Config) { c.NotifyPrivate = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
	h := startHouse(t, folder, allow)
	by := bedrail.SystemActor("test", h.Config.Tenant)
	_, shown, err := h.Desk.Courier.SaveTarget(t.Context(), by, desk.Target{Name: "far", Way: desk.Webhook, On: true, Address: far.URL, Level: desk.Warning}, desk.Secrets{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []desk.Notice{{Kind: "feed.stale", Level: desk.Warning, Title: "a feed is old"}, {Kind: "job.done", Level: desk.Info, Title: "not asked for"}} {
		if err := h.Desk.Post(t.Context(), h.Config.Tenant, n); err != nil {
			t.Fatal(err)
		}
	}
	first := <-came
	h.stop()
	status = 200
	h = startHouse(t, folder, allow)
	var again arrival
	select {
	case again = <-came:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came after the restart")
	}
	if id, err := webhook.Verify(again.h, shown.Signing, time.Now(), again.body); err != nil || id != first.id {
		t.Errorf("got %s, first %s: %v", id, first.id, err)
	}
	var event struct {
		Type string
		Data desk.Notice
	}
	if err := json.Unmarshal(again.body, &event); err != nil || event.Type != "io.bedrail.feed.stale.v1" || event.Data.Title != "a feed is old" {
		t.Errorf("got %s, %v", again.body, err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		page, err := h.Desk.Courier.Letters(t.Context(), by, query.Request{})
		if err != nil {
			t.Fatal(err)
		}
		told := slices.DeleteFunc(slices.Clone(page.Items), func(l desk.Letter) bool { return l.Notice.Kind != "feed.stale" }) // the machine's disk may have a word
		if len(told) == 1 && told[0].State == desk.Sent {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the letters are %+v", page.Items)
		}
	}
	h.stop()
	if text := h.log.String(); strings.Contains(text, shown.Signing) {
		t.Error("the log holds the secret")
	}
}
