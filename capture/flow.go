package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"bedrail/traffic"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
	"github.com/netsampler/goflow2/v2/decoders/sflow"
)

// Flows turns what routers and switches report about flows (NetFlow 5 and 9,
// IPFIX, sFlow 5) into conversations by the minute, and into weak evidence
// that an address of this site is in use. Where no packets can be had, it
// shows who speaks with whom. It is not safe for use by several goroutines.
type Flows struct {
	Site, Sensor string
	Observe      func(traffic.Observation)  // may be nil
	Converse     func(traffic.Conversation) // may be nil

	templates map[templateKey]any
	next      map[exporterKey]uint32 // sequence number that is expected
	minute    time.Time
	index     map[flowKey]int
	list      []traffic.Conversation
	said      map[netip.Addr]bool
	sampled   map[uint32]*traffic.Engine // by sampling rate
	stats     FlowStats
}

// FlowStats counts what was reported.
type FlowStats struct {
	Datagrams uint64
	Records   uint64
	Malformed uint64
	Unknown   uint64 // sets of records whose template was not seen yet
	Missing   uint64 // units that exporters sent and that did not arrive, by their sequence numbers
	Refused   uint64 // templates and exporters beyond what is kept
}

// Bounds of what is kept, whatever exporters send.
const (
	maxTemplates     = 4096
	maxTemplateWords = 256
	maxExporters     = 1024
	maxFlowTally     = 1 << 16
	maxFlowRates     = 16
	trustedClock     = time.Hour // an exporter's clock that is further off is not believed
)

type templateKey struct {
	exporter netip.Addr
	version  uint16
	domain   uint32
	id       uint16
}

type exporterKey struct {
	exporter netip.Addr
	version  uint16
	domain   uint32
}

// Stats returns what was counted so far.
func (f *Flows) Stats() FlowStats { return f.stats }

// Datagram takes what exporter sent. now is the time of arrival. The error
// says what is wrong with the datagram; what was read before it holds.
func (f *Flows) Datagram(exporter netip.Addr, b []byte, now time.Time) (err error) {
	f.ready()
	f.stats.Datagrams++
	defer func() {
		if r := recover(); r != nil { // the decoders are not ours: their faults are counted, not ours to fall over
			err = fmt.Errorf("the decoder failed: %v", r)
		}
		if err != nil {
			f.stats.Malformed++
		}
	}()
	if len(b) < 8 {
		return fmt.Errorf("byte 0: %d bytes are too few for a flow report", len(b))
	}
	switch version := binary.BigEndian.Uint16(b); {
	case version == 5:
		return f.version5(exporter, b, now)
	case version == 9:
		return f.version9(exporter, b, now)
	case version == 10:
		return f.ipfix(exporter, b, now)
	case binary.BigEndian.Uint32(b) == 5:
		return f.sflow(exporter, b, now)
	default:
		return fmt.Errorf("byte 0: version %d is none of NetFlow 5 and 9, IPFIX and sFlow 5", version)
	}
}

func (f *Flows) ready() {
	if f.templates == nil {
		f.templates, f.next = map[templateKey]any{}, map[exporterKey]uint32{}
		f.index, f.said, f.sampled = map[flowKey]int{}, map[netip.Addr]bool{}, map[uint32]*traffic.Engine{}
	}
}

// sequence notes how many units an exporter says it has sent, and counts those
// that are missing. step is by how many the number rises with this datagram.
func (f *Flows) sequence(key exporterKey, number, step uint32) {
	want, known := f.next[key]
	if !known && len(f.next) >= maxExporters {
		f.stats.Refused++
		return
	}
	if gap := number - want; known && gap < 1<<20 { // more is an exporter that began anew
		f.stats.Missing += uint64(gap)
	}
	f.next[key] = number + step
}

// when is the exporter's time, or that of arrival where its clock is wrong.
func when(seconds uint32, now time.Time) time.Time {
	t := time.Unix(int64(seconds), 0).UTC()
	if t.Sub(now).Abs() > trustedClock {
		return now.UTC()
	}
	return t
}

