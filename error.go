package bedrail

import (
	"errors"
	"fmt"
)

// A Kind sorts errors by what the asker can do about them.
type Kind string

// The kinds of error. Doors translate them once: HTTP statuses in api, HL7
// acknowledgments in mllp, exit statuses in cmd.
const (
	Invalid     Kind = "invalid"     // the asker must change what was asked
	NotFound    Kind = "not-found"   // there is no such thing within the asker's scope
	Conflict    Kind = "conflict"    // somebody else changed it first
	Denied      Kind = "denied"      // the asker may not do this
	Unavailable Kind = "unavailable" // not now: disk full, engine down; try again later
	Internal    Kind = "internal"    // a fault of ours
)

// An Error may be shown to the person who asked. Its message says what is
// wrong and what to do, and never holds patient data.
type Error struct {
	Kind    Kind
	Message string
	Pointer string // place in the input, as a JSON pointer or a path; may be empty
	// Reason names this very refusal for programs, and Values what Message says
	// beside it, so that it can be said in another language. Both may be empty.
	Reason string
	Values map[string]string
	cause  error
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause given to Errorf by %w, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Errorf returns an Error of kind k. It formats like fmt.Errorf, %w included.
func Errorf(k Kind, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: k, Message: err.Error(), cause: errors.Unwrap(err)}
}

// At returns a copy of e that names a place in the input.
func (e *Error) At(pointer string) *Error {
	placed := *e
	placed.Pointer = pointer
	return &placed
}

// Because returns a copy of e that has a reason, with values by name: name, value, and
// so on.
func (e *Error) Because(reason string, values ...string) *Error {
	named := *e
	named.Reason, named.Values = reason, map[string]string{}
	for i := 0; i+1 < len(values); i += 2 {
		named.Values[values[i]] = values[i+1]
	}
	return &named
}

// ReasonOf returns the reason of the first Error in err's chain, "" where it has
// none.
func ReasonOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// KindOf returns the kind of the first Error in err's chain, and Internal when
// there is none. KindOf(nil) is the empty Kind.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
