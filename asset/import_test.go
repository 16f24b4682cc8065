package asset_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"bedrail/asset"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

func cmms(t testing.TB) asset.Inventory {
	t.Helper()
	f, err := os.Open("testdata/cmms.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inv, err := asset.ReadCMMS("cmms.csv", f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func TestReadCMMS(t *testing.T) {
	inv := cmms(t)
	if len(inv.Rows) != 5 || len(inv.Problems) != 2 {
		t.Fatalf("got %d rows and problems %v", len(inv.Rows), inv.Problems)
	}
	if r := inv.Rows[0]; r.AssetTag != "CE-1001" || r.MAC != "00:03:b1:00:10:01" || r.Class != "infusion-pump" || r.Unit != "ICU" || r.Bed != "4" || r.Line != 4 {
		t.Errorf("the first row is %+v", r)
	}
	if r := inv.Rows[4]; r.SerialNumber != "" || r.SoftwareVersion != "" {
		t.Errorf("n/a and - were taken for values: %+v", r)
	}
	if got := inv.Problems[0].String(); !strings.Contains(got, "cmms.csv, line 7") || !strings.Contains(got, "not-a-mac") {
		t.Errorf("the bad cell is told as %q", got)
	}
	if len(inv.Unmapped) != 1 || inv.Unmapped[0] != "Remarks" {
		t.Errorf("unmapped %v", inv.Unmapped)
	}
	_, err := asset.ReadCMMS("x.csv", strings.NewReader("a,b\n1,2\n"), nil)
	if err == nil || !strings.Contains(err.Error(), "x.csv") {
		t.Errorf("a list without headings gave %v", err)
	}
	mapped, err := asset.ReadCMMS("x.csv", strings.NewReader("Foo,Bar\nT1,M1\n"), map[string]string{"Foo": "assetTag", "Bar": "model"})
	if err != nil || len(mapped.Rows) != 1 || mapped.Rows[0].Model != "M1" {
		t.Errorf("a saved mapping gave %+v, %v", mapped, err)
	}
}

// Lists come with the headings of their house and language. What two kinds of
// place share is left to a person.
func TestHeadingsOfFourLanguagesAreGuessed(t *testing.T) {
	for line, want := range map[string]string{
		"Inv.-Nr.;Gerätetyp;Hersteller;Modell/Typ;Seriennr.;SW-Stand;MAC;Station;Bett/Raum;Patient":  "assetTag class manufacturer model serialNumber softwareVersion mac unit - -",
		"Asset No.;Equipment Description;Mfr;Model/Part;Serial #;Sw Rev;Department;Room/Bed":         "assetTag class manufacturer model serialNumber softwareVersion unit -",
		"N° inventaire;Désignation;MARQUE;Modèle;Numéro de série;Bâtiment;ÉTAGE;Service;Chambre;Lit": "assetTag class manufacturer model serialNumber building floor unit room bed",
		"Nº inventario;Tipo de equipo;Marca;Modelo;Número de serie;Edificio;Planta;Unidad;Cama":      "assetTag class manufacturer model serialNumber building floor unit bed",
	} {
		got, err := asset.ReadColumns("list.csv", strings.NewReader(line+"\n"+strings.Repeat("1;", strings.Count(line, ";"))+"1\n"), asset.DeviceList)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		var fields []string
		for _, c := range got.Columns {
			fields = append(fields, cmp.Or(c.Field, "-"))
		}
		if guessed := strings.Join(fields, " "); guessed != want {
			t.Errorf("%s\n got %s\nwant %s", line, guessed, want)
		}
	}
}

func TestImportTellsWhatItDoesAndCanBeUndone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := registry(db)
		apply(t, r, pumpAndMonitor(), 1)
		dry, err := r.ImportInventory(ctx, nurse, cmms(t), asset.ImportOptions{DryRun: true, Site: "north"})
		if err != nil {
			t.Fatal(err)
		}
		if dry.Exact != 1 || dry.Conflict != 1 || dry.New != 3 {
			t.Errorf("the dry run says %d exact, %d in conflict, %d new: %+v", dry.Exact, dry.Conflict, dry.New, dry.Matches)
		}
		if n := len(list(t, r, "")); n != 2 {
			t.Fatalf("the dry run made devices: %d", n)
		}
		done, err := r.ImportInventory(ctx, nurse, cmms(t), asset.ImportOptions{Site: "north"})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(list(t, r, "")); n != 5 {
			t.Errorf("after the import there are %d devices, want 5", n)
		}
		if d := one(t, r, "asset_tag:CE-1001"); len(d.MACs) != 1 || d.SoftwareVersion.Value != "13.41" || d.Location.Unit != "ICU" {
			t.Errorf("the pump on the wire is %+v", d)
		}
		if d := one(t, r, "mac:"+monitorMAC); d.SerialNumber.Status != asset.Conflict {
			t.Errorf("two serial numbers of one monitor are %+v", d.SerialNumber)
		}
		if d := one(t, r, "asset_tag:CE-1003"); d.Manufacturer.Value != "B. Braun" || d.Class.Value != "infusion-pump" || d.Location.Unit != "ED" {
			t.Errorf("the pump of the list alone is %+v", d)
		}
		fresh := registry(db)
		if _, err := fresh.UndoImport(ctx, nurse, done.ID); err != nil {
			t.Fatal(err)
		}
		if n := len(list(t, fresh, "")); n != 2 {
			t.Errorf("after undoing it there are %d devices, want 2", n)
		}
		if d := one(t, fresh, "mac:"+pumpMAC); d.AssetTag != "" || d.SoftwareVersion.Value != "" {
			t.Errorf("something of the import stayed: %+v", d)
		}
	})
}

