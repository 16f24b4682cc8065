package exchange

import (
	"slices"
	"strings"
)

// A Ledger says of every message what became of it. It is counted from the
// journal, so that it is true after any crash.
type Ledger struct {
	Sources []SourceLedger `json:"sources"`
}

// A SourceLedger is the ledger of one channel. Received is counted when a
// message comes; the others from where the messages stand now. Both must
// agree.
type SourceLedger struct {
	Channel    string `json:"channel"`
	Received   int64  `json:"received"`
	Delivered  int64  `json:"delivered"`
	Pending    int64  `json:"pending"`
	Held       int64  `json:"held"`
	Dead       int64  `json:"dead"`
	Duplicates int64  `json:"duplicates"`
	Rejected   int64  `json:"rejected"`
	Filtered   int64  `json:"filtered"`
	// Unassured counts those among received whose sender asked for no answer.
	Unassured    int64               `json:"unassured"`
	Balanced     bool                `json:"balanced"`
	Problems     []string            `json:"problems,omitempty"`
	Destinations []DestinationLedger `json:"destinations"`
}

// A DestinationLedger is the ledger of one destination. Expected counts the
// messages that were routed while it was a destination of the channel.
type DestinationLedger struct {
	Name      string `json:"name"`
	Queued    int64  `json:"queued"`
	Delivered int64  `json:"delivered"`
	Held      int64  `json:"held"`
	Dead      int64  `json:"dead"`
	Filtered  int64  `json:"filtered"`
	Expected  int64  `json:"expected"`
	Balanced  bool   `json:"balanced"`
}

// Sum adds up what became of the messages.
func (l *SourceLedger) Sum() int64 {
	return l.Delivered + l.Pending + l.Held + l.Dead + l.Duplicates + l.Rejected + l.Filtered
}

// Sum adds up what became of the deliveries.
func (l *DestinationLedger) Sum() int64 {
	return l.Queued + l.Delivered + l.Held + l.Dead + l.Filtered
}

// Count adds n messages in state s.
func (l *SourceLedger) Count(s State, n int64) {
	switch s {
	case Delivered:
		l.Delivered += n
	case Pending:
		l.Pending += n
	case Held:
		l.Held += n
	case Dead:
		l.Dead += n
	case Duplicate:
		l.Duplicates += n
	case Rejected:
		l.Rejected += n
	case Filtered:
		l.Filtered += n
	}
}

// Count adds n deliveries in state s.
func (l *DestinationLedger) Count(s DeliveryState, n int64) {
	switch s {
	case Queued:
		l.Queued += n
	case Arrived:
		l.Delivered += n
	case WaitsHeld:
		l.Held += n
	case GivenUp:
		l.Dead += n
	case NotForIt:
		l.Filtered += n
	}
}

// StateOf returns the state of a message whose deliveries stand so: its worst.
// One that was routed nowhere is filtered.
func StateOf(deliveries []Delivery) State {
	worst := Filtered
	rank := map[State]int{Filtered: 0, Delivered: 1, Dead: 2, Held: 3, Pending: 4}
	for _, d := range deliveries {
		var s State
		switch d.State {
		case Queued:
			s = Pending
		case WaitsHeld:
			s = Held
		case GivenUp:
			s = Dead
		case Arrived:
			s = Delivered
		default:
			s = Filtered
		}
		if rank[s] > rank[worst] {
			worst = s
		}
	}
	return worst
}

// withAll adds the destinations of d that have had no message yet.
func withAll(known []DestinationLedger, d Definition) []DestinationLedger {
	for _, dest := range d.Destinations {
		if !slices.ContainsFunc(known, func(k DestinationLedger) bool { return k.Name == dest.Name }) {
			known = append(known, DestinationLedger{Name: dest.Name, Balanced: true})
		}
	}
	return known
}

func (l Ledger) sorted() Ledger {
	slices.SortFunc(l.Sources, func(a, b SourceLedger) int { return strings.Compare(a.Channel, b.Channel) })
	for _, s := range l.Sources {
		slices.SortFunc(s.Destinations, func(a, b DestinationLedger) int { return strings.Compare(a.Name, b.Name) })
	}
	return l
}

// Balanced reports whether every source is.
func (l Ledger) Balanced() bool {
	return !slices.ContainsFunc(l.Sources, func(s SourceLedger) bool { return !s.Balanced })
}
