package shadow

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/exchange"
)

// Terms are what a person says of a take-over. All may be left out.
type Terms struct {
	Name     string // of the channel
	Listen   string // where Bedrail listens: the port that was overheard, on every address
	Receiver string // where the receiver of today is found from then on; where it is now
	DryRun   bool
}

// A Draft is a channel that would take a listener over, with what a person
// must look at, and the way there.
type Draft struct {
	Shadow     string              `json:"shadow"`
	Definition exchange.Definition `json:"definition"`
	Notes      []exchange.Left     `json:"notes" doc:"What a person must look at before it carries anything"`
	Steps      []Step              `json:"steps" doc:"The way to the cut-over, and back"`
	Made       bool                `json:"made" doc:"Whether the channel was made, paused"`
	Problem    string              `json:"problem,omitempty"`
}

// A Step is one of the way to the cut-over.
type Step struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	Back  string `json:"back,omitempty" doc:"How it is undone"`
}

// The ways in which a channel can stand in for a listener.
const (
	Through = "through" // between both, and the receiver's own answer goes back
	Between = "between" // between both, and Bedrail answers
	Beside  = "beside"  // beside them: nobody's way changes
	None    = "none"    // a channel would carry nothing of it
)

// A Way is how a channel would take a listener over.
type Way struct {
	Kind string `json:"kind" enum:"through,between,beside,none"`
	Text string `json:"text" doc:"What that means, or why there is none"`
}

// wayOf says how a listener could be taken over, by what was heard of it: a
// channel carries what is sent, and no question.
func wayOf(ch *Channel) Way {
	switch {
	case ch.Messages == 0 && ch.Encrypted > 0:
		return Way{None, "all that was heard was encrypted: nothing says what a channel would carry; make one by hand, with a certificate for the listener"}
	case ch.Messages == 0 && ch.Protocol == "fhir":
		return Way{None, "its clients only read and search: a channel carries what is written, and Bedrail answers questions only from what it keeps itself"}
	case ch.Messages == 0 && ch.Protocol == "dicom":
		return Way{None, "nothing was stored there, only asked (find, echo): a channel carries what is stored"}
	case ch.Messages == 0:
		return Way{None, "no message was heard yet"}
	case ch.Protocol == "hl7v2":
		return Way{Through, "Bedrail stands between, and the receiver's own answer goes back until you take it over"}
	case ch.Protocol == "mqtt":
		return Way{Beside, "Bedrail subscribes at the broker of today: nobody's way changes, and nothing is cut over"}
	case ch.Protocol == "dicom":
		return Way{Between, "Bedrail stands between and answers a store itself, once the image is kept: the archive's own status stands with the delivery, and is not given back"}
	}
	return Way{Between, "Bedrail stands between and answers a write itself, once it is kept: the server's own answer, and the ids that it would give, are not given back"}
}

// Receiver is the destination that a draft passes everything on to.
const Receiver = "receiver-of-today"

var unfit = regexp.MustCompile(`[^a-z0-9]+`)

// Adopt drafts the channel of a listener that was overheard, paused: a person
// looks at it, and resumes it when its way is free.
func (b *Board) Adopt(ctx context.Context, by bedrail.Actor, id string, t Terms) (Draft, error) {
	if err := b.Auth.Authorize(ctx, by, exchange.WriteChannels, bedrail.Resource{Type: "channel"}); err != nil {
		return Draft{}, err
	}
	ch, err := b.ByID(ctx, by, id, Ask{Days: 90})
	if err != nil {
		return Draft{}, err
	}
	if ch.Way.Kind == None {
		return Draft{}, bedrail.Errorf(bedrail.Conflict, "%s cannot be taken over: %s", ch.Listener, ch.Way.Text)
	}
	for field, address := range map[string]string{"listen": t.Listen, "receiver": t.Receiver} {
		if address == "" {
			continue
		}
		if err := exchange.CheckAddress(field, address); err != nil {
			return Draft{}, err
		}
	}
	d, notes := draftOf(&ch, t)
	out := Draft{Shadow: ch.ID, Definition: d, Notes: notes, Steps: steps(&ch, &d, t)}
	if err := d.Check(b.Exchange.Kinds); err != nil {
		out.Problem = err.Error()
		return out, nil
	}
	if t.DryRun {
		return out, nil
	}
	if _, err := b.Exchange.Draft(ctx, by, d, ch.ID, "drafted from what was overheard at "+ch.Listener+", to take that listener over"); err != nil {
		return out, err
	}
	out.Made = true
	return out, nil
}

