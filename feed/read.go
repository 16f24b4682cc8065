// Package feed brings in what the world publishes about weaknesses, recalls
// and the end of support: from files, folders and archives carried across an
// air gap, or from addresses when the hospital allows it.
package feed

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bedrail/format/eol"
	"bedrail/format/epss"
	"bedrail/format/jsonread"
	"bedrail/format/kev"
	"bedrail/format/recall"
	"bedrail/vuln"
)

// Limits on what is read, so that no archive can fill memory or time.
const (
	MaxFile    = 2 << 30   // bytes of one file as it lies
	MaxMember  = 512 << 20 // bytes of one document, unpacked
	MaxArchive = 8 << 30   // bytes of all documents of one archive, unpacked
	MaxMembers = 1_000_000 // documents of one archive
	maxInside  = 2         // archives within archives
	maxHeld    = 64 << 20  // bytes of a document that are held in memory
)

// A Problem is a file, or a place in one, that could not be used. The rest
// was.
type Problem struct {
	File  string `json:"file"`
	Place string `json:"place,omitempty"`
	Text  string `json:"text"`
}

func (p Problem) String() string {
	if p.Place == "" {
		return p.File + ": " + p.Text
	}
	return p.File + ", " + p.Place + ": " + p.Text
}

// A Sink takes what is read. A nil function drops its records.
type Sink struct {
	Advisory func(vuln.Advisory)
	KEV      func(kev.Entry)
	EPSS     func(cve string, score float32)
	EOL      func(eol.Product)
	Recall   func(recall.Notice)
	Problem  func(Problem)
}

// A Summary says what a feed held.
type Summary struct {
	Name    string    `json:"name"`
	Records int       `json:"records"`
	Newest  time.Time `json:"newest,omitzero"`
}

// A Reader reads feeds into a Sink and counts what it read.
type Reader struct {
	Sink Sink
	// MaxMember bounds one document, unpacked; zero is the package's limit.
	MaxMember int64

	// Bundle judges a signed bundle before anything of it is used; an error
	// leaves all of it unused. Nil takes what is in it as it is.
	Bundle func(z *zip.Reader) error
	// Provider names whose CSAF documents these are; empty is anybody's.
	Provider string

	feeds map[string]*Summary
	json  *jsonread.Reader
	held  holder
	total int64 // bytes unpacked of the present archive
}

// Summaries returns what was read, by feed, sorted by name.
func (r *Reader) Summaries() []Summary {
	out := make([]Summary, 0, len(r.feeds))
	for _, s := range r.feeds {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Summary) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (r *Reader) most() int64 {
	if r.MaxMember > 0 {
		return r.MaxMember
	}
	return MaxMember
}

func (r *Reader) count(name string, at time.Time) {
	if r.feeds == nil {
		r.feeds = map[string]*Summary{}
	}
	s := r.feeds[name]
	if s == nil {
		s = &Summary{Name: name}
		r.feeds[name] = s
	}
	s.Records++
	if at.After(s.Newest) {
		s.Newest = at
	}
}

func (r *Reader) problem(file string, err error) {
	if r.Sink.Problem == nil || err == nil {
		return
	}
	p := Problem{File: file, Text: err.Error()}
	var at *jsonread.Error
	if errors.As(err, &at) {
		p.Place, p.Text = fmt.Sprintf("%s (byte %d)", at.Path, at.Offset), at.Text
	}
	p.Text += "; fetch the file again or take it out of the folder"
	r.Sink.Problem(p)
}

// Path reads a file, or every file below a folder. An error means that path
// itself cannot be read or ctx ended; what is wrong with one file is a
// Problem.
func (r *Reader) Path(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		r.file(ctx, path)
		return ctx.Err()
	}
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			r.problem(p, err)
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir() && p != path && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.Type().IsRegular() || d.Type()&fs.ModeSymlink != 0:
			r.file(ctx, p)
		}
		return nil
	})
}

func (r *Reader) file(ctx context.Context, path string) {
	if !Wanted(path) {
		return
	}
	f, err := os.Open(path)
	if err != nil {
		r.problem(path, err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		r.problem(path, err)
		return
	}
	if info.Size() > MaxFile {
		r.problem(path, fmt.Errorf("the file has %d bytes; at most %d are read", info.Size(), int64(MaxFile)))
		return
	}
	if strings.EqualFold(filepath.Ext(path), ".zip") {
		r.archive(ctx, path, f, info.Size(), 0)
		return
	}
	r.Document(ctx, path, f)
}

// Wanted leaves out what is no feed by its name: licences, checksums,
// signatures, pictures.
func Wanted(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json", ".zip", ".gz", ".md", ".csv":
		return !strings.EqualFold(filepath.Base(path), "readme.md")
	}
	return false
}

