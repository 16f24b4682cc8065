package dicom_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bedrail/format/dicom"
)

// A recorder keeps what a Deframer tells.
type recorder struct {
	units  []dicom.PDUType
	bodies [][]byte
	sets   [][]byte
	open   []byte
}

func (r *recorder) Unit(t dicom.PDUType, body []byte) {
	r.units, r.bodies = append(r.units, t), append(r.bodies, bytes.Clone(body))
}

func (r *recorder) Data(f dicom.Fragment, piece []byte) {
	r.open = append(r.open, piece...)
	if f.Last && f.End {
		r.sets, r.open = append(r.sets, r.open), nil
	}
}

func TestAssociationRoundTrip(t *testing.T) {
	want := dicom.Associate{
		Version: 1, CalledAE: "ARCHIVE", CallingAE: "SCANNER 1", Application: dicom.ApplicationContext,
		Contexts: []dicom.Context{
			{ID: 1, Abstract: "1.2.840.10008.1.1", Transfer: []string{dicom.ImplicitLittle}},
			{ID: 3, Abstract: "1.2.840.10008.5.1.4.1.1.2", Transfer: []string{dicom.ExplicitLittle, dicom.ImplicitLittle}},
		},
		User: dicom.User{MaxLength: 32768, Implementation: "1.2.3.4", Version: "BEDRAIL",
			Window:   &dicom.Window{Invoked: 4, Performed: 1},
			Roles:    []dicom.Role{{SOPClass: "1.2.840.10008.5.1.4.1.1.2", SCP: true}},
			Extended: []dicom.Extended{{SOPClass: "1.2.840.10008.5.1.4.1.2.1.1", Info: []byte{1, 1, 0}}},
			Common:   []dicom.CommonExtended{{SOPClass: "1.2.3", ServiceClass: "1.2.840.10008.4.2", Related: []string{"1.2.4", "1.2.5"}}},
			Identity: &dicom.UserIdentity{Type: dicom.UsernamePassword, Respond: true, Primary: []byte("user"), Second: []byte("pass")}},
	}
	b, err := want.Encode(dicom.AssociateRQ)
	if err != nil {
		t.Fatal(err)
	}
	var r recorder
	var d dicom.Deframer
	for i := range b {
		if err := d.Write(b[i:i+1], &r); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(r.units, []dicom.PDUType{dicom.AssociateRQ}) {
		t.Fatalf("units %v", r.units)
	}
	got, err := dicom.ParseAssociate(r.bodies[0])
	forgetPlaces(t, r.bodies[0], &got)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	for n := range r.bodies[0] {
		if _, err := dicom.ParseAssociate(r.bodies[0][:n]); err == nil && n < 68 {
			t.Errorf("an association cut to %d bytes was accepted", n)
		}
	}
}

// forgetPlaces holds that what a says of places is so, and clears it.
func forgetPlaces(t *testing.T, body []byte, a *dicom.Associate) {
	t.Helper()
	at := func(place int, want string) {
		t.Helper()
		if place <= 0 || !strings.HasPrefix(string(body[place:]), want) {
			t.Errorf("at byte %d stands %q, want %q", place, body[place:min(len(body), place+8)], want)
		}
	}
	for i := range a.Contexts {
		at(a.Contexts[i].At, " \x00")
		a.Contexts[i].At = 0
	}
	at(a.User.ImplementationAt, a.User.Implementation)
	at(a.User.VersionAt, a.User.Version)
	at(a.User.Identity.At, "\x02\x01")
	a.User.ImplementationAt, a.User.VersionAt, a.User.Identity.At = 0, 0, 0
}

func TestCommandsRoundTrip(t *testing.T) {
	const ct = "1.2.840.10008.5.1.4.1.1.2"
	cases := map[string]dicom.Command{
		"an echo":              {Field: dicom.CEchoRQ, MessageID: 1, SOPClass: "1.2.840.10008.1.1"},
		"its answer":           {Field: dicom.CEchoRQ | 0x8000, RespondedTo: 1, SOPClass: "1.2.840.10008.1.1"},
		"a store for a move":   {Field: dicom.CStoreRQ, MessageID: 2, SOPClass: ct, SOPInstance: "1.2.3", DataSet: true, OriginAE: "READER", OriginID: 9},
		"a refused store":      {Field: dicom.CStoreRQ | 0x8000, RespondedTo: 2, SOPClass: ct, SOPInstance: "1.2.3", Status: dicom.OutOfResources, Comment: "disk full"},
		"a query":              {Field: dicom.CFindRQ, MessageID: 3, SOPClass: "1.2.840.10008.5.1.4.1.2.2.1", Priority: 1, DataSet: true},
		"a match":              {Field: dicom.CFindRQ | 0x8000, RespondedTo: 3, Status: dicom.Pending, DataSet: true},
		"a cancel":             {Field: dicom.CCancelRQ, RespondedTo: 3},
		"a move":               {Field: dicom.CMoveRQ, MessageID: 4, SOPClass: "1.2.840.10008.5.1.4.1.2.2.2", MoveTo: "READER", DataSet: true},
		"a get under way":      {Field: dicom.CGetRQ | 0x8000, RespondedTo: 5, Status: dicom.Pending, Sub: &dicom.SubOperations{Remaining: 3, Completed: 1}},
		"a step begins":        {Field: dicom.NCreateRQ, MessageID: 6, SOPClass: "1.2.840.10008.3.1.2.3.3", SOPInstance: "1.2.9", DataSet: true},
		"a step is changed":    {Field: dicom.NSetRQ, MessageID: 7, SOPClass: "1.2.840.10008.3.1.2.3.3", SOPInstance: "1.2.9", DataSet: true},
		"a commitment request": {Field: dicom.NActionRQ, MessageID: 8, SOPClass: "1.2.840.10008.1.20.1", SOPInstance: "1.2.840.10008.1.20.1.1", Type: 1, DataSet: true},
	}
	for name, want := range cases {
		b := want.Encode()
		got, err := dicom.ParseCommand(b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
		for _, limit := range []uint32{0, 7, 64, 16384} {
			var r recorder
			var d dicom.Deframer
			if err := d.Write(dicom.AppendData(nil, 3, true, b, limit), &r); err != nil || len(r.sets) != 1 || !bytes.Equal(r.sets[0], b) {
				t.Errorf("%s in units of %d: %v, %d sets", name, limit, err, len(r.sets))
			}
		}
	}
}

func TestDeframerRefusesWhatIsNotDICOM(t *testing.T) {
	cases := map[string][]byte{
		"a verb of HTTP":                            []byte("GET / HTTP/1.1\r\n"),
		"a unit type that is not":                   {8, 0, 0, 0, 0, 4, 0, 0, 0, 0},
		"an association of a gigabyte":              {1, 0, 0x40, 0, 0, 0},
		"a data value larger than its unit":         {4, 0, 0, 0, 0, 8, 0, 0, 1, 0, 1, 0, 0, 0},
		"a data value without context and control":  {4, 0, 0, 0, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0},
		"a data unit too short to hold a value":     {4, 0, 0, 0, 0, 3, 0, 0, 0},
		"a second value that overruns what is left": {4, 0, 0, 0, 0, 14, 0, 0, 0, 2, 1, 0, 0, 0, 0, 9, 1, 0, 1, 2},
	}
	for name, b := range cases {
		var r recorder
		var d dicom.Deframer
		if err := d.Write(b, &r); err == nil {
			t.Errorf("%s was accepted: %+v", name, r)
		}
	}
}

func TestCharsets(t *testing.T) {
	cases := map[string]struct {
		declared, raw, want string
		bad                 bool
	}{
		"ASCII when nothing is declared":       {"", "Buc^J\x08", "Buc^J\x08", false},
		"a high byte when nothing is declared": {"", "Buc\xe9", "Buc\uFFFD", true},
		"Latin-1":                              {"ISO_IR 100", "\xc4neas^R\xfcdiger", "Äneas^Rüdiger", false},
		"Greek":                                {"ISO_IR 126", "\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος", false},
		"Cyrillic":                             {"ISO_IR 144", "\xbb\xee\xda", "Люк", false},
		"Arabic":                               {"ISO_IR 127", "\xe2\xc8\xc7\xe6\xea", "قباني", false},
		"Hebrew":                               {"ISO_IR 138", "\xf9\xf8\xe5\xef", "שרון", false},
		"UTF-8":                                {"ISO_IR 192", "Wang^XiaoDong=王^小東", "Wang^XiaoDong=王^小東", false},
		"broken UTF-8":                         {"ISO_IR 192", "a\xff", "a\uFFFD", true},
		"GB18030":                              {"GB18030", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东", false},
		"Japanese, kanji by escape (PS3.5 H.3.1)":     {"\\ISO 2022 IR 87", "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B", "Yamada^Tarou=山田^太郎=やまだ^たろう", false},
		"Japanese, katakana beside kanji (H.3.2)":     {"ISO 2022 IR 13\\ISO 2022 IR 87", "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎", false},
		"Korean (PS3.5 I.2)":                          {"\\ISO 2022 IR 149", "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf", "Hong^Gildong=洪^吉洞=홍^길동", false},
		"Chinese by escape (PS3.5 K.2)":               {"\\ISO 2022 IR 58", "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=", "Zhang^XiaoDong=张^小东=", false},
		"a near miss of the defined term":             {"ISO-IR 100", "M\xfcller", "Müller", false},
		"a backslash within a two-byte character":     {"\\ISO 2022 IR 87", "\x1b$B\x30\x5c\x1b(B", "移", false},
		"padding is not part of the text":             {"ISO_IR 100", "GE  \x00", "GE", false},
		"thai":                                        {"ISO_IR 166", "\xca\xc1\xaa\xd2\xc2", "สมชาย", false},
		"an escape that the standard does not define": {"\\ISO 2022 IR 87", "a\x1b%Gb", "a\uFFFD%Gb", true},
	}
	for name, c := range cases {
		cs, _ := dicom.CharsetOf(c.declared)
		got, err := cs.Text([]byte(c.raw))
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, c.want)
		}
	}
	cs, _ := dicom.CharsetOf("\\ISO 2022 IR 87")
	vals, err := cs.Values([]byte("a\\\x1b$B;3\\\x5c\x1b(B\\b"))
	if err != nil && len(vals) != 3 {
		t.Errorf("values %q, %v: a backslash inside kanji parts nothing", vals, err)
	}
}

// TestWriterAndReaderAgree exports every file of the collection, writes it in
// three layouts, reads it again, and compares.
func TestWriterAndReaderAgree(t *testing.T) {
	readPydicom(t, "README.txt")
	paths, _ := filepath.Glob(filepath.Join(pydicomFiles, "*.dcm"))
	compared := 0
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := dicom.Parse(b, dicom.Limits{})
		if err != nil || f.Broken != nil {
			continue
		}
		want, err := f.Set.Export()
		if err != nil {
			t.Logf("%s is not exported: %v", filepath.Base(path), err)
			continue
		}
		for _, syntax := range []string{dicom.ImplicitLittle, dicom.ExplicitLittle, dicom.ExplicitBig} {
			compareWritten(t, filepath.Base(path), want, dicom.SyntaxOf(syntax))
		}
		compareJSON(t, filepath.Base(path), want)
		compared++
	}
	if compared < 70 {
		t.Errorf("only %d files compared", compared)
	}
}

