// Package bedrail holds the few words that every part of Bedrail shares: who
// acts, within which scope, what went wrong, and how a thing is named.
//
// It imports only the standard library, so that every other package may
// import it.
package bedrail

import "time"

// A Clock tells the time. It is a field wherever time matters, so that a test
// can hold it still.
type Clock func() time.Time

// Now returns the clock's time in UTC, cut to the microsecond that the store
// keeps. A nil Clock is the machine's.
func (c Clock) Now() time.Time {
	if c == nil {
		return time.Now().UTC().Truncate(time.Microsecond)
	}
	return c().UTC().Truncate(time.Microsecond)
}
