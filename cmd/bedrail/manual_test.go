package main

import (
	"fmt"
	"os"
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
			fmt.Fprintf(&b, "```sh\n%s\n```\n\n", strings.ReplaceAll(strings.TrimSpace(c.Example), "\n  ", "\n"))
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

// A block is a fenced piece of a page.
type block struct {
	place string
	run   bool // marked "sh run": it is run as it stands
	lines []string
}

// blocks returns the shell blocks of a page.
func blocks(t *testing.T, path string) (all []block) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var open *block
	for n, line := range strings.Split(string(text), "\n") {
		switch {
		case open == nil && (line == "```sh" || line == "```sh run"):
			open = &block{place: path + ":" + strconv.Itoa(n+1), run: line == "```sh run"}
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
	found, err := filepath.Glob("../../docs/manual/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(found, "../../README.md")
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

// TestManualRuns runs the blocks that are marked so, in a folder with a
// Bedrail that was started once, with a list of devices beside it.
func TestManualRuns(t *testing.T) {
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
			here := filepath.Dir(folder(t))
			t.Chdir(here)
			t.Setenv("BEDRAIL_SERVER__DATA", filepath.Join(here, "data"))
			t.Setenv("BEDRAIL_KEYS__FOLDER", filepath.Join(here, "keys"))
			list := "Asset Tag,Manufacturer,Model,Serial Number\nME-1,B. Braun,Infusomat Space,S-1\n"
			if err := os.WriteFile("inventory.csv", []byte(list), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, b := range marked {
				for _, line := range b.lines {
					args, to, ours := callOf(line)
					if !ours {
						continue
					}
					ran++
					status, out, errs := bedrailCommand(t, args...)
					if status != 0 {
						t.Errorf("%s: %s: status %d, %s%s", b.place, line, status, out, errs)
					}
					if to != "" {
						if err := os.WriteFile(to, []byte(out), 0o600); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		})
	}
	if ran == 0 {
		t.Error("no page of the manual has a block that is run")
	}
}
