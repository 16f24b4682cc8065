package spdx

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"bedrail/format/jsonread"
)

// A tagReader reads lines of "Tag: value". A value may run over several lines
// between <text> and </text>.
type tagReader struct {
	doc    Document
	in     *bufio.Scanner
	line   int
	read   int64
	inFile bool // the tags that follow belong to a file, not to a package
}

func readTags(src io.Reader) (Document, error) {
	r := tagReader{in: bufio.NewScanner(src)}
	r.in.Buffer(make([]byte, 64<<10), 4<<20)
	for r.next() {
		tag, value, ok := strings.Cut(r.in.Text(), ":")
		if !ok || strings.HasPrefix(tag, "#") {
			continue
		}
		value, err := r.whole(strings.TrimSpace(value))
		if err == nil {
			err = r.take(strings.TrimSpace(strings.TrimPrefix(tag, "\ufeff")), value)
		}
		if err != nil {
			return r.doc, err
		}
	}
	if err := r.in.Err(); err != nil {
		return r.doc, r.fault("%v", err)
	}
	if r.read > MaxBytes {
		return r.doc, r.fault("the document has more than %d bytes", MaxBytes)
	}
	return r.doc, r.doc.check(r.fault)
}

func (r *tagReader) next() bool {
	if r.read > MaxBytes || !r.in.Scan() {
		return false
	}
	r.line++
	r.read += int64(len(r.in.Bytes())) + 1
	return true
}

func (r *tagReader) fault(format string, args ...any) error {
	return &jsonread.Error{Path: fmt.Sprintf("line %d", r.line), Offset: r.read, Text: fmt.Sprintf(format, args...)}
}

// whole returns a value with the lines that belong to it.
func (r *tagReader) whole(value string) (string, error) {
	rest, open := strings.CutPrefix(value, "<text>")
	if !open {
		return value, nil
	}
	var b strings.Builder
	for {
		if before, _, closed := strings.Cut(rest, "</text>"); closed {
			b.WriteString(before)
			return b.String(), nil
		}
		if b.Len() < 64<<10 { // what is longer is prose that nobody matches
			b.WriteString(rest + "\n")
		}
		if !r.next() {
			return "", r.fault("a text that begins with <text> does not end with </text>")
		}
		rest = r.in.Text()
	}
}

func (r *tagReader) take(tag, value string) error {
	d := &r.doc
	switch tag {
	case "SPDXVersion":
		d.Version = strings.TrimPrefix(value, "SPDX-")
	case "DocumentName":
		d.Name = value
	case "DocumentNamespace":
		d.Namespace = value
	case "Creator":
		d.creator(value)
	case "Created":
		d.Created = timeOf(value)
	case "PackageName":
		if len(d.Packages) == MaxPackages {
			return r.fault("more than %d packages", MaxPackages)
		}
		r.inFile = false
		d.Packages = append(d.Packages, Package{Name: value})
	case "FileName", "SnippetSPDXID", "LicenseID":
		r.inFile = true
	case "Relationship":
		if len(d.Relationships) == MaxRelationships {
			return r.fault("more than %d relationships", MaxRelationships)
		}
		if parts := strings.Fields(value); len(parts) >= 3 {
			d.Relationships = append(d.Relationships, Relationship{parts[0], parts[1], parts[2]})
		}
	default:
		if n := len(d.Packages); n > 0 && !r.inFile {
			d.Packages[n-1].tag(tag, value)
		}
	}
	return nil
}

func (p *Package) tag(tag, value string) {
	switch tag {
	case "SPDXID":
		p.ID = value
	case "PackageVersion":
		p.Version = said(value)
	case "PackageSupplier":
		p.Supplier = supplier(value)
	case "PackageOriginator":
		if p.Supplier == "" {
			p.Supplier = supplier(value)
		}
	case "PrimaryPackagePurpose":
		p.Purpose = purpose(value)
	case "ValidUntilDate":
		p.EndOfSupport = value
	case "PackageChecksum":
		p.Hashes++
	case "PackageLicenseConcluded", "PackageLicenseDeclared":
		if said(value) != "" {
			p.Licences++
		}
	case "ExternalRef":
		if parts := strings.Fields(value); len(parts) >= 3 {
			p.identify(parts[1], parts[2])
		}
	}
}
