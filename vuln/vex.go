package vuln

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/format/csaf"
	"bedrail/format/cyclonedx"
	"bedrail/format/jsonread"
	"bedrail/format/openvex"
	"bedrail/sbom"
)

// A VEX is what a document of a maker, or of somebody else, says about
// weaknesses of products.
type VEX struct {
	Format    string     `json:"format"` // openvex, csaf, cyclonedx
	ID        string     `json:"id"`
	Author    string     `json:"author"`
	Decisions []Decision `json:"-"`
	Problems  []string   `json:"problems"` // statements that could not be used, and why
}

// About says what the person who brings a document in knows of it. Empty
// fields are taken from the document.
type About struct {
	Model     asset.ModelKey
	Authority Authority
}

// maxVEX bounds a document, and maxSkipped how many problems are told.
const (
	maxVEX     = 64 << 20
	maxSkipped = 100
)

// ReadVEX reads statements in OpenVEX, CSAF or CycloneDX. A statement whose
// product cannot be told is a problem, and the rest is used.
func ReadVEX(name string, src io.Reader, about About, now time.Time) (VEX, error) {
	switch about.Authority {
	case "", Manufacturer, Hospital, ThirdParty:
	default:
		return VEX{}, bedrail.Errorf(bedrail.Invalid, "there is no authority %q; there are manufacturer, hospital and third-party", about.Authority)
	}
	in := bufio.NewReaderSize(src, 64<<10)
	head, _ := in.Peek(32 << 10)
	r := jsonread.New(in, jsonread.Limits{Bytes: maxVEX})
	t := taker{vex: VEX{Problems: []string{}}, about: about, now: now}
	var err error
	switch {
	case bytes.Contains(head, []byte(`"bomFormat"`)):
		err = t.cyclonedx(r)
	case bytes.Contains(head, []byte(`"csaf_version"`)) || bytes.Contains(head, []byte(`"product_tree"`)):
		err = t.csaf(r)
	case bytes.Contains(head, []byte(`openvex`)) || bytes.Contains(head, []byte(`"statements"`)):
		err = t.openvex(r)
	default:
		return VEX{}, bedrail.Errorf(bedrail.Invalid, "%s is neither OpenVEX, CSAF nor CycloneDX in JSON; ask its author for one of these", name)
	}
	if err == nil {
		err = r.End()
	}
	if err != nil {
		var at *jsonread.Error
		if !errors.As(err, &at) {
			return t.vex, fmt.Errorf("reading %s: %w", name, err)
		}
		return t.vex, bedrail.Errorf(bedrail.Invalid, "%s: %w; mend the document there, or ask its author for a new one", name, err).At(at.Path)
	}
	if len(t.vex.Decisions) == 0 && len(t.vex.Problems) == 0 {
		return t.vex, bedrail.Errorf(bedrail.Invalid, "%s makes no statement about a weakness", name)
	}
	return t.vex, nil
}

// A taker turns statements into decisions.
type taker struct {
	vex   VEX
	about About
	now   time.Time
}

func (t *taker) problem(format string, args ...any) {
	if len(t.vex.Problems) < maxSkipped {
		t.vex.Problems = append(t.vex.Problems, fmt.Sprintf(format, args...))
	}
}

// take files one statement. What the person knows of the model wins over what
// the document says.
func (t *taker) take(d Decision) {
	d.Model = asset.ModelKey{Manufacturer: cmp.Or(t.about.Model.Manufacturer, d.Model.Manufacturer), Model: cmp.Or(t.about.Model.Model, d.Model.Model),
		Version: cmp.Or(t.about.Model.Version, d.Model.Version)}
	if d.Model.Model == "" && d.PURL == "" {
		t.problem("%s: the statement names no model and no package that can be told; say which model it is about", d.Vulnerability)
		return
	}
	if d.State == "" {
		t.problem("%s: the statement says nothing that is known", d.Vulnerability)
		return
	}
	d.Authority = t.authority(d.Model.Manufacturer)
	d.Source = cmp.Or(t.vex.Author, t.vex.ID, "an unnamed author")
	if d.At.IsZero() {
		d.At = t.now
	}
	d.ID = bedrail.HashID("dec", string(d.Authority), t.vex.ID, d.Source, d.Vulnerability, d.Model.Manufacturer, d.Model.Model, d.Model.Version, d.PURL+d.Component)
	t.vex.Decisions = append(t.vex.Decisions, d)
}

