package desk_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/access"
	"bedrail/desk"
	"bedrail/store"
	"bedrail/store/storetest"
)

func person(id, role string, units ...string) bedrail.Actor {
	return bedrail.Actor{ID: id, Name: id, Kind: bedrail.Person, Scope: bedrail.Scope{Tenant: "t", Units: units}, Grants: []bedrail.Grant{{Role: role}}}
}

func service(t *testing.T, db *store.DB, now *time.Time) *desk.Service {
	t.Helper()
	policy, err := access.NewPolicy()
	if err != nil {
		t.Fatal(err)
	}
	return &desk.Service{Store: db, Auth: policy, Clock: func() time.Time { return *now }}
}

func names(views []desk.View) string {
	var out []string
	for _, v := range views {
		name := v.Name
		if v.Standard {
			name += "*"
		}
		if !v.Mine {
			name += " of " + v.OwnerName
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

func TestViewsAreOnesOwnUntilTheyAreShared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := context.Background(), time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		s := service(t, db, &now)
		ana, ben, eve := person("usr_ana", "clinical-engineer"), person("usr_ben", "security-analyst"), person("usr_eve", "viewer")
		save := func(by bedrail.Actor, v desk.View) desk.View {
			t.Helper()
			v, err := s.SaveView(ctx, by, v)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		expect := func(by bedrail.Actor, list, want string) {
			t.Helper()
			views, err := s.Views(ctx, by, list)
			if got := names(views); err != nil || got != want {
				t.Errorf("%s sees %q of %q, want %q: %v", by.Name, got, list, want, err)
			}
		}
		pumps := save(ana, desk.View{List: "devices", Name: "Pumps", Search: "?filter=class:infusion-pump"})
		shared := save(ana, desk.View{List: "devices", Name: "Silent", Search: "?filter=-last_seen<7d", Shared: true, Standard: true})
		save(ben, desk.View{List: "findings", Name: "Exploited", Search: "?filter=kev:yes"})
		expect(ana, "devices", "Pumps, Silent*")
		expect(ben, "devices", "Silent of usr_ana")
		expect(ben, "", "Silent of usr_ana, Exploited")
		expect(eve, "devices", "Silent of usr_ana")

		if again := save(ana, desk.View{List: "devices", Name: "Pumps", Search: "?filter=class:infusion-pump+unit:ICU"}); again.ID != pumps.ID {
			t.Errorf("a view of the same name is another: %s and %s", again.ID, pumps.ID)
		}
		if err := s.SetDefault(ctx, eve, shared.ID, true); err != nil {
			t.Fatal(err)
		}
		expect(eve, "devices", "Silent* of usr_ana")
		expect(ben, "devices", "Silent of usr_ana")
		if err := s.SetDefault(ctx, ana, pumps.ID, true); err != nil {
			t.Fatal(err)
		}
		expect(ana, "devices", "Pumps*, Silent")

		token := ana
		token.Owner, token.ID, token.Kind = ana.ID, "tok_1", bedrail.Token
		expect(token, "devices", "Pumps*, Silent")
		byToken := save(token, desk.View{List: "patches", Name: "Old", Search: "?filter=age>7d"})
		expect(ana, "patches", "Old")
		if err := s.RemoveView(ctx, ana, byToken.ID); err != nil {
			t.Errorf("what one's own token keeps one may not remove: %v", err)
		}

		for name, c := range map[string]struct {
			err  error
			kind bedrail.Kind
		}{
			"who only looks shares nothing":         {second(s.SaveView(ctx, eve, desk.View{List: "devices", Name: "Mine", Shared: true})), bedrail.Denied},
			"what somebody shared only they remove": {s.RemoveView(ctx, ben, shared.ID), bedrail.Denied},
			"a view of somebody's own is not there": {s.RemoveView(ctx, ben, pumps.ID), bedrail.NotFound},
			"a view needs a name":                   {second(s.SaveView(ctx, ana, desk.View{List: "devices", Name: " "})), bedrail.Invalid},
			"and a list":                            {second(s.SaveView(ctx, ana, desk.View{List: "../x", Name: "x"})), bedrail.Invalid},
			"of a list that there is":               {second(s.SaveView(ctx, ana, desk.View{List: "divices", Name: "x"})), bedrail.Invalid},
			"and a filter that can be read":         {second(s.SaveView(ctx, ana, desk.View{List: "devices", Name: "x", Search: "?filter=class:%22pump"})), bedrail.Invalid},
			"and an address that can be read":       {second(s.SaveView(ctx, ana, desk.View{List: "devices", Name: "x", Search: "?a=%zz"})), bedrail.Invalid},
			"somebody else's is not written over":   {second(s.SaveView(ctx, ben, desk.View{ID: pumps.ID, List: "devices", Name: "x"})), bedrail.NotFound},
		} {
			if bedrail.KindOf(c.err) != c.kind {
				t.Errorf("%s: got %v", name, c.err)
			}
		}
		if err := s.RemoveView(ctx, ana, shared.ID); err != nil {
			t.Fatal(err)
		}
		expect(eve, "devices", "")
	})
}

func second[T any](_ T, err error) error { return err }

func TestANoticeReachesWhoItConcernsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := context.Background(), time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		s := service(t, db, &now)
		var rung []string
		s.Posted = append(s.Posted, func(_ context.Context, _ string, n desk.Notice) { rung = append(rung, n.Title) })
		for _, n := range []desk.Notice{
			{Kind: "job.failed", Title: "for Ana", For: "usr_ana"},
			{Kind: "finding.exploited", Title: "in the ICU", Unit: "ICU", Needs: "finding:read"},
			{Kind: "disk.low", Title: "disk", Needs: "system:read"},
		} {
			now = now.Add(time.Second)
			if err := s.Post(ctx, "t", n); err != nil {
				t.Fatal(err)
			}
		}
		titles := func(by bedrail.Actor) (string, int) {
			t.Helper()
			list, unread, err := s.Notices(ctx, by)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, n := range list {
				out = append(out, n.Title)
			}
			return strings.Join(out, ", "), unread
		}
		ana, ben := person("usr_ana", "clinical-engineer"), person("usr_ben", "security-analyst", "ED")
		if got, n := titles(ana); got != "in the ICU, for Ana" || n != 2 {
			t.Errorf("Ana is told %q, %d unread", got, n)
		}
		if got, n := titles(ben); got != "disk" || n != 1 {
			t.Errorf("Ben of the ED is told %q, %d unread", got, n)
		}
		if err := s.MarkRead(ctx, ana, nil); err != nil {
			t.Fatal(err)
		}
		if _, n := titles(ana); n != 0 {
			t.Errorf("%d are unread after reading all", n)
		}
		if _, n := titles(ben); n != 1 {
			t.Errorf("what Ana read, Ben has read too")
		}
		before := len(rung)
		for _, n := range []desk.Notice{
			{Kind: "exposure.new", Title: "pump exposed", Key: "fnd_1", Needs: "finding:read", Facts: map[string]string{"devices": "3"}},
			{Kind: "exposure.new", Title: "pump exposed again", Key: "fnd_1", Needs: "finding:read"},
			{Kind: "contradiction.new", Title: "of another kind", Key: "fnd_1", Needs: "finding:read"},
			{Kind: "exposure.new", Title: "one of many", Passing: true},
		} {
			if err := s.Post(ctx, "t", n); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.Join(rung[before:], ", "); got != "pump exposed, of another kind, one of many" {
			t.Errorf("of one key is told once, and what passes is sent on: %q", got)
		}
		facts := func(by bedrail.Actor, kind string) map[string]string {
			list, _, err := s.Notices(ctx, by)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range list {
				if n.Title == "one of many" {
					t.Errorf("what only passes is kept")
				}
				if n.Kind == kind {
					return n.Facts
				}
			}
			return nil
		}
		if got := facts(ana, "exposure.new")["devices"]; got != "3" {
			t.Errorf("the facts of a notice are %q", got)
		}
		if got := facts(ben, "exposure.new"); got != nil {
			t.Errorf("who sees the ED only is told what is counted in the whole house: %v", got)
		}
		rung = rung[:before]
		now = now.AddDate(0, 0, 91)
		if err := s.Post(ctx, "t", desk.Notice{Kind: "x", Title: "new"}); err != nil {
			t.Fatal(err)
		}
		if got, n := titles(ana); got != "new" || n != 1 {
			t.Errorf("after three months Ana is told %q, %d unread", got, n)
		}
		if len(rung) != 4 {
			t.Errorf("the bell rang for %q", rung)
		}
	})
}
