package asset_test

import (
	"strings"
	"testing"

	"bedrail"
	"bedrail/asset"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

func places(t *testing.T, text string) asset.PlaceFile {
	t.Helper()
	f, err := asset.ReadPlaces("places.csv", strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const twoUnits = "Site,Building,Floor,Unit,Room,Bed,Name,Aliases\nnorth,East,2,ICU,,,Intensive care,4N;ICU 2\nnorth,East,2,ICU,3,4,,\nnorth,West,1,Ward 3A,,,,\nsouth,,,OR,,,,\nnorth,,,OR,,,,\n"

func TestPlacesAreReadAndWhatIsWrongIsNamed(t *testing.T) {
	f := places(t, "Campus;Level;Dept;Bett;Name\nnorth;2;ICU;4;\n;;;9;\n;;;;x\n"+strings.Repeat("n", 70)+";;ICU;;\n")
	if len(f.Rows) != 2 || f.Rows[0].Spot != (traffic.Spot{Site: "north", Floor: "2", Unit: "ICU", Bed: "4"}) || f.Rows[1].Spot != (traffic.Spot{Unit: "ICU"}) {
		t.Errorf("got %+v", f.Rows)
	}
	var told []string
	for _, p := range f.Problems {
		told = append(told, p.String())
	}
	all := strings.Join(told, "\n")
	for _, want := range []string{"line 3: bed \"9\" stands in no unit", "line 4: the row names no place", `line 5, column "Campus"`} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not told in\n%s", want, all)
		}
	}
	if _, err := asset.ReadPlaces("x.csv", strings.NewReader("a,b\n1,2\n"), nil); err == nil || !strings.Contains(err.Error(), "x.csv") {
		t.Errorf("a list without headings gave %v", err)
	}
}

func TestTheListOfPlacesSaysInWhichBuildingAUnitIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := registry(db)
		apply(t, r, pumpAndMonitor(), 1)
		if _, err := r.ImportPlaces(t.Context(), nurse, places(t, twoUnits), asset.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		pump := one(t, r, "serial:77120")
		if l := pump.Location; l.Building != "East" || l.Floor != "2" || l.Bed != "4" || !l.Listed {
			t.Errorf("the pump stands at %+v", l)
		}
		// The same after a restart: it is kept with the device and computed anew.
		r = registry(db)
		nodes, err := r.Places(t.Context(), nurse)
		if err != nil {
			t.Fatal(err)
		}
		byKey := map[string]asset.PlaceNode{}
		for _, n := range nodes {
			byKey[n.Key] = n
		}
		if n := byKey["north|east|2|icu||"]; n.Devices != 1 || !n.Listed || n.Title != "Intensive care" || n.Parent != "north|east|2|||" {
			t.Errorf("the unit is %+v", n)
		}
		if n := byKey["north|east|2|icu|3|4"]; n.Level != asset.BedLevel || !n.Listed || n.Devices != 0 {
			t.Errorf("the bed is %+v", n)
		}
		if n := byKey["north|east|2|icu||4"]; n.Listed || n.Here != 1 {
			t.Errorf("the bed that the pump names, in no room, is %+v", n)
		}
	})
}

