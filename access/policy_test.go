package access_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"bedrail"
	"bedrail/access"
)

func newPolicy(t *testing.T) *access.Policy {
	t.Helper()
	p, err := access.NewPolicy()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// readTable reads testdata/roles.txt: one line for each action with the roles
// that may do it. It is written by hand and is what a hospital is told.
func readTable(t *testing.T) map[bedrail.Action][]access.Role {
	t.Helper()
	f, err := os.Open("testdata/roles.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := make(map[bedrail.Action][]access.Role)
	for s := bufio.NewScanner(f); s.Scan(); {
		line, _, _ := strings.Cut(s.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		for _, w := range words[1:] {
			table[bedrail.Action(words[0])] = append(table[bedrail.Action(words[0])], access.Role(w))
		}
	}
	return table
}

func TestEveryRoleMayDoWhatTheTableSaysAndNothingElse(t *testing.T) {
	p, table := newPolicy(t), readTable(t)
	for _, what := range access.Actions() {
		if table[what] == nil {
			t.Errorf("the table has no line for %s", what)
		}
	}
	for what := range table {
		if !slices.Contains(access.Actions(), what) {
			t.Errorf("the table has a line for %s, which is no action", what)
		}
	}
	// Every role at every sort of place, for every action on every sort of
	// resource, as a person and as a token.
	places := []bedrail.Grant{{}, {Site: "north"}, {Site: "north", Unit: "icu"}, {Site: "south"}, {Site: "south", Unit: "icu"}}
	things := []bedrail.Resource{
		{Type: "x"}, {Type: "x", ID: "1"}, {Type: "x", ID: "1", Site: "north"}, {Type: "x", ID: "1", Site: "north", Unit: "icu"},
		{Type: "x", ID: "1", Site: "north", Unit: "er"}, {Type: "x", ID: "1", Site: "south", Unit: "icu"},
	}
	cells := 0
	for _, role := range append(access.Roles(), "nobody", "") {
		for _, place := range places {
			for _, what := range append(access.Actions(), "device:destroy", "") {
				for _, thing := range things {
					for _, kind := range []bedrail.ActorKind{bedrail.Person, bedrail.Token} {
						cells++
						grant := bedrail.Grant{Role: string(role), Site: place.Site, Unit: place.Unit}
						by := bedrail.Actor{ID: "a", Kind: kind, Grants: []bedrail.Grant{grant}}
						got := p.Authorize(t.Context(), by, what, thing) == nil
						want := slices.Contains(table[what], role) && reaches(grant, what, thing) && mayKind(kind, what)
						if got != want {
							t.Errorf("%s as %s at %q/%q may %s on %+v: got %t, want %t", kind, role, place.Site, place.Unit, what, thing, got, want)
						}
					}
				}
			}
		}
	}
	t.Logf("%d cells", cells)
}

// reaches says in Go what the first rule that forbids says in Cedar.
func reaches(g bedrail.Grant, what bedrail.Action, thing bedrail.Resource) bool {
	if g.Site == "" || g.Site == thing.Site && (g.Unit == "" || g.Unit == thing.Unit) {
		return true
	}
	if slices.Contains([]bedrail.Action{"bill:read", "feed:read", "role:read", "mapping:read", "token:write-own", "view:write-own", "view:share", "notice:read", "model:read", "procure:read"}, what) {
		return true
	}
	list := thing.ID == "" && thing.Site == "" && thing.Unit == ""
	return list && slices.Contains([]bedrail.Action{"device:read", "traffic:read", "finding:read", "job:read", "channel:read", "message:read", "patch:read", "quality:read", "sensor:read"}, what)
}

func mayKind(kind bedrail.ActorKind, what bedrail.Action) bool {
	return kind != bedrail.Token || !slices.Contains([]bedrail.Action{"token:write-own", "token:write", "user:write"}, what)
}

func TestWhoHasNoGrantMayDoNothing(t *testing.T) {
	p := newPolicy(t)
	for _, by := range []bedrail.Actor{{}, {ID: "usr_1", Kind: bedrail.Person}, {Kind: bedrail.System}} {
		for _, what := range access.Actions() {
			if p.Authorize(t.Context(), by, what, bedrail.Resource{}) == nil {
				t.Errorf("%+v may %s", by, what)
			}
		}
	}
}

func TestARefusalSaysWhoCould(t *testing.T) {
	p := newPolicy(t)
	viewer := bedrail.Grant{Role: "viewer"}
	for name, c := range map[string]struct {
		by   bedrail.Actor
		what bedrail.Action
		res  bedrail.Resource
		want string
	}{
		"another role could":              {bedrail.Actor{ID: "a", Grants: []bedrail.Grant{viewer}}, "device:tag", bedrail.Resource{ID: "1"}, "clinical-engineer"},
		"the same role elsewhere could":   {bedrail.Actor{ID: "a", Grants: []bedrail.Grant{{Role: "clinical-engineer", Site: "north"}}}, "device:tag", bedrail.Resource{ID: "1", Site: "south", Unit: "icu"}, "does not reach unit icu"},
		"a person could and a token not":  {bedrail.Actor{ID: "a", Kind: bedrail.Token, Grants: []bedrail.Grant{{Role: "administrator"}}}, "user:write", bedrail.Resource{}, "sign in as a person"},
		"nobody could, as it is no thing": {bedrail.Actor{ID: "a", Grants: []bedrail.Grant{{Role: "administrator"}}}, "device:destroy", bedrail.Resource{}, "nobody may"},
	} {
		t.Run(name, func(t *testing.T) {
			err := p.Authorize(t.Context(), c.by, c.what, c.res)
			if bedrail.KindOf(err) != bedrail.Denied || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a Denied error that holds %q", err, c.want)
			}
		})
	}
}

func BenchmarkAuthorize(b *testing.B) {
	p, err := access.NewPolicy()
	if err != nil {
		b.Fatal(err)
	}
	by := bedrail.Actor{ID: "a", Kind: bedrail.Person, Grants: []bedrail.Grant{{Role: "clinical-engineer", Site: "north", Unit: "icu"}}}
	for b.Loop() {
		if p.Authorize(b.Context(), by, "device:tag", bedrail.Resource{Type: "device", ID: "1", Site: "north", Unit: "icu"}) != nil {
			b.Fatal("denied")
		}
	}
}