// authority believes that a maker speaks where the author's name is that of
// the model's maker.
func (t *taker) authority(maker string) Authority {
	if t.about.Authority != "" {
		return t.about.Authority
	}
	if maker != "" && slices.ContainsFunc(Houses(t.vex.Author), func(h string) bool { return slices.Contains(Houses(maker), h) }) {
		return Manufacturer
	}
	return ThirdParty
}

func (t *taker) openvex(r *jsonread.Reader) error {
	doc, err := openvex.Read(r)
	t.vex.Format, t.vex.ID, t.vex.Author = "openvex", doc.ID, doc.Author
	for _, s := range doc.Statements {
		d := Decision{Vulnerability: s.Vulnerability, State: openStates[s.Status], Justification: s.Justification, Note: cmp.Or(s.Impact, s.Action), At: latest(s.Timestamp, doc.Timestamp)}
		if len(s.Products) == 0 {
			t.take(d)
		}
		for _, p := range s.Products {
			parts := p.Subcomponents
			if len(parts) == 0 {
				parts = []openvex.Product{p}
			}
			for _, part := range parts {
				d.PURL = firstPackage(part.PURL, part.ID)
				t.take(d)
			}
		}
	}
	return err
}

func latest(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// firstPackage returns the first of the texts that is a package URL.
func firstPackage(texts ...string) string {
	for _, text := range texts {
		if strings.HasPrefix(text, "pkg:") {
			return text
		}
	}
	return ""
}

var openStates = map[string]State{
	"not_affected": StateNotAffected, "affected": StateAffected, "fixed": StateFixed, "under_investigation": StateInvestigating,
}

var cycloneStates = map[string]State{
	"not_affected": StateNotAffected, "false_positive": StateNotAffected, "exploitable": StateAffected, "resolved": StateFixed,
	"resolved_with_pedigree": StateFixed, "in_triage": StateInvestigating,
}

var csafStates = []struct {
	category string
	state    State
}{
	{"known_not_affected", StateNotAffected}, {"fixed", StateFixed}, {"first_fixed", StateFixed},
	{"known_affected", StateAffected}, {"first_affected", StateAffected}, {"last_affected", StateAffected}, {"under_investigation", StateInvestigating},
}

func (t *taker) cyclonedx(r *jsonread.Reader) error {
	doc, err := cyclonedx.ReadFrom(r)
	t.vex.Format, t.vex.ID = "cyclonedx", doc.SerialNumber
	t.vex.Author = cmp.Or(strings.Join(doc.Authors, ", "), doc.Supplier)
	var model asset.ModelKey
	subject := "\x00"
	if s := doc.Subject; s != nil {
		model = asset.ModelKey{Manufacturer: cmp.Or(s.Supplier, doc.Supplier), Model: s.Name, Version: s.Version}
		subject = s.Ref
	}
	parts := map[string]part{}
	for _, c := range doc.Components {
		name := c.Name
		if c.Group != "" {
			name = c.Group + "/" + c.Name
		}
		parts[c.Ref] = part{c.PURL, strings.TrimSpace(name + " " + c.Version)}
	}
	t.analyses(doc.Analyses, parts, subject, model, doc.Timestamp)
	return err
}

// analyses takes what a CycloneDX document says about weaknesses of its
// components, or of what it is about.
func (t *taker) analyses(said []cyclonedx.Analysis, parts map[string]part, subject string, model asset.ModelKey, at time.Time) {
	for _, a := range said {
		d := Decision{Vulnerability: a.ID, Model: model, State: cycloneStates[a.State], Justification: a.Justification, Note: a.Detail, At: at}
		if len(a.Affects) == 0 {
			t.take(d)
		}
		for _, ref := range a.Affects {
			inside := ref[strings.LastIndexByte(ref, '#')+1:] // urn:cdx:serial/version#ref
			named, known := parts[ref]
			if !known {
				named, known = parts[inside]
			}
			d.Component, d.PURL = "", firstPackage(named.purl, inside)
			if d.PURL == "" && known && model.Model != "" {
				d.Component = named.name
			}
			if d.PURL == "" && d.Component == "" && ref != subject && inside != subject {
				t.problem("%s: %q is no component of this document, and no package URL", a.ID, clip(ref, 100))
				continue
			}
			t.take(d)
		}
	}
}

// A part is a component of a bill as statements name it: by its package, or by
// its name and version where it has none.
type part struct{ purl, name string }

// TakeStatements keeps what a bill itself says about weaknesses of what is in
// it, as decisions of whoever made it. It returns those that could not be used.
func (b *Board) TakeStatements(ctx context.Context, by bedrail.Actor, bill sbom.Bill) (problems []string, err error) {
	if len(bill.Analyses) == 0 {
		return nil, nil
	}
	if err := b.Auth.Authorize(ctx, by, Triage, bedrail.Resource{Type: "finding"}); err != nil {
		return nil, err
	}
	at := bill.Made
	if at.IsZero() {
		at = b.Clock.Now()
	}
	t := taker{vex: VEX{Format: "cyclonedx", ID: cmp.Or(bill.SerialNumber, bill.Digest), Author: bill.Author, Problems: []string{}}, about: About{Model: bill.Model}, now: b.Clock.Now()}
	parts := map[string]part{}
	for _, c := range bill.Components {
		parts[c.Ref] = part{c.PURL, strings.TrimSpace(c.Name + " " + c.Version)}
	}
	t.analyses(bill.Analyses, parts, cmp.Or(bill.Subject, "\x00"), bill.Model, at)
	if len(t.vex.Decisions) == 0 {
		return t.vex.Problems, nil
	}
	note := fmt.Sprintf("%d statements of the bill %s", len(t.vex.Decisions), bill.Name)
	return t.vex.Problems, b.keepDecisions(ctx, by, t.vex.Decisions, audit.Entry{By: by, Did: Triage, To: t.vex.Decisions[0].ID, Note: note})
}

func (t *taker) csaf(r *jsonread.Reader) error {
	doc, err := csaf.Read(r)
	t.vex.Format, t.vex.ID, t.vex.Author = "csaf", doc.ID, doc.Publisher
	products := map[string]csaf.Product{}
	for _, p := range doc.Products {
		products[p.ID] = p
	}
	for _, v := range doc.Vulnerabilities {
		name := v.CVE
		if name == "" && len(v.IDs) > 0 {
			name = v.IDs[0]
		}
		for _, s := range csafStates {
			for _, id := range v.Status[s.category] {
				p := products[id]
				d := Decision{Vulnerability: name, State: s.state, Justification: v.Flags[id], At: doc.Released, PURL: p.Helper.PURL,
					Model: asset.ModelKey{Manufacturer: p.Vendor, Model: p.Product, Version: p.Version}}
				if p.Range && t.about.Model.Version == "" {
					t.problem("%s: %q is a range of versions; import the document as a feed, or say which version it is about", name, clip(p.Name, 100))
					continue
				}
				t.take(d)
			}
		}
	}
	return err
}

// A VEXResult is what an import of statements did.
type VEXResult struct {
	VEX
	Statements int `json:"statements"`
	Findings   int `json:"findings"`  // that they speak of
	Overruled  int `json:"overruled"` // of these, where a higher authority says something else
}

// ImportVEX brings in a document of statements; with dry it only says what it
// would touch.
func (b *Board) ImportVEX(ctx context.Context, by bedrail.Actor, name string, src io.Reader, about About, dry bool) (VEXResult, error) {
	if err := b.Auth.Authorize(ctx, by, Triage, bedrail.Resource{Type: "finding"}); err != nil {
		return VEXResult{}, err
	}
	if err := b.ensure(ctx); err != nil {
		return VEXResult{}, err
	}
	vex, err := ReadVEX(name, src, about, b.Clock.Now())
	if err != nil {
		return VEXResult{VEX: vex}, err
	}
	result := VEXResult{VEX: vex, Statements: len(vex.Decisions)}
	b.mu.RLock()
	for _, s := range b.findings {
		if mine := spoken(vex.Decisions, &s.finding); mine != nil {
			result.Findings++
			if s.finding.Decision != nil && s.finding.Decision.Authority.rank() > mine.Authority.rank() {
				result.Overruled++
			}
		}
	}
	b.mu.RUnlock()
	if dry || len(vex.Decisions) == 0 {
		return result, nil
	}
	note := fmt.Sprintf("%d statements of %s, %s", len(vex.Decisions), vex.Decisions[0].Source, name)
	return result, b.keepDecisions(ctx, by, vex.Decisions, audit.Entry{By: by, Did: Triage, To: vex.Decisions[0].ID, Note: note})
}

func spoken(decisions []Decision, f *Finding) *Decision {
	for i := range decisions {
		d := &decisions[i]
		if (d.Vulnerability == f.Vulnerability || slices.Contains(f.Aliases, d.Vulnerability)) && d.speaksOf(f) {
			return d
		}
	}
	return nil
}