func compareWritten(t *testing.T, name string, want dicom.Set, syntax dicom.Syntax) {
	t.Helper()
	written, err := dicom.Writer{Implementation: "1.2.3", Version: "TEST"}.File(want, syntax)
	if err != nil {
		if _, ok := want.Attribute(dicom.SOPInstanceUID); ok {
			t.Errorf("%s in %s: %v", name, syntax.UID, err)
		}
		return
	}
	f, err := dicom.Parse(written, dicom.Limits{})
	if err != nil || f.Broken != nil {
		t.Errorf("%s in %s: read back: %v, %v", name, syntax.UID, err, f.Broken)
		return
	}
	got, err := f.Set.Export()
	if err != nil {
		t.Errorf("%s in %s: %v", name, syntax.UID, err)
		return
	}
	// Implicit syntaxes write no representation; the values must be the same.
	if !sameSet(got, want, syntax.Explicit) {
		t.Errorf("%s in %s: read back differently", name, syntax.UID)
	}
}

func sameSet(a, b dicom.Set, vr bool) bool {
	return slices.EqualFunc(a, b, func(x, y dicom.Attribute) bool {
		trim := func(v []byte) string { return string(bytes.TrimRight(v, " \x00")) }
		same := x.Tag == y.Tag && trim(x.Value) == trim(y.Value) && (!vr || x.VR == y.VR) && len(x.Fragments) == len(y.Fragments)
		if x.VR != y.VR {
			return x.Tag == y.Tag // a private sequence becomes unknown bytes
		}
		return same && slices.EqualFunc(x.Items, y.Items, func(p, q dicom.Set) bool { return sameSet(p, q, vr) })
	})
}

