package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"bedrail/format/csaf"
	"bedrail/format/cve"
	"bedrail/format/eol"
	"bedrail/format/jsonread"
	"bedrail/format/kev"
	"bedrail/format/osv"
	"bedrail/format/recall"
	"bedrail/vuln"
)

// A kind is a published format.
type kind string

const (
	isOSV     kind = "OSV"
	isCSAF    kind = "CSAF"
	isKEV     kind = "KEV"
	isNVD     kind = "NVD"
	isCVE     kind = "CVE"
	isEOL     kind = "end-of-life"
	isRecall  kind = "openFDA"
	isOpenVEX kind = "OpenVEX"
)

// deciding are the members at the top of a document that give its kind away.
var deciding = map[string]kind{
	"affected": isOSV, "aliases": isOSV, "schema_version": isOSV, "database_specific": isOSV, "modified": isOSV, "details": isOSV, "withdrawn": isOSV,
	"document": isCSAF, "product_tree": isCSAF,
	"catalogVersion": isKEV, "dateReleased": isKEV,
	"cve": isNVD, "resultsPerPage": isNVD, "sourceIdentifier": isNVD, "vulnStatus": isNVD,
	"cveMetadata": isCVE, "containers": isCVE, "dataVersion": isCVE,
	"releases": isEOL, "result": isEOL,
	"results":  isRecall,
	"@context": isOpenVEX, "statements": isOpenVEX,
}

// errDecided ends the look at a document.
var errDecided = errors.New("decided")

// sniff looks at the members at the top of a document until one decides.
func sniff(r *jsonread.Reader) (kind, error) {
	var found kind
	look := func(key []byte) error {
		if k, ok := deciding[string(key)]; ok {
			found = k
			return errDecided
		}
		return r.Skip()
	}
	var err error
	if r.Kind() == jsonread.Array { // a list of records of one kind
		err = r.Array(func() error {
			if r.Kind() != jsonread.Object {
				return r.Skip()
			}
			return r.Object(look)
		})
	} else {
		err = r.Object(look)
	}
	if errors.Is(err, errDecided) {
		return found, nil
	}
	return "", err
}

// readJSON reads a document of any known kind. Small ones are held and looked
// at twice; of a large one, what was looked at is held and read again.
func (r *Reader) readJSON(name string, src io.Reader) error {
	r.held.Reset()
	seen := io.TeeReader(src, &r.held)
	in := r.reader(seen)
	k, err := sniff(in)
	if err != nil {
		return err
	}
	if k == "" {
		return errors.New("the document is of no known kind (OSV, CSAF, KEV, NVD, CVE, end-of-life, openFDA recalls)")
	}
	// The second reading takes what the first held, then the rest.
	in.Reset(io.MultiReader(bytes.NewReader(r.held.Bytes()), src))
	if err := r.document(name, k, in); err != nil {
		return err
	}
	return in.End()
}

func (r *Reader) reader(src io.Reader) *jsonread.Reader {
	if r.json == nil {
		r.json = jsonread.New(src, jsonread.Limits{Bytes: MaxMember, Depth: 100, String: 4 << 20})
	} else {
		r.json.Reset(src)
	}
	return r.json
}

func (r *Reader) document(name string, k kind, in *jsonread.Reader) error {
	switch k {
	case isOSV:
		return each(in, func() error { return r.osv(name, in) })
	case isCSAF:
		return r.csaf(in)
	case isKEV:
		return r.kev(in)
	case isNVD:
		return r.nvd(in)
	case isCVE:
		return each(in, func() error {
			rec, err := cve.ReadFive(in)
			if err == nil {
				r.advisory("cve", vuln.FromCVE(rec, "cve"))
			}
			return err
		})
	case isEOL:
		products, err := eol.ReadJSON(in)
		for _, p := range products {
			r.product(p)
		}
		return err
	case isRecall:
		return recall.Read(in, func(n recall.Notice) {
			r.count("openfda", n.Started)
			if r.Sink.Recall != nil {
				r.Sink.Recall(n)
			}
		})
	}
	return fmt.Errorf("%s documents cannot be used yet", k)
}

// each calls fn for a document, or for each element of a list.
func each(in *jsonread.Reader, fn func() error) error {
	if in.Kind() == jsonread.Array {
		return in.Array(fn)
	}
	return fn()
}

func (r *Reader) advisory(feed string, a vuln.Advisory) {
	a.Feed = feed
	at := a.Modified
	if at.IsZero() {
		at = a.Published
	}
	r.count(feed, at)
	if r.Sink.Advisory != nil {
		r.Sink.Advisory(a)
	}
}

func (r *Reader) osv(name string, in *jsonread.Reader) error {
	rec, err := osv.Read(in)
	if err != nil {
		return err
	}
	a := vuln.FromOSV(rec)
	r.advisory("osv:"+ecosystemOf(name, a), a)
	return nil
}

// ecosystemOf names the feed that a record came in: the folder that mirrors
// name after the ecosystem, or the ecosystem of the first package.
func ecosystemOf(name string, a vuln.Advisory) string {
	if i := strings.LastIndex(name, "/all.zip!"); i >= 0 {
		return filepath.Base(name[strings.LastIndexByte(name[:i], '!')+1 : i])
	}
	dir := filepath.Base(filepath.Dir(name))
	for _, p := range a.Packages {
		if p.Ecosystem == dir {
			return dir
		}
	}
	if len(a.Packages) > 0 {
		return a.Packages[0].Ecosystem
	}
	return "other"
}

func (r *Reader) csaf(in *jsonread.Reader) error {
	d, err := csaf.Read(in)
	if err != nil {
		return err
	}
	name := "csaf"
	if r.Provider != "" {
		name += ":" + r.Provider
	}
	r.count(name, d.Released)
	for _, a := range vuln.FromCSAF(d) {
		a.Feed = name
		if r.Sink.Advisory != nil {
			r.Sink.Advisory(a)
		}
	}
	return nil
}

func (r *Reader) kev(in *jsonread.Reader) error {
	c, err := kev.Read(in)
	for _, e := range c.Entries {
		r.count("kev", c.Released)
		if r.Sink.KEV != nil {
			r.Sink.KEV(e)
		}
	}
	return err
}

// nvd reads a single record or a page of the service.
func (r *Reader) nvd(in *jsonread.Reader) error {
	one := func() error {
		rec, err := cve.ReadNVD(in)
		if err == nil {
			r.advisory("nvd", vuln.FromCVE(rec, "nvd"))
		}
		return err
	}
	if in.Kind() == jsonread.Array {
		return in.Array(one)
	}
	var rec cve.Record
	listed := false
	err := in.Object(func(key []byte) error {
		if string(key) == "vulnerabilities" {
			listed = true
			return in.Array(one)
		}
		return cve.NVDMember(in, &rec, key)
	})
	if err == nil && !listed {
		if rec.ID == "" {
			return in.Errorf("the record has no id")
		}
		r.advisory("nvd", vuln.FromCVE(rec, "nvd"))
	}
	return err
}
