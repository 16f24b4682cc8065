package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrail"
	"bedrail/capture"
	"bedrail/outpost"
	"bedrail/sensor"
	"bedrail/server"
	"bedrail/traffic"
)

// still is an interface on which nothing is said. Watching it begins once the
// hub was told when the run began, as no batch is kept before.
type still struct {
	closed chan struct{}
	begun  func()
}

func (s still) Next(*traffic.Frame) error {
	if s.begun != nil {
		s.begun()
	}
	select {
	case <-s.closed:
		return io.EOF
	case <-time.After(200 * time.Millisecond):
		return capture.ErrIdle
	}
}
func (still) Stats() capture.Stats { return capture.Stats{} }
func (s still) Close() error {
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	return nil
}

func quiet() server.StationOptions {
	o, _ := quietUntil()
	return o
}

// quietUntil also tells when the watching has begun.
func quietUntil() (server.StationOptions, <-chan struct{}) {
	begun := make(chan struct{})
	once := sync.OnceFunc(func() { close(begun) })
	return server.StationOptions{Log: warnings(), Up: func(string) bool { return true },
		Open: func(string, int) ([]capture.Source, error) {
			return []capture.Source{still{make(chan struct{}), once}}, nil
		}}, begun
}

func warnings() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// hubFlags are the settings of a Bedrail that takes sensors at two addresses.
func hubFlags(listen, enrol string) map[string]string {
	return map[string]string{"sensors.listen": listen, "sensors.enrol": enrol}
}

// enrolled makes folder that of the sensor called name.
func enrolled(t *testing.T, hub *running, folder, name string) {
	t.Helper()
	by := bedrail.SystemActor("test", hub.Config.Tenant)
	token, _, err := hub.Sensors.Invite(t.Context(), by, sensor.Ask{Name: name, Site: "Far Wing"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := outpost.Join(t.Context(), token, filepath.Join(folder, "keys"), nil); err != nil {
		t.Fatal(err)
	}
}

func stationConfig(folder string, flags map[string]string) (server.Config, error) {
	all := map[string]string{"capture.interfaces": "test0", "sensor.minFree": "0"}
	for k, v := range flags {
		all[k] = v
	}
	return configIn(folder, all)
}

// saidBy is the batch of one identity: each of five devices speaks once.
func saidBy(id int) *traffic.Batch {
	b := &traffic.Batch{Site: "a lie", Sensor: "a lie"}
	for i := range 5 {
		b.Observations = append(b.Observations, traffic.Observation{
			Site: "a lie", Capture: "test0", Packet: uint64(id + 1), Time: time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC).Add(time.Duration(id) * time.Second),
			MAC: traffic.MAC(fmt.Sprintf("02:00:%02x:%02x:00:%02x", id>>8, id&255, i)), Protocol: "dhcp",
			Claims: []traffic.Claim{{Attribute: traffic.Hostname, Value: fmt.Sprintf("bed-%d-%d", id, i), Weight: 0.6, Source: "dhcp.option", Field: "12"}},
		})
	}
	return b
}

// hubChild is a Bedrail that takes sensors until it is killed.
func hubChild() error {
	cfg, err := configIn(os.Getenv("BEDRAIL_TEST_FOLDER"), hubFlags(os.Getenv("BEDRAIL_TEST_LISTEN"), os.Getenv("BEDRAIL_TEST_ENROL")))
	if err != nil {
		return err
	}
	s, err := server.New(context.Background(), cfg, server.Options{Hasher: weak, Log: warnings()})
	if err != nil {
		return err
	}
	fmt.Println("kept 0")
	return s.Run(context.Background())
}

// stationChild is a sensor that keeps batches from BEDRAIL_TEST_FROM on and
// says after each that it is kept, until it is killed or has BEDRAIL_TEST_TO.
func stationChild() error {
	cfg, err := stationConfig(os.Getenv("BEDRAIL_TEST_FOLDER"), nil)
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(os.Getenv("BEDRAIL_TEST_FROM"))
	if err != nil {
		return err
	}
	to, err := strconv.Atoi(os.Getenv("BEDRAIL_TEST_TO"))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	o, begun := quietUntil()
	st, err := server.OpenStation(ctx, cfg, o)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- st.Run(ctx) }()
	select {
	case <-begun:
	case err := <-done:
		return err
	}
	for id := from; id < to; id++ {
		if err := st.Keep(ctx, saidBy(id)); err != nil {
			return err
		}
		fmt.Println("kept", id)
	}
	stop()
	return <-done
}

