package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"bedrail"
	"bedrail/format/hl7"
	"bedrail/release"
)

// simulated are the messages of a simulated hospital; their patients are made
// up, and stand for real ones here.
func simulated(t *testing.T) [][]byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "testdata", "exchange", "hl7v2", "simhospital", "messages.out"))
	if err != nil {
		t.Skipf("the messages of the simulated hospital are not here: %v", err)
	}
	f := hl7.Split(text)
	var all [][]byte
	for _, p := range f.Parts {
		if p.Kind == "MSH" {
			all = append(all, f.Raw[p.Start:p.End])
		}
	}
	return all
}

// speak sends messages one after another over MLLP and waits for each answer.
func speak(t *testing.T, address string, messages [][]byte) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for i, m := range messages {
		if _, err := c.Write(append(append([]byte{0x0b}, bytes.TrimSpace(m)...), '\r', 0x1c, '\r')); err != nil {
			t.Error(err)
			return
		}
		if _, err := r.ReadBytes(0x1c); err != nil {
			t.Errorf("message %d: %v", i, err)
			return
		}
		if _, err := r.ReadByte(); err != nil {
			t.Error(err)
			return
		}
	}
}

// whoTheyAre gathers from the bytes alone what says who the patients are:
// names, numbers, dates of birth, streets, postcodes, telephones.
func whoTheyAre(messages [][]byte) (words, numbers map[string]bool) {
	words, numbers = map[string]bool{}, map[string]bool{}
	for _, m := range messages {
		for _, line := range strings.FieldsFunc(string(m), func(r rune) bool { return r == '\r' || r == '\n' }) {
			f := strings.Split(line, "|")
			if f[0] != "PID" || len(f) < 14 {
				continue
			}
			for _, place := range []int{2, 3, 4} {
				for _, rep := range strings.Split(f[place], "~") {
					id, _, _ := strings.Cut(rep, "^")
					numbers[id] = true
				}
			}
			name, address := strings.Split(f[5], "^"), strings.Split(f[11], "^")
			for _, part := range append(name[:min(2, len(name))], address[:min(3, len(address))]...) {
				words[strings.ToLower(part)] = true
			}
			if len(address) > 4 {
				words[strings.ToLower(address[4])] = true
			}
			if len(f[7]) >= 8 {
				b := f[7][:8]
				numbers[b], numbers[b[:4]+"-"+b[4:6]+"-"+b[6:]] = true, true
			}
			phone, _, _ := strings.Cut(f[13], "^")
			words[strings.ToLower(phone)] = true
		}
	}
	for _, m := range []map[string]bool{words, numbers} {
		for w := range m {
			if len(w) < 3 {
				delete(m, w)
			}
		}
	}
	return words, numbers
}

func releaseNamed(version int, format string, smallest int) map[string]any {
	return map[string]any{"name": "x", "version": version, "recipient": "sepsis study group", "purpose": "early warning by creatinine and age", "channels": []string{"sim"}, "format": format,
		"quasiIdentifiers": []string{"sex", "age", "ethnicity"}, "smallestGroup": smallest, "shiftDays": 100, "columns": []map[string]string{
			{"name": "patient", "from": "PID-3", "as": "pseudonym"}, {"name": "visit", "from": "PV1-19", "as": "pseudonym"}, {"name": "sex", "from": "PID-8", "as": "code"}, {"name": "age", "from": "PID-7", "as": "age"},
			{"name": "born", "from": "PID-7", "as": "year"}, {"name": "ethnicity", "from": "PID-22", "as": "code"}, {"name": "unit", "from": "PV1-3.1", "as": "code"}, {"name": "zip", "from": "PID-11", "as": "postcode"},
			{"name": "test", "from": "OBX-3", "as": "code"}, {"name": "value", "from": "OBX-5", "as": "number"}, {"name": "unit_of", "from": "OBX-6", "as": "code"}, {"name": "flag", "from": "OBX-8", "as": "code"},
			{"name": "observed", "from": "OBX-14", "as": "shift"}, {"name": "order_no", "from": "OBR-3", "as": "pseudonym"}, {"name": "requested", "from": "OBR-6", "as": "shift"}}}
}

