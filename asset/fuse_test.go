package asset_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/traffic"
)

// devices fuses observations in the order given.
func devices(observations ...traffic.Observation) []asset.Device {
	var f asset.Fuser
	for _, o := range observations {
		f.Observe(o)
	}
	return f.Devices()
}

// content marks an observation as passed on, maybe for another device.
func content(o traffic.Observation) traffic.Observation {
	o.Content = true
	return o
}

func TestStatusByMargin(t *testing.T) {
	tests := map[string]struct {
		seen   []traffic.Observation
		value  string
		status asset.Status
	}{
		"nothing said is unknown": {[]traffic.Observation{seen("02:00:00:00:00:01", "10.0.0.1", "arp", 0)}, "", asset.Unknown},
		"classes that agree add up": {[]traffic.Observation{seen("02:00:00:00:00:01", "", "dhcp.option", 0.7, "model", "X1"), seen("02:00:00:00:00:01", "", "mdns", 0.7, "model", "X1")},
			"X1", asset.Confirmed},
		"a thousand packets of one class add nothing": {[]traffic.Observation{seen("02:00:00:00:00:01", "", "dhcp.option", 0.7, "model", "X1"), seen("02:00:00:00:00:01", "", "dhcp.fqdn", 0.7, "model", "X1")},
			"X1", asset.Likely},
		"a rival within the margin leaves it open": {[]traffic.Observation{seen("02:00:00:00:00:01", "", "snmp", 0.9, "model", "X1"), seen("02:00:00:00:00:01", "", "mqtt.json", 0.9, "model", "Y2")},
			"", asset.Conflict},
		"a weak rival does not": {[]traffic.Observation{seen("02:00:00:00:00:01", "", "snmp", 0.9, "model", "X1"), seen("02:00:00:00:00:01", "", "mdns", 0.5, "model", "Y2")},
			"X1", asset.Confirmed},
		"a short name supports the long": {[]traffic.Observation{seen("02:00:00:00:00:01", "", "hl7.x", 0.7, "model", "MX800 M8001A"), seen("02:00:00:00:00:01", "", "dhcp.option", 0.7, "model", "MX800")},
			"MX800 M8001A", asset.Confirmed},
		"weak evidence is a candidate": {[]traffic.Observation{seen("02:00:00:00:00:01", "", "dhcp.option", 0.4, "model", "X1")}, "X1", asset.Candidate},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := devices(tt.seen...)
			if len(got) != 1 || got[0].Model.Value != tt.value || got[0].Model.Status != tt.status {
				t.Errorf("got %d devices, model %q %s, want %q %s", len(got), got[0].Model.Value, got[0].Model.Status, tt.value, tt.status)
			}
		})
	}
}

func TestPrefixNeverOutranksContent(t *testing.T) {
	tests := map[string]struct {
		mac    string
		weight float64
		maker  string
		status asset.Status
		shown  int // disagreements
	}{
		"alone, a device maker's prefix makes it likely":      {"00:09:5c:00:00:01", 0, "Philips", asset.Likely, 0},
		"alone, a module maker's prefix is but a candidate":   {"00:50:56:00:00:01", 0, "VMware", asset.Candidate, 0},
		"content names another maker":                         {"00:09:5c:00:00:01", 0.95, "Agfa-Gevaert", asset.Confirmed, 1},
		"content names another maker, behind a module's card": {"00:80:a3:00:00:01", 0.95, "Agfa-Gevaert", asset.Confirmed, 0},
		"content names another maker, from a virtual machine": {"00:50:56:00:00:01", 0.95, "Agfa-Gevaert", asset.Confirmed, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := seen(tt.mac, "10.0.0.1", "dicom.dataset", tt.weight)
			if tt.weight > 0 {
				o = seen(tt.mac, "10.0.0.1", "dicom.dataset", tt.weight, "manufacturer", "Agfa-Gevaert AG")
			}
			got := devices(o)[0]
			if got.Manufacturer.Value != tt.maker || got.Manufacturer.Status != tt.status {
				t.Errorf("got %q %s", got.Manufacturer.Value, got.Manufacturer.Status)
			}
			if len(got.Conflicts) != tt.shown {
				t.Errorf("a prefix that says otherwise: got %+v, want %d", got.Conflicts, tt.shown)
			}
		})
	}
}