// A child is a process of this test that says how far it has come.
type child struct {
	t    *testing.T
	cmd  *exec.Cmd
	said *bufio.Scanner
	last int
}

func launch(t *testing.T, work string, env ...string) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(os.Args[0]), last: -1}
	c.cmd.Env = append(append(os.Environ(), "BEDRAIL_TEST_CHILD="+work), env...)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.cmd.Process.Kill() })
	c.said = bufio.NewScanner(out)
	return c
}

// until reads what the child says up to a batch.
func (c *child) until(id int) {
	c.t.Helper()
	for c.last < id && c.said.Scan() {
		n, err := strconv.Atoi(strings.TrimPrefix(c.said.Text(), "kept "))
		if err != nil {
			c.t.Fatalf("the child said %q", c.said.Text())
		}
		c.last = n
	}
	if c.last < id {
		c.t.Fatalf("the child ended at %d, before %d", c.last, id)
	}
}

// kill ends the child at once and returns the last that it said.
func (c *child) kill() int {
	c.t.Helper()
	c.cmd.Process.Kill()
	for c.said.Scan() {
		if n, err := strconv.Atoi(strings.TrimPrefix(c.said.Text(), "kept ")); err == nil {
			c.last = n
		}
	}
	c.cmd.Wait()
	return c.last
}

// TestHubAndSensorKilledInAnOutageLoseNothing kills (-9) hub and sensor, each
// while the other is away and while it catches up. Then every batch that the
// sensor had kept is in the record exactly once, and each end of the sensor
// that nobody announced is a gap.
func TestHubAndSensorKilledInAnOutageLoseNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in -short: starts and kills whole servers")
	}
	hubFolder, far, listen, enrol := t.TempDir(), t.TempDir(), freeAddress(t), freeAddress(t)
	hub := startWith(t, hubFolder, hubFlags(listen, enrol))
	enrolled(t, hub, far, "far-wing")
	hub.end(t)

	startHub := func() *child {
		h := launch(t, "hub", "BEDRAIL_TEST_FOLDER="+hubFolder, "BEDRAIL_TEST_LISTEN="+listen, "BEDRAIL_TEST_ENROL="+enrol)
		h.until(0)
		return h
	}
	kept, doubtful := map[int]bool{}, map[int]bool{}
	next := 0
	startStation := func(to int) *child {
		return launch(t, "station", "BEDRAIL_TEST_FOLDER="+far, fmt.Sprint("BEDRAIL_TEST_FROM=", next), fmt.Sprint("BEDRAIL_TEST_TO=", to))
	}
	// What the child was about to say when it was killed may be kept or not.
	note := func(last int) {
		for id := next; id <= last; id++ {
			kept[id] = true
		}
		doubtful[last+1] = true
		next = last + 2
	}
	const far1 = 1 << 20
	h, s := startHub(), startStation(far1)
	s.until(40)
	h.kill()             // the outage begins
	s.until(s.last + 40) // and the sensor goes on
	note(s.kill())       // and is killed in it
	s = startStation(far1)
	s.until(next + 40)
	h = startHub()
	time.Sleep(700 * time.Millisecond)
	h.kill() // while it catches up
	h = startHub()
	s.until(s.last + 40)
	note(s.kill()) // while the hub takes it in
	to := next + 40
	s = startStation(to)
	s.until(to - 1)
	if err := s.cmd.Wait(); err != nil {
		t.Fatalf("the sensor ended with %v", err)
	}
	note(to - 1)
	delete(doubtful, to)
	h.kill()

	hub = startWith(t, hubFolder, hubFlags(listen, enrol))
	defer hub.end(t)
	cfg, err := stationConfig(far, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	o, begun := quietUntil()
	st, err := server.OpenStation(ctx, cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- st.Run(ctx) }()
	select {
	case <-begun:
	case <-time.After(time.Minute):
		t.Fatal("the sensor does not watch")
	}
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	if err := st.Keep(ctx, saidBy(to)); err != nil {
		t.Fatal(err)
	}
	kept[to] = true
	counts := map[int]int{}
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(300 * time.Millisecond) {
		if counts = seenOf(t, hub); counts[to] == 5 {
			break
		}
	}
	var missing, twice []int
	for id := range kept {
		if counts[id] < 5 {
			missing = append(missing, id)
		}
	}
	for id, n := range counts {
		if n > 5 || n != 5 && doubtful[id] {
			twice = append(twice, id)
		}
	}
	t.Logf("kept %d, in doubt %d, in the record %d", len(kept), len(doubtful), len(counts))
	if len(missing) > 0 || len(twice) > 0 {
		t.Errorf("missing %v, not once %v", missing, twice)
	}
	by := bedrail.SystemActor("test", hub.Config.Tenant)
	if t.Failed() {
		row, err := hub.Sensors.One(t.Context(), by, "far-wing")
		t.Logf("the link: %+v, %v", row, err)
	}
	p, err := hub.Sensors.Coverage(t.Context(), by, "far-wing", time.Now().Add(-time.Hour), time.Now().Add(time.Minute), 0)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[traffic.GapReason]int{}
	for _, g := range p.Gaps {
		reasons[g.Reason]++
		if g.Missing > 0 || !g.From.Before(g.Until) {
			t.Errorf("gap %+v", g)
		}
	}
	if reasons[traffic.GapKilled] != 2 || reasons[traffic.GapStopped] != 1 || len(reasons) != 2 {
		t.Errorf("gaps are %v, want two killed and one stopped: %+v", reasons, p.Gaps)
	}
}

