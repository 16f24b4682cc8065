package access

import (
	"errors"
	"fmt"
	"time"

	"bedrail"
)

// What a refused sign-in means to a door, beside its kind.
var (
	ErrUnauthenticated = errors.New("not signed in")
	ErrSecondFactor    = errors.New("a second factor is needed")
	ErrMustChange      = errors.New("the password must be changed first")
	ErrMustEnrol       = errors.New("a second factor must be set up first")
)

// A refusal reads as text and is one of the errors above.
type refusal struct {
	text string
	is   error
}

func (r refusal) Error() string { return r.text }
func (r refusal) Unwrap() error { return r.is }

// refuse is a Denied error that says text and is the given one for a door.
func refuse(is error, format string, args ...any) error {
	return bedrail.Errorf(bedrail.Denied, "%w", refusal{fmt.Sprintf(format, args...), is})
}

// TooMany refuses somebody who tries too often, and says how long to wait.
type TooMany struct {
	Wait time.Duration
}

func (t TooMany) Error() string {
	return fmt.Sprintf("too many attempts; try again in %d s", int(t.Wait.Seconds())+1)
}

func tooMany(wait time.Duration) error {
	return bedrail.Errorf(bedrail.Unavailable, "%w", TooMany{wait})
}
