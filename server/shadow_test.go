package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/mllp"
)

// TestAListenerIsTakenOver hands an address over from the receiver of today to
// the channel that was drafted from what was overheard, under a sender that
// goes on: each message is answered by that receiver before and after, none is
// lost, and the sender waits for a moment only.
func TestAListenerIsTakenOver(t *testing.T) {
	t.Parallel()
	h := startHouse(t, t.TempDir(), nil)
	engineer := h.person("engineer", bedrail.Grant{Role: "clinical-engineer"})
	recording, err := os.ReadFile("testdata/captures/shadow.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if code, answer := engineer.ask(http.MethodPost, "/imports?kind=pcap&name=shadow.pcap", bytes.NewReader(recording)); code != http.StatusAccepted {
		t.Fatalf("%d %s", code, answer)
	}
	b := h.person("integrator", bedrail.Grant{Role: "integration-engineer"})
	address, moved := freeAddress(t), freeAddress(t)
	today := newReceiverAt(t, address)
	terms := fmt.Sprintf(`{"name": "pumps", "listen": %q, "receiver": %q}`, address, moved)
	if code, answer := b.ask(http.MethodPost, "/shadow-channels/shadow-mllp-10-20-15-22-2575/adopt", strings.NewReader(terms)); code != http.StatusOK || !strings.Contains(answer, `"made":true`) {
		t.Fatalf("%d %s", code, answer)
	}
	stop, done := make(chan struct{}), make(chan sent)
	go func() { done <- sendOn(address, stop) }()
	if code, answer := b.ask(http.MethodPost, "/channels/pumps/state", strings.NewReader(`{"state": "running"}`)); code != http.StatusOK {
		t.Fatalf("%d %s", code, answer)
	}
	time.Sleep(500 * time.Millisecond) // the channel asks for the address, which is held
	after := newReceiverAt(t, moved)
	today.door.Close()
	time.Sleep(3 * time.Second)
	close(stop)
	s := <-done
	t.Logf("%d messages answered, the longest wait %v", s.answered, s.longest)
	if s.foreign > 0 {
		t.Errorf("%d answers were not those of the receiver", s.foreign)
	}
	today.mu.Lock()
	after.mu.Lock()
	defer today.mu.Unlock()
	defer after.mu.Unlock()
	if len(today.got) == 0 || len(after.got) == 0 {
		t.Errorf("%d messages reached the receiver before, %d after", len(today.got), len(after.got))
	}
	for n := range s.answered {
		if id := fmt.Sprintf("T%d", n); today.got[id]+after.got[id] == 0 {
			t.Errorf("message %s was answered and is nowhere", id)
		}
	}
	if s.longest > 5*time.Second {
		t.Errorf("the sender waited %v", s.longest)
	}
}

// sent is what became of what a sender sent.
type sent struct {
	answered, foreign int
	longest           time.Duration
}

// sendOn sends one message after the other to address, each until it is
// answered, as senders do.
func sendOn(address string, stop <-chan struct{}) (s sent) {
	var c net.Conn
	for {
		select {
		case <-stop:
			if c != nil {
				c.Close()
			}
			return s
		default:
		}
		began := time.Now()
		message := fmt.Sprintf("MSH|^~\\&|ALARIS|ICU|ENGINE|HOSP|20260302120000+0000||ORM^O01|T%d|P|2.5\rORC|NW|1\r", s.answered)
		for {
			answer, err := exchangeOnce(&c, address, message)
			if err == nil {
				if !bytes.Contains(answer, []byte("|RT")) { // the receiver's own control id
					s.foreign++
				}
				break
			}
			if c != nil {
				c.Close()
				c = nil
			}
			time.Sleep(20 * time.Millisecond)
			if time.Since(began) > 10*time.Second {
				s.longest = time.Since(began)
				return s
			}
		}
		s.longest = max(s.longest, time.Since(began))
		s.answered++
		c.Close() // as when the receiver stops: the next message connects anew
		c = nil
		time.Sleep(10 * time.Millisecond)
	}
}

func exchangeOnce(c *net.Conn, address, message string) ([]byte, error) {
	if *c == nil {
		var err error
		if *c, err = net.DialTimeout("tcp", address, time.Second); err != nil {
			return nil, err
		}
	}
	(*c).SetDeadline(time.Now().Add(8 * time.Second))
	if _, err := (*c).Write(mllp.Frame([]byte(message))); err != nil {
		return nil, err
	}
	return bufio.NewReader(*c).ReadBytes(0x1c)
}
