//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bedrail/mllp"
)

// A program is a bedrail that runs by itself.
type program struct {
	t      *testing.T
	path   string
	folder string
	cmd    *exec.Cmd
	mu     sync.Mutex // guards log
	log    bytes.Buffer
}

func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *program) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

func buildProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bedrail")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v %s", err, out)
	}
	return path
}

// start runs serve with a channel that listens at address.
func (p *program) start(address string) {
	p.t.Helper()
	config := fmt.Sprintf("server: {listen: '127.0.0.1:0', data: %q}\nkeys: {folder: %q}\nexchange:\n  channels:\n    - name: adt\n      source: {mllp: {listen: %q}}\n      destinations: [{name: kept, file: {folder: %q}}]\n",
		filepath.Join(p.folder, "data"), filepath.Join(p.folder, "keys"), address, filepath.Join(p.folder, "out"))
	if err := os.WriteFile(p.config(), []byte(config), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.cmd = exec.Command(p.path, "serve", "--config", p.config())
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
	p.ready(1)
}

func (p *program) config() string { return filepath.Join(p.folder, "bedrail.yaml") }

// ready waits until n starts have ended well.
func (p *program) ready(n int) {
	p.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); strings.Count(p.said(), "bedrail is ready") < n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("not ready: %s", p.said())
		}
	}
}

// listens waits until the channel's door is open.
func (p *program) listens(address string) {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("nobody listens at %s: %s", address, p.said())
		}
	}
}

// A talker sends messages one by one and waits for each answer. When its
// connection ends before the answer it sends the same message again, as every
// sender of HL7 does.
type talker struct {
	address string
	fresh   bool // a connection for each message
	conn    net.Conn
	in      *bufio.Reader
	refused int
	acked   int
	longest time.Duration
}

func (k *talker) send(id string) error {
	began := time.Now()
	for time.Since(began) < 30*time.Second {
		if k.conn == nil {
			c, err := net.DialTimeout("tcp", k.address, 10*time.Second)
			if err != nil {
				k.refused++
				time.Sleep(10 * time.Millisecond)
				continue
			}
			k.conn, k.in = c, bufio.NewReader(c)
		}
		k.conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, err := k.conn.Write(mllp.Frame([]byte("MSH|^~\\&|HIS|HOSP|BEDRAIL|HOSP|20260301101500+0000||ADT^A01^ADT_A01|" + id + "|P|2.5\rEVN|A01|20260301101500+0000\rPID|1||MRN" + id + "^^^HOSP^MR||Test^Alpha\rPV1|1|I|ICU^7^1\r")))
		var answer []byte
		if err == nil {
			answer, err = k.in.ReadBytes('\r')
			for err == nil && !bytes.Contains(answer, []byte{0x1c}) {
				var more []byte
				more, err = k.in.ReadBytes('\r')
				answer = append(answer, more...)
			}
		}
		if k.fresh || err != nil {
			k.conn.Close()
			k.conn = nil
		}
		if err != nil {
			continue
		}
		if !bytes.Contains(answer, []byte("MSA|AA|"+id)) {
			return fmt.Errorf("the answer to %s is %q", id, answer)
		}
		k.acked++
		k.longest = max(k.longest, time.Since(began))
		return nil
	}
	return fmt.Errorf("%s was not answered", id)
}

func TestUpgrade(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in -short: builds and runs the program")
	}
	path := buildProgram(t)
	t.Run("nobody is refused", func(t *testing.T) { upgradeUnderLoad(t, path) })
	t.Run("a program that cannot start", func(t *testing.T) { upgradeThatCannotStart(t, path) })
	t.Run("a changed configuration", func(t *testing.T) { reload(t, path) })
}

// reload changes the configuration of a Bedrail that runs. One that cannot be
// read changes nothing; one that can is in force after signal HUP, in the same
// process.
func reload(t *testing.T, path string) {
	p := &program{t: t, path: path, folder: t.TempDir()}
	heard := make(chan os.Signal, 1) // what runs under nohup ignores HUP, and so would what it starts
	signal.Notify(heard, syscall.SIGHUP)
	defer signal.Stop(heard)
	hangup := func(config string) {
		t.Helper()
		err := os.WriteFile(p.config(), []byte(config), 0o600)
		if err == nil {
			err = p.cmd.Process.Signal(syscall.SIGHUP)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	p.start("127.0.0.1:0")
	good, err := os.ReadFile(p.config())
	if err != nil {
		t.Fatal(err)
	}
	hangup("server: {lissten: x}\n")
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(p.said(), "cannot start"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing was said: %s", p.said())
		}
	}
	hangup("log: {level: debug}\n" + string(good))
	p.ready(2)
	if !strings.Contains(p.said(), `"level":"DEBUG"`) {
		c := &http.Client{Timeout: 10 * time.Second}
		at := regexp.MustCompile(`url: (http\S+)`).FindAllStringSubmatch(p.said(), -1)
		resp, err := c.Get(at[len(at)-1][1] + "/livez")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil || !strings.Contains(p.said(), `"level":"DEBUG"`) {
		t.Errorf("it ended with %v: %s", err, p.said())
	}
}

// upgradeUnderLoad has a Bedrail under load become the program
// at its place: nobody is refused, nothing acknowledged is lost, and the
// longest wait stays below five seconds.
func upgradeUnderLoad(t *testing.T, path string) {
	p := &program{t: t, path: path, folder: t.TempDir()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	p.start(address)
	p.listens(address)
	talkers := make([]talker, 6)
	var wg sync.WaitGroup
	var over atomic.Bool
	for n := range talkers {
		k := &talkers[n]
		k.address, k.fresh = address, n%2 == 0
		wg.Go(func() {
			for i := 0; !over.Load(); i++ {
				if err := k.send(fmt.Sprintf("U%d-%d", n, i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	time.Sleep(500 * time.Millisecond)
	if err := p.cmd.Process.Signal(syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	p.ready(2)
	time.Sleep(500 * time.Millisecond)
	over.Store(true)
	wg.Wait()
	sum, refused, longest := 0, 0, time.Duration(0)
	for _, k := range talkers {
		sum, refused, longest = sum+k.acked, refused+k.refused, max(longest, k.longest)
	}
	if refused > 0 || longest > 5*time.Second {
		t.Errorf("%d connections were refused, the longest wait was %v", refused, longest)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the second ended with %v: %s", err, p.said())
	}
	out, err := exec.Command(p.path, "message", "ledger", "--config", p.config(), "-o", "json").Output()
	if err != nil {
		t.Fatalf("ledger: %v %s", err, out)
	}
	var ledger struct {
		Sources []struct {
			Received, Duplicates int
			Balanced             bool
		}
	}
	if err := json.Unmarshal(out, &ledger); err != nil || len(ledger.Sources) != 1 {
		t.Fatalf("%v %s", err, out)
	}
	if s := ledger.Sources[0]; s.Received-s.Duplicates != sum || !s.Balanced {
		t.Errorf("%d were acknowledged, the ledger says %s", sum, out)
	}
	t.Logf("%d messages acknowledged, longest wait %v, %d duplicates", sum, longest, ledger.Sources[0].Duplicates)
}

// A program that cannot start does not take the place of one that runs.
func upgradeThatCannotStart(t *testing.T, path string) {
	p := &program{t: t, path: path, folder: t.TempDir()}
	p.start("127.0.0.1:0")
	if err := os.WriteFile(p.config(), []byte("server: {lissten: x}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(p.said(), "cannot start"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing was said: %s", p.said())
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil || strings.Count(p.said(), "bedrail is ready") != 1 {
		t.Errorf("it ended with %v: %s", err, p.said())
	}
}
