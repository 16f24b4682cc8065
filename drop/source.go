package drop

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

// Folders within the folder, and the end of a checksum's name.
const (
	doneFolder    = "done"
	refusedFolder = "refused"
	sumSuffix     = ".sha256"
)

// A Source takes files from one folder.
type Source struct {
	settings SourceSettings
	config   exchange.SourceConfig
	lobby    lobby.Lobby
	folder   string
	seen     map[string]sight // files that are not settled yet
}

// A sight is how a file looked, and since when.
type sight struct {
	size     int64
	modified time.Time
	since    time.Time
}

func newSource(s SourceSettings, c exchange.SourceConfig) *Source {
	return &Source{settings: s, config: c, lobby: lobby.Lobby{Clock: c.Env.Clock}, folder: lobby.Under(c.Env.Folder, s.Folder), seen: map[string]sight{}}
}

// Status implements exchange.Source.
func (s *Source) Status() exchange.SourceStatus { return s.lobby.Status() }

// Run implements exchange.Source.
func (s *Source) Run(ctx context.Context) error {
	for _, sub := range []string{doneFolder, refusedFolder} {
		if err := os.MkdirAll(filepath.Join(s.folder, sub), 0o750); err != nil {
			return bedrail.Errorf(bedrail.Unavailable, "the folder %s cannot be used: %w", s.settings.Folder, err)
		}
	}
	s.lobby.Opened(filepath.Join(s.folder, s.settings.Pattern))
	defer s.lobby.Opened("")
	tick := time.NewTicker(s.settings.Every.Or(everyUsual))
	defer tick.Stop()
	for {
		if err := s.look(ctx); err != nil && ctx.Err() == nil {
			s.lobby.Failed(err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look takes every file that is ready, the oldest name first.
func (s *Source) look(ctx context.Context) error {
	list, err := os.ReadDir(s.folder)
	if err != nil {
		return fmt.Errorf("the folder cannot be read: %w", err)
	}
	here := map[string]bool{}
	for _, e := range list {
		name := e.Name()
		if ok, err := filepath.Match(s.settings.Pattern, name); !ok || err != nil || !e.Type().IsRegular() || unfinished(name) {
			continue
		}
		here[name] = true
		if ctx.Err() != nil {
			return nil
		}
		if err := s.consider(ctx, name); err != nil {
			return err // what cannot be kept now is not overtaken by the next
		}
	}
	for name := range s.seen {
		if !here[name] {
			delete(s.seen, name)
		}
	}
	return nil
}

// unfinished is true for names that writers use until a file is whole.
func unfinished(name string) bool {
	return name[0] == '.' || slices.Contains([]string{".tmp", ".part", ".partial", sumSuffix, ".filepart", ".crdownload"}, filepath.Ext(name))
}

func (s *Source) consider(ctx context.Context, name string) error {
	path := filepath.Join(s.folder, name)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	want, stated, err := statedSum(path + sumSuffix)
	if err != nil {
		s.refuse(name, "its checksum file cannot be read", "write 64 hexadecimal digits into it, as sha256sum does")
		return nil
	}
	if !stated && (s.settings.Checksum == "required" || !s.settled(name, info)) {
		return nil
	}
	if info.Size() > s.settings.MaxBytes {
		s.refuse(name, fmt.Sprintf("it has %d bytes, more than the limit of %d", info.Size(), s.settings.MaxBytes), "raise maxBytes, or send less at once")
		return nil
	}
	got, err := sumOf(path)
	if err != nil {
		return fmt.Errorf("reading a file: %w", err)
	}
	if stated && got != want {
		if !s.settled(name, info) {
			return nil // it is still being written
		}
		delete(s.seen, name)
		s.refuse(name, "it is not what its checksum says", "send it again")
		return nil
	}
	delete(s.seen, name)
	return s.take(ctx, name, got, info)
}

// settled is true once a file has stayed as it is for a while.
func (s *Source) settled(name string, info fs.FileInfo) bool {
	now, was := time.Now(), s.seen[name]
	if was.since.IsZero() || was.size != info.Size() || !was.modified.Equal(info.ModTime()) {
		s.seen[name] = sight{info.Size(), info.ModTime(), now}
		return false
	}
	return now.Sub(was.since) >= s.settings.Settle.Or(settleUsual)
}

// statedSum reads a checksum as sha256sum writes it.
func statedSum(path string) (sum string, ok bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return "", false, err
	}
	sum, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(string(text))), " ")
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != sha256.Size {
		return "", false, errors.New("it is no checksum")
	}
	return sum, true, nil
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// take gives a file to the exchange, and moves it only when all of it is kept.
// A file that was kept before a crash and not moved is known by its name and
// checksum, and is kept once.
func (s *Source) take(ctx context.Context, name, sum string, info fs.FileInfo) error {
	f, err := os.Open(filepath.Join(s.folder, name))
	if err != nil {
		return err
	}
	defer f.Close()
	in := exchange.Inbound{Format: s.settings.Format, Peer: exchange.Peer{File: name}, At: time.Now(),
		Facts: exchange.Facts{Event: "file", Sender: s.config.Channel, ControlID: name + " " + sum[:16], SentAt: info.ModTime()}}
	if s.settings.Format != exchange.Binary && s.settings.Format != exchange.CSV {
		in.Facts.ControlID = "" // what stands in the message names it, where it does
	}
	refused := ""
	switch {
	case s.settings.CSV != nil:
		refused, err = s.rows(ctx, f, in)
	case info.Size() > exchange.InlineBytes:
		in.Stream = f
		err = s.receive(ctx, in)
	default:
		if in.Body, err = io.ReadAll(io.LimitReader(f, s.settings.MaxBytes)); err == nil {
			err = s.receive(ctx, in)
		}
	}
	if err != nil {
		return fmt.Errorf("a file was not kept; it is tried again: %w", err)
	}
	if refused != "" {
		s.refuse(name, refused, "compare the file with the columns that csv.header declares")
		return nil
	}
	return s.move(name, doneFolder)
}

func (s *Source) receive(ctx context.Context, in exchange.Inbound) error {
	_, err := s.config.Intake.Receive(context.WithoutCancel(ctx), in)
	return err
}

// refuse puts a file aside, where it is tried no more, and says why.
func (s *Source) refuse(name, why, mend string) {
	s.lobby.Refuse(exchange.Peer{File: name}, why, mend)
	if err := s.move(name, refusedFolder); err != nil {
		s.lobby.Failed(err.Error())
	}
}

// move takes a file away with its checksum.
func (s *Source) move(name, to string) error {
	from := filepath.Join(s.folder, name)
	if to == doneFolder && s.settings.Delete {
		err := os.Remove(from)
		if e := os.Remove(from + sumSuffix); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
		return err
	}
	target := filepath.Join(s.folder, to, name)
	for n := 1; ; n++ { // never over one that is there
		if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
			break
		}
		target = filepath.Join(s.folder, to, fmt.Sprintf("%s.%d", name, n))
	}
	if err := os.Rename(from, target); err != nil {
		return fmt.Errorf("a file that was taken cannot be moved: %w", err)
	}
	if err := os.Rename(from+sumSuffix, target+sumSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// A row is a line of a table with its number.
type row struct {
	number int
	bytes  []byte
	issues []exchange.Issue
}

// together is how many rows are under way at once: they share a flush.
const together = 32

// rows gives each row as a message of its own: the header line and the row as
// they stand in the file. The number of the row is in its name, so that a row
// is kept once however often the file is read.
func (s *Source) rows(ctx context.Context, f io.Reader, in exchange.Inbound) (refused string, err error) {
	t, err := newTable(f, *s.settings.CSV)
	if err != nil {
		return err.Error(), nil
	}
	in.ContentType = "text/csv; header=present; charset=" + s.settings.CSV.Charset
	name, results := in.Facts.ControlID, make(chan error, together)
	under := 0
	var failed error
	wait := func() {
		failed = errors.Join(failed, <-results)
		under--
	}
	for failed == nil {
		r, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			refused = err.Error()
			break
		}
		one := in
		one.Body = slices.Concat(bytes.TrimRight(t.header, "\r\n"), []byte("\n"), r.bytes)
		one.Issues, one.Facts.ControlID, one.Facts.Values = r.issues, fmt.Sprintf("%s row %d", name, r.number), 1
		one.Facts.Type = "row"
		if under == together {
			wait()
		}
		under++
		go func() { results <- s.receive(ctx, one) }()
	}
	for under > 0 {
		wait()
	}
	return refused, failed
}
