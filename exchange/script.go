package exchange

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"bedrail"
	"bedrail/format/hl7"
)

// scriptSteps bounds what one run of a script may compute, so that a loop
// without end stops in milliseconds.
const scriptSteps = 200_000

// A script is a Starlark program that changes a message. It has no files, no
// network, no clock and no memory of other messages.
type script struct {
	transform starlark.Value
	tables    map[string]map[string]string
}

func compileScript(text string, tables map[string]map[string]string) (*script, error) {
	s := &script{tables: tables}
	thread := &starlark.Thread{Name: "compile", Print: func(*starlark.Thread, string) {}}
	thread.SetMaxExecutionSteps(scriptSteps)
	globals, err := starlark.ExecFileOptions(&syntax.FileOptions{}, thread, "script", text, starlark.StringDict{"table": starlark.NewBuiltin("table", s.table)})
	if err != nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "script: %s", scriptError(err))
	}
	f, ok := globals["transform"].(*starlark.Function)
	if !ok || f.NumParams() != 1 {
		return nil, bedrail.Errorf(bedrail.Invalid, "script: it must define transform(m)")
	}
	s.transform = f
	globals.Freeze()
	return s, nil
}

// run calls transform(m) on d.
func (s *script) run(d *draft) error {
	thread := &starlark.Thread{Name: "transform", Print: func(*starlark.Thread, string) {}}
	thread.SetMaxExecutionSteps(scriptSteps)
	_, err := starlark.Call(thread, s.transform, starlark.Tuple{scriptMessage{d}}, nil)
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "script: %s", scriptError(err))
	}
	return nil
}

// scriptError says where a script failed. A message that fail() was given may
// hold content, so only the place is told.
func scriptError(err error) string {
	var eval *starlark.EvalError
	if !errors.As(err, &eval) {
		return err.Error() // of the compiler: speaks of the program only
	}
	at := ""
	for i := len(eval.CallStack) - 1; i >= 0; i-- {
		if pos := eval.CallStack[i].Pos; pos.Line > 0 {
			at = fmt.Sprintf(" at line %d", pos.Line)
			break
		}
	}
	if strings.Contains(eval.Error(), "too many steps") {
		return fmt.Sprintf("it was stopped%s after %d steps", at, scriptSteps)
	}
	return "it failed" + at
}

func (s *script) table(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name, key string
	var other starlark.Value = starlark.None
	if err := starlark.UnpackArgs("table", args, kwargs, "name", &name, "key", &key, "default?", &other); err != nil {
		return nil, err
	}
	if v, ok := s.tables[name][key]; ok {
		return starlark.String(v), nil
	}
	return other, nil
}

// A scriptMessage is a draft as a script sees it.
type scriptMessage struct{ d *draft }

var _ starlark.HasAttrs = scriptMessage{}

func (m scriptMessage) String() string        { return "message" }
func (m scriptMessage) Type() string          { return "message" }
func (m scriptMessage) Freeze()               {}
func (m scriptMessage) Truth() starlark.Bool  { return true }
func (m scriptMessage) Hash() (uint32, error) { return 0, errors.New("a message has no hash") }
func (m scriptMessage) AttrNames() []string {
	return []string{"count", "field", "get", "remove", "set"}
}

// Attr returns the methods of a message.
func (m scriptMessage) Attr(name string) (starlark.Value, error) {
	one := func(f func(string) (starlark.Value, error)) (starlark.Value, error) {
		return starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			var path string
			if err := starlark.UnpackArgs(name, args, kwargs, "path", &path); err != nil {
				return nil, err
			}
			return f(path)
		}), nil
	}
	switch name {
	case "get":
		return one(func(path string) (starlark.Value, error) { return starlark.String(m.d.subject().at(path)), nil })
	case "field":
		return one(func(field string) (starlark.Value, error) { return starlark.String(m.d.was.field(field)), nil })
	case "remove":
		return one(func(path string) (starlark.Value, error) { return starlark.None, m.d.remove(path) })
	case "count":
		return one(func(segment string) (starlark.Value, error) { return starlark.MakeInt(m.count(segment)), nil })
	case "set":
		return starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			var path, text string
			if err := starlark.UnpackArgs(name, args, kwargs, "path", &path, "text", &text); err != nil {
				return nil, err
			}
			return starlark.None, m.d.set(path, text)
		}), nil
	}
	return nil, nil
}

// count returns how many segments of that name there are.
func (m scriptMessage) count(segment string) int {
	s := m.d.subject()
	s.at("MSH-1")
	if s.hl7 == nil {
		return 0
	}
	return segments(s.hl7, segment)
}

func segments(m *hl7.Message, name string) (n int) {
	for i := range m.Len() {
		if m.Segment(i).Is(name) {
			n++
		}
	}
	return n
}
