package server

import (
	"bedrail/analytics"
	"bedrail/cmms"
	"bedrail/dicomweb"
	"bedrail/dimse"
	"bedrail/drop"
	"bedrail/exchange"
	"bedrail/fhirrest"
	"bedrail/hook"
	"bedrail/lis"
	"bedrail/mllp"
	"bedrail/mqtt"
)

// kinds are the sources and destinations that channels may name. A new one is
// a line here.
func (s *Server) kinds() exchange.Kinds {
	return exchange.Kinds{
		Sources: []exchange.SourceKind{
			mllp.SourceKind(),
			dimse.SourceKind(),
			dicomweb.SourceKind(),
			fhirrest.SourceKind(),
			lis.SourceKind(),
			mqtt.SourceKind(),
			hook.SourceKind(),
			drop.SourceKind(),
			s.corrections.SourceKind(),
		},
		Destinations: []exchange.DestinationKind{
			mllp.DestinationKind(),
			dimse.DestinationKind(),
			dicomweb.DestinationKind(),
			fhirrest.DestinationKind(),
			mqtt.DestinationKind(),
			hook.DestinationKind(),
			drop.DestinationKind(),
			cmms.DestinationKind(),
			analytics.NATSKind(),
			analytics.KafkaKind(),
			analytics.ParquetKind(),
		},
	}
}