func TestAnotherNameOfAUnitAndTwoOfOneName(t *testing.T) {
	r := registry(storetest.New(t))
	b := traffic.Batch{Observations: []traffic.Observation{
		seen(pumpMAC, "10.1.0.5", "hl7.equipment", 0.95, "location", "unit 4n, bed 7"),
		seen(monitorMAC, "10.1.0.6", "hl7.equipment", 0.95, "location", "unit OR"),
	}}
	apply(t, r, b, 1)
	if _, err := r.ImportPlaces(t.Context(), nurse, places(t, twoUnits), asset.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	if l := one(t, r, "mac:"+pumpMAC).Location; l.Unit != "ICU" || l.Site != "north" || l.Bed != "7" {
		t.Errorf("unit 4N is %+v, want the ICU", l)
	}
	if l := one(t, r, "mac:"+monitorMAC).Location; l.Unit != "OR" || l.Site != "" || l.Listed {
		t.Errorf("of two units OR one was chosen: %+v", l)
	}
}

func TestAPlaceIsChangedWithWhatLiesInIt(t *testing.T) {
	r := registry(storetest.New(t))
	apply(t, r, pumpAndMonitor(), 1)
	report, err := r.ImportPlaces(t.Context(), nurse, places(t, twoUnits), asset.ImportOptions{})
	if err != nil || report.New != 5 {
		t.Fatalf("%+v, %v", report, err)
	}
	again, err := r.ImportPlaces(t.Context(), nurse, places(t, twoUnits), asset.ImportOptions{DryRun: true})
	if err != nil || again.Exact != 5 || again.ID != "" {
		t.Errorf("the same list again gives %+v, %v", again, err)
	}
	find := func(key string) asset.PlaceNode {
		nodes, err := r.Places(t.Context(), nurse)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes {
			if n.Key == key {
				return n
			}
		}
		return asset.PlaceNode{}
	}
	east := find("north|east||||")
	if _, err := r.SavePlace(t.Context(), nurse, east.ID, east.Version+1, asset.PlaceChange{Spot: traffic.Spot{Site: "north", Building: "New"}}); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("a stale version gave %v", err)
	}
	if _, err := r.SavePlace(t.Context(), nurse, east.ID, east.Version, asset.PlaceChange{Spot: traffic.Spot{Site: "north", Building: "New"}}); err != nil {
		t.Fatal(err)
	}
	if n := find("north|new|2|icu|3|4"); !n.Listed {
		t.Error("the bed did not move with its building")
	}
	if l := one(t, r, "serial:77120").Location; l.Building != "New" {
		t.Errorf("the pump stands in %q", l.Building)
	}
	if err := r.RemovePlace(t.Context(), nurse, find("north|new||||").ID, 0); err != nil {
		t.Fatal(err)
	}
	if l := one(t, r, "serial:77120").Location; l.Building != "" || l.Unit != "ICU" {
		t.Errorf("without its place on the list the pump stands at %+v", l)
	}
	if _, err := r.UndoImport(t.Context(), nurse, report.ID); err != nil {
		t.Fatal(err)
	}
	if n := find("south|||or||"); n.Listed {
		t.Error("the import was taken back and its place is still there")
	}
}

func TestColumnsAreLookedAtAndRemembered(t *testing.T) {
	r := registry(storetest.New(t))
	const file = "Nummer,Was,Karte\nT1,pump,00:03:b1:00:10:01\n"
	look := func() asset.Columns {
		c, err := r.LookAtColumns(t.Context(), nurse, asset.DeviceList, "x.csv", strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := look(); len(c.Columns) != 3 || c.Columns[0].Field != "" || c.Columns[2].Samples[0] != "00:03:b1:00:10:01" || c.Saved != nil {
		t.Errorf("got %+v", c)
	}
	m := asset.ColumnMapping{Kind: asset.DeviceList, Name: "house", Headings: []string{"Karte", "NUMMER ", "Was"}, Fields: map[string]string{"Nummer": "assetTag", "Was": "-", "Karte": "mac"}}
	saved, err := r.SaveColumnMapping(t.Context(), nurse, m)
	if err != nil {
		t.Fatal(err)
	}
	if c := look(); c.Saved == nil || c.Columns[0].Field != "assetTag" || c.Columns[1].Field != "-" {
		t.Errorf("the saved mapping is not offered again: %+v", c)
	}
	if again, err := r.SaveColumnMapping(t.Context(), nurse, m); err != nil || again.ID != saved.ID {
		t.Errorf("saving under the same name gave %s, %v", again.ID, err)
	}
	m.Fields["Was"] = "colour"
	if _, err := r.SaveColumnMapping(t.Context(), nurse, m); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("a field that there is not gave %v", err)
	}
	if err := r.RemoveColumnMapping(t.Context(), nurse, saved.ID); err != nil {
		t.Fatal(err)
	}
	if c := look(); c.Saved != nil {
		t.Error("a mapping that was removed is offered")
	}
}

func FuzzLists(f *testing.F) {
	f.Add(twoUnits)
	f.Add("Asset Tag,Model,MAC\nT1,Plum,00:03:b1:00:10:01\n")
	f.Add("PK\x03\x04")
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []asset.ListKind{asset.DeviceList, asset.PlaceList} {
			c, err := asset.ReadColumns("x", strings.NewReader(text), kind)
			if err == nil && len(c.Columns) == 0 {
				t.Error("no column, and no error")
			}
		}
		list, err := asset.ReadPlaces("x", strings.NewReader(text), nil)
		for _, row := range list.Rows {
			if err == nil && row.Spot == (traffic.Spot{}) {
				t.Errorf("line %d is no place", row.Line)
			}
		}
	})
}
