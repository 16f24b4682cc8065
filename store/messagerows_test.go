package store

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/query"
)

// What was kept before bodies were packed and before one row served both for a
// control id and for what comes again is read, found and known again.
func TestMessagesOfAnOlderSchemaAreFoundAndKnownAgain(t *testing.T) {
	ctx, in := context.Background(), bedrail.Scope{Tenant: "main"}
	path := filepath.Join(t.TempDir(), "bedrail.db")
	if err := olderMessages(ctx, path); err != nil {
		t.Fatal(err)
	}
	db, err := Open(ctx, Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	m, err := db.Message(ctx, in, "msg_old")
	if err != nil || m.Sealed.Facts.ControlID != "c1" {
		t.Fatalf("got %+v, %v", m.Sealed, err)
	}
	body, err := db.MessageBody(ctx, in, "msg_old", 1000)
	if err != nil || string(body) != "the bytes" {
		t.Errorf("got the body %q, %v", body, err)
	}
	sent, err := db.DeliveryBody(ctx, in, "msg_old", "out")
	if err != nil || string(sent.Ack) != "an answer" || string(sent.Sent) != "what was sent" {
		t.Errorf("got %q and %q, %v", sent.Ack, sent.Sent, err)
	}
	req := query.Request{Filter: query.Filter{{Field: "control", Op: query.Has, Values: []string{"c1"}}}}
	page, err := db.Messages(ctx, in, req)
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != "msg_old" {
		t.Errorf("by its control id are found %v, %v", page.Items, err)
	}
	again := testMessage("msg_new", "c1")
	again.Message.Channel, again.Message.Sealed.Facts.Sender, again.Message.Sealed.Hash = "c", "s", "h"
	asked := false
	_, err = db.KeepMessage(ctx, in, again, func(twin exchange.Twin, k exchange.Keeping) exchange.Keeping {
		asked = twin.ID == "msg_old" && twin.Same
		return k
	})
	if err != nil || !asked {
		t.Errorf("the same message is not known when it comes again: %v", err)
	}
}

// What was forgotten before step 181 is known again as well.
func TestAMessageForgottenUnderAnOlderSchemaIsKnownAgain(t *testing.T) {
	ctx, in := context.Background(), bedrail.Scope{Tenant: "main"}
	path := filepath.Join(t.TempDir(), "bedrail.db")
	if err := olderMessages(ctx, path); err != nil {
		t.Fatal(err)
	}
	w, err := sql.Open("sqlite", sqliteDSN(path, "", true))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`UPDATE message SET forgotten_at = 5`, `DELETE FROM message_body`, `DELETE FROM delivery_body`, `DELETE FROM message_index`,
		`INSERT INTO audit_head (tenant, size, root) VALUES ('main', 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')`} {
		if _, err := w.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(ctx, Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for control, want := range map[string]string{"c1": "msg_old", "c2": ""} {
		again := testMessage("msg_new_"+control, control)
		again.Message.Channel, again.Message.Sealed.Facts.Sender, again.Message.Sealed.Hash = "c", "s", "h"
		got := ""
		_, err = db.KeepMessage(ctx, in, again, func(twin exchange.Twin, k exchange.Keeping) exchange.Keeping {
			got = twin.ID
			return k
		})
		if err != nil || got != want {
			t.Errorf("%s is known as %q, want %q: %v", control, got, want, err)
		}
	}
}

// olderMessages writes a message as it lay before step 181, without a keyring.
func olderMessages(ctx context.Context, path string) error {
	s := &DB{}
	w, err := sql.Open("sqlite", sqliteDSN(path, "", true))
	if err != nil {
		return err
	}
	defer w.Close()
	s.write = w
	p, err := s.provider()
	if err != nil {
		return err
	}
	if _, err := p.UpTo(ctx, 180); err != nil {
		return err
	}
	twin, err := s.blind("main", "twin", "c\x00s\x00c1")
	if err != nil {
		return err
	}
	digest, err := s.blind("main", "digest", "h")
	if err != nil {
		return err
	}
	control, err := s.blind("main", "control", "C1")
	if err != nil {
		return err
	}
	for text, args := range map[string][]any{
		`INSERT INTO message (tenant, id, channel, version, received_at, format, content_type, size, body, type, event, profile, sender, live, state, outcome,
			reason, device, trust, peer, severity, issues, control, digest, duplicate_of, unassured, held_until, legal_hold, forgotten_at)
			VALUES ('main', 'msg_old', 'c', 1, 1, 'hl7v2', '', 9, 'row', '', '', '', 's', '', 'delivered', '', '', '', '', '', '', 0, $1, $2, '', 0, 0, 0, 0)`: {twin, digest},
		`INSERT INTO message_body (tenant, id, sealed, meta, raw) VALUES ('main', 'msg_old', 0, $1, $2)`: {[]byte(`{"Facts":{"ControlID":"c1","Sender":"s"}}`), []byte("the bytes")},
		`INSERT INTO message_index (tenant, field, value, id) VALUES ('main', 'control', $1, 'msg_old')`: {control},
		`INSERT INTO delivery_body (tenant, message, destination, sealed, ack, sent, sent_type) VALUES ('main', 'msg_old', 'out', 0, $1, $2, '')`: {
			[]byte("an answer"), []byte("what was sent")},
	} {
		if _, err := w.ExecContext(ctx, text, args...); err != nil {
			return err
		}
	}
	return nil
}

func TestPackedValuesComeBack(t *testing.T) {
	long := make([]byte, 100_000)
	for _, b := range [][]byte{nil, {}, {0}, []byte("x"), []byte("MSH|^~\\&|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a"), long} {
		packed := pack(b)
		got, err := unpack(packed)
		if err != nil || string(got) != string(b) {
			t.Errorf("%d bytes come back as %d, %v", len(b), len(got), err)
		}
		if len(b) > 0 && len(packed) > len(b)+1 {
			t.Errorf("%d bytes became %d", len(b), len(packed))
		}
	}
	for _, bad := range [][]byte{{7, 1}, {packedS2}, {packedS2, 0xff, 0xff, 0xff, 0xff, 0x0f, 1}, append(pack(long)[:8:8], 9)} {
		if got, err := unpack(bad); err == nil {
			t.Errorf("% x became %d bytes", bad, len(got))
		}
	}
}
