package shadow

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/traffic"
)

// Keep is how long days of what was overheard are kept.
const Keep = 90 * 24 * time.Hour

// A Binder says which device of the inventory speaks: by what it calls itself,
// and where it was heard. elsewhere is another place with the same number;
// none where its address is empty.
type Binder interface {
	Judge(claim exchange.DeviceClaim, peer exchange.Peer, elsewhere exchange.Sighting) exchange.Binding
}

// A Board shows what was overheard as channels that are not there yet. It is
// safe for concurrent use.
type Board struct {
	Store    Store
	Auth     bedrail.Authorizer
	Clock    bedrail.Clock
	Binder   Binder
	Exchange *exchange.Exchange // whose policies are asked, and where drafts go
}

// A Channel is a listener that was overheard, as the channel it could become.
// It carries nothing: it is a shadow.
type Channel struct {
	ID         string    `json:"id"`
	Name       string    `json:"name" doc:"What its channel would be called"`
	Shadow     bool      `json:"shadow" doc:"Always true: Bedrail only overhears it"`
	Protocol   string    `json:"protocol" doc:"hl7v2, dicom, fhir or mqtt"`
	Site       string    `json:"site,omitempty"`
	Listener   string    `json:"listener" doc:"Address and port of who is spoken to"`
	ListenerID string    `json:"listenerDevice,omitempty" doc:"Who that is in the inventory"`
	Sensors    []string  `json:"sensors"`
	First      time.Time `json:"first"`
	Last       time.Time `json:"last"`
	Peers      int       `json:"peers" doc:"Addresses that speak to it"`
	Sums
	Conversations []Conversation `json:"conversations,omitempty" doc:"Only where one channel is asked for"`
	Way           Way            `json:"way" doc:"How a channel would take it over"`
	Adopted       *Adopted       `json:"adopted,omitempty"`
}

// Sums are the figures of one channel or conversation.
type Sums struct {
	Counts
	Answers map[string]uint64        `json:"answers"`
	Quirks  map[string]uint64        `json:"quirks" doc:"How its peers write and ask, as far as a channel must know"`
	Issues  []traffic.OverheardIssue `json:"issues" doc:"What is wrong, by rule and place; never a value"`
	Trust   map[string]uint64        `json:"trust" doc:"Messages by the trust in who sent them, as the inventory stands now"`
	Would   Would                    `json:"would"`
}

// Counts are what was counted.
type Counts struct {
	Messages   uint64  `json:"messages"`
	Bytes      uint64  `json:"bytes"`
	Clean      uint64  `json:"clean" doc:"Messages that were checked and in which nothing was found"`
	Remarked   uint64  `json:"remarked" doc:"Messages with warnings only"`
	Faulty     uint64  `json:"faulty" doc:"Messages with an error"`
	Unchecked  uint64  `json:"unchecked" doc:"Messages that were counted and not looked into"`
	Duplicates uint64  `json:"duplicates"`
	Reused     uint64  `json:"reused" doc:"Control ids that came again with other content"`
	Unanswered uint64  `json:"unanswered"`
	Unmatched  uint64  `json:"unmatched" doc:"Answers that belong to nothing that was heard"`
	Encrypted  uint64  `json:"encrypted" doc:"Connections that could not be looked into"`
	GivenUp    uint64  `json:"givenUp" doc:"Connections given up for want of memory"`
	Answered   uint64  `json:"answered"`
	P50        float64 `json:"answerP50Seconds" doc:"Half of the answers came within this; 0 is none"`
	P95        float64 `json:"answerP95Seconds"`
	Longest    float64 `json:"answerLongestSeconds"`
}

// Would is what Bedrail would do under a policy.
type Would struct {
	Policy     string                 `json:"policy" doc:"The channel whose policy is asked; empty is that of the draft"`
	Accept     uint64                 `json:"accept" doc:"Passed on, and nothing to remark"`
	Tag        uint64                 `json:"tag" doc:"Passed on, with what was found"`
	Hold       uint64                 `json:"hold"`
	Reject     uint64                 `json:"reject"`
	Duplicate  uint64                 `json:"duplicate" doc:"Answered as before and not delivered twice"`
	Filter     uint64                 `json:"filter" doc:"No destination would want it"`
	Reasons    map[string]uint64      `json:"reasons" doc:"Why it would be held or rejected"`
	To         map[string]uint64      `json:"to" doc:"Messages by destination"`
	Perhaps    map[string]uint64      `json:"perhaps" doc:"Messages for which a destination asks for content, which was not kept"`
	Mappings   []traffic.OverheardMap `json:"mappings" doc:"How the mapping to FHIR did with samples of each type"`
	Unmappable uint64                 `json:"unmappable" doc:"Messages that a destination would need mapped, and whose type has no mapping"`
}