// draftOf makes the definition that fits what was heard.
func draftOf(ch *Channel, t Terms) (exchange.Definition, []exchange.Left) {
	m := drafting{ch: ch, notes: []exchange.Left{}}
	address, _ := netip.ParseAddrPort(ch.Listener)
	m.listen = cmp.Or(t.Listen, anywhere(address))
	m.receiver = cmp.Or(t.Receiver, ch.Listener)
	m.d = exchange.Definition{Name: cmp.Or(t.Name, strings.TrimPrefix(ch.Name, "shadow-"), "draft"), Site: ch.Site,
		Description: "Takes over " + ch.Listener + ", from what was overheard there."}
	if t.Listen == "" && t.Receiver == "" {
		m.note("missing", "destinations", "the receiver of today still has its address: it needs another one, or the senders need that of Bedrail; give --receiver or --listen")
	}
	switch ch.Protocol {
	case "hl7v2":
		m.mllp()
	case "dicom":
		m.dicom()
	case "fhir":
		m.fhir()
	case "mqtt":
		m.mqtt()
	}
	if ch.Encrypted > 0 {
		m.note("missing", "source.tls", strconv.FormatUint(ch.Encrypted, 10)+" connections were encrypted and could not be looked into: give the listener a certificate with tls")
	}
	return m.d, m.notes
}

// anywhere is a port on every address of this machine.
func anywhere(a netip.AddrPort) string {
	host := "0.0.0.0"
	switch {
	case a.Addr().IsLoopback():
		host = a.Addr().String()
	case a.Addr().Is6():
		host = "::"
	}
	return net.JoinHostPort(host, strconv.Itoa(int(a.Port())))
}

type drafting struct {
	ch               *Channel
	d                exchange.Definition
	notes            []exchange.Left
	listen, receiver string
}

func (m *drafting) note(severity, place, text string) {
	m.notes = append(m.notes, exchange.Left{Severity: severity, Place: place, Text: text})
}

func endpoint(kind string, settings map[string]any) exchange.Endpoint {
	text, _ := json.Marshal(settings) // texts, lists and truth values
	return exchange.Endpoint{Kind: kind, Settings: text}
}

// open notes that the way is as open as it was.
func (m *drafting) open(settings map[string]any) map[string]any {
	if !exchange.Loopback(m.listen) {
		settings["plain"] = true
		m.note("changed", "source.plain", "what was overheard was not encrypted, and the draft is as open: see whether the senders can speak TLS")
	}
	return settings
}

