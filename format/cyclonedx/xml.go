package cyclonedx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"bedrail/format/jsonread"
)

// ReadXML reads a bill in XML from src. It gives what Read gives of the same
// content; an error that lies in the document is a *jsonread.Error whose Path
// names the elements.
func ReadXML(src io.Reader) (Bill, error) {
	x := xmlReader{Decoder: xml.NewDecoder(&bounded{src: src, left: MaxBytes}), bill: &Bill{}}
	for {
		token, err := x.Token()
		if err != nil {
			return *x.bill, x.fault(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "bom" {
			return *x.bill, x.fault(fmt.Errorf("the document begins with <%s>; a CycloneDX bill begins with <bom>", start.Name.Local))
		}
		return x.bom(start)
	}
}

// bounded reads no more than left bytes.
type bounded struct {
	src  io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("the document has more than %d bytes", MaxBytes)
	}
	n, err := b.src.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

type xmlReader struct {
	*xml.Decoder
	bill *Bill
	path []string
}

// fault gives an error the place that was reached.
func (x *xmlReader) fault(err error) error {
	var at *jsonread.Error
	if err == nil || errors.As(err, &at) {
		return err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &jsonread.Error{Path: "/" + strings.Join(x.path, "/"), Offset: x.InputOffset(), Text: err.Error()}
}

// each calls fn for each element directly inside start; fn reads it to its
// end.
func (x *xmlReader) each(start xml.StartElement, fn func(el xml.StartElement) error) error {
	if len(x.path) >= MaxDepth {
		return x.fault(fmt.Errorf("elements lie more than %d deep", MaxDepth))
	}
	x.path = append(x.path, start.Name.Local)
	for {
		token, err := x.Token()
		if err != nil {
			return x.fault(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := fn(t); err != nil {
				return err
			}
		case xml.EndElement:
			x.path = x.path[:len(x.path)-1]
			return nil
		}
	}
}

func (x *xmlReader) skip(el xml.StartElement) error { return x.each(el, x.skip) }

// text returns the characters of an element.
func (x *xmlReader) text(el xml.StartElement) (string, error) {
	var b strings.Builder
	x.path = append(x.path, el.Name.Local)
	for {
		token, err := x.Token()
		if err != nil {
			return "", x.fault(err)
		}
		switch t := token.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			if err := x.skip(t); err != nil {
				return "", err
			}
		case xml.EndElement:
			x.path = x.path[:len(x.path)-1]
			return strings.TrimSpace(b.String()), nil
		}
	}
}

func (x *xmlReader) into(to *string, el xml.StartElement) (err error) {
	*to, err = x.text(el)
	return err
}

// name returns the name inside an organisation, a person or a tool.
func (x *xmlReader) name(el xml.StartElement) (name string, err error) {
	err = x.each(el, func(el xml.StartElement) error {
		if el.Name.Local == "name" {
			return x.into(&name, el)
		}
		return x.skip(el)
	})
	return name, err
}

func (x *xmlReader) named(to *[]string) func(xml.StartElement) error {
	return func(el xml.StartElement) error {
		name, err := x.name(el)
		if name != "" {
			*to = append(*to, name)
		}
		return err
	}
}

func attribute(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (x *xmlReader) bom(start xml.StartElement) (Bill, error) {
	b := x.bill
	b.SerialNumber = attribute(start, "serialNumber")
	b.Version, _ = strconv.Atoi(attribute(start, "version"))
	space := strings.TrimRight(start.Name.Space, "/")
	b.SpecVersion = space[strings.LastIndexByte(space, '/')+1:]
	if !known(b.SpecVersion) {
		if !strings.HasPrefix(b.SpecVersion, "1.") {
			return *b, x.fault(fmt.Errorf("the namespace %q names no version of CycloneDX that can be read", start.Name.Space))
		}
		b.Warnings = append(b.Warnings, "CycloneDX "+b.SpecVersion+" is newer than what is known (1.7); read as far as understood")
	}
	err := x.each(start, func(el xml.StartElement) error {
		switch el.Name.Local {
		case "Signature":
			b.Signed = true
			return x.skip(el)
		case "metadata":
			return x.each(el, x.metadata)
		case "components":
			return x.each(el, x.components(-1))
		case "dependencies":
			return x.each(el, x.dependency)
		case "compositions":
			return x.each(el, x.composition)
		case "vulnerabilities":
			return x.each(el, x.vulnerability)
		}
		return x.skip(el)
	})
	return *b, err
}

func (x *xmlReader) metadata(el xml.StartElement) (err error) {
	b := x.bill
	switch el.Name.Local {
	case "timestamp":
		var text string
		text, err = x.text(el)
		if t, bad := time.Parse(time.RFC3339Nano, text); bad == nil {
			b.Timestamp = t.UTC()
		}
		return err
	case "authors":
		return x.each(el, x.named(&b.Authors))
	case "manufacture", "manufacturer":
		return x.named(&b.Authors)(el)
	case "supplier":
		b.Supplier, err = x.name(el)
		return err
	case "tools":
		return x.tools(el)
	case "component":
		var c Component
		c, err = x.component(el, -1, true)
		b.Subject = &c
		return err
	case "lifecycles":
		return x.each(el, func(el xml.StartElement) error {
			return x.each(el, func(el xml.StartElement) error {
				if el.Name.Local != "phase" && el.Name.Local != "name" {
					return x.skip(el)
				}
				phase, err := x.text(el)
				b.Lifecycles = append(b.Lifecycles, phase)
				return err
			})
		})
	}
	return x.skip(el)
}

// tools reads the list of 1.2 to 1.4, or the components and services of later
// versions.
func (x *xmlReader) tools(el xml.StartElement) error {
	return x.each(el, func(el xml.StartElement) error {
		if el.Name.Local == "tool" {
			return x.named(&x.bill.Tools)(el)
		}
		return x.each(el, x.named(&x.bill.Tools))
	})
}

func (x *xmlReader) components(parent int) func(xml.StartElement) error {
	return func(el xml.StartElement) error {
		_, err := x.component(el, parent, false)
		return err
	}
}

func (x *xmlReader) component(start xml.StartElement, parent int, subject bool) (Component, error) {
	b := x.bill
	c := Component{Parent: parent, Type: attribute(start, "type"), Ref: attribute(start, "bom-ref")}
	at := -1
	if !subject {
		if len(b.Components) == MaxComponents {
			return c, x.fault(fmt.Errorf("more than %d components", MaxComponents))
		}
		at = len(b.Components)
		b.Components = append(b.Components, c)
	}
	count := func(n *int) func(xml.StartElement) error {
		return func(el xml.StartElement) error { *n++; return x.skip(el) }
	}
	err := x.each(start, func(el xml.StartElement) (err error) {
		switch el.Name.Local {
		case "group":
			return x.into(&c.Group, el)
		case "name":
			return x.into(&c.Name, el)
		case "version":
			return x.into(&c.Version, el)
		case "purl":
			return x.into(&c.PURL, el)
		case "cpe":
			return x.into(&c.CPE, el)
		case "supplier", "manufacturer":
			var name string
			if name, err = x.name(el); name != "" {
				c.Supplier = name
			}
			return err
		case "publisher", "author":
			var name string
			if name, err = x.text(el); c.Supplier == "" {
				c.Supplier = name
			}
			return err
		case "hashes":
			return x.each(el, count(&c.Hashes))
		case "licenses":
			return x.each(el, count(&c.Licences))
		case "properties":
			return x.each(el, func(el xml.StartElement) error {
				value, err := x.text(el)
				c.property(attribute(el, "name"), value)
				return err
			})
		case "components":
			return x.each(el, x.components(at))
		}
		return x.skip(el)
	})
	if at >= 0 {
		b.Components[at] = c
	}
	return c, err
}

func (x *xmlReader) dependency(el xml.StartElement) error {
	var to []string
	err := x.each(el, func(el xml.StartElement) error {
		to = append(to, attribute(el, "ref"))
		return x.skip(el)
	})
	x.bill.depends(attribute(el, "ref"), to)
	return err
}

func (x *xmlReader) composition(el xml.StartElement) error {
	return x.each(el, func(el xml.StartElement) error {
		if el.Name.Local != "aggregate" {
			return x.skip(el)
		}
		aggregate, err := x.text(el)
		if b := x.bill; b.Complete == "" || b.Complete == "complete" {
			b.Complete = aggregate
		}
		return err
	})
}

func (x *xmlReader) vulnerability(start xml.StartElement) error {
	var a Analysis
	err := x.each(start, func(el xml.StartElement) error {
		switch el.Name.Local {
		case "id":
			return x.into(&a.ID, el)
		case "analysis":
			return x.each(el, func(el xml.StartElement) error {
				switch el.Name.Local {
				case "state":
					return x.into(&a.State, el)
				case "justification":
					return x.into(&a.Justification, el)
				case "detail":
					return x.into(&a.Detail, el)
				}
				return x.skip(el)
			})
		case "affects":
			return x.each(el, func(el xml.StartElement) error {
				return x.each(el, func(el xml.StartElement) error {
					if el.Name.Local != "ref" {
						return x.skip(el)
					}
					ref, err := x.text(el)
					a.Affects = append(a.Affects, ref)
					return err
				})
			})
		}
		return x.skip(el)
	})
	if a.ID != "" {
		x.bill.Analyses = append(x.bill.Analyses, a)
	}
	return err
}
