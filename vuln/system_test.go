package vuln_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/format/cpe"
	"bedrail/format/kev"
	"bedrail/store/storetest"
	"bedrail/vuln"
)

// match names a CPE with bounds.
func match(t testing.TB, name string, vulnerable bool, b vuln.Bounds) vuln.CPEMatch {
	t.Helper()
	n, err := cpe.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return vuln.CPEMatch{Vulnerable: vulnerable, Name: n, Bounds: b}
}

func indexOf(advisories ...vuln.Advisory) *vuln.Index {
	x := vuln.NewIndex()
	for _, a := range advisories {
		x.Add(a)
	}
	x.Seal(time.Unix(0, 0))
	return x
}

// answer is the single answer of a look-up, or "none".
func answer(t testing.TB, found []vuln.Match) (string, vuln.By, string) {
	t.Helper()
	switch len(found) {
	case 0:
		return "none", "", ""
	case 1:
		return string(found[0].Status), found[0].By, found[0].Reason
	}
	t.Fatalf("got %d answers: %+v", len(found), found)
	return "", "", ""
}

func TestEquipmentIsFoundByItsFirmwareAndHardware(t *testing.T) {
	firmware := match(t, "cpe:2.3:o:bd:alaris_8015_pcu_firmware:*:*:*:*:*:*:*:*", true, vuln.Bounds{To: "9.33.1"})
	own := vuln.Advisory{ID: "CVE-2020-0001", Source: "nvd:CVE-2020-0001", Configurations: []vuln.Configuration{{And: true, Nodes: []vuln.Node{
		{Matches: []vuln.CPEMatch{firmware}}, {Matches: []vuln.CPEMatch{match(t, "cpe:2.3:h:bd:alaris_8015_pcu:-:*:*:*:*:*:*:*", false, vuln.Bounds{})}}}}}}
	other := vuln.Advisory{ID: "CVE-2020-0001", Source: "nvd:CVE-2020-0001", Configurations: []vuln.Configuration{{And: true, Nodes: []vuln.Node{
		{Matches: []vuln.CPEMatch{match(t, "cpe:2.3:o:bd:alaris_8015_pcu_firmware:*:*:*:*:*:*:*:*", true, vuln.Bounds{To: "9.33.1"})}},
		{Matches: []vuln.CPEMatch{match(t, "cpe:2.3:h:bd:gateway_900:-:*:*:*:*:*:*:*", false, vuln.Bounds{})}}}}}}
	other.Configurations[0].Nodes[0].Matches[0].Name.Product = "alaris_8015_pcu_software"
	for rule, c := range map[string]struct {
		advisory vuln.Advisory
		key      asset.ModelKey
		want     string
	}{
		"firmware named after its hardware is enough":     {own, asset.ModelKey{Manufacturer: "Becton, Dickinson and Company", Model: "Alaris 8015 PCU", Version: "9.33"}, "affected"},
		"a later firmware is not meant":                   {own, asset.ModelKey{Manufacturer: "CareFusion", Model: "Alaris 8015 PCU", Version: "12.3"}, "none"},
		"an unknown firmware is undecidable":              {own, asset.ModelKey{Manufacturer: "BD", Model: "Alaris 8015 PCU"}, "undecidable"},
		"another model is not meant":                      {own, asset.ModelKey{Manufacturer: "BD", Model: "Pyxis ES", Version: "1"}, "none"},
		"another maker is not meant":                      {own, asset.ModelKey{Manufacturer: "Philips", Model: "Alaris 8015 PCU", Version: "9.33"}, "none"},
		"hardware that is not seen makes it undecidable":  {other, asset.ModelKey{Manufacturer: "BD", Model: "Alaris 8015 PCU", Version: "9.33"}, "undecidable"},
		"a longer name of the model may still be the one": {own, asset.ModelKey{Manufacturer: "BD", Model: "Alaris PCU Model 8015", Version: "9.33"}, "affected"},
	} {
		if got, by, reason := answer(t, indexOf(c.advisory).Model(c.key)); got != c.want || got != "none" && by != vuln.ByCPE {
			t.Errorf("%s: got %s by %s (%s), want %s", rule, got, by, reason, c.want)
		}
	}
}

func TestModelsThatStandWhereVersionsShouldAreFound(t *testing.T) {
	x := indexOf(vuln.Advisory{ID: "CVE-2018-0002", Source: "csaf:x", Products: []vuln.Product{
		{Vendor: "Roche Diagnostics", Name: "Point of Care handheld medical devices", Version: "CoaguChek XS Plus", Status: vuln.Affected}}})
	if got, _, reason := answer(t, x.Model(asset.ModelKey{Manufacturer: "Roche", Model: "CoaguChek XS Plus", Version: "3.1"})); got != "affected" {
		t.Errorf("got %s (%s), want affected", got, reason)
	}
	if got, _, _ := answer(t, x.Model(asset.ModelKey{Manufacturer: "Roche", Model: "cobas 8000", Version: "3.1"})); got != "none" {
		t.Errorf("another model: got %s, want none", got)
	}
}

