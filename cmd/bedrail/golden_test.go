package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with the file name, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; if it is new: go test ./cmd/bedrail -run Golden -update", err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// leaves returns the command lines of every command that does something.
func leaves(c *cobra.Command) (all [][]string) {
	if c.HasParent() {
		all = append(all, strings.Fields(c.CommandPath())[1:])
	}
	for _, sub := range c.Commands() {
		if !sub.IsAdditionalHelpTopicCommand() {
			all = append(all, leaves(sub)...)
		}
	}
	return all
}

func everyCommand() [][]string {
	return leaves((&environment{}).rootCommand())
}

func TestGoldenHelp(t *testing.T) {
	for _, line := range append(everyCommand(), nil) {
		status, out, errs := bedrailCommand(t, append(line, "--help")...)
		if status != 0 || errs != "" || out == "" {
			t.Errorf("%v: status %d, %s", line, status, errs)
		}
		golden(t, "help/"+strings.Join(append([]string{"bedrail"}, line...), "-"), out)
	}
}

// changing is what differs from run to run: ids, times, paths, secrets.
var changing = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`\b(dev|usr|tok|job|imp|bil|bom|fnd|adv|view)_[0-9A-Za-z]+`), "${1}_ID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z| UTC)?`), "TIME"},
	{regexp.MustCompile(`[0-9A-Za-z+/]{43}=`), "HASH"},
	{regexp.MustCompile(`/[^ "']*/(TestGolden[A-Za-z]+[0-9]*)/\d+`), "FOLDER"},
	{regexp.MustCompile(`brt_\S+`), "TOKEN"},
}

func steady(text, folder string) string {
	text = strings.ReplaceAll(text, folder, "FOLDER")
	for _, c := range changing {
		text = c.find.ReplaceAllString(text, c.put)
	}
	return text
}

// TestGoldenCommands runs each command as a person would, first on a folder in
// which there is nothing but one user and one list of devices.
func TestGoldenCommands(t *testing.T) {
	t.Parallel()
	config := folder(t)
	here := filepath.Dir(config)
	list := filepath.Join(here, "list.csv")
	text := "Asset Tag,Manufacturer,Model,Serial Number,MAC Address,Department\nME-1,B. Braun,Infusomat Space,S-1,00:1c:00:00:00:01,ICU\nME-2,Draeger,Evita V500,S-2,00:1c:00:00:00:02,ICU\n"
	if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(here, "channel.yaml"), []byte("name: adt\nsource: {mllp: {listen: 127.0.0.1:0}}\ndestinations: [{name: ehr, mllp: {address: 127.0.0.1:2600}}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ name, line string }{
		{"ingest cmms", "ingest cmms " + list + " -q -o json"},
		{"device list", "device list -o csv --columns name,manufacturer,model,modelStatus,serial"},
		{"device list ndjson filter", "device list --filter manufacturer:Draeger -o csv --columns model"},
		{"device list limit", "device list --limit 1 -o csv --columns manufacturer"},
		{"user list", "user list -o csv --columns name,roles"},
		{"token list", "token list -o json"},
		{"finding list", "finding list"},
		{"finding list json", "finding list -o json"},
		{"bill list", "bill list -o yaml"},
		{"model list", "model list -o csv"},
		{"feed list", "feed list"},
		{"job list", "job list -o csv --columns title,state"},
		{"audit list", "audit list -o csv --columns did"},
		{"audit verify", "audit verify"},
		{"user get", "user get admin -o csv --columns name,roles"},
		{"system status", "system status -o csv"},
		{"system setup", "system setup -o csv --columns step,done"},
		{"system summary", "system summary"},
		{"device count", "device count manufacturer class -o csv"},
		{"device timeline", "device timeline DEVICE -o csv --columns kind,text"},
		{"device conversations", "device conversations DEVICE"},
		{"device links", "device links DEVICE"},
		{"device exposures", "device exposures DEVICE"},
		{"device unknown", "device unknown --filter manufacturer:Nobody -o csv"},
		{"bill get", "bill get bom_none"},
		{"finding decisions", "finding decisions"},
		{"model lifecycle", "model lifecycle -o csv"},
		{"model component", "model component zlib 1.2.11 -o csv"},
		{"inventory unmatched", "inventory unmatched silent -o csv --columns name,assetTag"},
		{"inventory unmatched side", "inventory unmatched both"},
		{"inventory outbox", "inventory outbox"},
		{"channel versions", "channel versions none"},
		{"channel check", "channel check " + filepath.Join(here, "channel.yaml")},
		{"channel check wrong", "channel check " + list},
		{"message replays", "message replays"},
		{"mapping list kept", "mapping list --kept -o csv --columns name,from,to --filter name:pcd-01"},
		{"mapping show kept", "mapping show none --kept"},
		{"mapping save", "mapping save " + list},
		{"mapping retire", "mapping retire none"},
		{"mapping try", "mapping try " + list},
		{"release show", "release show none"},
		{"release take", "release take rel_none " + filepath.Join(here, "taken")},
		{"release list", "release list --limit 1"},
		{"data-recall list", "data-recall list --limit 1"},
		{"patch calendar list", "patch calendar list"},
		{"view default", "view default view_none"},
		{"view list", "view list devices -o csv"},
		{"notification target show", "notification target show none"},
		{"stewardship list", "stewardship list --limit 1"},
		{"stewardship set", "stewardship set none --steward jo"},
		{"backup create nowhere", "backup create"},
		{"config print", "config print --effective --redact -o csv --columns key"},
	} {
		if strings.Contains(step.line, "DEVICE") {
			_, id, _ := bedrailCommand(t, "device", "list", "--filter", "manufacturer:Draeger", "-o", "csv", "--columns", "id", "--config", config)
			step.line = strings.ReplaceAll(step.line, "DEVICE", strings.TrimPrefix(strings.TrimSpace(id), "id\n"))
		}
		status, out, errs := bedrailCommand(t, append(strings.Fields(step.line), "--config", config)...)
		got := strings.ReplaceAll("$ bedrail "+step.line+"\n"+out+errs, here, "FOLDER")
		if step.name == "ingest cmms" {
			got = "$ bedrail " + strings.ReplaceAll(step.line, here, "FOLDER") + "\n" + importSummary(t, out) + errs
		}
		golden(t, "commands/"+strings.ReplaceAll(step.name, " ", "-"), steady(got, here)+"status "+string(rune('0'+status))+"\n")
	}
}

