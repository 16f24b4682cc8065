// Package audit keeps the record of who did what, in a form in which nothing
// can be altered, removed or slipped in without being noticed.
package audit

import (
	"time"

	"bedrail"
)

// An Entry is one act that is to be recorded. Every mutating method of the
// store takes one and commits it together with the act, or does neither.
type Entry struct {
	By   bedrail.Actor
	Did  bedrail.Action // what was done, for example "device:tag"
	To   string         // the thing it was done to, by identifier
	Note string         // in words, without personal data

	// Personal fields (a login name, a reason in free text) enter the tree
	// only as salted commitments, so that they can be forgotten later.
	Personal map[string]string

	// At is when it was done. The store fills it from its clock when zero.
	At time.Time
}
