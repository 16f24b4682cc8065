package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// referencePath is the page of the manual that this test writes.
const referencePath = "../../docs/manual/command-line.md"

// reference is the command line as a page.
func reference() string {
	root := (&environment{}).rootCommand()
	var b strings.Builder
	b.WriteString("# Command line\n\nThis page is made from the program: `go test ./cmd/bedrail -run Manual -update`.\n\n")
	b.WriteString("Data go to standard output, everything else to standard error. Exit statuses: 0 done, 1 failed, 2 called wrongly, 3 findings or\n" +
		"violations are present, 4 not permitted, 5 not found, 6 conflict, 7 partly done, 8 unavailable, 130 interrupted.\n\n")
	b.WriteString("Every command takes\n\n")
	writeFlags(&b, root.PersistentFlags())
	for _, c := range everyone(root)[1:] {
		if c.Hidden || len(c.Commands()) > 0 && c.Name() != "discover" {
			continue
		}
		fmt.Fprintf(&b, "## %s\n\n    %s\n\n%s\n\n", c.CommandPath(), c.UseLine(), strings.TrimSpace(orShort(c)))
		writeFlags(&b, c.LocalNonPersistentFlags())
		if c.Example != "" {
			fmt.Fprintf(&b, "```sh not run: examples of what a line looks like\n%s\n```\n\n", strings.ReplaceAll(strings.TrimSpace(c.Example), "\n  ", "\n"))
		}
	}
	return strings.TrimSpace(b.String()) + "\n"
}

func orShort(c *cobra.Command) string {
	if c.Long != "" {
		return c.Short + ".\n\n" + c.Long
	}
	return c.Short + "."
}

func writeFlags(b *strings.Builder, flags *pflag.FlagSet) {
	rows := ""
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Hidden {
			return
		}
		value, about := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		rows += fmt.Sprintf("| `%s` | %s |\n", name, strings.ReplaceAll(about, "|", "\\|"))
	})
	if rows != "" {
		b.WriteString("| flag | meaning |\n|---|---|\n" + rows + "\n")
	}
}

func TestManualHoldsTheCommandLineAsItIs(t *testing.T) {
	got := reference()
	if *update {
		if err := os.WriteFile(referencePath, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(referencePath)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("docs/manual/command-line.md is stale; write it anew: go test ./cmd/bedrail -run Manual -update")
	}
}

// A block is a fenced piece of shell in a page. "sh run" is run as it stands;
// "sh not run: why" says what keeps it from that.
type block struct {
	place string
	run   bool
	lines []string
}

// blocks returns the shell blocks of a page. One without a mark is an error:
// what nobody runs is soon wrong.
func blocks(t *testing.T, path string) (all []block) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var open *block
	for n, line := range strings.Split(string(text), "\n") {
		kind, fence := strings.CutPrefix(line, "```")
		switch {
		case open == nil && fence && (kind == "sh" || strings.HasPrefix(kind, "sh ")):
			open = &block{place: path + ":" + strconv.Itoa(n+1), run: kind == "sh run"}
			if why, excused := strings.CutPrefix(kind, "sh not run: "); !open.run && (!excused || len(why) < 10) {
				t.Errorf("%s: a shell block is marked \"sh run\", or \"sh not run: WHY\"", open.place)
			}
		case open != nil && line == "```":
			all, open = append(all, *open), nil
		case open != nil:
			open.lines = append(open.lines, line)
		}
	}
	return all
}

// callOf returns the arguments of a line that calls the program, and where its
// output goes.
func callOf(line string) (args []string, to string, ours bool) {
	line, _, _ = strings.Cut(line, "  #")
	fields := shellWords(line)
	i := slices.IndexFunc(fields, func(f string) bool { return f == "bedrail" || f == "bin/bedrail" || f == "./bin/bedrail" })
	if i < 0 || i > 0 && fields[0] != "sudo" {
		return nil, "", false
	}
	fields = fields[i+1:]
	if j := slices.Index(fields, ">"); j >= 0 && j+1 < len(fields) {
		return fields[:j], fields[j+1], true
	}
	return fields, "", true
}

