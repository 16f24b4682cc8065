package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/format/query"
)

func TestBothEnginesHaveTheSameSteps(t *testing.T) {
	names := func(engine string) (all []string) {
		steps, err := fs.Glob(migrations, "migrate/"+engine+"/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			all = append(all, path.Base(s))
		}
		return all
	}
	if lite, pg := names("sqlite"), names("postgres"); !reflect.DeepEqual(lite, pg) || len(lite) == 0 {
		t.Errorf("sqlite has %v and postgres %v", lite, pg)
	}
}

// shape returns the columns of each table in their order, and its primary key.
func shape(t *testing.T, db *DB) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := db.view(context.Background(), func(tx *sql.Tx) error {
		tables, err := db.tables(context.Background(), tx)
		if err != nil {
			return err
		}
		for _, name := range tables {
			if all[name], err = db.columns(context.Background(), tx, name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBothEnginesHaveTheSameTables(t *testing.T) {
	lite := shape(t, open(t))
	t.Run("tenant comes first", func(t *testing.T) {
		for name, columns := range lite {
			if name != "meta" && columns[0] != "tenant" && !strings.Contains(strings.Join(columns, " "), "hash") {
				t.Errorf("table %s begins with %s", name, columns[0])
			}
		}
	})
	t.Run("postgres", func(t *testing.T) {
		db, err := Open(context.Background(), Config{PostgresURL: emptySchema(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if pg := shape(t, db); !reflect.DeepEqual(lite, pg) {
			t.Errorf("sqlite has %v\npostgres has %v", lite, pg)
		}
	})
}

func TestTheSchemaGoesDownAndUpAgain(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx := context.Background()
		p, err := db.provider()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.DownTo(ctx, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Up(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestAStoreOfANewerProgramIsRefused(t *testing.T) {
	db := open(t)
	if _, err := db.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.migrate(context.Background(), false); err == nil || !strings.Contains(err.Error(), "newer program") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsOldIsRemovedCountedAndRecorded(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx := context.Background()
		db.clock = func() time.Time { return monday }
		day := func(n int) int64 { return monday.AddDate(0, 0, -n).UnixMicro() }
		err := db.update(ctx, func(tx *sql.Tx) error {
			for i := range 3 * sweepChunk / 2 {
				_, err := tx.ExecContext(ctx, `INSERT INTO coverage (tenant, site, sensor, from_at, until_at, packets, bytes, dropped, evicted, truncated, malformed, missing)
					VALUES ('', 'north', 's', $1, $2, 0, 0, 0, 0, 0, 0, 0)`, day(400)+int64(i), day(400)+int64(i)+1)
				if err != nil {
					return err
				}
			}
			for i, state := range []string{"done", "running", "done"} {
				_, err := tx.ExecContext(ctx, `INSERT INTO job (tenant, id, kind, state, title, site, by_id, created_at, doc) VALUES ('', $1, 'x', $2, '', '', '', $3, '{}')`,
					fmt.Sprint(i), state, day(100-i*45))
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time nothing is left to do, nor to record
			removed, err := db.Sweep(ctx, bedrail.Scope{}, DefaultRetention(), bedrail.SystemActor("retention", ""))
			if err != nil {
				t.Fatal(err)
			}
			if len(removed) > 0 && !reflect.DeepEqual(removed, map[string]int64{"coverage": 3 * sweepChunk / 2, "job": 1}) {
				t.Errorf("removed %v", removed)
			}
		}
		page, err := db.AuditPage(ctx, bedrail.Scope{}, query.Request{})
		if err != nil || page.Total != 1 || page.Items[0].Note != fmt.Sprintf("removed by age: %d of coverage older than 396 days, 1 of job older than 90 days", 3*sweepChunk/2) {
			t.Errorf("on record: %+v (%v)", page.Items, err)
		}
	})
}
