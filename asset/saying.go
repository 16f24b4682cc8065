package asset

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/traffic"
)

// A Saying is a sentence of the record: a code that stays, what stands in the
// sentence, and both in English. Pages say it in the language of their reader,
// by the code under "said." of their catalogues.
type Saying struct {
	Code string            `json:"code,omitempty" doc:"Of the sentence, and stable. Absent from what was written before there were codes"`
	Args map[string]string `json:"args,omitempty" doc:"What stands in the sentence"`
	Text string            `json:"text" doc:"The sentence in English"`
}

// sayings are the sentences by their code, in English. Some of what stands in
// them is itself a word: attribute, posture, key, side, peer, service, place
// and trait are said by their own names.
var sayings = map[string]string{
	// what happened to a device
	"seen":           "first seen as {name}",
	"listed":         "known from records as {name}",
	"identified":     "identified as {manufacturer} {model}",
	"software":       "software {now}, before {before}",
	"posture":        "{posture}",
	"attached":       "plugged in at {now}, before {before}",
	"moved":          "at {place}, before {placeBefore}",
	"address":        "uses the address {address}",
	"conflict":       "evidence disagrees about the {attribute}",
	"elsewhere":      "the maintenance list has it at {place}",
	"tags":           "tags: {tags}",
	"tags.none":      "all tags taken off",
	"tags.added":     "tags added: {tags}",
	"tags.removed":   "tags removed: {tags}",
	"placed":         "stands at {place}",
	"placed.none":    "what a person said of its place was taken back",
	"tagged":         "asset tag: {value}",
	"tagged.none":    "asset tag taken back",
	"corrected":      "{attribute}: {value}",
	"corrected.none": "the correction of the {attribute} was taken back",
	"merged":         "one device with {name}",
	"merged.despite": "one device with {name}, although the serial numbers differ: {one} and {other}",
	"split":          "another device has {macs}",
	"split.undone":   "a merge or split was taken back",
	"answer.undone":  "what was answered of it was taken back",
	"quiet":          "silent for longer than it usually is, {span}",
	"gone":           "silent for so long that it may be stored, sold or broken, {span}",
	"back":           "heard again after {span}",

	// what an unidentified device shows
	"trait.prefix":      "hardware address begins with {value}",
	"trait.name":        "is called {value}…",
	"trait.vendorClass": "names itself {value} to DHCP",
	"trait.options":     "asks DHCP for {value}",
	"trait.fingerprint": "has the network fingerprint {value}",
	"trait.service":     "offers {value}",
	"trait.banner":      "says {value}",
	"trait.peer":        "asks for {value}",
	"trait.protocols":   "speaks {value}",
	"trait.roles":       "acts as {value}",
	"trait.certificate": "shows the certificate {value}",

	// why it may be what is guessed
	"guess.evidence": "{source} {field} says {value}",
	"guess.alike":    "{trait}, as {some} of {all} {model} here",

	// what an import does with a line
	"match.unknown": "nothing known bears one of its numbers",
	"match.serial":  "the serial number alone agrees; it is listed beside it until somebody merges them",
	"match.key":     "agrees by {key}",
	"match.line":    "is the same device as line {n}",
	"match.several": "its numbers lead to {n} different devices",
	"match.differs": "but says {attribute} {value} where {confirmed} is confirmed",
	"place.known":   "is on the list",
	"place.named":   "is on the list, and gets another title or other names",
	"place.new":     "is not on the list yet",

	// how behaviour differs from what was frozen
	"edge.new":         "is now {side} of {peer} over {service} port {port}",
	"edge.unencrypted": "{side} of {peer} over {service} port {port} is no longer encrypted",
	"edge.louder":      "{side} of {peer} over {service} port {port} moves {now} MB a day, before {before}",
	"edge.gone":        "is no longer {side} of {peer} over {service} port {port}",

	// what fields of evidence are called that have no name in a standard
	"field.address":             "hardware address {what}",
	"field.passed":              "identities passed on",
	"field.clear-dicom":         "association without TLS",
	"field.clear-hl7":           "MLLP without TLS",
	"field.clear-mqtt":          "CONNECT without TLS",
	"field.clear-stream":        "stream without TLS",
	"field.connect":             "CONNECT flags",
	"field.dialect":             "dialect agreed to",
	"field.user":                "user identity negotiation",
	"field.negotiation":         "negotiation",
	"field.greeting":            "greeting",
	"field.community":           "community {what}",
	"field.expired":             "not after {what}",
	"field.calling-title":       "calling AE title {what}",
	"field.called-title":        "called AE title {what}",
	"field.calling":             "calling AE title",
	"field.called":              "called AE title",
	"field.implementation":      "implementation class UID",
	"field.implementation-name": "implementation version name",
	"field.private-object":      "private SOP class proposed",
	"field.object":              "SOP class proposed",
	"field.role":                "role {what}",
	"field.client":              "client id",
	"field.tcp":                 "TCP port {what}",
	"field.udp":                 "UDP port {what}",
	"field.question":            "DNS question",
	"field.inventory":           "LLDP-MED {what}",
	"field.system-name":         "system name",
	"field.system":              "system description",
	"field.product":             "product name",
	"field.serial":              "serial number",
	"field.device-name":         "device name",
	"field.device-revision":     "device revision",
	"field.object-class":        "object class",
	"field.bed":                 "unit and bed",
	"field.revision":            "revision",
	"field.version":             "version",
	"field.workstation":         "workstation",
	"field.protocol":            "protocol",
	"field.platform":            "platform",
	"field.import":              "import",

	// why something was refused; an Error of such a reason says the same
	"refused.serials":     "{first} has the serial number {one} and {second} has {other}: as long as both stand they are two devices. Correct the one that is wrong and merge then; or say that they are one all the same, with the reason",
	"refused.apart":       "{first} and {second} stay apart: a part of one is said not to be a part of the other; take that split back first",
	"refused.tags":        "a device has at most {n} tags",
	"refused.tag":         "a tag has 1 to {n} bytes on one line",
	"refused.nothing":     "nothing was given to change; give addTags, removeTags or location",
	"refused.since":       "changed again since, or no more",
	"refused.version":     "the device was changed meanwhile: it is at version {now}, not {before}; look again",
	"refused.undone":      "the import {id} was already undone",
	"refused.undone-held": "the import {id} was already undone; of it {n} links to patients are kept, as they are under legal hold",
	"refused.nobody":      "nobody may {what}",
	"refused.token":       "a token may not {what}; sign in as a person",
	"refused.unit":        "your role does not reach unit {at} to {what} there; a role that does: {roles}",
	"refused.site":        "your role does not reach site {at} to {what} there; a role that does: {roles}",
	"refused.house":       "your role does not reach the whole hospital to {what} there; a role that does: {roles}",
	"refused.role":        "you may not {what}; a role that may: {roles}",
}

