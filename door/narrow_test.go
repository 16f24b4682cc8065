package door

import (
	"slices"
	"testing"

	"bedrail"
)

func TestASiteOnlyNarrows(t *testing.T) {
	all, north := bedrail.Scope{Tenant: "t"}, bedrail.Scope{Tenant: "t", Sites: []string{"north", "south"}, Units: []string{"ICU"}}
	for name, c := range map[string]struct {
		in    bedrail.Scope
		site  string
		sites []string
		kind  bedrail.Kind
	}{
		"no site asked for changes nothing":         {in: north, sites: north.Sites},
		"who may see all sees one":                  {in: all, site: "north", sites: []string{"north"}},
		"who may see two sees one":                  {in: north, site: "south", sites: []string{"south"}},
		"a site that one may not see is no way out": {in: north, site: "east", sites: north.Sites, kind: bedrail.Denied},
	} {
		got, err := narrow(c.in, c.site)
		if !slices.Equal(got.Sites, c.sites) || !slices.Equal(got.Units, c.in.Units) || err != nil && bedrail.KindOf(err) != c.kind || (err != nil) != (c.kind != "") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
