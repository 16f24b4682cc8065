// Command hl7gen packs the HL7 v2 definitions of the npm package
// hl7-dictionary (MIT) into the table that package hl7 embeds: which segments
// a message has in which order, which types their fields have, which codes a
// table of HL7's own holds. Descriptions and table texts are left out.
//
//	npm pack hl7-dictionary@1.0.1 && tar xzf hl7-dictionary-1.0.1.tgz
//	go run ./internal/tools/hl7gen -o format/hl7/data/tables.gz package
//
// The layout is one line for each fact, by version; format/hl7/dictionary.go
// reads it.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

var versions = []string{"2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1"}

type node struct {
	Name      string `json:"name"`
	Min       int    `json:"min"`
	Max       int    `json:"max"`
	Children  []node `json:"children"`
	Compounds []node `json:"compounds"`
}

type message struct {
	Segments struct {
		Segments []node `json:"segments"`
	} `json:"segments"`
}

type field struct {
	Type  string `json:"datatype"`
	Opt   int    `json:"opt"` // 2 is required
	Rep   int    `json:"rep"` // 1 is once, 0 without limit
	Table int    `json:"table"`
}

type segment struct {
	Fields []field `json:"fields"`
}

type datatype struct {
	Subfields []field `json:"subfields"`
}

type table struct {
	Values map[string]string `json:"values"`
}

func main() {
	out := flag.String("o", "format/hl7/data/tables.gz", "file to write")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("name the folder of the unpacked npm package hl7-dictionary")
	}
	packed, err := pack(filepath.Join(flag.Arg(0), "lib"))
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*out, packed, 0o644); err != nil {
		log.Fatal(err)
	}
}

func pack(lib string) ([]byte, error) {
	var text bytes.Buffer
	used := map[int]bool{}
	for _, v := range versions {
		fmt.Fprintf(&text, "V %s\n", v)
		if err := packVersion(&text, filepath.Join(lib, v), used); err != nil {
			return nil, fmt.Errorf("version %s: %w", v, err)
		}
	}
	if err := packTables(&text, lib, used); err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text.Bytes()); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

func packVersion(text *bytes.Buffer, folder string, used map[int]bool) error {
	var messages map[string]message
	var segments map[string]segment
	var types map[string]datatype
	for name, into := range map[string]any{"messages": &messages, "segments": &segments, "fields": &types} {
		if err := read(filepath.Join(folder, name+".js"), into); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(messages)) {
		fmt.Fprintf(text, "M %s %s\n", name, grammar(messages[name].Segments.Segments))
	}
	for _, name := range slices.Sorted(maps.Keys(segments)) {
		fmt.Fprintf(text, "S %s %s\n", name, fields(segments[name].Fields, used))
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		fmt.Fprintf(text, "T %s %s\n", name, fields(types[name].Subfields, used))
	}
	return nil
}

// grammar writes nodes as words: PID once, PD1? at most once, NTE* any number,
// OBR+ at least one, ( ... )* a group, [ A B ] one of them.
func grammar(nodes []node) string {
	var words []string
	for _, n := range nodes {
		mark := map[[2]int]string{{1, 1}: "", {0, 1}: "?", {0, 0}: "*", {1, 0}: "+"}[[2]int{n.Min, n.Max}]
		switch {
		case len(n.Compounds) > 0:
			words = append(words, "[", grammar(n.Compounds), "]"+mark)
		case len(n.Children) > 0:
			words = append(words, "(", grammar(n.Children), ")"+mark)
		case len(n.Name) == 3:
			words = append(words, n.Name+mark)
		}
	}
	return strings.Join(words, " ")
}

// fields writes fields as words: CX, with ! when required, * when it repeats,
// #61 for codes of HL7's own table 61.
func fields(list []field, used map[int]bool) string {
	var words []string
	for _, f := range list {
		word := f.Type
		if word == "" || word == "VARIES" {
			word = "V"
		}
		if f.Opt == 2 {
			word += "!"
		}
		if f.Rep != 1 {
			word += "*"
		}
		if f.Table > 0 && f.Type == "ID" {
			word += fmt.Sprintf("#%d", f.Table)
			used[f.Table] = true
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// packTables writes the codes of tables that are complete: one that holds an
// ellipsis or words instead of codes says nothing about other values.
func packTables(text *bytes.Buffer, lib string, used map[int]bool) error {
	var tables map[string]table
	if err := read(filepath.Join(lib, "tables.js"), &tables); err != nil {
		return err
	}
	text.WriteString("V *\n")
	for _, n := range slices.Sorted(maps.Keys(used)) {
		codes := slices.Sorted(maps.Keys(tables[fmt.Sprint(n)].Values))
		open := slices.ContainsFunc(codes, func(c string) bool { return c == "" || strings.ContainsAny(c, " \t\n.,<>") })
		if len(codes) > 1 && len(codes) <= 400 && !open {
			fmt.Fprintf(text, "C %d %s\n", n, strings.Join(codes, " "))
		}
	}
	return nil
}

// read reads the object literal of a JavaScript module, which is JSON.
func read(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	from, to := bytes.IndexByte(b, '{'), bytes.LastIndexByte(b, '}')
	if from < 0 || to < from {
		return fmt.Errorf("%s holds no object", path)
	}
	if err := json.Unmarshal(b[from:to+1], into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
