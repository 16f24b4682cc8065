package server_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bedrail/capture"
	"bedrail/outpost"
	"bedrail/sensor"
	"bedrail/server"
	"bedrail/traffic"
)

// sensor does what a journey says of a remote sensor: joins, watches FILE,
// stops. It is a whole sensor, with its own disk and its own way in.
func (j *journey) sensor(rest string) {
	j.t.Helper()
	words := strings.Fields(rest)
	folder := filepath.Join(j.folder, "sensor-"+words[0])
	switch words[1] {
	case "joins":
		token, err := sensor.ParseToken(j.kept["token"])
		if err != nil {
			j.t.Fatal(err)
		}
		if _, err := outpost.Join(j.t.Context(), token, filepath.Join(folder, "keys"), nil); err != nil {
			j.failf("joining: %v", err)
		}
	case "refused":
		token, err := sensor.ParseToken(j.kept["token"])
		if err != nil {
			j.t.Fatal(err)
		}
		if _, err := outpost.Join(j.t.Context(), token, filepath.Join(folder, "again"), nil); err == nil {
			j.failf("the token was good twice")
		}
	case "watches":
		j.watches(words[0], folder, filepath.Join("testdata", words[2]))
	case "stops":
		j.stopSensor(words[0])
	default:
		j.failf("a sensor joins, is refused, watches or stops")
	}
}

// watches plays a capture to a sensor as what passes its interface.
func (j *journey) watches(name, folder, file string) {
	j.t.Helper()
	cfg, err := stationConfig(folder, nil)
	if err != nil {
		j.t.Fatal(err)
	}
	o := quiet()
	o.Open = func(string, int) ([]capture.Source, error) {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		src, err := capture.Read(f)
		return []capture.Source{&patient{Source: src, still: still{closed: make(chan struct{})}}}, err
	}
	st, err := server.OpenStation(j.t.Context(), cfg, o)
	if err != nil {
		j.failf("starting the sensor: %v", err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- st.Run(ctx) }()
	if j.stations == nil {
		j.stations = map[string]func() error{}
	}
	j.stations[name] = func() error { cancel(); return <-done }
	j.t.Cleanup(func() { j.stopSensor(name) })
}

func (j *journey) stopSensor(name string) {
	stop := j.stations[name]
	if stop == nil {
		return
	}
	delete(j.stations, name)
	if err := stop(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		j.failf("the sensor ended with %v", err)
	}
}

// A patient source is quiet after its end, as an interface is.
type patient struct {
	capture.Source
	still still
	ended bool
}

func (p *patient) Next(f *traffic.Frame) error {
	if p.ended {
		return p.still.Next(f)
	}
	err := p.Source.Next(f)
	if errors.Is(err, io.EOF) {
		p.ended = true
		return capture.ErrIdle
	}
	if err == nil {
		f.Nanos = time.Now().UnixNano()
	}
	return err
}

func (p *patient) Close() error { return errors.Join(p.still.Close(), p.Source.Close()) }