// A Conversation is one sender and receiver on a listener.
type Conversation struct {
	ID       string                  `json:"id"`
	Sender   string                  `json:"sender"`
	Receiver string                  `json:"receiver"`
	Client   string                  `json:"client"`
	Device   string                  `json:"device,omitempty"`
	Reasons  []string                `json:"reasons,omitempty"`
	Devices  []Bound                 `json:"devices"`
	Kinds    []traffic.OverheardKind `json:"kinds"`
	First    time.Time               `json:"first"`
	Last     time.Time               `json:"last"`
	Sums
	day Day
}

// A Bound is a device that messages name, with what the inventory says of it.
type Bound struct {
	traffic.OverheardDevice
	exchange.Stamp
	Rivals []exchange.Sighting `json:"rivals,omitempty" doc:"Both sides, where somebody is not who it says it is"`
}

// An Adopted is how far a take-over has come.
type Adopted struct {
	Adoption
	State   string   `json:"state" doc:"Of the channel: paused, running, draining; gone when it was deleted"`
	Direct  []string `json:"direct" doc:"Peers that still spoke past the channel after it was drafted"`
	Through []string `json:"through" doc:"Peers that speak to the channel"`
}

// Ask says what is looked at.
type Ask struct {
	Days   int    // 1 to 90; 0 is 7
	Policy string // a channel whose policy is asked
}

// Channels returns what by may see, the most faulty first.
func (b *Board) Channels(ctx context.Context, by bedrail.Actor, a Ask) ([]Channel, error) {
	all, err := b.all(ctx, by, a)
	for i := range all {
		all[i].Conversations = nil
	}
	return all, err
}

// ByID returns one with its conversations.
func (b *Board) ByID(ctx context.Context, by bedrail.Actor, id string, a Ask) (Channel, error) {
	all, err := b.all(ctx, by, a)
	if err != nil {
		return Channel{}, err
	}
	if i := slices.IndexFunc(all, func(c Channel) bool { return c.ID == id || c.Name == id }); i >= 0 {
		return all[i], nil
	}
	return Channel{}, bedrail.Errorf(bedrail.NotFound, "no listener %s was overheard within that time", id)
}

