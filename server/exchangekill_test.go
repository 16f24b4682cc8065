package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/format/hl7"
	"bedrail/format/query"
	"bedrail/mllp"
	"bedrail/server"
	"bedrail/store/storetest"
)

// exchangeConfig is a Bedrail that listens at a fixed address and passes on to
// a receiver that is there and to one that never is.
func exchangeConfig(folder, listen, receiver string) (server.Config, error) {
	file := filepath.Join(folder, "bedrail"+os.Getenv("BEDRAIL_TEST_NODE")+".yaml")
	text := fmt.Sprintf(`
exchange:
  channels:
    - name: adt
      source: {mllp: {listen: %q}}
      destinations:
        - {name: ehr, mllp: {address: %q}, retry: {first: 20ms, longest: 100ms}}
        - {name: gone, mllp: {address: "127.0.0.1:1", connectTimeout: 1s}, retry: {first: 1s}}
`, listen, receiver)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return server.Config{}, err
	}
	flags := map[string]string{
		"server.listen": "127.0.0.1:0", "server.data": filepath.Join(folder, "data"), "server.site": "Demo General",
		"keys.folder": filepath.Join(folder, "keys"), "limits.burst": "0", "store.postgres": os.Getenv("BEDRAIL_TEST_CHILD_POSTGRES"),
	}
	if node := os.Getenv("BEDRAIL_TEST_NODE"); node != "" {
		flags["node.name"], flags["node.lease"], flags["store.bodies"] = node, "4s", filepath.Join(folder, "bodies")
		flags["server.data"] = filepath.Join(folder, "data-"+node)
		flags["node.hook"] = "/bin/sh,-c,echo $0 $1 >> " + filepath.Join(folder, "hook") + "," + node
	}
	return server.Load(server.Sources{System: os.DevNull, File: file, Environ: func() []string { return nil }, Flags: flags})
}

// exchangeChild is a Bedrail with one channel. It runs until it is killed, or
// its standard input ends.
func exchangeChild() error {
	cfg, err := exchangeConfig(os.Getenv("BEDRAIL_TEST_FOLDER"), os.Getenv("BEDRAIL_TEST_LISTEN"), os.Getenv("BEDRAIL_TEST_RECEIVER"))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		bufio.NewReader(os.Stdin).ReadByte()
		stop()
	}()
	options := server.Options{Hasher: weak, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))}
	if options.Lease, err = server.Await(ctx, cfg, options.Log); err != nil {
		return err
	}
	s, err := server.New(ctx, cfg, options)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// A hl7Receiver answers every message and remembers it.
type hl7Receiver struct {
	door net.Listener
	mu   sync.Mutex
	got  map[string]int
}

func newReceiver(t *testing.T) *hl7Receiver { return newReceiverAt(t, "") }

// newReceiverAt is newReceiver at an address; empty is any.
func newReceiverAt(t *testing.T, address string) *hl7Receiver {
	t.Helper()
	if address == "" {
		address = "127.0.0.1:0"
	}
	door, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	r := &hl7Receiver{door: door, got: map[string]int{}}
	t.Cleanup(func() { door.Close() })
	go func() {
		for {
			c, err := door.Accept()
			if err != nil {
				return
			}
			go r.serve(c)
		}
	}()
	return r
}

func (r *hl7Receiver) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		frame, err := in.ReadBytes(0x1c)
		if err != nil {
			return
		}
		body := bytes.TrimSuffix(frame[bytes.IndexByte(frame, 0x0b)+1:], []byte{0x1c})
		m, err := hl7.Parse(body)
		if err != nil {
			return
		}
		id, _ := m.Get("MSH-10")
		r.mu.Lock()
		r.got[id]++
		r.mu.Unlock()
		if _, err := c.Write(mllp.Frame(hl7.Acknowledge(m, hl7.Answer{ControlID: "R" + id, At: time.Now()}))); err != nil {
			return
		}
	}
}

