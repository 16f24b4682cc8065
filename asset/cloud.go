package asset

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"bedrail"
	"bedrail/traffic"
)

// What vendors' clouds know: devices that are never on the hospital's network,
// at patients' homes or worn. They come as a FHIR Bundle of Device and, since
// R5, DeviceAssociation, as one of the resources a line, or as a table. To whom
// a device belongs is read by number alone and handed on apart from what the
// device is, to be sealed; names, owners, addresses and notes are not read.

// maxCloud bounds the resources of one feed, maxResource the bytes of one.
const (
	maxCloud    = 1 << 20
	maxResource = 1 << 20
)

// Under these the claims of a vendor's cloud stand, by the form of its feed.
const (
	cloudSource = "cloud.fhir"
	cloudTable  = "cloud.csv"

	remoteRole = "remote" // of a device that its vendor's cloud tells of
)

type cloudCode struct {
	Text   string `json:"text"`
	Coding []struct {
		Code    string `json:"code"`
		Display string `json:"display"`
	} `json:"coding"`
}

func (c cloudCode) words() string {
	if c.Text != "" || len(c.Coding) == 0 {
		return c.Text
	}
	if c.Coding[0].Display != "" {
		return c.Coding[0].Display
	}
	return c.Coding[0].Code
}

// cloudCodes are one in R4 and several in R5.
type cloudCodes []cloudCode

func (c *cloudCodes) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]cloudCode)(c))
	}
	var one cloudCode
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*c = cloudCodes{one}
	return nil
}

// A cloudResource is what is read of a resource: of a Device what it is, of an
// association of which device, since when, and the number of whose.
type cloudResource struct {
	Type string `json:"resourceType"`
	ID   string `json:"id"`
	Meta struct {
		Updated string `json:"lastUpdated"`
	} `json:"meta"`
	Carrier      []cloudCarrier  `json:"udiCarrier"`
	Manufacturer string          `json:"manufacturer"`
	Model        string          `json:"modelNumber"`
	Serial       string          `json:"serialNumber"`
	Status       json.RawMessage `json:"status"` // a code in Device, a concept in DeviceAssociation
	Kind         cloudCodes      `json:"type"`
	Version      []cloudVersion  `json:"version"`
	Device       struct {
		Reference string `json:"reference"`
	} `json:"device"`
	Period struct {
		Start string `json:"start"`
		End   string `json:"end"`
	} `json:"period"`
	Patient cloudPerson `json:"patient"` // of a Device until R4
	Subject cloudPerson `json:"subject"` // of an association

	full string // by what entries of a Bundle refer to it
}

type cloudCarrier struct {
	Identifier string `json:"deviceIdentifier"`
	Human      string `json:"carrierHRF"`
}

type cloudVersion struct {
	Type  cloudCode `json:"type"`
	Value string    `json:"value"`
}

// A CloudFeed is what a vendor's cloud said.
type CloudFeed struct {
	Devices      int       `json:"devices"`
	Associations int       `json:"associations"` // of a device with somebody
	Problems     []Problem `json:"-"`
	// Reported are the links of the devices to patients, to be sealed.
	Reported []Reported `json:"-"`
}

// A CloudOrigin says what a feed does not: where its devices belong, for
// example a programme of home care; and of whose cloud it is, for devices that
// name no manufacturer themselves.
type CloudOrigin struct{ Unit, Manufacturer string }

// ReadCloud reads a feed of a vendor's cloud, FHIR or a table, and hands each
// device to emit, as heard when the cloud heard it last, and at now at the
// latest.
func ReadCloud(name string, r io.Reader, from CloudOrigin, now time.Time, emit func(traffic.Observation)) (CloudFeed, error) {
	c := cloudReader{name: name, source: cloudSource, unit: from.Unit, maker: from.Manufacturer, now: now, emit: emit}
	in := bufio.NewReader(r)
	if isTable(in) {
		return c.table(in)
	}
	dec := json.NewDecoder(in)
	for {
		err := c.document(dec)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if c.out.Devices == 0 {
				return c.out, bedrail.Errorf(bedrail.Invalid, "%s: %w", name, err)
			}
			c.problem(err.Error() + "; what came before was used")
			break
		}
	}
	if c.out.Devices == 0 {
		return c.out, bedrail.Errorf(bedrail.Invalid, "%s: no Device was found; give a FHIR Bundle of Device, or one resource a line", name)
	}
	c.link()
	return c.out, nil
}

type cloudReader struct {
	name    string
	source  string
	unit    string
	maker   string
	heading map[string]string // of a table: what its columns are called
	now     time.Time
	emit    func(traffic.Observation)
	seen    int
	out     CloudFeed
	devices map[string]traffic.Observation // by what refers to them
	pending []cloudLink
	toomany bool
}

