package oneshot

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bedrail/feed"
	"bedrail/format/eol"
	"bedrail/format/kev"
	"bedrail/format/recall"
	"bedrail/vuln"
)

// The cache keeps what was read of feeds beside the key of their content, so
// that the same feeds are parsed once. Its loss costs the time of one reading;
// an entry that is damaged, or of another build of this program, is not used.

// cacheMagic begins an entry; its number grows when the layout changes.
const cacheMagic = "bedrail feeds 1\n"

// maxEntries is how many entries are kept: the newest.
const maxEntries = 4

// chunk is how many advisories are written in one piece.
const chunk = 1024

// cacheHead is everything of an entry but the advisories.
type cacheHead struct {
	Feeds      []feed.Summary
	Problems   []string
	KEV        map[string]kev.Entry
	EPSS       map[string]float32
	EOL        []eol.Product
	Recalls    []recall.Notice
	Advisories int
}

// feedsKey is a hash over the names and contents of every file that would be
// read, and over the program that reads them.
func feedsKey(ctx context.Context, paths []string) (string, error) {
	h := sha256.New()
	io.WriteString(h, cacheMagic)
	if exe, err := os.Executable(); err == nil {
		if info, err := os.Stat(exe); err == nil {
			fmt.Fprintf(h, "%d %d\n", info.Size(), info.ModTime().UnixNano())
		}
	}
	for _, path := range paths {
		err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				return err
			case d.IsDir() && p != path && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case d.IsDir() || !feed.Wanted(p):
				return nil
			}
			return hashFile(h, p)
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

func hashFile(h hash.Hash, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return cmp.Or(err, fmt.Errorf("%s is no file", path))
	}
	fmt.Fprintf(h, "%q %d\n", path, info.Size())
	_, err = io.Copy(h, f)
	return err
}

// readCache fills x from the entry of a key. ok is false when there is none
// that can be used.
func readCache(dir, key string, x *vuln.Index) (head cacheHead, ok bool) {
	f, err := os.Open(entry(dir, key))
	if err != nil {
		return head, false
	}
	defer f.Close()
	if !whole(f) {
		return head, false
	}
	in := gob.NewDecoder(bufio.NewReaderSize(f, 256<<10))
	if err := in.Decode(&head); err != nil {
		return head, false
	}
	for done := 0; done < head.Advisories; {
		var some []vuln.Advisory
		if err := in.Decode(&some); err != nil || len(some) == 0 {
			return head, false
		}
		done += len(some)
		for _, a := range some {
			x.Add(a)
		}
	}
	x.EPSS, x.KEV = head.EPSS, head.KEV
	if x.EPSS == nil {
		x.EPSS = map[string]float32{}
	}
	if x.KEV == nil {
		x.KEV = map[string]kev.Entry{}
	}
	x.EOL, x.Recalls = head.EOL, head.Recalls
	return head, true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// whole checks the checksum at the end of an entry, and leaves f after its
// beginning.
func whole(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Size() < int64(len(cacheMagic))+4 {
		return false
	}
	sum := crc32.New(castagnoli)
	if _, err := io.CopyN(sum, f, info.Size()-4); err != nil {
		return false
	}
	var tail [4]byte
	if _, err := io.ReadFull(f, tail[:]); err != nil || binary.BigEndian.Uint32(tail[:]) != sum.Sum32() {
		return false
	}
	head := make([]byte, len(cacheMagic))
	if _, err := f.ReadAt(head, 0); err != nil || string(head) != cacheMagic {
		return false
	}
	_, err = f.Seek(int64(len(cacheMagic)), io.SeekStart)
	return err == nil
}

// writeCache keeps what was read. It is written beside and renamed, so that
// nobody reads half of it.
func writeCache(dir, key string, x *vuln.Index, head cacheHead) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already after the rename
	defer f.Close()
	sum := crc32.New(castagnoli)
	buffered := bufio.NewWriterSize(io.MultiWriter(f, sum), 256<<10)
	if _, err := buffered.WriteString(cacheMagic); err != nil {
		return err
	}
	out := gob.NewEncoder(buffered)
	head.KEV, head.EPSS, head.EOL, head.Recalls, head.Advisories = x.KEV, x.EPSS, x.EOL, x.Recalls, x.Len()
	if err := out.Encode(head); err != nil {
		return err
	}
	for some := range slices.Chunk(x.Advisories(), chunk) {
		if err := out.Encode(some); err != nil {
			return err
		}
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := binary.Write(f, binary.BigEndian, sum.Sum32()); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return errors.Join(os.Rename(f.Name(), entry(dir, key)), prune(dir))
}

func entry(dir, key string) string { return filepath.Join(dir, key+".feeds") }

// prune leaves the newest entries.
func prune(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.feeds"))
	if err != nil || len(names) <= maxEntries {
		return err
	}
	age := func(name string) int64 {
		info, err := os.Stat(name)
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(age(b), age(a)) })
	for _, name := range names[maxEntries:] {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// cachedFeeds reads the feeds into an index, from the cache when it has them.
func cachedFeeds(ctx context.Context, req AssessRequest, problem func(string)) (*vuln.Index, []feed.Summary, error) {
	if req.Cache == "" {
		return loadFeeds(ctx, req, problem)
	}
	key, err := feedsKey(ctx, req.Feeds)
	if err != nil {
		return loadFeeds(ctx, req, problem) // it says what cannot be read
	}
	x := vuln.NewIndex()
	if head, ok := readCache(req.Cache, key, x); ok {
		for _, p := range head.Problems {
			problem(p)
		}
		x.Seal(req.Clock.Now())
		return x, head.Feeds, nil
	}
	var said []string
	x, feeds, err := loadFeeds(ctx, req, func(text string) {
		said = append(said, text)
		problem(text)
	})
	if err != nil {
		return nil, nil, err
	}
	_ = writeCache(req.Cache, key, x, cacheHead{Feeds: feeds, Problems: said}) // without it the next run takes longer, and nothing else
	return x, feeds, nil
}

// DefaultCache is the folder in which the feeds are cached, or nothing where
// the system has none.
func DefaultCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "bedrail", "feeds")
}
