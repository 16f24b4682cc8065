package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"bedrail"
)

// Exit statuses, as people's scripts know them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitFindings    = 3 // findings or violations are present
	exitDenied      = 4
	exitNotFound    = 5
	exitConflict    = 6
	exitPartly      = 7
	exitUnavailable = 8
	exitInterrupted = 130
)

// An exit ends a command with a status of its own. An empty text says nothing
// more: what had to be said was printed.
type exit struct {
	status int
	text   string
}

func (e exit) Error() string { return e.text }

// exitWith ends a command with status; text, when not empty, is printed.
func exitWith(status int, format string, args ...any) error {
	return exit{status, fmt.Sprintf(format, args...)}
}

// why is what went wrong with a file that the message has named already.
func why(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// usage ends a command that was called wrongly.
func usage(format string, args ...any) error { return exitWith(exitUsage, format, args...) }

// statusOf is the exit status that err ends a command with.
func statusOf(err error) int {
	var e exit
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &e):
		return e.status
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, context.DeadlineExceeded):
		return exitUnavailable
	}
	switch bedrail.KindOf(err) {
	case bedrail.Invalid:
		return exitUsage
	case bedrail.NotFound:
		return exitNotFound
	case bedrail.Conflict:
		return exitConflict
	case bedrail.Denied:
		return exitDenied
	case bedrail.Unavailable:
		return exitUnavailable
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return exitNotFound
	case errors.Is(err, fs.ErrPermission):
		return exitDenied
	}
	return exitFailed
}