func compareJSON(t *testing.T, name string, want dicom.Set) {
	t.Helper()
	first, err := want.MarshalJSON()
	if err != nil {
		t.Logf("%s has no JSON: %v", name, err)
		return
	}
	var back dicom.Set
	if err := back.UnmarshalJSON(first); err != nil {
		t.Errorf("%s: reading its JSON: %v", name, err)
		return
	}
	second, err := back.MarshalJSON()
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("%s: JSON differs after one turn: %v", name, err)
	}
}

func TestJSONOfOthersIsRead(t *testing.T) {
	for _, name := range []string{"test1.json", "test_PN.json"} {
		var s dicom.Set
		if err := s.UnmarshalJSON(readPydicom(t, name)); err != nil || len(s) == 0 {
			t.Errorf("%s: %d attributes, %v", name, len(s), err)
		}
	}
	var s dicom.Set
	if err := s.UnmarshalJSON(readPydicom(t, "test1.json")); err == nil {
		if a, _ := s.Attribute(dicom.StationName); string(a.Value) != "L1BAY3_GE3T" {
			t.Errorf("station %q", a.Value)
		}
	}
}

// TestWalkerAndParserAgree compares the reader of pieces with the reader of
// wholes on the top level of every file.
func TestWalkerAndParserAgree(t *testing.T) {
	readPydicom(t, "README.txt")
	paths, _ := filepath.Glob(filepath.Join(pydicomFiles, "*.dcm"))
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := dicom.Parse(b, dicom.Limits{})
		if err != nil || f.Broken != nil || f.Syntax.Deflated {
			continue
		}
		var want []string
		for _, e := range f.Set.Fields {
			if e.Tag == dicom.PixelData {
				break
			}
			if !e.Undefined && e.VR != dicom.SQ && e.End()-e.Start() <= 1<<16 {
				want = append(want, e.Tag.String()+string(f.Set.Bytes(e)))
			}
		}
		for _, size := range []int{1, 13, len(b)} {
			if got := walk(f, b[f.Offset:], size); !slices.Equal(got, want) {
				t.Errorf("%s in pieces of %d: %d elements, want %d", filepath.Base(path), size, len(got), len(want))
			}
		}
	}
}

