// Command fhirgen packs the structure definitions of a version of FHIR into
// the table that package fhir embeds: types with their bases, elements with
// cardinality and types. No prose is taken over.
//
//	go run ./internal/tools/fhirgen -version 4.0.1 -o format/fhir/data/r4.gz profiles-types.json profiles-resources.json
//
// The table is text, one line an entry, fields parted by tabulators: a type is
// "T name kind base abstract", its own elements follow as
// "E path min max types", types parted by "|" and the path without the type.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
)

type bundle struct {
	Entry []struct {
		Resource json.RawMessage `json:"resource"`
	} `json:"entry"`
}

type definition struct {
	Type         string `json:"type"`
	Kind         string `json:"kind"`
	Derivation   string `json:"derivation"`
	Base         string `json:"baseDefinition"`
	Abstract     bool   `json:"abstract"`
	Differential struct {
		Element []element `json:"element"`
	} `json:"differential"`
	Snapshot struct {
		Element []element `json:"element"`
	} `json:"snapshot"`
}

type element struct {
	Path             string `json:"path"`
	Min              int    `json:"min"`
	Max              string `json:"max"`
	ContentReference string `json:"contentReference"`
	Base             struct {
		Path string `json:"path"`
	} `json:"base"`
	Type []struct {
		Code      string   `json:"code"`
		Targets   []string `json:"targetProfile"`
		Extension []struct {
			ValueURL string `json:"valueUrl"`
		} `json:"extension"`
	} `json:"type"`
}

func main() {
	out := flag.String("o", "format/fhir/data/r4.gz", "file to write")
	version := flag.String("version", "4.0.1", "version of FHIR that the definitions are of")
	flag.Parse()
	types := map[string]definition{}
	for _, path := range flag.Args() {
		if err := read(path, types); err != nil {
			log.Fatalf("%s: %v", path, err)
		}
	}
	if err := write(*out, *version, types); err != nil {
		log.Fatal(err)
	}
}

func read(path string, types map[string]definition) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var doc bundle
	if err := json.Unmarshal(b, &doc); err != nil {
		return err
	}
	for _, e := range doc.Entry {
		var kind struct {
			ResourceType string `json:"resourceType"`
		}
		if err := json.Unmarshal(e.Resource, &kind); err != nil || kind.ResourceType != "StructureDefinition" {
			continue // searches, operations and compartments are of no concern here
		}
		var d definition
		if err := json.Unmarshal(e.Resource, &d); err != nil {
			return err
		}
		if d.Derivation != "constraint" && d.Kind != "logical" {
			types[d.Type] = d
		}
	}
	return nil
}

func write(path, version string, types map[string]definition) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "fhir\t%s\n", version)
	names := make([]string, 0, len(types))
	for name := range types {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		d := types[name]
		fmt.Fprintf(&text, "T\t%s\t%s\t%s\t%v\n", name, d.Kind, d.Base[strings.LastIndex(d.Base, "/")+1:], d.Abstract)
		for _, e := range d.Snapshot.Element {
			rest, own := strings.CutPrefix(e.Path, name+".")
			if !own || e.Base.Path != "" && e.Base.Path != e.Path {
				continue // inherited
			}
			fmt.Fprintf(&text, "E\t%s\t%d\t%s\t%s\n", rest, e.Min, e.Max, e.types())
		}
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text.Bytes()); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, packed.Bytes(), 0o644)
}

// types writes the types of e: "Reference(Patient,Group)|string", or the
// element whose content it repeats: "#Observation.referenceRange".
func (e element) types() string {
	if e.ContentReference != "" {
		return e.ContentReference[strings.IndexByte(e.ContentReference, '#'):]
	}
	var words []string
	for _, t := range e.Type {
		word := t.Code
		if strings.HasPrefix(word, "http://hl7.org/fhirpath/") {
			word = "string"
			for _, x := range t.Extension {
				if x.ValueURL != "" {
					word = x.ValueURL
				}
			}
		}
		var targets []string
		for _, p := range t.Targets {
			targets = append(targets, p[strings.LastIndex(p, "/")+1:])
		}
		if targets != nil {
			word += "(" + strings.Join(targets, ",") + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, "|")
}
