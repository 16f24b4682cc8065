package server_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bedrail/capture"
	"bedrail/server"
)

// TestNothingOfAPatientIsKeptByASensor lets a remote sensor watch captures
// that name patients while its hub is away, and searches its outbox and its
// log; then the hub comes back and takes everything in, and the files and the
// log of the hub are searched.
func TestNothingOfAPatientIsKeptByASensor(t *testing.T) {
	t.Parallel()
	files := []string{"testdata/captures/emergency.pcap", "testdata/captures/shadow.pcap"}
	if lab := "../../shared/testdata/traffic/lab/hospital-lab.pcap"; exists(lab) {
		files = append(files, lab)
	} else {
		t.Logf("NOT TESTED on the capture of the laboratory: %s is not there", lab)
	}
	names := map[string]bool{"ZZSHADOW": true, "MRN-SHADOW": true, "secret-SHADOW": true}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range patientsIn(body) {
			names[n] = true
		}
	}
	if len(names) < 6 {
		t.Fatalf("the captures name hardly anybody: %v", names)
	}

	hubFolder, far, listen, enrol := t.TempDir(), t.TempDir(), freeAddress(t), freeAddress(t)
	hub := startWith(t, hubFolder, hubFlags(listen, enrol))
	enrolled(t, hub, far, "far-wing")
	hub.end(t)

	log := &lockedBuffer{}
	stop := watching(t, far, log, files)
	const identity = "APC89502230" // a pump of emergency.pcap: what is searched holds what was seen
	await(t, "the outbox holds what the sensor saw", func() bool { return holds(filepath.Join(far, "data"), identity) })
	time.Sleep(1500 * time.Millisecond) // the last minute is flushed as well
	searchFiles(t, far, names)

	// Its own house: the log of the hub is read.
	house := startHouse(t, hubFolder, func(c *server.Config) { c.SensorsListen, c.SensorsEnrol = listen, enrol })
	await(t, "the hub took in what the sensor kept", func() bool { return holds(filepath.Join(hubFolder, "data"), identity) })
	time.Sleep(1200 * time.Millisecond) // a checkpoint is signed and the log is written
	searchFiles(t, hubFolder, names)
	stop()
	house.stop()
	searchFiles(t, far, names)
	searchFiles(t, hubFolder, names)
	for n := range names {
		if bytes.Contains(log.Bytes(), []byte(n)) || bytes.Contains(house.log.Bytes(), []byte(n)) {
			t.Errorf("a log names %q", n)
		}
	}
}

// watching runs a sensor whose interface plays captures and is quiet then.
func watching(t *testing.T, folder string, log *lockedBuffer, files []string) (stop func()) {
	t.Helper()
	cfg, err := stationConfig(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := quiet()
	o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Open = func(string, int) ([]capture.Source, error) {
		var all []capture.Source
		for _, f := range files {
			src, err := capture.Open(f)
			if err != nil {
				return nil, err
			}
			all = append(all, &patient{Source: src, still: still{closed: make(chan struct{})}})
		}
		return all, nil
	}
	st, err := server.OpenStation(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- st.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the sensor ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// holds reports whether a file below folder holds a word.
func holds(folder, word string) (found bool) {
	_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || found {
			return nil // gone meanwhile
		}
		body, err := os.ReadFile(path)
		found = err == nil && bytes.Contains(body, []byte(word))
		return nil
	})
	return found
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

// A lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex // guards body
	body bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.body.Write(p)
}

// Bytes is a copy of what was written.
func (b *lockedBuffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.body.Bytes())
}
