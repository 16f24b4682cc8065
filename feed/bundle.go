package feed

import (
	"archive/zip"
	"bufio"
	"cmp"
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
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bedrail"
)

// manifestName is the first member of a bundle: what else is in it, signed.
const manifestName = "bedrail-bundle.note"

// manifestHead begins the text of a manifest.
const manifestHead = "bedrail feed bundle v1"

// maxManifest bounds a manifest.
const maxManifest = 128 << 20

// A Manifest says what a bundle holds: feeds carried across an air gap, as
// they were published, with the hash of each file and a signature over all.
type Manifest struct {
	Made   time.Time    `json:"made"`
	Base   string       `json:"base,omitempty"` // digest of the bundle that this one adds to; empty stands alone
	Files  []BundleFile `json:"files"`
	Signer string       `json:"signer,omitempty"` // name of the key that signed it
	Digest string       `json:"digest"`           // SHA-256 of the manifest's text
}

// A BundleFile is one file of a bundle.
type BundleFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// text is what is signed.
func (m *Manifest) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nmade %s\nbase %s\n", manifestHead, m.Made.UTC().Format(time.RFC3339), cmp.Or(m.Base, "-"))
	for _, f := range m.Files {
		fmt.Fprintf(&b, "file %s %d %s\n", f.SHA256, f.Size, strconv.QuoteToASCII(f.Name))
	}
	return b.String()
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// parseManifest reads the text of a manifest.
func parseManifest(text string) (Manifest, error) {
	m := Manifest{Digest: digestOf(text)}
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); n++ {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		var err error
		switch {
		case n == 0:
			if lines.Text() != manifestHead {
				return m, fmt.Errorf("the manifest begins with %q, not with %q", clip(lines.Text()), manifestHead)
			}
		case word == "made":
			m.Made, err = time.Parse(time.RFC3339, rest)
		case word == "base":
			if rest != "-" {
				m.Base = rest
			}
		case word == "file":
			var f BundleFile
			f, err = parseBundleFile(rest)
			m.Files = append(m.Files, f)
		default:
			err = fmt.Errorf("%q is not known", clip(word))
		}
		if err != nil {
			return m, fmt.Errorf("line %d of the manifest: %w", n+1, err)
		}
	}
	if err := lines.Err(); err != nil {
		return m, err
	}
	if m.Made.IsZero() {
		return m, errors.New("the manifest does not say when it was made")
	}
	return m, nil
}

func clip(s string) string { return s[:min(len(s), 60)] }

func parseBundleFile(text string) (f BundleFile, err error) {
	parts := strings.SplitN(text, " ", 3)
	if len(parts) != 3 || len(parts[0]) != 2*sha256.Size {
		return f, errors.New("a file is named by hash, size and name")
	}
	f.SHA256 = parts[0]
	if f.Size, err = strconv.ParseInt(parts[1], 10, 64); err != nil || f.Size < 0 {
		return f, fmt.Errorf("%q is no size", clip(parts[1]))
	}
	f.Name, err = strconv.Unquote(parts[2])
	if err != nil || !fs.ValidPath(f.Name) {
		return f, fmt.Errorf("%s is no name of a file in a bundle", clip(parts[2]))
	}
	return f, nil
}

// CreateBundle writes the feeds below paths into a bundle, signed by sign. Of
// what a base has already, nothing is written again.
func CreateBundle(ctx context.Context, out io.Writer, paths []string, base *Manifest, made time.Time, sign func(text string) (string, error)) (Manifest, error) {
	m := Manifest{Made: made.UTC().Truncate(time.Second)}
	known := map[string]bool{}
	if base != nil {
		m.Base = base.Digest
		for _, f := range base.Files {
			known[f.SHA256] = true
		}
	}
	sources := map[string]string{} // name in the bundle to path
	for _, path := range paths {
		if err := gather(ctx, path, known, &m, sources); err != nil {
			return m, err
		}
	}
	if len(m.Files) == 0 && base == nil {
		return m, bedrail.Errorf(bedrail.Invalid, "%s holds no feed to carry", strings.Join(paths, ", "))
	}
	slices.SortFunc(m.Files, func(a, b BundleFile) int { return strings.Compare(a.Name, b.Name) })
	text := m.text()
	m.Digest = digestOf(text)
	signed, err := sign(text)
	if err != nil {
		return m, err
	}
	z := zip.NewWriter(out)
	head, err := z.Create(manifestName)
	if err != nil {
		return m, err
	}
	if _, err := io.WriteString(head, signed); err != nil {
		return m, err
	}
	for _, f := range m.Files {
		if err := packFile(z, f, sources[f.Name]); err != nil {
			return m, err
		}
	}
	return m, z.Close()
}