func (r *Reader) archive(ctx context.Context, path string, src io.ReaderAt, size int64, depth int) {
	z, err := zip.NewReader(src, size)
	if err != nil {
		r.problem(path, fmt.Errorf("the archive cannot be opened (%w)", err))
		return
	}
	if depth == 0 && isBundle(z) && r.Bundle != nil {
		if err := r.Bundle(z); err != nil {
			r.problem(path, fmt.Errorf("the bundle is refused: %w", err))
			return
		}
	}
	if len(z.File) > MaxMembers {
		r.problem(path, fmt.Errorf("the archive holds %d files; at most %d are read", len(z.File), MaxMembers))
		return
	}
	if depth == 0 {
		r.total = 0
	}
	for _, m := range z.File {
		if ctx.Err() != nil {
			return
		}
		if !m.FileInfo().IsDir() && Wanted(m.Name) {
			r.member(ctx, path, m, depth)
		}
		if r.total > MaxArchive {
			r.problem(path, fmt.Errorf("the archive unpacks to more than %d bytes; the rest was not read", int64(MaxArchive)))
			return
		}
	}
}

func (r *Reader) member(ctx context.Context, path string, m *zip.File, depth int) {
	name := path + "!" + m.Name
	src, err := m.Open()
	if err != nil {
		r.problem(name, err)
		return
	}
	defer src.Close()
	counted := &counter{src: src, left: r.most()}
	defer func() { r.total += counted.n }()
	if !strings.EqualFold(filepath.Ext(m.Name), ".zip") {
		r.Document(ctx, name, counted)
		return
	}
	if depth == maxInside {
		r.problem(name, errors.New("archives lie in archives too deeply"))
		return
	}
	inner, err := io.ReadAll(io.LimitReader(counted, maxHeld+1))
	if err == nil && len(inner) > maxHeld {
		err = fmt.Errorf("an archive within an archive has more than %d bytes", maxHeld)
	}
	if err != nil {
		r.problem(name, err)
		return
	}
	r.archive(ctx, name, bytes.NewReader(inner), int64(len(inner)), depth+1)
}

// A holder keeps what was looked at, up to a limit.
type holder struct{ bytes.Buffer }

func (h *holder) Write(b []byte) (int, error) {
	if h.Len()+len(b) > maxHeld {
		return 0, fmt.Errorf("the first %d bytes do not say what kind of document this is", maxHeld)
	}
	return h.Buffer.Write(b)
}

// A counter reads at most left bytes and counts them.
type counter struct {
	src  io.Reader
	n    int64
	left int64
}

func (c *counter) Read(b []byte) (int, error) {
	if c.n > c.left {
		return 0, fmt.Errorf("the document unpacks to more than %d bytes", c.left)
	}
	n, err := c.src.Read(b)
	c.n += int64(n)
	return n, err
}

// Document reads one document whose kind shows in its name and content.
func (r *Reader) Document(ctx context.Context, name string, src io.Reader) {
	if strings.EqualFold(filepath.Ext(name), ".gz") {
		z, err := gzip.NewReader(src)
		if err != nil {
			r.problem(name, fmt.Errorf("the gzip file cannot be opened (%w)", err))
			return
		}
		defer z.Close()
		r.plain(ctx, name, name[:len(name)-3], &counter{src: z, left: r.most()})
		return
	}
	r.plain(ctx, name, name, src)
}

func (r *Reader) plain(ctx context.Context, name, as string, src io.Reader) {
	switch strings.ToLower(filepath.Ext(as)) {
	case ".md":
		r.markdown(name, as, src)
	case ".csv":
		r.epss(name, src)
	default:
		if err := r.readJSON(name, src); err != nil {
			r.problem(name, err)
		}
	}
}

func (r *Reader) markdown(name, as string, src io.Reader) {
	head := make([]byte, 4)
	n, _ := io.ReadFull(src, head)
	if !bytes.HasPrefix(bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf")), []byte("---")[:min(3, n)]) || n < 4 {
		return // prose, not a record
	}
	p, err := eol.ReadMarkdown(io.MultiReader(bytes.NewReader(head[:n]), src))
	if err != nil {
		r.problem(name, err)
		return
	}
	if p.Slug == "" {
		p.Slug = strings.TrimSuffix(filepath.Base(as), ".md")
	}
	r.product(p)
}

func (r *Reader) product(p eol.Product) {
	newest := time.Time{}
	for _, rel := range p.Releases {
		if rel.Released.After(newest) {
			newest = rel.Released
		}
	}
	r.count("eol", newest)
	if r.Sink.EOL != nil {
		r.Sink.EOL(p)
	}
}

func (r *Reader) epss(name string, src io.Reader) {
	list, err := epss.Read(src)
	if err != nil {
		r.problem(name, err)
	}
	if len(list.Scores) == 0 && err == nil {
		r.problem(name, errors.New("the table holds no EPSS scores (columns cve,epss,percentile)"))
	}
	for cve, score := range list.Scores {
		r.count("epss", list.Date)
		if r.Sink.EPSS != nil {
			r.Sink.EPSS(cve, score)
		}
	}
}
