package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"bedrail"
)

// A ChannelState says whether a channel takes in and passes on.
type ChannelState string

// The states of a channel.
const (
	Running  ChannelState = "running"
	Paused   ChannelState = "paused"   // nothing comes in and nothing goes out
	Draining ChannelState = "draining" // nothing comes in; what is queued goes out
)

// Origins of a channel.
const (
	FromConfiguration = "configuration" // changed in the file only
	FromPerson        = "person"
)

// A Channel is one source, the rules for what it brings, and where it goes.
type Channel struct {
	Definition Definition
	Version    int64
	State      ChannelState
	Origin     string
	ChangedAt  time.Time
	By         string // who changed it last
	// TakesOver is the overheard listener that it was drafted for. It is kept
	// when the channel is made, in the same commit.
	TakesOver string
}

// A ChannelVersion is a channel as it once was.
type ChannelVersion struct {
	Channel
}

// A Definition is what a person writes of a channel.
type Definition struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Site        string   `json:"site,omitempty"`
	Unit        string   `json:"unit,omitempty"`
	Steward     string   `json:"steward,omitempty"` // who answers for the feed
	Purpose     string   `json:"purpose,omitempty"`
	Source      Endpoint `json:"source"`

	Validate *Validation `json:"validate,omitempty"`
	// Filter lets through what it holds for; the rest is kept and counted as
	// filtered.
	Filter    *Condition                   `json:"filter,omitempty"`
	Tables    map[string]map[string]string `json:"tables,omitempty"`    // code tables for transform
	Transform []Step                       `json:"transform,omitempty"` // of what every destination gets
	Hold      *Hold                        `json:"hold,omitempty"`
	// Order says what is delivered in the order in which it came: lane (the
	// default: the messages of one device, else of one patient), source (all
	// of them) or none.
	Order string `json:"order,omitempty"`
	// Keep is how long content stays readable; then it is forgotten and only
	// the row remains. The default is 720h.
	Keep         Duration      `json:"keep,omitzero"`
	Destinations []Destination `json:"destinations"`
	// AnswerFrom names a destination whose answer goes back to the sender in
	// place of Bedrail's, while a receiver of before is only passed on to. The
	// message is kept first all the same.
	AnswerFrom string `json:"answerFrom,omitempty"`
	// Tests are messages with what the channel must make of them.
	Tests []Test `json:"tests,omitempty"`
}

// A Validation says how messages are checked and what follows.
type Validation struct {
	Profile string `json:"profile,omitempty"` // empty: what the message claims
	// OnError: tag passes on what is wrong, with what was found; hold keeps it
	// back; reject answers with an error. What is live is always passed on.
	OnError string `json:"onError,omitempty"`
}

// A Hold says how long content is kept back at most, and who is told.
type Hold struct {
	// Longest is how long; then it goes out, tagged. The default is 15m.
	Longest Duration `json:"longest,omitzero"`
	Owner   string   `json:"owner,omitempty"` // the clinical role that answers for it
	// PageAfter is the age of the oldest held message at which the owner is
	// told. The default is 2m.
	PageAfter Duration `json:"pageAfter,omitzero"`
	// StoredMeansAccepted answers what is held as accepted. Otherwise its
	// sender hears an error.
	StoredMeansAccepted bool `json:"storedMeansAccepted,omitempty"`
	// Quarantined holds what a contained device sends, unless it is live.
	Quarantined bool `json:"quarantined,omitempty"`
	// Reused holds a control id that comes again with other content.
	Reused bool `json:"reused,omitempty"`
	// Ambiguous holds what belongs to no certain patient.
	Ambiguous bool `json:"ambiguous,omitempty"`
}

// A Destination is where messages go.
type Destination struct {
	Name     string
	Endpoint Endpoint
	DestinationRules
}

