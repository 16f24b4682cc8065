// Package fhirpath asks questions of FHIR resources: it compiles expressions
// of FHIRPath 2.0 (N1, ANSI/HL7 NMN R1-2020) with the additions of FHIR and
// evaluates them over indexed JSON, decoding only what an expression touches.
//
// A compiled Expression is safe for concurrent use. Work and depth are
// limited, so that a hostile expression ends with an error instead of taking
// the machine.
package fhirpath

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"bedrail/format/jsondoc"
)

// A Model knows the types of FHIR: package fhir implements it.
type Model interface {
	// Element describes the child called name of the type typ ("Patient",
	// "Patient.contact").
	Element(typ, name string) (Element, bool)
	// Base returns the type that typ specialises, or "".
	Base(typ string) string
	// IsType reports whether name is a type of this version of FHIR.
	IsType(name string) bool
}

// An Element is a child as the definitions have it.
type Element struct {
	Types  []string // what it may be; of a choice all of them
	Choice bool     // its name in JSON ends in its type: value[x]
	List   bool
}

// Units compares and converts quantities. Package ucum implements it.
type Units interface {
	// Canonical returns value, decimal digits in unit, in base units. The
	// error says that the unit is not UCUM.
	Canonical(value, unit string) (canonical, baseUnit string, err error)
}

// A Terminology answers memberOf and subsumes from local code systems.
type Terminology interface {
	// MemberOf reports whether system|code is in the value set; known is false
	// when that cannot be decided locally.
	MemberOf(system, code, valueSet string) (member, known bool)
}

// Options are what an evaluation may ask of its surroundings. Nil fields make
// the functions that need them return empty.
type Options struct {
	Model       Model
	Units       Units
	Terminology Terminology
	// Resolve finds the resource of a reference.
	Resolve func(reference string) (jsondoc.Node, bool)
	// Conforms decides conformsTo.
	Conforms func(v Value, profile string) (conforms, known bool)
	// Now is the time of now() and today(). Zero is the machine's clock.
	Now time.Time
	// Variables are further %names.
	Variables map[string][]Value
	// Trace is told what trace() meets. It may show patient data: never wire
	// it to a log.
	Trace func(name string, values []Value)
	// Steps bounds the work of one evaluation; 0 is DefaultSteps.
	Steps int
	// Strict checks an expression by the model before it is evaluated, as
	// Check does, and refuses paths that the model does not know.
	Strict bool
}

// Limits of expressions and of their evaluation.
const (
	MaxBytes     = 64 << 10
	MaxDepth     = 200
	DefaultSteps = 1 << 20
)

// ErrWork says that an evaluation was given up because it did too much.
var ErrWork = errors.New("the expression takes more steps than allowed")

// An Expression is compiled and ready to be asked.
type Expression struct {
	source string
	root   expr
}

// Compile reads an expression. The error is a *SyntaxError.
func Compile(source string) (*Expression, error) {
	if len(source) > MaxBytes {
		return nil, syntaxf(MaxBytes, "the expression has %d bytes; at most %d are read", len(source), MaxBytes)
	}
	p := parser{lex: lexer{src: source}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	root, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEnd {
		return nil, syntaxf(p.tok.pos, "%q should not stand here", p.tok.text)
	}
	return &Expression{source, root}, nil
}

// String returns the source of the expression.
func (e *Expression) String() string { return e.source }

// Root makes the focus of an evaluation from a resource or, with its type,
// from an element.
func Root(n jsondoc.Node, typ string) Value {
	if t := n.Get("resourceType"); t.Kind() == jsondoc.String {
		typ = t.Text()
	}
	return Value{kind: kindNode, typ: typ, node: n}
}

// Eval evaluates e with focus as $this, %context and %resource.
func (e *Expression) Eval(focus Value, opt *Options) ([]Value, error) {
	return e.EvalIn(focus, focus, focus, opt)
}

// EvalIn evaluates e on an element of a resource: resource is %resource, root
// is %rootResource (the same but for contained resources).
func (e *Expression) EvalIn(focus, resource, root Value, opt *Options) ([]Value, error) {
	r := runs.Get().(*run)
	defer r.release()
	r.start(focus, resource, root, opt)
	if r.Strict && r.Model != nil {
		if err := e.Check(focus.typ, r.Model); err != nil {
			return nil, fmt.Errorf("checking %s: %w", short(e.source), err)
		}
	}
	out, err := e.root.eval(r, []Value{focus}, nil)
	if err != nil {
		return nil, fmt.Errorf("evaluating %s: %w", short(e.source), err)
	}
	return out, nil
}

// Test evaluates e as an invariant: true, or empty as N1 5.1.2 reads a
// criterion, decides. ok is false when the result is no boolean.
func (e *Expression) Test(focus, resource, root Value, opt *Options) (holds, ok bool, err error) {
	r := runs.Get().(*run)
	defer r.release()
	r.start(focus, resource, root, opt)
	buf := r.buffer()
	out, err := e.root.eval(r, []Value{focus}, buf)
	if err != nil {
		return false, false, fmt.Errorf("evaluating %s: %w", short(e.source), err)
	}
	if len(out) == 0 {
		r.give(buf)
		return false, true, nil
	}
	b, isBool := out[0].Bool()
	if !isBool && len(out) == 1 {
		b, isBool = true, true // a single item stands for true (N1 4.5)
	}
	single := len(out) == 1
	r.give(out)
	return b, isBool && single, nil
}

func short(s string) string {
	if len(s) > 80 {
		return strconv.Quote(s[:80]) + "..."
	}
	return strconv.Quote(s)
}

// A run is the state of one evaluation.
type run struct {
	*Options
	focus, resource, root Value
	index                 int
	this                  Value
	total                 []Value
	hasThis               bool
	steps                 int
	depth                 int
	vars                  *binding
	free                  [][]Value
	now                   time.Time
}

// A binding is one defineVariable, seen by what comes after it.
type binding struct {
	name  string
	value []Value
	outer *binding
}

var runs = sync.Pool{New: func() any { return &run{} }}

var noOptions = &Options{}

func (r *run) start(focus, resource, root Value, opt *Options) {
	if opt == nil {
		opt = noOptions
	}
	free := r.free
	*r = run{Options: opt, focus: focus, resource: resource, root: root, this: focus, hasThis: true, steps: opt.Steps, now: opt.Now, free: free}
	if r.steps == 0 {
		r.steps = DefaultSteps
	}
}

func (r *run) release() {
	r.Options, r.vars, r.total = nil, nil, nil
	r.focus, r.resource, r.root, r.this = Value{}, Value{}, Value{}, Value{}
	runs.Put(r)
}

// buffer lends an empty slice; give takes it back. What is lent must not be
// part of a result.
func (r *run) buffer() []Value {
	if n := len(r.free); n > 0 {
		b := r.free[n-1]
		r.free = r.free[:n-1]
		return b[:0]
	}
	return make([]Value, 0, 8)
}

func (r *run) give(b []Value) {
	if cap(b) > 0 && cap(b) <= 1024 && len(r.free) < 32 {
		clear(b)
		r.free = append(r.free, b[:0])
	}
}

// spend counts work; every loop asks.
func (r *run) spend(n int) error {
	if r.steps -= n; r.steps < 0 {
		return ErrWork
	}
	return nil
}

func (r *run) clock() time.Time {
	if r.now.IsZero() {
		r.now = time.Now()
	}
	return r.now
}
