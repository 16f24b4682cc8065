package dicom

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// MarshalJSON writes s in the JSON model of PS3.18 annex F. Encapsulated pixel
// data has no place there and is named without a value; a representation that
// is none becomes UN, so that whoever reads it keeps the bytes.
func (s Set) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, a := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		if !known(a.VR) {
			a.VR = UN
		}
		fmt.Fprintf(&b, `"%08X":{"vr":"%v"`, uint32(a.Tag), a.VR)
		if err := a.writeJSON(&b); err != nil {
			return nil, fmt.Errorf("%v: %w", a.Tag, err)
		}
		b.WriteByte('}')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (a Attribute) writeJSON(b *bytes.Buffer) error {
	switch {
	case a.Bulk != "":
		b.WriteString(`,"BulkDataURI":`)
		writeString(b, a.Bulk)
		return nil
	case a.VR == SQ:
		return a.writeItems(b)
	case len(a.Value) == 0 || a.Fragments != nil:
		return nil
	case binaryVR(a.VR):
		b.WriteString(`,"InlineBinary":"`)
		b.WriteString(base64.StdEncoding.EncodeToString(a.Value))
		b.WriteByte('"')
		return nil
	}
	values, err := a.jsonValues()
	if err != nil {
		return err
	}
	b.WriteString(`,"Value":[` + strings.Join(values, ",") + "]")
	return nil
}

func (a Attribute) writeItems(b *bytes.Buffer) error {
	if len(a.Items) == 0 {
		return nil
	}
	b.WriteString(`,"Value":[`)
	for i, item := range a.Items {
		if i > 0 {
			b.WriteByte(',')
		}
		j, err := item.MarshalJSON()
		if err != nil {
			return err
		}
		b.Write(j)
	}
	b.WriteByte(']')
	return nil
}

// binaryVR is true for representations written as InlineBinary (F.2.7).
func binaryVR(v VR) bool {
	switch v {
	case OB, OD, OF, OL, OV, OW, UN:
		return true
	}
	return v != SQ && v != AT && !textual(v) && !numeric(v)
}

func numeric(v VR) bool {
	switch v {
	case FL, FD, SL, SS, SV, UL, US, UV:
		return true
	}
	return false
}

// jsonValues are the values as JSON, an empty one as null.
func (a Attribute) jsonValues() ([]string, error) {
	if !textual(a.VR) {
		return a.jsonNumbers()
	}
	texts := []string{string(a.Value)}
	if !whole(a.VR) {
		texts = strings.Split(string(a.Value), `\`)
	}
	var out []string
	for _, s := range texts {
		if a.VR != LT && a.VR != ST && a.VR != UT {
			s = strings.Trim(s, " ")
		}
		out = append(out, jsonText(a.VR, s))
	}
	return out, nil
}

func jsonText(v VR, s string) string {
	switch {
	case s == "":
		return "null"
	case v == PN:
		return jsonName(s)
	case (v == DS || v == IS) && json.Valid([]byte(s)):
		return s // as it stands, so that no digit is lost
	case v == DS || v == IS:
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
	}
	var b bytes.Buffer
	writeString(&b, s)
	return b.String()
}

func jsonName(s string) string {
	var b bytes.Buffer
	b.WriteByte('{')
	keys := [...]string{"Alphabetic", "Ideographic", "Phonetic"}
	for i, group := range strings.SplitN(s, "=", 3) {
		if group == "" {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + keys[i] + `":`)
		writeString(&b, group)
	}
	b.WriteByte('}')
	return b.String()
}

// writeString writes s as JSON without escaping what HTML would want.
func writeString(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	b.Truncate(b.Len() - 1)
}

func (a Attribute) jsonNumbers() ([]string, error) {
	size := unit(a.VR)
	if len(a.Value)%size != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of %v values", len(a.Value), a.VR)
	}
	var out []string
	for v := a.Value; len(v) > 0; v = v[size:] {
		out = append(out, jsonNumber(a.VR, v))
	}
	return out, nil
}

func jsonNumber(v VR, b []byte) string {
	le := binary.LittleEndian
	switch v {
	case AT:
		return fmt.Sprintf(`"%04X%04X"`, le.Uint16(b), le.Uint16(b[2:]))
	case US:
		return strconv.Itoa(int(le.Uint16(b)))
	case SS:
		return strconv.Itoa(int(int16(le.Uint16(b))))
	case UL:
		return strconv.FormatUint(uint64(le.Uint32(b)), 10)
	case SL:
		return strconv.Itoa(int(int32(le.Uint32(b))))
	case UV:
		return safeInteger(strconv.FormatUint(le.Uint64(b), 10))
	case SV:
		return safeInteger(strconv.FormatInt(int64(le.Uint64(b)), 10))
	case FL:
		return jsonFloat(float64(math.Float32frombits(le.Uint32(b))), 32)
	}
	return jsonFloat(math.Float64frombits(le.Uint64(b)), 64)
}