// DestinationRules are what every kind of destination knows.
type DestinationRules struct {
	Enabled   *bool      `json:"enabled,omitempty"`
	When      *Condition `json:"when,omitempty"`
	Transform []Step     `json:"transform,omitempty"`
	// Map names a mapping, or "none"; left out, what the destination cannot
	// carry is mapped by the type of the message.
	Map      string `json:"map,omitempty"`
	Parallel int    `json:"parallel,omitempty"` // deliveries at once; the kind's default
	Rate     Rate   `json:"rate,omitzero"`      // such as 10/s or 600/m
	Retry    *Retry `json:"retry,omitempty"`
	// Schedule are times of day in which it is delivered, such as
	// 22:00-06:00; empty is always.
	Schedule []string `json:"schedule,omitempty"`
	// Timeout of one attempt; the default is 30s.
	Timeout Duration `json:"timeout,omitzero"`
	// Purpose is what the receiver gets messages for, such as treatment; left
	// out, it is the channel's. It stands with each delivery.
	Purpose string `json:"purpose,omitempty"`
	// Fields are all that the receiver gets: PID-3.1, OBX, Observation.code,
	// (0008,0060), values.spo2. Empty is everything.
	Fields []string `json:"fields,omitempty"`
	// Pseudonymise puts keyed pseudonyms, of this receiver alone, where a
	// patient is named by a number, and leaves out who it is.
	Pseudonymise bool `json:"pseudonymise,omitempty"`
}

// A Retry says how often a delivery is tried.
type Retry struct {
	First   Duration `json:"first,omitzero"`   // wait after the first failure; 1s
	Longest Duration `json:"longest,omitzero"` // the longest wait; 1m
	// Refusals is how often what the receiver answers with an error is tried
	// before it is a dead letter; 5. A receiver that is not there is tried for
	// ever.
	Refusals int `json:"refusals,omitempty"`
}

// A Test is a message with what the channel must make of it.
type Test struct {
	Name    string            `json:"name"`
	Message string            `json:"message"`           // as text; line ends become segment ends
	State   State             `json:"state,omitempty"`   // pending when it is routed
	To      []string          `json:"to,omitempty"`      // destinations that get it
	Expect  map[string]string `json:"expect,omitempty"`  // path -> text of what is sent
	Outcome Outcome           `json:"outcome,omitempty"` // of the answer
}

// MarshalJSON writes the kind beside the rules, as people write it.
func (d Destination) MarshalJSON() ([]byte, error) {
	all := map[string]json.RawMessage{}
	rules, err := json.Marshal(d.DestinationRules)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(rules, &all); err != nil {
		return nil, err
	}
	if all["name"], err = json.Marshal(d.Name); err != nil {
		return nil, err
	}
	if d.Endpoint.Kind != "" {
		all[d.Endpoint.Kind] = d.Endpoint.Settings
		if len(d.Endpoint.Settings) == 0 {
			all[d.Endpoint.Kind] = json.RawMessage("{}")
		}
	}
	return json.Marshal(all)
}

