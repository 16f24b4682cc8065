package server

import (
	"context"
	"time"
)

// News tells a part that there is something to look at before its next turn.
// Whoever wakes it does not wait.
type news chan struct{}

func newNews() news { return make(news, 1) }

func (n news) wake() {
	select {
	case n <- struct{}{}:
	default: // it will look anyway
	}
}

// settle is how long a part waits after it was woken: news come in swarms.
const settle = 500 * time.Millisecond

// every calls f at once, each period, and whenever there is news. What takes
// long is not done again before ten times as long has passed.
func (n news) every(ctx context.Context, period time.Duration, f func()) error {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		began := time.Now()
		f()
		rest := min(period, max(settle, 10*time.Since(began)))
		select {
		case <-tick.C:
		case <-n:
			select {
			case <-time.After(rest):
			case <-ctx.Done():
				return nil
			}
		case <-ctx.Done():
			return nil
		}
	}
}
