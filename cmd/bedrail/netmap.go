package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/netmap"
)

// mapCommand lists the edges of the map: the same table that stands beside the
// picture on the screen.
func (e *environment) mapCommand() *cobra.Command {
	given := url.Values{}
	var zone, device, since string
	var whole, infrastructure bool
	var exclude []string
	c := &cobra.Command{Use: "map", Short: "Who speaks with whom: zones, one zone, or the neighbours of a device", Args: cobra.NoArgs,
		Example: "  bedrail map --since 24h\n  bedrail map --device dev_... -o csv\n  bedrail map --whole -o json    (with the places on the picture)",
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case device != "":
				given.Set("level", "device")
				given.Set("device", device)
			case zone != "":
				given.Set("level", "zone")
				given.Set("zone", zone)
			case whole:
				given.Set("level", "whole")
			}
			given.Set("since", since)
			given.Set("infrastructure", fmt.Sprint(infrastructure))
			given.Set("exclude", strings.Join(exclude, ","))
			ctx, cancel := e.within(c.Context())
			defer cancel()
			conn, err := e.connect(ctx)
			if err != nil {
				return err
			}
			var p netmap.Picture
			if err := conn.do(ctx, call{method: http.MethodGet, path: "/map?" + given.Encode()}, &p); err != nil {
				return err
			}
			if e.output == "json" || e.output == "yaml" {
				return e.writeDocument(p, nil)
			}
			if err := writeList(e, p.Edges, edgeColumns(p)); err != nil {
				return err
			}
			if p.HiddenNodes+p.HiddenFlows > 0 {
				e.say("%d nodes and %d flows are left out: infrastructure, what was excluded, or beyond what fits", p.HiddenNodes, p.HiddenFlows)
			}
			return nil
		}}
	f := c.Flags()
	f.StringVar(&zone, "zone", "", "look into the zone with this `ID`")
	f.StringVar(&device, "device", "", "show the neighbours of the device with this `ID`")
	f.BoolVar(&whole, "whole", false, "the whole network")
	f.StringVar(&since, "since", "7d", "how far back: 1h, 24h, 7d or 30d")
	f.BoolVar(&infrastructure, "infrastructure", false, "show name and time services, directories and network equipment too")
	f.StringArrayVar(&exclude, "exclude", nil, "leave out the node with this `ID`")
	return c
}

// nodeOf is the node that an edge names; an answer that names none of its own
// ends no program.
func nodeOf(p netmap.Picture, i int) netmap.Node {
	if i < 0 || i >= len(p.Nodes) {
		return netmap.Node{}
	}
	return p.Nodes[i]
}

func edgeColumns(p netmap.Picture) []column[netmap.Edge] {
	return []column[netmap.Edge]{
		{"from", false, func(x netmap.Edge) string { return nodeOf(p, x.From).Label }},
		{"to", false, func(x netmap.Edge) string { return nodeOf(p, x.To).Label }},
		{"protocols", false, func(x netmap.Edge) string { return strings.Join(x.Protocols, " ") }},
		{"services", true, func(x netmap.Edge) string { return fmt.Sprint(x.Services) }},
		{"flows", false, func(x netmap.Edge) string { return fmt.Sprint(x.Flows) }},
		{"packets", false, func(x netmap.Edge) string { return fmt.Sprint(x.Packets) }},
		{"bytes", true, func(x netmap.Edge) string { return fmt.Sprint(x.Bytes) }},
		{"plain", false, func(x netmap.Edge) string { return fmt.Sprint(x.Plain) }},
		{"last", false, func(x netmap.Edge) string { return when(x.Last) }},
		{"fromId", true, func(x netmap.Edge) string { return nodeOf(p, x.From).ID }},
		{"toId", true, func(x netmap.Edge) string { return nodeOf(p, x.To).ID }},
	}
}
