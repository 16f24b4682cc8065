package server

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/capture"
	"bedrail/traffic"
)

// openNotes adds a part for each configured source that is no packet: flow
// reports, logs of Zeek, leases.
func (s *Server) openNotes() error {
	if s.Config.FlowListen != "" {
		l, err := capture.ListenFlows(s.Config.FlowListen)
		if err != nil {
			return err
		}
		l.Site, l.Sensor, l.Clock, l.From = s.Config.Site, "flows", s.Clock, s.Config.FlowFrom
		s.flows = l
		s.add("flow reports", func(ctx context.Context) error { return s.receiveFlows(ctx, l) })
	}
	for _, folder := range s.Config.ZeekFolders {
		s.add("logs in "+folder, func(ctx context.Context) error { return s.followZeek(ctx, folder) })
	}
	for _, file := range s.Config.LeaseFiles {
		s.add("leases in "+file, func(ctx context.Context) error { return s.followLeases(ctx, file) })
	}
	return nil
}

// FlowAddr is where flow reports are received; the zero value is nowhere.
func (s *Server) FlowAddr() (at netip.AddrPort) {
	if s.flows != nil {
		at = s.flows.Addr()
	}
	return at
}

// receiveFlows hands on what exporters report.
func (s *Server) receiveFlows(ctx context.Context, l *capture.FlowListener) error {
	out := s.newOutlet(l.Sensor, l.Site)
	s.sources.set("flows", &sourceState{source: flowSource{l}, since: s.Clock.Now()})
	return l.Run(ctx, func(b *traffic.Batch) error {
		out.sent++
		_, err := out.send(context.WithoutCancel(ctx), b, fmt.Sprintf("%s-%d", out.epoch, out.sent))
		return err
	})
}

// flowSource shows a listener beside the interfaces.
type flowSource struct{ *capture.FlowListener }

func (f flowSource) Next(*traffic.Frame) error { return io.EOF }
func (f flowSource) Close() error              { return nil }
func (f flowSource) Stats() capture.Stats      { return f.Received() }

const (
	notesEvery = 2 * time.Second
	notesPiece = 2000 // lines of a log that are taken in at once
)

// followZeek reads the logs of a folder as they grow, for as long as the
// server runs.
func (s *Server) followZeek(ctx context.Context, folder string) error {
	logs := logFolder{path: folder, open: map[string]*growingLog{}}
	defer func() {
		for _, l := range logs.open {
			l.file.Close()
		}
	}()
	said := ""
	return every(ctx, notesEvery, func() {
		if err := s.readFolder(ctx, &logs); err != nil && ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			s.Log.WarnContext(ctx, "the logs of a folder are not all read", "folder", folder, "error", err)
		}
	})
}

// A logFolder is a folder of logs with the reader that they share: what one
// log names, another explains.
type logFolder struct {
	path string
	open map[string]*growingLog
	zeek asset.ZeekReader
}

// readFolder takes in what has been added to the logs of a folder. A log that
// was turned is read to its end before the one of the same name is begun.
func (s *Server) readFolder(ctx context.Context, logs *logFolder) error {
	paths, err := filepath.Glob(filepath.Join(logs.path, "*.log"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(logs.path); err != nil {
		return err
	}
	slices.SortStableFunc(paths, func(a, b string) int { return cmp.Compare(binding(a), binding(b)) })
	var failed error
	for _, path := range paths {
		if ctx.Err() != nil {
			return nil
		}
		l := logs.open[path]
		if l != nil && l.turned(path) {
			failed = errors.Join(failed, s.readLog(ctx, logs, l))
			l.file.Close()
			delete(logs.open, path)
			l = nil
		}
		if l == nil {
			if l, err = openLog(path); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			logs.open[path] = l
		}
		failed = errors.Join(failed, s.readLog(ctx, logs, l))
	}
	return failed
}

// binding puts the logs first that say who holds which address: then the
// others can be told whose they are.
func binding(path string) int {
	switch filepath.Base(path) {
	case "dhcp.log", "known_devices.log":
		return 0
	}
	return 1
}

// A growingLog is a log that its writer still adds to. The record keeps by the
// name of the file how many of its lines it holds, in the same transaction as
// what they say, so that each line counts once whatever is killed.
type growingLog struct {
	file  *os.File
	info  fs.FileInfo
	name  string
	epoch string // tells one file of that name from the next
	head  []byte // the lines with # at its beginning
	lines uint64 // read so far
	at    int64  // where the next line begins
}

func openLog(path string) (*growingLog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &growingLog{file: f, info: info, name: path}, nil
}

// turned reports whether another file stands under the log's name, or the log
// was cut.
func (l *growingLog) turned(path string) bool {
	now, err := os.Stat(path)
	return err == nil && (!os.SameFile(now, l.info) || now.Size() < l.at)
}

// begin reads the head of the log: it is needed to understand any line after
// it, and names the file.
func (l *growingLog) begin() error {
	in := bufio.NewReader(io.NewSectionReader(l.file, 0, 1<<20))
	l.head = nil
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return err // not yet a whole line
		}
		if line[0] != '#' {
			sum := fnv.New64a()
			sum.Write(l.head)
			sum.Write(line)
			l.epoch = fmt.Sprintf("%016x", sum.Sum64())
			return nil
		}
		l.head = append(l.head, line...)
	}
}

