package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/traffic"
)

// A channel and what it was drafted to take over are kept together or not at
// all.
func TestADraftAndWhatItTakesOverAreOneCommit(t *testing.T) {
	db, ctx, in := open(t), t.Context(), bedrail.Scope{Tenant: "main"}
	draft := func(name, takesOver string) error {
		c := exchange.Channel{State: exchange.Paused, Origin: exchange.FromPerson, ChangedAt: time.Unix(1, 0), By: "person:1", TakesOver: takesOver,
			Definition: exchange.Definition{Name: name, Source: exchange.Endpoint{Kind: "mllp", Settings: json.RawMessage(`{}`)}}}
		_, err := db.SaveChannel(ctx, in, c, audit.Entry{By: bedrail.SystemActor("test", "main"), Did: exchange.WriteChannels, To: name})
		return err
	}
	look := func() (channels, adoptions int) {
		all, err := db.Channels(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		adopted, err := db.Adoptions(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range adopted {
			if a.Channel == "" || a.ID == "" || a.By != "person:1" {
				t.Errorf("%+v", a)
			}
		}
		return len(all), len(adopted)
	}
	if err := draft("pumps", "sh_1"); err != nil {
		t.Fatal(err)
	}
	if err := draft("pumps", "sh_2"); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("a second channel of that name: %v", err)
	}
	if err := draft("plain", ""); err != nil {
		t.Fatal(err)
	}
	if c, a := look(); c != 2 || a != 1 {
		t.Errorf("%d channels and %d adoptions, want 2 and 1", c, a)
	}
	err := db.update(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TRIGGER no_adoption BEFORE INSERT ON shadow_adoption BEGIN SELECT RAISE(ABORT, 'no'); END`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := draft("scanners", "sh_3"); err == nil {
		t.Error("an adoption that could not be kept was passed over")
	}
	if c, a := look(); c != 2 || a != 1 {
		t.Errorf("after a failure: %d channels and %d adoptions, want 2 and 1", c, a)
	}
}

// A recording of long ago is kept whatever the clock says, also one that comes
// in while the sweep begins; beside what is heard today it goes.
func TestOldRecordingsOutliveTheSweep(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx, in := t.Context(), bedrail.Scope{Tenant: "t"}
		now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
		const keep = 90 * 24 * time.Hour
		heard := func(minute time.Time) {
			t.Helper()
			if _, err := db.ApplyAssets(ctx, "t", asset.Delta{Overheard: []traffic.Overheard{{Site: "north", Sensor: "s", Protocol: "hl7v2", Minute: minute}}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		sweep := func(want int) {
			t.Helper()
			n, err := db.SweepShadow(ctx, in, now, keep, audit.Entry{By: bedrail.SystemActor("retention", "t"), Did: "system:configure", To: "shadow"})
			if err != nil || n != want {
				t.Errorf("%d days went, want %d: %v", n, want, err)
			}
		}
		sweep(0)
		old := now.AddDate(-3, 0, 0)
		heard(old)
		heard(old.Add(-keep / 2))
		sweep(0)
		heard(old.Add(-keep - 48*time.Hour)) // too old even for the recording
		sweep(1)
		heard(now)
		sweep(2)
		heard(now.Add(48 * time.Hour)) // a sensor whose clock runs ahead takes nothing away
		sweep(0)
		if days, err := db.ShadowDays(ctx, in, time.Time{}); err != nil || len(days) != 2 {
			t.Errorf("%d days are left, %v", len(days), err)
		}
	})
}
