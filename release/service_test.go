package release_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/analytics"
	"bedrail/audit"
	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
	"bedrail/release"
	"bedrail/seal"
	"bedrail/store"
	"bedrail/store/storetest"
)

var (
	scope  = bedrail.Scope{Tenant: "main"}
	ada    = exchangetest.Engineer
	ben    = bedrail.Actor{ID: "person:2", Name: "ben", Kind: bedrail.Person, Scope: scope}
	monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
)

// desk is a house that releases; its keys are its own.
type desk struct {
	*release.Service
	t   *testing.T
	db  *store.DB
	now time.Time
}

func eachDesk(t *testing.T, f func(d *desk)) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		folder := t.TempDir()
		root, err := seal.MakeFile(filepath.Join(folder, "key"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Keys, err = seal.Open(filepath.Join(folder, "ring"), root, nil); err != nil {
			t.Fatal(err)
		}
		c.Bodies = filepath.Join(folder, "bodies")
		d := &desk{t: t, db: storetest.Open(t, c), now: monday.AddDate(0, 0, 7)}
		d.Service = &release.Service{Store: d.db, Auth: exchangetest.Anybody{}, Clock: func() time.Time { return d.now }, Tenant: "main", Folder: filepath.Join(folder, "releases"), Write: analytics.WriteTable}
		f(d)
	})
}

// keep keeps a result of a patient.
func (d *desk) keep(i int, state exchange.State) string {
	d.t.Helper()
	at := monday.Add(time.Duration(i) * time.Minute)
	patient := fmt.Sprint("MRN", 1000+i%6)
	m := exchange.Message{ID: bedrail.NewID("msg", at), Channel: "lab", Version: 1, ReceivedAt: at, Format: exchange.HL7v2, Type: "ORU^R01", State: state, Outcome: exchange.Accepted,
		Sealed: exchange.Sealed{Hash: strings.Repeat("ab", 32), Facts: exchange.Facts{Type: "ORU^R01", ControlID: fmt.Sprint("C", i), Patients: []string{patient}}}}
	body := fmt.Appendf(nil, "MSH|^~\\&|L|H|B|H|20260302||ORU^R01|C%d|P|2.5\rPID|1||%s^^^H^MR||Zeldatest^Wanda||19800302|F\rOBX|1|NM|2345-7^glucose^LN||%d|mg/dL|||||F\r", i, patient, 80+i)
	k := &exchange.Keeping{Message: m, Body: body, Entry: audit.Entry{By: bedrail.SystemActor("exchange", "main"), Did: "message:receive", To: m.ID}}
	if _, err := d.db.KeepMessage(d.t.Context(), scope, k, func(_ exchange.Twin, k exchange.Keeping) exchange.Keeping { return k }); err != nil {
		d.t.Fatal(err)
	}
	return m.ID
}

func glucose() release.Definition {
	return release.Definition{Name: "glucose", Recipient: "research", Purpose: "a study", Channels: []string{"lab"}, Columns: []release.Column{
		{Name: "who", From: "PID-3", As: release.Pseudonym}, {Name: "sex", From: "PID-8", As: release.Code}, {Name: "value", From: "OBX-5", As: release.Number}}, Quasi: []string{"sex"}}
}

var week = release.RunSpec{From: monday.Add(-time.Hour)}

// agreed has a definition to which a second person has agreed.
func (d *desk) agreed() release.Kept {
	d.t.Helper()
	k, err := d.Put(d.t.Context(), ada, 0, glucose())
	if err != nil {
		d.t.Fatal(err)
	}
	if k, err = d.Agree(d.t.Context(), ben, k.Name, k.Version); err != nil {
		d.t.Fatal(err)
	}
	return k
}

