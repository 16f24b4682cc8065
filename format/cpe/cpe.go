// Package cpe reads the names that the national vulnerability database gives
// to products (CPE 2.3 and the older 2.2 form) and compares them.
package cpe

import (
	"fmt"
	"net/url"
	"strings"
)

// A Name is a product name taken apart. A field is "*" for any value and "-"
// for not applicable; values are lower case and unescaped.
type Name struct {
	Part, Vendor, Product, Version, Update, Edition, Language string
	SoftwareEdition, TargetSoftware, TargetHardware, Other    string
}

// MaxBytes is the longest name that Parse accepts.
const MaxBytes = 2048

// Parse reads a formatted string (cpe:2.3:...) or a URI (cpe:/...).
func Parse(text string) (Name, error) {
	if len(text) > MaxBytes {
		return Name{}, fmt.Errorf("a CPE name of %d bytes; at most %d are read", len(text), MaxBytes)
	}
	if rest, ok := strings.CutPrefix(text, "cpe:2.3:"); ok {
		return fill(split(rest), text)
	}
	rest, ok := strings.CutPrefix(text, "cpe:/")
	if !ok {
		return Name{}, fmt.Errorf("%q begins neither with cpe:2.3: nor with cpe:/", clip(text))
	}
	fields := strings.Split(rest, ":")
	for i, f := range fields {
		if f == "" {
			fields[i] = "*"
		} else if plain, err := url.PathUnescape(f); err == nil {
			fields[i] = plain
		}
	}
	return fill(fields, text)
}

// split cuts at colons that no backslash escapes, and drops the backslashes.
func split(s string) []string {
	var fields []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			if s[i] == '*' || s[i] == '?' {
				b.WriteByte('\\') // an escaped wildcard is not a wildcard
			}
			b.WriteByte(s[i])
		case c == ':':
			fields = append(fields, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(fields, b.String())
}

func fill(fields []string, text string) (Name, error) {
	var n Name
	into := []*string{&n.Part, &n.Vendor, &n.Product, &n.Version, &n.Update, &n.Edition, &n.Language,
		&n.SoftwareEdition, &n.TargetSoftware, &n.TargetHardware, &n.Other}
	for i, f := range into {
		*f = "*"
		if i < len(fields) && fields[i] != "" {
			*f = strings.ToLower(fields[i])
		}
	}
	if len(fields) > len(into) {
		return n, fmt.Errorf("%q has %d fields; a CPE name has %d", clip(text), len(fields), len(into))
	}
	switch n.Part {
	case "a", "o", "h", "*":
	default:
		return n, fmt.Errorf("%q has the part %q; known are a, o and h", clip(text), n.Part)
	}
	if n.Product == "*" {
		return n, fmt.Errorf("%q names no product", clip(text))
	}
	return n, nil
}

// Field reports whether pattern, which may hold * and ?, covers value. An
// unknown value ("*") is covered by any pattern: nothing contradicts it.
func Field(pattern, value string) bool {
	if pattern == "*" || value == "*" || pattern == value {
		return true
	}
	if !strings.ContainsAny(pattern, "*?") {
		return strings.ReplaceAll(pattern, `\`, "") == strings.ReplaceAll(value, `\`, "")
	}
	return glob(pattern, value)
}

// glob matches without recursion, so that hostile patterns cost no more than
// their length times the value's.
func glob(pattern, value string) bool {
	p, v, star, mark := 0, 0, -1, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == value[v]):
			p++
			v++
		case star >= 0:
			p = star + 1
			mark++
			v = mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Same reports whether pattern names the product of n, the version left aside:
// part, vendor, product, and nothing in the other fields that contradicts.
func Same(pattern, n Name) bool {
	return Field(pattern.Part, n.Part) && Field(pattern.Vendor, n.Vendor) && Field(pattern.Product, n.Product) && pattern.Compatible(n)
}

// Compatible reports whether nothing beyond part, vendor, product and version
// contradicts between the two names.
func (n Name) Compatible(m Name) bool {
	return Field(n.Edition, m.Edition) && Field(n.Language, m.Language) && Field(n.SoftwareEdition, m.SoftwareEdition) &&
		Field(n.TargetSoftware, m.TargetSoftware) && Field(n.TargetHardware, m.TargetHardware)
}

// String writes n as a formatted string.
func (n Name) String() string {
	fields := []string{n.Part, n.Vendor, n.Product, n.Version, n.Update, n.Edition, n.Language,
		n.SoftwareEdition, n.TargetSoftware, n.TargetHardware, n.Other}
	for i, f := range fields {
		fields[i] = escape(f)
	}
	return "cpe:2.3:" + strings.Join(fields, ":")
}

func escape(s string) string {
	if s == "" {
		return "*"
	}
	if s == "-" || s == "*" {
		return s
	}
	var b strings.Builder
	for i, c := range []byte(s) {
		word := c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
		wildcard := c == '*' || c == '?' || c == '\\' && i+1 < len(s) && (s[i+1] == '*' || s[i+1] == '?')
		if !word && !wildcard {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

func clip(s string) string {
	if len(s) <= 80 {
		return s
	}
	return s[:80] + "..."
}