// shellWords splits a line as a shell does, as far as the manual needs it.
func shellWords(line string) (all []string) {
	var word strings.Builder
	var quote rune
	begun := false
	for _, r := range line + " " {
		switch {
		case quote == 0 && (r == '\'' || r == '"'):
			quote, begun = r, true
		case r == quote:
			quote = 0
		case quote == 0 && r == ' ':
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	return all
}

func pages(t *testing.T) []string {
	t.Helper()
	found := []string{"../../README.md"}
	err := filepath.WalkDir("../../docs", func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestManualNamesOnlyCommandsAndFlagsThatAreThere(t *testing.T) {
	seen := 0
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			for _, line := range b.lines {
				args, _, ours := callOf(line)
				if !ours {
					continue
				}
				seen++
				root := (&environment{}).rootCommand()
				root.InitDefaultCompletionCmd()
				c, rest, err := root.Find(args)
				if err == nil && c.Runnable() {
					err = c.ParseFlags(rest)
				}
				if err == nil && c.HasSubCommands() && c.Args != nil && len(c.Flags().Args()) > 0 && c.Name() != "discover" {
					err = fmt.Errorf("there is no command %v", args)
				}
				if err != nil {
					t.Errorf("%s: %s: %v", b.place, line, err)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d lines call the program", seen)
	}
}

// usualAddress stands in the manual where a server is meant to answer.
const usualAddress = "127.0.0.1:8080"

// TestManualRuns runs the blocks that are marked so by a shell, with the
// program as it is built, in a folder with a Bedrail that was started once and
// files such as a hospital has. A page that speaks of a running server has one.
func TestManualRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT RUN with -short: it builds the program")
	}
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("NOT RUN: there is no bash")
	}
	programs := t.TempDir()
	if text, err := exec.Command("go", "build", "-o", filepath.Join(programs, "bedrail"), ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, text)
	}
	ran := 0
	for _, page := range pages(t) {
		var marked []block
		for _, b := range blocks(t, page) {
			if b.run {
				marked = append(marked, b)
			}
		}
		if len(marked) == 0 {
			continue
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			m := newManualFolder(t, programs)
			for _, b := range marked {
				for _, line := range b.lines {
					if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
						continue
					}
					ran++
					m.run(t, shell, b.place, line)
				}
			}
		})
	}
	if ran < 30 {
		t.Errorf("only %d lines of the manual were run", ran)
	}
}

// A manualFolder is where a page is tried out.
type manualFolder struct {
	here    string
	env     []string
	address string // of the server, once a line asks for one
	program string
}

func newManualFolder(t *testing.T, programs string) *manualFolder {
	t.Helper()
	here := filepath.Dir(folder(t))
	for name, from := range map[string]string{"icu.pcap": "captures/infusion-pump.pcap", "monitor.hl7": "messages/pump.hl7", "feeds/advisory.json": "records/icsma-test-01.json", "pump.cdx.json": "records/alaris.cdx.json", "bedrail.cdx.json": "records/alaris.cdx.json"} {
		text, err := os.ReadFile(filepath.Join("../../server/testdata", from))
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(here, name)), 0o700), os.WriteFile(filepath.Join(here, name), text, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	list := "Asset Tag,Manufacturer,Model,Serial Number,Software Version\nME-1,B. Braun,Infusomat Space,S-1,688N\n"
	if err := os.WriteFile(filepath.Join(here, "inventory.csv"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	return &manualFolder{here: here, program: filepath.Join(programs, "bedrail"), env: append(os.Environ(), "PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+here,
		"BEDRAIL_SERVER__DATA="+filepath.Join(here, "data"), "BEDRAIL_KEYS__FOLDER="+filepath.Join(here, "keys"))}
}

// run runs one line. Status 3 says that something was found, which is no
// failure of the line.
func (m *manualFolder) run(t *testing.T, shell, place, line string) {
	t.Helper()
	if strings.Contains(line, usualAddress) {
		line = strings.ReplaceAll(line, usualAddress, m.serve(t))
	}
	c := exec.Command(shell, "-c", line)
	c.Dir, c.Env = m.here, m.env
	out, err := c.CombinedOutput()
	if status := c.ProcessState.ExitCode(); status != 0 && status != exitFindings {
		t.Errorf("%s: %s: %v\n%s", place, line, err, out)
	}
}

// serve starts the server of the folder and returns its address.
func (m *manualFolder) serve(t *testing.T) string {
	t.Helper()
	if m.address != "" {
		return m.address
	}
	c := exec.Command(m.program, "serve")
	c.Dir, c.Env = m.here, append(m.env, "BEDRAIL_SERVER__LISTEN=127.0.0.1:0", "BEDRAIL_LOG__FORMAT=json")
	log, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Signal(os.Interrupt); c.Wait() })
	in := bufio.NewScanner(log)
	for in.Scan() {
		var line struct{ URL string }
		if json.Unmarshal(in.Bytes(), &line) == nil && line.URL != "" {
			m.address = strings.TrimPrefix(line.URL, "http://")
			go io.Copy(io.Discard, log)
			return m.address
		}
	}
	t.Fatal("the server did not say where it listens")
	return ""
}
