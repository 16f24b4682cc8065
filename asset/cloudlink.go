package asset

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail/traffic"
)

// maxReported bounds the links to patients of one feed.
const maxReported = 200_000

// A cloudPerson is a reference to a patient, without the display: that is a
// name.
type cloudPerson struct {
	Reference  string `json:"reference"`
	Identifier struct {
		System string `json:"system"`
		Value  string `json:"value"`
	} `json:"identifier"`
}

// patient is the number of the patient; empty where another resource is
// meant, or one that stands inside of this.
func (p cloudPerson) patient() Patient {
	if v := strings.TrimSpace(p.Identifier.Value); v != "" {
		if p.Identifier.System != "" {
			v = p.Identifier.System + "|" + v
		}
		return Patient(v)
	}
	ref, _, _ := strings.Cut(strings.TrimSpace(p.Reference), "/_history/")
	at := strings.LastIndexByte(ref, '/')
	if at > 0 && at < len(ref)-1 && (ref[:at] == "Patient" || strings.HasSuffix(ref[:at], "/Patient")) || strings.HasPrefix(ref, "urn:") {
		return Patient(ref)
	}
	return ""
}

// A cloudLink is a link whose device is not yet known.
type cloudLink struct {
	Reported
	device string
}

// link gives the associations of a feed their devices, which may have come
// after them.
func (c *cloudReader) link() {
	lost := 0
	for _, a := range c.pending {
		o, ok := c.devices[a.device]
		if !ok {
			lost++
			continue
		}
		a.Of = o
		c.reported(a.Reported)
	}
	if lost > 0 {
		c.problem(fmt.Sprintf("%d associations are of devices that the feed does not hold and were left out", lost))
	}
}

// reported takes a link in.
func (c *cloudReader) reported(r Reported) {
	switch {
	case len(r.Patient) > 256:
		c.problem("the number of a patient is longer than 256 characters and was left out")
	case len(c.out.Reported) < maxReported:
		c.out.Reported = append(c.out.Reported, r)
	case !c.toomany:
		c.toomany = true
		c.problem(fmt.Sprintf("more than %d links of devices to patients; give the feed in parts", maxReported))
	}
}

// association takes a link of a device to a patient in: FHIR R5
// DeviceAssociation, subject, status and period.
func (c *cloudReader) association(r *cloudResource) {
	c.out.Associations++
	p := r.Subject.patient()
	if p == "" || r.Device.Reference == "" || len(c.pending) >= maxReported {
		return
	}
	status := associationStatus(r.Status)
	l := cloudLink{Reported: Reported{Patient: p, Since: dayOf(r.Period.Start), Until: dayOf(r.Period.End), Void: status == "entered-in-error"}, device: r.Device.Reference}
	if status == "explanted" && l.Until.IsZero() {
		l.Until = c.now
	}
	if l.Until.After(c.now) {
		l.Until = time.Time{} // it is to end, and has not
	}
	c.pending = append(c.pending, l)
}

// dayOf reads a FHIR dateTime; zero is unknown.
func dayOf(text string) time.Time {
	for _, form := range []string{time.RFC3339, time.DateOnly, "2006-01", "2006"} {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// associationStatus reads the status of an association: a concept, or a code.
func associationStatus(raw json.RawMessage) string {
	var code string
	if json.Unmarshal(raw, &code) == nil {
		return code
	}
	var concept cloudCode
	if json.Unmarshal(raw, &concept) != nil {
		return ""
	}
	if len(concept.Coding) > 0 && concept.Coding[0].Code != "" {
		return concept.Coding[0].Code
	}
	return strings.ToLower(concept.Text)
}

// remember keeps what a link needs of a device: the claims that tell it from
// others. A Device of R4 names its patient itself, as a line of a table does.
func (c *cloudReader) remember(r *cloudResource, o traffic.Observation) {
	o.Claims = slices.DeleteFunc(slices.Clone(o.Claims), func(a traffic.Claim) bool {
		return !slices.Contains([]traffic.Attribute{traffic.Manufacturer, traffic.Model, traffic.SerialNumber, traffic.UDI}, a.Attribute)
	})
	if p := r.Patient.patient(); p != "" {
		c.reported(Reported{Of: o, Patient: p})
	}
	if c.devices == nil {
		c.devices = map[string]traffic.Observation{}
	}
	if len(c.devices) >= maxReported {
		return
	}
	if r.ID != "" {
		c.devices["Device/"+r.ID] = o
	}
	if r.full != "" {
		c.devices[r.full] = o
	}
}
