package traffic_test

import (
	"slices"
	"testing"

	"bedrail/traffic"
)

// The lab's pumps, monitor and bed say these things over MLLP, in messages
// split over one to five segments; one pump shifts its PRT fields.
func TestHL7NamesTheDevicesOfTheLab(t *testing.T) {
	const plum, perfusor, monitor, bed, engine = "00:03:b1:00:00:41", "00:12:21:00:00:42", "00:09:5c:00:00:43", "00:14:b8:00:00:45", "00:50:56:aa:00:11"
	got := play(t, sample(t, "lab/hospital-lab.pcap")).facts()
	for _, want := range []fact{
		{plum, traffic.SerialNumber, "13201477", "hl7.equipment", "OBX-18"},
		{plum, traffic.Model, "Plum A+", "hl7.equipment", "OBX-18"},
		{plum, traffic.EUI64, "0003B1FFFE000041", "hl7.equipment", "OBX-18"},
		{plum, traffic.Location, "unit ICU, room 3, bed 12", "hl7.pv1", "PV1-3"},
		{perfusor, traffic.SerialNumber, "0042778", "hl7.udi", "PRT-10"},
		{perfusor, traffic.Model, "Perfusor Space", "hl7.equipment", "PRT-9"},
		{perfusor, traffic.Class, "infusion-pump", "hl7.mdc", "OBR-4"},
		{monitor, traffic.Model, "MX800 M8001A", "hl7.production", "OBX-5"},
		{monitor, traffic.SerialNumber, "DE43117055", "hl7.production", "OBX-5"},
		{monitor, traffic.SoftwareVersion, "M.04.01", "hl7.production", "OBX-5"},
		{monitor, traffic.Class, "patient-monitor", "hl7.mdc", "OBX-3"},
		{bed, traffic.Model, "Centrella", "hl7.equipment", "OBX-18"},
		{bed, traffic.SerialNumber, "8801234", "hl7.equipment", "OBX-18"},
		{engine, traffic.Class, "integration-engine", "hl7.ack", "MSA"},
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%+v is not among what was found", want)
		}
	}
}