func (b *Board) all(ctx context.Context, by bedrail.Actor, a Ask) ([]Channel, error) {
	if err := b.Auth.Authorize(ctx, by, exchange.ReadChannels, bedrail.Resource{Type: "channel"}); err != nil {
		return nil, err
	}
	if a.Days == 0 {
		a.Days = 7
	}
	if a.Days < 1 || a.Days > 90 {
		return nil, bedrail.Errorf(bedrail.Invalid, "days is %d; it is 1 to 90", a.Days)
	}
	policy, err := b.policy(ctx, by, a.Policy)
	if err != nil {
		return nil, err
	}
	until, err := b.Until(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	days, err := b.Store.ShadowDays(ctx, by.Scope, until.AddDate(0, 0, 1-a.Days))
	if err != nil {
		return nil, fmt.Errorf("reading what was overheard: %w", err)
	}
	adoptions, err := b.Store.Adoptions(ctx, by.Scope)
	if err != nil {
		return nil, fmt.Errorf("reading what was adopted: %w", err)
	}
	days = slices.DeleteFunc(days, func(d Day) bool { return !by.Scope.Admits(d.Site, "") })
	out := b.group(conversations(days), policy)
	names(out)
	for i := range out {
		if k := slices.IndexFunc(adoptions, func(x Adoption) bool { return x.ID == out[i].ID }); k >= 0 {
			out[i].Adopted = b.progress(ctx, by, adoptions[k], &out[i])
		}
	}
	slices.SortFunc(out, func(x, y Channel) int {
		return cmp.Or(cmp.Compare(y.Faulty, x.Faulty), cmp.Compare(y.Messages, x.Messages), cmp.Compare(x.ID, y.ID))
	})
	return out, nil
}

// Until is when the days end that are looked at, and from which they are kept:
// now, or earlier where all that was overheard comes from old recordings.
func (b *Board) Until(ctx context.Context, in bedrail.Scope) (time.Time, error) {
	now := b.Clock.Now()
	latest, err := b.Store.ShadowLatest(ctx, in)
	if err != nil {
		return now, fmt.Errorf("reading what was overheard last: %w", err)
	}
	if !latest.IsZero() && latest.Before(now) {
		return latest, nil
	}
	return now, nil
}

// policy is the definition whose rules are asked; nil is that of each draft.
func (b *Board) policy(ctx context.Context, by bedrail.Actor, name string) (*exchange.Definition, error) {
	if name == "" {
		return nil, nil
	}
	c, err := b.Exchange.ChannelByName(ctx, by, name)
	if err != nil {
		return nil, err
	}
	return &c.Definition, nil
}

// conversations sums days by conversation. What several sensors hear of one is
// the same traffic: the one that heard most counts.
func conversations(days []Day) []Conversation {
	bySensor, order := map[string]*Day{}, []string{}
	for i := range days {
		d := &days[i]
		id := KeyOf(&d.Overheard)
		sum := bySensor[id]
		if sum == nil {
			sum = &Day{}
			bySensor[id] = sum
			order = append(order, id)
		}
		sum.add(&d.Overheard, d.First, d.Last)
	}
	best := map[string]*Conversation{}
	var list []*Conversation
	for _, id := range order {
		d := bySensor[id]
		o := d.Overheard
		o.Sensor = ""
		key := KeyOf(&o)
		c := best[key]
		if c == nil {
			c = &Conversation{ID: key, day: *d}
			best[key] = c
			list = append(list, c)
		} else if d.Messages > c.day.Messages {
			c.day = *d
		}
	}
	out := make([]Conversation, 0, len(list))
	for _, c := range list {
		out = append(out, *c)
	}
	return out
}

// group makes channels of conversations.
func (b *Board) group(all []Conversation, policy *exchange.Definition) []Channel {
	elsewhere := spots(all)
	byID, order := map[string]*Channel{}, []string{}
	sums := map[string]*Day{}
	for i := range all {
		c := &all[i]
		b.bind(c, elsewhere)
		id := channelKey(&c.day.Overheard)
		ch := byID[id]
		if ch == nil {
			ch = &Channel{ID: id, Shadow: true, Protocol: c.day.Protocol, Site: c.day.Site, Listener: netip.AddrPortFrom(c.day.Server, c.day.Port).String()}
			ch.Trust = map[string]uint64{}
			ch.ListenerID = b.Binder.Judge(exchange.DeviceClaim{}, exchange.Peer{Address: netip.AddrPortFrom(c.day.Server, 0), MAC: string(c.day.ServerMAC)}, exchange.Sighting{}).Stamp.Device
			byID[id] = ch
			sums[id] = &Day{}
			order = append(order, id)
		}
		sums[id].add(&c.day.Overheard, c.day.First, c.day.Last)
		if !slices.Contains(ch.Sensors, c.day.Sensor) {
			ch.Sensors = append(ch.Sensors, c.day.Sensor)
		}
		for t, n := range c.Trust {
			ch.Trust[t] += n
		}
		ch.Conversations = append(ch.Conversations, *c)
	}
	out := make([]Channel, 0, len(order))
	for _, id := range order {
		ch := byID[id]
		ch.First, ch.Last = sums[id].First, sums[id].Last
		ch.fill(sums[id])
		peers := map[netip.Addr]bool{}
		for i := range ch.Conversations {
			peers[ch.Conversations[i].day.Client] = true
		}
		ch.Peers, ch.Way = len(peers), wayOf(ch)
		b.foresee(ch, policy)
		out = append(out, *ch)
	}
	return out
}

// fill takes the figures of what was summed.
func (s *Sums) fill(d *Day) {
	o := &d.OverheardCounts
	s.Counts = Counts{Messages: o.Messages, Bytes: o.Bytes, Remarked: o.Remarked, Faulty: o.Faulty, Unchecked: o.Unchecked, Duplicates: o.Duplicates, Reused: o.Reused,
		Unanswered: o.Unanswered, Unmatched: o.Unmatched, Encrypted: o.Encrypted, GivenUp: o.Given, Longest: o.LatencyMax.Seconds()}
	s.Clean = o.Messages - min(o.Messages, o.Remarked+o.Faulty+o.Unchecked)
	for _, n := range o.Latency {
		s.Answered += n
	}
	s.P50, s.P95 = quantile(o, s.Answered, 0.5), quantile(o, s.Answered, 0.95)
	s.Answers, s.Quirks, s.Issues = orEmpty(d.Answers), orEmpty(d.Quirks), append([]traffic.OverheardIssue{}, d.Issues...)
	slices.SortStableFunc(s.Issues, func(a, b traffic.OverheardIssue) int { return cmp.Compare(b.Count, a.Count) })
}

func orEmpty(m map[string]uint64) map[string]uint64 {
	if m == nil {
		return map[string]uint64{}
	}
	return m
}

// quantile is the bound below which a share of the answers lies.
func quantile(o *traffic.OverheardCounts, all uint64, share float64) float64 {
	if all == 0 {
		return 0
	}
	seen := uint64(0)
	for i, n := range o.Latency {
		if seen += n; float64(seen) >= share*float64(all) {
			if bounds := traffic.LatencyBounds(); i < len(bounds) {
				return min(bounds[i], o.LatencyMax).Seconds()
			}
		}
	}
	return o.LatencyMax.Seconds()
}

// spots are where each number was heard, and whom it was told to.
func spots(all []Conversation) map[string]*identity {
	out := map[string]*identity{}
	for i := range all {
		d := &all[i].day
		for k := range d.Devices {
			number := numberOf(&d.Devices[k].OverheardClaim)
			if number == "" || !speaks(&d.Overheard) {
				continue
			}
			if out[number] == nil {
				out[number] = &identity{}
			}
			out[number].note(spotOf(&d.Overheard, d.First, d.Last), d.Server.String())
		}
	}
	return out
}

// bind says who speaks in a conversation, and how far that is to be believed.
func (b *Board) bind(c *Conversation, heard map[string]*identity) {
	d := &c.day
	c.Sender, c.Receiver, c.Client, c.First, c.Last = d.Sender, d.Receiver, d.Client.String(), d.First, d.Last
	c.Kinds = append([]traffic.OverheardKind{}, d.Kinds...)
	c.fill(d)
	c.Trust, c.Devices = map[string]uint64{}, []Bound{}
	peer := PeerOf(&d.Overheard)
	left := d.Messages
	for _, one := range d.Devices {
		var other exchange.Sighting
		number := numberOf(&one.OverheardClaim)
		if n := heard[number]; n != nil {
			if s, ok := n.rival(spotOf(&d.Overheard, d.First, d.Last)); ok {
				other = s.sighting(number)
			}
		}
		k := b.Binder.Judge(ClaimOf(&one.OverheardClaim), peer, other)
		c.Devices = append(c.Devices, Bound{one, k.Stamp, k.Rivals})
		n := min(left, one.Count)
		c.Trust[string(k.Stamp.Trust)] += n
		left -= n
	}
	s := b.Binder.Judge(exchange.DeviceClaim{AETitle: peer.AETitle}, peer, exchange.Sighting{}).Stamp
	c.Device, c.Reasons = s.Device, s.Reasons
	if left > 0 {
		c.Trust[string(s.Trust)] += left
	}
}

// stamp is the trust that most of a conversation's messages have.
func (c *Conversation) stamp() exchange.Stamp {
	best, most := exchange.Unknown, uint64(0)
	for _, t := range slices.Sorted(maps.Keys(c.Trust)) {
		if n := c.Trust[t]; n > most {
			best, most = exchange.Trust(t), n
		}
	}
	return exchange.Stamp{Trust: best}
}

// foresee says what the policy would do with each sort of message.
func (b *Board) foresee(ch *Channel, policy *exchange.Definition) {
	d := policy
	name := ""
	if d == nil {
		draft, _ := draftOf(ch, Terms{})
		d = &draft
	} else {
		name = d.Name
	}
	oracle, err := exchange.NewProphet(*d, b.Exchange.Kinds)
	for i := range ch.Conversations {
		c := &ch.Conversations[i]
		c.Would = newWould(name)
		if err == nil {
			c.Would.ask(oracle, c)
		}
	}
	ch.Would = newWould(name)
	for i := range ch.Conversations {
		ch.Would.add(&ch.Conversations[i].Would)
	}
}

func newWould(policy string) Would {
	return Would{Policy: policy, Reasons: map[string]uint64{}, To: map[string]uint64{}, Perhaps: map[string]uint64{}, Mappings: []traffic.OverheardMap{}}
}

func (w *Would) add(o *Would) {
	w.Accept += o.Accept
	w.Tag += o.Tag
	w.Hold += o.Hold
	w.Reject += o.Reject
	w.Duplicate += o.Duplicate
	w.Filter += o.Filter
	w.Unmappable += o.Unmappable
	for _, m := range []struct{ to, from map[string]uint64 }{{w.Reasons, o.Reasons}, {w.To, o.To}, {w.Perhaps, o.Perhaps}} {
		for k, n := range m.from {
			m.to[k] += n
		}
	}
	sum := traffic.Overheard{Mapped: w.Mappings}
	sum.Merge(&traffic.Overheard{Mapped: o.Mappings})
	w.Mappings = sum.Mapped
	if w.Mappings == nil {
		w.Mappings = []traffic.OverheardMap{}
	}
}

var formats = map[string]exchange.Format{"hl7v2": exchange.HL7v2, "dicom": exchange.DICOM, "fhir": exchange.FHIR, "mqtt": exchange.JSON}

func (w *Would) ask(o *exchange.Prophet, c *Conversation) {
	w.Mappings = append(w.Mappings, c.day.Mapped...)
	stamp := c.stamp()
	for _, k := range c.day.Kinds {
		g := exchange.Glimpse{Format: formats[c.day.Protocol], Peer: c.Client, Severity: k.Severity, Stamp: stamp, Unreadable: k.Unreadable, Refused: k.Refused, Reused: k.Reused, Duplicate: k.Duplicate,
			Facts: exchange.Facts{Type: k.Type, Event: k.Event, Profile: k.Profile, Version: k.Version, Sender: c.Sender, Receiver: c.Receiver, Live: exchange.Liveness(k.Live)}}
		f := o.Foresee(g)
		switch {
		case f.State == exchange.Duplicate:
			w.Duplicate += k.Count
		case f.State == exchange.Held:
			w.Hold += k.Count
		case f.State == exchange.Rejected:
			w.Reject += k.Count
		case f.State == exchange.Filtered:
			w.Filter += k.Count
		case f.Tagged:
			w.Tag += k.Count
		default:
			w.Accept += k.Count
		}
		if f.Reason != "" {
			w.Reasons[f.Reason] += k.Count
		}
		for _, d := range f.To {
			w.To[d] += k.Count
		}
		for _, d := range f.Perhaps {
			w.Perhaps[d] += k.Count
		}
		if len(f.Mapped) > 0 && slices.ContainsFunc(c.day.Mapped, func(m traffic.OverheardMap) bool { return m.Type == k.Type && m.Trouble == "none" }) {
			w.Unmappable += k.Count
		}
	}
}

// PeerOf is who spoke in what was overheard.
func PeerOf(o *traffic.Overheard) exchange.Peer {
	peer := exchange.Peer{Address: netip.AddrPortFrom(o.Client, 0), MAC: string(o.ClientMAC)}
	switch o.Protocol {
	case "dicom":
		peer.AETitle = o.Sender
	case "mqtt":
		peer.ClientID = o.Sender
	}
	return peer
}

// ChannelOf is the name under which the shadow of a listener stands beside
// channels.
func ChannelOf(o *traffic.Overheard) string {
	word := map[string]string{"hl7v2": "mllp", "dicom": "dicom", "fhir": "fhir", "mqtt": "mqtt"}[o.Protocol]
	name := "shadow-" + word + "-" + strings.Trim(unfit.ReplaceAllString(strings.ToLower(netip.AddrPortFrom(o.Server, o.Port).String()), "-"), "-")
	return name[:min(len(name), 63)]
}

// names gives channels names that are fit and distinct.
func names(all []Channel) {
	taken := map[string]bool{}
	slices.SortFunc(all, func(a, b Channel) int { return cmp.Compare(a.ID, b.ID) })
	for i := range all {
		name := ChannelOf(&all[i].Conversations[0].day.Overheard)
		if taken[name] {
			name += "-" + strings.TrimPrefix(all[i].ID, "sh_")[:6]
		}
		taken[name] = true
		all[i].Name = name
	}
}

// progress says how far a take-over has come.
func (b *Board) progress(ctx context.Context, by bedrail.Actor, a Adoption, ch *Channel) *Adopted {
	out := &Adopted{Adoption: a, State: "gone", Direct: []string{}, Through: []string{}}
	c, err := b.Exchange.ChannelByName(ctx, by, a.Channel)
	if err == nil {
		out.State = string(c.State)
		for _, k := range c.Source.Connections {
			if at := k.Peer.Address.Addr(); at.IsValid() && !slices.Contains(out.Through, at.String()) {
				out.Through = append(out.Through, at.String())
			}
		}
	}
	for i := range ch.Conversations {
		if k := &ch.Conversations[i]; k.Last.After(a.At) && !slices.Contains(out.Direct, k.Client) {
			out.Direct = append(out.Direct, k.Client)
		}
	}
	return out
}
