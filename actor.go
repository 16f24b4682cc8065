package bedrail

import (
	"cmp"
	"context"
)

// An ActorKind says what sort of actor acts.
type ActorKind string

// The kinds of actor.
const (
	Person ActorKind = "person" // signed in by password and second factor
	Token  ActorKind = "token"  // an API token that a person made
	System ActorKind = "system" // the product itself: a consumer, a schedule
)

// An Actor is whoever acts: a person, an API token, or the product itself.
type Actor struct {
	ID     string
	Name   string // a login name, never a patient's
	Kind   ActorKind
	Owner  string // ID of the person whose token acts; empty for who is no token
	Scope  Scope
	Grants []Grant
}

// Person returns the ID of who answers for what a does: of a token, the person
// who made it. What is one's own is kept by it, and who has to be a second
// person is compared by it: a token is not one.
func (a Actor) Person() string { return cmp.Or(a.Owner, a.ID) }

// A Grant gives an actor one role at a site and unit. An empty Site is every
// site of the tenant, an empty Unit every unit of the site.
type Grant struct {
	Role string
	Site string
	Unit string
}

// SystemActor is the product acting on its own account within tenant.
func SystemActor(name, tenant string) Actor {
	return Actor{ID: "system:" + name, Name: name, Kind: System, Scope: Scope{Tenant: tenant}}
}

// An Action names what an actor wants to do, as noun:verb, for example
// "device:tag". Each capability declares its own actions.
type Action string

// A Resource is what an action touches. An empty Site or Unit means that the
// thing lies in no particular one; only a grant without that limit reaches it.
type Resource struct {
	Type string
	ID   string
	Site string
	Unit string
}

// An Authorizer decides whether an actor may act. Every capability asks it;
// package access implements it.
type Authorizer interface {
	// Authorize returns nil when by may do what on res, and a Denied error
	// that says which role could otherwise.
	Authorize(ctx context.Context, by Actor, what Action, res Resource) error
}
