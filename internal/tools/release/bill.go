package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A bill is what is inside of Bedrail, as CycloneDX 1.6.
type bill struct {
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type     string    `json:"type"`
	Ref      string    `json:"bom-ref"`
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	Licences []licence `json:"licenses,omitempty"`
	PURL     string    `json:"purl,omitempty"`
}

type licence struct {
	Licence struct {
		ID   string `json:"id,omitempty"`
		Name string `json:"name,omitempty"`
	} `json:"license"`
}

type dependency struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// writeBill writes the bill of all targets together.
func (r release) writeBill() (file, error) {
	modules, err := r.goModules()
	if err != nil {
		return file{}, err
	}
	packages, err := npmPackages("web/ui/package-lock.json")
	if err != nil {
		return file{}, err
	}
	b := newBill(r.version, r.at, append(modules, packages...))
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return file{}, err
	}
	path := filepath.Join(r.out, "bedrail.cdx.json")
	return file{"bedrail.cdx.json", path, 0o644}, os.WriteFile(path, append(text, '\n'), 0o644)
}

func newBill(version string, at time.Time, parts []component) bill {
	own := component{Type: "application", Ref: "bedrail", Name: "bedrail", Version: version, Licences: licences("Apache-2.0")}
	on := dependency{Ref: own.Ref}
	for _, p := range parts {
		on.On = append(on.On, p.Ref)
	}
	return bill{Format: "CycloneDX", SpecVersion: "1.6", Version: 1, Components: parts, Dependencies: []dependency{on},
		Metadata: metadata{Timestamp: at.Format(time.RFC3339), Component: own}}
}

// A module is what the go command says of the module of a package.
type module struct {
	Path, Version, Dir string
	Main               bool
	Replace            *module
}

// goModules lists the modules whose packages are in the program on any
// target, and Go itself, whose library is in it too.
func (r release) goModules() ([]component, error) {
	found := map[string]module{}
	for _, t := range r.targets {
		c := exec.Command("go", "list", "-deps", "-json=Module", "./cmd/bedrail")
		c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.system, "GOARCH="+t.processor)
		c.Stderr = os.Stderr
		text, err := c.Output()
		if err != nil {
			return nil, fmt.Errorf("listing the modules of %s: %w", t, err)
		}
		if err := collect(text, found); err != nil {
			return nil, err
		}
	}
	goVersion, err := output("go", "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	goVersion = strings.TrimPrefix(goVersion, "go")
	parts := []component{{Type: "library", Ref: "pkg:golang/stdlib@" + goVersion, Name: "stdlib", Version: goVersion, PURL: "pkg:golang/stdlib@" + goVersion, Licences: licences("BSD-3-Clause")}}
	for _, m := range found {
		id, err := licenceOf(m.Dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Path, err)
		}
		purl := "pkg:golang/" + m.Path + "@" + m.Version
		parts = append(parts, component{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, PURL: purl, Licences: licences(id)})
	}
	slices.SortFunc(parts, func(a, b component) int { return strings.Compare(a.Ref, b.Ref) })
	return parts, nil
}

func collect(text []byte, found map[string]module) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	for {
		var p struct{ Module *module }
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if m := p.Module; m != nil && !m.Main {
			if m.Replace != nil {
				m = m.Replace
			}
			found[m.Path] = *m
		}
	}
}

// npmPackages lists what the pages take along when they run. The lock file
// says the licence of each.
func npmPackages(path string) ([]component, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version  string `json:"version"`
			Licence  string `json:"license"`
			Dev      bool   `json:"dev"`
			DevOpt   bool   `json:"devOptional"`
			Optional bool   `json:"optional"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var parts []component
	for at, p := range lock.Packages {
		if at == "" || p.Dev || p.DevOpt || p.Optional {
			continue
		}
		name := at[strings.LastIndex(at, "node_modules/")+len("node_modules/"):]
		purl := "pkg:npm/" + strings.ReplaceAll(name, "@", url.QueryEscape("@")) + "@" + p.Version
		c := component{Type: "library", Ref: purl, Name: name, Version: p.Version, PURL: purl, Licences: licences(p.Licence)}
		if !slices.ContainsFunc(parts, func(o component) bool { return o.Ref == c.Ref }) {
			parts = append(parts, c)
		}
	}
	slices.SortFunc(parts, func(a, b component) int { return strings.Compare(a.Ref, b.Ref) })
	return parts, nil
}

func licences(id string) []licence {
	var l licence
	l.Licence.ID = id
	if id == "" {
		return nil
	}
	if strings.ContainsAny(id, " ()") { // an expression is no identifier
		l.Licence.ID, l.Licence.Name = "", id
	}
	return []licence{l}
}

// signs are words that only one licence holds, the more special ones first.
var signs = []struct{ id, words string }{
	{"EPL-2.0 OR BSD-3-Clause", "are made available under the terms of the Eclipse Public License v2.0 and Eclipse Distribution License v1.0"},
	{"MPL-2.0", "Mozilla Public License Version 2.0"},
	{"Apache-2.0", "Apache License Version 2.0"},
	{"BSD-3-Clause", "may be used to endorse or promote products derived from"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce the above copyright notice"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose"},
	{"ISC", "Permission to use, copy, modify, and distribute this software for any purpose"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"Unlicense", "This is free and unencumbered software released into the public domain"},
}

// licenceOf reads which licence stands in the folder of a module. One that it
// does not know is an error: a bill with a guess in it is worth nothing.
func licenceOf(folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return "", err
		}
		flat := strings.Join(strings.Fields(strings.ReplaceAll(string(text), ">", " ")), " ") // some quote it
		for _, s := range signs {
			if strings.Contains(flat, s.words) {
				return s.id, nil
			}
		}
	}
	return "", errors.New("no licence that is known stands in its folder")
}