func (d *desk) file(id string) string {
	d.t.Helper()
	_, f, err := d.Take(d.t.Context(), ada, id)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

func TestADefinitionIsUsedOnceTwoPeopleAgree(t *testing.T) {
	eachDesk(t, func(d *desk) {
		ctx, t := d.t.Context(), d.t
		d.keep(0, exchange.Delivered)
		k, err := d.Put(ctx, ada, 0, glucose())
		if err != nil || k.Version != 1 || k.State != release.Draft {
			t.Fatalf("got %+v, %v", k, err)
		}
		if _, err := d.Run(ctx, ada, k.Name, week); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("a draft was released: %v", err)
		}
		if _, err := d.Agree(ctx, ada, k.Name, 1); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("who wrote it agreed: %v", err)
		}
		script := ada
		script.Owner, script.ID, script.Kind = ada.ID, "tok_1", bedrail.Token
		if _, err := d.Agree(ctx, script, k.Name, 1); bedrail.KindOf(err) != bedrail.Denied {
			t.Errorf("a token of who wrote it agreed: %v", err)
		}
		if k, err = d.Agree(ctx, ben, k.Name, 1); err != nil || k.State != release.Agreed {
			t.Fatalf("got %+v, %v", k, err)
		}
		if _, err := d.Put(ctx, ben, 1, glucose()); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("an older version was changed: %v", err)
		}
		if _, err := d.Put(ctx, ben, 0, glucose()); bedrail.KindOf(err) != bedrail.Conflict {
			t.Errorf("it was made twice: %v", err)
		}
		if k, err = d.Put(ctx, ben, k.Version, glucose()); err != nil || k.State != release.Draft {
			t.Errorf("a changed one: %+v, %v", k, err)
		}
		if all, err := d.All(ctx, ada); err != nil || len(all) != 1 || all[0].Version != k.Version {
			t.Errorf("got %+v, %v", all, err)
		}
	})
}

func TestAReleaseHoldsWhatWasNotCalledBack(t *testing.T) {
	eachDesk(t, func(d *desk) {
		ctx, t := d.t.Context(), d.t
		ids := []string{}
		for i := range 12 {
			ids = append(ids, d.keep(i, exchange.Delivered))
		}
		d.keep(20, exchange.Held)
		d.keep(21, exchange.Rejected)
		if _, err := d.db.SaveRevision(ctx, scope, exchange.Revision{Message: ids[0], N: 1, Kind: exchange.Recalled, At: d.now, By: ada.ID, Suspicion: &exchange.Suspicion{Recall: "recall_1"}}, nil, nil, audit.Entry{By: ada, Did: exchange.RecallMessages, To: ids[0]}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.db.ForgetMessages(ctx, scope, ids[1:2], audit.Entry{By: ada, Did: exchange.ForgetMessages, To: ids[1]}); err != nil {
			t.Fatal(err)
		}
		k := d.agreed()
		first, err := d.Run(ctx, ada, k.Name, week)
		if err != nil || first.Rows != 10 || first.Recalled != 2 || first.Risk.Patients != 6 || first.Risk.Smallest != 6 {
			t.Fatalf("got %+v, %v", first, err)
		}
		text := d.file(first.ID)
		if strings.Contains(text, "Zelda") || strings.Contains(text, "MRN") || strings.Count(text, "\n") != 10 {
			t.Errorf("it says %s", text)
		}
		again, err := d.Run(ctx, ada, k.Name, week)
		if err != nil || d.file(again.ID) != text {
			t.Errorf("another run of the same time gives something else: %v", err)
		}
		if all, err := d.Released(ctx, ada, k.Name); err != nil || len(all) != 2 {
			t.Errorf("%d are on record, %v", len(all), err)
		}
		if k, err = d.ByName(ctx, ada, k.Name); err != nil || !k.Linkable || k.LastGroup != 6 {
			t.Errorf("got %+v, %v", k, err)
		}
		// Without its key nobody can say any more who they were.
		if err := d.ForgetKey(ctx, ben, k.Name, "the study is over"); err != nil {
			t.Fatal(err)
		}
		if _, err := d.db.ReleaseKey(ctx, scope, k.Name); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("the key is there: %v", err)
		}
		if err := d.ForgetKey(ctx, ben, k.Name, "the study is over"); bedrail.KindOf(err) != bedrail.NotFound {
			t.Errorf("it was destroyed twice: %v", err)
		}
		other, err := d.Run(ctx, ada, k.Name, week)
		if err != nil || d.file(other.ID) == text {
			t.Errorf("the pseudonyms are the same: %v", err)
		}
	})
}

