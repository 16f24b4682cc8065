package mapping_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedrail/format/fhir"
	"bedrail/format/hl7"
	"bedrail/format/jsondoc"
	"bedrail/mapping"
)

const pocd = "http://hl7.org/fhir/uv/pocd/StructureDefinition/"

// guide are the definitions of R4 with those of the Point-of-Care Device guide.
func guide(t testing.TB) *fhir.Definitions {
	t.Helper()
	var roots []jsondoc.Node
	for _, folder := range []string{"resources", "vocabulary"} {
		files, _ := filepath.Glob(shared + "pocd-ig/input/" + folder + "/*.xml")
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			converted, err := fhir.R4().FromXML(raw)
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			doc, err := jsondoc.Parse(converted, jsondoc.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			roots = append(roots, doc.Root())
		}
	}
	if len(roots) == 0 {
		t.Skipf("no guide at %spocd-ig: what is mapped would be held against its profiles", shared)
	}
	return fhir.R4().With(roots...)
}

// A part is what the choice of a profile needs of a resource.
type part struct {
	ResourceType     string
	Parent           *struct{ Reference string }
	Device           *struct{ Reference string }
	ValueSampledData *json.RawMessage
	ValueCode        *json.RawMessage `json:"valueCodeableConcept"`
	ValueString      *string
}

// profiles says which profile of the guide each resource of a device message
// must keep: by its depth in the containment, and by what was measured.
func profiles(t *testing.T, bundle []byte) (out []byte, by map[string]int) {
	t.Helper()
	var b map[string]any
	if err := json.Unmarshal(bundle, &b); err != nil {
		t.Fatal(err)
	}
	parts, measured := map[string]part{}, map[string]string{}
	entries := b["entry"].([]any)
	each := func(f func(url string, p part, resource map[string]any)) {
		for _, e := range entries {
			r := e.(map[string]any)["resource"].(map[string]any)
			raw, _ := json.Marshal(r)
			var p part
			if err := json.Unmarshal(raw, &p); err != nil {
				t.Fatal(err)
			}
			f(e.(map[string]any)["fullUrl"].(string), p, r)
		}
	}
	each(func(url string, p part, _ map[string]any) {
		parts[url] = p
		if p.ResourceType == "Observation" && p.Device != nil {
			measured[p.Device.Reference] = kind(p)
		}
	})
	by = map[string]int{}
	each(func(url string, p part, r map[string]any) {
		profile := ""
		switch p.ResourceType {
		case "Device":
			profile = deviceProfile(url, parts)
		case "DeviceMetric":
			profile = measured[url] + "DeviceMetric"
		case "Observation":
			profile = kind(p) + "Observation"
		}
		if profile == "" {
			by[p.ResourceType]++
			return
		}
		by[profile]++
		meta, _ := r["meta"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
		}
		meta["profile"] = []string{pocd + profile}
		r["meta"] = meta
	})
	out, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return out, by
}

// kind is what an observation is of.
func kind(p part) string {
	switch {
	case p.ValueSampledData != nil:
		return "SampleArray"
	case p.ValueCode != nil || p.ValueString != nil:
		return "Enumeration"
	}
	return "Numeric" // also where the value is absent
}

// deviceProfile goes by the depth: a device, its modules, their channels. What
// merely sends (MSH-3) is none of them.
func deviceProfile(url string, parts map[string]part) string {
	p := parts[url]
	switch {
	case p.Parent == nil && !slices.ContainsFunc(keys(parts), func(o string) bool {
		q := parts[o]
		return q.Parent != nil && q.Parent.Reference == url
	}):
		return ""
	case p.Parent == nil:
		return "MdsDevice"
	case parts[p.Parent.Reference].Parent == nil:
		return "VmdDevice"
	}
	return "ChannelDevice"
}

func keys(m map[string]part) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// A deviation is a known difference from the guide, with the number of findings
// that it makes: one more or less fails.
type deviation struct {
	file, text string // of the finding
	why        string
	count      int
}

var deviations = []deviation{
	{"pcd01-15.hl7", "parent: the Device it points to conforms to none", "the message has no OBX for the channel 1.7.1.0 of these nine metrics, so its type is not known and their parent is the module: no channel is made up (PoCD ChannelDevice asks for a type)", 9},
	{"pcd01-15.hl7", "device: the DeviceMetric it points to conforms to none", "follows from the missing channel", 9},
	{"pcd01-orphan-metric.hl7", "parent: the Device it points to conforms to none", "the message names neither module nor channel of the metric", 1},
	{"pcd01-orphan-metric.hl7", "device: the DeviceMetric it points to conforms to none", "follows from the missing channel", 1},
	{"pcd01-unit-fahr-wrong-code.hl7", "system must be exactly", "code 268224 and MDC_DIM_FAHR disagree: neither is trusted silently, so the unit stays as sent and is no UCUM", 1},
	{"pcd01-demo-data.hl7", "subject stands here 0 times", "a demonstration is nobody's, and a subject that is absent for a reason would be somebody's", 1},
	{"pcd01-unit-fahr-wrong-code.hl7", "must be from the value set", "the same unit", 1},
}

// TestWhatDevicesSayKeepsTheGuide holds what PCD-01 becomes against the profiles
// of the Point-of-Care Device guide. Provenance has no profile there: it is held
// against R4.
func TestWhatDevicesSayKeepsTheGuide(t *testing.T) {
	lib, v := library(t), fhir.Validator{Definitions: guide(t)}
	held, known, files := map[string]int{}, make([]int, len(deviations)), 0
	for _, glob := range []string{"testdata/pcd01-*.hl7", shared + "synthetic/pcd01-*.hl7"} {
		messages(t, glob, func(name string, m *hl7.Message) {
			files++
			res, err := lib.HL7(m, "", mapping.Options{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			bundle, by := profiles(t, res.Bundle)
			for p, n := range by {
				held[p] += n
			}
			for _, i := range v.Validate(bundle) {
				if i.Severity != fhir.Error && i.Severity != fhir.Fatal && i.Rule != "profile-unknown" {
					continue
				}
				finding := i.Location + ": " + i.Text
				at := slices.IndexFunc(deviations, func(d deviation) bool { return d.file == name && strings.Contains(finding, d.text) })
				if at < 0 {
					t.Errorf("%s: %s", name, strings.ReplaceAll(finding, pocd, ""))
					continue
				}
				known[at]++
			}
		})
	}
	for i, d := range deviations {
		if known[i] != d.count {
			t.Errorf("%s: %q was found %d times, want %d: %s", d.file, d.text, known[i], d.count, d.why)
		}
	}
	for _, p := range []string{"MdsDevice", "VmdDevice", "ChannelDevice", "NumericDeviceMetric", "NumericObservation", "SampleArrayDeviceMetric", "SampleArrayObservation", "EnumerationDeviceMetric", "EnumerationObservation", "Provenance"} {
		if held[p] == 0 {
			t.Errorf("nothing was held against %s", p)
		}
	}
	t.Logf("%d messages; resources by profile: %v", files, held)
}
