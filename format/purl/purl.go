// Package purl reads package URLs: one line of text that names a piece of
// software by where it was published.
package purl

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// A PURL is a package URL taken apart. Names are as written, percent signs
// decoded; Ecosystem gives the form in which advisories name the package.
type PURL struct {
	Type       string
	Namespace  string
	Name       string
	Version    string
	Qualifiers map[string]string
	Subpath    string
}

// MaxBytes is the longest package URL that Parse accepts.
const MaxBytes = 4096

// Parse reads a package URL.
func Parse(text string) (PURL, error) {
	var p PURL
	if len(text) > MaxBytes {
		return p, fmt.Errorf("a package URL of %d bytes; at most %d are read", len(text), MaxBytes)
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "pkg:")
	if !ok {
		return p, fmt.Errorf("%q is no package URL, which begins with \"pkg:\"", clip(text))
	}
	rest = strings.TrimLeft(rest, "/")
	var err error
	rest, subpath, _ := strings.Cut(rest, "#")
	if p.Subpath, err = decode(strings.Trim(subpath, "/")); err != nil {
		return p, err
	}
	rest, qualifiers, _ := strings.Cut(rest, "?")
	if p.Qualifiers, err = parseQualifiers(qualifiers); err != nil {
		return p, err
	}
	kind, path, ok := strings.Cut(rest, "/")
	if !ok || !validType(kind) {
		return p, fmt.Errorf("%q names no package type", clip(text))
	}
	p.Type = strings.ToLower(kind)
	path = strings.Trim(path, "/")
	// A version follows the last @ that is not the scope of an npm name.
	if at := strings.LastIndexByte(path, '@'); at > 0 && path[at-1] != '/' {
		if p.Version, err = decode(path[at+1:]); err != nil {
			return p, err
		}
		path = path[:at]
	}
	namespace, name := "", path
	if slash := strings.LastIndexByte(path, '/'); slash >= 0 {
		namespace, name = path[:slash], path[slash+1:]
	}
	if p.Namespace, err = decode(namespace); err != nil {
		return p, err
	}
	if p.Name, err = decode(name); err != nil {
		return p, err
	}
	if p.Name == "" {
		return p, fmt.Errorf("%q names no package", clip(text))
	}
	return p, nil
}

func validType(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '.' && c != '+' && c != '-') {
			return false
		}
	}
	return s != ""
}

func parseQualifiers(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	out := map[string]string{}
	for pair := range strings.SplitSeq(text, "&") {
		key, value, _ := strings.Cut(pair, "=")
		v, err := decode(value)
		if err != nil {
			return nil, err
		}
		if v != "" {
			out[strings.ToLower(key)] = v
		}
	}
	return out, nil
}

func decode(s string) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	out, err := url.PathUnescape(s)
	if err != nil {
		return "", fmt.Errorf("%q holds a broken percent escape", clip(s))
	}
	return out, nil
}

// String writes p so that Parse reads it back; qualifiers are sorted.
func (p PURL) String() string {
	var b strings.Builder
	b.WriteString("pkg:" + p.Type + "/")
	if p.Namespace != "" {
		for part := range strings.SplitSeq(p.Namespace, "/") {
			b.WriteString(encode(part) + "/")
		}
	}
	b.WriteString(encode(p.Name))
	if p.Version != "" {
		b.WriteString("@" + encode(p.Version))
	}
	keys := make([]string, 0, len(p.Qualifiers))
	for k := range p.Qualifiers {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for i, k := range keys {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(k + "=" + encode(p.Qualifiers[k]))
	}
	if p.Subpath != "" {
		parts := strings.Split(p.Subpath, "/")
		for i := range parts {
			parts[i] = encode(parts[i])
		}
		b.WriteString("#" + strings.Join(parts, "/"))
	}
	return b.String()
}

func encode(s string) string {
	const plain = "-._~:"
	var b strings.Builder
	for _, c := range []byte(s) {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func clip(s string) string {
	if len(s) <= 60 {
		return s
	}
	return s[:60] + "..."
}