func (f *Flows) version5(exporter netip.Addr, b []byte, now time.Time) error {
	const header, record = 24, 48
	if count := int(binary.BigEndian.Uint16(b[2:])); count > 30 || len(b) < header+count*record {
		return fmt.Errorf("byte 2: %d records do not fit into %d bytes", count, len(b))
	}
	var p netflowlegacy.PacketNetFlowV5
	if err := netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(b), &p); err != nil {
		return err
	}
	f.sequence(exporterKey{exporter, 5, uint32(p.EngineType)<<8 | uint32(p.EngineId)}, p.FlowSequence, uint32(p.Count))
	rate := uint64(max(1, p.SamplingInterval&0x3fff))
	at := when(p.UnixSecs, now)
	for _, r := range p.Records {
		src, dst := [4]byte{}, [4]byte{}
		binary.BigEndian.PutUint32(src[:], uint32(r.SrcAddr))
		binary.BigEndian.PutUint32(dst[:], uint32(r.DstAddr))
		f.add(at, flowRecord{
			src: netip.AddrFrom4(src), dst: netip.AddrFrom4(dst), sport: r.SrcPort, dport: r.DstPort, proto: r.Proto,
			packets: uint64(r.DPkts) * rate, bytes: uint64(r.DOctets) * rate,
		})
	}
	return nil
}

// templates of one exporter, as the decoder asks for them.
type templatesOf struct {
	flows    *Flows
	exporter netip.Addr
}

func (t templatesOf) GetTemplate(version uint16, domain uint32, id uint16) (any, error) {
	if v, ok := t.flows.templates[templateKey{t.exporter, version, domain, id}]; ok {
		return v, nil
	}
	return nil, netflow.ErrorTemplateNotFound
}

func (t templatesOf) AddTemplate(version uint16, domain uint32, id uint16, template any) error {
	words := 0
	switch v := template.(type) {
	case netflow.TemplateRecord:
		words = len(v.Fields)
	case netflow.NFv9OptionsTemplateRecord:
		words = len(v.Scopes) + len(v.Options)
	case netflow.IPFIXOptionsTemplateRecord:
		words = len(v.Scopes) + len(v.Options)
	}
	key := templateKey{t.exporter, version, domain, id}
	if _, known := t.flows.templates[key]; words > maxTemplateWords || !known && len(t.flows.templates) >= maxTemplates {
		t.flows.stats.Refused++
		return nil
	}
	t.flows.templates[key] = template
	return nil
}

func (t templatesOf) RemoveTemplate(version uint16, domain uint32, id uint16) (any, error) {
	key := templateKey{t.exporter, version, domain, id}
	v := t.flows.templates[key]
	delete(t.flows.templates, key)
	return v, nil
}

func (t templatesOf) GetTemplates() netflow.FlowBaseTemplateSet { return nil }

func (f *Flows) version9(exporter netip.Addr, b []byte, now time.Time) error {
	var p netflow.NFv9Packet
	if err := netflow.DecodeMessageVersion(bytes.NewBuffer(b), templatesOf{f, exporter}, &p, nil); err != nil && !errors.Is(err, netflow.ErrorTemplateNotFound) {
		return err
	}
	f.sequence(exporterKey{exporter, 9, p.SourceId}, p.SequenceNumber, 1)
	f.sets(p.FlowSets, when(p.UnixSeconds, now))
	return nil
}

func (f *Flows) ipfix(exporter netip.Addr, b []byte, now time.Time) error {
	var p netflow.IPFIXPacket
	err := netflow.DecodeMessageVersion(bytes.NewBuffer(b), templatesOf{f, exporter}, nil, &p)
	if err != nil && !errors.Is(err, netflow.ErrorTemplateNotFound) {
		return err
	}
	records := 0
	for _, set := range p.FlowSets {
		switch s := set.(type) {
		case netflow.DataFlowSet:
			records += len(s.Records)
		case netflow.OptionsDataFlowSet:
			records += len(s.Records)
		}
	}
	key := exporterKey{exporter, 10, p.ObservationDomainId}
	f.sequence(key, p.SequenceNumber, uint32(records))
	if err != nil { // IPFIX counts records, and how many were in a set without a template nobody knows
		delete(f.next, key)
	}
	f.sets(p.FlowSets, when(p.ExportTime, now))
	return nil
}

