package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// A meter shows how far a command has come, on standard error: a bar on a
// terminal, lines of JSON where they were asked for, else nothing.
type meter struct {
	bar   *progressbar.ProgressBar
	lines *json.Encoder
	label string
	total int64
	done  int64
	said  time.Time
	now   func() time.Time
}

// meter begins to show progress towards total units; 0 is not known.
func (e *environment) meter(label string, total int64) *meter {
	m := &meter{label: label, total: total, now: e.clock.Now}
	switch {
	case e.quiet || e.progress == "none":
	case e.progress == "json":
		m.lines = json.NewEncoder(e.stderr)
	case isTerminal(e.stderr):
		if total <= 0 {
			total = -1
		}
		m.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(e.stderr), progressbar.OptionSetDescription(label),
			progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return m
}

// add counts n more units.
func (m *meter) add(n int64) {
	m.done += n
	if m.bar != nil {
		m.bar.Add64(n)
	}
	if m.lines != nil && m.now().Sub(m.said) >= time.Second {
		m.line()
	}
}

func (m *meter) line() {
	m.said = m.now()
	m.lines.Encode(map[string]any{"label": m.label, "done": m.done, "total": m.total})
}

// shows reports whether anybody sees it.
func (m *meter) shows() bool { return m.bar != nil || m.lines != nil }

// reach counts n more units of what turned out to be total.
func (m *meter) reach(n, total int64) {
	if m.bar != nil && total > 0 && total != m.total {
		m.bar.ChangeMax64(total)
	}
	m.total = total
	m.add(n)
}

// end stops showing.
func (m *meter) end() {
	if m.bar != nil {
		m.bar.Finish()
	}
	if m.lines != nil {
		m.line()
	}
}

// reader counts what is read from r.
func (m *meter) reader(r io.Reader) io.Reader { return meterReader{r, m} }

type meterReader struct {
	r io.Reader
	m *meter
}

func (r meterReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.m.add(int64(n))
	return n, err
}
