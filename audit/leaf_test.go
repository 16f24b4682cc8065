package audit_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/audit"
)

var monday = time.Date(2026, 3, 2, 8, 0, 0, 123456789, time.UTC)

func TestALeafIsTheSameForEver(t *testing.T) {
	r := audit.Record{
		Tenant: "north", Seq: 7, At: monday, ByID: "usr_1", ByKind: bedrail.Person, Did: "device:tag", To: "dev_1",
		Note: "a < b & \"c\"\u2028", Commitments: map[string]string{"reason": "ab", "by.name": "cd"},
	}
	const want = `{"v":1,"tenant":"north","seq":7,"at":"2026-03-02T08:00:00.123456Z","by":{"id":"usr_1","kind":"person"},` +
		`"did":"device:tag","to":"dev_1","note":"a < b & \"c\"\u2028","personal":{"by.name":"cd","reason":"ab"}}`
	if got := string(r.Leaf()); got != want {
		t.Errorf("got  %s\nwant %s\nevery record ever written would cease to verify", got, want)
	}
}

func TestPersonalFieldsStandInTheLeafOnlyAsCommitments(t *testing.T) {
	e := audit.Entry{
		By: bedrail.Actor{ID: "usr_1", Name: "z.example", Kind: bedrail.Person}, Did: "device:tag",
		Personal: map[string]string{"reason": "asked by Zelda"}, At: monday,
	}
	a, opening := audit.NewRecord("", 0, e)
	b, _ := audit.NewRecord("", 0, e)
	for _, word := range []string{"Zelda", "z.example"} {
		if bytes.Contains(a.Leaf(), []byte(word)) {
			t.Errorf("the leaf shows %q", word)
		}
	}
	if !opening.Opens(a) {
		t.Error("the opening does not open its own record")
	}
	if opening.Opens(b) || reflect.DeepEqual(a.Commitments, b.Commitments) {
		t.Error("two records commit alike to the same value: it could be guessed")
	}
	opening.Values["reason"] = "asked by nobody"
	if opening.Opens(a) {
		t.Error("another value opens the commitment")
	}
	system, none := audit.NewRecord("", 0, audit.Entry{By: bedrail.SystemActor("bus", ""), Did: "device:identify"})
	if len(system.Commitments) != 0 || len(none.Values) != 0 {
		t.Error("the product itself has no personal fields")
	}
}

func TestALeafReadsBack(t *testing.T) {
	r, _ := audit.NewRecord("", 3, audit.Entry{Did: "x:y", To: "broken \xff and \x00 bytes", At: monday})
	again, err := audit.ParseLeaf(r.Leaf())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Leaf(), r.Leaf()) || strings.ContainsRune(r.To, 0) {
		t.Errorf("got %s, want %s", again.Leaf(), r.Leaf())
	}
}

func FuzzParseLeaf(f *testing.F) {
	r, _ := audit.NewRecord("", 3, audit.Entry{Did: "x:y", At: monday, Personal: map[string]string{"a": "b"}})
	f.Add(r.Leaf())
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := audit.ParseLeaf(line)
		if err != nil {
			return
		}
		again, err := audit.ParseLeaf(r.Leaf())
		if err != nil || !bytes.Equal(again.Leaf(), r.Leaf()) {
			t.Errorf("%s does not settle: %v", line, err)
		}
	})
}

func FuzzVerifyExport(f *testing.F) {
	f.Add([]byte(`{"v":1,"seq":0,"at":"2026-03-02T08:00:00.000000Z"}` + "\n" + `{"checkpoint":"x","key":"k"}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if report, err := audit.VerifyExport(bytes.NewReader(text), nil, nil); err == nil && report.Valid && report.Checkpoints == 0 {
			t.Error("valid although nothing vouches for it")
		}
	})
}
