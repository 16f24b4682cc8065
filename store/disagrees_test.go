package store

import (
	"context"
	"testing"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/traffic"
)

// A device is found by what its evidence disagrees about, also one that was
// kept before there was a word for it (step 188).
func TestWhatTheEvidenceDisagreesAboutIsFound(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx, in := context.Background(), bedrail.Scope{Tenant: "t"}
		about := func(all ...traffic.Attribute) (out []asset.Disagreement) {
			for _, a := range all {
				out = append(out, asset.Disagreement{Attribute: a, Values: []asset.Rival{{Value: "one\x00"}, {Value: "other"}}})
			}
			return out
		}
		if _, err := db.ApplyAssets(ctx, "t", asset.Delta{Devices: []asset.Kept{
			{Device: asset.Device{ID: "dev_1", Version: 1, Conflicts: about(traffic.Hostname, traffic.Model)}},
			{Device: asset.Device{ID: "dev_2", Version: 1, Conflicts: about(traffic.Model)}},
			{Device: asset.Device{ID: "dev_3", Version: 1, Conflicts: []asset.Disagreement{}}},
			{Device: asset.Device{ID: "dev_4", Version: 1}},
		}}, nil); err != nil {
			t.Fatal(err)
		}
		holds := func(filter string, want ...string) {
			t.Helper()
			f, err := query.Parse(filter)
			if err != nil {
				t.Fatal(err)
			}
			page, err := db.Devices(ctx, in, query.Request{Filter: f, Limit: 10})
			if err != nil || len(page.Items) != len(want) {
				t.Fatalf("%s: got %d devices, %v; want %v", filter, len(page.Items), err, want)
			}
			for i, d := range page.Items {
				if d.ID != want[i] {
					t.Errorf("%s: got %s, want %s", filter, d.ID, want[i])
				}
			}
		}
		check := func() {
			t.Helper()
			holds("disagrees:hostname", "dev_1")
			holds("disagrees:model", "dev_1", "dev_2")
			holds("conflict:yes -disagrees:hostname", "dev_2")
			facets, err := db.DeviceFacets(ctx, in, []string{"disagrees"}, nil)
			if err != nil || len(facets) != 1 || len(facets[0].Values) != 2 || facets[0].Values[0] != (asset.Tally{Value: "model", Count: 2}) {
				t.Errorf("got %+v, %v", facets, err)
			}
		}
		check()
		p, err := db.provider()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.DownTo(ctx, 187); err != nil {
			t.Fatal(err)
		}
		if _, err := p.UpTo(ctx, 188); err != nil {
			t.Fatal(err)
		}
		check()
		// Older steps read the document too, in which a NUL is no text for PostgreSQL.
		if _, err := db.write.ExecContext(ctx, `UPDATE device_doc SET doc = '{"id":"dev_2","conflicts":[{"attribute":"model","values":[{"value":"one\u0000"}]}],"firstSeen":"2026-03-02T08:00:00Z"}' WHERE id = 'dev_2'`); err != nil {
			t.Fatal(err)
		}
		if _, err := p.DownTo(ctx, 174); err != nil {
			t.Fatal(err)
		}
		if _, err := p.UpTo(ctx, 188); err != nil {
			t.Fatal(err)
		}
		check()
		// Once they agree, the word goes.
		if _, err := db.ApplyAssets(ctx, "t", asset.Delta{Devices: []asset.Kept{{Device: asset.Device{ID: "dev_1", Version: 2, Conflicts: about(traffic.Model)}}}}, nil); err != nil {
			t.Fatal(err)
		}
		holds("disagrees:hostname")
	})
}
