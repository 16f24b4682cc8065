package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedrail"
	"bedrail/access"
	"bedrail/server"
	"bedrail/store/storetest"
)

// bedrailCommand runs one command line and returns what it printed.
func bedrailCommand(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(args, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}

func TestWrongCallsAreUsageErrors(t *testing.T) {
	for name, args := range map[string][]string{
		"a command that is not there":          {"discovr"},
		"a flag that is not there":             {"version", "--colour"},
		"an argument too many":                 {"version", "now"},
		"a format that is not there":           {"version", "-o", "xml"},
		"a token without a server":             {"version", "--token-file", "x"},
		"a server that is no address":          {"user", "list", "--server", "localhost"},
		"a limit below nothing":                {"version", "--limit", "-1"},
		"a column that is not there":           {"config", "print", "--effective", "--columns", "colour"},
		"a sort of progress that is not there": {"version", "--progress", "loud"},
		"a shell that is not known":            {"completion", "tcsh"},
		"a doctor for another machine":         {"doctor", "--server", "http://127.0.0.1:1"},
		"a description in rows":                {"openapi", "-o", "csv"},
		"a configuration that is not there":    {"config", "print", "--config", "/no/such/file"},
	} {
		t.Run(name, func(t *testing.T) {
			status, out, errs := bedrailCommand(t, args...)
			if status != exitUsage || out != "" || !strings.HasPrefix(errs, "bedrail: ") || strings.Count(errs, "\n") != 1 {
				t.Errorf("status %d, out %q, err %q", status, out, errs)
			}
		})
	}
	for near, line := range map[string][]string{"version": {"versoin"}, "list": {"device", "lst"}} {
		if _, _, errs := bedrailCommand(t, line...); !strings.Contains(errs, `did you mean "`+near+`"`) {
			t.Errorf("%v: got %s", line, errs)
		}
	}
}

func TestStatusesAreThoseOfTheContract(t *testing.T) {
	for want, err := range map[int]error{
		0: nil, 1: errors.New("x"), 2: bedrail.Errorf(bedrail.Invalid, "x"), 3: exitWith(exitFindings, ""), 4: bedrail.Errorf(bedrail.Denied, "x"),
		5: bedrail.Errorf(bedrail.NotFound, "x"), 6: bedrail.Errorf(bedrail.Conflict, "x"), 7: exitWith(exitPartly, ""), 8: bedrail.Errorf(bedrail.Unavailable, "x"),
	} {
		if got := statusOf(err); got != want {
			t.Errorf("%v: got %d, want %d", err, got, want)
		}
		if got := statusOf(fmt.Errorf("wrapped: %w", err)); err != nil && got != want {
			t.Errorf("wrapped %v: got %d, want %d", err, got, want)
		}
	}
}

type pump struct {
	Name string `json:"name"`
	Beds int    `json:"beds"`
}

func TestRowsInEveryFormat(t *testing.T) {
	rows := []pump{{"=cmd|' /C calc'!A0", 2}, {"yes\x1b[31m", 0}}
	columns := []column[pump]{{"name", false, func(p pump) string { return p.Name }}, {"beds", true, func(p pump) string { return fmt.Sprint(p.Beds) }}}
	for output, want := range map[string]string{
		"json":   "[\n  {\n    \"name\": \"=cmd|' /C calc'!A0\",\n    \"beds\": 2\n  },\n  {\n    \"name\": \"yes\\u001b[31m\",\n    \"beds\": 0\n  }\n]\n",
		"ndjson": "{\"name\":\"=cmd|' /C calc'!A0\",\"beds\":2}\n{\"name\":\"yes\\u001b[31m\",\"beds\":0}\n",
		"csv":    "name,beds\n'=cmd|' /C calc'!A0,2\nyes\x1b[31m,0\n",
		"table":  "NAME\n=cmd|' /C calc'!A0\nyes\uFFFD[31m\n",
		"wide":   "NAME                BEDS\n=cmd|' /C calc'!A0  2\nyes\uFFFD[31m            0\n",
		"yaml":   "- name: \"=cmd|' /C calc'!A0\"\n  beds: 2\n- name: \"yes\\e[31m\"\n  beds: 0\n",
	} {
		var b bytes.Buffer
		if err := writeList(&environment{stdout: &b, output: output}, rows, columns); err != nil || b.String() != want {
			t.Errorf("%s: got %q, %v, want %q", output, b.String(), err, want)
		}
	}
	var b bytes.Buffer
	if err := writeList(&environment{stdout: &b, output: "json"}, []pump(nil), columns); err != nil || b.String() != "[]\n" {
		t.Errorf("no rows: %q, %v", b.String(), err)
	}
}

// folder is a data folder that a server has used.
func folder(t *testing.T) (config string) {
	t.Helper()
	dir := t.TempDir()
	config = filepath.Join(dir, "bedrail.yaml")
	text := fmt.Sprintf("server: {listen: 127.0.0.1:0, data: %s}\nkeys: {folder: %s}\n", filepath.Join(dir, "data"), filepath.Join(dir, "keys"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := server.Load(server.Sources{File: config})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Fill(filepath.Join(cfg.Data, "bedrail.db")); err != nil {
		t.Fatal(err)
	}
	s, err := server.New(t.Context(), cfg, server.Options{Hasher: access.Hasher{Memory: 64, Passes: 1, Iterations: 10}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return config
}

func TestCommandsBesideTheDataFolder(t *testing.T) {
	config := folder(t)
	status, out, errs := bedrailCommand(t, "user", "add", "jo", "--role", "viewer@north/icu", "--config", config, "-o", "json")
	var made []struct{ Name, OneTimePassword string }
	if err := json.Unmarshal([]byte(out), &made); status != 0 || err != nil || len(made) != 1 || made[0].OneTimePassword == "" {
		t.Fatalf("status %d, %s, %s, %v", status, out, errs, err)
	}
	if status, _, errs := bedrailCommand(t, "user", "add", "jo", "--role", "viewer", "--config", config); status != exitConflict || !strings.Contains(errs, "already") {
		t.Errorf("twice: %d %s", status, errs)
	}
	if status, _, _ := bedrailCommand(t, "user", "disable", "zoe", "--config", config); status != exitNotFound {
		t.Errorf("somebody who is not there: %d", status)
	}
	if status, _, errs := bedrailCommand(t, "user", "disable", "admin", "--config", config); status != exitConflict {
		t.Errorf("the last administrator: %d %s", status, errs)
	}
	if status, out, errs := bedrailCommand(t, "user", "grant", "jo", "--role", "clinical-engineer", "--config", config, "-o", "csv", "--columns", "name,roles"); status != 0 || out != "name,roles\njo,clinical-engineer\n" {
		t.Errorf("%d %q %s", status, out, errs)
	}
	secret := filepath.Join(t.TempDir(), "token")
	if status, out, errs := bedrailCommand(t, "token", "create", "cmms", "--user", "jo", "--config", config, "--out", secret); status != 0 || strings.Contains(out, "brt_ ") {
		t.Errorf("%d %q %s", status, out, errs)
	}
	if raw, err := os.ReadFile(secret); err != nil || !strings.HasPrefix(string(raw), "brt_") {
		t.Errorf("%s %v", raw, err)
	}
	if status, out, _ := bedrailCommand(t, "user", "list", "--config", config, "--filter", "name:jo", "-o", "ndjson"); status != 0 || strings.Count(out, "\n") != 1 {
		t.Errorf("%d %q", status, out)
	}
	if status, _, errs := bedrailCommand(t, "user", "list", "--config", config, "--filter", "colour:red"); status != exitUsage || !strings.Contains(errs, "colour") {
		t.Errorf("%d %s", status, errs)
	}
}

func TestTheDescriptionIsPrintedAsYAML(t *testing.T) {
	status, out, _ := bedrailCommand(t, "openapi", "-o", "yaml")
	if status != 0 || !strings.HasPrefix(out, "components:") && !strings.HasPrefix(out, "openapi:") {
		t.Errorf("status %d, %.80s", status, out)
	}
}

func TestATimeoutIsSaidInWords(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer slow.Close()
	file := filepath.Join(t.TempDir(), "list.csv")
	os.WriteFile(file, []byte("Asset\n1\n"), 0o600)
	for _, args := range [][]string{{"device", "list", "--server", slow.URL}, {"ingest", "cmms", file, "--server", slow.URL}, {"user", "list", "--config", folder(t)}} {
		wait := "50ms"
		if args[0] == "user" {
			wait = "1ns"
		}
		status, out, errs := bedrailCommand(t, append(args, "--timeout", wait)...)
		if status != exitUnavailable || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "within the "+wait+" of --timeout") || strings.Contains(errs, "deadline") {
			t.Errorf("%v: status %d, %q, %q", args, status, out, errs)
		}
	}
}

func TestAFileThatWhollyFailsIsAFailure(t *testing.T) {
	config, dir := folder(t), t.TempDir()
	good, bad := filepath.Join(dir, "good.csv"), filepath.Join(dir, "bad.csv")
	os.WriteFile(good, []byte("Asset;Manufacturer;Model;Serial number\n1;Dräger;Evita V500;S1\n"), 0o600)
	os.WriteFile(bad, nil, 0o600)
	for want, files := range map[int][]string{exitFailed: {bad}, exitPartly: {bad, good}, exitDone: {good}} {
		if status, out, errs := bedrailCommand(t, append([]string{"ingest", "cmms", "--config", config}, files...)...); status != want {
			t.Errorf("%v: status %d, want %d: %s %s", files, status, want, out, errs)
		}
	}
}

func TestAUnitAloneDoesNotMoveADeviceOutOfItsSite(t *testing.T) {
	config := folder(t)
	file := filepath.Join(t.TempDir(), "list.csv")
	os.WriteFile(file, []byte("Asset;Manufacturer;Model;Serial number\nLOC-1;Dräger;Evita V500;LOC-0017\n"), 0o600)
	do := func(args ...string) string {
		status, out, errs := bedrailCommand(t, append(args, "--config", config, "-o", "json")...)
		if status != 0 {
			t.Fatalf("%v: %d %s", args, status, errs)
		}
		return out + errs
	}
	do("ingest", "cmms", file)
	var found []struct{ ID string }
	if err := json.Unmarshal([]byte(do("device", "list", "--filter", "asset_tag:LOC-1")), &found); err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	do("device", "locate", found[0].ID, "--site", "north", "--unit", "ICU")
	var d struct{ Location struct{ Site, Unit string } }
	if err := json.Unmarshal([]byte(do("device", "locate", found[0].ID, "--unit", "ED")), &d); err != nil || d.Location.Site != "north" || d.Location.Unit != "ED" {
		t.Errorf("it stands in %+v, %v", d.Location, err)
	}
	if said := do("device", "bulk", "--filter", "asset_tag:LOC-1", "--add-tag", "seen"); !strings.Contains(said, "bedrail job get job_") || !strings.Contains(said, "bedrail device bulk-undo blk_") {
		t.Errorf("how to take it back is not said: %s", said)
	}
}

func TestAListIsTakenInFromStandardInput(t *testing.T) {
	config := folder(t)
	var out, errs bytes.Buffer
	in := strings.NewReader("Asset;Manufacturer;Model;Serial number\n1;Dräger;Evita V500;S1\n2;Dräger;Evita V500;S2\n")
	if status := run([]string{"ingest", "cmms", "-", "--config", config, "-o", "json"}, in, &out, &errs); status != 0 || !strings.Contains(out.String(), `"rows": 2`) {
		t.Errorf("status %d, %s, %s", status, out.String(), errs.String())
	}
}

func TestAnswersThatAreNotThere(t *testing.T) {
	config := filepath.Join(t.TempDir(), "c.yaml")
	os.WriteFile(config, fmt.Appendf(nil, "server: {data: %s}\n", filepath.Join(t.TempDir(), "none")), 0o600)
	if status, _, errs := bedrailCommand(t, "user", "list", "--config", config); status != exitNotFound || !strings.Contains(errs, "bedrail serve") {
		t.Errorf("no data: %d %s", status, errs)
	}
	if status, _, errs := bedrailCommand(t, "user", "list", "--server", "http://127.0.0.1:1"); status != exitUnavailable {
		t.Errorf("no server: %d %s", status, errs)
	}
}

func TestOneMessageIsOneLine(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "a": {"a"}, "a: unmarshal errors:\n  line 1: b\n  line 2: c": {"a: unmarshal errors: line 1: b line 2: c"}, "a\nb": {"a", "b"},
	} {
		if got := messages(text); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestWhoMayDoWhatIsALine(t *testing.T) {
	status, out, errs := bedrailCommand(t, "user", "roles", "-o", "csv", "--config", folder(t))
	if status != 0 || errs != "" || !strings.Contains(out, "\nuser:write,administrator\n") || strings.Count(out, "\n") < 50 {
		t.Errorf("status %d, %s, %s", status, out, errs)
	}
}

func TestTheSystemSaysHowItIs(t *testing.T) {
	config := folder(t)
	status, out, errs := bedrailCommand(t, "system", "status", "--config", config)
	if status != 0 && status != exitFindings || errs != "" || !strings.Contains(out, "store: sqlite, ") || !strings.Contains(out, "bus: off, 0 pending") {
		t.Errorf("status %d, %s, %s", status, out, errs)
	}
	if status, _, errs := bedrailCommand(t, "whoami", "--config", config); status != exitUsage || !strings.Contains(errs, "the user of this machine") {
		t.Errorf("status %d, %s", status, errs)
	}
}