// importSummary keeps of the jobs what is the same each time.
func importSummary(t *testing.T, out string) string {
	t.Helper()
	var jobs []struct{ Kind, State string }
	if err := json.Unmarshal([]byte(out), &jobs); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// TestEveryCommandRefusesInOneLine calls each command as somebody would who
// does not know it. None may print a stack, more than a line, or nothing.
func TestEveryCommandRefusesInOneLine(t *testing.T) {
	t.Parallel()
	runs := map[string]bool{"serve": true, "demo": true, "doctor": true, "help": true, "completion": true, "man": true}
	nothing := filepath.Join(t.TempDir(), "nothing")
	config := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(config, []byte("server: {data: "+filepath.Join(t.TempDir(), "data")+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range everyCommand() {
		if runs[line[0]] {
			continue
		}
		for how, more := range map[string][]string{
			"a flag that is not there": {"--no-such-flag"},
			"no data":                  {"--config", config},
			"a file that is not there": {nothing, "--config", config},
			"no server":                {"--server", "http://127.0.0.1:1"},
			"six arguments":            {"a", "b", "c", "d", "e", "f", "--config", config},
		} {
			status, out, errs := bedrailCommand(t, append(append([]string{}, line...), more...)...)
			if status == 0 || status == exitFindings {
				continue // it needs none of that, or took it for what it is to judge
			}
			if status == exitFailed || strings.TrimSpace(errs) == "" || strings.Contains(errs, "goroutine ") || strings.Contains(errs, "internal error") {
				t.Errorf("%v, %s: status %d, out %q, err %q", line, how, status, out, errs)
			}
			lines := strings.Count(errs, "\n")
			if how != "six arguments" && lines > 1 {
				t.Errorf("%v, %s: %d lines: %q", line, how, lines, errs)
			}
			for l := range strings.Lines(errs) {
				if !strings.HasPrefix(l, "bedrail: ") {
					t.Errorf("%v, %s: a line that is not ours: %q", line, how, l)
				}
			}
		}
	}
}

func TestTheCompletionOfEachShellIsWritten(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		status, out, errs := bedrailCommand(t, "completion", shell)
		if status != 0 || !strings.Contains(out, "bedrail") || errs != "" {
			t.Errorf("%s: status %d, %d bytes, %s", shell, status, len(out), errs)
		}
	}
}

// complete returns what completion offers at the end of args.
func complete(t *testing.T, args ...string) []string {
	t.Helper()
	_, out, _ := bedrailCommand(t, append([]string{"__completeNoDesc"}, args...)...)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[:max(0, len(lines)-1)] // the last line is a directive
}

func TestWhatCompletionOffers(t *testing.T) {
	config := folder(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"the formats":        {[]string{"device", "list", "-o", ""}, "ndjson"},
		"roles of people":    {[]string{"user", "add", "jo", "--role", ""}, "clinical-engineer"},
		"kinds of progress":  {[]string{"version", "--progress", ""}, "json"},
		"people by name":     {[]string{"user", "disable", "--config", config, ""}, "admin"},
		"suites":             {[]string{"conformance", ""}, "ucum"},
		"the start of words": {[]string{"device", "list", "-o", "ya"}, "yaml"},
	} {
		got := complete(t, c.args...)
		found := false
		for _, g := range got {
			found = found || g == c.want
		}
		if !found {
			t.Errorf("%s: got %q, want %q among them", name, got, c.want)
		}
	}
}

func TestTheManualPagesAreTheSameEachTime(t *testing.T) {
	pages := func() map[string][]byte {
		t.Helper()
		to := t.TempDir()
		if status, _, errs := bedrailCommand(t, "man", to); status != 0 {
			t.Fatalf("status %d, %s", status, errs)
		}
		all := map[string][]byte{}
		files, err := os.ReadDir(to)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if all[f.Name()], err = os.ReadFile(filepath.Join(to, f.Name())); err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	first, second := pages(), pages()
	if len(first) < len(everyCommand())/2 || first["bedrail-serve.1"] == nil {
		t.Fatalf("got %d pages", len(first))
	}
	for name, text := range first {
		if !bytes.Equal(text, second[name]) {
			t.Errorf("%s differs", name)
		}
	}
}
