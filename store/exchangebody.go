package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/seal"
)

// bodyChunk is how many plain bytes are sealed at a time. Each chunk is bound
// to its number and to whether it is the last, so that none can be cut off,
// taken out or moved unseen.
const bodyChunk = 64 << 10

// A bodyFile is a large body that lies flushed in its file.
type bodyFile struct {
	path    string
	size    int64
	hash    string
	key     seal.Key
	wrapped seal.Wrapped
	taken   bool
}

// Size implements exchange.BodyFile.
func (f *bodyFile) Size() int64 { return f.size }

// Hash implements exchange.BodyFile.
func (f *bodyFile) Hash() string { return f.hash }

// Discard implements exchange.BodyFile.
func (f *bodyFile) Discard() error {
	if f.taken {
		return nil
	}
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a body that nothing keeps: %w", err)
	}
	return nil
}

// bodyPath is where the file of a message lies. Files are spread over folders
// by the last letters of the id.
func (s *DB) bodyPath(id string) string {
	return filepath.Join(s.bodies, id[max(0, len(id)-2):], id)
}

// TakeBody implements exchange.Store.
func (s *DB) TakeBody(ctx context.Context, in bedrail.Scope, id string, r io.Reader) (exchange.BodyFile, error) {
	if why, refused := s.ReadOnly(); refused {
		return nil, bedrail.Errorf(bedrail.Unavailable, "nothing can be changed now: %s", why)
	}
	if s.bodies == "" || !plainName(id) {
		return nil, bedrail.Errorf(bedrail.Unavailable, "there is no folder for large bodies")
	}
	f := &bodyFile{path: s.bodyPath(id)}
	if s.keys != nil {
		var err error
		if f.key, f.wrapped, err = s.keys.NewKey(in.Tenant, id); err != nil {
			return nil, err
		}
	}
	if err := s.writeBody(f, r); err != nil {
		return nil, errors.Join(err, f.Discard())
	}
	return f, nil
}

func plainName(id string) bool {
	return len(id) > 2 && !strings.ContainsAny(id, `/\.`)
}

// writeBody writes and flushes the file and its folder.
func (s *DB) writeBody(f *bodyFile, r io.Reader) (err error) {
	folder := filepath.Dir(f.path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "making the folder of large bodies: %w", err)
	}
	out, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "writing a large body: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close())
		}
	}()
	sum := sha256.New()
	if err := s.copySealed(f, out, r, sum); err != nil {
		return err
	}
	f.hash = hex.EncodeToString(sum.Sum(nil))
	if err := out.Sync(); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "flushing a large body: %w", err)
	}
	if err := out.Close(); err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "flushing a large body: %w", err)
	}
	for _, d := range []string{folder, s.bodies} {
		if err := syncFolder(d); err != nil {
			return bedrail.Errorf(bedrail.Unavailable, "flushing a large body: %w", err)
		}
	}
	return nil
}

func (s *DB) copySealed(f *bodyFile, out io.Writer, r io.Reader, sum hash.Hash) error {
	buf, next := make([]byte, bodyChunk), make([]byte, bodyChunk)
	n, err := io.ReadFull(r, buf)
	for chunk := 0; ; chunk++ {
		last := err != nil
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("reading a large body: %w", err)
		}
		var more int
		if !last {
			if more, err = io.ReadFull(r, next); more == 0 && errors.Is(err, io.EOF) {
				last = true
			}
		}
		sum.Write(buf[:n])
		f.size += int64(n)
		sealed := buf[:n]
		if s.keys != nil {
			sealed = f.key.Seal("message_file", chunkName(chunk, last), buf[:n])
		}
		if _, err := out.Write(sealed); err != nil {
			return bedrail.Errorf(bedrail.Unavailable, "writing a large body: %w", err)
		}
		if last {
			return nil
		}
		buf, next, n = next, buf, more
	}
}

