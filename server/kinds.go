package server

import (
	"bedrail/exchange"
	"bedrail/mllp"
)

// kinds are the sources and destinations that channels may name. A new one is
// a line here.
func (s *Server) kinds() exchange.Kinds {
	return exchange.Kinds{
		Sources: []exchange.SourceKind{
			mllp.SourceKind(),
		},
		Destinations: []exchange.DestinationKind{
			mllp.DestinationKind(),
		},
	}
}
