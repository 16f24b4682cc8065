package traffic

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
)

// sdc is how equipment after IEEE 11073 SDC, and much else that speaks
// Devices Profile for Web Services, finds its peers: WS-Discovery on UDP 3702.
// What a device then tells of itself over HTTP is read by describedXML too.
func sdc() Dissector {
	return Dissector{Name: "sdc", Ports: []uint16{3702}, Dissect: dissectSDC}
}

func dissectSDC(p *Packet) {
	if len(p.Payload) < 40 || bytes.IndexByte(p.Payload[:40], '<') < 0 || p.Repeats(Hash(3702, p.Payload)^Hash(0, string(p.Src.MAC))) {
		return
	}
	claims := describedXML(p.Payload)
	if len(claims) == 0 {
		return
	}
	o := Observation{Claims: claims}
	for _, c := range claims {
		if c.Attribute == Service && strings.Contains(c.Value, "MedicalDevice") {
			o.Roles = []string{"sdc-provider"}
		}
	}
	p.Emit(o)
}

// maxElements bounds how much of a document is walked.
const maxElements = 20000

// describedXML returns what a SOAP or UPnP document says of the device that
// sends it. An element counts only inside the element that describes a
// device: patient contexts of an MDIB lie elsewhere and are not read.
func describedXML(b []byte) []Claim {
	if !speaksOfDevice(b) {
		return nil
	}
	w := xmlWalker{d: xml.NewDecoder(bytes.NewReader(b))}
	w.d.Strict = false
	w.d.CharsetReader = nil
	w.walk()
	return w.claims
}

// speaksOfDevice looks for the elements in which a device describes itself,
// because walking a document costs a hundred times as much.
func speaksOfDevice(b []byte) bool {
	for _, name := range []string{"ThisModel", "ThisDevice", ":Hello", "ProbeMatch", "ResolveMatch", "MetaData", "<device>", ":Mds"} {
		if bytes.Contains(b, []byte(name)) {
			return true
		}
	}
	return false
}

// noMore are elements behind which nothing is said of the device: the services
// of a UPnP description, a WSDL, and the state of an MDIB, which holds the
// patient's.
var noMore = map[string]bool{"serviceList": true, "definitions": true, "MdState": true}

type xmlWalker struct {
	d      *xml.Decoder
	path   []string
	field  Attribute
	name   string
	source string
	weight float64
	at     int
	value  []byte
	claims []Claim
}

func (w *xmlWalker) walk() {
	for range maxElements {
		token, err := w.d.RawToken()
		if err != nil {
			return
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(w.path) >= 64 || noMore[t.Name.Local] {
				return
			}
			w.path = append(w.path, t.Name.Local)
			w.start(t)
		case xml.EndElement:
			if len(w.path) == 0 {
				return
			}
			w.end()
			w.path = w.path[:len(w.path)-1]
		case xml.CharData:
			if w.field != "" && len(w.value) < 4096 {
				w.value = append(w.value, t[:min(len(t), 4096)]...)
			}
		}
	}
}

func (w *xmlWalker) inside(name string) bool { return slices.Contains(w.path[:len(w.path)-1], name) }

// start notes an element that describes the device.
func (w *xmlWalker) start(t xml.StartElement) {
	name := t.Name.Local
	w.field, w.value, w.name = "", w.value[:0], name
	w.at = int(w.d.InputOffset())
	switch {
	case w.inside("Probe") || w.inside("ProbeMatches") && !w.inside("ProbeMatch") || w.inside("Resolve"):
		return // what is looked for is somebody else
	case w.inside("ThisModel") || w.inside("ThisDevice"):
		w.source, w.weight = "sdc.metadata", 0.95
		w.field = productElement(name)
	case w.inside("MetaData") && w.inside("Mds") && !w.inside("Vmd"):
		w.source, w.weight = "sdc.mdib", 0.95
		w.field = productElement(name)
	case w.inside("root") && w.inside("device") && !w.inside("deviceList"):
		w.source, w.weight = "ssdp.description", 0.9
		w.field = productElement(name)
	case w.inside("Hello") || w.inside("ProbeMatch") || w.inside("ResolveMatch"):
		w.source, w.weight = "sdc.discovery", 0.95
		w.field = discoveryElement(name, w.inside("EndpointReference"))
	case name == "Type" && len(w.path) > 1 && w.path[len(w.path)-2] == "Mds":
		w.mdsType(t)
	}
}

