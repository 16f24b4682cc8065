package pcd

import (
	"bufio"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"bedrail/format/ucum"
)

// The full nomenclature of ISO/IEEE 11073-10101 is the copyright of IEEE; this
// table holds numbers and reference ids of what bedside devices send most, each
// with the public source that shows it (the head of the file lists them). A
// hospital with access to RTMMS imports its extract with Import.
//
//go:embed data/mdc.tsv
var ownTerms string

// A Term is one entry of the nomenclature.
type Term struct {
	Code      int    // context-free: partition x 65536 + term
	RefID     string // such as MDC_PULS_OXIM_SAT_O2; of several the usual one
	Kind      string // "metric", "unit", "device", "event", "attribute"
	UCUM      string // of a unit
	Dimension string // what a unit measures, or what a metric must be measured in; "" is not known
	Low, High float64
	Bounded   bool // Low and High are the ends of what is plausible, in the unit that Plausible names
}

// A Table is a nomenclature: terms by code and by reference id. It is not
// changed while it is in use.
type Table struct {
	byCode map[int]*Term
	byRef  map[string]*Term
}

// NewTable returns the table of Bedrail's own terms.
func NewTable() (*Table, error) {
	t := &Table{byCode: map[int]*Term{}, byRef: map[string]*Term{}}
	sc := bufio.NewScanner(strings.NewReader(ownTerms))
	for line := 0; sc.Scan(); line++ {
		if text := sc.Text(); text == "" || text[0] == '#' || strings.HasPrefix(text, "code\t") {
			continue
		}
		f := strings.Split(sc.Text(), "\t")
		if len(f) != 8 {
			return nil, fmt.Errorf("embedded MDC table, line %d: %d columns", line+1, len(f))
		}
		if err := t.add(f[0], f[1], f[2], f[3], f[4], f[5], f[6]); err != nil {
			return nil, fmt.Errorf("embedded MDC table, line %d: %w", line+1, err)
		}
	}
	return t, sc.Err()
}

func (t *Table) add(code, ref, kind, ucum, dimension, low, high string) error {
	n, err := strconv.Atoi(code)
	if err != nil || n <= 0 {
		return fmt.Errorf("code %q is no number", code)
	}
	names := strings.Fields(ref)
	if len(names) == 0 {
		return fmt.Errorf("code %d has no reference id", n)
	}
	term := &Term{Code: n, RefID: names[0], Kind: kind, UCUM: ucum, Dimension: dimension}
	if low != "" && high != "" {
		lo, errLow := strconv.ParseFloat(low, 64)
		hi, errHigh := strconv.ParseFloat(high, 64)
		if errLow != nil || errHigh != nil {
			return fmt.Errorf("bounds %q, %q are no numbers", low, high)
		}
		term.Low, term.High, term.Bounded = lo, hi, true
	}
	t.byCode[n] = term
	for _, name := range names {
		t.byRef[name] = term
	}
	return nil
}

// Import adds the terms of an extract in CSV with a heading that names at
// least a reference id (refid, reference id) and a context-free code (code,
// cf_code10); ucum and dimension are taken where they are. Own terms are not
// replaced. It returns how many were added.
func (t *Table) Import(r io.Reader) (int, error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = -1
	head, err := rows.Read()
	if err != nil {
		return 0, fmt.Errorf("line 1: no heading: %w", err)
	}
	at := map[string]int{}
	for i, name := range head {
		switch strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.TrimPrefix(name, "\ufeff"))) {
		case "refid", "referenceid":
			at["ref"] = i + 1
		case "code", "cfcode10", "contextfreecode":
			at["code"] = i + 1
		case "ucum", "uomucum":
			at["ucum"] = i + 1
		case "dimension", "dim":
			at["dim"] = i + 1
		}
	}
	if at["ref"] == 0 || at["code"] == 0 {
		return 0, fmt.Errorf("line 1: the heading must name a column refid and a column code")
	}
	added := 0
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return added, nil
		}
		if err != nil {
			return added, err
		}
		get := func(name string) string {
			if i := at[name]; i > 0 && i <= len(row) {
				return strings.TrimSpace(row[i-1])
			}
			return ""
		}
		if t.byRef[get("ref")] != nil || get("code") == "" {
			continue
		}
		n, err := strconv.Atoi(get("code"))
		if err != nil || t.byCode[n] != nil {
			continue
		}
		if err := t.add(get("code"), get("ref"), kindOf(n), get("ucum"), get("dim"), "", ""); err == nil {
			added++
		}
	}
}

// The partitions of the nomenclature, as context-free codes count.
const (
	partObjects = 1
	partMetrics = 2
	partEvents  = 3
	partUnits   = 4
)

func kindOf(code int) string {
	switch code >> 16 {
	case partMetrics:
		return "metric"
	case partEvents:
		return "event"
	case partUnits:
		return "unit"
	}
	return "attribute"
}

// Code returns the term of a context-free code, or nil.
func (t *Table) Code(code int) *Term { return t.byCode[code] }

// RefID returns the term of a reference id, or nil.
func (t *Table) RefID(ref string) *Term { return t.byRef[ref] }

// ucumDimension returns what the units in UCUM's writing measure that senders
// use instead of MDC units.
func ucumDimension(unit string) string {
	switch unit {
	case "%":
		return "fraction"
	case "/min", "{beat}/min", "{beats}/min", "{breath}/min", "{breaths}/min", "1/min", "Hz", "/s":
		return "frequency"
	case "mm[Hg]", "kPa", "Pa", "cm[H2O]", "mbar", "bar":
		return "pressure"
	case "Cel", "[degF]", "K":
		return "temperature"
	case "mL/h", "mL/min", "L/min", "L/h":
		return "flow"
	case "mL", "L":
		return "volume"
	case "kg", "g", "mg", "ug":
		return "mass"
	case "cm", "m", "mm":
		return "length"
	case "mg/dL", "mmol/L", "g/dL", "g/L", "umol/L":
		return "concentration"
	case "m2":
		return "area"
	case "mV", "V", "uV":
		return "voltage"
	case "s", "min", "h", "ms", "d":
		return "time"
	}
	return ""
}

// parsedDimension works out what a unit measures that is declared to be UCUM.
// Others are not tried: a local C or F is no coulomb and no farad.
func parsedDimension(unit string) string {
	if len(unit) > 64 {
		return ""
	}
	u, err := ucum.Parse(unit)
	if err != nil {
		return ""
	}
	switch u.Dimension().String() {
	case "1":
		return "fraction"
	case "s-1":
		return "frequency"
	case "g.m-1.s-2":
		return "pressure"
	case "K":
		return "temperature"
	case "m3.s-1":
		return "flow"
	case "m3":
		return "volume"
	case "g":
		return "mass"
	case "m":
		return "length"
	case "m2":
		return "area"
	case "g.m-3", "m-3":
		return "concentration"
	case "C-1.g.m2.s-2":
		return "voltage"
	case "s":
		return "time"
	}
	return "quantity of another kind"
}
