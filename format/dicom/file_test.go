package dicom_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"bedrail/format/dicom"
)

const pydicomFiles = "../../../shared/testdata/exchange/dicom-pydicom"

func readPydicom(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(pydicomFiles, name))
	if err != nil {
		t.Skipf("this test needs ../shared/testdata/exchange/dicom-pydicom, not there: %v", err)
	}
	return b
}

// TestEveryFileIsReadOrRefused reads all files of the collection: headers
// come out, or the reason stands in the error.
func TestEveryFileIsReadOrRefused(t *testing.T) {
	readPydicom(t, "README.txt")
	var read, refused, broken int
	err := filepath.WalkDir(pydicomFiles, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := dicom.Parse(b, dicom.Limits{})
		switch {
		case err != nil:
			refused++
			t.Logf("%s refused: %v", path[len(pydicomFiles)+1:], err)
		case f.Broken != nil:
			broken++
			t.Logf("%s read to: %v (%d elements)", path[len(pydicomFiles)+1:], f.Broken, len(f.Set.Fields))
		default:
			read++
		}
		if err == nil && len(f.Set.Fields) == 0 {
			t.Logf("%s is an empty data set", path)
		}
		for _, is := range dicom.Validate(b) {
			if is.Bytes[0] < 0 || is.Bytes[1] < is.Bytes[0] || is.Text == "" || is.Severity == "" {
				t.Errorf("%s: issue without place or text: %+v", path, is)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d read whole, %d read in part, %d refused", read, broken, refused)
	if read < 150 {
		t.Errorf("only %d files read whole", read)
	}
}

func TestIdentityInEverySyntax(t *testing.T) {
	logiq := dicom.Identity{Modality: "US", Manufacturer: "G.E. Medical Systems", Model: "LOGIQ 700", SerialNumber: "4131101",
		SoftwareVersions: []string{"R6.1"}}
	toshiba := dicom.Identity{Modality: "MR", Manufacturer: "TOSHIBA_MEC", Model: "MRT50H1", SerialNumber: "-0000200",
		SoftwareVersions: []string{"V3.51*P25"}}
	ct := dicom.Identity{Modality: "CT", Manufacturer: "GE MEDICAL SYSTEMS", Model: "RHAPSODE", SoftwareVersions: []string{"05"}}
	dose := dicom.Identity{Modality: "RTDOSE", Manufacturer: "Manufacturer name here", Model: "Treatment Planning System name here",
		SoftwareVersions: []string{"version 1"}}
	cases := map[string]struct {
		file, syntax string
		want         dicom.Identity
	}{
		"explicit little endian":                        {"CT_small.dcm", dicom.ExplicitLittle, ct},
		"no meta information: layout from the bytes":    {"no_meta.dcm", dicom.ExplicitLittle, ct},
		"explicit big endian":                           {"ExplVR_BigEnd.dcm", dicom.ExplicitBig, logiq},
		"the same scan in little endian":                {"MR_small.dcm", dicom.ExplicitLittle, toshiba},
		"the same scan in implicit":                     {"MR_small_implicit.dcm", dicom.ImplicitLittle, toshiba},
		"the same scan in big endian":                   {"MR_small_bigendian.dcm", dicom.ExplicitBig, toshiba},
		"the same scan compressed":                      {"MR_small_RLE.dcm", "1.2.840.10008.1.2.5", toshiba},
		"a scan cut off within its pixels":              {"MR_truncated.dcm", dicom.ExplicitLittle, toshiba},
		"representations forgotten by a converter (UN)": {"rtdose_rle.dcm", "1.2.840.10008.1.2.5", dose},
		"a representation that is none":                 {"badVR.dcm", dicom.ExplicitLittle, dose},
		"deflated as a whole":                           {"image_dfl.dcm", dicom.DeflatedLittle, dicom.Identity{Modality: "OT"}},
		"big endian without meta information": {"ExplVR_BigEndNoMeta.dcm", dicom.ExplicitBig,
			dicom.Identity{Modality: "RTPLAN", Manufacturer: "CMS, Inc.", Model: "XiO", SoftwareVersions: []string{"5.00.02"}}},
		"equipment of an item is not the file's own": {"rtplan.dcm", dicom.ImplicitLittle,
			dicom.Identity{Modality: "RTPLAN", Manufacturer: "Manufacturer name here", Model: "Treatment Planning System name here",
				SoftwareVersions: []string{"softwareV1"}}},
	}
	for name, c := range cases {
		f, err := dicom.Parse(readPydicom(t, c.file), dicom.Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := f.Set.Identity()
		if f.Syntax.UID != c.syntax {
			t.Errorf("%s: syntax %q, want %q", name, f.Syntax.UID, c.syntax)
		}
		if got.Modality != c.want.Modality || got.Manufacturer != c.want.Manufacturer || got.Model != c.want.Model ||
			got.SerialNumber != c.want.SerialNumber || !slices.Equal(got.SoftwareVersions, c.want.SoftwareVersions) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	cases := map[string][]byte{
		"nothing":      {},
		"gzip":         {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0},
		"text":         []byte("Test files used for testing"),
		"json":         []byte(`{"00080005": {}}`),
		"zeros":        make([]byte, 200),
		"a PDF":        []byte("%PDF-1.7 and more"),
		"a few zeroes": {8, 0},
	}
	for name, b := range cases {
		if _, err := dicom.Parse(b, dicom.Limits{}); !errors.Is(err, dicom.ErrNotDICOM) {
			t.Errorf("%s: error %v, want ErrNotDICOM", name, err)
		}
	}
}

func BenchmarkHeaderOfCT(b *testing.B) {
	data := readPydicom(b, "CT_small.dcm")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := dicom.Parse(data, dicom.Limits{})
		if err != nil || f.Set.Identity().Model != "RHAPSODE" {
			b.Fatal(err)
		}
	}
}

// TestHostileFilesTakeLittleTime builds files that are slow for readers that
// search or recurse carelessly.
func TestHostileFilesTakeLittleTime(t *testing.T) {
	head := "\x08\x00\x05\x00CS\x0a\x00ISO_IR 100"
	private := []byte(head + "\x09\x00\x10\x00LO\x04\x00ACME")
	for group := 0x0B; group < 0x0B+2*400; group += 2 {
		private = append(private, byte(group), byte(group>>8), 0x10, 0, 'L', 'O', 4, 0, 'A', 'C', 'M', 'E')
		for el := range 256 {
			private = append(private, byte(group), byte(group>>8), byte(el), 0x10, 'U', 'S', 2, 0, 1, 0)
		}
	}
	private = append(private, "\x08\x00\x60\x00CS\x02\x00CT"...) // out of order
	deep := []byte(head)
	for range 10000 {
		deep = append(deep, "\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"...)
	}
	items := []byte(head + "\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff")
	for range 200000 {
		items = append(items, 0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0)
	}
	for name, b := range map[string][]byte{"many private elements, one out of order": private, "deep sequences": deep, "empty items": items} {
		start := time.Now()
		dicom.Validate(b)
		if f, err := dicom.Parse(b, dicom.Limits{}); err == nil {
			_, _ = f.Set.Export()
			f.Set.Identity()
		}
		if took := time.Since(start); took > time.Minute { // careless readers need hours
			t.Errorf("%s: %d bytes took %v", name, len(b), took)
		} else {
			t.Logf("%s: %d bytes took %v", name, len(b), took)
		}
	}
}