func TestReadLeases(t *testing.T) {
	tests := map[string]struct {
		kind             string
		leases, problems int
		host             string
	}{
		"dhcpd.leases":   {"isc-dhcpd", 1, 1, "PLUMA-2001"},
		"kea.csv":        {"kea", 1, 1, "mx800-b7"},
		"dnsmasq.leases": {"dnsmasq", 2, 1, "BBRAUN-OL2006"},
		"windows.csv":    {"windows", 1, 0, "CENTRELLA-2008.hospital.example"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile("testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := asset.ReadLeases(name, bytes.NewReader(raw), monday)
			if err != nil {
				t.Fatal(err)
			}
			if got.Kind != tt.kind || len(got.Observations) != tt.leases || len(got.Problems) != tt.problems {
				t.Fatalf("got %s, %d leases, problems %v", got.Kind, len(got.Observations), got.Problems)
			}
			found := false
			for _, c := range got.Observations[0].Claims {
				found = found || c.Attribute == traffic.Hostname && c.Value == tt.host
			}
			if !found {
				t.Errorf("the host name is not %q: %+v", tt.host, got.Observations[0])
			}
		})
	}
}

func FuzzReadLeases(f *testing.F) {
	for _, name := range []string{"dhcpd.leases", "kea.csv", "dnsmasq.leases", "windows.csv"} {
		raw, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, _ := asset.ReadLeases("x", bytes.NewReader(in), monday)
		for _, o := range got.Observations {
			if o.MAC == "" || !o.IP.IsValid() {
				t.Errorf("a lease without addresses: %+v", o)
			}
		}
	})
}

func FuzzReadCMMS(f *testing.F) {
	raw, err := os.ReadFile("testdata/cmms.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, err := asset.ReadCMMS("x", bytes.NewReader(in), nil); err != nil && !strings.HasPrefix(err.Error(), "x: ") {
			t.Errorf("an error that does not name the file: %v", err)
		}
	})
}

// inventory makes a list of n devices.
func inventory(n int) []byte {
	var b bytes.Buffer
	b.WriteString("Asset Number,Device Type,Make,Model,Serial Number,Software,MAC Address,Department,Room,Bed\n")
	for i := range n {
		fmt.Fprintf(&b, "CE-%06d,Infusion pump,Hospira,Plum A+,%07d,13.%d,00:03:b1:%02x:%02x:%02x,Unit %d,%d,%d\n", i, 1000000+i*7, i%5, i>>16&255, i>>8&255, i&255, i%40, i%30, i%4)
	}
	return b.Bytes()
}

func BenchmarkReadCMMS20000(b *testing.B) {
	raw := inventory(20_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := asset.ReadCMMS("x.csv", bytes.NewReader(raw), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkImportCMMS20000(b *testing.B) {
	inv, err := asset.ReadCMMS("x.csv", bytes.NewReader(inventory(20_000)), nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r := registry(storetest.New(b))
		if _, err := r.ImportInventory(context.Background(), nurse, inv, asset.ImportOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	batch := pumpAndMonitor()
	var f asset.Fuser
	b.ReportAllocs()
	for b.Loop() {
		for _, o := range batch.Observations {
			f.Observe(o)
		}
	}
}

func TestALineThatStandsTwiceInAFileIsOneDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r := context.Background(), registry(db)
		read := func() asset.Inventory {
			f, err := asset.ReadCMMS("twice.csv", strings.NewReader("Asset;Manufacturer;Model;Serial number\nCE-1;Dräger;Evita V500;ASDF-0017\nCE-2;Dräger;Evita V500;ASDF-0018\nCE-1;Dräger;Evita V500;ASDF-0017\n;Dräger;Evita V500;ASDF-0018\n"), nil)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		dry, err := r.ImportInventory(ctx, nurse, read(), asset.ImportOptions{DryRun: true, Site: "north"})
		if err != nil || dry.New != 2 || dry.Exact != 2 {
			t.Errorf("the dry run says %d new, %d exact: %+v, %v", dry.New, dry.Exact, dry.Matches, err)
		}
		if _, err := r.ImportInventory(ctx, nurse, read(), asset.ImportOptions{Site: "north"}); err != nil {
			t.Fatal(err)
		}
		if n := len(list(t, r, "")); n != dry.New {
			t.Errorf("the import made %d devices where the dry run said %d", n, dry.New)
		}
	})
}
