package need

import (
	"fmt"

	"bedrail/format/dicom"
)

// What makes a data set an instance of a study stays whatever a list names.
var dicomFrame = map[dicom.Tag]bool{dicom.SpecificCharacterSet: true, dicom.SOPClassUID: true, dicom.SOPInstanceUID: true, dicom.StudyInstanceUID: true, dicom.SeriesInstanceUID: true}

// Attributes that name a patient or a visit by a number, and those that say who
// it is (PS3.6; of PS3.15 table E.1-1 those of the patient).
var (
	dicomNumbers = map[dicom.Tag]bool{0x00100010: true, 0x00100020: true, 0x00380010: true, 0x00080050: true}
	dicomDirect  = map[dicom.Tag]bool{0x00100021: true, 0x00100024: true, 0x00100030: true, 0x00100032: true, 0x00100033: true, 0x00100050: true, 0x00100101: true, 0x00101000: true, 0x00101001: true,
		0x00101002: true, 0x00101005: true, 0x00101040: true, 0x00101050: true, 0x00101060: true, 0x00101080: true, 0x00101081: true, 0x00101090: true, 0x00102150: true,
		0x00102152: true, 0x00102154: true, 0x00102155: true, 0x001021B0: true, 0x001021F0: true, 0x00102297: true, 0x00102298: true, 0x00102299: true, 0x00104000: true,
		0x00380300: true, 0x00380400: true, 0x00380500: true, 0x00384000: true, 0x00400275: true, 0x00081120: true, 0x00080096: true}
)

// DICOM leaves out of a file what l does not name. What remains is written as a
// file by w, in the transfer syntax in which it came.
func (l *List) DICOM(body []byte, name Pseudonym, w dicom.Writer) (Result, error) {
	if l.any && len(l.dicom)+len(l.group) == 0 {
		return Result{}, fmt.Errorf("the list of fields names nothing of DICOM: %w", ErrFormat)
	}
	f, err := dicom.Parse(body, dicom.Limits{})
	if err != nil || f.Set == nil || f.Broken != nil {
		return Result{}, fmt.Errorf("the instance cannot be read to its end: %w", ErrFormat)
	}
	set, err := f.Set.Export()
	if err != nil {
		return Result{}, fmt.Errorf("the instance cannot be written anew: %w", ErrFormat)
	}
	removed, replaced := tally{}, tally{}
	set = l.sift(set, name, removed, replaced, true)
	out, err := w.File(set, f.Syntax)
	if err != nil {
		return Result{}, fmt.Errorf("the instance cannot be written anew: %w", ErrFormat)
	}
	return Result{Body: out, Removed: removed.sorted(), Replaced: replaced.sorted()}, nil
}

// sift keeps what is named. Inside of a sequence that is named everything
// stays but what says who the patient is.
func (l *List) sift(set dicom.Set, name Pseudonym, removed, replaced tally, top bool) dicom.Set {
	kept := set[:0:0]
	for _, a := range set {
		named := !top || !l.any || dicomFrame[a.Tag] || l.dicom[a.Tag] || l.group[a.Tag.Group()]
		if !named || name != nil && (dicomDirect[a.Tag] || a.Tag.Private()) {
			removed[a.Tag.String()] = true
			continue
		}
		if name != nil && dicomNumbers[a.Tag] && len(a.Value) > 0 {
			replaced[a.Tag.String()] = true
			a.Value = []byte(short(name(string(a.Value))))
		}
		for i, item := range a.Items {
			a.Items[i] = l.sift(item, name, removed, replaced, false)
		}
		kept = append(kept, a)
	}
	return kept
}

// short fits SH, which holds sixteen characters (PS3.5 6.2).
func short(name string) string { return name[:min(len(name), 16)] }