func (r *hl7Receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

func adtMessage(id string) []byte {
	return []byte("MSH|^~\\&|HIS|HOSP|BEDRAIL|HOSP|20260301101500+0000||ADT^A01^ADT_A01|" + id + "|P|2.5\rEVN|A01|20260301101500+0000\rPID|1||MRN" + id + "^^^HOSP^MR||Test^Alpha\rPV1|1|I|ICU^7^1\r")
}

// sendUntilAccepted sends one message again and again, on new connections when
// one breaks, until it is answered AA.
func sendUntilAccepted(ctx context.Context, address, id string, conn *net.Conn, in **bufio.Reader) error {
	for ctx.Err() == nil {
		if *conn == nil {
			c, err := net.DialTimeout("tcp", address, time.Second)
			if err != nil {
				time.Sleep(20 * time.Millisecond)
				continue
			}
			*conn, *in = c, bufio.NewReader(c)
		}
		(*conn).SetDeadline(time.Now().Add(20 * time.Second))
		_, err := (*conn).Write(mllp.Frame(adtMessage(id)))
		var answer []byte
		if err == nil {
			answer, err = (*in).ReadBytes(0x1c)
		}
		if err == nil {
			(*in).ReadByte()
			if bytes.Contains(answer, []byte("MSA|AA|"+id)) {
				return nil
			}
			if !bytes.Contains(answer, []byte("MSA|AE|"+id)) {
				return fmt.Errorf("the answer to %s is %q", id, answer)
			}
			time.Sleep(20 * time.Millisecond)
			continue
		}
		(*conn).Close()
		*conn = nil
	}
	return ctx.Err()
}

// TestNoAcknowledgedMessageIsLostWhateverIsKilled kills a whole Bedrail (-9)
// under load from eight senders that repeat what was not acknowledged, with
// one destination that takes everything and one that is never there.
func TestNoAcknowledgedMessageIsLostWhateverIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in -short: starts and kills whole servers for about half a minute")
	}
	t.Run("sqlite", killUnderLoad)
	t.Run("postgres", func(t *testing.T) {
		t.Setenv("BEDRAIL_TEST_CHILD_POSTGRES", storetest.Schema(t))
		killUnderLoad(t)
	})
}

func killUnderLoad(t *testing.T) {
	kills := 5
	if n, err := strconv.Atoi(os.Getenv("BEDRAIL_SOAK_KILLS")); err == nil {
		kills = n
	}
	folder, receiver := t.TempDir(), newReceiver(t)
	listen := freeAddress(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 2))

	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(kills+20)*30*time.Second)
	defer cancel()
	senders, stopSending := context.WithCancel(ctx)
	var acked atomic.Int64
	lists := make([][]string, 8)
	var wg sync.WaitGroup
	var last atomic.Bool // no further message is begun
	for n := range lists {
		wg.Go(func() {
			var conn net.Conn
			var in *bufio.Reader
			for i := 0; !last.Load(); i++ {
				id := fmt.Sprintf("S%d-%d", n, i)
				if err := sendUntilAccepted(senders, listen, id, &conn, &in); err != nil {
					t.Errorf("%s: %v", id, err)
					return
				}
				lists[n] = append(lists[n], id)
				acked.Add(1)
			}
			if conn != nil {
				conn.Close()
			}
		})
	}
	for range kills {
		c := startExchangeChild(t, folder, listen, receiver)
		want := acked.Load() + 50 + int64(rnd.IntN(200))
		for acked.Load() < want && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Duration(rnd.IntN(20)) * time.Millisecond)
		c.cmd.Process.Kill()
		c.cmd.Wait()
	}
	c := startExchangeChild(t, folder, listen, receiver)
	last.Store(true)
	wg.Wait()
	stopSending()
	all := int(acked.Load())
	for end := time.Now().Add(2 * time.Minute); receiver.count() < all && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	time.Sleep(500 * time.Millisecond) // the last answer of the destination is on its way
	c.in.Close()                       // an orderly end
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("the last child ended with %v", err)
	}
	checkExchange(t, folder, listen, receiver, lists)
	t.Logf("%d kills, %d messages acknowledged, %d received again by the destination", kills, all, receiver.total()-receiver.count())
}

func (r *hl7Receiver) total() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.got {
		n += k
	}
	return n
}

// nextPort is where freeAddress goes on; below the ports that the kernel gives
// to callers, so that a call of one test does not take the door of another.
var nextPort atomic.Uint32

// freeAddress is an address that nobody listens at and that no other test was given.
func freeAddress(t *testing.T) string {
	t.Helper()
	const lowest, ports = 12000, 20000
	nextPort.CompareAndSwap(0, rand.Uint32N(ports)+1)
	for range ports {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowest+nextPort.Add(1)%ports))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

type exchangeProcess struct {
	cmd *exec.Cmd
	in  interface{ Close() error }
}

