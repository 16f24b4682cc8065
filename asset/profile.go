package asset

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
)

// An HourTalk is what a device exchanged with a peer over one service within
// one hour.
type HourTalk struct {
	Hour time.Time
	Talk
	PeerClass string // of the peer's device, where it is known
}

// A Profile is how a device, or the devices of a model, behave: with whom, over
// which service, in which role, how much and when. It is learned from what was
// seen, in the manner of a manufacturer usage description (RFC 8520), and can
// be frozen so that a later one is laid beside it.
type Profile struct {
	Of      string    `json:"of"` // device id, or "model:maker/model"
	Devices int       `json:"devices"`
	From    time.Time `json:"from,omitzero"` // of what it was learned from
	Until   time.Time `json:"until,omitzero"`
	Days    int       `json:"days"` // on which anything was seen
	Edges   []Edge    `json:"edges"`
	Frozen  time.Time `json:"frozen,omitzero"`
	By      string    `json:"by,omitempty"` // who froze it
}

// An Edge is one kind of conversation. Peers are told by what they are, not by
// address: a new server of a known kind is no new behaviour.
type Edge struct {
	Role      string     `json:"role"` // "client" or "server"
	Transport string     `json:"transport"`
	Port      uint16     `json:"port"`
	Protocol  string     `json:"protocol,omitempty"`
	Peer      string     `json:"peer"` // class of the peer, "internet", "broadcast", or "local" for what is not identified
	Encrypted bool       `json:"encrypted"`
	Peers     int        `json:"peers"`   // distinct addresses
	Devices   int        `json:"devices"` // of the model that show it
	Bytes     uint64     `json:"bytesPerDay"`
	Hours     [24]uint64 `json:"hours"` // bytes by hour of the day, UTC
}

func (e Edge) key() string {
	return fmt.Sprintf("%s %s %d %s", e.Role, e.Transport, e.Port, e.Peer)
}

// String says it to a person.
func (e Edge) String() string {
	return fmt.Sprintf("%s of %s over %s port %d", e.Role, e.Peer, cmp.Or(e.Protocol, e.Transport), e.Port)
}

// change says how e differs from what was frozen.
func (e Edge) change(kind string, more ...string) ProfileChange {
	pairs := append([]string{"side", e.Role, "peer", e.Peer, "service", cmp.Or(e.Protocol, e.Transport), "port", strconv.Itoa(int(e.Port))}, more...)
	return ProfileChange{kind, e, say("edge."+kind, pairs...)}
}

// A ProfileChange is how behaviour differs from what was frozen.
type ProfileChange struct {
	Kind string `json:"kind"` // "new", "gone", "louder" (ten times the bytes), "unencrypted"
	Edge Edge   `json:"edge"`
	Saying
}

// learnDays is how far back a profile looks.
const learnDays = 14

// highPort is where ports begin that an operating system hands out: a service
// there is told by its kind of peer alone.
const highPort = 49152

// learn makes the profile of one device.
func learn(of string, talks []HourTalk) Profile {
	p := Profile{Of: of, Devices: 1, Edges: []Edge{}}
	edges := map[string]*Edge{}
	peers := map[string]map[string]bool{}
	days := map[string]bool{}
	for _, t := range talks {
		e := Edge{Role: "client", Transport: t.Transport, Port: t.Port, Protocol: t.Protocol, Peer: peerKind(t), Encrypted: t.Encrypted, Devices: 1}
		if t.Direction == "in" {
			e.Role = "server"
		}
		if e.Port >= highPort {
			e.Port = 0
		}
		k := e.key()
		if edges[k] == nil {
			edges[k] = &e
			peers[k] = map[string]bool{}
		}
		known := edges[k]
		known.Protocol = cmp.Or(known.Protocol, t.Protocol)
		known.Encrypted = known.Encrypted && t.Encrypted
		known.Hours[t.Hour.UTC().Hour()] += t.BytesUp + t.BytesDown
		known.Bytes += t.BytesUp + t.BytesDown
		peers[k][t.Peer.Address] = true
		days[t.Hour.UTC().Format(time.DateOnly)] = true
		if p.From.IsZero() || t.Hour.Before(p.From) {
			p.From = t.Hour
		}
		if end := t.Hour.Add(time.Hour); end.After(p.Until) {
			p.Until = end
		}
	}
	p.Days = len(days)
	for k, e := range edges {
		e.Peers = len(peers[k])
		e.Bytes /= uint64(max(p.Days, 1))
		p.Edges = append(p.Edges, *e)
	}
	p.order()
	return p
}

