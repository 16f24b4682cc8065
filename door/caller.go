// Package door is what stands between the network and everything else: it
// encrypts, it knows who is calling, it limits how often, and it refuses what
// a foreign page asks a browser to send.
package door

import (
	"context"

	"bedrail"
	"bedrail/access"
)

// A Caller is whoever sent a request.
type Caller struct {
	Actor   bedrail.Actor
	Account access.Account // as signed in; zero for nobody
	Err     error          // why the credentials that were sent do not count
	From    string         // network address
	TraceID string
	Nonce   string // of the page's content security policy
}

type callerKey struct{}

// WithCaller returns a context that carries c.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf returns who sent the request of ctx; the zero Caller is nobody.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
