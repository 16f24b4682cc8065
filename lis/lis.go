// Package lis takes results from laboratory and bedside analysers that speak
// ASTM (CLSI LIS1-A and LIS2-A2) over TCP. A frame is acknowledged only once
// it is kept: those before the end of a message in a spool, the last one with
// the whole message on record.
package lis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"bedrail/exchange"
	"bedrail/format/astm"
	"bedrail/lobby"
)

// Settings are those of {astm: {listen: ...}}.
type Settings struct {
	Listen   string                `json:"listen"`
	TLS      *exchange.TLSSettings `json:"tls,omitempty"` // of a tunnel; the standard has none
	Plain    bool                  `json:"plain,omitempty"`
	Idle     exchange.Duration     `json:"idle,omitempty"` // without a transmission; 12h
	MaxBytes int                   `json:"maxBytes,omitempty"`
}

func (s *Settings) check() error {
	if s.MaxBytes <= 0 {
		s.MaxBytes = 4 << 20
	}
	return exchange.CheckAddress("listen", s.Listen)
}

// SourceKind is the kind "astm" of sources.
func SourceKind() exchange.SourceKind {
	read := func(raw json.RawMessage) (Settings, error) {
		var s Settings
		if err := exchange.Decode(raw, &s); err != nil {
			return s, err
		}
		return s, s.check()
	}
	return exchange.SourceKind{
		Name: "astm", Format: exchange.ASTM,
		About:   "Takes results from analysers that speak ASTM over TCP, directly or through a terminal server.",
		Example: `{"listen": "127.0.0.1:9600"}`,
		Check:   func(raw json.RawMessage) error { _, err := read(raw); return err },
		Address: func(raw json.RawMessage) string {
			s, err := read(raw)
			if err != nil {
				return ""
			}
			return "tcp/" + s.Listen
		},
		Open: func(c exchange.SourceConfig) (exchange.Source, error) {
			s, err := read(c.Settings)
			if err != nil {
				return nil, err
			}
			return &Source{settings: s, config: c, lobby: lobby.Lobby{Clock: c.Env.Clock}}, nil
		},
	}
}

// A Source is a door for analysers.
type Source struct {
	settings Settings
	config   exchange.SourceConfig
	lobby    lobby.Lobby
	count    atomic.Uint64 // of spool files
}

// Status implements exchange.Source.
func (s *Source) Status() exchange.SourceStatus { return s.lobby.Status() }

// Run implements exchange.Source.
func (s *Source) Run(ctx context.Context) error {
	config, err := s.config.Env.TLS.Listener(s.settings.TLS, s.settings.Listen, s.settings.Plain, s.config.Env.Folder)
	if err != nil {
		return err
	}
	if err := s.recover(ctx); err != nil {
		return err
	}
	l, err := s.config.Env.Listen(ctx, s.settings.Listen)
	if err != nil {
		return err
	}
	return s.lobby.Serve(ctx, l, config, s.serve)
}

// spooled are the files that belong to this door.
func (s *Source) spooled() string {
	return filepath.Join(s.config.Env.Spool, "astm-"+s.config.Channel+"-*.part")
}

// recover keeps what an earlier run had acknowledged frames of. A message
// without its end is kept as one that cannot be answered for.
func (s *Source) recover(ctx context.Context) error {
	if s.config.Env.Spool == "" {
		return nil
	}
	left, err := filepath.Glob(s.spooled())
	if err != nil {
		return err
	}
	for _, path := range left {
		raw, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("reading what an earlier run left: %w", err)
		}
		if len(raw) > 0 {
			in := exchange.Inbound{Format: exchange.ASTM, Body: raw, At: time.Now(), Facts: exchange.Facts{Event: "upload"}}
			if !ended(raw) {
				in.Unreadable = cutOff
			}
			if _, err := s.config.Intake.Receive(ctx, in); err != nil {
				return fmt.Errorf("keeping what an earlier run left: %w", err)
			}
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

const cutOff = "the transmission ended before its terminator record (L): what came is not a message"

// ended reports whether a recording holds a terminator record.
func ended(raw []byte) bool {
	t, err := astm.Read(raw)
	if err != nil {
		return false
	}
	for _, r := range t.Records {
		if r.Type == 'L' {
			return true
		}
	}
	return false
}

// A link is one connection with an analyser.
type link struct {
	*Source
	ctx    context.Context
	guest  *lobby.Guest
	rec    []byte // frames of the message that is under way, as they came
	text   []byte // of its last record
	spool  *os.File
	failed error // what cannot be kept: the line is given up
}

func (s *Source) serve(ctx context.Context, conn net.Conn, g *lobby.Guest) {
	k := &link{Source: s, ctx: context.WithoutCancel(ctx), guest: g}
	defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })()
	r := &astm.Receiver{Keep: k.keep}
	err := k.talk(ctx, conn, r)
	k.abandon()
	if err != nil && !errors.Is(err, io.EOF) && ctx.Err() == nil {
		s.lobby.Failed(g.Peer().Address.Addr().String() + ": " + err.Error())
	}
}

