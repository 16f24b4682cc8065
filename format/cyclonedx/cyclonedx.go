// Package cyclonedx reads bills of software in the CycloneDX format: the list
// of what is inside a device, as its maker wrote it.
package cyclonedx

import (
	"io"
	"strings"
	"time"

	"bedrail/format/jsonread"
)

// A Bill is one document.
type Bill struct {
	SpecVersion  string
	SerialNumber string
	Version      int
	Timestamp    time.Time
	Authors      []string // persons and organisations that made the bill
	Tools        []string
	Supplier     string
	Lifecycles   []string
	Subject      *Component  // what the bill is about; its Parent is -1
	Components   []Component // nested ones follow the one that holds them
	Dependencies int         // components that say what they depend on
	Edges        int
	Refs         []string   // names in Links, each once
	Links        [][2]int32 // who depends on whom, as places in Refs
	Complete     string     // aggregate of the composition that covers the whole, or empty
	Analyses     []Analysis
	Warnings     []string
	Signed       bool // it carries a signature, which is not checked here

	places map[string]int32 // of Refs
}

// A Component is one piece of software or hardware.
type Component struct {
	Ref          string
	Type         string // application, library, firmware, operating-system, device ...
	Group        string
	Name         string
	Version      string // may be empty: unknown
	PURL         string
	CPE          string
	Supplier     string
	Hashes       int
	Licences     int
	Parent       int // index of the component that holds this one, -1 at the top
	SupportLevel string
	EndOfSupport string
}

// An Analysis is what the maker says about a vulnerability of a component.
type Analysis struct {
	ID            string
	State         string
	Justification string
	Detail        string
	Affects       []string // bom-refs
}

// Limits on what Read accepts.
const (
	MaxBytes      = 256 << 20
	MaxDepth      = 128
	MaxComponents = 500_000
)

// Read reads a bill in JSON from src. A version of the format that is not
// known is read as far as it is understood, and said in Warnings. An error is
// a *jsonread.Error, or one of src.
func Read(src io.Reader) (Bill, error) {
	r := jsonread.New(src, jsonread.Limits{Bytes: MaxBytes, Depth: MaxDepth})
	b, err := ReadFrom(r)
	if err == nil {
		err = r.End()
	}
	return b, err
}

// ReadFrom reads a bill from r.
func ReadFrom(r *jsonread.Reader) (Bill, error) {
	var b Bill
	var format string
	in := reader{Reader: r, bill: &b}
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "bomFormat":
			format, err = r.String()
		case "specVersion":
			b.SpecVersion, err = r.Text()
		case "serialNumber":
			b.SerialNumber, err = r.String()
		case "version":
			var v float64
			v, err = r.Float()
			b.Version = int(v)
		case "metadata":
			err = in.metadata()
		case "components":
			err = in.components(-1)
		case "dependencies":
			err = r.Array(in.dependency)
		case "compositions":
			err = r.Array(in.composition)
		case "vulnerabilities":
			err = r.Array(in.vulnerability)
		case "signature":
			b.Signed = true
			err = r.Skip()
		default:
			err = r.Skip()
		}
		return err
	})
	if err != nil {
		return b, err
	}
	if format != "CycloneDX" && b.SpecVersion == "" {
		return b, r.Errorf("neither bomFormat nor specVersion says that this is CycloneDX")
	}
	if !known(b.SpecVersion) {
		if !strings.HasPrefix(b.SpecVersion, "1.") {
			return b, r.Errorf("CycloneDX %q is not of the 1.x line that can be read", b.SpecVersion)
		}
		b.Warnings = append(b.Warnings, "CycloneDX "+b.SpecVersion+" is newer than what is known (1.7); read as far as understood")
	}
	return b, nil
}

func known(version string) bool {
	switch version {
	case "1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7":
		return true
	}
	return false
}

type reader struct {
	*jsonread.Reader
	bill *Bill
}

func (r reader) metadata() error {
	b := r.bill
	return r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "timestamp":
			var text string
			text, err = r.Text()
			if t, bad := time.Parse(time.RFC3339Nano, text); bad == nil {
				b.Timestamp = t.UTC()
			}
		case "authors":
			err = r.Array(func() error { return r.named(&b.Authors) })
		case "author":
			var name string
			name, err = r.Text()
			b.Authors = append(b.Authors, name)
		case "manufacture", "manufacturer":
			err = r.named(&b.Authors)
		case "tools":
			err = r.tools()
		case "supplier":
			b.Supplier, err = r.name()
		case "component":
			var c Component
			c, err = r.component(-1, true)
			b.Subject = &c
		case "lifecycles":
			err = r.Array(func() error {
				return r.Object(func(key []byte) error {
					if string(key) != "phase" && string(key) != "name" {
						return r.Skip()
					}
					phase, err := r.Text()
					b.Lifecycles = append(b.Lifecycles, phase)
					return err
				})
			})
		default:
			err = r.Skip()
		}
		return err
	})
}

// tools reads the list of 1.2 to 1.4 or the object of 1.5 and later.
func (r reader) tools() error {
	if r.Kind() == jsonread.Array {
		return r.Array(func() error { return r.named(&r.bill.Tools) })
	}
	return r.Object(func([]byte) error {
		if r.Kind() != jsonread.Array {
			return r.Skip()
		}
		return r.Array(func() error { return r.named(&r.bill.Tools) })
	})
}

