package asset_test

import (
	"fmt"
	"strings"
	"testing"

	"bedrail/asset"
	"bedrail/traffic"
)

const cloudBundle = `{"resourceType":"Bundle","type":"collection","entry":[
 {"resource":{"resourceType":"Device","id":"a","meta":{"lastUpdated":"2026-03-02T07:30:00Z"},"manufacturer":"ResMed","modelNumber":"Astral 150","serialNumber":"AST0042",
  "type":[{"text":"ventilator"}],"version":[{"type":{"text":"software"},"value":"SX544-0601"}],"udiCarrier":[{"deviceIdentifier":"00619498270000"}],
  "patient":{"reference":"Patient/zz","display":"Zzdemo Patient"},"note":[{"text":"lives in Zzstreet 1"}]}},
 {"resource":{"resourceType":"DeviceAssociation","device":{"reference":"Device/a"},"subject":{"reference":"Patient/zz","display":"Zzdemo Patient"},"status":{"text":"attached"},"period":{"start":"2026-01-01"}}},
 {"resource":{"resourceType":"Device","type":{"coding":[{"display":"Glucose meter"}]},"manufacturer":"Dexcom","modelNumber":"G7 Receiver"}},
 {"resource":{"resourceType":"Device","manufacturer":7}},
 {"resource":{"resourceType":"Patient","id":"zz","name":[{"family":"Zzdemo"}]}}]}`

func TestACloudsDevicesAreReadAndNobodyTheyBelongTo(t *testing.T) {
	var got []traffic.Observation
	feed, err := asset.ReadCloud("cloud.json", strings.NewReader(cloudBundle), asset.CloudOrigin{Unit: "Home care"}, monday, func(o traffic.Observation) { got = append(got, o) })
	if err != nil || feed.Devices != 1 || feed.Associations != 1 || len(feed.Problems) != 2 {
		t.Fatalf("got %+v, error %v", feed, err)
	}
	said := map[traffic.Attribute]string{}
	for _, c := range got[0].Claims {
		said[c.Attribute] = c.Value
		if strings.Contains(c.Value, "Zz") {
			t.Errorf("the claim %s says %q of a person", c.Attribute, c.Value)
		}
	}
	for a, want := range map[traffic.Attribute]string{traffic.Manufacturer: "ResMed", traffic.Model: "Astral 150", traffic.SerialNumber: "AST0042", traffic.Class: "ventilator", traffic.SoftwareVersion: "SX544-0601", traffic.Location: "unit Home care"} {
		if said[a] != want {
			t.Errorf("%s is %q, want %q", a, said[a], want)
		}
	}
	if want := monday.Add(-30 * 60e9); !got[0].Time.Equal(want) {
		t.Errorf("heard at %s, want %s", got[0].Time, want)
	}
	for _, p := range feed.Problems {
		if strings.Contains(p.Text, "Zz") {
			t.Errorf("a problem names a person: %s", p)
		}
	}
	if _, err := asset.ReadCloud("x.json", strings.NewReader(`[1]`), asset.CloudOrigin{}, monday, func(traffic.Observation) {}); err == nil {
		t.Error("what is no resource was taken")
	}
}

func FuzzReadCloud(f *testing.F) {
	f.Add(cloudBundle)
	f.Add(`{"resourceType":"Device","serialNumber":"1"}` + "\n" + `{"resourceType":"Device","type":[{}]}`)
	f.Add(`{"entry":{}}`)
	f.Add(cloudTable)
	f.Add("udi;seen\n=;x")
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		feed, err := asset.ReadCloud("f", strings.NewReader(text), asset.CloudOrigin{Unit: "u"}, monday, func(traffic.Observation) { n++ })
		if err == nil && n != feed.Devices {
			t.Errorf("%d devices were handed on and %d counted", n, feed.Devices)
		}
	})
}

const cloudTable = "Fleet report of 2026-03-02\n" +
	"Patient Name;Patient ID;Patient device serial;Device Type;Model No;Serial No;Firmware;GTIN;Last transmission;Notes\n" +
	"Zzdemo, Zzona;Zz77;Zz1;Ventilator;Astral 150;AST0042;SX544-0601;00619498270000;2026-03-02 07:30:00;Zzstreet 1\n" +
	"Zzdemo, Zzora;Zz78;Zz2;CPAP;AirSense 11;AS110007;;;yesterday;calls Zzor\n" +
	"Zzdemo, Zzura;Zz79;Zz3;CPAP;AirSense 11;;;;;\n"

// A vendor's table is read as its FHIR feed is: what the device is, and nobody
// whom it belongs to, not even in what could not be used.
func TestAVendorsTableIsReadAndNobodyTheDevicesBelongTo(t *testing.T) {
	var got []traffic.Observation
	feed, err := asset.ReadCloud("fleet.csv", strings.NewReader(cloudTable), asset.CloudOrigin{Unit: "Home care", Manufacturer: "ResMed"}, monday, func(o traffic.Observation) { got = append(got, o) })
	if err != nil || feed.Devices != 2 || len(got) != 2 || len(feed.Problems) != 2 {
		t.Fatalf("got %+v, error %v", feed, err)
	}
	want := map[traffic.Attribute]string{traffic.Manufacturer: "ResMed", traffic.Model: "Astral 150", traffic.SerialNumber: "AST0042", traffic.Class: "Ventilator",
		traffic.SoftwareVersion: "SX544-0601", traffic.UDI: "00619498270000", traffic.Location: "unit Home care"}
	for _, c := range got[0].Claims {
		if want[c.Attribute] != c.Value || c.Source != "cloud.csv" {
			t.Errorf("%s is %q of %s, want %q of cloud.csv", c.Attribute, c.Value, c.Source, want[c.Attribute])
		}
		if c.Attribute == traffic.SerialNumber && c.Field != "Serial No" {
			t.Errorf("the serial number stood in %q", c.Field)
		}
		delete(want, c.Attribute)
	}
	if len(want) > 0 || !got[0].Time.Equal(monday.Add(-30*60e9)) || !got[1].Time.Equal(monday) {
		t.Errorf("missing %v; heard at %s and %s", want, got[0].Time, got[1].Time)
	}
	if said := fmt.Sprintf("%+v %+v", got, feed); strings.Contains(said, "Zz") {
		t.Errorf("a person is named: %s", said)
	}
}