// clients are the addresses that spoke.
func (m *drafting) clients() []string {
	seen := map[string]bool{}
	for i := range m.ch.Conversations {
		seen[m.ch.Conversations[i].Client] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// words are the distinct senders or receivers.
func (m *drafting) words(of func(*Conversation) string) []string {
	seen := map[string]bool{}
	for i := range m.ch.Conversations {
		if w := of(&m.ch.Conversations[i]); w != "" {
			seen[w] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func sender(c *Conversation) string   { return c.Sender }
func receiver(c *Conversation) string { return c.Receiver }

const mostListed = 256

func (m *drafting) mllp() {
	settings := m.open(map[string]any{"listen": m.listen})
	if all := m.clients(); len(all) > 0 && len(all) <= mostListed && !exchange.Loopback(m.listen) {
		settings["allow"] = all
		m.note("note", "source.allow", "only the "+strconv.Itoa(len(all))+" addresses that were heard may connect; add others, or take the list out")
	}
	if mode := m.ackMode(); mode != "" {
		settings["ack"] = map[string]any{"mode": mode}
	}
	m.d.Source = endpoint("mllp", settings)
	to := map[string]any{"address": m.receiver}
	if m.ch.Quirks["no-final-cr"] > 0 {
		m.note("note", "source", "some frames lack their last byte (0D); Bedrail takes them, and passes them on whole")
	}
	if m.ch.Answered == 0 && m.ch.Unanswered > 0 {
		to["noAnswer"] = true
		m.note("changed", "destinations", "no answer of the receiver was ever heard, so none is waited for")
	} else {
		m.d.AnswerFrom = Receiver
	}
	m.d.Destinations = []exchange.Destination{{Name: Receiver, Endpoint: endpoint("mllp", to), DestinationRules: exchange.DestinationRules{Map: "none"}}}
	for _, q := range slices.Sorted(maps.Keys(m.ch.Quirks)) {
		if set, ok := strings.CutPrefix(q, "charset:"); ok {
			m.note("note", "source", "letters in "+set+" were heard; they are passed on as they came")
		}
	}
	if m.ch.Quirks["message-to-client"] > 0 {
		m.note("missing", "source", "the listener also sends messages of its own over the senders' connections; a channel carries one direction, so make one for these too")
	}
}

// ackMode is how the receiver answers, where that is not what senders ask for.
func (m *drafting) ackMode() string {
	original, enhanced := uint64(0), uint64(0)
	for q, n := range m.ch.Quirks {
		switch {
		case q == "ack:original":
			original += n
		case strings.HasPrefix(q, "ack:enhanced"):
			enhanced += n
		}
	}
	application := m.ch.Answers["AA"] + m.ch.Answers["AE"] + m.ch.Answers["AR"]
	commit := m.ch.Answers["CA"] + m.ch.Answers["CE"] + m.ch.Answers["CR"]
	switch {
	case enhanced > 0 && original == 0 && application > 0 && commit == 0:
		m.note("changed", "source.ack", "senders ask for commit answers and got application answers; they get the same from Bedrail")
		return "original"
	case original > 0 && enhanced == 0 && commit > 0 && application == 0:
		m.note("changed", "source.ack", "senders ask for application answers and got commit answers; they get the same from Bedrail")
		return "enhanced"
	}
	return ""
}

func (m *drafting) dicom() {
	called, callers := m.words(receiver), m.words(sender)
	title := "BEDRAIL"
	if len(called) > 0 {
		title = called[0]
	}
	settings := m.open(map[string]any{"listen": m.listen, "aeTitle": title})
	if len(called) > 1 {
		settings["anyCalledAE"] = true
		m.note("changed", "source.anyCalledAE", "callers use "+strconv.Itoa(len(called))+" titles for the receiver, so any is taken")
	}
	if len(callers) > 0 && len(callers) <= mostListed {
		settings["callers"] = callers
	}
	m.d.Source = endpoint("dicom", settings)
	to := map[string]any{"address": m.receiver, "calledAE": title}
	if len(callers) == 1 {
		to["callingAE"] = callers[0]
	} else {
		m.note("changed", "destinations", "the archive will see one calling title, BEDRAIL, for all of them: let it in there, or make a channel for each")
	}
	m.d.Destinations = []exchange.Destination{{Name: Receiver, Endpoint: endpoint("dicom", to), DestinationRules: exchange.DestinationRules{Map: "none"}}}
	m.note("changed", "answers", "Bedrail answers a store itself, once the image is kept; the archive's own status stands with the delivery")
	for q := range m.ch.Quirks {
		if s, ok := strings.CutPrefix(q, "service:"); ok && s != "C-ECHO" {
			m.note("missing", "source", s+" was heard as well: see whether the channel must pass it through (find, commitment)")
		}
	}
}

func (m *drafting) fhir() {
	base := ""
	for _, q := range slices.Sorted(maps.Keys(m.ch.Quirks)) {
		if b, ok := strings.CutPrefix(q, "base:"); ok && base == "" {
			base = b
		}
	}
	settings := m.open(map[string]any{"listen": m.listen})
	if base != "" {
		settings["base"] = base
	}
	if !exchange.Loopback(m.listen) {
		var clients []map[string]any
		for i, name := range m.words(sender) {
			if i < mostListed {
				file := strings.Trim(unfit.ReplaceAllString(strings.ToLower(name), "-"), "-")
				clients = append(clients, map[string]any{"name": name, "tokenFile": "tokens/" + cmp.Or(file, "client")})
			}
		}
		if len(clients) == 0 {
			clients = []map[string]any{{"name": "client", "tokenFile": "tokens/client"}}
		}
		settings["clients"] = clients
		m.note("missing", "source.clients", "tokens are not overheard: put the token of each client into the file that the draft names, or ask for certificates")
	}
	m.d.Source = endpoint("fhir", settings)
	m.d.Destinations = []exchange.Destination{{Name: Receiver, Endpoint: endpoint("fhir", map[string]any{"url": "http://" + m.receiver + base})}}
	if m.ch.Quirks["ask:read"] > 0 {
		m.note("missing", "source", "clients also read and search: Bedrail answers these from what it has kept itself, so let them ask the server of today until the channel has been filled")
	}
	if m.ch.Quirks["auth:bearer"]+m.ch.Quirks["auth:basic"] > 0 {
		m.note("missing", "destinations", "the server asks who comes: give the destination tokenFile or smart")
	}
}

// mqtt subscribes beside those who are there: nobody's way changes.
func (m *drafting) mqtt() {
	format := "json"
	if m.ch.Quirks["payload:hl7v2"] > m.ch.Quirks["payload:json"] {
		format = "hl7v2"
	}
	m.d.Source = endpoint("mqtt", map[string]any{"address": "mqtt://" + m.receiver, "topics": []string{"#"}, "clientId": "bedrail-" + m.d.Name, "format": format})
	m.d.Description = "Subscribes at " + m.ch.Listener + ", from what was overheard there."
	m.note("changed", "source.topics", "topics are not overheard, because people put names in them: name those that this channel is for in place of #")
	m.note("note", "source", "the channel subscribes at the broker of today, so nothing must be cut over; to replace the broker, let the channel listen and name its clients")
	if m.ch.Quirks["auth:password"] > 0 {
		m.note("missing", "source.user", "the broker asks who comes: give user and passwordFile")
	}
}

// Unsettled reports whether something must be settled before the channel can
// carry anything.
func (d *Draft) Unsettled() bool {
	return slices.ContainsFunc(d.Notes, func(n exchange.Left) bool { return n.Severity == "missing" })
}
