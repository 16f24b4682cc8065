package exchange

import (
	"sync"
	"time"

	"bedrail"
)

// ids gives messages names that sort by the order in which they were given,
// also within one millisecond and when the clock is set back: what is
// delivered in order is sorted by them.
type ids struct {
	mu   sync.Mutex // guards last
	last string
}

const idPrefix = "msg"

func (g *ids) next(at time.Time) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	id := bedrail.NewID(idPrefix, at)
	if id <= g.last {
		id = after(g.last)
	}
	g.last = id
	return id
}

// seen makes later ids sort behind id.
func (g *ids) seen(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = max(g.last, id)
}

// after returns the next id, by adding one to its last letters.
func after(id string) string {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	b := []byte(id)
	for i := len(b) - 1; i > len(idPrefix); i-- {
		for n := range len(digits) {
			if digits[n] != b[i] {
				continue
			}
			if n+1 < len(digits) {
				b[i] = digits[n+1]
				return string(b)
			}
			b[i] = digits[0]
			break
		}
	}
	return string(b)
}
