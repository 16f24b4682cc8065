package server_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"bedrail/access"
	"bedrail/server"
	"bedrail/store/storetest"
)

// TestMain lets the test binary be the process that tests kill.
func TestMain(m *testing.M) {
	if work := children[os.Getenv("BEDRAIL_TEST_CHILD")]; work != nil {
		if err := work(); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	atLeast("test.parallel", 8)
	os.Exit(m.Run())
}

// atLeast raises a flag of the test binary that was not given: servers mostly
// wait for one another, and two processors do not mean two of them.
func atLeast(name string, least int) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if n, err := strconv.Atoi(flag.Lookup(name).Value.String()); err != nil || given || n >= least {
		return
	}
	flag.Set(name, strconv.Itoa(least)) // a number is a number
}

// children are what the test binary does in a process of its own, by name.
var children = map[string]func() error{"observe": observeChild, "exchange": exchangeChild, "hub": hubChild, "station": stationChild}

// configIn returns the settings of a Bedrail that keeps everything in folder
// and listens on any free port of this machine.
func configIn(folder string, flags map[string]string) (server.Config, error) {
	all := map[string]string{
		"server.listen": "127.0.0.1:0", "server.data": filepath.Join(folder, "data"), "server.site": "Demo General",
		"keys.folder": filepath.Join(folder, "keys"), "limits.burst": "0",
	}
	for k, v := range flags {
		all[k] = v
	}
	return server.Load(server.Sources{System: os.DevNull, Environ: func() []string { return nil }, Flags: all})
}

// running is a whole server in this process.
type running struct {
	*server.Server
	stop func()
	done chan error
}

func start(t *testing.T, folder string) *running {
	t.Helper()
	return startWith(t, folder, nil)
}

// weak hashes passwords fast: tests sign in hundreds of times.
var weak = access.Hasher{Memory: 64, Passes: 1, Iterations: 10}

func startWith(t *testing.T, folder string, flags map[string]string) *running {
	t.Helper()
	cfg, err := configIn(folder, flags)
	if err != nil {
		t.Fatal(err)
	}
	return run(t, cfg)
}

// run has a Bedrail of these settings run until it is ended.
func run(t *testing.T, cfg server.Config) *running {
	t.Helper()
	emptyStore(t, cfg)
	s, err := server.New(t.Context(), cfg, server.Options{Hasher: weak})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Server: s, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- s.Run(ctx) }()
	return r
}

// emptyStore puts an empty store into a data folder that has none: the migrations
// have tests of their own, and flush each by itself.
func emptyStore(t *testing.T, cfg server.Config) {
	t.Helper()
	path := filepath.Join(cfg.Data, "bedrail.db")
	if _, err := os.Stat(path); err == nil || cfg.Postgres != "" {
		return
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Fill(path); err != nil {
		t.Fatal(err)
	}
}

// end stops the server and waits for it.
func (r *running) end(t *testing.T) {
	t.Helper()
	if r.stop == nil {
		return
	}
	r.stop()
	r.stop = nil
	if err := <-r.done; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}
