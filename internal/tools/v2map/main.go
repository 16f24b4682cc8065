// Command v2map packs the mapping tables of HL7's v2-to-FHIR guide (repository
// HL7/v2-to-fhir, mappings/) into the YAML that package mapping embeds:
// messages, segments, data types and codes. Texts, comments and rows without a
// target are left out; conditions are put into the mappings' own words.
//
//	go run ./internal/tools/v2map -o mapping/data/v2 ../shared/testdata/exchange/v2-to-fhir/mappings
//
// What the tables misspell is put right by errata.yaml, each with its reason.
// What cannot be computed (conditions in prose, targets that are no path) is
// left out and listed in left-out.tsv beside the tables.
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"bedrail/mapping"

	"go.yaml.in/yaml/v3"
)

func main() {
	log.SetFlags(0)
	out := flag.String("o", "mapping/data/v2", "folder to write to")
	fixes := flag.String("errata", "internal/tools/v2map/errata.yaml", "what the tables are put right by")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: v2map [-o DIR] MAPPINGS")
	}
	g := &generator{in: flag.Arg(0)}
	if err := g.readErrata(*fixes); err != nil {
		log.Fatal(err)
	}
	if err := g.run(*out); err != nil {
		log.Fatal(err)
	}
}

type generator struct {
	in     string
	errata errata
	left   []string
}

func (g *generator) run(out string) error {
	structures, err := g.structures()
	if err != nil {
		return err
	}
	segments, err := g.rules("segments")
	if err != nil {
		return err
	}
	types, err := g.rules("datatypes")
	if err != nil {
		return err
	}
	codes, err := g.codes()
	if err != nil {
		return err
	}
	const source = "HL7/v2-to-fhir @ 8c9b414b, mappings/; packed by internal/tools/v2map; do not edit"
	files := map[string]mapping.Tables{
		"messages.yaml":  {Source: source, Structures: structures},
		"segments.yaml":  {Source: source, Segments: segments},
		"datatypes.yaml": {Source: source, Types: types},
		"codes.yaml":     {Source: source, Codes: codes},
	}
	for name, tables := range files {
		text, err := marshal(tables)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name), text, 0o644); err != nil {
			return err
		}
	}
	slices.Sort(g.left)
	return os.WriteFile(filepath.Join(out, "left-out.tsv"), []byte("map\tfrom\tto\tcondition\twhy\n"+strings.Join(slices.Compact(g.left), "\n")+"\n"), 0o644)
}

// marshal writes tables with one rule, row or code on a line.
func marshal(tables mapping.Tables) ([]byte, error) {
	var n yaml.Node
	if err := n.Encode(tables); err != nil {
		return nil, err
	}
	flow(&n)
	return yaml.Marshal(&n)
}

func flow(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			switch n.Content[i].Value {
			case "to", "at", "code":
				n.Style = yaml.FlowStyle
				return
			}
		}
	}
	for _, c := range n.Content {
		flow(c)
	}
}

var titleOf = regexp.MustCompile(`_ (.*?) - `)

// sheets calls take with each table of a folder: its name and its rows without
// the two rows of headings.
func (g *generator) sheets(folder string, take func(name string, rows [][]string) error) error {
	files, err := filepath.Glob(filepath.Join(g.in, folder, "*.csv"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	if len(files) == 0 {
		return fmt.Errorf("%s has no tables", filepath.Join(g.in, folder))
	}
	for _, file := range files {
		title := titleOf.FindStringSubmatch(filepath.Base(file))
		if title == nil {
			return fmt.Errorf("%s: the name holds no title", file)
		}
		rows, err := readCSV(file)
		if err != nil {
			return err
		}
		if err := take(title[1], rows[min(2, len(rows)):]); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func readCSV(file string) ([][]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i, row := range rows {
		for len(row) < 20 {
			row = append(row, "")
		}
		for j := range row {
			row[j] = strings.TrimSpace(row[j])
		}
		rows[i] = row
	}
	return rows, nil
}

// codes reads the tables of codes; a row without a FHIR code maps to nothing.
func (g *generator) codes() (map[string]map[string]mapping.Code, error) {
	all := map[string]map[string]mapping.Code{}
	err := g.sheets("codesystems", func(name string, rows [][]string) error {
		table := map[string]mapping.Code{}
		for _, r := range rows {
			display := r[8]
			if display == "" {
				display = r[7]
			}
			if r[0] != "" && r[6] != "" && table[r[0]].Code == "" {
				table[r[0]] = mapping.Code{Code: r[6], System: r[9], Display: display}
			}
		}
		if len(table) > 0 {
			all[name] = table
		}
		return nil
	})
	return all, err
}