// UnmarshalJSON reads {name: ehr, mllp: {address: ...}, retry: ...}.
func (d *Destination) UnmarshalJSON(b []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return bedrail.Errorf(bedrail.Invalid, "a destination is an object such as {\"name\": \"ehr\", \"mllp\": {\"address\": \"127.0.0.1:2600\"}}")
	}
	if name, ok := all["name"]; ok {
		if err := json.Unmarshal(name, &d.Name); err != nil {
			return bedrail.Errorf(bedrail.Invalid, "the name of a destination is a word")
		}
		delete(all, "name")
	}
	rules := map[string]json.RawMessage{}
	for _, word := range ruleWords() {
		if v, ok := all[word]; ok {
			rules[word] = v
			delete(all, word)
		}
	}
	if len(all) != 1 {
		return bedrail.Errorf(bedrail.Invalid, "the destination %q names exactly one kind beside its rules; here are: %s", d.Name, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	for kind, settings := range all {
		d.Endpoint = Endpoint{Kind: kind, Settings: settings}
	}
	text, err := json.Marshal(rules)
	if err != nil {
		return err
	}
	if err := Decode(text, &d.DestinationRules); err != nil {
		return bedrail.Errorf(bedrail.Invalid, "the destination %q: %w", d.Name, err)
	}
	return nil
}

func ruleWords() []string {
	return []string{"enabled", "when", "transform", "map", "parallel", "rate", "retry", "schedule", "timeout", "purpose", "fields", "pseudonymise"}
}

// ParseDefinition reads a definition strictly.
func ParseDefinition(text []byte) (Definition, error) {
	var d Definition
	err := Decode(text, &d)
	if err != nil && d.Name != "" {
		err = bedrail.Errorf(bedrail.Invalid, "channel %s: %w", d.Name, err)
	}
	return d, err
}

// ParseDefinitions reads a list of definitions as a configuration holds it.
func ParseDefinitions(text []byte) ([]Definition, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "exchange.channels is a list of channels, each with name, source and destinations")
	}
	var all []Definition
	for i, r := range raw {
		d, err := ParseDefinition(r)
		if err != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "exchange.channels[%d]: %w", i, err)
		}
		if slices.ContainsFunc(all, func(o Definition) bool { return o.Name == d.Name }) {
			return nil, bedrail.Errorf(bedrail.Invalid, "exchange.channels[%d]: there are two channels %q", i, d.Name)
		}
		all = append(all, d)
	}
	return all, nil
}

// goodName is what channels and destinations may be called: it stands in
// addresses, files and the labels of metrics.
var goodName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// Check says what is wrong with d before it is put to work, as an Invalid
// error that names the place.
func (d Definition) Check(kinds Kinds) error {
	if !goodName.MatchString(d.Name) {
		return bedrail.Errorf(bedrail.Invalid, "name is %q; a channel has a name of lower-case letters, digits, dots and dashes", d.Name).At("name")
	}
	source, err := kinds.source(d.Source.Kind)
	if d.Source.Kind == "" {
		err = bedrail.Errorf(bedrail.Invalid, "source is missing; it names where messages come from, for example {\"mllp\": {\"listen\": \"127.0.0.1:2575\"}}")
	}
	if err == nil {
		err = source.Check(d.Source.Settings)
	}
	if err != nil {
		return inside("source", err)
	}
	if err := d.checkPolicies(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, dest := range d.Destinations {
		at := fmt.Sprintf("destinations[%d]", i)
		if dest.Name == "" {
			return bedrail.Errorf(bedrail.Invalid, "%s has no name", at).At(at)
		}
		at = fmt.Sprintf("destination %s", dest.Name)
		switch {
		case !goodName.MatchString(dest.Name):
			return bedrail.Errorf(bedrail.Invalid, "%s: a destination has a name of lower-case letters, digits, dots and dashes", at).At(at)
		case seen[dest.Name]:
			return bedrail.Errorf(bedrail.Invalid, "there are two destinations %q", dest.Name).At(at)
		}
		seen[dest.Name] = true
		if err := dest.check(kinds, d); err != nil {
			return inside(at, err)
		}
	}
	return d.checkAnswer()
}

func (d Definition) checkPolicies() error {
	if v := d.Validate; v != nil && v.OnError != "" && !slices.Contains([]string{"tag", "hold", "reject"}, v.OnError) {
		return bedrail.Errorf(bedrail.Invalid, "validate.onError is %q; it is tag, hold or reject", v.OnError).At("validate.onError")
	}
	if !slices.Contains([]string{"", "lane", "source", "none"}, d.Order) {
		return bedrail.Errorf(bedrail.Invalid, "order is %q; it is lane, source or none", d.Order).At("order")
	}
	if h := d.Hold; h != nil && (h.Quarantined || h.Ambiguous) && h.Owner == "" {
		return bedrail.Errorf(bedrail.Invalid, "hold: keeping back what a device or for a patient says needs an owner, the clinical role that answers for it").At("hold.owner")
	}
	if err := d.Filter.check(); err != nil {
		return inside("filter", err)
	}
	if _, err := compileSteps(d.Transform, d.Tables); err != nil {
		return inside("transform", err)
	}
	return nil
}

func (d Destination) check(kinds Kinds, whole Definition) error {
	kind, err := kinds.destination(d.Endpoint.Kind)
	if err == nil {
		err = kind.Check(d.Endpoint.Settings)
	}
	if err != nil {
		return err
	}
	if d.Parallel < 0 || d.Parallel > 64 {
		return bedrail.Errorf(bedrail.Invalid, "parallel is %d; it is 1 to 64", d.Parallel)
	}
	if _, err := parseSchedule(d.Schedule); err != nil {
		return err
	}
	if err := d.checkShare(); err != nil {
		return err
	}
	if err := d.When.check(); err != nil {
		return inside("when", err)
	}
	if _, err := compileSteps(d.Transform, whole.Tables); err != nil {
		return inside("transform", err)
	}
	return nil
}

// inside puts the place before the words of an error.
func inside(place string, err error) error {
	return bedrail.Errorf(bedrail.KindOf(err), "%s: %w", place, err).At(place)
}

// SameSource reports whether d and o open the same door.
func (d Definition) SameSource(o Definition) bool {
	return d.Source.Kind == o.Source.Kind && bytes.Equal(compact(d.Source.Settings), compact(o.Source.Settings))
}

func compact(text json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return text
	}
	return b.Bytes()
}