func TestAnArchiveDoesNotBecomeWhatItPassesOn(t *testing.T) {
	const pacs = "00:50:56:00:00:10"
	role := seen(pacs, "10.0.0.10", "dicom.associate", 0.7, "class", "pacs")
	role.Roles = []string{"dicom-query-scp"}
	ct := content(seen(pacs, "10.0.0.10", "dicom.dataset", 0.95, "manufacturer", "Siemens", "model", "Sensation 64", "serialNumber", "54321", "class", "ct-scanner"))
	mr := content(seen(pacs, "10.0.0.10", "dicom.dataset", 0.95, "manufacturer", "Philips", "model", "Achieva", "serialNumber", "17077", "class", "mr-scanner"))
	nameless := content(seen(pacs, "10.0.0.10", "dicom.dataset", 0.95, "manufacturer", "Philips", "model", "Ingenia", "class", "mr-scanner"))
	got := devices(role, ct, mr, nameless)
	if len(got) != 3 {
		t.Fatalf("got %d devices, want the archive and two behind it", len(got))
	}
	var archive string
	for _, d := range got {
		if len(d.MACs) == 1 {
			archive = d.ID
			if d.Class.Value != "pacs" || d.Model.Value != "" {
				t.Errorf("the archive is %s %s", d.Class.Value, d.Model.Value)
			}
		}
	}
	for _, d := range got {
		if len(d.MACs) == 0 && d.Behind != archive {
			t.Errorf("%s is behind %q, want %q", d.Model.Value, d.Behind, archive)
		}
	}
	// The scanner itself appears: what the archive said is one with it.
	own := content(seen("00:1a:01:00:00:11", "10.0.0.11", "dicom.dataset", 0.95, "manufacturer", "Siemens", "model", "Sensation 64", "serialNumber", "54321", "class", "ct-scanner"))
	got = devices(role, ct, mr, nameless, own)
	for _, d := range got {
		if d.Model.Value == "Sensation 64" && (d.Behind != "" || len(d.MACs) != 1) {
			t.Errorf("the scanner has a presence of its own, but is %v behind %q", d.MACs, d.Behind)
		}
	}
	if len(got) != 3 {
		t.Errorf("got %d devices, want 3", len(got))
	}
}

func lease(mac, ip string, from time.Time, host string) traffic.Observation {
	o := seen(mac, ip, "dhcp.option", 0.5, "hostname", host)
	o.Protocol, o.Time = "dhcp", from
	o.Lease = &traffic.Lease{MAC: traffic.MAC(mac), IP: netip.MustParseAddr(ip), From: from, Until: from.Add(time.Hour)}
	return o
}

func TestAnAddressThatMovesDoesNotMoveAnIdentity(t *testing.T) {
	pump, monitor := "00:03:b1:00:00:01", "00:09:5c:00:00:02"
	// Seen behind a router: only the lease says whose the address was.
	far := func(at time.Time, model string) traffic.Observation {
		o := content(seen("00:00:0c:00:00:99", "10.5.0.7", "hl7.equipment", 0.95, "model", model, "serialNumber", "SN-"+model))
		o.Router, o.Time = true, at
		return o
	}
	got := devices(lease(pump, "10.5.0.7", monday, "pump-7"), far(monday.Add(time.Minute), "Plum A+"),
		lease(monitor, "10.5.0.7", monday.Add(2*time.Hour), "mon-7"), far(monday.Add(2*time.Hour+time.Minute), "MX450"))
	if len(got) != 2 {
		t.Fatalf("got %d devices, want 2: %+v", len(got), got)
	}
	for _, d := range got {
		want := map[traffic.MAC]string{traffic.MAC(pump): "Plum A+", traffic.MAC(monitor): "MX450"}[d.MACs[0]]
		if d.Model.Value != want {
			t.Errorf("%s is %q, want %q", d.MACs[0], d.Model.Value, want)
		}
	}
}

func TestWhatIsBeyondARouterIsNoDevice(t *testing.T) {
	router := "00:00:0c:00:00:01"
	arp := seen(router, "10.0.0.1", "arp", 0)
	far := seen(router, "93.184.216.34", "http.header", 0.5, "banner", "nginx")
	nat := seen(router, "203.0.113.9", "tls.sni", 0.5)
	got := devices(arp, far, nat)
	if len(got) != 1 || len(got[0].Addresses) != 1 {
		t.Errorf("got %+v, want the router alone with its own address", got)
	}
}

// TestTheOrderOfPacketsChangesNothing shuffles what was seen: the same
// evidence gives the same devices, byte for byte.
func TestTheOrderOfPacketsChangesNothing(t *testing.T) {
	b := pumpAndMonitor().Observations
	b = append(b, seen("00:50:56:00:00:10", "10.0.0.10", "arp", 0), lease("00:09:5c:00:00:02", "10.5.0.7", monday, "mon-7"),
		content(seen("00:50:56:00:00:10", "10.0.0.10", "dicom.dataset", 0.95, "manufacturer", "Siemens", "model", "Sensation 64", "serialNumber", "54321")),
		content(seen("00:50:56:00:00:10", "10.0.0.10", "dicom.dataset", 0.95, "manufacturer", "Philips", "model", "Achieva", "serialNumber", "17077")))
	want, err := json.Marshal(devices(b...))
	if err != nil {
		t.Fatal(err)
	}
	shuffle := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		shuffle.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
		got, err := json.Marshal(devices(b...))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Fatalf("another order gave other devices:\n%s\n%s", got, want)
		}
	}
}

func TestSameManufacturer(t *testing.T) {
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"a maker that was bought":         {"G.E. Medical Systems", "GE Healthcare", true},
		"a legal form":                    {"Mortara Instrument, Inc.", "MORTARA INSTRUMENT", true},
		"the old name beside the new":     {"ICU Medical/Hospira", "HOSPIRA", true},
		"an unknown maker's own writing":  {"Acme Imaging GmbH & Co. KG", "ACME IMAGING", true},
		"two makers":                      {"Philips", "Siemens", false},
		"a name that another begins with": {"BD", "BDX Systems", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := asset.SameManufacturer(tt.a, tt.b); got != tt.want {
				t.Errorf("got %v: %q, %q", got, asset.CanonicalManufacturer(tt.a), asset.CanonicalManufacturer(tt.b))
			}
		})
	}
}
