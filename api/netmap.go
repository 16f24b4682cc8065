package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"bedrail"
	"bedrail/netmap"
)

// A MapInput says what of the network to draw.
type MapInput struct {
	Level          string `query:"level" enum:"zones,zone,device,whole" default:"zones"`
	Zone           string `query:"zone" maxLength:"200" doc:"Id of a zone, of level zone"`
	Device         string `query:"device" maxLength:"200" doc:"Id of a device, of level device"`
	Since          string `query:"since" enum:"1h,24h,7d,30d" default:"7d" doc:"How far back"`
	Infrastructure bool   `query:"infrastructure" doc:"Show name and time services, directories and network equipment"`
	Exclude        string `query:"exclude" maxLength:"2000" doc:"Ids of nodes to leave out, with commas between them"`
}

func (in *MapInput) question() netmap.Question {
	since := map[string]time.Duration{"1h": time.Hour, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "30d": 30 * 24 * time.Hour}[in.Since]
	q := netmap.Question{Level: netmap.Level(in.Level), Zone: in.Zone, Device: in.Device, Since: since, Infrastructure: in.Infrastructure}
	for id := range strings.SplitSeq(in.Exclude, ",") {
		if id = strings.TrimSpace(id); id != "" {
			q.Exclude = append(q.Exclude, id)
		}
	}
	return q
}

func (a *API) registerMap() {
	serve(a, route{Method: http.MethodGet, Path: "/map", ID: "draw-map", Tag: "Map", Summary: "Who speaks with whom, as a picture with places",
		About: "Zones first: units, else networks. The same network gives the same picture. What is left out is counted."},
		func(ctx context.Context, by bedrail.Actor, in *MapInput) (netmap.Picture, error) {
			return a.Map.Picture(ctx, by, in.question())
		})
}
