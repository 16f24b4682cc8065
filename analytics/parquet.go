package analytics

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/parquet-go/parquet-go"

	"bedrail"
	"bedrail/exchange"
	"bedrail/lobby"
)

// ParquetSettings are those of {parquet: {folder: ...}}.
type ParquetSettings struct {
	Folder string            `json:"folder"`
	Rows   int               `json:"rows,omitempty"`  // of a file; 10000
	Every  exchange.Duration `json:"every,omitempty"` // a file is closed at least so often; 15m
	// NoBody leaves out what messages say: only what is known of them.
	NoBody bool `json:"noBody,omitempty"`
}

func (p *ParquetSettings) check() error {
	if p.Folder == "" {
		return bedrail.Errorf(bedrail.Invalid, "folder is missing; it is where files are written").At("folder")
	}
	if p.Rows < 0 || p.Rows > 1_000_000 {
		return bedrail.Errorf(bedrail.Invalid, "rows is %d; it is 1 to 1000000", p.Rows).At("rows")
	}
	if p.Rows == 0 {
		p.Rows = 10_000
	}
	return nil
}

// ParquetKind is the kind "parquet" of destinations.
func ParquetKind() exchange.DestinationKind {
	return kind("parquet", "Collects messages in Parquet files for analytics.", `{"folder": "warehouse"}`, (*ParquetSettings).check, openParquet)
}

// A Row is one message in a Parquet file.
type Row struct {
	Key         string    `parquet:"key" json:"key"`
	Message     string    `parquet:"message" json:"message"`
	Channel     string    `parquet:"channel,dict" json:"channel"`
	ReceivedAt  time.Time `parquet:"received_at,timestamp(microsecond)" json:"receivedAt"`
	ObservedAt  time.Time `parquet:"observed_at,timestamp(microsecond),optional" json:"observedAt"`
	Format      string    `parquet:"format,dict" json:"format"`
	ContentType string    `parquet:"content_type,dict" json:"contentType"`
	Type        string    `parquet:"type,dict" json:"type"`
	Sender      string    `parquet:"sender,dict" json:"sender"`
	Device      string    `parquet:"device,dict" json:"device"`
	Trust       string    `parquet:"trust,dict" json:"trust"`
	Hash        string    `parquet:"hash" json:"hash"`
	Body        []byte    `parquet:"body,zstd" json:"body"`
}

// A parquetSender collects rows in a journal that is flushed before a message
// is answered for, and writes a file of them when there are enough. A file has
// the name of its journal, so that writing it twice makes one.
type parquetSender struct {
	state
	settings ParquetSettings
	folder   string

	work    sync.Mutex // guards what follows, and the files
	journal *os.File
	rows    int
	closing *time.Timer
	closed  bool
}

func openParquet(p ParquetSettings, c exchange.DestinationConfig) (exchange.Sender, error) {
	s := &parquetSender{settings: p, folder: lobby.Under(c.Env.Folder, p.Folder), state: state{clock: c.Env.Clock, status: exchange.SenderStatus{State: "idle", Peer: p.Folder}}}
	return s, nil
}

// Send implements exchange.Sender.
func (s *parquetSender) Send(_ context.Context, out exchange.Outgoing) (exchange.Acknowledgment, error) {
	data, ok, err := body(out)
	if err != nil || !ok {
		return tooLong(), err
	}
	if s.settings.NoBody {
		data = nil
	}
	return s.ended(s.add(Row{out.Key, out.Message, out.Channel, out.ReceivedAt, out.Facts.ObservedAt, string(out.Format), out.ContentType, out.Facts.Type, out.Facts.Sender,
		out.Trust.Device, string(out.Trust.Trust), out.Hash, data}))
}

func (s *parquetSender) add(r Row) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	s.work.Lock()
	defer s.work.Unlock()
	if s.journal == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	if _, err = s.journal.Write(append(line, '\n')); err == nil {
		err = s.journal.Sync()
	}
	if err != nil {
		// A half-written line is passed over when the file is made.
		return errors.Join(err, s.roll())
	}
	if s.rows++; s.rows >= s.settings.Rows {
		return s.roll()
	}
	return nil
}

const journalSuffix = ".rows"

// open finishes what an earlier run left and begins a journal.
func (s *parquetSender) open() error {
	if err := os.MkdirAll(s.folder, 0o750); err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(s.folder, ".*"+journalSuffix))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := finish(path); err != nil {
			return err
		}
	}
	name := fmt.Sprintf(".%s-%06d%s", s.clock.Now().Format("20060102T150405"), time.Now().Nanosecond()/1000, journalSuffix)
	if s.journal, err = os.OpenFile(filepath.Join(s.folder, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	s.rows = 0
	s.closing = time.AfterFunc(s.settings.Every.Or(15*time.Minute), func() {
		s.work.Lock()
		defer s.work.Unlock()
		if _, err := s.ended(s.roll()); err != nil {
			return // shown; the next open finishes it
		}
	})
	return nil
}

// roll makes a file of the journal.
func (s *parquetSender) roll() error {
	if s.journal == nil {
		return nil
	}
	s.closing.Stop()
	path := s.journal.Name()
	err := s.journal.Close()
	s.journal = nil
	return errors.Join(err, finish(path))
}

// finish writes the Parquet file of a journal, whole and flushed under its
// name, and removes the journal then.
func finish(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	target := filepath.Join(filepath.Dir(path), strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "."), journalSuffix)+".parquet")
	part := filepath.Join(filepath.Dir(path), "."+filepath.Base(target)+".part")
	out, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	n, err := convert(out, in)
	err = errors.Join(err, out.Sync(), out.Close())
	if err != nil || n == 0 {
		if e := os.Remove(part); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	} else if err = os.Rename(part, target); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// convert reads rows and writes them, each key once.
func convert(out io.Writer, in io.Reader) (n int, err error) {
	w := parquet.NewGenericWriter[Row](out, parquet.CreatedBy("bedrail", "1", ""))
	lines, seen := bufio.NewReaderSize(in, 1<<20), map[string]bool{}
	for {
		line, err := lines.ReadBytes('\n')
		var r Row
		if err == nil && json.Unmarshal(line, &r) == nil && !seen[r.Key] {
			seen[r.Key] = true
			if _, err := w.Write([]Row{r}); err != nil {
				return n, err
			}
			n++
		}
		if errors.Is(err, io.EOF) {
			return n, w.Close()
		}
		if err != nil {
			return n, err
		}
	}
}

// Close implements exchange.Sender. The file that is under way is finished.
func (s *parquetSender) Close() error {
	s.work.Lock()
	defer s.work.Unlock()
	s.closed = true
	return s.roll()
}
