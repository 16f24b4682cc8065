package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
	"bedrail/seal"
)

type allowAll struct{}

func (allowAll) Authorize(context.Context, bedrail.Actor, bedrail.Action, bedrail.Resource) error {
	return nil
}

var auditor = bedrail.Actor{ID: "usr_9", Name: "an.auditor", Kind: bedrail.Person}

// A recordKeeper is a store with a signed and witnessed record in it.
type recordKeeper struct {
	db     *DB
	notary *audit.Notary
	log    *audit.Log
	now    time.Time
}

func keep(t testing.TB, db *DB) *recordKeeper {
	t.Helper()
	key, err := audit.OpenSeal(filepath.Join(t.TempDir(), "audit.key"), "test")
	if err != nil {
		t.Fatal(err)
	}
	k := &recordKeeper{db: db, now: monday}
	witness := audit.FolderWitness(t.TempDir())
	clock := func() time.Time { return k.now }
	k.notary = &audit.Notary{Store: db, Seal: key, Witnesses: []audit.Witness{witness}, Clock: clock, Refuse: db.RefuseWrites, Log: slog.New(slog.DiscardHandler)}
	k.log = &audit.Log{Store: db, Auth: allowAll{}, Seal: key, Witnesses: []audit.Witness{witness}}
	return k
}

