package web

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// compressible are the files that become a third in gzip; fonts and pictures
// are small already.
var compressible = map[string]bool{".js": true, ".css": true, ".svg": true}

// serveSmall sends a file of assets/ in gzip (RFC 9110, 8.4.1.3) to whoever
// takes it, and reports false where it does not come to that. Each is
// compressed once: they never change while the program runs.
func (s *Site) serveSmall(w http.ResponseWriter, r *http.Request, name string) bool {
	ext := path.Ext(name)
	if !compressible[ext] || !strings.HasPrefix(name, "assets/") {
		return false
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if !takesGzip(r.Header.Values("Accept-Encoding")) || r.Header.Get("Range") != "" {
		return false
	}
	body, ok := s.small.Load(name)
	if !ok {
		text, err := fs.ReadFile(s.files, name)
		if err != nil {
			return false // what is wrong with it is said by whoever sends it plain
		}
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return false
		}
		z.Write(text)
		if z.Close() != nil {
			return false
		}
		body, _ = s.small.LoadOrStore(name, b.Bytes())
	}
	small := body.([]byte)
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(ext))
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(len(small)))
	if r.Method == http.MethodGet {
		w.Write(small)
	}
	return true
}

// takesGzip reads Accept-Encoding (RFC 9110, 12.5.3): gzip must be named and
// not refused by a weight of nothing.
func takesGzip(accepted []string) bool {
	for _, line := range accepted {
		for one := range strings.SplitSeq(line, ",") {
			coding, weight, weighed := strings.Cut(one, ";")
			if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				continue
			}
			if !weighed {
				return true
			}
			_, q, _ := strings.Cut(weight, "=")
			v, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return err == nil && v > 0
		}
	}
	return false
}
