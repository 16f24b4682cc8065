package sbom_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
	"bedrail/sbom"
	"bedrail/store"
	"bedrail/store/storetest"
)

type allowed struct{}

func (allowed) Authorize(context.Context, bedrail.Actor, bedrail.Action, bedrail.Resource) error {
	return nil
}

var buyer = bedrail.Actor{ID: "u1", Name: "buyer", Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "t"}}

// bill is a document of one component at a version.
func bill(component string) string {
	return `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"left","version":"` + component + `","purl":"pkg:npm/left@` + component + `"}]}`
}

func TestEveryBillOfAModelStaysKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
		shelf := &sbom.Shelf{Store: db, Auth: allowed{}, Clock: func() time.Time { now = now.Add(time.Hour); return now }}
		add := func(version, text string) sbom.Bill {
			t.Helper()
			b, err := shelf.Import(ctx, buyer, "pump.json", asset.ModelKey{Manufacturer: "Acme", Model: "Drip", Version: version}, strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		first, second := add("4.1", bill("1.0.0")), add("4.1", bill("2.0.0"))
		other := add("5.0", bill("1.0.0"))
		if again := add("5.0", bill("1.0.0")); again.ID != other.ID {
			t.Errorf("the same document twice: got another bill %s", again.ID)
		}
		history, err := shelf.History(ctx, buyer, second.ID)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range history {
			state := "current"
			if !e.Current {
				state = "replaced"
			}
			got = append(got, e.Model.Version+" "+e.ID+" "+state)
		}
		if want := []string{"5.0 " + other.ID + " current", "4.1 " + second.ID + " current", "4.1 " + first.ID + " replaced"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if history[1].Replaces != first.ID || history[2].ReplacedBy != second.ID || history[2].ReplacedAt.IsZero() || history[2].Components != 1 || history[0].Replaces != "" {
			t.Errorf("who replaced whom: %+v", history)
		}
		past, err := shelf.Bill(ctx, buyer, first.ID)
		if err != nil || len(past.Components) != 1 || past.Components[0].Version != "1.0.0" || past.ReplacedAt.IsZero() {
			t.Errorf("the replaced bill: %+v, %v", past, err)
		}
		d, err := shelf.Diff(ctx, buyer, first.ID, second.ID)
		if err != nil || len(d.Changed) != 1 || d.Changed[0].From != "1.0.0" || d.Changed[0].To != "2.0.0" {
			t.Errorf("difference with a replaced bill: %+v, %v", d, err)
		}
		if page, err := shelf.Bills(ctx, buyer, query.Request{}); err != nil || page.Total != 2 {
			t.Errorf("the list holds what stands now: %d, %v", page.Total, err)
		}
		back := add("4.1", bill("1.0.0"))
		history, _ = shelf.History(ctx, buyer, back.ID)
		if len(history) != 4 || !history[1].Current || history[1].ID != first.ID || history[2].ID != second.ID || history[3].ID != first.ID {
			t.Errorf("the first document again is a third edition: %+v", history)
		}
		if _, err := shelf.History(ctx, bedrail.Actor{Scope: bedrail.Scope{Tenant: "other"}}, back.ID); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("another tenant: got %v", err)
		}
	})
}
