package drop

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

// A Sender writes messages as files.
type Sender struct {
	settings DestinationSettings
	folder   string
	clock    bedrail.Clock

	mu     sync.Mutex // guards status
	status exchange.SenderStatus
}

func newSender(d DestinationSettings, c exchange.DestinationConfig) *Sender {
	return &Sender{settings: d, folder: lobby.Under(c.Env.Folder, d.Folder), clock: c.Env.Clock, status: exchange.SenderStatus{State: "idle", Peer: d.Folder}}
}

// Send implements exchange.Sender. The file appears under its name only when
// it is whole and flushed; the same message has the same name, so that it is
// there once however often it is tried.
func (s *Sender) Send(_ context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	sum, err := s.write(out)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.status.State, s.status.LastError, s.status.LastErrorAt = "failing", err.Error(), s.clock.Now()
		return exchange.Acknowledgment{}, bedrail.Errorf(bedrail.Unavailable, "writing into %s: %w", s.settings.Folder, err)
	}
	s.status.State = "connected"
	return exchange.Acknowledgment{Outcome: exchange.Accepted, Code: "written", Text: "sha256 " + sum}, nil
}

func (s *Sender) name(out exchange.Outgoing) string {
	return strings.NewReplacer("{channel}", safe(out.Channel), "{type}", safe(out.Facts.Type), "{message}", safe(out.Message), "{ext}", extension(out.Format),
		"{date}", out.ReceivedAt.UTC().Format("20060102")).Replace(s.settings.Name)
}

// safe makes foreign text part of a name.
func safe(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, text[:min(len(text), 100)])
}

func (s *Sender) write(out exchange.Outgoing) (sum string, err error) {
	if err := os.MkdirAll(s.folder, 0o750); err != nil {
		return "", err
	}
	body := io.NopCloser(bytes.NewReader(out.Body))
	if out.Body == nil && out.Open != nil {
		if body, err = out.Open(); err != nil {
			return "", err
		}
	}
	defer body.Close()
	name := s.name(out)
	h := sha256.New()
	part := filepath.Join(s.folder, "."+name+".part")
	if err := flushed(part, io.TeeReader(body, h)); err != nil {
		return "", errors.Join(err, os.Remove(part))
	}
	sum = hex.EncodeToString(h.Sum(nil))
	path := filepath.Join(s.folder, name)
	if s.settings.Checksum {
		if err := flushed(path+sumSuffix, strings.NewReader(fmt.Sprintf("%s  %s\n", sum, name))); err != nil {
			return "", err
		}
	}
	if err := os.Rename(part, path); err != nil {
		return "", err
	}
	d, err := os.Open(s.folder)
	if err != nil {
		return "", err
	}
	return sum, errors.Join(d.Sync(), d.Close())
}

func flushed(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

// Probe implements exchange.Prober: it writes and removes a file.
func (s *Sender) Probe(context.Context) error {
	if err := os.MkdirAll(s.folder, 0o750); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "%s cannot be written into: %w", s.settings.Folder, err)
	}
	f, err := os.CreateTemp(s.folder, ".probe-*.part")
	if err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "%s cannot be written into: %w", s.settings.Folder, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Status implements exchange.Visible.
func (s *Sender) Status() exchange.SenderStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Close implements exchange.Sender.
func (s *Sender) Close() error { return nil }