// TestNobodyIsInARelease releases what a whole simulated hospital said, and
// looks for each of its patients in what left.
func TestNobodyIsInARelease(t *testing.T) {
	t.Parallel()
	messages := simulated(t)
	h := startHouse(t, t.TempDir(), nil)
	engineer := h.person("ines", bedrail.Grant{Role: "integration-engineer"})
	officer := h.person("omar", bedrail.Grant{Role: "compliance-officer"})
	address := freeAddress(t)
	engineer.want(201, "", "POST", "/channels", map[string]any{"name": "sim", "source": map[string]any{"mllp": map[string]any{"listen": address}}, "destinations": []any{}})
	within(t, func() bool { c, err := net.Dial("tcp", address); return err == nil && c.Close() == nil })
	var wg sync.WaitGroup
	for chunk := range slices.Chunk(messages, len(messages)/16+1) {
		wg.Go(func() { speak(t, address, chunk) })
	}
	wg.Wait()

	from := map[string]any{"from": "2020-01-01T00:00:00Z"}
	name := releaseNamed(0, "ndjson", 3)
	bad := releaseNamed(0, "ndjson", 3)
	bad["columns"] = []map[string]string{{"name": "name", "from": "PID-5.1", "as": "code"}}
	engineer.want(400, "it may say who somebody is", "PUT", "/releases/sepsis", bad)
	engineer.want(200, `"state":"draft"`, "PUT", "/releases/sepsis", name)
	engineer.want(409, "nobody has agreed", "POST", "/releases/sepsis/run", from)
	engineer.want(403, "", "POST", "/releases/sepsis/agree", map[string]any{"version": 1})
	officer.want(200, `"state":"agreed"`, "POST", "/releases/sepsis/agree", map[string]any{"version": 1})
	done, file := released(t, engineer, "sepsis", from)

	words, numbers := whoTheyAre(messages)
	if len(words) < 100 || len(numbers) < 100 {
		t.Fatalf("only %d words and %d numbers say who the patients are; the messages are not what they were", len(words), len(numbers))
	}
	findNobody(t, file, words, numbers)
	rows := rowsOf(t, file)
	if len(rows) != done.Rows || done.Rows < 500 {
		t.Errorf("the file has %d rows and its record says %d; want at least 500 and the same", len(rows), done.Rows)
	}
	k := smallestOf(rows)
	if k != done.Risk.Smallest || k < 3 || done.Suppressed == 0 {
		t.Errorf("the smallest group has %d patients and the record says %d, %d rows suppressed; want the same, at least 3, and some suppressed", k, done.Risk.Smallest, done.Suppressed)
	}
	t.Logf("%d messages, %d rows left, %d suppressed, %d patients, smallest group %d, highest risk %.3f, %d values stopped, %d bytes", done.Messages, done.Rows, done.Suppressed, done.Risk.Patients, done.Risk.Smallest, done.Risk.Highest, done.Stopped, done.Size)

	// Later releases have the same names; those for others have different ones.
	again, second := released(t, engineer, "sepsis", from)
	if again.SHA256 != done.SHA256 || !bytes.Equal(file, second) {
		t.Error("the same release of the same time differs; its pseudonyms are not stable")
	}
	other := releaseNamed(0, "parquet", 0)
	engineer.want(200, "", "PUT", "/releases/other", other)
	officer.want(200, "", "POST", "/releases/other/agree", map[string]any{"version": 1})
	risky, table := released(t, engineer, "other", from)
	if risky.Rows <= done.Rows || risky.Risk.Smallest != 1 || risky.Suppressed != 0 {
		t.Errorf("without a smallest group: %d rows, k %d, %d suppressed; want more than %d, 1, 0", risky.Rows, risky.Risk.Smallest, risky.Suppressed, done.Rows)
	}
	p, err := parquet.OpenFile(bytes.NewReader(table), int64(len(table)))
	if err != nil || p.NumRows() != int64(risky.Rows) {
		t.Fatalf("the Parquet file: %v, want %d rows", err, risky.Rows)
	}
	plain := unpacked(t, p)
	findNobody(t, plain, words, numbers)
	for _, r := range rows[:20] {
		if bytes.Contains(plain, []byte(r["patient"].(string))) {
			t.Error("two releases share a pseudonym")
		}
	}

	// A destroyed key makes other names of the same patients.
	officer.want(204, "", "POST", "/releases/sepsis/forget-key", map[string]any{"reason": "the study is over"})
	_, third := released(t, engineer, "sepsis", from)
	if strings.Contains(string(third), rows[0]["patient"].(string)) {
		t.Error("a pseudonym outlived its key")
	}
	if strings.Contains(h.log.String(), "Esterkin") {
		t.Error("the log names a patient")
	}
}

