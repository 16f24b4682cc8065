package dicom_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bedrail/format/dicom"
)

// dumped is a line of dcmdump: tag and text. Elements written as UN, of which it
// shows the bytes in hexadecimal, are passed over.
var dumped = regexp.MustCompile(`(?m)^\(([0-9a-f]{4}),([0-9a-f]{4})\) (?:[A-TV-Z]\w|UI) (?:\[(.*)\]|=?(\S+)) +#`)

// TestIdentityAsAnotherReaderSeesIt compares the attributes by which equipment
// is known with what DCMTK's dcmdump reads in every file that both can read.
func TestIdentityAsAnotherReaderSeesIt(t *testing.T) {
	program, err := exec.LookPath("dcmdump")
	if err != nil {
		t.Skip("this test needs dcmdump of DCMTK, not installed: no second opinion on identities")
	}
	readPydicom(t, "README.txt")
	tags := []dicom.Tag{dicom.SOPClassUID, dicom.SOPInstanceUID, dicom.Modality, dicom.Manufacturer, dicom.ModelName, dicom.DeviceSerialNumber, dicom.SoftwareVersions}
	compared, values, nth := 0, 0, 0
	every := 10 // a process for each file takes long on a busy machine
	if os.Getenv("BEDRAIL_SOAK") != "" {
		every = 1
	}
	err = filepath.WalkDir(pydicomFiles, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := dicom.Parse(b, dicom.Limits{})
		if err != nil || len(f.Meta.Fields) == 0 || f.Mismatch {
			return nil // dcmdump guesses otherwise, or not at all
		}
		if nth++; nth%every != 0 {
			return nil
		}
		out, err := exec.Command(program, "-q", "-Un", "+L", "-M", path).Output()
		if err != nil {
			return nil
		}
		compared++
		for _, m := range dumped.FindAllStringSubmatch(string(out), -1) {
			for _, tag := range tags {
				if m[1]+m[2] != strings.ToLower(tag.String()[1:5]+tag.String()[6:10]) {
					continue
				}
				values++
				if got, want := strings.TrimRight(f.Set.Text(tag), " \x00"), first(m[3]+m[4]); got != want && !strings.HasPrefix(want, "(no") {
					t.Errorf("%s: %v is %q, dcmdump reads %q", filepath.Base(path), tag, got, want)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d values", compared, values)
	if compared < 100/every {
		t.Errorf("only %d files were compared", compared)
	}
}

// first is the first of several values.
func first(s string) string {
	s, _, _ = strings.Cut(s, `\`)
	return strings.TrimRight(s, " ")
}
