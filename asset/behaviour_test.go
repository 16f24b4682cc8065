package asset_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

func talk(when time.Duration, client, server traffic.MAC, from, to string, port uint16, protocol string, bytes uint64, secret bool) traffic.Conversation {
	return traffic.Conversation{Site: "north", Minute: monday.Add(when).Truncate(time.Minute), ClientMAC: client, ServerMAC: server, Client: netip.MustParseAddr(from),
		Server: netip.MustParseAddr(to), Transport: "tcp", Port: port, Protocol: protocol, Packets: 1, BytesUp: bytes, Encrypted: secret}
}

func TestAFrozenProfileShowsWhatIsNewAndWhatIsGone(t *testing.T) {
	r := registry(storetest.New(t))
	ctx := context.Background()
	b := pumpAndMonitor()
	b.Conversations = append(b.Conversations, talk(0, pumpMAC, "", "10.1.0.5", "10.1.0.7", 443, "tls", 1000, true))
	apply(t, r, b, 1)
	pump := deviceOf(t, r, pumpMAC)
	if _, err := r.FreezeModel(ctx, nurse, "nobody", "nothing"); bedrail.KindOf(err) != bedrail.NotFound {
		t.Errorf("a model that is not there: %v", err)
	}
	frozen, err := r.Freeze(ctx, nurse, pump)
	if err != nil || len(frozen.Now.Edges) != 2 || len(frozen.Changes) != 0 || frozen.Frozen.By != "kim" {
		t.Fatalf("got %+v, %v", frozen, err)
	}
	if e := frozen.Now.Edges[slices.IndexFunc(frozen.Now.Edges, func(e asset.Edge) bool { return e.Port == 2575 })]; e.Peer != "patient-monitor" || e.Role != "client" || e.Hours[8] == 0 {
		t.Errorf("the edge is %+v", e)
	}
	// A new server of the same kind is nothing new; the internet is.
	apply(t, r, traffic.Batch{Site: "north", Sensor: "s1", Conversations: []traffic.Conversation{
		talk(time.Hour, pumpMAC, "", "10.1.0.5", "10.1.0.8", 443, "tls", 1000, true),
		talk(time.Hour, pumpMAC, "", "10.1.0.5", "198.51.100.7", 443, "tls", 1000, true),
	}}, 2)
	got, err := r.Behaviour(ctx, nurse, pump)
	if err != nil || len(got.Changes) != 1 || got.Changes[0].Kind != "new" || got.Changes[0].Edge.Peer != "internet" {
		t.Errorf("got %+v, %v", got.Changes, err)
	}
	gone := asset.Differ(got.Now, *frozen.Frozen)
	if len(gone) != 1 || gone[0].Kind != "gone" {
		t.Errorf("the other way round: %+v", gone)
	}
	d, err := r.Device(ctx, nurse, pump)
	if err != nil {
		t.Fatal(err)
	}
	model, err := r.ModelBehaviour(ctx, nurse, d.Manufacturer.Value, d.Model.Value)
	if err != nil || model.Now.Devices != 1 || len(model.Now.Edges) == 0 {
		t.Errorf("the model: %+v, %v", model.Now, err)
	}
}

func deviceOf(t *testing.T, r *asset.Registry, mac traffic.MAC) string {
	t.Helper()
	id := ""
	err := r.Each(context.Background(), "", func(d asset.Device) {
		if slices.Contains(d.MACs, mac) {
			id = d.ID
		}
	})
	if err != nil || id == "" {
		t.Fatalf("there is no device with %s, %v", mac, err)
	}
	return id
}

func TestHoursOfUseCountEachMinuteOnce(t *testing.T) {
	r := registry(storetest.New(t))
	now := monday.Add(2*time.Hour + 5*time.Minute)
	r.Clock = func() time.Time { return now }
	ctx := context.Background()
	b := pumpAndMonitor()
	for i := range 90 {
		o := seen(pumpMAC, "10.1.0.5", "hl7.equipment", 0.95, "serialNumber", "77120")
		o.Time, o.Use = monday.Add(time.Duration(i)*time.Minute), traffic.Infusing
		b.Observations = append(b.Observations, o, o)
	}
	apply(t, r, b, 1)
	apply(t, r, b, 2) // the same minutes again, in another batch
	u, err := r.Utilisation(ctx, nurse, deviceOf(t, r, pumpMAC))
	if err != nil || len(u.Kinds) != 1 || u.Kinds[0].WeekHours != 1.5 || u.InUse {
		t.Errorf("got %+v, %v; want 1.5 hours, not in use", u, err)
	}
	o := seen(pumpMAC, "10.1.0.5", "hl7.equipment", 0.95, "serialNumber", "77120")
	o.Time, o.Use = now.Add(-time.Minute), traffic.Infusing
	apply(t, r, traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{o}}, 3)
	if u, err = r.Utilisation(ctx, nurse, deviceOf(t, r, pumpMAC)); err != nil || !u.InUse {
		t.Errorf("got %+v, %v; want in use", u, err)
	}
}

