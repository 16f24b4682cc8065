package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"bedrail/mapping"
	"bedrail/server/oneshot"
)

func (e *environment) mappingCommand() *cobra.Command {
	return group("mapping", "How messages become FHIR, and back",
		e.mappingList(), e.mappingShow(), e.mappingRun(), e.mappingTest(), e.mappingDiff(), e.mappingTry(), e.mappingSave(), e.mappingRetire())
}

const keptFlag = "ask the Bedrail of --server or --config, which may keep some of the house"

const mappingsFlag = "`FOLDER` (or file) of mappings of your own, which come before Bedrail's"

func (e *environment) mappingList() *cobra.Command {
	var folder string
	var kept bool
	c := &cobra.Command{Use: "list", Short: "List the mappings, and for which messages they are", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if kept {
				return e.mappingListKept(c)
			}
			lib, err := oneshot.Mappings(folder)
			if err != nil {
				return err
			}
			type row struct {
				Name    string `json:"name"`
				Version int    `json:"version"`
				From    string `json:"from"`
				To      string `json:"to"`
				Own     bool   `json:"own"`
				Tests   int    `json:"tests"`
				When    string `json:"when"`
				Title   string `json:"title"`
			}
			rows := []row{}
			for _, name := range lib.Names() {
				m, builtIn, _ := lib.Mapping(name)
				rows = append(rows, row{m.Name, m.Version, m.From, m.To, !builtIn, len(m.Tests), m.When, m.Title})
			}
			return e.writeDocument(rows, func(w io.Writer) error {
				for _, r := range rows {
					if _, err := fmt.Fprintf(w, "%-12s %3d  %-6s to %-6s %s\n", r.Name, r.Version, r.From, r.To, r.Title); err != nil {
						return err
					}
				}
				return nil
			})
		}}
	c.Flags().StringVar(&folder, "mappings", "", mappingsFlag)
	c.Flags().BoolVar(&kept, "kept", false, keptFlag)
	return c
}

func (e *environment) mappingShow() *cobra.Command {
	var folder string
	var unused, kept bool
	c := &cobra.Command{Use: "show NAME", Short: "Print a mapping, with what it extends", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if kept {
				return e.mappingShowKept(c, args[0])
			}
			lib, err := oneshot.Mappings(folder)
			if err != nil {
				return err
			}
			p, err := lib.Program(args[0])
			if err != nil {
				return exitWith(exitNotFound, "%v", err)
			}
			if unused {
				return e.writeDocument(p.Unused, func(w io.Writer) error {
					for _, u := range p.Unused {
						if _, err := fmt.Fprintln(w, u); err != nil {
							return err
						}
					}
					return nil
				})
			}
			return e.writeDocument(p.Mapping, func(w io.Writer) error { return yaml.NewEncoder(w).Encode(p.Mapping) })
		}}
	c.Flags().StringVar(&folder, "mappings", "", mappingsFlag)
	c.Flags().BoolVar(&kept, "kept", false, keptFlag)
	c.Flags().BoolVar(&unused, "unused", false, "print instead the rules of HL7's tables that FHIR R4 does not allow, with the reason")
	return c
}

func (e *environment) mappingRun() *cobra.Command {
	var folder, name, received string
	c := &cobra.Command{
		Use:   "run FILE...",
		Short: "Map messages and print what they become; needs no server",
		Long: "Reads HL7 v2, ASTM, POCT1-A, DICOM or FHIR (- for standard input) and prints what each message becomes: a FHIR bundle,\n" +
			"or an HL7 v2 message for a bundle. What is printed holds the patient's data of the message.",
		Example: "  bedrail mapping run monitor.hl7\n  bedrail mapping run --mapping pcd-01 --mappings ours/ monitor.hl7",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, paths []string) error {
			lib, err := oneshot.Mappings(folder)
			if err != nil {
				return err
			}
			var at time.Time
			if received != "" {
				if at, err = time.Parse(time.RFC3339, received); err != nil {
					return usage("--received %s: write it as 2026-03-01T10:15:00Z", received)
				}
			}
			return oneshot.MapFiles(lib, paths, name, c.InOrStdin(), at, func(m oneshot.Mapped) error {
				for _, issue := range m.Issues {
					e.warn("%s: message %d: byte %d: %s", m.Path, m.Message, issue.Start, issue.Text)
				}
				if json.Valid(m.Result) && e.output == "yaml" {
					var doc any
					if err := json.Unmarshal(m.Result, &doc); err != nil {
						return err
					}
					return yaml.NewEncoder(e.stdout).Encode(doc)
				}
				_, err := fmt.Fprintf(e.stdout, "%s\n", m.Result)
				return err
			})
		},
	}
	c.Flags().StringVar(&name, "mapping", "", "map with the mapping of this `NAME` instead of the first that is for the message")
	c.Flags().StringVar(&folder, "mappings", "", mappingsFlag)
	c.Flags().StringVar(&received, "received", "", "`TIME` at which the messages came in, for Provenance")
	return c
}