// A Rate is how many deliveries may begin in a time, such as 10/s.
type Rate struct {
	N   int
	Per time.Duration
}

// UnmarshalJSON reads "10/s".
func (r *Rate) UnmarshalJSON(b []byte) error {
	var text, unit string
	if json.Unmarshal(b, &text) == nil {
		if n, err := fmt.Sscanf(strings.ReplaceAll(text, "/", " "), "%d %s", &r.N, &unit); n == 2 && err == nil && r.N > 0 {
			switch unit {
			case "s":
				r.Per = time.Second
				return nil
			case "m":
				r.Per = time.Minute
				return nil
			case "h":
				r.Per = time.Hour
				return nil
			}
		}
	}
	return bedrail.Errorf(bedrail.Invalid, "rate is %s; it is a number and a time such as \"10/s\", \"600/m\" or \"1000/h\"", b)
}

// MarshalJSON writes "10/s".
func (r Rate) MarshalJSON() ([]byte, error) {
	unit := map[time.Duration]string{time.Second: "s", time.Minute: "m", time.Hour: "h"}[r.Per]
	return json.Marshal(fmt.Sprintf("%d/%s", r.N, unit))
}

// A span is a part of the day.
type span struct{ from, to time.Duration }

func parseSchedule(text []string) ([]span, error) {
	var all []span
	for _, part := range text {
		from, to, ok := strings.Cut(part, "-")
		a, err1 := time.Parse("15:04", strings.TrimSpace(from))
		b, err2 := time.Parse("15:04", strings.TrimSpace(to))
		if !ok || err1 != nil || err2 != nil {
			return nil, bedrail.Errorf(bedrail.Invalid, "schedule: %q is not a part of the day such as 22:00-06:00", part)
		}
		day := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
		all = append(all, span{a.Sub(day), b.Sub(day)})
	}
	return all, nil
}

// open reports whether at lies in one of the spans, and when the next begins
// otherwise. Times are those of the server's zone.
func open(spans []span, at time.Time) (ok bool, next time.Time) {
	if len(spans) == 0 {
		return true, time.Time{}
	}
	at = at.Local()
	midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
	now := at.Sub(midnight)
	for _, s := range spans {
		inside := now >= s.from && now < s.to
		if s.from >= s.to { // over midnight
			inside = now >= s.from || now < s.to
		}
		if inside {
			return true, time.Time{}
		}
		begin := midnight.Add(s.from)
		if now >= s.from {
			begin = begin.AddDate(0, 0, 1)
		}
		if next.IsZero() || begin.Before(next) {
			next = begin
		}
	}
	return false, next
}

// sameDefinition reports whether a and b say the same.
func sameDefinition(a, b Definition) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
