package exchange

import (
	"fmt"
	"time"

	"bedrail/format/astm"
	"bedrail/format/hl7"
)

// readASTM fills in what r lacks from the recording of a link, or from bare
// records, and takes over what the reader of the format found wrong.
func (c *Checker) readASTM(body []byte, r *reading) {
	t, err := astm.Read(body)
	if err != nil || len(t.Records) == 0 {
		r.unreadable = true
		r.issues = append(r.issues, Issue{Severity: hl7.Fatal, Code: "structure", Rule: hl7.RuleStructure, Text: "the bytes hold no record of ASTM E1394", End: min(len(body), 1)})
		return
	}
	for _, i := range t.Issues {
		r.issues = append(r.issues, Issue{Severity: hl7.Severity(i.Severity), Code: i.Code, Rule: i.Rule, Location: i.Location, Start: i.Start, End: i.End, Text: i.Text})
	}
	f := &r.facts
	fill(&f.Type, "results")
	if who, ok := t.Instrument(); ok {
		fill(&f.Sender, who.Name)
		if len(f.Devices) == 0 {
			f.Devices = []DeviceClaim{{Name: who.Name, Model: who.Model, Serial: who.Serial, Software: who.Software, Location: "H[1].5"}}
		}
	}
	for _, rec := range t.Records {
		c.readRecord(rec, f)
	}
}

func (c *Checker) readRecord(rec astm.Record, f *Facts) {
	switch rec.Type {
	case 'H':
		fill(&f.ControlID, string(rec.Field(3)))
		if f.SentAt.IsZero() {
			f.SentAt = c.astmTime(rec.Component(14, 1))
		}
	case 'P':
		for _, n := range []int{3, 4} {
			if id := rec.Component(n, 1); id != "" && len(f.Patients) < mostOfAKind {
				f.Patients = append(f.Patients, id)
			}
		}
	case 'O':
		if id := rec.Component(3, 1); id != "" && len(f.Orders) < mostOfAKind {
			f.Orders = append(f.Orders, id)
		}
	case 'R':
		f.Values++
		if at := c.astmTime(rec.Component(13, 1)); at.After(f.ObservedAt) {
			f.ObservedAt = at
		}
	}
}

// astmTime reads YYYYMMDDHHMMSS, which names no zone.
func (c *Checker) astmTime(text string) time.Time {
	if len(text) == 8 {
		text = fmt.Sprintf("%s000000", text)
	}
	t, err := time.ParseInLocation("20060102150405", text, c.zone())
	if err != nil {
		return time.Time{}
	}
	return t
}