func (p *Profile) order() {
	slices.SortFunc(p.Edges, func(a, b Edge) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.key(), b.key())) })
}

func peerKind(t HourTalk) string {
	switch ip, err := netip.ParseAddr(t.Peer.Address); {
	case err != nil:
		return "local"
	case ip.IsMulticast() || ip == broadcast:
		return "broadcast"
	case t.PeerClass != "":
		return t.PeerClass
	case !localAddress(ip) && ip.IsGlobalUnicast() && !ip.IsPrivate():
		return "internet"
	}
	return "local"
}

// join makes the profile of a model of those of its devices: what at least
// half of them show. quorum is how many that are.
func join(of string, list []Profile) Profile {
	out := Profile{Of: of, Devices: len(list), Edges: []Edge{}}
	edges := map[string]*Edge{}
	for _, p := range list {
		out.Days = max(out.Days, p.Days)
		if out.From.IsZero() || !p.From.IsZero() && p.From.Before(out.From) {
			out.From = p.From
		}
		if p.Until.After(out.Until) {
			out.Until = p.Until
		}
		for _, e := range p.Edges {
			k := e.key()
			if edges[k] == nil {
				edges[k] = &e
				continue
			}
			sum := edges[k]
			sum.Devices++
			sum.Peers = max(sum.Peers, e.Peers)
			sum.Bytes += e.Bytes
			sum.Encrypted = sum.Encrypted && e.Encrypted
			for h := range e.Hours {
				sum.Hours[h] += e.Hours[h]
			}
		}
	}
	for _, e := range edges {
		if e.Devices*2 < len(list) {
			continue // what one in many does is that one's, not the model's
		}
		e.Bytes /= uint64(e.Devices)
		out.Edges = append(out.Edges, *e)
	}
	out.order()
	return out
}

// Differ lays a profile beside the one that was frozen.
func Differ(frozen, now Profile) []ProfileChange {
	out := []ProfileChange{}
	before := map[string]Edge{}
	for _, e := range frozen.Edges {
		before[e.key()] = e
	}
	for _, e := range now.Edges {
		was, known := before[e.key()]
		delete(before, e.key())
		switch {
		case !known:
			out = append(out, e.change("new"))
		case was.Encrypted && !e.Encrypted:
			out = append(out, e.change("unencrypted"))
		case was.Bytes > 0 && e.Bytes > 10*was.Bytes && e.Bytes > 1<<20:
			out = append(out, e.change("louder", "now", strconv.FormatUint(e.Bytes>>20, 10), "before", strconv.FormatUint(was.Bytes>>20, 10)))
		}
	}
	for _, e := range frozen.Edges {
		if _, left := before[e.key()]; left {
			out = append(out, e.change("gone"))
		}
	}
	return out
}

// A Behaviour is a profile as it is now, the one that was frozen, and how they
// differ.
type Behaviour struct {
	Now     Profile         `json:"now"`
	Frozen  *Profile        `json:"frozen,omitempty"`
	Changes []ProfileChange `json:"changes"`
}

// Behaviour returns how a device behaves.
func (r *Registry) Behaviour(ctx context.Context, by bedrail.Actor, id string) (Behaviour, error) {
	if _, err := r.Device(ctx, by, id); err != nil {
		return Behaviour{}, err
	}
	now, err := r.profile(ctx, by, id)
	if err != nil {
		return Behaviour{}, err
	}
	return r.beside(ctx, by, now)
}

func (r *Registry) profile(ctx context.Context, by bedrail.Actor, id string) (Profile, error) {
	talks, err := r.Store.DeviceHours(ctx, by.Scope, id, r.Clock.Now().Add(-learnDays*24*time.Hour))
	return learn(id, talks), err
}