func (e *environment) mappingTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test [FOLDER|FILE]",
		Short: "Run the tests that mappings carry, with those of a folder before Bedrail's",
		Long:  "Exit status 3 when a test fails, 1 when a mapping cannot be read.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder := ""
			var files fs.FS
			if len(args) == 1 {
				folder = args[0]
				at := folder
				if info, err := os.Stat(folder); err == nil && !info.IsDir() {
					at = filepath.Dir(folder)
				}
				files = os.DirFS(at)
			}
			lib, err := oneshot.Mappings(folder)
			if err != nil {
				return err
			}
			return e.reportMappings(lib, files)
		},
	}
}

func (e *environment) reportMappings(lib *mapping.Library, files fs.FS) error {
	verdicts, failed := []mapping.Verdict{}, 0
	for _, name := range lib.Names() {
		if _, err := lib.Program(name); err != nil {
			return err
		}
		vs, err := lib.Test(name, files)
		if err != nil {
			return err
		}
		verdicts = append(verdicts, vs...)
	}
	err := e.writeDocument(verdicts, func(w io.Writer) error {
		for _, v := range verdicts {
			word := "ok    "
			if !v.Passed {
				word = "failed"
			}
			if _, err := fmt.Fprintf(w, "%s %-12s %s\n", word, v.Mapping, v.Test); err != nil {
				return err
			}
			for _, m := range v.Misses {
				if _, err := fmt.Fprintf(w, "       %s: expected %q, got %q\n", m.Expression, m.Expected, m.Got); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, v := range verdicts {
		if !v.Passed {
			failed++
		}
	}
	if err == nil && failed > 0 {
		return exitWith(exitFindings, "%d of %d tests failed", failed, len(verdicts))
	}
	return err
}

func (e *environment) mappingDiff() *cobra.Command {
	var before, after, name string
	c := &cobra.Command{
		Use:   "diff FILE...",
		Short: "Say what another version of a mapping would change in these messages",
		Long: "Maps every message twice, with the mappings of --before (Bedrail's own when it is left out) and with those of --after,\n" +
			"and prints each value that only one of them gives. Values are the patient's; -o json prints them too.",
		Example: "  bedrail mapping diff --after ours/ day/*.hl7",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, paths []string) error {
			was, err := oneshot.Mappings(before)
			if err != nil {
				return err
			}
			is, err := oneshot.Mappings(after)
			if err != nil {
				return err
			}
			n, changes, err := oneshot.CompareMappings(was, is, paths, name, c.InOrStdin())
			if err != nil {
				return err
			}
			if err := e.writeDocument(changes, func(w io.Writer) error {
				for _, d := range changes {
					if _, err := fmt.Fprintf(w, "%s %d  %-6s %s = %s\n", d.Path, d.Message, d.Only, d.Element, d.Value); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				return err
			}
			e.say("%d messages, %d values differ", n, len(changes))
			return nil
		},
	}
	c.Flags().StringVar(&before, "before", "", "`FOLDER` (or file) of the mappings as they are")
	c.Flags().StringVar(&after, "after", "", "`FOLDER` (or file) of the mappings as they would be")
	c.Flags().StringVar(&name, "mapping", "", "map with the mapping of this `NAME`")
	return c
}
