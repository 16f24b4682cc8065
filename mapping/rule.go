package mapping

// A Rule says where one value goes. It is a row of the tables of HL7's
// v2-to-FHIR guide, and the same row serves the mappings of our own.
type Rule struct {
	// From is the place in the source: PID-3, CX.4, $variable, or a segment's
	// name for what does not depend on a field. Several, separated by "|", are
	// tried in turn.
	From string `yaml:"from,omitempty"`
	// To is the place in the resource, by FHIRPath's names; a number tells
	// apart the items that one segment puts into a list, and a type in
	// parentheses leads on into a resource that is referred to:
	// participant[1].individual(Practitioner.name).
	To string `yaml:"to"`
	// Value is what to write instead of what is at From; {PL.1} in it stands
	// for the value there.
	Value string `yaml:"value,omitempty"`
	// By names the map of a data type, such as CX[Identifier], or a converter.
	By string `yaml:"by,omitempty"`
	// Table names the table that translates codes.
	Table string `yaml:"table,omitempty"`
	// If must hold for the rule to apply.
	If string `yaml:"if,omitempty"`
	// Each is a place that repeats: the rule is applied once for each of its
	// repetitions, so that what is said once stands in every item of a list.
	Each string `yaml:"each,omitempty"`
	// Level numbers the resources of a map that makes several out of one
	// value: bed, room, floor of a location.
	Level int `yaml:"level,omitempty"`
}

// A Row says which resource a part of a message makes or adds to.
type Row struct {
	// At is the part: a segment in its groups (ORU_R01.PATIENT_RESULT.PATIENT.PID),
	// or a part of a device, an image, a result (mds, channel, study, result).
	At string `yaml:"at"`
	// Make names the resource: its type, and a word or number that tells it from
	// others of its type in the same place.
	Make string `yaml:"make,omitempty"`
	// Add names a resource that the row adds to where it is, and does not make:
	// with a type alone the nearest of that type.
	Add string `yaml:"add,omitempty"`
	// Key is a place whose value names the resource in every message.
	Key string `yaml:"key,omitempty"`
	// By names the map of a segment, such as PID[Patient]; Set are rules of the
	// row itself.
	By  string `yaml:"by,omitempty"`
	Set []Rule `yaml:"set,omitempty"`
	If  string `yaml:"if,omitempty"`
	// Refs are references that the row makes: Encounter[1].subject = Patient[1].
	Refs []string `yaml:"refs,omitempty"`
}

// A Code is one row of a table that translates codes.
type Code struct {
	Code    string `yaml:"code"`
	System  string `yaml:"system,omitempty"`
	Display string `yaml:"display,omitempty"`
}

// A Structure is a message as its groups.
type Structure struct {
	// Name is the message structure: ORU_R01.
	Name string `yaml:"name"`
	// Parts are segments and groups in their order: "PID PD1 NK1* VISIT( PV1
	// PV2 )". "*" says that it repeats, "!" that only the first segment of a
	// group opens it, where the structure has its others elsewhere too. What
	// stands in a group twice is called ROL and ROL#2.
	Parts string `yaml:"parts"`
	Rows  []Row  `yaml:"rows"`
}

// Tables are maps that mappings share: the v2-to-FHIR tables of HL7 as the
// generator writes them, and what is added to them.
type Tables struct {
	Source     string                     `yaml:"source,omitempty"`
	Structures []Structure                `yaml:"structures,omitempty"`
	Segments   map[string][]Rule          `yaml:"segments,omitempty"`
	Types      map[string][]Rule          `yaml:"types,omitempty"`
	Codes      map[string]map[string]Code `yaml:"codes,omitempty"`
}