// piece returns the next whole lines, at most n of them.
func (l *growingLog) piece(n int) ([]byte, uint64, error) {
	in := bufio.NewReaderSize(io.NewSectionReader(l.file, l.at, 1<<40), 64<<10)
	var out []byte
	count := uint64(0)
	for range n {
		line, err := in.ReadBytes('\n')
		if err == io.EOF || err == nil && len(out) > 16<<20 {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		out, count = append(out, line...), count+1
	}
	return out, count, nil
}

// readLog takes in what was added to a log since it was last read.
func (s *Server) readLog(ctx context.Context, logs *logFolder, l *growingLog) error {
	if l.epoch == "" {
		if err := l.begin(); err != nil {
			return nil // still empty
		}
	}
	by := bedrail.SystemActor("record", s.Config.Tenant)
	stream := "zeek:" + l.name
	held, err := s.Assets.Position(ctx, s.Config.Tenant, stream)
	if err != nil {
		return err
	}
	if held.Epoch != l.epoch {
		held.Seq = 0
	}
	for ctx.Err() == nil {
		piece, lines, err := l.piece(notesPiece)
		if err != nil || lines == 0 {
			return err
		}
		if l.lines+lines > held.Seq {
			if err := s.takeLines(ctx, by, &logs.zeek, l, piece, asset.Position{Stream: stream, Epoch: l.epoch, Seq: l.lines + lines}, held.Seq); err != nil {
				return err
			}
		}
		l.lines, l.at = l.lines+lines, l.at+int64(len(piece))
	}
	return nil
}

// takeLines takes a piece of a log into the record, but for the lines before
// number held, which it has.
func (s *Server) takeLines(ctx context.Context, by bedrail.Actor, z *asset.ZeekReader, l *growingLog, piece []byte, to asset.Position, held uint64) error {
	for n := l.lines; n < held; n++ {
		_, piece, _ = bytes.Cut(piece, []byte{'\n'})
	}
	first := max(l.lines, held)
	b := traffic.Batch{Site: s.Config.Site, Sensor: "zeek"}
	heads := uint64(bytes.Count(l.head, []byte{'\n'}))
	z.Problems, z.Converse = nil, func(c traffic.Conversation) { b.Conversations = append(b.Conversations, c) }
	z.Emit = func(o traffic.Observation) {
		o.Packet += first - heads // the line in the file
		b.Observations = append(b.Observations, o)
	}
	if first == 0 {
		heads = 0
	} else {
		piece = slices.Concat(l.head, piece)
	}
	if err := z.Read(filepath.Base(l.name), bytes.NewReader(piece)); err != nil {
		s.Log.WarnContext(ctx, "a part of a log could not be read", "error", err)
	}
	for _, problem := range z.Problems[:min(len(z.Problems), 3)] {
		s.Log.WarnContext(ctx, "a line of a log could not be used", "file", problem.File, "line", uint64(problem.Line)+first-heads, "why", problem.Text)
	}
	return s.Assets.Apply(ctx, by, b, to)
}

// followLeases reads a file of leases whenever it has changed.
func (s *Server) followLeases(ctx context.Context, path string) error {
	var read time.Time
	said := ""
	return every(ctx, 5*notesEvery, func() {
		info, err := os.Stat(path)
		if err == nil && !info.ModTime().Equal(read) {
			if err = s.readLeases(ctx, path); err == nil {
				read = info.ModTime()
			}
		}
		if err != nil && ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			s.Log.WarnContext(ctx, "a file of leases could not be read", "file", path, "error", err)
		}
	})
}

func (s *Server) readLeases(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	list, err := asset.ReadLeases(filepath.Base(path), f, s.Clock.Now())
	if err != nil {
		return err
	}
	for _, problem := range list.Problems[:min(len(list.Problems), 3)] {
		s.Log.WarnContext(ctx, "a lease could not be used", "file", problem.File, "line", problem.Line, "why", problem.Text)
	}
	by := bedrail.SystemActor("record", s.Config.Tenant)
	for piece := range slices.Chunk(list.Observations, notesPiece) {
		if err := s.Assets.Apply(ctx, by, traffic.Batch{Site: s.Config.Site, Sensor: "leases", Observations: piece}, asset.Position{}); err != nil {
			return err
		}
	}
	return nil
}
