package exchange

import (
	"bedrail/format/fhir"
	"bedrail/format/hl7"
)

func fromFHIR(i fhir.Issue) Issue {
	return Issue{Severity: hl7.Severity(i.Severity), Code: i.Code, Rule: i.Rule, Location: i.Location, Start: i.Start, End: i.End, Text: i.Text}
}
