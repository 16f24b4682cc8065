package exchange

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/hl7"
	"bedrail/need"
)

// A plan is a channel made ready: what is checked once is not checked for each
// message.
type plan struct {
	Channel
	steps []Step
	kinds map[string]DestinationKind
	paths map[string][]Step // steps of each destination
	times map[string][]span
	needs map[string]sharing
}

func newPlan(c Channel, kinds Kinds) (*plan, error) {
	if err := c.Definition.Check(kinds); err != nil {
		return nil, err
	}
	p := &plan{Channel: c, kinds: map[string]DestinationKind{}, paths: map[string][]Step{}, times: map[string][]span{}, needs: map[string]sharing{}}
	var err error
	if p.steps, err = compileSteps(c.Definition.Transform, c.Definition.Tables); err != nil {
		return nil, err
	}
	for _, d := range c.Definition.Destinations {
		if p.kinds[d.Name], err = kinds.destination(d.Endpoint.Kind); err != nil {
			return nil, err
		}
		if p.paths[d.Name], err = compileSteps(d.Transform, c.Definition.Tables); err != nil {
			return nil, err
		}
		list, err := need.Compile(d.Fields)
		if err != nil {
			return nil, err
		}
		p.needs[d.Name] = sharing{list}
		if p.times[d.Name], err = parseSchedule(d.Schedule); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *plan) destination(name string) (Destination, bool) {
	i := slices.IndexFunc(p.Definition.Destinations, func(d Destination) bool { return d.Name == name })
	if i < 0 {
		return Destination{}, false
	}
	return p.Definition.Destinations[i], true
}

const (
	holdLongest = 15 * time.Minute
	keepUsual   = 720 * time.Hour
)

func (p *plan) hold() Hold {
	if p.Definition.Hold == nil {
		return Hold{}
	}
	return *p.Definition.Hold
}

func (p *plan) keep() time.Duration { return p.Definition.Keep.Or(keepUsual) }

// A verdict is what is decided of a message before it is kept.
type verdict struct {
	state   State // Rejected, Held, or what its deliveries make of it
	outcome Outcome
	reason  string
}

// decide says whether a message is passed on, held or rejected. What is live
// is passed on whatever is wrong with it, as long as it can be read.
func (p *plan) decide(r reading, stamp Stamp, patient *Association, reused bool) verdict {
	live, hold := r.facts.Live.Live(), p.hold()
	invalid := hl7.InvalidMessage(r.issues)
	policy := "tag"
	if v := p.Definition.Validate; v != nil && v.OnError != "" {
		policy = v.OnError
	}
	switch {
	case r.unreadable:
		return verdict{Rejected, Refused, "unreadable"}
	case r.refusal:
		return verdict{Rejected, Refused, "not-for-us"}
	case live:
		return verdict{state: Pending, outcome: Accepted}
	case invalid && policy == "reject":
		return verdict{Rejected, Failed, "invalid"}
	case invalid && policy == "hold":
		return verdict{Held, p.heldOutcome(), "invalid"}
	case stamp.Trust == Quarantined && hold.Quarantined:
		return verdict{Held, p.heldOutcome(), "quarantined"}
	case patient != nil && patient.Ambiguous && hold.Ambiguous:
		return verdict{Held, p.heldOutcome(), "patient"}
	case reused && hold.Reused:
		return verdict{Held, p.heldOutcome(), "control-id-reuse"}
	}
	return verdict{state: Pending, outcome: Accepted}
}

func (p *plan) heldOutcome() Outcome {
	if p.hold().StoredMeansAccepted {
		return Accepted
	}
	return Failed
}

// route returns the deliveries of a message: one for each destination, those
// that do not want it filtered.
func (p *plan) route(s *subject, v verdict, id, lane string, now time.Time) []Delivery {
	if v.state == Rejected {
		return nil
	}
	wanted := p.Definition.Filter.holds(s)
	var out []Delivery
	for _, d := range p.Definition.Destinations {
		off := d.Enabled != nil && !*d.Enabled
		one := Delivery{Message: id, Channel: p.Definition.Name, Destination: d.Name, State: Queued, Lane: lane, QueuedAt: now}
		switch {
		case off || !wanted || !d.When.holds(s):
			one.State, one.DoneAt = NotForIt, now
		case v.state == Held:
			one.State = WaitsHeld
		}
		out = append(out, one)
	}
	return out
}

// lane names what is delivered in order, before it is made unreadable.
func (p *plan) lane(f *Facts) (field, value string) {
	switch {
	case p.Definition.Order == "none":
		return "", ""
	case p.Definition.Order == "source":
		return "lane", "source"
	case len(f.Devices) > 0 && f.Devices[0].key() != "":
		return "lane", "device " + f.Sender + " " + f.Devices[0].key()
	case len(f.Patients) > 0:
		return "lane", "patient " + f.Patients[0]
	}
	return "lane", "sender " + f.Sender
}

func (c DeviceClaim) key() string {
	return cmp.Or(c.EUI64, c.UDI, c.Serial, c.AETitle, c.MAC, c.Address, c.Name)
}

// lookups are the values by which a message is found.
func lookups(f *Facts) []Lookup {
	var out []Lookup
	add := func(field, value string) {
		value = Normal(value)
		if value != "" && len(out) < 4*mostOfAKind && !slices.Contains(out, Lookup{field, value}) {
			out = append(out, Lookup{field, value})
		}
	}
	for _, v := range f.Patients {
		add("patient", v)
	}
	for _, v := range f.Orders {
		add("order", v)
	}
	add("visit", f.Visit)
	add("control", f.ControlID)
	return out
}

// Normal writes a value as it is looked up.
func Normal(value string) string { return strings.ToUpper(strings.TrimSpace(value)) }

func newSalt() []byte {
	salt := make([]byte, 32)
	rand.Read(salt) // never fails since Go 1.24
	return salt
}

// Commit returns what stands in the audit record for a hash: nothing can be
// guessed from it without the salt, which is forgotten with the message.
func Commit(salt []byte, what, hash string) string {
	return audit.Commitment(audit.Opening{Salt: salt}.FieldSalt(what), what, hash)
}

// receiveNote is what the audit record says of a message that came. Its words
// are fixed: VerifyProof reads them.
func receiveNote(m *Message) string {
	return "channel " + m.Channel + " version " + strconv.FormatInt(m.Version, 10) + " " + string(m.State) + " " + string(m.Format) + " " +
		strconv.FormatInt(m.Size, 10) + " bytes raw " + Commit(m.Sealed.Salt, "raw", m.Sealed.Hash)
}

func deliverNote(salt []byte, d Delivery, ackHash, sentHash string) string {
	n := "destination " + d.Destination + " " + string(d.State)
	if d.Code != "" {
		n += " " + d.Code
	}
	if sentHash != "" {
		n += " sent " + Commit(salt, "sent", sentHash)
	}
	if ackHash != "" {
		n += " ack " + Commit(salt, "ack", ackHash)
	}
	return n + d.Share.note()
}

// reuseIssue says that a sender used a control id twice.
func reuseIssue(t Twin) Issue {
	return Issue{Severity: hl7.Warning, Code: "duplicate", Rule: hl7.RuleReuse, Location: "MSH.10",
		Text: fmt.Sprintf("the sender used this control id before for another message (%s, %s); both are kept", t.ID, t.At.UTC().Format(time.RFC3339))}
}

func systemActor(tenant string) bedrail.Actor { return bedrail.SystemActor("exchange", tenant) }
