package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/exchange"
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
