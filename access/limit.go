package access

import (
	"sync"
	"time"

	"bedrail"
)

// A Limiter lets each key do something so often and no oftener: Burst times at
// once, and once more after every Every. Its zero value refuses nothing.
//
// It lives in memory: a restart forgets it, which gives somebody who guesses
// passwords one more burst for each restart.
type Limiter struct {
	Burst int
	Every time.Duration
	Clock bedrail.Clock

	mu   sync.Mutex           // guards full
	full map[string]time.Time // when the allowance of a key is whole again
}

// maxKeys bounds the memory of a Limiter. Whoever sends from more addresses
// than this pushes out the keys that are nearest to being whole.
const maxKeys = 10_000

// Allow takes one from the allowance of key. When there is none left it takes
// nothing and says how long to wait.
func (l *Limiter) Allow(key string) (left int, wait time.Duration) {
	if l == nil || l.Burst == 0 {
		return 1, 0
	}
	now := l.Clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	whole := l.full[key]
	if whole.Before(now) {
		whole = now
	}
	next := whole.Add(l.Every)
	if over := next.Sub(now) - time.Duration(l.Burst)*l.Every; over > 0 {
		return 0, over
	}
	l.keep(key, next, now)
	return l.Burst - int((next.Sub(now)+l.Every-1)/l.Every), 0
}

// Forgive gives key its whole allowance back.
func (l *Limiter) Forgive(key string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.full, key)
}

func (l *Limiter) keep(key string, whole, now time.Time) {
	if l.full == nil {
		l.full = make(map[string]time.Time)
	}
	if _, known := l.full[key]; !known && len(l.full) >= maxKeys {
		l.evict(now)
	}
	l.full[key] = whole
}

// evict drops what is whole again, and if nothing is, the key that is nearest.
func (l *Limiter) evict(now time.Time) {
	var nearest string
	var at time.Time
	for key, whole := range l.full {
		if !whole.After(now) {
			delete(l.full, key)
		} else if nearest == "" || whole.Before(at) {
			nearest, at = key, whole
		}
	}
	if len(l.full) >= maxKeys {
		delete(l.full, nearest)
	}
}