// named appends the name of an organisation, person or tool.
func (r reader) named(into *[]string) error {
	name, err := r.name()
	if name != "" {
		*into = append(*into, name)
	}
	return err
}

func (r reader) name() (string, error) {
	if r.Kind() == jsonread.String {
		return r.String()
	}
	var name string
	err := r.Object(func(key []byte) (err error) {
		if string(key) != "name" {
			return r.Skip()
		}
		name, err = r.Text()
		return err
	})
	return name, err
}

func (r reader) components(parent int) error {
	return r.Array(func() error {
		_, err := r.component(parent, false)
		return err
	})
}

// component reads one component and appends it, and those inside it, to the
// bill, unless it is the subject of the bill.
func (r reader) component(parent int, subject bool) (Component, error) {
	b := r.bill
	c := Component{Parent: parent}
	at := -1
	if !subject {
		if len(b.Components) == MaxComponents {
			return c, r.Errorf("more than %d components", MaxComponents)
		}
		at = len(b.Components)
		b.Components = append(b.Components, c)
	}
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "bom-ref":
			c.Ref, err = r.Text()
		case "type":
			c.Type, err = r.Text()
		case "group":
			c.Group, err = r.Text()
		case "name":
			c.Name, err = r.Text()
		case "version":
			c.Version, err = r.Text()
		case "purl":
			c.PURL, err = r.Text()
		case "cpe":
			c.CPE, err = r.Text()
		case "supplier", "manufacturer":
			var name string
			if name, err = r.name(); name != "" {
				c.Supplier = name
			}
		case "publisher", "author":
			var name string
			if name, err = r.Text(); c.Supplier == "" {
				c.Supplier = name
			}
		case "hashes":
			err = r.Array(func() error { c.Hashes++; return r.Skip() })
		case "licenses":
			err = r.Array(func() error { c.Licences++; return r.Skip() })
		case "properties":
			err = r.Array(func() error { return r.property(&c) })
		case "components":
			err = r.components(at)
		default:
			err = r.Skip()
		}
		return err
	})
	if at >= 0 {
		b.Components[at] = c
	}
	return c, err
}

// property takes the two support statements that regulators ask for.
func (r reader) property(c *Component) error {
	var name, value string
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			name, err = r.Text()
		case "value":
			value, err = r.Text()
		default:
			err = r.Skip()
		}
		return err
	})
	c.property(name, value)
	return err
}

func (c *Component) property(name, value string) {
	switch fold(name) {
	case "levelofsupport", "supportlevel":
		c.SupportLevel = value
	case "endofsupport", "endofsupportdate":
		c.EndOfSupport = value
	}
}

// fold drops what spellings differ in: case, blanks, hyphens and a prefix.
func fold(name string) string {
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}

func (r reader) dependency() error {
	from := ""
	var to []string
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "ref":
			from, err = r.Text()
		case "dependsOn":
			to, err = r.Strings()
		default:
			err = r.Skip()
		}
		return err
	})
	r.bill.depends(from, to)
	return err
}

// maxLinks bounds the links that are kept; more are counted.
const maxLinks = 2_000_000

// depends notes on what a component depends.
func (b *Bill) depends(from string, to []string) {
	b.Dependencies++
	b.Edges += len(to)
	if len(to) == 0 || len(b.Links)+len(to) > maxLinks {
		return
	}
	at := b.place(from)
	for _, ref := range to {
		b.Links = append(b.Links, [2]int32{at, b.place(ref)})
	}
}

// Depend notes one link.
func (b *Bill) Depend(from, to string) {
	b.Edges++
	if len(b.Links) < maxLinks {
		b.Links = append(b.Links, [2]int32{b.place(from), b.place(to)})
	}
}

// place returns where a name stands in Refs.
func (b *Bill) place(ref string) int32 {
	if n, ok := b.places[ref]; ok {
		return n
	}
	if b.places == nil {
		b.places = map[string]int32{}
	}
	n := int32(len(b.Refs))
	b.Refs, b.places[ref] = append(b.Refs, ref), n
	return n
}

func (r reader) composition() error {
	var aggregate string
	err := r.Object(func(key []byte) (err error) {
		if string(key) != "aggregate" {
			return r.Skip()
		}
		aggregate, err = r.Text()
		return err
	})
	if r.bill.Complete == "" || r.bill.Complete == "complete" {
		r.bill.Complete = aggregate // one part that is not complete says it for all
	}
	return err
}

func (r reader) vulnerability() error {
	var a Analysis
	err := r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			a.ID, err = r.Text()
		case "analysis":
			err = r.Object(func(key []byte) (err error) {
				switch string(key) {
				case "state":
					a.State, err = r.Text()
				case "justification":
					a.Justification, err = r.Text()
				case "detail":
					a.Detail, err = r.Text()
				default:
					err = r.Skip()
				}
				return err
			})
		case "affects":
			err = r.Array(func() error {
				return r.Object(func(key []byte) error {
					if string(key) != "ref" {
						return r.Skip()
					}
					ref, err := r.Text()
					a.Affects = append(a.Affects, ref)
					return err
				})
			})
		default:
			err = r.Skip()
		}
		return err
	})
	if a.ID != "" {
		r.bill.Analyses = append(r.bill.Analyses, a)
	}
	return err
}
