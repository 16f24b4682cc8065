package bedrail_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// layers lists the tree from the top down. A package may import packages of
// the groups below its own; packages in one group are strangers. This list is
// the architecture diagram.
var layers = [][]string{
	{"cmd/bedrail"},
	{"server"},
	{"server/oneshot", "sim"},
	{"web", "api"},
	{"door", "mllp", "dimse", "fhirrest", "mqtt", "drop", "hook", "cmms", "lis", "dicomweb", "analytics", "outpost", "capture", "feed", "enforce", "notify", "bus", "store"},
	{"lobby"}, // who stands at a door of the exchange
	{"incident"},
	{"knowledge"},
	{"procure", "patch"},
	{"recall", "release"}, // what the exchange carried: called back, given to analytics
	{"lifecycle", "quality", "shadow", "trail"}, // shadow: what the exchange would make of traffic, before it is in its path
	{"vuln", "segment", "exchange", "continuity"},
	{"sbom", "netmap"},
	{"asset", "sensor"},
	{"traffic", "access", "job", "mapping", "desk", "need"},
	{"audit", "seal", "rule", "docs"},
	{"format"},
	{"."},
}

// formats is the sub-order of format: a format may import those before it.
var formats = []string{
	"query", "jsonread", "jsondoc", "table", "zeek", "ucum", "fhirpath", "fhir", "hl7", "hl7/pcd", "dicom", "astm", "cvss", "purl", "cpe",
	"osv", "cve", "csaf", "kev", "epss", "eol", "recall", "cyclonedx", "spdx", "openvex", "mds2", "ics", "mirth", "webhook",
}

// tools are programs of the build and suites for tests: they may import
// anything and nothing imports them.
var tools = []string{"internal/tools", "store/storetest", "exchange/exchangetest"}

func TestArrowsPointDown(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == "bin" || d.Name() != "." && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		return checkImports(path)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkImports(path string) error {
	from := filepath.ToSlash(filepath.Dir(path))
	if under(from, tools) {
		return nil
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range f.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if to == "bedrail" {
			to = "."
		} else if to = strings.TrimPrefix(to, "bedrail/"); to == strings.Trim(spec.Path.Value, `"`) {
			continue
		}
		if err := allowed(from, to); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func allowed(from, to string) error {
	if strings.HasPrefix(from, "format/") {
		f, err := position(from, formats)
		if err != nil {
			return err
		}
		t, err := position(to, formats)
		if err != nil || t >= f {
			return fmt.Errorf("%s may not import %s: formats know only the formats before them", from, to)
		}
		return nil
	}
	above, err := layerOf(from)
	if err != nil {
		return err
	}
	below, err := layerOf(to)
	if err != nil {
		return err
	}
	if below <= above {
		return fmt.Errorf("%s may not import %s: arrows point down", from, to)
	}
	return nil
}

func position(pkg string, order []string) (int, error) {
	for i, name := range order {
		if pkg == "format/"+name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("package %s has no place in the order of formats", pkg)
}

func layerOf(pkg string) (int, error) {
	for i, group := range layers {
		for _, name := range group {
			if pkg == name || name == "format" && strings.HasPrefix(pkg, "format/") || name == "store" && strings.HasPrefix(pkg, "store/") {
				return i, nil
			}
		}
	}
	return 0, fmt.Errorf("package %s has no place in the layers of layers_test.go", pkg)
}

func under(pkg string, roots []string) bool {
	for _, r := range roots {
		if pkg == r || strings.HasPrefix(pkg, r+"/") {
			return true
		}
	}
	return false
}