func chunkName(n int, last bool) string {
	if last {
		return strconv.Itoa(n) + " last"
	}
	return strconv.Itoa(n)
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// A bodyReader opens the chunks of a file as they are read.
type bodyReader struct {
	file  *os.File
	left  int64 // of the file
	chunk int
	key   *seal.Key // nil: plain
	plain []byte
}

func (b *bodyReader) Read(p []byte) (int, error) {
	for len(b.plain) == 0 {
		if b.left == 0 {
			return 0, io.EOF
		}
		size := int64(bodyChunk)
		if b.key != nil {
			size += seal.Overhead
		}
		size = min(size, b.left)
		raw := make([]byte, size)
		if _, err := io.ReadFull(b.file, raw); err != nil {
			return 0, fmt.Errorf("reading a large body: %w", err)
		}
		b.left -= size
		if b.plain = raw; b.key != nil {
			var err error
			if b.plain, err = b.key.Open("message_file", chunkName(b.chunk, b.left == 0), raw); err != nil {
				return 0, fmt.Errorf("opening part %d of a large body: %w", b.chunk, err)
			}
		}
		b.chunk++
		if len(b.plain) == 0 && b.left == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, b.plain)
	b.plain = b.plain[n:]
	return n, nil
}

// Close implements io.Closer.
func (b *bodyReader) Close() error { return b.file.Close() }

// OpenBody implements exchange.Store.
func (s *DB) OpenBody(ctx context.Context, in bedrail.Scope, id string) (io.ReadCloser, error) {
	var m exchange.Message
	var raw []byte
	var r sealedRow
	err := s.view(ctx, func(tx *sql.Tx) (err error) {
		m, raw, r, err = s.messageAndBody(ctx, tx, in.Tenant, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	key, ok := s.rowKey(in.Tenant, id, &r)
	switch {
	case !m.Forgotten.IsZero():
		return nil, bedrail.Errorf(bedrail.NotFound, "the content of message %s was forgotten on %s", id, m.Forgotten.Format(time.DateOnly))
	case m.DuplicateOf != "":
		return s.OpenBody(ctx, in, m.DuplicateOf)
	case r.sealed.Int64&bodySealed != 0 && !ok:
		return nil, bedrail.Errorf(bedrail.Unavailable, "the key of message %s is not there", id)
	case !m.Large:
		return io.NopCloser(bytes.NewReader(raw)), nil
	}
	f, err := os.Open(s.bodyPath(id))
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "the file of message %s cannot be read: %w", id, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	b := &bodyReader{file: f, left: info.Size()}
	if r.sealed.Int64&bodySealed != 0 {
		b.key = &key
	}
	return b, nil
}

// MessageBody implements exchange.Store.
func (s *DB) MessageBody(ctx context.Context, in bedrail.Scope, id string, limit int64) ([]byte, error) {
	r, err := s.OpenBody(ctx, in, id)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r, limit))
	return body, errors.Join(err, r.Close())
}

// bodyFiles calls each for the file of every message that has one.
func (s *DB) bodyFiles(each func(id, path string, info fs.FileInfo) error) error {
	if s.bodies == "" {
		return nil
	}
	err := filepath.WalkDir(s.bodies, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		return each(d.Name(), path, info)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // there is no large body yet
	}
	return err
}

// SweepBodies implements exchange.Store.
func (s *DB) SweepBodies(ctx context.Context, in bedrail.Scope, olderThan time.Time) (n int, err error) {
	err = s.bodyFiles(func(id, path string, info fs.FileInfo) error {
		if info.ModTime().After(olderThan) || ctx.Err() != nil {
			return ctx.Err()
		}
		var owned int
		err := s.view(ctx, func(tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM message WHERE tenant = $1 AND id = $2 AND body = 'file' AND forgotten_at = 0`, in.Tenant, id).Scan(&owned)
		})
		if err != nil || owned > 0 {
			return err
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		n++
		return nil
	})
	return n, err
}

// removeBodies removes the files of messages whose keys are gone. What stays
// behind is swept later, and cannot be read.
func (s *DB) removeBodies(ids []string) error {
	if s.bodies == "" {
		return nil
	}
	for _, id := range ids {
		if err := os.Remove(s.bodyPath(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the body of a forgotten message: %w", err)
		}
	}
	return nil
}
