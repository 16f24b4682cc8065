package vuln

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"bedrail/asset"
)

//go:embed data/care-roles.json
var careText []byte

// A Care is what a device does for patients, and what its failure would cost,
// in SSVC's words of safety impact and mission impact.
type Care struct {
	Role    string `json:"role"`
	Why     string `json:"why"`
	Assumed bool   `json:"assumed"` // the class of device is not known

	safety, mission int
}

// above reports whether c asks for more care than o.
func (c Care) above(o Care) bool {
	return humanImpact[c.safety][c.mission] > humanImpact[o.safety][o.mission] ||
		humanImpact[c.safety][c.mission] == humanImpact[o.safety][o.mission] && c.safety+c.mission > o.safety+o.mission
}

// careTable is data/care-roles.json, read once.
var careTable = sync.OnceValue(func() (t struct {
	Roles   map[string]struct{ Safety, Mission, Words string }
	Classes map[string]string
}) {
	if err := json.Unmarshal(careText, &t); err != nil {
		panic("vuln/data/care-roles.json: " + err.Error()) // it is part of the program
	}
	return t
})

// careTag is how the hospital says what a device does where its class does not
// tell: a tag "care:life-sustaining".
const careTag = "care:"

// CareOf returns what a device does for patients: what the hospital says by a
// tag, else what its class of device does.
func CareOf(d asset.Device) Care {
	t := careTable()
	for _, tag := range d.Tags {
		role, ok := strings.CutPrefix(tag, careTag)
		if r, known := t.Roles[role]; ok && known {
			return Care{role, "the hospital says: " + r.Words, false, slices.Index(safeties, r.Safety), slices.Index(missions, r.Mission)}
		}
	}
	role, known := t.Classes[d.Class.Value]
	if !known || d.Class.Status != asset.Confirmed && d.Class.Status != asset.Likely {
		r := t.Roles["therapy"] // not knowing must not lower
		return Care{"unknown", "the class of device is not known; that it treats a patient is assumed", true, slices.Index(safeties, r.Safety), slices.Index(missions, r.Mission)}
	}
	r := t.Roles[role]
	return Care{role, d.Class.Value + ": " + r.Words, false, slices.Index(safeties, r.Safety), slices.Index(missions, r.Mission)}
}
