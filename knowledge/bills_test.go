package knowledge_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/knowledge"
	"bedrail/sbom"
	"bedrail/store"
	"bedrail/store/storetest"
)

type allowed struct{}

func (allowed) Authorize(context.Context, bedrail.Actor, bedrail.Action, bedrail.Resource) error {
	return nil
}

// TestABillThatWasReplacedSaysSo asks what was known on the day of each of two
// bills of one model.
func TestABillThatWasReplacedSaysSo(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		ctx, at := context.Background(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		clock := func() time.Time { return at }
		c.Clock = clock
		db := storetest.Open(t, c)
		ana := bedrail.Actor{ID: "u1", Name: "ana", Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "t"}}
		shelf := &sbom.Shelf{Store: db, Auth: allowed{}, Clock: clock}
		archive := &knowledge.Archive{Store: db, Auth: allowed{}, Clock: clock, Tenant: "t", Devices: func(context.Context, func(asset.Device)) error { return nil }}
		for day, version := range []string{"1.0.0", "2.0.0"} {
			at = time.Date(2026, 3, 1+2*day, 12, 0, 0, 0, time.UTC)
			bill := fmt.Sprintf(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"left","version":%q,"purl":"pkg:npm/left@%[1]s"}]}`, version)
			if _, err := shelf.Import(ctx, ana, "b.json", asset.ModelKey{Manufacturer: "Acme", Model: "Pump", Version: "4"}, strings.NewReader(bill)); err != nil {
				t.Fatal(err)
			}
		}
		at = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
		for day, replaced := range map[int]bool{2: true, 4: false} {
			v, err := archive.AsOf(ctx, ana, knowledge.Ask{At: time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			if len(v.Bills) != 1 || v.Bills[0].Replaced != replaced {
				t.Errorf("on day %d: got %+v, want one bill, replaced since: %v", day, v.Bills, replaced)
			}
		}
	})
}