// released runs a release and takes its file.
func released(t *testing.T, b *browser, name string, spec map[string]any) (release.Done, []byte) {
	t.Helper()
	var d release.Done
	text := b.want(200, `"job"`, "POST", "/releases/"+name+"/run", spec)
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	within(t, func() bool {
		_, text = b.ask("GET", "/jobs/"+d.Job, nil)
		return strings.Contains(text, `"state":"done"`) || strings.Contains(text, `"state":"failed"`)
	})
	var list struct {
		Items []release.Done `json:"items"`
	}
	if err := json.Unmarshal([]byte(b.want(200, "", "GET", "/released?name="+name, nil)), &list); err != nil || len(list.Items) == 0 {
		t.Fatalf("nothing of %s was released: %v; the job: %s", name, err, text)
	}
	file := b.want(200, "", "GET", "/released/"+list.Items[0].ID+"/file", nil)
	return list.Items[0], []byte(file)
}

func within(t *testing.T, f func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatal("it did not come to be in time")
}

func rowsOf(t *testing.T, file []byte) (rows []map[string]any) {
	t.Helper()
	for _, line := range bytes.Split(bytes.TrimSpace(file), []byte("\n")) {
		var r map[string]any
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	return rows
}

// unpacked writes every value of a Parquet file on a line of its own: packed
// columns would hide what stands in them.
func unpacked(t *testing.T, p *parquet.File) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, g := range p.RowGroups() {
		rows, buf := g.Rows(), make([]parquet.Row, 100)
		for {
			n, err := rows.ReadRows(buf)
			for _, r := range buf[:n] {
				for _, v := range r {
					fmt.Fprintln(&out, v.String())
				}
			}
			if err != nil {
				break
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// smallestOf counts again, from the file, how many patients share sex, age and
// ethnicity at least.
func smallestOf(rows []map[string]any) int {
	groups := map[string]map[any]bool{}
	for _, r := range rows {
		key := fmt.Sprint(r["sex"], r["age"], r["ethnicity"])
		if groups[key] == nil {
			groups[key] = map[any]bool{}
		}
		groups[key][r["patient"]] = true
	}
	k := len(rows)
	for _, who := range groups {
		k = min(k, len(who))
	}
	return k
}

var movedTime = regexp.MustCompile(`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}`)

// findNobody looks in a file for words as words and for numbers anywhere.
func findNobody(t *testing.T, file []byte, words, numbers map[string]bool) {
	t.Helper()
	// A moved time may fall on the birthday of somebody else: only whole days
	// are compared with those.
	text := strings.ToLower(movedTime.ReplaceAllString(string(file), ""))
	for n := range numbers {
		if strings.Contains(text, strings.ToLower(n)) {
			t.Errorf("the file holds the number %s of a patient", n)
		}
	}
	for w := range words {
		if at := strings.Index(text, w); at < 0 {
			continue
		}
		if regexp.MustCompile(`(^|[^\pL\pN])` + regexp.QuoteMeta(w) + `($|[^\pL\pN])`).MatchString(text) {
			t.Errorf("the file holds %q of a patient", w)
		}
	}
}
