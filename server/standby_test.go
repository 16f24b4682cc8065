package server_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/store"
	"bedrail/store/storetest"
)

// TestTheStandbyTakesOver kills the node that works (-9) under load from eight
// senders. The other takes its listener and its queues, and nothing that was
// acknowledged is lost.
func TestTheStandbyTakesOver(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in -short: starts and kills whole servers")
	}
	url := storetest.Schema(t)
	t.Setenv("BEDRAIL_TEST_CHILD_POSTGRES", url)
	folder, receiver, listen := t.TempDir(), newReceiver(t), freeAddress(t)
	one := startExchangeChild(t, folder, listen, receiver, "BEDRAIL_TEST_NODE=one")
	reach(t, listen)
	two := startExchangeChild(t, folder, listen, receiver, "BEDRAIL_TEST_NODE=two")

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	lists := make([][]string, 8)
	var acked, last atomic.Int64
	var over atomic.Bool
	var longest atomic.Int64
	var wg sync.WaitGroup
	last.Store(time.Now().UnixNano())
	for n := range lists {
		wg.Go(func() {
			var conn net.Conn
			var in *bufio.Reader
			for i := 0; !over.Load(); i++ {
				id := fmt.Sprintf("N%d-%d", n, i)
				if err := sendUntilAccepted(ctx, listen, id, &conn, &in); err != nil {
					t.Errorf("%s: %v", id, err)
					return
				}
				lists[n] = append(lists[n], id)
				acked.Add(1)
				now := time.Now().UnixNano()
				if gap := now - last.Swap(now); gap > longest.Load() {
					longest.Store(gap)
				}
			}
			if conn != nil {
				conn.Close()
			}
		})
	}
	waitAcked := func(want int64) {
		for acked.Load() < want && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
	}
	waitAcked(300)
	if text, err := os.ReadFile(filepath.Join(folder, "hook")); err != nil || strings.TrimSpace(string(text)) != "one active" {
		t.Errorf("the hook was told %q, %v", text, err)
	}
	one.cmd.Process.Kill()
	one.cmd.Wait()
	waitAcked(acked.Load() + 300)
	over.Store(true)
	wg.Wait()
	if gap := time.Duration(longest.Load()); gap > 30*time.Second {
		t.Errorf("nothing was acknowledged for %v", gap)
	}
	all := int(acked.Load())
	for end := time.Now().Add(time.Minute); receiver.count() < all && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	two.in.Close() // an orderly end
	if err := two.cmd.Wait(); err != nil {
		t.Errorf("the second node ended with %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "hook")); err != nil || strings.Join(strings.Fields(string(text)), " ") != "one active two active two passive" {
		t.Errorf("the hook was told %q, %v", text, err)
	}
	t.Setenv("BEDRAIL_TEST_NODE", "two")
	checkExchange(t, folder, listen, receiver, lists)
	t.Logf("%d messages acknowledged, longest pause %v", all, time.Duration(longest.Load()).Round(time.Millisecond))
}

// A node that slept while another took its place writes nothing more.
func TestANodeThatLostItsPlaceWritesNothing(t *testing.T) {
	url := storetest.Schema(t)
	lease := func(name string) *store.Lease {
		l, err := store.OpenLease(t.Context(), url, name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	one, two := lease("one"), lease("two")
	look := func() store.Tenure {
		seen, err := one.Look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	free := look()
	if err := one.Take(t.Context(), free); err != nil {
		t.Fatal(err)
	}
	if err := two.Take(t.Context(), free); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("two nodes took one lease: %v", err)
	}
	db := storetest.Open(t, store.Config{PostgresURL: url, Lease: one})
	write := func() error {
		by := bedrail.SystemActor("test", "main")
		return db.Record(t.Context(), by.Scope, audit.Entry{By: by, Did: "system:configure", To: "lease", Note: "a test"})
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	seen := look()
	if err := one.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := two.Take(t.Context(), seen); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("a node that is alive lost its place: %v", err)
	}
	if err := two.Take(t.Context(), look()); err != nil {
		t.Fatal(err)
	}
	if err := write(); bedrail.KindOf(err) != bedrail.Unavailable || !strings.Contains(err.Error(), "another node") {
		t.Errorf("the first node still writes: %v", err)
	}
	if err := one.Beat(t.Context()); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("the first node is told %v", err)
	}
}