// gather notes the hash of every feed file below path that is not known.
func gather(ctx context.Context, path string, known map[string]bool, m *Manifest, sources map[string]string) error {
	root := filepath.Dir(filepath.Clean(path))
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return cmp.Or(ctx.Err(), err)
		}
		if d.IsDir() && p != path && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() || !Wanted(p) {
			return nil
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		sum := sha256.New()
		size, err := io.Copy(sum, f)
		if err != nil {
			return err
		}
		b := BundleFile{filepath.ToSlash(name), hex.EncodeToString(sum.Sum(nil)), size}
		if _, twice := sources[b.Name]; !twice && !known[b.SHA256] {
			m.Files = append(m.Files, b)
			sources[b.Name] = p
		}
		return nil
	})
}

func packFile(z *zip.Writer, f BundleFile, path string) error {
	src, err := os.Open(path)
	if err != nil {
		return err
	}
	defer src.Close()
	how := zip.Deflate
	if ext := filepath.Ext(path); ext == ".zip" || ext == ".gz" {
		how = zip.Store
	}
	w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: how})
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, sum), src); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("%s changed while it was packed; pack it again", path)
	}
	return nil
}

// isBundle reports whether an archive says that it is a bundle.
func isBundle(z *zip.Reader) bool { return len(z.File) > 0 && z.File[0].Name == manifestName }

// ReadManifest reads the manifest of the bundle at path without checking who
// signed it; it is for naming the base of another.
func ReadManifest(path string) (Manifest, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return Manifest{}, bedrail.Errorf(bedrail.Invalid, "%s cannot be opened as a bundle: %v", path, err)
	}
	defer z.Close()
	if !isBundle(&z.Reader) {
		return Manifest{}, bedrail.Errorf(bedrail.Invalid, "%s is an archive, and no bundle; \"bedrail feed import\" brings it in", path)
	}
	signed, err := readMember(z.File[0], maxManifest)
	if err != nil {
		return Manifest{}, bedrail.Errorf(bedrail.Invalid, "%s: %v", path, err)
	}
	text, _, _ := strings.Cut(string(signed), "\n\n")
	m, err := parseManifest(text + "\n")
	if err != nil {
		return m, bedrail.Errorf(bedrail.Invalid, "%s: %v", path, err)
	}
	return m, nil
}

func readMember(f *zip.File, most int64) ([]byte, error) {
	src, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	b, err := io.ReadAll(io.LimitReader(src, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s has more than %d bytes", f.Name, most)
	}
	return b, err
}

// verifyBundle checks that a bundle is signed by one of keys and that every
// file is the one that was signed, and none is there that was not.
func verifyBundle(z *zip.Reader, keys []string) (Manifest, error) {
	signed, err := readMember(z.File[0], maxManifest)
	if err != nil {
		return Manifest{}, err
	}
	var known []note.Verifier
	for _, k := range keys {
		v, err := note.NewVerifier(strings.TrimSpace(k))
		if err != nil {
			return Manifest{}, fmt.Errorf("%q is no key that can verify: %w", clip(k), err)
		}
		known = append(known, v)
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return Manifest{}, fmt.Errorf("no trusted key signed it (%w); ask whoever made it for the key, compare it by another way, and add it to feeds.bundleKeys", err)
	}
	m, err := parseManifest(n.Text)
	if err != nil {
		return m, err
	}
	m.Signer = n.Sigs[0].Name
	return m, sameFiles(z, m)
}

// CheckBundleKey returns nil for a key that can verify bundles.
func CheckBundleKey(key string) error {
	_, err := note.NewVerifier(strings.TrimSpace(key))
	return err
}

func sameFiles(z *zip.Reader, m Manifest) error {
	want := map[string]BundleFile{}
	for _, f := range m.Files {
		want[f.Name] = f
	}
	total := int64(0)
	for _, f := range z.File[1:] {
		w, listed := want[f.Name]
		if !listed {
			return fmt.Errorf("%s is in the bundle, and its signed list does not name it (or names it once)", clip(f.Name))
		}
		delete(want, f.Name)
		if total += w.Size; total > MaxArchive {
			return fmt.Errorf("the bundle unpacks to more than %d bytes", int64(MaxArchive))
		}
		src, err := f.Open()
		if err != nil {
			return err
		}
		sum := sha256.New()
		n, err := io.Copy(sum, io.LimitReader(src, w.Size+1))
		src.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if n != w.Size || hex.EncodeToString(sum.Sum(nil)) != w.SHA256 {
			return fmt.Errorf("%s is not the file that was signed", f.Name)
		}
	}
	for name := range want {
		return fmt.Errorf("%s is in the signed list and not in the bundle", name)
	}
	return nil
}