// say makes the sentence of a code with what stands in it, as pairs of name
// and value.
func say(code string, pairs ...string) Saying {
	s := Saying{Code: code}
	for i := 0; i+1 < len(pairs); i += 2 {
		if s.Args == nil {
			s.Args = make(map[string]string, len(pairs)/2)
		}
		s.Args[pairs[i]] = pairs[i+1]
	}
	s.Text = s.english(code)
	return s
}

// refusal is why err refuses, as a sentence.
func refusal(err error) Saying {
	s := Saying{Text: err.Error()}
	var e *bedrail.Error
	if errors.As(err, &e) && e.Reason != "" {
		s.Code, s.Args = "refused."+e.Reason, e.Values
	}
	return s
}

var blanks = regexp.MustCompile(`\{\w+\}`)

func (s Saying) english(code string) string {
	return blanks.ReplaceAllStringFunc(sayings[code], func(blank string) string {
		name := blank[1 : len(blank)-1]
		return s.word(name, s.Args[name])
	})
}

// word says in English what stands in a sentence.
func (s Saying) word(name, value string) string {
	switch {
	case name == "trait":
		return s.english("trait." + value)
	case value == "":
		return "unknown"
	case name == "attribute":
		return inWords(value)
	case name == "posture":
		return traffic.Posture(value).String()
	case name == "key":
		return keyWords[value]
	case name == "span":
		return spanWords(value)
	}
	return value
}

// spanWords says a time in seconds roughly, as a person does.
func spanWords(seconds string) string {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return seconds
	}
	for _, unit := range []struct {
		name string
		of   int64
	}{{"days", 48 * 3600}, {"hours", 2 * 3600}, {"minutes", 120}} {
		if n >= unit.of {
			return strconv.FormatInt(n*2/unit.of, 10) + " " + unit.name
		}
	}
	return seconds + " seconds"
}

// keyWords name the merge keys for a person.
var keyWords = map[string]string{
	"serial": "model and serial number", "udi": "UDI", "mac": "hardware address", "maker-serial": "maker and serial number", "epr": "endpoint reference", "asset": "asset tag",
}

// textOf is several sentences as one.
func textOf(said []Saying) string {
	texts := make([]string, len(said))
	for i, s := range said {
		texts[i] = s.Text
	}
	return strings.Join(texts, ", ")
}
