package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// A column is one column of a table or of a CSV file.
type column[T any] struct {
	name  string // as --columns takes it
	wide  bool   // left out of a table, but not of "wide" and csv
	value func(T) string
}

// writeList prints rows in the format that was asked for. In json it is one
// array.
func writeList[T any](e *environment, rows []T, columns []column[T]) error {
	switch e.output {
	case "json":
		if rows == nil {
			rows = []T{}
		}
		return writeJSON(e.stdout, rows)
	case "ndjson":
		return writeLines(e.stdout, rows)
	case "yaml":
		return writeYAML(e.stdout, rows)
	}
	columns, err := chosen(e, columns)
	if err != nil {
		return err
	}
	if e.output == "csv" {
		return writeCSV(e.stdout, rows, columns)
	}
	return writeTable(e.stdout, rows, columns)
}

// chosen returns the columns that --columns names, or the usual ones.
func chosen[T any](e *environment, all []column[T]) ([]column[T], error) {
	var names []string
	picked := make([]column[T], 0, len(all))
	for _, c := range all {
		names = append(names, c.name)
		if e.columns == "" && (!c.wide || e.output != "table") {
			picked = append(picked, c)
		}
	}
	if e.columns == "" {
		return picked, nil
	}
	for name := range strings.SplitSeq(e.columns, ",") {
		i := slices.Index(names, strings.TrimSpace(name))
		if i < 0 {
			return nil, usage("there is no column %q; the columns are %s", name, strings.Join(names, ", "))
		}
		picked = append(picked, all[i])
	}
	return picked, nil
}

// writeDocument prints one value: as JSON or YAML, or by table for people.
func (e *environment) writeDocument(v any, table func(w io.Writer) error) error {
	switch e.output {
	case "json":
		return writeJSON(e.stdout, v)
	case "ndjson":
		return json.NewEncoder(e.stdout).Encode(v)
	case "yaml":
		return writeYAML(e.stdout, v)
	case "csv":
		return usage("this command has no csv; take json, ndjson or yaml")
	}
	return table(e.stdout)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func writeLines[T any](w io.Writer, rows []T) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range rows {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// writeYAML goes through JSON, so that both have the same names and order.
func writeYAML(w io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var n yaml.Node
	if err := yaml.Unmarshal(raw, &n); err != nil {
		return err
	}
	plainStyle(&n)
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(&n); err != nil {
		return err
	}
	return enc.Close()
}

// plainStyle takes the flow style of JSON from n; strings keep their quotes,
// so that "yes" stays a string.
func plainStyle(n *yaml.Node) {
	if n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode {
		if len(n.Content) > 0 {
			n.Style = 0
		}
	}
	for i, c := range n.Content {
		plainStyle(c)
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			c.Style = 0
		}
	}
}

func writeTable[T any](w io.Writer, rows []T, columns []column[T]) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, c := range columns {
		fmt.Fprint(tw, gap(i), strings.ToUpper(c.name))
	}
	fmt.Fprintln(tw)
	for _, r := range rows {
		for i, c := range columns {
			fmt.Fprint(tw, gap(i), printable(c.value(r)))
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
}

func gap(i int) string {
	if i == 0 {
		return ""
	}
	return "\t"
}

func writeCSV[T any](w io.Writer, rows []T, columns []column[T]) error {
	cw := csv.NewWriter(w)
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = c.name
	}
	cw.Write(record)
	for _, r := range rows {
		for i, c := range columns {
			record[i] = inert(c.value(r))
		}
		cw.Write(record)
	}
	cw.Flush()
	return cw.Error()
}

// inert keeps a spreadsheet from taking text that came from the network for a
// formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// printable keeps names that came from the network from steering a terminal.
func printable(s string) string {
	if s == "" {
		return "-"
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