// seenOf counts by batch how often its devices were seen in all. Each device
// must be of the site that the hub knows, whatever the sensor wrote.
func seenOf(t *testing.T, hub *running) map[int]int {
	t.Helper()
	state, err := hub.DB.AssetState(t.Context(), hub.Config.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[int]int{}
	for _, s := range state.Sightings {
		for _, c := range s.Claims {
			var id, i int
			if n, err := fmt.Sscanf(c.Value, "bed-%d-%d", &id, &i); c.Source != "dhcp.option" || n != 2 || err != nil {
				continue
			}
			counts[id] += c.Count
		}
	}
	for id, d := range state.Devices {
		if d.Device.Location.Site != "Far Wing" {
			t.Fatalf("device %s is of site %q", id, d.Device.Location.Site)
		}
	}
	return counts
}

// TestAFullOutboxIsAGapOfCountedSize: the hub is away for longer than there is
// room. What was kept arrives; what was refused is counted to the batch.
func TestAFullOutboxIsAGapOfCountedSize(t *testing.T) {
	if testing.Short() {
		t.Skip("twelve seconds of an outage")
	}
	t.Parallel()
	hubFolder, far, listen, enrol := t.TempDir(), t.TempDir(), freeAddress(t), freeAddress(t)
	hub := startWith(t, hubFolder, hubFlags(listen, enrol))
	enrolled(t, hub, far, "far-wing")
	hub.end(t)
	cfg, err := stationConfig(far, map[string]string{"sensor.outbox": "1"})
	if err != nil {
		t.Fatal(err)
	}
	st, err := server.OpenStation(t.Context(), cfg, quiet())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- st.Run(ctx) }()
	big := strings.Repeat("x", 100<<10)
	for id := range 20 {
		b := saidBy(id)
		b.Observations[0].Claims[0].Raw = big
		if err := st.Keep(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	hub = startWith(t, hubFolder, hubFlags(listen, enrol))
	defer hub.end(t)
	by := bedrail.SystemActor("test", hub.Config.Tenant)
	var row sensor.Status
	var p sensor.Picture
	missing, gap := uint64(0), uint64(0)
	arrived := 0
	settled := func() bool {
		return gap > 0 && gap == missing && row.Health.Refused == missing && arrived < 20 && uint64(20-arrived) <= missing
	}
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline) && !settled(); time.Sleep(300 * time.Millisecond) {
		if row, err = hub.Sensors.One(t.Context(), by, "far-wing"); err != nil {
			t.Fatal(err)
		}
		if p, err = hub.Sensors.Coverage(t.Context(), by, "far-wing", time.Now().Add(-time.Hour), time.Now().Add(time.Minute), 0); err != nil {
			t.Fatal(err)
		}
		missing, gap = 0, 0
		for _, s := range p.Steps {
			missing += s.Missing
		}
		for _, g := range p.Gaps {
			if g.Reason == traffic.GapFull {
				gap += g.Missing
			}
		}
		arrived = len(seenOf(t, hub))
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !settled() {
		t.Errorf("%d of 20 arrived; missing %d, gap of %d, refused %d; %+v", arrived, missing, gap, row.Health.Refused, p.Gaps)
	}
}

func TestWhoStandsBetweenSensorAndHubLearnsNoSecret(t *testing.T) {
	listen, enrol := freeAddress(t), freeAddress(t)
	hub := startWith(t, t.TempDir(), hubFlags(listen, enrol))
	defer hub.end(t)
	between := startWith(t, t.TempDir(), hubFlags(freeAddress(t), freeAddress(t)))
	defer between.end(t)
	by := bedrail.SystemActor("test", hub.Config.Tenant)
	token, _, err := hub.Sensors.Invite(t.Context(), by, sensor.Ask{Name: "far-wing"})
	if err != nil {
		t.Fatal(err)
	}
	wrong := token
	wrong.Enrol = between.Sensors.Enrol
	folder := t.TempDir()
	if _, err := outpost.Join(t.Context(), wrong, folder, nil); bedrail.KindOf(err) != bedrail.Denied {
		t.Errorf("joining at another hub gives %v, want Denied", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	id, err := outpost.Join(t.Context(), token, folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := outpost.Renew(t.Context(), id); err != nil {
		t.Errorf("renewing: %v", err)
	}
	info, err := os.Stat(filepath.Join(folder, "sensor.pem"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key has mode %v, %v", info.Mode(), err)
	}
	if _, err := outpost.Join(t.Context(), token, t.TempDir(), nil); bedrail.KindOf(err) != bedrail.Denied {
		t.Errorf("the same token again gives %v, want Denied", err)
	}
	if err := hub.Sensors.Revoke(t.Context(), by, "far-wing", "stolen"); err != nil {
		t.Fatal(err)
	}
	if err := outpost.Renew(t.Context(), id); bedrail.KindOf(err) != bedrail.Denied {
		t.Errorf("renewing what was revoked gives %v, want Denied", err)
	}
}

// TestASensorIsEnrolledWhileItsHubIsAway has a command make a token beside the
// data folder; the sensor comes in by it once the hub runs. Only ports that
// nobody knows before the start stand in the way, and that is said.
func TestASensorIsEnrolledWhileItsHubIsAway(t *testing.T) {
	folder, listen, enrol := t.TempDir(), freeAddress(t), freeAddress(t)
	hub := startWith(t, folder, hubFlags(listen, enrol))
	hub.end(t)
	byCommand := func(flags map[string]string) (status int, answer string) {
		cfg, err := configIn(folder, flags)
		if err != nil {
			t.Fatal(err)
		}
		local, err := server.OpenLocal(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer local.Close()
		return ask(local.Handler, "POST", "/sensors", `{"name":"far-wing","site":"Far Wing"}`)
	}
	for name, c := range map[string]struct {
		flags     map[string]string
		say, lack string
	}{
		"no door is set":        {nil, "set sensors.listen", "does not run"},
		"the ports are not yet": {hubFlags("127.0.0.1:0", "127.0.0.1:0"), "does not run", "set sensors.listen"},
	} {
		if status, answer := byCommand(c.flags); status != 503 || !strings.Contains(answer, c.say) || strings.Contains(answer, c.lack) {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	status, answer := byCommand(hubFlags(listen, enrol))
	if status != 201 {
		t.Fatalf("enrolling: %d %s", status, answer)
	}
	var made struct{ Token string }
	if err := json.Unmarshal([]byte(answer), &made); err != nil {
		t.Fatal(err)
	}
	token, err := sensor.ParseToken(made.Token)
	if err != nil {
		t.Fatal(err)
	}
	hub = startWith(t, folder, hubFlags(listen, enrol))
	defer hub.end(t)
	id, err := outpost.Join(t.Context(), token, t.TempDir(), nil)
	if err != nil || id.Site != "Far Wing" || id.Hub != listen {
		t.Errorf("the sensor is %+v, %v", id, err)
	}
}

// until waits for what is to become so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after half a minute %s is not so", what)
		}
	}
}

// toldWhole waits for the last word of a sensor, and holds what it told of a
// time against what its interfaces counted.
func toldWhole(t *testing.T, hub *running, name string, least uint64) sensor.Picture {
	t.Helper()
	by := bedrail.SystemActor("test", hub.Config.Tenant)
	var row sensor.Status
	until(t, "that the sensor said that it stops", func() bool {
		var err error
		if row, err = hub.Sensors.One(t.Context(), by, name); err != nil {
			t.Fatal(err)
		}
		return row.Health.Stopping
	})
	p, err := hub.Sensors.Coverage(t.Context(), by, name, time.Now().Add(-time.Hour), time.Now().Add(time.Minute), 0)
	if err != nil {
		t.Fatal(err)
	}
	var told, counted uint64
	for _, s := range p.Steps {
		told += s.Packets
	}
	for _, i := range row.Health.Interfaces {
		counted += i.Packets
	}
	// A row that lies over two steps is shared out by time and rounded.
	if told < least || max(told, counted)-min(told, counted) > 3 {
		t.Errorf("%d packets were told of, want %d or more; the interfaces count %+v", told, least, row.Health.Interfaces)
	}
	return p
}
