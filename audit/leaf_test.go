package audit_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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

func FuzzALeafIsWhatTheStandardLibraryWrites(f *testing.F) {
	f.Add("north", "usr_1", "a < b & \"c\"\u2028\\", "by.name", int64(7))
	f.Add("\x00\x1f\x7f\b\f\n\r\t", "\xff\xfe", "\ufffd \U0001f600 \xf0\x9f", "é", int64(-1))
	f.Fuzz(func(t *testing.T, tenant, id, note, field string, seq int64) {
		r := audit.Record{
			Tenant: tenant, Seq: seq, At: monday, ByID: id, ByKind: bedrail.Person, Did: bedrail.Action(id), To: tenant, Note: note,
			Commitments: map[string]string{field: note, "b": tenant},
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		err := e.Encode(struct {
			V        int               `json:"v"`
			Tenant   string            `json:"tenant"`
			Seq      int64             `json:"seq"`
			At       string            `json:"at"`
			By       map[string]string `json:"by"`
			Did      string            `json:"did"`
			To       string            `json:"to"`
			Note     string            `json:"note"`
			Personal map[string]string `json:"personal"`
		}{1, tenant, seq, "2026-03-02T08:00:00.123456Z", map[string]string{"id": id, "kind": "person"}, id, tenant, note, r.Commitments})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(r.Leaf()) + "\n"; got != want.String() {
			t.Errorf("got  %q\nwant %q", got, want.String())
		}
		o := audit.Opening{Salt: []byte(id), Values: map[string]string{field: note, "b": tenant}}
		var again audit.Opening
		if err := json.Unmarshal(o.AppendJSON(nil), &again); err != nil {
			t.Error(err)
		}
		if utf8.ValidString(field) && utf8.ValidString(note) && utf8.ValidString(tenant) && !reflect.DeepEqual(o, again) {
			t.Errorf("got %v, want %v", again, o)
		}
	})
}

func TestACommitmentIsHMAC(t *testing.T) {
	for _, value := range []string{"", "n.example", strings.Repeat("long ", 100)} {
		salt := audit.Opening{Salt: []byte("0123456789abcdef0123456789abcdef")}.FieldSalt("reason")
		m := hmac.New(sha256.New, []byte("0123456789abcdef0123456789abcdef"))
		m.Write([]byte("field\x00reason"))
		if want := m.Sum(nil); !bytes.Equal(salt, want) {
			t.Fatalf("salt of the field: got %x, want %x", salt, want)
		}
		m = hmac.New(sha256.New, salt)
		m.Write([]byte("reason\x00" + value))
		if got, want := audit.Commitment(salt, "reason", value), hex.EncodeToString(m.Sum(nil)); got != want {
			t.Errorf("%d characters: got %s, want %s", len(value), got, want)
		}
	}
}