func export(t *testing.T, r *asset.Registry, f asset.ExportFormat) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.Export(context.Background(), nurse, f, nil, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestExportsSayWhatOtherSystemsTakeIn(t *testing.T) {
	r := registry(storetest.New(t))
	empty := export(t, r, asset.FHIR)
	if !json.Valid([]byte(empty)) {
		t.Errorf("an empty bundle is %s", empty)
	}
	b := pumpAndMonitor()
	b.Observations[0].Claims = append(b.Observations[0].Claims, traffic.Claim{Attribute: traffic.SoftwareVersion, Value: "13.4", Weight: 0.95, Source: "hl7.production", Field: "OBX-5"})
	apply(t, r, b, 1)
	inv := asset.Inventory{Rows: []asset.InventoryRow{{File: "x.csv", Line: 2, AssetTag: "=T-1", Manufacturer: "Hospira", Model: "Plum A+", SerialNumber: "77120", SoftwareVersion: "13.1", MAC: pumpMAC}}}
	if _, err := r.ImportInventory(context.Background(), nurse, inv, asset.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(export(t, r, asset.WriteBack))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(rows, func(row []string) bool { return row[2] == "softwareVersion" })
	if i < 0 || rows[i][0] != "'=T-1" || rows[i][3] != "13.1" || rows[i][4] != "13.4" || !strings.Contains(rows[i][7], "t.pcap packet 1") {
		t.Errorf("the correction is %q", rows)
	}
	for _, row := range rows[1:] {
		if row[2] == "model" || row[2] == "serialNumber" {
			t.Errorf("the list agrees, and is corrected: %q", row)
		}
	}
	for _, f := range []asset.ExportFormat{asset.NetBox, asset.ServiceNow} {
		rows, err := csv.NewReader(strings.NewReader(export(t, r, f))).ReadAll()
		if err != nil || len(rows) != 3 || !slices.Contains(rows[1], "77120") && !slices.Contains(rows[2], "77120") {
			t.Errorf("%s: %q, %v", f, rows, err)
		}
	}
	var bundle struct {
		Entry []struct{ Resource map[string]any }
	}
	if err := json.Unmarshal([]byte(export(t, r, asset.FHIR)), &bundle); err != nil || len(bundle.Entry) != 2 || bundle.Entry[0].Resource["resourceType"] != "Device" {
		t.Errorf("the bundle is %+v, %v", bundle, err)
	}
	if err := r.Export(context.Background(), nurse, "xml", nil, &bytes.Buffer{}); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("a form that is none: %v", err)
	}
}

func TestCoverageIsEstimatedByVLAN(t *testing.T) {
	r := registry(storetest.New(t))
	b := traffic.Batch{Site: "north", Sensor: "s1"}
	for i := range 20 {
		mac := pumpMAC[:15] + "0123456789abcdefghij"[i%16:i%16+1] + "01"[i/16:i/16+1]
		if i < 15 {
			o := seen(mac, "", "arp", 0.5)
			o.VLAN = 20
			b.Observations = append(b.Observations, o)
		}
		if i >= 5 {
			o := seen(mac, "", "dhcp", 0.5)
			o.VLAN = 20
			b.Observations = append(b.Observations, o)
		}
	}
	apply(t, r, b, 1)
	got, err := r.Reconcile(context.Background(), nurse)
	if err != nil || len(got.VLANs) != 1 || got.VLANs[0].VLAN != 20 || got.VLANs[0].Both != 10 || got.VLANs[0].Known != 20 {
		t.Fatalf("got %+v, %v", got.VLANs, err)
	}
	if v := got.VLANs[0]; v.Estimate < 20 || v.High <= v.Estimate {
		t.Errorf("the estimate is %+v", v.CaptureEstimate)
	}
}
