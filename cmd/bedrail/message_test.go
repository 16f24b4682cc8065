package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMessageCommands(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.hl7", "MSH|^~\\&|A|B|C|D|20260301||ACK|1|P|2.6\rMSA|AA|7\r")
	bad := write("bad.hl7", "MSH|^~\\&|A|B|C|D|20260301||ADT^A01|1|P|2.5.1\rEVN||2026\rPID|||SECRET||SECRET^SECRET||SECRET\rPV1||I\r")
	cases := map[string]struct {
		args   []string
		status int
		out    string
	}{
		"a valid file":                {[]string{"message", "validate", good}, exitDone, ""},
		"an invalid file":             {[]string{"message", "validate", good, bad}, exitFindings, "PID.7"},
		"a file that is not there":    {[]string{"message", "validate", good, good + "x"}, exitPartly, ""},
		"an invalid file weighs more": {[]string{"message", "validate", bad, good + "x"}, exitFindings, "PID.7"},
		"an outcome in FHIR's form":   {[]string{"message", "validate", bad, "--outcome"}, exitFindings, `"resourceType":"OperationOutcome"`},
		"a folder":                    {[]string{"message", "validate", folder}, exitFindings, "bad.hl7"},
		"a format that is not there":  {[]string{"message", "validate", good, "--as", "morse"}, exitUsage, ""},
		"a profile that is not there": {[]string{"message", "validate", good, "--profile", "x"}, exitUsage, ""},
		"no file":                     {[]string{"message", "validate"}, exitUsage, ""},
		"a message field by field":    {[]string{"message", "show", bad}, exitDone, "(masked)"},
		"two that are the same":       {[]string{"message", "diff", good, good}, exitDone, ""},
		"two that differ":             {[]string{"message", "diff", good, bad}, exitFindings, "MSH.9"},
		"as CSV":                      {[]string{"message", "diff", good, bad, "-o", "csv"}, exitFindings, "what"},
		"one of two is not there":     {[]string{"message", "diff", good, good + "x"}, exitNotFound, ""},
		"one of two is no message":    {[]string{"message", "diff", good, write("y.txt", "hello")}, exitUsage, ""},
		"both from standard input":    {[]string{"message", "diff", "-", "-"}, exitUsage, ""},
		"sent to nobody":              {[]string{"message", "send", good}, exitUsage, ""},
		"sent nowhere":                {[]string{"message", "send", good, "--to", "morse://x"}, exitUsage, ""},
		"what would be sent":          {[]string{"message", "send", good, "--to", "mllp://127.0.0.1:1", "--dry-run"}, exitDone, "not-sent"},
		"nobody is there":             {[]string{"message", "send", good, bad, "--to", "mllp://127.0.0.1:1"}, exitUnavailable, "not-sent"},
		"nothing that can be sent":    {[]string{"message", "send", write("z.txt", "hello"), "--to", "mllp://127.0.0.1:1"}, exitFailed, ""},
		"a wait that is none":         {[]string{"message", "send", good, "--to", "mllp://127.0.0.1:1", "--wait", "0s"}, exitUsage, ""},
		"bytes that are no message":   {[]string{"message", "show", write("x.txt", "hello")}, exitUsage, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			status, out, errs := bedrailCommand(t, c.args...)
			if status != c.status || !strings.Contains(out, c.out) || strings.Contains(out+errs, "SECRET") {
				t.Errorf("got %d\n%s%s\nwant %d and %q", status, out, errs, c.status, c.out)
			}
		})
	}
	_, out, _ := bedrailCommand(t, "message", "validate", good, bad, "-o", "json")
	var got []struct {
		Path, Format string
		Valid        bool
		Issues       []struct {
			Severity, Code, Location, Text string
			Bytes                          [2]int
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(got) != 2 || !got[0].Valid || got[0].Issues == nil || got[1].Valid || got[1].Format != "hl7v2" || got[1].Issues[0].Location != "PID.7" {
		t.Errorf("got %s", out)
	}
	raw, err := os.ReadFile(bad)
	if err != nil {
		t.Fatal(err)
	}
	if at := got[1].Issues[0].Bytes; at[1] != strings.LastIndex(string(raw), "SECRET")+len("SECRET") || at[1]-at[0] != len("SECRET") {
		t.Errorf("got bytes %v", at)
	}
}
