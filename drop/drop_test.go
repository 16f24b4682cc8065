package drop_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/drop"
	"bedrail/exchange"
	"bedrail/exchange/exchangetest"
)

func kinds() exchange.Kinds {
	return exchange.Kinds{Sources: []exchange.SourceKind{drop.SourceKind()}, Destinations: []exchange.DestinationKind{drop.DestinationKind()}}
}

func put(t *testing.T, folder, name string, body []byte, sum string) {
	t.Helper()
	if sum == "right" {
		sum = fmt.Sprintf("%x  %s\n", sha256.Sum256(body), name)
	}
	if sum != "" {
		if err := os.WriteFile(filepath.Join(folder, name+".sha256"), []byte(sum), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, name), body, 0o600); err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 600 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("did not come about: %s", what)
}

func there(parts ...string) func() bool {
	return func() bool { _, err := os.Stat(filepath.Join(parts...)); return err == nil }
}

func TestFilesGoFromFolderToFolder(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	h := exchangetest.Open(t, kinds(), fmt.Sprintf(`[{"name": "files", "source": {"file": {"folder": %q, "pattern": "*.dat", "every": "20ms", "settle": "60ms"}},
		"destinations": [{"name": "out", "file": {"folder": %q, "checksum": true, "name": "{channel}-{message}.{ext}"}}]}]`, in, out))
	h.Listening("files")
	big := bytes.Repeat([]byte("0123456789"), 40_000)
	put(t, in, "a.dat", []byte("one"), "")
	put(t, in, "b.dat", big, "right")
	put(t, in, "c.dat", []byte("three"), strings.Repeat("0", 64))
	put(t, in, "d.dat.part", []byte("unfinished"), "")
	put(t, in, "e.txt", []byte("not meant"), "")
	eventually(t, "a and b are taken, c is put aside", func() bool {
		return there(in, "done", "a.dat")() && there(in, "done", "b.dat.sha256")() && there(in, "refused", "c.dat")()
	})
	eventually(t, "two files are written", func() bool { got, _ := filepath.Glob(out + "/files-*.bin"); return len(got) == 2 })
	got, _ := filepath.Glob(out + "/files-*.bin")
	for _, path := range got {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := os.ReadFile(path + ".sha256")
		if err != nil || !strings.HasPrefix(string(sum), fmt.Sprintf("%x  ", sha256.Sum256(body))) {
			t.Errorf("%s: the checksum is %q, %v", path, sum, err)
		}
		if !bytes.Equal(body, big) && string(body) != "one" {
			t.Errorf("%s holds %d bytes", path, len(body))
		}
	}
	if r := h.Source("files").Status().Refused; len(r) != 1 || r[0].Peer.File != "c.dat" {
		t.Errorf("the door shows %+v", r)
	}
	put(t, in, "a.dat", []byte("one"), "right") // the same again: kept as a duplicate
	eventually(t, "it is taken again", there(in, "done", "a.dat.1"))
	states := map[exchange.State]int{}
	for _, m := range h.Kept() {
		states[m.State]++
	}
	if states[exchange.Duplicate] != 1 || len(h.Kept()) != 3 {
		t.Errorf("got %v", states)
	}
	h.Balanced()
}

func TestEveryRowOfATableIsAMessage(t *testing.T) {
	in := t.TempDir()
	h := exchangetest.Open(t, kinds(), fmt.Sprintf(`[{"name": "scales", "source": {"file": {"folder": %q, "every": "20ms", "settle": "40ms", "format": "csv",
		"csv": {"delimiter": ";", "decimal": ",", "header": ["when", "weight", "note"], "numbers": ["weight"], "charset": "iso-8859-1"}}}, "destinations": [{"name": "out", "memory": {}}]}]`, in))
	h.Listening("scales")
	put(t, in, "w.csv", []byte("when;weight;note\r\n2026-01-02;71,5;\"two\nlines\"\r\n\r\n2026-01-03;71.5;\xfcber\r\n2026-01-04;70\r\n"), "right")
	got := h.Delivered(3)
	bodies := map[string]string{}
	for _, o := range got {
		bodies[o.Facts.ControlID[strings.LastIndex(o.Facts.ControlID, "row"):]] = string(o.Body)
	}
	if bodies["row 2"] != "when;weight;note\n2026-01-02;71,5;\"two\nlines\"" || bodies["row 4"] != "when;weight;note\n2026-01-03;71.5;\xfcber" {
		t.Errorf("got %q", bodies)
	}
	for _, o := range got {
		wrong := 0
		if !strings.HasSuffix(o.Facts.ControlID, "row 2") {
			wrong = 1 // a point where the mark is a comma; a column too few
		}
		table := slices.DeleteFunc(slices.Clone(o.Issues), func(i exchange.Issue) bool { return !strings.HasPrefix(i.Rule, "csv-") })
		if len(table) != wrong {
			t.Errorf("%s has issues %+v", o.Facts.ControlID, o.Issues)
		}
	}
	put(t, in, "x.csv", []byte("when;note;weight\r\n2026-01-02;x;71,5\r\n"), "right")
	eventually(t, "another header is refused", there(in, "refused", "x.csv"))
	if r := h.Source("scales").Status().Refused[0]; !strings.Contains(r.Reason, `column 2 is not "weight"`) {
		t.Errorf("the door shows %+v", r)
	}
	if len(h.Kept()) != 3 {
		t.Errorf("%d are kept", len(h.Kept()))
	}
}

func TestSettingsOfFilesAreChecked(t *testing.T) {
	source, destination := drop.SourceKind(), drop.DestinationKind()
	for settings, says := range map[string]string{
		`{}`: "folder", `{"folder": "x", "pattern": "["}`: "pattern", `{"folder": "x", "checksum": "maybe"}`: "checksum", `{"folder": "x", "format": "csv"}`: "csv",
		`{"folder": "x", "format": "csv", "csv": {"header": ["a"], "numbers": ["b"]}}`: "numbers", `{"folder": "x", "format": "csv", "csv": {"header": ["a"], "decimal": "!"}}`: "decimal",
	} {
		if err := source.Check(json.RawMessage(settings)); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	for settings, says := range map[string]string{`{}`: "folder", `{"folder": "x", "name": "same"}`: "name", `{"folder": "x", "name": "../{message}"}`: "name"} {
		if err := destination.Check(json.RawMessage(settings)); bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	for _, err := range []error{source.Check(json.RawMessage(source.Example)), destination.Check(json.RawMessage(destination.Example))} {
		if err != nil {
			t.Errorf("an example does not hold: %v", err)
		}
	}
}