func (r *Registry) beside(ctx context.Context, by bedrail.Actor, now Profile) (Behaviour, error) {
	b := Behaviour{Now: now, Changes: []ProfileChange{}}
	frozen, err := r.Store.FrozenProfile(ctx, by.Scope, now.Of)
	switch {
	case bedrail.KindOf(err) == bedrail.NotFound:
		return b, nil
	case err != nil:
		return b, err
	}
	b.Frozen, b.Changes = &frozen, Differ(frozen, now)
	return b, nil
}

// modelSample bounds how many devices of a model are looked at.
const modelSample = 50

// ModelBehaviour returns how the devices of a model within by's scope behave.
func (r *Registry) ModelBehaviour(ctx context.Context, by bedrail.Actor, manufacturer, model string) (Behaviour, error) {
	now, err := r.modelProfile(ctx, by, manufacturer, model)
	if err != nil {
		return Behaviour{}, err
	}
	return r.beside(ctx, by, now)
}

func (r *Registry) modelProfile(ctx context.Context, by bedrail.Actor, manufacturer, model string) (Profile, error) {
	if err := r.reading(ctx, by); err != nil {
		return Profile{}, err
	}
	var ids []string
	err := r.Each(ctx, by.Scope.Tenant, func(d Device) {
		if strings.EqualFold(d.Manufacturer.Known(), manufacturer) && strings.EqualFold(d.Model.Known(), model) && by.Scope.Admits(d.Location.Site, d.Location.Unit) && len(ids) < modelSample {
			ids = append(ids, d.ID)
		}
	})
	if err != nil {
		return Profile{}, err
	}
	if len(ids) == 0 {
		return Profile{}, bedrail.Errorf(bedrail.NotFound, "there is no device of model %s %s", manufacturer, model)
	}
	var list []Profile
	for _, id := range ids {
		p, err := r.profile(ctx, by, id)
		if err != nil {
			return Profile{}, err
		}
		if len(p.Edges) > 0 {
			list = append(list, p)
		}
	}
	return join("model:"+manufacturer+"/"+model, list), nil
}

// Freeze keeps the profile of a device as what it ought to be.
func (r *Registry) Freeze(ctx context.Context, by bedrail.Actor, id string) (Behaviour, error) {
	d, err := r.Device(ctx, by, id)
	if err != nil {
		return Behaviour{}, err
	}
	if err := r.Auth.Authorize(ctx, by, FreezeProfile, bedrail.Resource{Type: "device", ID: id, Site: d.Location.Site, Unit: d.Location.Unit}); err != nil {
		return Behaviour{}, err
	}
	p, err := r.profile(ctx, by, id)
	if err != nil {
		return Behaviour{}, err
	}
	return r.freeze(ctx, by, p)
}

// FreezeModel keeps the profile of a model as what it ought to be.
func (r *Registry) FreezeModel(ctx context.Context, by bedrail.Actor, manufacturer, model string) (Behaviour, error) {
	if err := r.Auth.Authorize(ctx, by, FreezeProfile, bedrail.Resource{Type: "device"}); err != nil {
		return Behaviour{}, err
	}
	p, err := r.modelProfile(ctx, by, manufacturer, model)
	if err != nil {
		return Behaviour{}, err
	}
	return r.freeze(ctx, by, p)
}

func (r *Registry) freeze(ctx context.Context, by bedrail.Actor, p Profile) (Behaviour, error) {
	if len(p.Edges) == 0 {
		return Behaviour{}, bedrail.Errorf(bedrail.Conflict, "nothing was seen yet of how it behaves; there is nothing to freeze")
	}
	p.Frozen, p.By = r.Clock.Now(), by.Name
	entry := audit.Entry{By: by, Did: FreezeProfile, To: p.Of, Note: fmt.Sprintf("%d kinds of conversation, of %d devices over %d days", len(p.Edges), p.Devices, p.Days)}
	if err := r.Store.FreezeProfile(ctx, by.Scope, p.Of, p, entry); err != nil {
		return Behaviour{}, err
	}
	now := p
	now.Frozen, now.By = time.Time{}, ""
	return r.beside(ctx, by, now)
}