func startExchangeChild(t *testing.T, folder, listen string, r *hl7Receiver, more ...string) exchangeProcess {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BEDRAIL_TEST_CHILD=exchange", "BEDRAIL_TEST_FOLDER="+folder, "BEDRAIL_TEST_LISTEN="+listen, "BEDRAIL_TEST_RECEIVER="+r.door.Addr().String())
	cmd.Env = append(cmd.Env, more...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return exchangeProcess{cmd, in}
}

func checkExchange(t *testing.T, folder, listen string, r *hl7Receiver, lists [][]string) {
	t.Helper()
	cfg, err := exchangeConfig(folder, listen, r.door.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	local, err := server.OpenLocal(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	s, by := local.Server, bedrail.SystemActor("test", cfg.Tenant)
	ledger, err := s.Exchange.Ledger(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	acked := 0
	for _, list := range lists {
		acked += len(list)
		for _, id := range list {
			f, err := query.Parse("control:" + id + " state!=duplicate")
			if err != nil {
				t.Fatal(err)
			}
			page, err := s.Exchange.Messages(t.Context(), by, query.Request{Filter: f})
			if err != nil {
				t.Fatal(err)
			}
			if page.Total != 1 {
				t.Errorf("%s was acknowledged and is %d times in the record", id, page.Total)
			}
			r.mu.Lock()
			if r.got[id] == 0 {
				t.Errorf("%s was acknowledged and never reached the destination", id)
			}
			r.mu.Unlock()
		}
	}
	l := ledger.Sources[0]
	if !l.Balanced || l.Received != l.Pending+l.Duplicates+l.Rejected || int(l.Pending) != acked {
		t.Errorf("%d were acknowledged; the ledger: %+v", acked, l)
	}
	for _, d := range l.Destinations {
		if d.Name == "ehr" && int(d.Delivered) != acked || d.Name == "gone" && int(d.Queued) != acked {
			t.Errorf("%d were acknowledged; destination %+v", acked, d)
		}
	}
	v := audit.Verification{Store: s.DB, Keys: s.AuditSeal.Verifiers(), Origin: s.AuditSeal.Origin(cfg.Tenant)}
	report, err := v.Run(t.Context(), cfg.Tenant)
	if err != nil || !report.Valid {
		t.Errorf("the audit record: %+v, %v", report.Problems, err)
	}
	proveOne(t, s, by, lists[0][0])
}

// proveOne makes the proof file of a message and checks it as an auditor does.
func proveOne(t *testing.T, s *server.Server, by bedrail.Actor, control string) {
	t.Helper()
	f, err := query.Parse("control:" + control + " state!=duplicate")
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.Exchange.Messages(t.Context(), by, query.Request{Filter: f})
	if err != nil || len(page.Items) != 1 {
		t.Fatal(page, err)
	}
	if err := s.API.SignAudit(t.Context()); err != nil {
		t.Fatal(err)
	}
	file, err := s.Exchange.Prove(t.Context(), by, page.Items[0].ID, func(ctx context.Context, seq int64) (audit.Proof, error) { return s.API.Audit.Prove(ctx, by, seq) })
	if err != nil {
		t.Fatal(err)
	}
	checkProof(t, file, adtMessage(control))
}

// checkProof verifies a proof file with nothing but the public key, and that
// each alteration of it is noticed.
func checkProof(t *testing.T, file exchange.ProofFile, raw []byte) {
	t.Helper()
	verify := func(f exchange.ProofFile, raw []byte) exchange.ProofReport {
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(raw)
		r, err := exchange.VerifyProof(text, func(key string) (note.Verifiers, error) {
			v, err := note.NewVerifier(key)
			return note.VerifierList(v), err
		}, hex.EncodeToString(sum[:]))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := verify(file, raw); !r.Valid || len(r.Steps) < 2 {
		t.Errorf("the proof does not verify: %+v", r)
	}
	if r := verify(file, append(raw, 'x')); r.Valid {
		t.Error("other bytes are taken for those that came")
	}
	altered := file
	altered.Steps = slices.Clone(file.Steps)
	altered.Steps[0].Proof.Entry = strings.Replace(file.Steps[0].Proof.Entry, "pending", "filtered", 1)
	if r := verify(altered, raw); r.Valid {
		t.Error("an altered entry is taken for true")
	}
	altered = file
	altered.Raw.SHA256 = strings.Repeat("0", 64)
	if r := verify(altered, raw); r.Valid {
		t.Error("another hash is taken for that of the record")
	}
}

// sayMLLP sends the message of a file, with line feeds between its segments,
// and returns the answer. The door may still be opening.
func sayMLLP(t *testing.T, address, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c net.Conn
	for range 100 {
		if c, err = net.DialTimeout("tcp", address, time.Second); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := c.Write(mllp.Frame(bytes.ReplaceAll(text, []byte("\n"), []byte("\r")))); err != nil {
		t.Fatal(err)
	}
	answer, err := bufio.NewReader(c).ReadBytes(0x1c)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