func (f *Flows) sets(sets []any, at time.Time) {
	for _, set := range sets {
		switch s := set.(type) {
		case netflow.DataFlowSet:
			for i := range s.Records {
				if r, ok := recordOf(s.Records[i].Values); ok {
					f.add(at, r)
				}
			}
		case netflow.RawFlowSet:
			f.stats.Unknown++
		}
	}
}

// recordOf reads the information elements of a flow (IANA's registry; those
// of NetFlow 9 have the same numbers).
func recordOf(values []netflow.DataField) (flowRecord, bool) {
	var r flowRecord
	rate := uint64(1)
	for _, v := range values {
		b, ok := v.Value.([]byte)
		if !ok || v.PenProvided || len(b) == 0 {
			continue
		}
		switch v.Type {
		case 1, 85: // octets, by delta or in all
			r.bytes = max(r.bytes, number(b))
		case 2, 86:
			r.packets = max(r.packets, number(b))
		case 4:
			r.proto = uint8(number(b))
		case 7:
			r.sport = uint16(number(b))
		case 11:
			r.dport = uint16(number(b))
		case 8, 27:
			r.src, _ = netip.AddrFromSlice(b)
		case 12, 28:
			r.dst, _ = netip.AddrFromSlice(b)
		case 34, 50, 305: // one of so many packets was looked at
			rate = min(max(rate, number(b)), 1<<20)
		case 58:
			r.vlan = uint16(number(b)) & 0xfff
		}
	}
	r.bytes, r.packets = r.bytes*rate, r.packets*rate
	return r, r.src.IsValid() && r.dst.IsValid()
}

func number(b []byte) uint64 {
	var n uint64
	for _, c := range b[:min(len(b), 8)] {
		n = n<<8 | uint64(c)
	}
	return n
}

// sflow gives the sampled headers of frames to an engine of their own: they
// hold hardware addresses and now and then a message that identifies. What is
// counted is multiplied by the sampling rate, and is an estimate.
func (f *Flows) sflow(exporter netip.Addr, b []byte, now time.Time) error {
	var p sflow.Packet
	if err := sflow.DecodeMessageVersion(bytes.NewBuffer(b), &p); err != nil {
		return err
	}
	f.sequence(exporterKey{exporter, 0, p.SubAgentId}, p.SequenceNumber, 1)
	for _, sample := range p.Samples {
		rate, records := uint32(0), []sflow.FlowRecord(nil)
		switch s := sample.(type) {
		case sflow.FlowSample:
			rate, records = s.SamplingRate, s.Records
		case sflow.ExpandedFlowSample:
			rate, records = s.SamplingRate, s.Records
		}
		engine := f.engine(rate, now)
		if engine == nil {
			continue
		}
		for _, r := range records {
			if h, ok := r.Data.(sflow.SampledHeader); ok && h.Protocol == 1 {
				f.stats.Records++
				engine.Frame(&traffic.Frame{Data: h.HeaderData, Length: max(int(h.FrameLength), len(h.HeaderData)), Link: traffic.LinkEthernet, Nanos: now.UnixNano()})
			}
		}
	}
	return nil
}

// engine returns the engine of a sampling rate.
func (f *Flows) engine(rate uint32, now time.Time) *traffic.Engine {
	if rate == 0 || rate > 1<<20 {
		return nil
	}
	if e := f.sampled[rate]; e != nil {
		return e
	}
	if len(f.sampled) >= maxFlowRates {
		f.stats.Refused++
		return nil
	}
	e := traffic.NewEngine(traffic.Options{Site: f.Site, Sensor: f.Sensor, MaxFlows: 20_000, Observe: f.Observe, Converse: func(c traffic.Conversation) {
		c.Packets, c.BytesUp, c.BytesDown = c.Packets*uint64(rate), c.BytesUp*uint64(rate), c.BytesDown*uint64(rate)
		if f.Converse != nil {
			f.Converse(c)
		}
	}})
	e.Begin("sflow")
	f.sampled[rate] = e
	return e
}