func TestFilesOfReleasesGoAndTheirRecordsStay(t *testing.T) {
	eachDesk(t, func(d *desk) {
		ctx, t := d.t.Context(), d.t
		d.keep(0, exchange.Delivered)
		k := d.agreed()
		old, err := d.Run(ctx, ada, k.Name, week)
		if err != nil {
			t.Fatal(err)
		}
		d.now = d.now.AddDate(0, 0, 60)
		young, err := d.Run(ctx, ada, k.Name, release.RunSpec{From: monday.Add(-time.Hour), Until: monday.AddDate(0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		// A release that was broken off, and what is none of ours.
		stray, foreign := "rel_"+strings.Repeat("0", 26)+".ndjson", "letter.txt"
		for _, name := range []string{stray, foreign} {
			if err := os.WriteFile(filepath.Join(d.Folder, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(filepath.Join(d.Folder, name), d.now.Add(-2*time.Hour), d.now.Add(-2*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		by := bedrail.SystemActor("retention", "main")
		d.now = d.now.AddDate(0, 0, 40)
		if n, err := d.Sweep(ctx, by, 90*24*time.Hour); err != nil || n != 2 {
			t.Fatalf("%d files were removed, %v", n, err)
		}
		left, err := os.ReadDir(d.Folder)
		if err != nil || len(left) != 2 || left[0].Name() != foreign || !strings.HasPrefix(left[1].Name(), young.ID) {
			t.Errorf("left is %v, %v", left, err)
		}
		if _, _, err := d.Take(ctx, ada, old.ID); bedrail.KindOf(err) != bedrail.NotFound || !strings.Contains(err.Error(), "its record stays") {
			t.Errorf("the old one: %v", err)
		}
		if all, err := d.Released(ctx, ada, ""); err != nil || len(all) != 2 {
			t.Errorf("%d are on record, %v", len(all), err)
		}
		told := 0
		for _, id := range []string{old.ID, strings.TrimSuffix(stray, ".ndjson")} {
			if err := d.db.AuditOf(ctx, scope, id, func(r audit.Record) {
				if strings.HasPrefix(r.Note, "file removed: ") {
					told++
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
		if told != 2 {
			t.Errorf("%d of 2 removals are on record", told)
		}
		if n, err := d.Sweep(ctx, by, 0); err != nil || n != 0 {
			t.Errorf("for ever: %d removed, %v", n, err)
		}
	})
}

// A file that cannot be written leaves no record, and no half of itself.
func TestAReleaseThatCannotBeWrittenIsNone(t *testing.T) {
	eachDesk(t, func(d *desk) {
		d.keep(0, exchange.Delivered)
		k := d.agreed()
		d.Write = func(w io.Writer, _ string, _ []string, _ map[string]bool, _ [][]string) error {
			_, err := w.Write(bytes.Repeat([]byte("x"), 100))
			return errors.Join(err, errors.New("the disk is full"))
		}
		if _, err := d.Run(context.Background(), ada, k.Name, week); err == nil {
			d.t.Error("it was released")
		}
		if all, err := d.Released(d.t.Context(), ada, ""); err != nil || len(all) != 0 {
			d.t.Errorf("%d are on record, %v", len(all), err)
		}
		if left, err := os.ReadDir(d.Folder); err != nil || len(left) != 0 {
			d.t.Errorf("left is %v, %v", left, err)
		}
	})
}
