package asset

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/format/table"
)

// The same as a table: what a vendor's portal exports when it speaks no FHIR.
// Only columns whose headings name the fields below are read; columns with
// names, owners, addresses, accounts and notes are passed over unread. The
// number of a patient is read to be sealed.

// cloudFields are the fields of a device that such a table can hold.
var cloudFields = []string{"class", "manufacturer", "model", "serialNumber", "softwareVersion", "udi"}

// personal are words of headings that speak of people. A heading that holds
// one is never read, whatever else it says: "Patient device serial".
var personal = []string{"patient", "subject", "person", "owner", "user", "client", "name of", "address", "phone", "mail", "birth", "dob", "mrn", "caregiver"}

// cloudPatient are the headings for the number of a patient.
var cloudPatient = []string{"patientid", "patientidentifier", "patientnumber", "patientno", "patientreference", "patientref", "patientmrn", "mrn",
	"medicalrecordnumber", "subjectid", "subjectreference", "patientennummer", "patientenid", "idpatient", "identifiantpatient", "idpaciente"}

// cloudSeen are the headings for when the cloud heard a device last.
var cloudSeen = []string{"lastseen", "lastcontact", "lasttransmission", "lastupdated", "lastsync", "lastupload", "lastcommunication", "lastconnected", "lastreport", "lastheard"}

func cloudField(heading string) string {
	if slices.Contains(cloudPatient, plain(heading)) {
		return "patient"
	}
	lower := strings.ToLower(heading)
	if slices.ContainsFunc(personal, func(w string) bool { return strings.Contains(lower, w) }) {
		return ""
	}
	if slices.Contains(cloudSeen, plain(heading)) {
		return "seen"
	}
	if field := fieldOf(heading); slices.Contains(cloudFields, field) {
		return field
	}
	switch plain(heading) {
	case "deviceserial", "deviceserialnumber", "devicesn":
		return "serialNumber"
	case "devicemodel":
		return "model"
	case "devicemanufacturer":
		return "manufacturer"
	}
	return ""
}

// isTable reports whether a feed is a table: it does not begin as JSON does.
func isTable(in *bufio.Reader) bool {
	for n := 1; n <= 512; n++ {
		b, err := in.Peek(n)
		if len(b) < n || err != nil {
			return false
		}
		if c := b[n-1]; !bytes.ContainsRune([]byte(" \t\r\n\xef\xbb\xbf"), rune(c)) {
			return c != '{' && c != '['
		}
	}
	return false
}

// table reads a feed that is a table.
func (c *cloudReader) table(r io.Reader) (CloudFeed, error) {
	c.source = cloudTable
	cols := columnReader{name: c.name, fieldOf: cloudField, enough: func(f map[string]bool) bool { return f["serialNumber"] || f["udi"] }}
	cols.use = func(row table.Row) { c.line(&cols, row) }
	err := cols.read(r)
	c.out.Problems = append(c.out.Problems, cols.problems...)
	slices.SortStableFunc(c.out.Problems, func(a, b Problem) int { return a.Line - b.Line })
	switch {
	case err != nil:
		return c.out, bedrail.Errorf(bedrail.Invalid, "%s: %w", c.name, err)
	case cols.columns == nil:
		return c.out, bedrail.Errorf(bedrail.Invalid, "%s: no line names a column for the serial number or the UDI", c.name)
	case c.out.Devices == 0:
		return c.out, bedrail.Errorf(bedrail.Invalid, "%s: no line names a device", c.name)
	}
	return c.out, nil
}

// line takes in one device.
func (c *cloudReader) line(cols *columnReader, row table.Row) {
	r := cloudResource{Type: "Device"}
	c.seen = row.Line
	c.heading = map[string]string{}
	cols.cells(row, func(field, text string) error {
		return c.cell(&r, field, strings.TrimSpace(text))
	})
	for heading, field := range cols.fields {
		c.heading[field] = heading
	}
	c.device(&r)
}

// cell sets a field of a device. What it refuses is said without the value.
func (c *cloudReader) cell(r *cloudResource, field, text string) error {
	switch field {
	case "class":
		r.Kind = cloudCodes{{Text: text}}
	case "manufacturer":
		r.Manufacturer = text
	case "model":
		r.Model = text
	case "serialNumber":
		r.Serial = text
	case "softwareVersion":
		r.Version = append(r.Version, cloudVersion{Value: text})
	case "patient":
		r.Patient.Identifier.Value = text
	case "udi":
		carrier := cloudCarrier{Identifier: text}
		if strings.ContainsAny(text[:1], "(+=") { // as people read it: GS1, HIBCC, ICCBBA
			carrier = cloudCarrier{Human: text}
		}
		r.Carrier = append(r.Carrier, carrier)
	case "seen":
		for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
			if at, err := time.Parse(form, text); err == nil {
				r.Meta.Updated = at.UTC().Format(time.RFC3339)
				return nil
			}
		}
		return bedrail.Errorf(bedrail.Invalid, "the time is not of the form 2026-03-02 07:30; when the device was heard is not known")
	}
	return nil
}
