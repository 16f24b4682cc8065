package mapping

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"bedrail/format/hl7"
	"bedrail/format/hl7/pcd"
)

// Limits of one run.
const (
	MaxResources = 20_000
	MaxNodes     = 4 << 20
	maxReps      = 1000
)

// ErrWork says that a message would make more than a run may.
var ErrWork = errors.New("the message makes more resources than a mapping may")

// Options are what a run may know besides the message.
type Options struct {
	// Received is when the message came in; the zero time leaves the time of
	// the message itself.
	Received time.Time
	// Zone is that of times without an offset; nil is UTC.
	Zone *time.Location
	// Sender tells apart senders whose control ids are alike; "" is what the
	// message says of its sender.
	Sender string
	// Labels are put on every resource as security labels: what is known of
	// the sender's trust.
	Labels []Label
	// Type is that of the bundle: transaction (the default), batch, collection.
	Type string
	// Bare leaves the origins of the result out.
	Bare bool
}

func (o *Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

// A Label is a security label (Coding).
type Label struct{ System, Code, Display string }

// A Result is what a message becomes.
type Result struct {
	// Bundle is the FHIR bundle in JSON, or the HL7 v2 message.
	Bundle []byte
	// Origins say which resource came from which bytes, in the bundle's order.
	Origins []Origin
	Issues  []hl7.Issue
	Mapping string // name and version: pcd-01@1
}

// An Origin is the place in the message that made a resource.
type Origin struct {
	Type, ID   string
	Place      string // OBX[3]
	Start, End int
}

// A resource is one that is being made.
type resource struct {
	typ       *elementType
	name      nameID // 0: it is there because another refers to it
	root      int32
	scope     [6]uint32
	depth     int
	place     hl7.Segment
	where     string // the part that made it
	id        id
	named     bool // it has its id
	busy      bool
	live      bool
	key       string
	same      int // index + 1 of an equal resource that stands for it
	placeName string
	from, to  int // bytes, where place is no segment
}

// A run is one message on its way. Runs are used again.
type run struct {
	p   *Program
	lib *Library
	opt *Options
	tree
	resources []resource
	scope     []uint32
	walk      walk
	pieces    []hl7.Value // components of the values that are being mapped

	// What was asked of the part at which the run stands, by number.
	part    uint64 // of all parts of all messages
	decided []decided
	said    []said

	msg     *hl7.Message
	segment hl7.Segment
	current datum
	rep     int
	ruleAt  *source
	parent  int32 // of the element that place returned last
	vars    func(name string) string
	raw     []byte

	application int32
	everything  []deferred
	issues      []hl7.Issue
	steps       int
	sender      string
	control     string
	recorded    string // what the variables of these names say, once asked
	digest      string
	when        written
	buffer      []byte
	scratch     []byte
	seen        map[unique]int
	bundle      []byte // as it is written; what is given out is a copy of the right size
	err         error
	pcd         pcdView
	report      pcd.Report
	names       []string // identities of its nodes, once asked
}

// decided is the answer to a test of a condition.
type decided struct {
	part  uint64
	holds bool
}

// said is what a variable says.
type said struct {
	part uint64
	text string
}

// deferred is a reference to all that a message makes.
type deferred struct {
	resource int
	path     *target
}

var runs = sync.Pool{New: func() any { return &run{} }}

// done gives the run back, with nothing of the message in it.
func (r *run) done() {
	clear(r.nodes)
	clear(r.resources)
	clear(r.pieces[:cap(r.pieces)])
	clear(r.said)
	clear(r.names)
	r.msg, r.vars, r.raw, r.control, r.sender, r.issues = nil, nil, nil, "", "", nil
	if r.report.Forget(); cap(r.report.Nodes) > 1024 {
		r.report = pcd.Report{}
	}
	r.pcd = pcdView{}
	runs.Put(r)
}

func (r *run) reset(p *Program, lib *Library, opt *Options) {
	r.p, r.lib, r.opt = p, lib, opt
	r.tree.reset()
	r.resources, r.pieces = r.resources[:0], r.pieces[:0]
	if n := len(p.leaves) + 1; len(r.decided) < n {
		r.decided = make([]decided, n)
	}
	if n := len(p.slots) + 1; len(r.said) < n {
		r.said = make([]said, n)
	}
	r.scope = r.scope[:0]
	r.everything = r.everything[:0]
	r.msg, r.segment, r.current, r.vars, r.raw = nil, noSegment, datum{plain: true}, nil, nil
	r.issues, r.err = nil, nil
	r.steps, r.application, r.rep = 0, 0, 0
	r.recorded, r.digest, r.when = "", "", written{}
}

// hl7v2 maps one HL7 v2 message.
func (p *Program) hl7v2(lib *Library, m *hl7.Message, opt *Options) (*Result, error) {
	r := runs.Get().(*run)
	defer r.done()
	r.reset(p, lib, opt)
	r.msg, r.raw = m, m.Bytes()
	head := m.Segment(0)
	r.control = head.Field(10).String()
	r.sender = opt.Sender
	if r.sender == "" {
		r.sender = string(head.Field(3).Bytes()) + "|" + string(head.Field(4).Bytes())
	}
	r.vars = r.common
	if p.Mapping.View == "pcd" {
		r.report.Read(m, lib.terms)
		r.device(&r.report)
	} else {
		r.structured(p.root)
	}
	return r.finish()
}

// common are the variables of every message.
func (r *run) common(name string) string {
	switch name {
	case "hash":
		if r.digest == "" {
			sum := sha256.Sum256(r.raw)
			r.digest = "ni:///sha-256;" + base64.RawURLEncoding.EncodeToString(sum[:]) // RFC 6920
		}
		return r.digest
	case "recorded":
		if r.recorded == "" {
			r.recorded = r.recordedAt()
		}
		return r.recorded
	case "mapping":
		return fmt.Sprintf("%s %d", r.p.Mapping.Name, r.p.Mapping.Version)
	case "control":
		return r.control
	case "sender":
		return r.sender
	}
	return ""
}

// recordedAt is when the message came in, or else when it says that it was sent.
func (r *run) recordedAt() string {
	if !r.opt.Received.IsZero() {
		return r.opt.Received.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	if r.msg != nil {
		if t, err := r.msg.Segment(0).Field(7).Time(r.opt.zone()); err == nil {
			return momentText(convInstant, t, r.msg.Segment(0).Field(7).Bytes())
		}
	}
	return "1970-01-01T00:00:00Z"
}

func (r *run) variable(name string) string {
	if r.vars == nil {
		return ""
	}
	return r.vars(name)
}

func (r *run) issue(s hl7.Severity, code string, start, end int, text string) {
	if len(r.issues) < 200 {
		r.issues = append(r.issues, hl7.Issue{Severity: s, Code: code, Rule: "mapping", Start: start, End: end, Text: text})
	}
}

// at applies the rows of a part of the message.
func (r *run) at(path string, place hl7.Segment) {
	r.part++
	for _, row := range r.p.rows[path] {
		if r.err != nil {
			return
		}
		if !row.cond.holds(r) {
			continue
		}
		i := r.instance(row, path, place)
		if i < 0 {
			continue
		}
		r.application++
		on := r.resources[i].root
		if len(row.hop.steps) > 0 {
			if on = r.place(&row.hop, on, 0); on == 0 {
				continue
			}
		}
		r.apply(row.rules, on, 0)
		for k := range row.refs {
			r.refer(&row.refs[k])
		}
	}
}

// instance finds the resource of a row where the run stands, or makes it.
func (r *run) instance(row *row, path string, place hl7.Segment) int {
	i := r.visible(row.name, row.any)
	if i < 0 && !row.add {
		i = r.make(row.typ, row.name, path, place)
	}
	if i >= 0 && row.key != nil && r.resources[i].key == "" {
		r.resources[i].key = r.textOf(r.value(row.key, 1))
	}
	return i
}

func (r *run) make(typ *elementType, name nameID, path string, place hl7.Segment) int {
	if len(r.resources) >= MaxResources || len(r.nodes) > MaxNodes {
		r.err = ErrWork
		return -1
	}
	res := resource{typ: typ, name: name, root: r.add(0, node{typ: typ}), place: place, where: path}
	res.depth = copy(res.scope[:], r.scope)
	r.resources = append(r.resources, res)
	return len(r.resources) - 1
}

// visible finds the resource of that name that belongs to where the run
// stands: made in the same repetitions of the groups around it.
// With a type it is the nearest of that type.
func (r *run) visible(name nameID, typ *elementType) int {
	for i := len(r.resources) - 1; i >= 0; i-- {
		res := &r.resources[i]
		if res.name == 0 || typ == nil && res.name != name || typ != nil && res.typ != typ || res.depth > len(r.scope) {
			continue
		}
		inside := true
		for k := range res.depth {
			inside = inside && res.scope[k] == r.scope[k]
		}
		if inside {
			return i
		}
	}
	return -1
}

// refer makes a reference between two resources, where both are.
func (r *run) refer(l *link) {
	from := r.visible(l.from, l.fromType)
	if from < 0 {
		return
	}
	if l.bundle {
		r.everything = append(r.everything, deferred{from, &l.path})
		return
	}
	to := r.visible(l.to, l.toType)
	if to < 0 || to == from {
		return
	}
	n := r.place(&l.path, r.resources[from].root, 0)
	if n != 0 && r.nodes[n].refer != 0 && int(r.nodes[n].refer) != to+1 && l.path.list {
		r.application++ // the item is another reference's: one more
		n = r.place(&l.path, r.resources[from].root, 0)
	}
	if n != 0 && r.nodes[n].refer == 0 {
		r.nodes[n].refer = int32(to + 1)
	}
}
