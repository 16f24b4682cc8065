package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/format/query"
	"bedrail/server"
	"bedrail/traffic"
)

// One hundred thousand observations: each of 200 batches says something about
// each of 500 devices.
const (
	talkers = 500
	rounds  = 200
)

// TestEveryObservationIsAppliedOnceWhateverIsKilled kills a whole Bedrail
// (-9), again and again, while a sensor that repeats what was not
// acknowledged publishes; then each device has been seen exactly as often as
// it spoke.
func TestEveryObservationIsAppliedOnceWhateverIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in -short: starts and kills whole servers for about half a minute")
	}
	kills := 5
	if n, err := strconv.Atoi(os.Getenv("BEDRAIL_SOAK_KILLS")); err == nil {
		kills = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	folder := t.TempDir()
	acknowledged := 0
	for life := 0; ; life++ {
		kill := life < kills
		from := acknowledged
		acknowledged = liveOnce(t, folder, from, kill, from+1+rnd.IntN(max(1, 2*(rounds-from)/(kills-life+1)+1)), rnd)
		if acknowledged == rounds && !kill {
			break
		}
		if life > kills+2 {
			t.Fatalf("the child got only to %d of %d batches", acknowledged, rounds)
		}
	}
	checkCounts(t, folder)
}

// liveOnce runs the child from a batch on until it is done or, after the
// batch dieAfter was acknowledged and a moment more, killed. It returns how
// many batches are acknowledged.
func liveOnce(t *testing.T, folder string, from int, kill bool, dieAfter int, rnd *rand.Rand) int {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BEDRAIL_TEST_CHILD=observe", "BEDRAIL_TEST_FOLDER="+folder, "BEDRAIL_TEST_FROM="+strconv.Itoa(from))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.Atoi(strings.TrimPrefix(lines.Text(), "acknowledged "))
		if err != nil {
			t.Fatalf("the child said %q", lines.Text())
		}
		from = n
		if kill && from >= dieAfter {
			time.Sleep(time.Duration(rnd.IntN(30)) * time.Millisecond)
			cmd.Process.Kill()
			io.Copy(io.Discard, out)
			cmd.Wait()
			return from // what was said after the line that we saw is repeated
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the child ended with %v", err)
	}
	return from
}

// observeChild is a Bedrail with a sensor that publishes the batches from
// BEDRAIL_TEST_FROM on and says after each that it is acknowledged. It ends
// when the record has all of them.
func observeChild() error {
	cfg, err := configIn(os.Getenv("BEDRAIL_TEST_FOLDER"), nil)
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(os.Getenv("BEDRAIL_TEST_FROM"))
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	s, err := server.New(ctx, cfg, server.Options{Hasher: weak, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var last uint64
	for n := min(from, rounds-1); n < rounds; n++ { // the last one again where all are acknowledged: it says where the stream ends
		if last, err = s.Publish(ctx, round(n), fmt.Sprint("round-", n)); err != nil {
			return err
		}
		fmt.Println("acknowledged", n+1)
	}
	if err := s.Caught(ctx, last); err != nil {
		return err
	}
	stop()
	return <-done
}

// round is the batch in which every device speaks for the nth time.
func round(n int) *traffic.Batch {
	at := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
	b := &traffic.Batch{Site: "Demo General", Sensor: "test"}
	for i := range talkers {
		mac := traffic.MAC(fmt.Sprintf("02:00:00:00:%02x:%02x", i>>8, i&255))
		b.Observations = append(b.Observations, traffic.Observation{
			Capture: "test", Packet: uint64(n*talkers + i + 1), Time: at, MAC: mac, Protocol: "dhcp",
			Claims: []traffic.Claim{{Attribute: traffic.Hostname, Value: fmt.Sprintf("pump-%03d", i), Weight: 0.6, Source: "dhcp.option", Field: "12"}},
		})
	}
	return b
}

func checkCounts(t *testing.T, folder string) {
	t.Helper()
	cfg, err := configIn(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(t.Context(), cfg, server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	state, err := s.DB.AssetState(t.Context(), cfg.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[int]int{} // devices by how often they were seen
	for _, sighting := range state.Sightings {
		for _, c := range sighting.Claims {
			if c.Source == "dhcp.option" && c.Count != rounds {
				wrong[c.Count]++
			}
		}
	}
	if len(wrong) > 0 {
		t.Errorf("every device spoke %d times; devices by how often they were seen: %v", rounds, wrong)
	}
	by := bedrail.SystemActor("test", cfg.Tenant)
	page, err := s.Assets.Devices(t.Context(), by, query.Request{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if page.Total != talkers {
		t.Errorf("the record holds %d devices, want %d", page.Total, talkers)
	}
}
