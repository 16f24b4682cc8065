package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
)

// testMessage is a message with one delivery, as the exchange keeps it.
func testMessage(id, control string) *exchange.Keeping {
	body := []byte("MSH|^~\\&|A|B|C|D|2026||ADT^A01|" + control + "|P|2.5\rPID|1||" + control + "\r")
	sum := sha256.Sum256(body)
	at := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	m := exchange.Message{ID: id, Channel: "adt", Version: 1, ReceivedAt: at, Format: exchange.HL7v2, Size: int64(len(body)), Type: "ADT^A01", State: exchange.Pending, Outcome: exchange.Accepted, Trust: exchange.Unknown,
		Sealed: exchange.Sealed{Facts: exchange.Facts{ControlID: control, Sender: "A"}, Hash: hex.EncodeToString(sum[:]), Salt: bytes.Repeat([]byte{1}, 32), Answer: []byte("AA")}}
	return &exchange.Keeping{Message: m, Body: body, Lookups: []exchange.Lookup{{Field: "control", Value: control}},
		Deliveries: []exchange.Delivery{{Message: id, Channel: "adt", Destination: "ehr", State: exchange.Queued, Lane: "l", QueuedAt: at}},
		Entry:      audit.Entry{By: auditor, Did: "message:receive", To: id}}
}

func asIs(_ exchange.Twin, k exchange.Keeping) exchange.Keeping { return k }

// recordExchangeRun has eight senders give messages to a store, of which half
// are delivered meanwhile, and writes down what the disk was asked.
func recordExchangeRun(t *testing.T, messages int) (run *shim, acked, settled map[string]int) {
	t.Helper()
	run, acked, settled = newShim(t, 0, true), map[string]int{}, map[string]int{}
	db, err := Open(context.Background(), run.below(Config{Path: filepath.Join(t.TempDir(), "bedrail.db"), Log: slog.New(slog.DiscardHandler), movePages: 100}))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	ctx, scope := context.Background(), bedrail.Scope{Tenant: "main"}
	var wg sync.WaitGroup
	for caller := range 8 {
		wg.Go(func() {
			for i := range messages / 8 {
				id := fmt.Sprintf("msg_%d_%04d", caller, i)
				k, err := db.KeepMessage(ctx, scope, testMessage(id, id), asIs)
				if err != nil {
					t.Error(err)
					return
				}
				at := run.now()
				mu.Lock()
				acked[id] = at
				mu.Unlock()
				if i%2 == 1 {
					continue
				}
				d := k.Deliveries[0]
				d.State, d.DoneAt = exchange.Arrived, time.Now()
				entry := audit.Entry{By: auditor, Did: "message:deliver", To: id}
				if err := db.Settle(ctx, scope, []exchange.Settlement{{Delivery: d, Ack: []byte("MSA|AA"), Entry: &entry}}); err != nil {
					t.Error(err)
					return
				}
				at = run.now()
				mu.Lock()
				settled[id] = at
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return run, acked, settled
}

// TestAPowerCutTakesNoMessageThatWasAcknowledged cuts the power at any moment:
// what was acknowledged is there with its bytes and its way, the ledger is
// balanced, and the audit record whole.
func TestAPowerCutTakesNoMessageThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	images, messages := 50, 200
	if testing.Short() {
		images = 5
	}
	if os.Getenv("BEDRAIL_SOAK") != "" {
		images, messages = 1000, 2000
	}
	const seed = 20260303
	run, acked, settled := recordExchangeRun(t, messages)
	r := rand.New(rand.NewPCG(seed, 1))
	most := 0
	for i := range images {
		op := r.IntN(len(run.ops) + 1)
		most = max(most, checkExchangeImage(t, run, op, acked, settled, rand.New(rand.NewPCG(seed, uint64(i)))))
		if t.Failed() {
			t.Fatalf("image %d of seed %d", i, seed)
		}
	}
	t.Logf("%d images out of %d disk operations, seed %d; up to %d acknowledged messages, all there", images, len(run.ops), seed, most)
}

func checkExchangeImage(t *testing.T, run *shim, op int, acked, settled map[string]int, r *rand.Rand) (n int) {
	t.Helper()
	folder := t.TempDir()
	for name, data := range crashImage(run.ops, op, r) {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, scope := context.Background(), bedrail.Scope{Tenant: "main"}
	db, err := Open(ctx, Config{Path: filepath.Join(folder, "bedrail.db"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Errorf("power cut after operation %d: the store does not open: %v", op, err)
		return 0
	}
	defer db.Close()
	for id, at := range acked {
		if at > op {
			continue
		}
		n++
		body, err := db.MessageBody(ctx, scope, id, 1<<20)
		if err != nil || !bytes.Equal(body, testMessage(id, id).Body) {
			t.Errorf("power cut after operation %d: %s was acknowledged at %d and is missing or altered: %v", op, id, at, err)
			continue
		}
		ways, err := db.Deliveries(ctx, scope, id)
		if err != nil || len(ways) != 1 {
			t.Errorf("power cut after operation %d: %s has lost its way: %v", op, id, err)
			continue
		}
		if at, ok := settled[id]; ok && at <= op && ways[0].State != exchange.Arrived {
			t.Errorf("power cut after operation %d: %s was settled at %d and is %s", op, id, at, ways[0].State)
		}
	}
	l, err := db.Ledger(ctx, scope)
	if err != nil {
		t.Error(err)
	}
	if i := slices.IndexFunc(l.Sources, func(s exchange.SourceLedger) bool { return !s.Balanced }); i >= 0 {
		t.Errorf("power cut after operation %d: the ledger is not balanced: %v", op, l.Sources[i].Problems)
	}
	report, err := audit.Verification{Store: db}.Run(ctx, "main")
	if err != nil || !report.Valid {
		t.Errorf("power cut after operation %d: the audit record: %v %v", op, report.Problems, err)
	}
	return n
}

// A message must never cost more because there are many: what is asked for
// each of them, or each second, goes through its index.
func TestWhatIsAskedOftenUsesItsIndex(t *testing.T) {
	for text, index := range map[string]string{findTwin: "PRIMARY KEY (tenant=? AND field=? AND value=?)", heldBacklogs: "message_held"} {
		plan := planOf(t, open(t), strings.NewReplacer("$1", "'main'", "$2", "x'00'").Replace(text))
		if !strings.Contains(plan, index) || strings.Contains(plan, "SCAN") {
			t.Errorf("the plan is %q, want %s", plan, index)
		}
	}
}

func planOf(t *testing.T, db *DB, text string) string {
	t.Helper()
	rows, err := db.read.Query(`EXPLAIN QUERY PLAN ` + text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