// safeInteger quotes integers that a reader of JSON may round.
func safeInteger(s string) string {
	if len(strings.TrimPrefix(s, "-")) > 15 {
		return `"` + s + `"`
	}
	return s
}

func jsonFloat(f float64, bits int) string {
	if math.IsNaN(f) {
		return `"NaN"`
	}
	if math.IsInf(f, 0) {
		return strings.Replace(`"`+strconv.FormatFloat(f, 'g', -1, 64)+`"`, "+", "", 1)
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}

// UnmarshalJSON reads the JSON model of PS3.18 annex F.
func (s *Set) UnmarshalJSON(b []byte) error { return s.fromJSON(b, 0) }

// A jsonAttribute is one attribute as JSON has it.
type jsonAttribute struct {
	VR     string            `json:"vr"`
	Value  []json.RawMessage `json:"Value"`
	Inline *string           `json:"InlineBinary"`
	Bulk   string            `json:"BulkDataURI"`
}

func (s *Set) fromJSON(b []byte, depth int) error {
	if depth > maxDepth {
		return ErrTooDeep
	}
	var raw map[string]jsonAttribute
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	set := make(Set, 0, len(raw))
	for key, j := range raw {
		n, err := strconv.ParseUint(key, 16, 32)
		if err != nil || len(key) != 8 {
			return fmt.Errorf("%.20q is no tag of eight hexadecimal digits", key)
		}
		a, err := j.attribute(Tag(n), depth)
		if err != nil {
			return fmt.Errorf("%v: %w", Tag(n), err)
		}
		set = append(set, a)
	}
	slices.SortFunc(set, func(a, b Attribute) int { return int(int64(a.Tag) - int64(b.Tag)) })
	*s = set
	return nil
}

func (j jsonAttribute) attribute(t Tag, depth int) (Attribute, error) {
	a := Attribute{Tag: t, Bulk: j.Bulk}
	if len(j.VR) != 2 || !known(VR(j.VR[0])<<8|VR(j.VR[1])) {
		return a, fmt.Errorf("%.10q is no value representation", j.VR)
	}
	a.VR = VR(j.VR[0])<<8 | VR(j.VR[1])
	if j.Inline != nil {
		v, err := base64.StdEncoding.DecodeString(*j.Inline)
		a.Value = v
		return a, err
	}
	if a.VR == SQ {
		for _, v := range j.Value {
			var item Set
			if err := item.fromJSON(v, depth+1); err != nil {
				return a, err
			}
			a.Items = append(a.Items, item)
		}
		return a, nil
	}
	return a, a.fromValues(j.Value)
}

func (a *Attribute) fromValues(values []json.RawMessage) error {
	var texts []string
	for i, raw := range values {
		switch {
		case (numeric(a.VR) || a.VR == AT) && string(raw) == "null":
			// Binary numbers have no empty value; some writers pad lists so.
		case numeric(a.VR) || a.VR == AT:
			v, err := numberBytes(a.VR, strings.Trim(string(raw), `"`))
			if err != nil {
				return fmt.Errorf("value %d: %w", i+1, err)
			}
			a.Value = append(a.Value, v...)
		case textual(a.VR):
			s, err := textOf(a.VR, raw)
			if err != nil {
				return fmt.Errorf("value %d: %w", i+1, err)
			}
			texts = append(texts, s)
		default:
			return fmt.Errorf("%v has no Value in JSON, but InlineBinary", a.VR)
		}
	}
	if textual(a.VR) {
		a.Value = []byte(strings.Join(texts, `\`))
	}
	return nil
}

func textOf(v VR, raw json.RawMessage) (string, error) {
	if string(raw) == "null" {
		return "", nil
	}
	if v == PN {
		var n struct{ Alphabetic, Ideographic, Phonetic string }
		if err := json.Unmarshal(raw, &n); err != nil {
			return "", err
		}
		return strings.TrimRight(n.Alphabetic+"="+n.Ideographic+"="+n.Phonetic, "="), nil
	}
	if (v == DS || v == IS) && len(raw) > 0 && raw[0] != '"' {
		return string(raw), nil
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

func numberBytes(v VR, s string) ([]byte, error) {
	le := binary.LittleEndian
	switch v {
	case AT:
		n, err := strconv.ParseUint(s, 16, 32)
		return le.AppendUint16(le.AppendUint16(nil, uint16(n>>16)), uint16(n)), err
	case FL:
		f, err := strconv.ParseFloat(s, 32)
		return le.AppendUint32(nil, math.Float32bits(float32(f))), err
	case FD:
		f, err := strconv.ParseFloat(s, 64)
		return le.AppendUint64(nil, math.Float64bits(f)), err
	case US, UL, UV:
		n, err := strconv.ParseUint(s, 10, 8*unit(v))
		return le.AppendUint64(nil, n)[:unit(v)], err
	}
	n, err := strconv.ParseInt(s, 10, 8*unit(v))
	return le.AppendUint64(nil, uint64(n))[:unit(v)], err
}