func (c *cloudReader) problem(text string) {
	if len(c.out.Problems) < maxProblems {
		c.out.Problems = append(c.out.Problems, Problem{File: c.name, Line: c.seen, Text: text})
	}
}

// document reads one value: a Bundle as a stream, or a resource.
func (c *cloudReader) document(dec *json.Decoder) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return errors.New("this is no FHIR resource in JSON")
	}
	rest := map[string]json.RawMessage{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		if key == "entry" {
			if err := c.entries(dec); err != nil {
				return err
			}
			continue
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return err
		}
		if word, ok := key.(string); ok && len(v) <= maxResource {
			rest[word] = v
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if string(rest["resourceType"]) == `"Bundle"` {
		return nil
	}
	whole, err := json.Marshal(rest)
	if err != nil {
		return err
	}
	return c.resource("", whole)
}

func (c *cloudReader) entries(dec *json.Decoder) error {
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return errors.New("the entry of the Bundle is no list")
	}
	for dec.More() {
		var e struct {
			Full     string          `json:"fullUrl"`
			Resource json.RawMessage `json:"resource"`
		}
		if err := dec.Decode(&e); err != nil {
			return err
		}
		if len(e.Resource) > 0 {
			if err := c.resource(e.Full, e.Resource); err != nil {
				return err
			}
		}
	}
	_, err := dec.Token()
	return err
}

// resource takes one resource in. One that cannot be used becomes a problem.
func (c *cloudReader) resource(full string, body []byte) error {
	if c.seen++; c.seen > maxCloud {
		return errors.New("the feed has more than a million resources; give it in parts")
	}
	var r cloudResource
	if len(body) > maxResource {
		c.problem("the resource is larger than a megabyte and was left out")
		return nil
	}
	if err := json.Unmarshal(body, &r); err != nil {
		c.problem("the resource cannot be read: " + offending(err))
		return nil
	}
	r.full = full
	switch r.Type {
	case "Device":
		c.device(&r)
	case "DeviceAssociation":
		c.association(&r)
	}
	return nil
}

// offending says what of a resource is wrong without a value of it.
func offending(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return "the field " + wrong.Field + " is of another type"
	}
	return "it is no JSON object"
}

// field is where a value stood: an element of a Device, or a column.
func (c *cloudReader) field(name string) string {
	if c.source == cloudSource {
		return "Device." + name
	}
	field, _, _ := strings.Cut(name, ".")
	switch field {
	case "modelNumber":
		field = "model"
	case "type":
		field = "class"
	case "version":
		field = "softwareVersion"
	case "udiCarrier":
		field = "udi"
	}
	return cmp.Or(c.heading[field], "import")
}

func (c *cloudReader) device(r *cloudResource) {
	o := traffic.Observation{Time: c.now, Capture: c.name, Packet: uint64(c.seen), Protocol: ByCloud, Roles: []string{remoteRole}}
	at, err := time.Parse(time.RFC3339, r.Meta.Updated)
	switch {
	case err != nil: // the cloud knows it, and does not say when it heard it
		o.Undated = true
	case at.Before(c.now):
		o.Time = at.UTC()
	}
	say := func(a traffic.Attribute, field, value string, weight float64) {
		if value = strings.TrimSpace(value); value != "" && len(value) <= 256 {
			o.Claims = append(o.Claims, traffic.Claim{Attribute: a, Value: value, Weight: weight, Source: c.source, Field: c.field(field)})
		}
	}
	say(traffic.Manufacturer, "manufacturer", cmp.Or(r.Manufacturer, c.maker), 0.9)
	say(traffic.Model, "modelNumber", r.Model, 0.9)
	say(traffic.SerialNumber, "serialNumber", r.Serial, 0.95)
	for _, t := range r.Kind {
		say(traffic.Class, "type", t.words(), 0.8)
	}
	for _, v := range r.Version {
		if kind := strings.ToLower(v.Type.words()); kind == "" || strings.Contains(kind, "software") || strings.Contains(kind, "firmware") || kind == "531975" {
			say(traffic.SoftwareVersion, "version", v.Value, 0.9)
			break
		}
	}
	for _, u := range r.Carrier {
		if u.Human != "" {
			say(traffic.UDI, "udiCarrier.carrierHRF", u.Human, 0.9)
		} else {
			say(traffic.UDI, "udiCarrier.deviceIdentifier", u.Identifier, 0.7)
		}
	}
	if r.Serial == "" && len(r.Carrier) == 0 {
		c.problem("the Device has neither a serial number nor a UDI and cannot be told from others")
		return
	}
	if string(r.Status) == `"entered-in-error"` {
		return
	}
	if c.unit != "" {
		o.Claims = append(o.Claims, traffic.Claim{Attribute: traffic.Location, Value: traffic.Spot{Unit: c.unit}.String(), Weight: 0.7, Source: c.source, Field: "import"})
	}
	c.out.Devices++
	c.remember(r, o)
	c.emit(o)
}
