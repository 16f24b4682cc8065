package capture

import (
	"context"
	"errors"
	"io"

	"bedrail"
	"bedrail/traffic"
)

// flowPorts are where collectors of flow reports usually listen.
var flowPorts = []uint16{2055, 2056, 4432, 4739, 6343, 9025, 9026, 9555, 9995, 9996}

// ReadFlows reads the flow reports (NetFlow 5 and 9, IPFIX, sFlow 5) out of a
// capture that was taken before a collector. after, which may be nil, is
// called between two datagrams; its error ends the reading. Who else spoke in
// the capture is passed over.
func ReadFlows(ctx context.Context, src Source, flows *Flows, after func() error) error {
	engine := traffic.NewEngine(traffic.Options{Dissectors: []traffic.Dissector{{Name: "flows", Ports: flowPorts, Dissect: func(p *traffic.Packet) {
		flows.Datagram(p.Src.IP, p.Payload, p.Time()) // its fault is counted
	}}}})
	engine.Begin("flows")
	var f traffic.Frame
	for ctx.Err() == nil {
		err := src.Next(&f)
		if err != nil {
			flows.Close()
			if errors.Is(err, io.EOF) {
				err = nil
			}
			if flows.Stats().Datagrams == 0 {
				err = errors.Join(bedrail.Errorf(bedrail.Invalid, "no datagram to a port of flow collectors (2055, 4739, 6343, 9995 and neighbours) is in the capture"), err)
			}
			return err
		}
		engine.Frame(&f)
		if after != nil {
			if err := after(); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}
