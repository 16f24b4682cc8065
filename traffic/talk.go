package traffic

import (
	"strconv"
	"time"
)

// tallyKey is a conversation without the client's port: what a person means by
// "this pump spoke with that server".
type tallyKey struct {
	client, server addr
	rest           uint64 // port, VLAN, transport
}

// tally gathers the flows of one minute into conversations. It is kept from
// minute to minute for its memory only.
type tally struct {
	index map[tallyKey]int32
	list  []Conversation
}

// converse hands on the conversations of the minute, in the order in which
// they first spoke, and sets the counters back.
func (e *Engine) converse() {
	if e.tally.index == nil {
		e.tally.index = make(map[tallyKey]int32)
	}
	for _, n := range e.active {
		f := &e.flows.slab[n]
		if f.used && f.packets > 0 {
			e.count(f)
		}
		f.active, f.told = false, [2]bool{}
		f.packets, f.bytes = 0, [2]uint64{}
	}
	e.active = e.active[:0]
	for i := range e.tally.list {
		e.stats.Conversations++
		if e.o.Converse != nil {
			e.o.Converse(e.tally.list[i])
		}
	}
	if len(e.tally.list) > 1<<14 {
		e.tally = tally{}
		return
	}
	clear(e.tally.index)
	clear(e.tally.list)
	e.tally.list = e.tally.list[:0]
}

// evicting counts a flow that the table is about to forget.
func (e *Engine) evicting(f *flow) {
	if f.packets > 0 {
		if e.tally.index == nil {
			e.tally.index = make(map[tallyKey]int32)
		}
		e.count(f)
	}
	e.release(f)
}

// count adds a flow's minute to its conversation.
func (e *Engine) count(f *flow) {
	client, server := int(f.client), int(1-f.client)
	key := tallyKey{f.key.ip(client), f.key.ip(server), uint64(f.key.port(server))<<32 | f.key.rest&0xffffffff}
	i, ok := e.tally.index[key]
	if !ok {
		i = int32(len(e.tally.list))
		e.tally.index[key] = i
		e.tally.list = append(e.tally.list, Conversation{
			Site: e.o.Site, Sensor: e.o.Sensor, Minute: time.Unix(0, e.minute).UTC(),
			Client: key.client.netip(), Server: key.server.netip(), VLAN: f.key.vlan(),
			Transport: transport(f.key.proto()), Port: f.key.port(server),
		})
	}
	c := &e.tally.list[i]
	if mac := e.hosts.text(f.host[client]); mac != "" {
		c.ClientMAC = mac
	}
	if mac := e.hosts.text(f.host[server]); mac != "" {
		c.ServerMAC = mac
	}
	if f.proto != 0 {
		c.Protocol = e.all[f.proto-1].Name
	}
	c.Packets += uint64(f.packets)
	c.BytesUp += f.bytes[client]
	c.BytesDown += f.bytes[server]
	c.Encrypted = c.Encrypted || f.secret
}

func transport(proto uint8) string {
	switch proto {
	case protoTCP:
		return "tcp"
	case protoUDP:
		return "udp"
	case protoICMP:
		return "icmp"
	case protoICMPv6:
		return "icmpv6"
	}
	return strconv.Itoa(int(proto))
}