// write records n acts in batches and signs after each hundred.
func (k *recordKeeper) write(t testing.TB, n int) {
	t.Helper()
	ctx := context.Background()
	for i := range n {
		err := k.db.Record(ctx, bedrail.Scope{}, audit.Entry{
			By: auditor, Did: "device:tag", To: fmt.Sprintf("dev_%03d", i), Note: "spare", Personal: map[string]string{"reason": fmt.Sprintf("asked for by Zelda no. %d", i)},
		})
		if err != nil {
			t.Fatal(err)
		}
		if i%100 == 99 || i == n-1 {
			k.now = k.now.Add(time.Second)
			if err := k.notary.Sign(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (k *recordKeeper) verify(t testing.TB) audit.Report {
	t.Helper()
	report, err := k.log.Verify(context.Background(), auditor, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// attack changes the database behind the store's back.
func (k *recordKeeper) attack(t testing.TB, statements ...string) {
	t.Helper()
	for _, text := range statements {
		if _, err := k.db.write.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

func TestEachAttackOnTheRecordIsFound(t *testing.T) {
	const n = 700
	tests := map[string]struct {
		attack []string
		at     int64  // where the first problem must lie; -1 is anywhere
		says   string // what some problem says
	}{
		"a note is altered":          {[]string{`UPDATE audit_event SET note = 'in use' WHERE seq = 123`}, 123, "altered"},
		"another actor is put in":    {[]string{`UPDATE audit_event SET by_id = 'usr_1' WHERE seq = 0`}, 0, "altered"},
		"a time is moved":            {[]string{`UPDATE audit_event SET at = at + 1 WHERE seq = 699`}, 699, "altered"},
		"a commitment is altered":    {[]string{`UPDATE audit_event SET personal = '{}' WHERE seq = 5`}, 5, "altered"},
		"a personal value is forged": {[]string{`UPDATE audit_event SET body = CAST('{"salt":"AAAA","values":{"by.name":"else"}}' AS BLOB) WHERE seq = 77`}, 77, "personal"},
		"an entry is deleted":        {[]string{`DELETE FROM audit_event WHERE seq = 300`}, 300, "missing"},
		"two entries are swapped": {[]string{`UPDATE audit_event SET seq = 9999 WHERE seq = 10`,
			`UPDATE audit_event SET seq = 10 WHERE seq = 11`, `UPDATE audit_event SET seq = 11 WHERE seq = 9999`}, 10, "altered"},
		"the tail is cut from the events":  {[]string{`DELETE FROM audit_event WHERE seq >= 650`}, 650, "missing"},
		"a tile is altered":                {[]string{`UPDATE audit_tile SET hashes = CAST(substr(hashes, 33) || substr(hashes, 1, 32) AS BLOB) WHERE level = 0 AND n = 1`}, 256, "not what the tree holds"},
		"a tile above is altered":          {[]string{`UPDATE audit_tile SET hashes = CAST(substr(hashes, 33) || substr(hashes, 1, 32) AS BLOB) WHERE level = 1`}, -1, "level below"},
		"a hash at the edge is altered":    {[]string{`UPDATE audit_event SET leaf = CAST(substr(leaf, 2) || substr(leaf, 1, 1) AS BLOB) WHERE seq = 690`}, 690, "not what the tree holds"},
		"a hash at the edge is deleted":    {[]string{`UPDATE audit_event SET leaf = NULL WHERE seq = 690`}, 690, "lost the hash"},
		"a tile is deleted":                {[]string{`DELETE FROM audit_tile WHERE level = 0 AND n = 0`}, 0, "lost the hash"},
		"a checkpoint is altered":          {[]string{`UPDATE audit_checkpoint SET note = replace(note, '200', '201') WHERE size = 200`}, 200, "checkpoint was altered"},
		"a checkpoint is put elsewhere":    {[]string{`UPDATE audit_checkpoint SET size = 201 WHERE size = 200`}, 201, "another size"},
		"the head is altered":              {[]string{`UPDATE audit_head SET root = CAST(substr(root, 2) || substr(root, 1, 1) AS BLOB)`}, 700, "root of the tree"},
		"all checkpoints are deleted, too": {[]string{`DELETE FROM audit_checkpoint`, `DELETE FROM audit_event WHERE seq = 699`}, 699, "missing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := keep(t, open(t))
			k.write(t, n)
			if before := k.verify(t); !before.Valid || before.Entries != n || before.Witnessed != n || before.Checkpoints != 7 {
				t.Fatalf("before the attack: %+v", before)
			}
			k.attack(t, tt.attack...)
			report := k.verify(t)
			if report.Valid || len(report.Problems) == 0 {
				t.Fatal("the attack was not found")
			}
			if got := report.Problems[0].Seq; tt.at >= 0 && got != tt.at {
				t.Errorf("found at %d, want %d: %v", got, tt.at, report.Problems)
			}
			if !strings.Contains(fmt.Sprint(report.Problems), tt.says) {
				t.Errorf("got %v, want a problem that says %q", report.Problems, tt.says)
			}
		})
	}
}

// rebuild makes the tree of the events that are there, as somebody would who
// holds the database and this program but not the signing key.
func (k *recordKeeper) rebuild(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	var edge audit.Edge
	k.attack(t, `DELETE FROM audit_tile`)
	err := k.db.AuditEntries(ctx, "", 0, 1<<40, func(r audit.Record, _ audit.Opening) error {
		edge.Append(r.Hash())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range edge.TakeDirty() {
		if _, err := k.db.write.Exec(saveTile, "", row.Level, row.N, row.Hashes); err != nil {
			t.Fatal(err)
		}
	}
	root := edge.Root()
	if _, err := k.db.write.Exec(saveHead, edge.Size(), root[:], ""); err != nil {
		t.Fatal(err)
	}
}

func TestARebuiltTreeIsFoundByWhatWasSigned(t *testing.T) {
	tests := map[string]struct {
		attack []string
		says   string
	}{
		"history rewritten, checkpoints left":    {[]string{`UPDATE audit_event SET note = 'x' WHERE seq = 250`}, "altered, reordered or removed"},
		"the tail cut, checkpoints left":         {[]string{`DELETE FROM audit_event WHERE seq >= 650`}, "tail was cut off"},
		"the tail cut with its checkpoints":      {[]string{`DELETE FROM audit_event WHERE seq >= 650`, `DELETE FROM audit_checkpoint WHERE size > 650`}, "the witness vouches for 700 entries and there are only 650"},
		"history rewritten, checkpoints deleted": {[]string{`UPDATE audit_event SET note = 'x' WHERE seq = 250`, `DELETE FROM audit_checkpoint`}, "the witness signed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := keep(t, open(t))
			k.write(t, 700)
			k.attack(t, tt.attack...)
			k.rebuild(t)
			report := k.verify(t)
			if report.Valid || !strings.Contains(fmt.Sprint(report.Problems), tt.says) {
				t.Errorf("got %v, want a problem that says %q", report.Problems, tt.says)
			}
			if err := k.notary.Check(context.Background()); bedrail.KindOf(err) != bedrail.Unavailable {
				t.Errorf("a start after the attack: got %v, want Unavailable", err)
			}
			err := k.db.Record(context.Background(), bedrail.Scope{}, audit.Entry{By: auditor, Did: "device:tag"})
			if bedrail.KindOf(err) != bedrail.Unavailable {
				t.Errorf("writing after the attack: got %v, want Unavailable", err)
			}
		})
	}
}

func TestAnOlderCopyPutBackIsFoundByTheWitness(t *testing.T) {
	t.Parallel()
	db := open(t)
	k := keep(t, db)
	k.write(t, 300)
	old := filepath.Join(t.TempDir(), "old.db")
	k.attack(t, `VACUUM INTO '`+old+`'`)
	k.write(t, 300)
	older, err := Open(context.Background(), Config{Path: old})
	if err != nil {
		t.Fatal(err)
	}
	defer older.Close()
	k.notary.Store, k.notary.Refuse, k.log.Store = older, older.RefuseWrites, older
	if err := k.notary.Check(context.Background()); err == nil || !strings.Contains(err.Error(), "older copy") {
		t.Errorf("got %v, want an error that speaks of an older copy", err)
	}
	if report := k.verify(t); report.Valid {
		t.Error("the older copy verifies")
	}
	if _, refused := older.ReadOnly(); !refused {
		t.Error("the older copy is written to")
	}
}

func TestASoundRecordVerifiesAfterAStartAndGoesOn(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		k := keep(t, db)
		k.write(t, 300)
		if err := k.notary.Check(context.Background()); err != nil {
			t.Fatal(err)
		}
		k.write(t, 300)
		if report := k.verify(t); !report.Valid || report.Entries != 600 {
			t.Errorf("got %+v", report)
		}
		page, err := k.log.List(context.Background(), auditor, query.Request{Limit: 2, Filter: query.Filter{{Field: "to", Op: query.Has, Values: []string{"dev_007"}}}})
		if err != nil || page.Total != 2 || page.Items[0].Seq != 307 || page.Items[0].Personal[audit.ByName] != "an.auditor" {
			t.Errorf("listing: got %+v (%v)", page, err)
		}
	})
}

func TestEveryEntryCanBeProvenAndNoOther(t *testing.T) {
	t.Parallel()
	k := keep(t, open(t))
	k.write(t, 600)
	ctx := context.Background()
	known := k.log.Seal.Verifiers()
	for _, seq := range []int64{0, 1, 255, 256, 257, 511, 598, 599} {
		p, err := k.log.Prove(ctx, auditor, seq)
		if err != nil {
			t.Fatalf("entry %d: %v", seq, err)
		}
		if err := p.Check(known); err != nil {
			t.Errorf("entry %d: %v", seq, err)
		}
		p.Entry = strings.Replace(p.Entry, "spare", "lost!", 1)
		if p.Check(known) == nil {
			t.Errorf("entry %d: an altered entry passes", seq)
		}
	}
	for _, seq := range []int64{-1, 600} {
		if _, err := k.log.Prove(ctx, auditor, seq); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("entry %d: got %v, want NotFound", seq, err)
		}
	}
}

func TestAnExportVerifiesWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	k := keep(t, open(t))
	k.write(t, 400)
	var out bytes.Buffer
	if err := k.log.Export(context.Background(), auditor, &out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n") // entry, opening, entry, opening ... checkpoint
	edit := func(f func([]string) []string) string { return strings.Join(f(append([]string{}, lines...)), "") }
	last, _ := k.db.LastAuditCheckpoint(context.Background(), "")
	k.write(t, 10)
	newer, _ := k.db.LastAuditCheckpoint(context.Background(), "")
	tests := map[string]struct {
		text        string
		checkpoints []string
		valid       bool
	}{
		"as it was written":             {text, nil, true},
		"with a witnessed checkpoint":   {text, []string{last.Note}, true},
		"an older export":               {text, []string{newer.Note}, false},
		"an altered note":               {strings.Replace(text, "spare", "other", 1), nil, false},
		"an altered name":               {strings.Replace(text, "an.auditor", "no.auditor", 1), nil, false},
		"an entry left out":             {edit(func(l []string) []string { return append(l[:6], l[8:]...) }), nil, false},
		"two entries swapped":           {edit(func(l []string) []string { l[0], l[1], l[2], l[3] = l[2], l[3], l[0], l[1]; return l }), nil, false},
		"the newest entries cut off":    {edit(func(l []string) []string { return append(l[:len(l)-5], l[len(l)-1]) }), nil, false},
		"personal fields left out":      {edit(func(l []string) []string { return append(l[:1], l[2:]...) }), nil, true},
		"an entry in another spelling":  {strings.Replace(text, `{"v":1,`, `{ "v":1,`, 1), nil, false},
		"a checkpoint of somebody else": {text, []string{"x\n0\n\n"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			report, err := audit.VerifyExport(strings.NewReader(tt.text), k.log.Seal.Verifiers(), tt.checkpoints)
			if err != nil {
				t.Fatal(err)
			}
			if report.Valid != tt.valid {
				t.Errorf("valid %v, want %v: %v", report.Valid, tt.valid, report.Problems)
			}
		})
	}
	for name, text := range map[string]string{
		"no checkpoint at the end": edit(func(l []string) []string { return l[:len(l)-1] }),
		"noise":                    "hello\n",
		"nothing":                  "",
	} {
		if _, err := audit.VerifyExport(strings.NewReader(text), nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestPersonalFieldsOfTheRecordAreSealedAndCanBeForgotten(t *testing.T) {
	eachEngineKeys(t, func(t *testing.T, db *DB, c Config) {
		k := keep(t, db)
		k.write(t, 20)
		ctx := context.Background()
		if db.dialect == sqlite {
			if found := filesWith(t, filepath.Dir(c.Path), "Zelda"); len(found) > 0 {
				t.Errorf("a personal value lies open in %v", found)
			}
		}
		first := func() audit.Record {
			page, err := db.AuditPage(ctx, bedrail.Scope{}, query.Request{Sort: query.ParseSort("seq"), Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			return page.Items[0]
		}
		if got := first().Personal["reason"]; got != "asked for by Zelda no. 0" {
			t.Errorf("got %q", got)
		}
		if _, err := db.RotateKeys(ctx, bedrail.Scope{}, audit.Entry{By: auditor, Did: "system:configure", Note: "rotated keys"}); err != nil {
			t.Fatal(err)
		}
		if got := first().Personal["reason"]; got != "asked for by Zelda no. 0" {
			t.Errorf("after rotation: got %q", got)
		}
		if err := db.Shred(ctx, bedrail.Scope{}, auditRecord(0), audit.Entry{By: auditor, Did: "system:configure", To: "audit/0", Note: "forgot"}); err != nil {
			t.Fatal(err)
		}
		if got := first(); len(got.Personal) != 0 || len(got.Commitments) != 2 {
			t.Errorf("after shredding: got %+v", got)
		}
		if report := k.verify(t); !report.Valid {
			t.Errorf("after shredding the record does not verify: %v", report.Problems)
		}
		db.Close()
		c.Keys = nil
		closed, err := Open(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		defer closed.Close()
		if why, refused := closed.ReadOnly(); !refused || !strings.Contains(why, "keyring") {
			t.Errorf("without its keys the store is written to (%q)", why)
		}
	})
}

func eachEngineKeys(t *testing.T, f func(t *testing.T, db *DB, c Config)) {
	t.Helper()
	with := func(t *testing.T, c Config) {
		folder := t.TempDir()
		root, err := seal.MakeFile(filepath.Join(folder, "bedrail.key"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Keys, err = seal.Open(filepath.Join(folder, "keyring.json"), root, nil); err != nil {
			t.Fatal(err)
		}
		db, err := Open(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		f(t, db, c)
	}
	t.Run("sqlite", func(t *testing.T) { with(t, Config{Path: filepath.Join(t.TempDir(), "bedrail.db")}) })
	t.Run("postgres", func(t *testing.T) { with(t, Config{PostgresURL: emptySchema(t)}) })
}

func BenchmarkProve(b *testing.B) {
	db := open(b)
	k := keep(b, db)
	k.fill(b, 100_000)
	b.ResetTimer()
	for i := range b.N {
		if _, err := k.log.Prove(context.Background(), auditor, int64(i*7919%100_000)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify100k(b *testing.B) {
	k := keep(b, open(b))
	k.fill(b, 100_000)
	b.ResetTimer()
	for range b.N {
		if report := k.verify(b); !report.Valid {
			b.Fatal(report.Problems)
		}
	}
}

// fill records n acts quickly and signs once.
func (k *recordKeeper) fill(b *testing.B, n int) {
	ctx := context.Background()
	for range n / 1000 {
		err := k.db.update(ctx, func(tx *sql.Tx) error {
			for i := range 1000 {
				entry := audit.Entry{By: auditor, Did: "device:tag", To: fmt.Sprintf("dev_%03d", i), Note: "spare"}
				if err := k.db.appendEntry(ctx, tx, "", entry); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := k.notary.Sign(ctx); err != nil {
		b.Fatal(err)
	}
}

func TestARestoredBackupGoesOnOnlyOnceThatIsOnRecord(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := open(t)
	k := keep(t, db)
	k.write(t, 300)
	old := filepath.Join(t.TempDir(), "old.db")
	k.attack(t, `VACUUM INTO '`+old+`'`)
	accept := func(db *DB, reason string) (audit.Acceptance, error) {
		return k.notary.AcceptRestore(ctx, auditor, reason, func(ctx context.Context, e audit.Entry) error { return db.Record(ctx, bedrail.Scope{}, e) })
	}
	if _, err := accept(db, "why not"); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("where nothing was restored: got %v, want Conflict", err)
	}
	k.write(t, 300)
	older, err := Open(ctx, Config{Path: old})
	if err != nil {
		t.Fatal(err)
	}
	defer older.Close()
	k.db, k.notary.Store, k.notary.Refuse, k.log.Store = older, older, older.RefuseWrites, older
	if _, err := accept(older, ""); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("without a reason: got %v, want Invalid", err)
	}
	done, err := accept(older, "the disk of Zelda broke")
	if err != nil || done.Entries != 300 || len(done.Witnesses) != 1 || done.Witnesses[0].Entries != 600 {
		t.Fatalf("got %+v (%v)", done, err)
	}
	held, err := os.ReadFile(done.Witnesses[0].Aside)
	if err != nil || !strings.Contains(string(held), "\n600\n") {
		t.Errorf("what the witness held: %s (%v)", held, err)
	}
	page, err := older.AuditPage(ctx, bedrail.Scope{}, query.Request{Limit: 1})
	if err != nil || !strings.Contains(page.Items[0].Note, "vouches for 600 with root "+done.Witnesses[0].Root) || strings.Contains(page.Items[0].Note, "Zelda") {
		t.Errorf("on record: %+v (%v)", page.Items, err)
	}
	if err := k.notary.Check(ctx); err != nil {
		t.Errorf("the next start: %v", err)
	}
	k.write(t, 10)
	if report := k.verify(t); !report.Valid || report.Entries != 311 || report.Witnessed != 311 {
		t.Errorf("got %+v", report)
	}
	k.attack(t, `UPDATE audit_event SET note = 'x' WHERE seq = 250`)
	if _, err := accept(older, "nothing to see"); bedrail.KindOf(err) != bedrail.Conflict {
		t.Errorf("a record that was altered: got %v, want Conflict", err)
	}
}