func TestOperatingSystemsAreInferredFromIdentity(t *testing.T) {
	stack := vuln.Advisory{ID: "CVE-2019-0003", Source: "csaf:x", Products: []vuln.Product{{Vendor: "ENEA and Wind River", Name: "VxWorks", Version: "<= 6.5", Status: vuln.Affected}}}
	desktop := vuln.Advisory{ID: "CVE-2019-0004", Source: "nvd:x", Configurations: []vuln.Configuration{{Nodes: []vuln.Node{{Matches: []vuln.CPEMatch{
		match(t, "cpe:2.3:o:microsoft:windows_7:-:sp1:*:*:*:*:*:*", true, vuln.Bounds{})}}}}}}
	exploited := desktop
	exploited.Exploited = "active"
	ofMaker := vuln.Advisory{ID: "CVE-2019-0005", Source: "csaf:y", Products: []vuln.Product{{Vendor: "Spacelabs", Name: "Windows XP", Version: "vers:all/*", Status: vuln.Affected}}}
	for rule, c := range map[string]struct {
		advisory     vuln.Advisory
		system, make string
		want         string
	}{
		"a version in range": {stack, "VxWorks 6.4", "Acme", "affected"},
		"a version outside":  {stack, "VxWorks 6.9", "Acme", "none"},
		"no version":         {stack, "VxWorks", "Acme", "undecidable"},
		"another system":     {stack, "QNX 6.4", "Acme", "none"},
		"of a desktop system only what is exploited":         {desktop, "Windows 7 SP1", "Acme", "none"},
		"and that is undecidable: nobody sees which updates": {exploited, "Windows 7 Professional SP1", "Acme", "undecidable"},
		"another release": {exploited, "Windows 10 22H2", "Acme", "none"},
		"a maker's word is about its own equipment":               {ofMaker, "Windows XP", "Spacelabs", "none"},
		"a maker's word is not about the equipment of another":    {ofMaker, "Windows XP", "Acme", "none"},
		"and no system is known":                                  {stack, "", "Acme", "none"},
		"what is no system finds nothing":                         {stack, "6.4", "Acme", "none"},
		"a maker that calls its product embedded names no system": {vuln.Advisory{ID: "CVE-1", Source: "s", Products: []vuln.Product{{Vendor: "V", Name: "VxWorks bootrom network stack", Version: "*", Status: vuln.Affected}}}, "VxWorks 6.4", "Acme", "none"},
	} {
		found := indexOf(c.advisory).System(c.system, c.make)
		if got, by, reason := answer(t, found); got != c.want || got != "none" && (by != vuln.ByOS || found[0].Confidence > 0.6 || !strings.Contains(reason, c.system)) {
			t.Errorf("%s: got %s by %s (%s), want %s", rule, got, by, reason, c.want)
		}
	}
	x := vuln.NewIndex()
	x.Add(ofMaker)
	x.KEV["CVE-2019-0005"] = kev.Entry{CVE: "CVE-2019-0005"}
	x.Seal(time.Unix(0, 0))
	if got, _, _ := answer(t, x.System("Windows XP", "Spacelabs Healthcare")); got != "affected" {
		t.Errorf("a maker's word about its own equipment, exploited: got %s, want affected", got)
	}
	if got, _, _ := answer(t, x.System("Windows XP", "Acme")); got != "none" {
		t.Errorf("of another maker: got %s, want none", got)
	}
}

func TestAFindingByOperatingSystemTouchesOnlyDevicesThatMayRunIt(t *testing.T) {
	ctx := context.Background()
	w := newWard(t, storetest.New(t))
	runs := func(id, system string) asset.Device {
		d := device(id, "Acme Infusion", "DripMaster 300", "4.1", "ICU", id)
		if system != "" {
			d.OperatingSystem = asset.Value{Value: system, Status: asset.Confirmed}
		}
		return d
	}
	w.board.DevicesChanged(ctx, runs("d1", "VxWorks 6.4"))
	update := vuln.Update{Advisory: &vuln.Advisory{ID: "CVE-2019-0003", Source: "csaf:x", Products: []vuln.Product{{Vendor: "Wind River", Name: "VxWorks", Version: "<= 6.5", Status: vuln.Affected}}}}
	w.board.FeedChanged(ctx, []vuln.Update{update})
	want(t, "the only device runs it", w.findings(t, ""), "CVE-2019-0003 DripMaster 300 affected 1")
	w.board.DevicesChanged(ctx, runs("d2", "QNX 6.6"))
	want(t, "another runs something else", w.findings(t, ""), "CVE-2019-0003 DripMaster 300 undecidable 1")
	w.board.DevicesChanged(ctx, runs("d3", ""))
	want(t, "one shows nothing: it may run it", w.findings(t, ""), "CVE-2019-0003 DripMaster 300 undecidable 2")
	if w.board.Posture("d2").Undecidable != 0 || w.board.Posture("d3").Undecidable != 1 {
		t.Errorf("postures: d2 %+v, d3 %+v", w.board.Posture("d2"), w.board.Posture("d3"))
	}
	w.board.DevicesChanged(ctx, runs("d1", "VxWorks 7"))
	want(t, "it was updated", w.findings(t, ""))
	w.board.DevicesChanged(ctx, runs("d1", "VxWorks 6.4"))
	w.board.DeviceGone(ctx, "d2")
	w.board.DeviceGone(ctx, "d3")
	want(t, "the others are gone", w.findings(t, ""), "CVE-2019-0003 DripMaster 300 affected 1")
}
