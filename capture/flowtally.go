package capture

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"bedrail/traffic"
)

// flowRecord is one direction of a flow, as an exporter reports it.
type flowRecord struct {
	src, dst       netip.Addr
	sport, dport   uint16
	proto          uint8
	vlan           uint16
	packets, bytes uint64
}

// flowKey names a conversation without the client's port.
type flowKey struct {
	client, server netip.Addr
	port           uint16
	proto          uint8
	vlan           uint16
}

// add counts a record for the minute of t.
func (f *Flows) add(t time.Time, r flowRecord) {
	f.stats.Records++
	if m := t.Truncate(time.Minute); !m.Equal(f.minute) {
		if m.Before(f.minute) && f.minute.Sub(m) < 5*time.Minute {
			m = f.minute // exporters report late: what comes late counts for now
		} else {
			f.Flush()
		}
		f.minute = m
	}
	r.src, r.dst = r.src.Unmap(), r.dst.Unmap()
	f.presence(r.src)
	f.presence(r.dst)
	up := !toClient(r)
	key := flowKey{r.src, r.dst, r.dport, r.proto, r.vlan}
	if !up {
		key = flowKey{r.dst, r.src, r.sport, r.proto, r.vlan}
	}
	i, ok := f.index[key]
	if !ok {
		if len(f.list) >= maxFlowTally {
			minute := f.minute
			f.Flush()
			f.minute = minute
		}
		i = len(f.list)
		f.index[key] = i
		f.list = append(f.list, traffic.Conversation{
			Site: f.Site, Sensor: f.Sensor, Minute: f.minute, Client: key.client, Server: key.server, VLAN: key.vlan,
			Transport: flowTransport(key.proto), Port: key.port,
		})
	}
	c := &f.list[i]
	c.Packets += r.packets
	if up {
		c.BytesUp += r.bytes
	} else {
		c.BytesDown += r.bytes
	}
}

// toClient guesses the direction of a record by its ports: servers have the
// lower ones. Both directions of a flow give the same answer but for equal
// ports, where the lower address is taken for the client's.
func toClient(r flowRecord) bool {
	if r.sport != r.dport {
		return r.sport < r.dport && r.sport != 0
	}
	return r.dst.Less(r.src)
}

// presence says once a minute that an address of this site is in use. Whose it
// is, a flow does not tell: an exporter that routes knows no hardware address
// of a host.
func (f *Flows) presence(ip netip.Addr) {
	if !ip.IsPrivate() && !ip.IsLinkLocalUnicast() || f.said[ip] || len(f.said) >= maxFlowTally {
		return
	}
	f.said[ip] = true
	if f.Observe != nil {
		f.Observe(traffic.Observation{Site: f.Site, Sensor: f.Sensor, Capture: "flows", Time: f.minute, IP: ip, Protocol: "flow"})
	}
}

// Flush hands on the conversations of the minute that is being counted. A
// listener calls it once the minute is over.
func (f *Flows) Flush() {
	for i := range f.list {
		if f.Converse != nil {
			f.Converse(f.list[i])
		}
	}
	f.list = f.list[:0]
	clear(f.index)
	clear(f.said)
	f.minute = time.Time{}
}

// Turn hands on what was counted before now, while nothing is reported.
func (f *Flows) Turn(now time.Time) {
	f.Flush()
	for _, rate := range slices.Sorted(maps.Keys(f.sampled)) {
		f.sampled[rate].Flush(now)
	}
}

// Close hands on everything.
func (f *Flows) Close() {
	f.Flush()
	for _, rate := range slices.Sorted(maps.Keys(f.sampled)) {
		f.sampled[rate].End()
	}
}

func flowTransport(proto uint8) string {
	switch proto {
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 1:
		return "icmp"
	case 58:
		return "icmpv6"
	}
	return strconv.Itoa(int(proto))
}
