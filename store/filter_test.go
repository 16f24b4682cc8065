package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/format/query"
)

var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// things makes a small table that has a field of each kind.
func things(t *testing.T, db *DB) listing {
	t.Helper()
	ctx := context.Background()
	err := db.update(ctx, func(tx *sql.Tx) error {
		for _, text := range []string{
			`CREATE TABLE thing (tenant TEXT, id TEXT, name TEXT, class TEXT, beds BIGINT, seen BIGINT, severity TEXT, owner TEXT, site TEXT)`,
			`CREATE TABLE thing_tag (tenant TEXT, thing TEXT, tag TEXT)`,
			`INSERT INTO thing VALUES ('', 'a', 'Infusomat Space', 'infusion-pump', 3, ` + fmt.Sprint(monday.Add(-time.Hour).UnixMicro()) + `, 'high', 'Ward 100%', 'north')`,
			`INSERT INTO thing VALUES ('', 'b', 'infusomat P', 'infusion-pump', 1, ` + fmt.Sprint(monday.AddDate(0, 0, -3).UnixMicro()) + `, 'critical', NULL, 'south')`,
			`INSERT INTO thing VALUES ('', 'c', 'MX800', 'patient-monitor', 1, ` + fmt.Sprint(monday.AddDate(0, 0, -10).UnixMicro()) + `, 'low', 'Ward 1001', 'north')`,
			`INSERT INTO thing VALUES ('other', 'd', 'MX800', 'patient-monitor', 1, 0, 'low', '', 'north')`,
			`INSERT INTO thing_tag VALUES ('', 'a', 'spare'), ('', 'c', 'loan'), ('', 'c', 'spare')`,
		} {
			if _, err := tx.Exec(text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l := listing{
		columns: "x.id", from: "thing x", key: "x.id", free: []string{"x.name", "x.owner"},
		fields: fields{
			"name": textField("x.name"), "owner": textField("x.owner"),
			"class": wordField("x.class", "infusion-pump", "patient-monitor"),
			"beds":  numberField("x.beds"), "seen": timeField("x.seen"), "many": yesField("x.beds > 2"),
			"severity": rankField("x.severity", "none", "low", "medium", "high", "critical"),
			"tag":      memberField("SELECT 1 FROM thing_tag g WHERE g.tenant = x.tenant AND g.thing = x.id", wordField("g.tag")),
		},
	}
	l.where.scope(bedrail.Scope{}, "x.tenant", "x.site", "")
	return l
}

func list(t *testing.T, db *DB, l listing, req query.Request) (query.Page[string], error) {
	t.Helper()
	var page query.Page[string]
	err := db.view(context.Background(), func(tx *sql.Tx) (err error) {
		page, err = listPage(context.Background(), tx, l, req, monday, func(row scanner) (id string, err error) {
			return id, row.Scan(&id)
		})
		return err
	})
	return page, err
}

func TestFilterIsAskedInSQL(t *testing.T) {
	tests := map[string]string{ // filter -> ids
		"":                                "a b c",
		"name:mx800":                      "c", // without regard to case
		"name:infusomat*":                 "a b",
		"-name:infusomat*":                "c",
		"name!=mx800":                     "a b",
		"name:mx800,\"infusomat p\"":      "b c",
		"class:infusion-pump":             "a b",
		"class!=infusion-pump":            "c",
		"-class!=infusion-pump":           "a b",
		"beds>1":                          "a",
		"beds>=1.5":                       "a",
		"beds:1":                          "b c",
		"seen<7d":                         "a b", // less than seven days ago
		"seen>7d":                         "c",
		"seen:2026-03-02":                 "a",
		"seen<2026-02-21":                 "c",
		"seen>2026-02-20":                 "a b",
		"seen>=2026-02-27T08:00:00Z":      "a b",
		"many:yes":                        "a",
		"many:no":                         "b c",
		"severity>=high":                  "a b",
		"severity<low":                    "",
		"severity:low,critical":           "b c",
		"tag:spare":                       "a c",
		"-tag:spare":                      "b",
		"tag:loan,none":                   "c",
		"owner:\"\"":                      "b",
		"-owner:ward*":                    "b", // an unknown owner is not one of the ward
		"100%":                            "a", // a per cent sign is only itself
		"space":                           "a",
		"-space":                          "b c",
		"class:infusion-pump tag:spare":   "a",
		"ward severity:low":               "c",
		"name:\"'; DROP TABLE thing;--\"": "",
	}
	eachEngine(t, func(t *testing.T, db *DB) {
		l := things(t, db)
		for text, want := range tests {
			f, err := query.Parse(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			page, err := list(t, db, l, query.Request{Filter: f})
			if got := strings.Join(page.Items, " "); got != want || err != nil || page.Total != len(page.Items) {
				t.Errorf("%s: got %q of %d (%v), want %q", text, got, page.Total, err, want)
			}
		}
	})
}

func TestFilterRefusesWhatItDoesNotKnow(t *testing.T) {
	db := open(t)
	l := things(t, db)
	for text, want := range map[string]string{
		"colour:red":      "beds, class, many, name, owner, seen, severity, tag",
		"class:pump":      "infusion-pump, patient-monitor",
		"class>a":         "use : or !=",
		"beds:many":       "not a number",
		"seen<yesterday":  "such as 7d",
		"many:perhaps":    "neither yes nor no",
		"severity:severe": "none, low, medium, high, critical",
	} {
		f, err := query.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = list(t, db, l, query.Request{Filter: f})
		if bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an Invalid that says %q", text, err, want)
		}
	}
	_, err := list(t, db, l, query.Request{Sort: query.ParseSort("tag")})
	if bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("sorting by a list of tags: got %v, want Invalid", err)
	}
}

func TestPagesMeetWithoutGapOrOverlap(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *DB) {
		l := things(t, db)
		for sort, want := range map[string]string{
			"": "a b c", "name": "b a c", "-name": "c a b", "beds,-seen": "b c a", "-severity": "b a c", "-beds,name": "a b c", "owner": "b a c",
		} {
			for limit := 1; limit <= 4; limit++ {
				req := query.Request{Sort: query.ParseSort(sort), Limit: limit}
				var got []string
				for range 5 {
					page, err := list(t, db, l, req)
					if err != nil {
						t.Fatalf("sort %q: %v", sort, err)
					}
					got = append(got, page.Items...)
					if page.Total != 3 {
						t.Errorf("sort %q: total %d, want 3", sort, page.Total)
					}
					if req.Cursor = page.Next; page.Next == "" {
						break
					}
				}
				if strings.Join(got, " ") != want {
					t.Errorf("sort %q by %d: got %v, want %s", sort, limit, got, want)
				}
			}
		}
		page, err := list(t, db, l, query.Request{Offset: 2})
		if err != nil || !slices.Equal(page.Items, []string{"c"}) {
			t.Errorf("offset 2: got %v (%v), want c", page.Items, err)
		}
		first, _ := list(t, db, l, query.Request{Limit: 1})
		for name, cursor := range map[string]string{"of another order": first.Next, "that is noise": "!!", "that is empty JSON": "e30"} {
			_, err := list(t, db, l, query.Request{Limit: 1, Cursor: cursor, Sort: query.ParseSort("name")})
			if bedrail.KindOf(err) != bedrail.Invalid {
				t.Errorf("a cursor %s: got %v, want Invalid", name, err)
			}
		}
	})
}

func TestScopeHidesOtherPlaces(t *testing.T) {
	db := open(t)
	l := things(t, db)
	for name, tt := range map[string]struct {
		scope bedrail.Scope
		want  string
	}{
		"a site":                       {bedrail.Scope{Sites: []string{"north"}}, "a c"},
		"another tenant":               {bedrail.Scope{Tenant: "other"}, "d"},
		"units where rows have none":   {bedrail.Scope{Units: []string{"ICU"}}, ""},
		"several sites":                {bedrail.Scope{Sites: []string{"north", "south"}}, "a b c"},
		"a tenant that does not exist": {bedrail.Scope{Tenant: "none"}, ""},
	} {
		l.where = where{}
		l.where.scope(tt.scope, "x.tenant", "x.site", "")
		page, err := list(t, db, l, query.Request{})
		if got := strings.Join(page.Items, " "); got != tt.want || err != nil {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, tt.want)
		}
	}
}
