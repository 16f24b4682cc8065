package exchange

import (
	"strings"
	"time"

	"bedrail/format/dicom"
)

// Tags by which an instance is found.
const (
	accessionNumber dicom.Tag = 0x00080050
	patientID       dicom.Tag = 0x00100020
	admissionID     dicom.Tag = 0x00380010
	acquiredDate    dicom.Tag = 0x00080022
	acquiredTime    dicom.Tag = 0x00080032
	contentDate     dicom.Tag = 0x00080023
	contentTime     dicom.Tag = 0x00080033
	modality        dicom.Tag = 0x00080060
	studyInstance   dicom.Tag = 0x0020000D
	seriesInstance  dicom.Tag = 0x0020000E
)

// ReadDICOM fills in what f lacks from a DICOM file, or from its beginning:
// a door that passes a large one on as a stream gives what it has read.
func ReadDICOM(file []byte, f *Facts) {
	if len(file) == 0 {
		return
	}
	d, err := dicom.Parse(file, dicom.Limits{})
	if err != nil || d.Set == nil {
		return
	}
	s, id := d.Set, d.Set.Identity()
	fill(&f.Type, id.SOPClass)
	fill(&f.ControlID, id.SOPInstance)
	if p := s.Text(patientID); p != "" && len(f.Patients) == 0 {
		f.Patients = []string{p}
	}
	if a := s.Text(accessionNumber); a != "" && len(f.Orders) == 0 {
		f.Orders = []string{a}
	}
	fill(&f.Visit, s.Text(admissionID))
	if f.ObservedAt.IsZero() {
		if f.ObservedAt = dicomTime(s.Text(acquiredDate), s.Text(acquiredTime)); f.ObservedAt.IsZero() {
			f.ObservedAt = dicomTime(s.Text(contentDate), s.Text(contentTime))
		}
	}
	if len(f.Devices) == 0 && (id.Manufacturer != "" || id.Model != "" || id.SerialNumber != "") {
		f.Devices = []DeviceClaim{{UDI: id.UDI, Serial: id.SerialNumber, Manufacturer: id.Manufacturer, Model: id.Model,
			Software: strings.Join(id.SoftwareVersions, " "), AETitle: f.Sender, Name: id.StationName, Location: "(0008,0070)"}}
	}
}

// Terms by which a DICOM instance is found again (PS3.18 10.6), and the one
// that every instance has.
const (
	TermInstance  = "dicom.instance"
	TermSeries    = "dicom.series"
	TermStudy     = "dicom.study"
	TermPatient   = "dicom.patient"
	TermAccession = "dicom.accession"
	TermModality  = "dicom.modality"
	TermAny       = "dicom.any"
)

// DICOMLookups are the terms of a DICOM file, or of its beginning.
func DICOMLookups(file []byte) []Lookup {
	d, err := dicom.Parse(file, dicom.Limits{})
	if err != nil || d.Set == nil {
		return nil
	}
	out := []Lookup{{TermAny, "1"}}
	for _, t := range []struct {
		field string
		tag   dicom.Tag
	}{{TermInstance, dicom.SOPInstanceUID}, {TermSeries, seriesInstance}, {TermStudy, studyInstance}, {TermPatient, patientID}, {TermAccession, accessionNumber}, {TermModality, modality}} {
		if v := d.Set.Text(t.tag); v != "" {
			out = append(out, Lookup{t.field, Normal(v)})
		}
	}
	return out
}

// dicomTime reads a date and a time (PS3.5 6.2: DA, TM) in this machine's
// zone, since they name none.
func dicomTime(date, clock string) time.Time {
	clock, _, _ = strings.Cut(clock, ".")
	t, err := time.ParseInLocation("20060102150405", date+(clock + "000000")[:6], time.Local)
	if err != nil {
		return time.Time{}
	}
	return t
}
