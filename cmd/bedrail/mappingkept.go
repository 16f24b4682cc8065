package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"bedrail/mapping"
)

// The mappings that a Bedrail maps with are kept in it; those of a folder are
// tried before they go there.

func (e *environment) mappingListKept(c *cobra.Command) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	rows, err := fetchList[mapping.Listed](ctx, e, "/mappings", nil)
	if err != nil {
		return err
	}
	return writeList(e, rows, []column[mapping.Listed]{
		{"name", false, func(m mapping.Listed) string { return m.Name }},
		{"version", false, func(m mapping.Listed) string { return strconv.Itoa(m.Version) }},
		{"from", false, func(m mapping.Listed) string { return m.From }},
		{"to", false, func(m mapping.Listed) string { return m.To }},
		{"house", false, func(m mapping.Listed) string { return yesOrNothing(m.House) }},
		{"title", false, func(m mapping.Listed) string { return m.Title }},
		{"tests", true, func(m mapping.Listed) string { return strconv.Itoa(m.Tests) }},
		{"when", true, func(m mapping.Listed) string { return m.When }},
	})
}

func (e *environment) mappingShowKept(c *cobra.Command, name string) error {
	var m mapping.Shown
	if err := e.fetch(c, "/mappings/"+url.PathEscape(name), &m); err != nil {
		return err
	}
	return e.writeDocument(m, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, m.Text)
		return err
	})
}

func (e *environment) mappingSave() *cobra.Command {
	var note string
	c := &cobra.Command{Use: "save FILE", Short: "Save a version of a mapping in Bedrail and take it into force", Args: cobra.ExactArgs(1),
		Long: "Refused when it is no mapping, when FHIR has no such element, or when a test that the mapping carries fails.",
		RunE: func(c *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return usage("%v", err)
			}
			var v mapping.Version
			if err := e.tell(c, call{method: http.MethodPost, path: "/mappings", body: map[string]string{"text": string(text), "note": note}}, &v); err != nil {
				return err
			}
			return e.writeDocument(v, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s version %d is in force\n", printable(v.Name), v.Number)
				return err
			})
		}}
	c.Flags().StringVar(&note, "note", "", "what is new, for the record")
	return c
}

func (e *environment) mappingRetire() *cobra.Command {
	return &cobra.Command{Use: "retire NAME", Short: "Take a mapping of the house out of force; Bedrail's own of the name counts again", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.tell(c, call{method: http.MethodDelete, path: "/mappings/" + url.PathEscape(args[0])}, nil)
	}}
}

func (e *environment) mappingTry() *cobra.Command {
	var name, file string
	c := &cobra.Command{Use: "try MESSAGE", Short: "Map a message by what is in force, or by a file, in Bedrail; nothing is kept", Args: cobra.ExactArgs(1),
		Long: "MESSAGE is a file; what is printed holds the patient's data of it. Exit status 3 when it cannot be mapped or a test of the mapping fails.",
		RunE: func(c *cobra.Command, args []string) error {
			body := map[string]string{"name": name}
			for field, path := range map[string]string{"message": args[0], "text": file} {
				if path == "" {
					continue
				}
				text, err := os.ReadFile(path)
				if err != nil {
					return usage("%v", err)
				}
				body[field] = string(text)
			}
			var p mapping.Preview
			if err := e.tell(c, call{method: http.MethodPost, path: "/mappings/preview", body: body}, &p); err != nil {
				return err
			}
			return e.writeTry(p)
		}}
	c.Flags().StringVar(&name, "mapping", "", "map with the mapping of this `NAME`")
	c.Flags().StringVar(&file, "file", "", "map with the mapping in this `FILE`")
	return c
}

func (e *environment) writeTry(p mapping.Preview) error {
	for _, i := range p.Issues {
		e.warn("%s %s: %s", i.Severity, printable(i.Location), printable(i.Text))
	}
	failed := 0
	for _, t := range p.Tests {
		if !t.Passed {
			failed++
			e.warn("test %s of %s fails", printable(t.Test), printable(t.Mapping))
		}
	}
	err := e.writeDocument(p, func(w io.Writer) error {
		if json.Valid([]byte(p.Result)) && p.Result != "" {
			return writeJSON(w, json.RawMessage(p.Result))
		}
		_, err := fmt.Fprintln(w, p.Result)
		return err
	})
	switch {
	case err != nil:
		return err
	case p.Problem != "":
		return exitWith(exitFindings, "%s", p.Problem)
	case failed > 0:
		return exitWith(exitFindings, "")
	}
	return nil
}
