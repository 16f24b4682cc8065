package asset_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/store"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

// hospital puts n devices into db, a thousand in a batch.
func hospital(tb testing.TB, db *store.DB, n int) *asset.Registry {
	tb.Helper()
	r := registry(db)
	models := []struct{ maker, model, class string }{{"Hospira", "Plum A+", "infusion-pump"}, {"Philips", "MX800", "patient-monitor"}, {"B. Braun", "Perfusor Space", "infusion-pump"},
		{"Hillrom", "Centrella", "smart-bed"}, {"Siemens", "Sensation 64", "ct-scanner"}}
	for at := 0; at < n; at += 1000 {
		b := traffic.Batch{Site: "north", Sensor: "s1"}
		for i := at; i < min(at+1000, n); i++ {
			m := models[i%len(models)]
			o := seen(fmt.Sprintf("00:03:b1:%02x:%02x:%02x", i>>16&255, i>>8&255, i&255), netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String(), "hl7.equipment", 0.95,
				"manufacturer", m.maker, "model", m.model, "serialNumber", fmt.Sprintf("SN%07d", i*7+1000), "class", m.class,
				"location", fmt.Sprintf("unit Unit-%d, room %d, bed %d", i%60, i%30, i%4))
			o.Time = monday.Add(time.Duration(i) * time.Second / 100)
			b.Observations = append(b.Observations, o)
		}
		if err := r.Apply(context.Background(), nurse, b, asset.Position{Stream: "obs", Seq: uint64(at/1000 + 1)}); err != nil {
			tb.Fatal(err)
		}
	}
	return r
}

// BenchmarkHundredThousandDevices asks what screens ask, of a list of a
// hundred thousand.
func BenchmarkHundredThousandDevices(b *testing.B) {
	if testing.Short() {
		b.Skip("short")
	}
	db := storetest.New(b)
	r := hospital(b, db, 100_000)
	ask := func(filter, sort string, limit int) func(b *testing.B) {
		return func(b *testing.B) {
			f, err := query.Parse(filter)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				page, err := r.Devices(context.Background(), nurse, query.Request{Filter: f, Sort: query.ParseSort(sort), Limit: limit})
				if err != nil || len(page.Items) == 0 {
					b.Fatal(len(page.Items), err)
				}
			}
		}
	}
	b.Run("first page by name", ask("", "", 100))
	b.Run("row 90,000 by name", func(b *testing.B) {
		for b.Loop() {
			page, err := r.Devices(context.Background(), nurse, query.Request{Limit: 100, Offset: 90_000})
			if err != nil || len(page.Items) != 100 {
				b.Fatal(len(page.Items), err)
			}
		}
	})
	b.Run("by last seen", ask("", "-last_seen", 100))
	b.Run("pumps of a unit", ask("class:infusion-pump unit:Unit-7", "", 100))
	b.Run("by address", ask("ip:10.0.4.1", "", 100))
	b.Run("free text", ask("sn00701", "", 100))
	b.Run("free text, many", ask("plum", "", 100))
	b.Run("part of a hardware address", ask(`"00:03:b1:01:1"`, "", 100))
	b.Run("facets", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.Facets(context.Background(), nurse, []string{"class", "unit", "manufacturer", "status"}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("apply 500 known", func(b *testing.B) {
		batch := traffic.Batch{Site: "north", Sensor: "s1"}
		for i := range 500 {
			o := seen(fmt.Sprintf("00:03:b1:%02x:%02x:%02x", i>>16&255, i>>8&255, i&255), netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String(), "arp", 0)
			o.Time = monday.Add(time.Hour)
			batch.Observations = append(batch.Observations, o)
		}
		for b.Loop() {
			if err := r.Apply(context.Background(), nurse, batch, asset.Position{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestALongListIsTakenInWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in -short: lists 100,000 devices")
	}
	inv, err := asset.ReadCMMS("x.csv", bytes.NewReader(inventory(2_000)), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := registry(storetest.New(t))
	report, err := r.ImportInventory(context.Background(), nurse, inv, asset.ImportOptions{})
	if err != nil || report.New != 2_000 {
		t.Fatalf("%d new of 2,000: %v", report.New, err)
	}
	counts, err := r.Counts(context.Background(), nurse)
	if err != nil || counts.Total != 2_000 {
		t.Errorf("%d devices, %v", counts.Total, err)
	}
}
