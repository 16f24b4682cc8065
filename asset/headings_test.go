package asset_test

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"bedrail/asset"
)

func TestAListIsUnderstoodInTheLanguageOfItsHospital(t *testing.T) {
	for name, c := range map[string]struct {
		headings string
		want     map[string]string // field to heading
	}{
		"German, with abbreviations": {"Inventar-Nr.;Geräteart;Hersteller;Typenbezeichnung;Ser.-Nr.;SW-Stand;Station;Raum;Bettplatz;MAC-Adr.",
			map[string]string{"assetTag": "Inventar-Nr.", "class": "Geräteart", "manufacturer": "Hersteller", "model": "Typenbezeichnung", "serialNumber": "Ser.-Nr.",
				"softwareVersion": "SW-Stand", "unit": "Station", "room": "Raum", "bed": "Bettplatz", "mac": "MAC-Adr."}},
		"German in capitals, umlauts as two letters": {"INVENTARNUMMER;GERAETEART;GEBÄUDE;IP-ADRESSE",
			map[string]string{"assetTag": "INVENTARNUMMER", "class": "GERAETEART", "building": "GEBÄUDE", "ip": "IP-ADRESSE"}},
		"French": {"N° d'inventaire;Désignation;Fabricant;Modèle;N° de série;Service;Salle;Lit;Version logicielle",
			map[string]string{"class": "Désignation", "manufacturer": "Fabricant", "model": "Modèle", "serialNumber": "N° de série", "unit": "Service", "room": "Salle", "bed": "Lit", "softwareVersion": "Version logicielle"}},
		"Spanish": {"N.º inventario;Denominación;Fabricante;Modelo;N.º de serie;Servicio;Habitación;Cama;Versión",
			map[string]string{"assetTag": "N.º inventario", "class": "Denominación", "manufacturer": "Fabricante", "model": "Modelo", "serialNumber": "N.º de serie", "unit": "Servicio", "room": "Habitación", "bed": "Cama", "softwareVersion": "Versión"}},
	} {
		t.Run(name, func(t *testing.T) {
			cells := strings.Repeat("x;", strings.Count(c.headings, ";")) + "x\n"
			cols, err := asset.ReadColumns("list.csv", strings.NewReader(c.headings+"\n"+cells), asset.DeviceList)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, col := range cols.Columns {
				if col.Field != "" {
					got[col.Field] = col.Heading
				}
			}
			for field, want := range c.want {
				if got[field] != want {
					t.Errorf("%s: got %q, want %q", field, got[field], want)
				}
			}
		})
	}
}

// The file is as a German maintenance system writes it: semicolons, dates, and
// Windows-1252.
func TestAGermanExportIsReadInWhole(t *testing.T) {
	text, err := os.ReadFile("testdata/geraete.csv")
	if err != nil {
		t.Fatal(err)
	}
	got, err := asset.ReadCMMS("geraete.csv", bytes.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 40 || len(got.Problems) != 0 {
		t.Errorf("got %d rows and problems %v, want 40 and none", len(got.Rows), got.Problems)
	}
	if want := []string{"Anschaffungsdatum", "nächste STK", "Bemerkung"}; !slices.Equal(got.Unmapped, want) {
		t.Errorf("not understood: %q, want %q", got.Unmapped, want)
	}
	classes := map[string]string{}
	for _, r := range got.Rows {
		classes[r.Description] = r.Class
	}
	want := map[string]string{"Infusionspumpe": "infusion-pump", "Spritzenpumpe": "infusion-pump", "Patientenmonitor": "patient-monitor", "Beatmungsgerät": "ventilator", "Ultraschallgerät": "ultrasound",
		"Röntgengerät": "x-ray", "EKG-Gerät": "ecg", "Wärmebett": "incubator", "Dialysegerät": "dialysis-machine", "Kühlschrank": ""}
	if !maps.Equal(classes, want) {
		t.Errorf("got %v, want %v", classes, want)
	}
	if r := got.Rows[1]; r.Unit != "Kardiologie Süd" || r.Room != "2.01" {
		t.Errorf("got unit %q and room %q", r.Unit, r.Room)
	}
}
