package mapping

import (
	"strings"

	"bedrail/format/dicom"
)

// dicom maps the head of an image: one message is one instance of a study.
func (p *Program) dicom(lib *Library, raw []byte, opt *Options) (*Result, error) {
	f, err := dicom.Parse(raw, dicom.Limits{})
	if err != nil {
		return nil, err
	}
	r := runs.Get().(*run)
	defer r.done()
	r.start(p, lib, raw, opt)
	if r.sender == "" {
		id := f.Set.Identity()
		r.sender = id.Manufacturer + "|" + id.Institution
	}
	if tag, ok := dicom.TagOf("SOPInstanceUID"); ok {
		r.control = f.Set.Text(tag)
	}
	r.vars = func(name string) string { return r.imageVariable(f.Set, name) }
	for _, part := range []string{"patient", "device", "study", "instance"} {
		r.at(part, noSegment)
	}
	return r.finish()
}

// imageVariable answers for an element by its keyword, and for what FHIR
// writes otherwise: dates, names, sexes.
func (r *run) imageVariable(set *dicom.Dataset, name string) string {
	if name == "recorded" && r.opt.Received.IsZero() {
		switch t := imageTime(set, "InstanceCreation"); {
		case len(t) == len("2006-01-02"):
			return t + "T00:00:00Z" // an instant has a time of day
		case t != "":
			return t
		}
		return r.common(name)
	}
	keyword, form, _ := strings.Cut(name, ".")
	switch form {
	case "time":
		return imageTime(set, keyword)
	case "family", "given", "prefix", "suffix":
		return nameGroup(textOf(set, keyword), form)
	}
	if tag, ok := dicom.TagOf(keyword); ok {
		return strings.TrimSpace(set.Text(tag))
	}
	return r.common(name)
}

func textOf(set *dicom.Dataset, keyword string) string {
	tag, ok := dicom.TagOf(keyword)
	if !ok {
		return ""
	}
	return strings.TrimSpace(set.Text(tag))
}

// imageTime joins StudyDate and StudyTime (PS3.5 6.2) with the offset that the
// data set names; without one only the date is sure.
func imageTime(set *dicom.Dataset, what string) string {
	date, clock := textOf(set, what+"Date"), textOf(set, what+"Time")
	if len(date) != 8 || strings.Trim(date, "0123456789") != "" {
		return ""
	}
	day := date[:4] + "-" + date[4:6] + "-" + date[6:]
	offset := textOf(set, "TimezoneOffsetFromUTC")
	t, ok := clockText(clock)
	if !ok || len(offset) != 5 || clock == "" {
		return day
	}
	return day + "T" + t + offset[:3] + ":" + offset[3:]
}

// nameGroup takes a part of a PN: family^given^middle^prefix^suffix.
func nameGroup(name, part string) string {
	name, _, _ = strings.Cut(name, "=")
	parts := strings.Split(name, "^")
	for len(parts) < 5 {
		parts = append(parts, "")
	}
	switch part {
	case "family":
		return strings.TrimSpace(parts[0])
	case "given":
		return strings.TrimSpace(parts[1])
	case "prefix":
		return strings.TrimSpace(parts[3])
	}
	return strings.TrimSpace(parts[4])
}
