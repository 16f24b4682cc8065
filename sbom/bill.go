// Package sbom keeps bills of software: for each model of device, at each
// software version, the list of what is inside it.
package sbom

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/cyclonedx"
	"bedrail/format/jsonread"
	"bedrail/format/spdx"
)

// A Bill is the list of components inside one model at one software version.
type Bill struct {
	ID           string         `json:"id"`
	Digest       string         `json:"digest"` // SHA-256 of the document; equal documents are one bill
	Name         string         `json:"name"`   // of the file it came in
	Model        asset.ModelKey `json:"model"`
	Format       string         `json:"format"`
	SpecVersion  string         `json:"specVersion"`
	SerialNumber string         `json:"serialNumber,omitempty"`
	Made         time.Time      `json:"made,omitzero"`
	ImportedAt   time.Time      `json:"importedAt,omitzero"`
	ReplacedAt   time.Time      `json:"replacedAt,omitzero"` // when another took its place
	Quality      Quality        `json:"quality"`
	Warnings     []string       `json:"warnings,omitempty"`
	Components   []Component    `json:"components"`

	Author   string               `json:"author,omitempty"` // who made the document
	Subject  string               `json:"-"`                // reference of what the bill is about
	Analyses []cyclonedx.Analysis `json:"-"`                // what its maker says about weaknesses; kept as decisions
}

// A Component is one piece of software or hardware inside a model.
type Component struct {
	Ref          string `json:"ref"`
	Type         string `json:"type,omitempty"`
	Name         string `json:"name"`
	Version      string `json:"version"` // empty is unknown
	PURL         string `json:"purl"`
	CPE          string `json:"cpe"`
	Supplier     string `json:"supplier,omitempty"`
	Support      string `json:"support,omitempty"` // level of support, as the maker says
	EndOfSupport string `json:"endOfSupport,omitempty"`
	Parent       int    `json:"parent"` // index of the component that holds it, -1 at the top

	DependsOn []int32 `json:"dependsOn,omitempty"` // indexes of the components that it needs
}

// Read reads a bill in whichever known format it is. name is the file's, for
// messages; an error names the place in the document and what to do.
func Read(name string, src io.Reader) (Bill, error) {
	digest := sha256.New()
	in := bufio.NewReaderSize(io.TeeReader(src, digest), 64<<10)
	head, err := in.Peek(32 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return Bill{}, fmt.Errorf("reading %s: %w", name, err)
	}
	b, err := readKind(name, in, head)
	if err != nil {
		return Bill{}, err
	}
	if _, err := io.Copy(io.Discard, in); err != nil { // the digest covers what follows the document
		return Bill{}, fmt.Errorf("reading %s: %w", name, err)
	}
	b.Name, b.Digest = name, hex.EncodeToString(digest.Sum(nil))
	b.ID = bedrail.HashID("bill", b.Digest)
	return b, nil
}

// readKind tells the formats apart by how a document begins.
func readKind(name string, in io.Reader, head []byte) (Bill, error) {
	first := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(first) == 0:
		return Bill{}, bedrail.Errorf(bedrail.Invalid, "%s is empty; send the bill as CycloneDX or SPDX", name)
	case spdx.Looks(head):
		doc, err := spdx.Read(in)
		if err != nil {
			return Bill{}, unreadable(name, err)
		}
		b := fromCycloneDX(spdxAsCycloneDX(doc), "packages")
		b.Format, b.SpecVersion, b.SerialNumber = "spdx", doc.Version, doc.Namespace
		return b, nil
	case first[0] == '<':
		doc, err := cyclonedx.ReadXML(in)
		if err != nil {
			return Bill{}, unreadable(name, err)
		}
		return fromCycloneDX(doc, "components"), nil
	case first[0] != '{':
		return Bill{}, bedrail.Errorf(bedrail.Invalid, "%s is neither JSON, XML nor SPDX tags (it begins with %q); send the bill as CycloneDX or SPDX", name, first[:1])
	}
	doc, err := cyclonedx.Read(in)
	if err != nil {
		return Bill{}, unreadable(name, err)
	}
	return fromCycloneDX(doc, "components"), nil
}

func unreadable(name string, err error) error {
	var at *jsonread.Error
	if !errors.As(err, &at) {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return bedrail.Errorf(bedrail.Invalid, "%s: %w; mend the document there, or ask its maker for a new one", name, err).At(at.Path)
}

// fromCycloneDX makes a bill; list is the key under which its components stand.
func fromCycloneDX(doc cyclonedx.Bill, list string) Bill {
	b := Bill{
		Format: "cyclonedx", SpecVersion: doc.SpecVersion, SerialNumber: doc.SerialNumber, Made: doc.Timestamp,
		Warnings: doc.Warnings, Components: make([]Component, len(doc.Components)), Quality: gradeBill(doc),
	}
	b.Author, b.Analyses = cmp.Or(strings.Join(doc.Authors, ", "), doc.Supplier), doc.Analyses
	if s := doc.Subject; s != nil {
		b.Subject = s.Ref
		b.Model = asset.ModelKey{Manufacturer: s.Supplier, Model: s.Name, Version: s.Version}
		if b.Model.Manufacturer == "" {
			b.Model.Manufacturer = doc.Supplier
		}
	}
	for i, c := range doc.Components {
		name := c.Name
		if c.Group != "" {
			name = c.Group + "/" + c.Name
		}
		b.Components[i] = Component{
			Ref: c.Ref, Type: c.Type, Name: name, Version: c.Version, PURL: c.PURL, CPE: c.CPE, Supplier: c.Supplier,
			Support: c.SupportLevel, EndOfSupport: c.EndOfSupport, Parent: c.Parent,
		}
	}
	b.link(doc)
	b.doubt(list, doc.Signed)
	return b
}

// link turns references into the places of components. A reference that is
// not there, or there twice, leads nowhere certain and is left out.
func (b *Bill) link(doc cyclonedx.Bill) {
	if len(doc.Links) == 0 {
		return
	}
	at := make(map[string]int32, len(b.Components))
	for i, c := range b.Components {
		if _, twice := at[c.Ref]; twice {
			at[c.Ref] = -1
			continue
		}
		at[c.Ref] = int32(i)
	}
	lost := 0
	for _, l := range doc.Links {
		from, known := at[doc.Refs[l[0]]]
		to, there := at[doc.Refs[l[1]]]
		switch {
		case known && there && from >= 0 && to >= 0:
			b.Components[from].DependsOn = append(b.Components[from].DependsOn, to)
		case !there || to < 0:
			lost++
		}
	}
	if lost > 0 {
		b.Warnings = append(b.Warnings, fmt.Sprintf("%d dependencies name a component that is not in the bill, or is there twice", lost))
	}
}
