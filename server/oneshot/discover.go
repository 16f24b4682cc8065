// Package oneshot runs the engines of Bedrail over files, without a server and
// without a database: the same code that watches a network live.
package oneshot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/capture"
	"bedrail/rule"
	"bedrail/traffic"
)

// A Discovery is what captures say about devices, as contracts promise it to
// scripts.
type Discovery struct {
	Captures []Capture      `json:"captures"`
	Devices  []Found        `json:"devices"`
	Stats    DiscoveryStats `json:"stats"`
	// Shadow is what the exchange would make of the messages on them; only
	// where it was asked for.
	Shadow []traffic.Overheard `json:"shadow,omitempty"`
}

// A Found is a device as contracts print it: behind is null for a device with
// a presence of its own on the wire.
type Found struct {
	asset.Device
	Behind *string `json:"behind"`
}

// A Capture is one file that was read.
type Capture struct {
	Path      string    `json:"path"`
	Packets   uint64    `json:"packets"`
	Bytes     uint64    `json:"bytes"`
	First     time.Time `json:"first,omitzero"`
	Last      time.Time `json:"last,omitzero"`
	LinkType  string    `json:"linkType"`
	Truncated bool      `json:"truncated"`
	Errors    []string  `json:"errors"`

	dropped uint64
}

// DiscoveryStats count what was done. Only Seconds may differ between two runs
// over the same files.
type DiscoveryStats struct {
	Packets       uint64  `json:"packets"`
	Bytes         uint64  `json:"bytes"`
	Conversations uint64  `json:"conversations"`
	Seconds       float64 `json:"seconds"`
	Dropped       uint64  `json:"dropped"`
	Evicted       uint64  `json:"evicted"`
	Malformed     uint64  `json:"malformed"`
	Unplaced      uint64  `json:"unplaced"` // observations that named nobody
}

// Discover reads captures in the order given and returns the devices that
// they show. A file that cannot be read, or breaks off, is said so in its
// Capture, and the rest is used. The error is that of ctx alone.
func Discover(ctx context.Context, clock bedrail.Clock, paths []string) (Discovery, error) {
	return DiscoverBy(ctx, clock, nil, false, paths)
}

// DiscoverBy is Discover with rules of one's own; nil are the built-in. With
// overhear, the messages of the exchange's protocols are checked as well.
func DiscoverBy(ctx context.Context, clock bedrail.Clock, rules *rule.Pack, overhear bool, paths []string) (Discovery, error) {
	start := clock.Now()
	fuser := asset.Fuser{Rules: rules}
	out := Discovery{Captures: []Capture{}}
	options := traffic.Options{Observe: fuser.Observe}
	var heard overheard
	if overhear {
		l, err := NewListening(nil)
		if err != nil {
			return out, err
		}
		ears := l.Ears("", "", heard.add)
		options.Overhear = ears.Listen
		heard.ears = ears
	}
	engine := traffic.NewEngine(options)
	for _, path := range paths {
		c := Capture{Path: path, Errors: []string{}}
		if err := c.read(ctx, engine); err != nil {
			if ctx.Err() != nil {
				return out, ctx.Err()
			}
			c.Errors = append(c.Errors, err.Error())
		}
		out.Captures = append(out.Captures, c)
	}
	engine.End()
	out.Shadow = heard.all()
	out.Devices = []Found{}
	for _, d := range fuser.Devices() {
		asset.BuiltinCalibration().Tell(&d, rules)
		f := Found{Device: d}
		if d.Behind != "" {
			f.Behind = &f.Device.Behind
		}
		out.Devices = append(out.Devices, f)
	}
	s := engine.Stats()
	out.Stats = DiscoveryStats{Packets: s.Packets, Bytes: s.Bytes, Conversations: s.Conversations, Evicted: s.Evicted, Malformed: s.Malformed,
		Unplaced: fuser.Unplaced(), Seconds: clock.Now().Sub(start).Seconds()}
	for _, c := range out.Captures {
		out.Stats.Dropped += c.dropped
	}
	return out, nil
}

func (c *Capture) read(ctx context.Context, engine *traffic.Engine) error {
	source, err := capture.Open(c.Path)
	if err != nil {
		return err
	}
	defer source.Close()
	defer func() { c.dropped = source.Stats().Dropped }()
	engine.Begin(filepath.Base(c.Path))
	var f traffic.Frame
	for {
		err := source.Next(&f)
		if errors.Is(err, io.EOF) {
			return nil
		}
		var broken *capture.Break
		if errors.As(err, &broken) {
			c.Truncated = true
			return fmt.Errorf("%s: %w", c.Path, err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Path, err)
		}
		c.count(&f)
		engine.Frame(&f)
		if c.Packets%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (c *Capture) count(f *traffic.Frame) {
	c.Packets++
	c.Bytes += uint64(f.Length)
	if c.Packets == 1 {
		c.LinkType = f.Link.String()
		c.First = f.Time()
	}
	if at := f.Time(); at.After(c.Last) {
		c.Last = at
	}
	if f.Length > len(f.Data) {
		c.Truncated = true
	}
}