const idleUsual = 12 * time.Hour

// talk reads and answers until the connection ends.
func (k *link) talk(ctx context.Context, conn net.Conn, r *astm.Receiver) error {
	buf := make([]byte, 4096)
	for {
		wait := k.settings.Idle.Or(idleUsual)
		if r.Active() {
			wait = astm.FrameWait
			k.guest.State("receiving")
		} else {
			k.guest.State("idle")
		}
		if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil || ctx.Err() != nil {
			return err
		}
		n, err := conn.Read(buf)
		if n > 0 {
			if answers := r.Feed(buf[:n]); len(answers) > 0 {
				if err := conn.SetWriteDeadline(time.Now().Add(astm.AnswerWait)); err != nil {
					return err
				}
				if _, err := conn.Write(answers); err != nil {
					return err
				}
			}
			if k.failed != nil {
				return k.failed
			}
		}
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() && r.Active() && ctx.Err() == nil {
			// The analyser fell silent within a transmission (LIS1 6.5.2.4).
			r.Timeout()
			k.abandon()
			continue
		}
		if err != nil {
			return err
		}
	}
}

// keep keeps a frame that checked; nil is the end of a transmission.
func (k *link) keep(f *astm.Frame) error {
	if f == nil {
		k.abandon()
		return nil
	}
	raw := astm.AppendFrame(nil, *f)
	if len(k.rec)+len(raw) > k.settings.MaxBytes {
		k.failed = fmt.Errorf("a message of more than %d bytes", k.settings.MaxBytes)
		return k.failed
	}
	k.text = append(k.text, f.Text...)
	if f.Last && terminator(k.text) {
		return k.commit(append(k.rec, raw...))
	}
	if err := k.write(raw); err != nil {
		k.lobby.Failed("a frame was not kept: " + err.Error())
		return err
	}
	k.rec = append(k.rec, raw...)
	if f.Last {
		k.text = nil
	}
	return nil
}

// terminator reports whether the last record in text is an L.
func terminator(text []byte) bool {
	lines := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\r' || r == '\n' })
	return len(lines) > 0 && lines[len(lines)-1][0] == 'L'
}

// commit puts the whole message on record; the frame that ends it is
// acknowledged after.
func (k *link) commit(whole []byte) error {
	k.guest.State("committing")
	in := exchange.Inbound{Format: exchange.ASTM, Body: whole, Peer: k.guest.Peer(), At: time.Now(), Facts: exchange.Facts{Event: "upload"}}
	if _, err := k.config.Intake.Receive(k.ctx, in); err != nil {
		k.lobby.Failed("a message was not kept: " + err.Error())
		k.text = nil
		return err // answered with NAK: the analyser sends the frame again
	}
	k.guest.Message()
	k.clear()
	return nil
}

// abandon keeps what came of a message that did not end, as such.
func (k *link) abandon() {
	if len(k.rec) > 0 {
		in := exchange.Inbound{Format: exchange.ASTM, Body: k.rec, Peer: k.guest.Peer(), At: time.Now(), Facts: exchange.Facts{Event: "upload"}, Unreadable: cutOff}
		if _, err := k.config.Intake.Receive(k.ctx, in); err != nil {
			k.lobby.Failed("what came of a message that was cut off was not kept: " + err.Error())
			return // the spool has it; the next start keeps it
		}
		k.lobby.Refuse(k.guest.Peer(), cutOff, "look at the analyser and its line: it stopped within a message, and will send it again")
	}
	k.clear()
}

// write puts a frame into the spool, flushed.
func (k *link) write(raw []byte) error {
	if k.config.Env.Spool == "" {
		return nil
	}
	if k.spool == nil {
		name := strings.Replace(k.spooled(), "*", fmt.Sprintf("%d-%d", time.Now().UnixNano(), k.count.Add(1)), 1)
		var err error
		if k.spool, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
			return err
		}
	}
	if _, err := k.spool.Write(raw); err != nil {
		return err
	}
	return k.spool.Sync()
}

func (k *link) clear() {
	k.rec, k.text = nil, nil
	if k.spool == nil {
		return
	}
	err := errors.Join(k.spool.Close(), os.Remove(k.spool.Name()))
	if k.spool = nil; err != nil {
		k.lobby.Failed("the spool of a message that is kept was not removed: " + err.Error())
	}
}