func productElement(name string) Attribute {
	switch strings.ToLower(name) {
	case "manufacturer":
		return Manufacturer
	case "modelname", "modelnumber":
		return Model
	case "serialnumber":
		return SerialNumber
	case "firmwareversion":
		return SoftwareVersion
	case "friendlyname":
		return Banner
	}
	return ""
}

func discoveryElement(name string, reference bool) Attribute {
	switch {
	case name == "Address" && reference:
		return EPR
	case name == "Types":
		return Service
	case name == "Scopes":
		return Location
	}
	return ""
}

func (w *xmlWalker) add(a Attribute, field, value string, weight float64) {
	for _, c := range w.claims {
		if c.Attribute == a && (c.Value == value || c.Source == w.source && c.Field == field) {
			return
		}
	}
	if value != "" && len(w.claims) < 64 {
		w.claims = append(w.claims, Claim{Attribute: a, Value: value, Weight: weight, Source: w.source, Field: field, Offset: w.at})
	}
}

// end takes the text of an element that was noted.
func (w *xmlWalker) end() {
	field := w.field
	w.field = ""
	if field == "" || w.path[len(w.path)-1] != w.name {
		return
	}
	switch {
	case field == Location:
		w.scopes(string(w.value))
	case field == Service:
		for t := range strings.FieldsSeq(string(w.value)) {
			_, local, found := strings.Cut(t, ":")
			if !found {
				local = t
			}
			w.add(Service, "Types "+local, text([]byte(local)), w.weight)
		}
	case w.name == "ModelNumber" || w.name == "modelNumber":
		w.add(Model, w.name, text(w.value), 0.5) // the name says it better, where there is one
	case field == Banner:
		w.add(Banner, w.name, text(w.value), 0.5)
	case field == EPR:
		w.add(EPR, "EndpointReference", strings.ToLower(text(w.value)), w.weight)
	case field == Model:
		w.add(Model, w.name, withoutRemark(text(w.value)), w.weight)
	default:
		w.add(field, w.name, text(w.value), w.weight)
	}
}

// withoutRemark cuts a remark in parentheses from the end of a model's name:
// "Infinity Delta (spare)" is an Infinity Delta. Parentheses that touch the
// name belong to it: "HS100(EU)".
func withoutRemark(name string) string {
	if at := strings.LastIndex(name, " ("); at > 0 && strings.HasSuffix(name, ")") {
		return name[:at]
	}
	return name
}

// scopes reads where the device stands: sdc.ctxt.loc:/...?fac=&bldng=&flr=&poc=&rm=&bed=
func (w *xmlWalker) scopes(list string) {
	for scope := range strings.FieldsSeq(list) {
		if rest, ok := strings.CutPrefix(scope, "sdc.ctxt.loc:"); ok {
			u, err := url.Parse(rest)
			if err != nil {
				continue
			}
			q := u.Query()
			spot := Spot{
				Site: q.Get("fac"), Building: q.Get("bldng"), Floor: q.Get("flr"),
				Unit: q.Get("poc"), Room: q.Get("rm"), Bed: q.Get("bed"),
			}
			w.add(Location, "sdc.ctxt.loc", text([]byte(spot.String())), w.weight)
		}
		if rest, ok := strings.CutPrefix(scope, "sdc.cdc.type:/"); ok {
			_, code, _ := strings.Cut(rest, "//")
			w.add(Service, "sdc.cdc.type", "MDC "+text([]byte(code)), w.weight)
		}
	}
}

// mdsType reads the type of a medical device system, as a code of IEEE
// 11073-10101.
func (w *xmlWalker) mdsType(t xml.StartElement) {
	for _, a := range t.Attr {
		if a.Name.Local == "Code" {
			w.source = "sdc.mdib"
			w.add(Service, "Mds Type", "MDC "+text([]byte(a.Value)), 0.95)
			w.add(Class, "Mds Type", mdcClass(a.Value, ""), 0.95)
		}
	}
}
