package asset

import "strings"

// fieldPhrases are the fields of evidence that are phrases of ours, by their
// beginning, and not names of a standard: those stay as the standard writes
// them. What follows the beginning is the value of the sentence.
var fieldPhrases = []struct{ begins, code string }{
	{"hardware address ", "field.address"},
	{"identities passed on", "field.passed"},
	{"association without TLS", "field.clear-dicom"},
	{"MLLP without TLS", "field.clear-hl7"},
	{"CONNECT without TLS", "field.clear-mqtt"},
	{"stream without TLS", "field.clear-stream"},
	{"CONNECT flags", "field.connect"},
	{"dialect agreed to", "field.dialect"},
	{"user identity negotiation", "field.user"},
	{"negotiation", "field.negotiation"},
	{"greeting", "field.greeting"},
	{"community ", "field.community"},
	{"not after ", "field.expired"},
	{"calling AE title ", "field.calling-title"},
	{"called AE title ", "field.called-title"},
	{"calling AE title", "field.calling"},
	{"called AE title", "field.called"},
	{"implementation class UID", "field.implementation"},
	{"implementation version name", "field.implementation-name"},
	{"private SOP class proposed", "field.private-object"},
	{"SOP class proposed", "field.object"},
	{"role ", "field.role"},
	{"client id", "field.client"},
	{"tcp port ", "field.tcp"},
	{"udp port ", "field.udp"},
	{"dns question", "field.question"},
	{"LLDP-MED ", "field.inventory"},
	{"system name", "field.system-name"},
	{"system description", "field.system"},
	{"product name", "field.product"},
	{"serial number", "field.serial"},
	{"device name", "field.device-name"},
	{"device revision", "field.device-revision"},
	{"object class", "field.object-class"},
	{"unit and bed", "field.bed"},
	{"revision", "field.revision"},
	{"version", "field.version"},
	{"workstation", "field.workstation"},
	{"protocol", "field.protocol"},
	{"platform", "field.platform"},
	{"import", "field.import"},
}

// nameField says the field of e in words, where it is a phrase.
func (e *Evidence) nameField() {
	e.Named = nil
	for _, p := range fieldPhrases {
		rest, ok := strings.CutPrefix(e.Field, p.begins)
		if !ok || rest != "" && !strings.HasSuffix(p.begins, " ") {
			continue
		}
		named := say(p.code)
		if rest != "" {
			named = say(p.code, "what", rest)
		}
		e.Named = &named
		return
	}
}

// nameFields says the fields of all evidence of a device in words.
func nameFields(d *Device) {
	lists := [][]Evidence{d.Placed}
	for _, a := range correctable {
		lists = append(lists, d.valueAt(a).Evidence)
	}
	lists = append(lists, d.Attachment.Evidence)
	for _, w := range d.Posture {
		lists = append(lists, w.Evidence)
	}
	for _, c := range d.Conflicts {
		for _, v := range c.Values {
			lists = append(lists, v.Evidence)
		}
	}
	for _, list := range lists {
		for i := range list {
			list[i].nameField()
		}
	}
}
