// Package netmap draws who speaks with whom: zones first, then one zone, then
// one device and its neighbours, so that a person sees a picture and not a
// ball of wool.
//
// Places on the picture are computed here and depend on nothing but what is
// drawn: the same network gives the same picture, on every screen and in every
// export.
package netmap

import (
	"context"
	"net/netip"
	"time"

	"bedrail"
)

// Read is what an actor needs to see the picture; which devices stand on it
// is their scope.
const Read bedrail.Action = "traffic:read"

// A Place is a device as the picture needs it.
type Place struct {
	ID        string
	Name      string
	Class     string
	Site      string
	Unit      string
	Severity  string // highest of what it is affected by, or empty
	Affected  int
	Addresses []netip.Addr
}

// A Flow is what two addresses exchanged over one service.
type Flow struct {
	Client, Server netip.Addr
	Transport      string
	Port           uint16
	Protocol       string
	Encrypted      bool
	Packets        int64
	Bytes          int64
	Last           time.Time
}

// A Store knows devices and what they exchanged.
type Store interface {
	// MapPlaces returns the devices within in.
	MapPlaces(ctx context.Context, in bedrail.Scope) ([]Place, error)
	// MapFlows returns what was exchanged at the sites of in since a time, the
	// busiest first, at most limit, and whether there was more.
	MapFlows(ctx context.Context, in bedrail.Scope, since time.Time, limit int) ([]Flow, bool, error)
}

// A Level is how much of the network a picture shows.
type Level string

// The levels.
const (
	Zones      Level = "zones"  // bubbles, at most mostZones
	Zone       Level = "zone"   // the devices of one, and the zones they speak with
	Neighbours Level = "device" // one device and whom it speaks with
	Whole      Level = "whole"  // everything; a person has to ask for it
)

// What a picture holds at most; what is left out is counted.
const (
	mostZones      = 60
	mostInZone     = 300
	mostNeighbours = 80
	mostWhole      = 5000
	mostEdges      = 20_000
	mostFlows      = 200_000
)

// A Question says what to draw.
type Question struct {
	Level          Level
	Zone           string // of level zone: the id of a zone
	Device         string // of level device: its id
	Since          time.Duration
	Infrastructure bool     // show name service, time service, directories and network equipment
	Exclude        []string // ids of nodes to leave out, of chatty ones
}

// A Kind says what a node stands for.
type Kind string

// The kinds of a node.
const (
	IsZone    Kind = "zone"
	IsDevice  Kind = "device"
	IsAddress Kind = "address" // of nobody known
)

// A Node is one mark of the picture.
type Node struct {
	ID       string  `json:"id"`
	Kind     Kind    `json:"kind" enum:"zone,device,address"`
	Label    string  `json:"label"`
	Class    string  `json:"class,omitempty"`
	Zone     string  `json:"zone,omitempty" doc:"Id of the zone that a device stands in"`
	X        float64 `json:"x"`
	Y        float64 `json:"y"`
	R        float64 `json:"r" doc:"Radius"`
	Devices  int     `json:"devices" doc:"How many it stands for"`
	Affected int     `json:"affected" doc:"Of them, those that an advisory affects"`
	Severity string  `json:"severity,omitempty" doc:"Highest of what they are affected by"`
	Packets  int64   `json:"packets"`
}

// An Edge is what two nodes exchanged.
type Edge struct {
	From      int       `json:"from" doc:"Place of the client in nodes"`
	To        int       `json:"to" doc:"Place of the server in nodes"`
	Protocols []string  `json:"protocols" doc:"Busiest first, at most three"`
	Services  int       `json:"services" doc:"Different ports"`
	Flows     int       `json:"flows"`
	Packets   int64     `json:"packets"`
	Bytes     int64     `json:"bytes"`
	Plain     bool      `json:"plain" doc:"Some of it was not encrypted"`
	Last      time.Time `json:"last"`
}

// A Picture is what is drawn, and what is not.
type Picture struct {
	Level       Level     `json:"level" enum:"zones,zone,device,whole"`
	Title       string    `json:"title" doc:"Name of the zone or device, or empty"`
	Nodes       []Node    `json:"nodes"`
	Edges       []Edge    `json:"edges"`
	HiddenNodes int       `json:"hiddenNodes" doc:"Left out as infrastructure, excluded, or beyond what fits"`
	HiddenFlows int       `json:"hiddenFlows"`
	Truncated   bool      `json:"truncated" doc:"There was more traffic than is looked at"`
	Since       time.Time `json:"since"`
	AsOf        time.Time `json:"asOf"`
}
