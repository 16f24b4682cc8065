package mllp

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bedrail/exchange"
	"bedrail/format/hl7"
)

// A doctor sees how peers speak and says what is wrong with it and how it is
// mended. It keeps counts of a few peers, nothing of what they said.
type doctor struct {
	peers map[string]*habits
}

// habits are how one peer speaks.
type habits struct {
	messages, noEnd, stray, lineFeeds, delayed, longIdleCuts, halfOpen int
}

const peersMost = 256 // whose habits are kept

func (d *doctor) of(c *conn) *habits {
	if d.peers == nil {
		d.peers = map[string]*habits{}
	}
	name := c.peer.Address.Addr().String()
	h := d.peers[name]
	if h == nil {
		h = &habits{}
		if len(d.peers) < peersMost {
			d.peers[name] = h
		}
	}
	return h
}

// A small message that takes this long to come in whole waits for a delayed
// acknowledgment of TCP: Nagle's algorithm at the sender, 40 ms on Linux.
const (
	delayedFrom = 35 * time.Millisecond
	delayedTo   = 60 * time.Millisecond
	smallFrame  = 8 << 10
)

func (d *doctor) saw(c *conn, f frame, m *hl7.Message) {
	h := d.of(c)
	h.messages++
	if f.noEnd {
		h.noEnd++
	}
	if f.stray > 0 {
		h.stray++
	}
	if took := f.ended.Sub(f.began); took >= delayedFrom && took <= delayedTo && len(f.payload) < smallFrame {
		h.delayed++
	}
	if m != nil && (m.Has(hl7.LineFeeds) || m.Has(hl7.CarriageLine)) {
		h.lineFeeds++
	}
}

// broke notes a connection that ended by an error.
func (d *doctor) broke(c *conn, err error) {
	h := d.of(c)
	switch {
	case strings.Contains(err.Error(), "timed out"): // ETIMEDOUT: keep-alive found nobody
		h.halfOpen++
	case !c.lastAt.IsZero() && time.Since(c.lastAt) > time.Minute:
		h.longIdleCuts++
	}
}

// advice lists what is worth mending.
func (d *doctor) advice() (all []exchange.Advice) {
	for _, name := range slices.Sorted(maps.Keys(d.peers)) {
		h := d.peers[name]
		add := func(code, text, mend string) {
			all = append(all, exchange.Advice{Code: code, Peer: name, Text: text, Mend: mend})
		}
		if h.delayed >= 5 && h.delayed*2 > h.messages {
			add("delayed-ack", fmt.Sprintf("%d of %d messages came in two parts about 40 ms apart", h.delayed, h.messages), "the sender waits for TCP: set TCP_NODELAY there, or let it write each message at once")
		}
		if h.noEnd > 0 {
			add("no-final-cr", fmt.Sprintf("%d of %d messages lacked the carriage return (0D) behind the end (1C)", h.noEnd, h.messages), "let the sender end each message with 1C 0D; others may wait for it for ever")
		}
		if h.stray > 0 {
			add("stray-bytes", fmt.Sprintf("%d of %d messages had bytes before their start (0B)", h.stray, h.messages), "look for a converter or a serial server that adds them")
		}
		if h.lineFeeds > 0 {
			add("line-feeds", fmt.Sprintf("%d of %d messages end their segments with line feeds", h.lineFeeds, h.messages), "segments end with a carriage return (0D); strict receivers refuse the others")
		}
		if h.halfOpen > 0 {
			add("half-open", fmt.Sprintf("%d connections had nobody at the other end any more", h.halfOpen), "the sender vanishes without closing: look at its power, its network or a firewall between")
		}
		if h.longIdleCuts > 1 {
			add("idle-cut", fmt.Sprintf("%d connections were cut after they had been idle", h.longIdleCuts), "a firewall forgets idle connections: let it keep them longer, or set keepAlive below its time")
		}
	}
	return all
}
