package hl7

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// The definitions of HL7 v2.3 to 2.7.1 come from the npm package
// hl7-dictionary 1.0.1 (MIT), packed by internal/tools/hl7gen without any of
// its prose. For later versions see later.
//
//go:embed data/tables.gz
var packedTables []byte

// A Dictionary knows the messages, segments, types and tables of the versions
// of HL7 v2. A version is unpacked when it is first asked for. It is safe for
// several goroutines.
type Dictionary struct {
	mu       sync.Mutex
	texts    map[string]string // the lines of each version
	versions map[string]*edition
	codes    map[int]map[string]bool
}

// NewDictionary unpacks the embedded tables.
func NewDictionary() (*Dictionary, error) {
	z, err := gzip.NewReader(bytes.NewReader(packedTables))
	if err != nil {
		return nil, fmt.Errorf("embedded HL7 tables: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(z, 8<<20))
	if err != nil {
		return nil, fmt.Errorf("embedded HL7 tables: %w", err)
	}
	d := &Dictionary{texts: map[string]string{}, versions: map[string]*edition{}, codes: map[int]map[string]bool{}}
	for block := range strings.SplitSeq("\n"+string(text), "\nV ") {
		name, lines, _ := strings.Cut(block, "\n")
		if name == "*" {
			d.readCodes(lines)
		} else if name != "" {
			d.texts[name] = lines
		}
	}
	return d, nil
}

func (d *Dictionary) readCodes(lines string) {
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if len(words) < 3 {
			continue
		}
		n, err := strconv.Atoi(words[1])
		if err != nil {
			continue
		}
		d.codes[n] = make(map[string]bool, len(words))
		for _, w := range words[2:] {
			d.codes[n][w] = true
		}
	}
	if d.codes[125] == nil {
		return
	}
	for _, w := range [...]string{"MA", "NA", "NR"} { // numeric arrays of waveforms, which the tables miss among the types of OBX-2
		d.codes[125][w] = true
	}
}

// definedBy returns the version whose definitions read messages that declare
// v, and whether v is a version of HL7 v2 at all.
func definedBy(v []byte) (string, bool) {
	switch string(v) {
	case "2.1", "2.2", "2.3":
		return "2.3", true
	case "2.3.1":
		return "2.3.1", true
	case "2.4":
		return "2.4", true
	case "2.5":
		return "2.5", true
	case "2.5.1":
		return "2.5.1", true
	case "2.6":
		return "2.6", true
	case "2.7":
		return "2.7", true
	case "2.7.1":
		return "2.7.1", true
	case "2.8", "2.8.1", "2.8.2", "2.9", "2.9.1":
		return later, true
	}
	return "", false
}

// an edition is one version of HL7 v2.
type edition struct {
	structures map[string]*structure
	segments   map[key][]fieldDef
	types      map[string][]fieldDef
	messages   map[string]bool // ADT, ORU, ...
}

// A key is the name of a segment.
type key [3]byte

func keyOf(b []byte) key {
	var k key
	copy(k[:], b)
	return k
}

// A fieldDef is what a version says of a field or component.
type fieldDef struct {
	name     string // of the type
	kind     kind
	required bool
	many     bool
	table    int
	codes    map[string]bool
	parts    []fieldDef // of a composite type
	checked  []uint8    // which of parts have values to check, from 1
	simple   bool       // there is nothing to check about its values
}

func (d *Dictionary) edition(version string) *edition {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.versions[version]; e != nil {
		return e
	}
	lines, ok := d.texts[version]
	if version == later {
		lines, ok = d.texts["2.7.1"]
	}
	if !ok {
		return nil
	}
	e := &edition{structures: map[string]*structure{}, segments: map[key][]fieldDef{}, types: map[string][]fieldDef{}, messages: map[string]bool{}}
	for line := range strings.Lines(lines) {
		kind, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		name, body, _ := strings.Cut(rest, " ")
		switch kind {
		case "M":
			e.addStructure(name, body)
		case "S":
			if version == later {
				body += " " + laterFields(name)
			}
			e.segments[keyOf([]byte(name))] = d.fields(body)
		case "T":
			e.types[name] = d.fields(body)
		}
	}
	if version == later {
		for names, body := range laterStructures() {
			for _, name := range strings.Fields(names) {
				e.addStructure(name, body)
				e.structures[name].current = true
			}
		}
	}
	e.correct()
	e.deviceProfiles()
	e.link()
	d.versions[version] = e
	return e
}

func (e *edition) addStructure(name, body string) {
	e.structures[name] = parseStructure(body)
	code, _, _ := strings.Cut(name, "_")
	e.messages[code] = true
}

// correct lifts demands that the packed tables make and the standard makes only
// under conditions: OBX-2 is needed when OBX-5 holds a value, which is checked
// there, and ORC-7 of 2.3 is optional.
func (e *edition) correct() {
	for _, row := range [...]struct {
		segment string
		field   int
	}{{"OBX", 2}, {"ORC", 7}} {
		if defs := e.segments[keyOf([]byte(row.segment))]; len(defs) >= row.field {
			defs[row.field-1].required = false
		}
	}
}

// deviceProfiles adds the structures of IHE alarm and pump event transactions,
// which are those of observation reports under other trigger events (IHE PCD
// TF-2, 3.4 to 3.10), where the version does not know them itself.
func (e *edition) deviceProfiles() {
	for name, body := range map[string]string{
		"ORU_R40": "MSH SFT* UAC? ( ( PID PD1? NTE* NK1* OBX* ( PV1 PV2? )? )? ( ORC? OBR NTE* PRT* ( TQ1 TQ2* )* ( OBX PRT* NTE* )* )+ )+ DSC?",
		"ORU_R42": "MSH SFT* UAC? ( ( PID PD1? NTE* NK1* OBX* ( PV1 PV2? )? )? ( ORC? OBR NTE* PRT* ( TQ1 TQ2* )* ( OBX PRT* NTE* )* )+ )+ DSC?",
		"ORA_R41": "MSH MSA SFT* UAC? ERR* ( ORC? OBR? PRT* OBX* )*",
	} {
		if e.structures[name] == nil {
			e.addStructure(name, body)
		}
	}
}

func (d *Dictionary) fields(body string) []fieldDef {
	words := strings.Fields(body)
	defs := make([]fieldDef, len(words))
	for i, w := range words {
		var f fieldDef
		if name, table, ok := strings.Cut(w, "#"); ok {
			f.table, _ = strconv.Atoi(table)
			f.codes = d.codes[f.table]
			w = name
		}
		if name, ok := strings.CutSuffix(w, "*"); ok {
			f.many, w = true, name
		}
		if name, ok := strings.CutSuffix(w, "!"); ok {
			f.required, w = true, name
		}
		f.name, f.kind = w, kindOf(w)
		defs[i] = f
	}
	return defs
}

// link gives each field of a composite type the definitions of its components.
func (e *edition) link() {
	for _, fields := range e.segments {
		for i := range fields {
			parts := e.types[fields[i].name]
			fields[i].parts = parts
			for c := range min(len(parts), 255) {
				if parts[c].kind != anyText {
					fields[i].checked = append(fields[i].checked, uint8(c+1))
				}
			}
			fields[i].simple = fields[i].plain()
		}
	}
}