func walk(f *dicom.File, b []byte, size int) (got []string) {
	wish := func(_, _ dicom.Tag, depth int) dicom.Wish {
		if depth > 0 {
			return dicom.Skip
		}
		return dicom.Take
	}
	w := dicom.NewWalker(f.Syntax, wish, func(e dicom.Element) {
		if e.VR != dicom.SQ {
			got = append(got, e.Tag.String()+string(e.Value))
		}
	})
	for len(b) > 0 && !w.Done() {
		n := min(size, len(b))
		if _, err := w.Write(b[:n]); err != nil {
			return append(got, err.Error())
		}
		b = b[n:]
	}
	return got
}

func FuzzParse(f *testing.F) {
	small, err := (dicom.Writer{Implementation: "1.2.3", Version: "TEST"}).File(dicom.Set{
		dicom.TextAttribute(dicom.SpecificCharacterSet, "ISO_IR 192"),
		dicom.TextAttribute(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2"),
		dicom.TextAttribute(dicom.SOPInstanceUID, "1.2.3"),
		dicom.TextAttribute(dicom.Modality, "CT"),
		{Tag: dicom.UDISequence, VR: dicom.SQ, Items: []dicom.Set{{dicom.TextAttribute(dicom.UDI, "(01)1")}}},
	}, dicom.SyntaxOf(dicom.ExplicitLittle))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small)
	f.Add(small[132:])
	f.Add([]byte("\x08\x00\x05\x00CS\x0a\x00ISO_IR 192"))
	f.Fuzz(func(t *testing.T, b []byte) {
		dicom.Validate(b)
		file, err := dicom.Parse(b, dicom.Limits{Inflated: 1 << 20})
		if err != nil {
			return
		}
		file.Set.Identity()
		s, err := file.Set.Export()
		if err != nil {
			return
		}
		if j, err := s.MarshalJSON(); err == nil {
			var back dicom.Set
			if err := back.UnmarshalJSON(j); err != nil {
				t.Errorf("own JSON is not read: %v", err)
			}
		}
		walk(file, b[min(file.Offset, len(b)):], 3)
	})
}

