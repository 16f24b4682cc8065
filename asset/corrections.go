package asset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"bedrail/traffic"
)

// A Correction is one attribute of a device of the maintenance system's list
// that the list lacks or has otherwise.
type Correction struct {
	Key          string    `json:"key" doc:"The same for the same device, attribute and value: a receiver that knows it has the correction"`
	Device       string    `json:"device"`
	Name         string    `json:"name"`
	AssetTag     string    `json:"assetTag"`
	SerialNumber string    `json:"serialNumber"`
	Class        string    `json:"class"`
	Manufacturer string    `json:"manufacturer"`
	Model        string    `json:"model"`
	Site         string    `json:"site"`
	Unit         string    `json:"unit"`
	Field        string    `json:"field"`
	ListSays     string    `json:"listSays" doc:"Empty is nothing"`
	BedrailSays  string    `json:"bedrailSays"`
	Status       Status    `json:"status"`
	Source       string    `json:"source" doc:"Of the strongest evidence that is not the list itself; person is a correction"`
	Evidence     string    `json:"evidence" doc:"Capture and packet"`
	Seen         time.Time `json:"seen,omitzero"`
	// What became of it, when it was sent.
	State   string    `json:"state" doc:"open, or where its message stands: pending, held, delivered, dead, gone"`
	Message string    `json:"message,omitempty"`
	SentAt  time.Time `json:"sentAt,omitzero"`
	SentBy  string    `json:"sentBy,omitempty"`
}

// OpenCorrection is the state of a correction that was not sent.
const OpenCorrection = "open"

// correctionsOf are what the list should be told of a device that is on it.
func correctionsOf(d Device) []Correction {
	if _, list := heard(d); !list {
		return nil
	}
	var out []Correction
	for _, a := range correctable {
		v := d.value(a)
		says, other := listed(d, a)
		if v.Known() == "" || other.Source == "" || normal(a, says) == normal(a, v.Value) || a == traffic.Model && says != "" && sameModel(modelKey(says), modelKey(v.Value)) {
			continue
		}
		where := ""
		if other.Capture != "" {
			where = fmt.Sprintf("%s packet %d", other.Capture, other.Packet)
		}
		out = append(out, Correction{Key: correctionKey(d.ID, string(a), v.Value), Device: d.ID, Name: d.Name(), AssetTag: d.AssetTag, SerialNumber: d.SerialNumber.Known(),
			Class: d.Class.Known(), Manufacturer: d.Manufacturer.Known(), Model: d.Model.Known(), Site: d.Location.Site, Unit: d.Location.Unit,
			Field: string(a), ListSays: says, BedrailSays: v.Value, Status: v.Status, Source: strings.TrimSpace(other.Source + " " + other.Field),
			Evidence: where, Seen: other.Last, State: OpenCorrection})
	}
	return out
}

// listed is what the list says of an attribute, and the strongest evidence for
// what is believed that does not come from it.
func listed(d Device, a traffic.Attribute) (says string, other Evidence) {
	all := slices.Clone(d.value(a).Evidence)
	for _, c := range d.Conflicts {
		if c.Attribute == a {
			for _, v := range c.Values {
				all = append(all, v.Evidence...)
			}
		}
	}
	for _, e := range all {
		switch {
		case e.Source == "cmms" && says == "":
			says = e.Value
		case e.Source != "cmms" && other.Source == "":
			other = e
		}
	}
	return says, other
}

// A Difference is one attribute about which the list and the network do not
// say the same, whichever is believed.
type Difference struct {
	Device   string    `json:"device"`
	Name     string    `json:"name"`
	AssetTag string    `json:"assetTag"`
	Site     string    `json:"site"`
	Unit     string    `json:"unit"`
	Field    string    `json:"field"`
	ListSays string    `json:"listSays"`
	Others   string    `json:"others" doc:"What other evidence says, strongest first"`
	Believed string    `json:"believed" doc:"Empty where it is undecided"`
	Status   Status    `json:"status"`
	Sources  string    `json:"sources" doc:"Who says otherwise"`
	Last     time.Time `json:"last,omitzero" doc:"When otherwise was said last"`
}

// differencesOf are the disagreements in which the list has a part.
func differencesOf(d Device) []Difference {
	var out []Difference
	for _, c := range listDiffers(d) {
		v := d.value(c.Attribute)
		if c.Attribute == traffic.Location {
			v = Value{Value: c.Values[0].Value, Status: d.Location.Status}
		}
		one := Difference{Device: d.ID, Name: d.Name(), AssetTag: d.AssetTag, Site: d.Location.Site, Unit: d.Location.Unit, Field: string(c.Attribute), Believed: v.Known(), Status: v.Status}
		var others, sources []string
		for _, r := range c.Values {
			if slices.ContainsFunc(r.Evidence, func(e Evidence) bool { return e.Source == "cmms" }) {
				one.ListSays = cmp.Or(one.ListSays, r.Value)
				continue
			}
			others = append(others, r.Value)
			for _, e := range r.Evidence {
				sources = addWord(sources, e.Source)
				if e.Last.After(one.Last) {
					one.Last = e.Last
				}
			}
		}
		if c.Attribute == traffic.Location {
			one.Believed = v.Value // the newest word counts, whatever its weight
		}
		one.Others, one.Sources = strings.Join(others, " / "), strings.Join(sources, ", ")
		out = append(out, one)
	}
	return out
}