// FuzzWire holds that whatever bytes say, they end, and that an association is
// skimmed as it is read.
func FuzzWire(f *testing.F) {
	ac, _ := dicom.Associate{CalledAE: "A", CallingAE: "B", Contexts: []dicom.Context{{ID: 1, Transfer: []string{dicom.ExplicitLittle}}, {ID: 3, Result: dicom.UserRejected, Transfer: []string{"1.2"}}}}.Encode(dicom.AssociateAC)
	f.Add(ac)
	rq, _ := dicom.Associate{CalledAE: "A", CallingAE: "B", Contexts: []dicom.Context{{ID: 1, Abstract: "1.2", Transfer: []string{"1.2"}}}}.Encode(dicom.AssociateRQ)
	f.Add(append(rq, dicom.AppendData(nil, 1, true, dicom.Command{Field: dicom.CEchoRQ}.Encode(), 0)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r recorder
		var d dicom.Deframer
		_ = d.Write(b, &r)
		for i, body := range r.bodies {
			if r.units[i] == dicom.AssociateAC {
				sameAssociation(t, body)
			}
			_, _ = dicom.ParseAssociate(body)
			_, _ = dicom.SkimAssociate(r.units[i], body)
			_, _ = dicom.ParseRejection(body)
			_, _ = dicom.ParseAbortion(body)
		}
		for _, s := range r.sets {
			_, _ = dicom.ParseCommand(s)
		}
	})
}

// sameAssociation compares what is skimmed of an association with what is read.
func sameAssociation(t *testing.T, body []byte) {
	t.Helper()
	a, err := dicom.ParseAssociate(body)
	if err != nil {
		return
	}
	s, err := dicom.SkimAssociate(dicom.AssociateAC, body)
	if err != nil || s.CalledAE != a.CalledAE || s.CallingAE != a.CallingAE {
		t.Fatalf("skimmed %+v, %v; want the titles of %+v", s, err, a)
	}
	want := map[byte]dicom.Syntax{}
	for _, c := range a.Contexts {
		if c.Result == dicom.Accepted && len(c.Transfer) == 1 && len(c.Transfer[0]) < 60 {
			want[c.ID] = dicom.SyntaxOf(c.Transfer[0])
		}
	}
	for id, syntax := range want {
		if got, ok := s.Syntax(id); (!ok || got != syntax) && len(a.Contexts) <= 128 {
			t.Errorf("context %d speaks %+v, %v; want %+v", id, got, ok, syntax)
		}
	}
}

// FuzzJSON reads the JSON model of others; what is taken is written and read
// again as the same.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"A^B","Phonetic":"x"},null]},"00081140":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2"]}},{}]},` +
		`"00280010":{"vr":"US","Value":[1,65535]},"00189073":{"vr":"FD","Value":[1.5e3,"NaN"]},"7FE00010":{"vr":"OW","InlineBinary":"AAEC"},"00091002":{"vr":"UN","BulkDataURI":"x"},"00201041":{"vr":"DS","Value":[1.50,null]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s dicom.Set
		if s.UnmarshalJSON(b) != nil {
			return
		}
		first, err := s.MarshalJSON()
		if err != nil {
			return // a value that fits its representation in no way
		}
		var again dicom.Set
		if err := again.UnmarshalJSON(first); err != nil {
			t.Fatalf("%v in what was written: %q", err, first)
		}
		second, err := again.MarshalJSON()
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%q is written as %q, %v", first, second, err)
		}
	})
}
