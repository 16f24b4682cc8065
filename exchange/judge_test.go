package exchange_test

import (
	"strings"
	"testing"

	"bedrail/exchange"
)

func TestTheSenderOfAMessageIsJudgedByWhatSpeaksForAndAgainst(t *testing.T) {
	const eui, other = "0025DF0000A10001", "0025DF0000A10002"
	pump := exchange.Candidate{ID: "pump", EUI64s: []string{eui}, Addresses: []string{"10.0.0.5"}}
	stranger := exchange.Candidate{ID: "printer", Addresses: []string{"10.0.0.9"}}
	gateway := exchange.Candidate{ID: "gateway", Gateway: true}
	contained, weak := pump, pump
	contained.Quarantined, weak.Exploited = true, []string{"CVE-2020-25165"}
	claim := exchange.DeviceClaim{EUI64: eui}
	for name, c := range map[string]struct {
		e      exchange.Evidence
		trust  exchange.Trust
		device string
		says   string
	}{
		"a known number from its own address":        {exchange.Evidence{Claim: claim, From: "10.0.0.5", Named: []exchange.Candidate{pump}, At: []exchange.Candidate{pump}}, exchange.Trusted, "pump", "own address"},
		"through a gateway":                          {exchange.Evidence{Claim: claim, From: "10.0.0.1", Named: []exchange.Candidate{pump}, At: []exchange.Candidate{gateway}}, exchange.Trusted, "pump", "through"},
		"from another's address":                     {exchange.Evidence{Claim: claim, From: "10.0.0.9", Named: []exchange.Candidate{pump}, At: []exchange.Candidate{stranger}}, exchange.Mismatched, "pump", "printer"},
		"from where nobody is known":                 {exchange.Evidence{Claim: claim, From: "10.0.0.7", Named: []exchange.Candidate{pump}}, exchange.Mismatched, "pump", "10.0.0.5"},
		"from two addresses at once":                 {exchange.Evidence{Claim: claim, From: "10.0.0.5", Elsewhere: "10.0.0.7", Named: []exchange.Candidate{pump}, At: []exchange.Candidate{pump}}, exchange.Mismatched, "pump", "10.0.0.7"},
		"two gateways pass the same device on":       {exchange.Evidence{Claim: claim, From: "10.0.0.1", Elsewhere: "10.0.0.2", Named: []exchange.Candidate{pump}, At: []exchange.Candidate{gateway}}, exchange.Trusted, "pump", "through"},
		"a number that two devices have":             {exchange.Evidence{Claim: claim, Named: []exchange.Candidate{pump, stranger}}, exchange.Mismatched, "", "2 devices"},
		"a foreign number from a known address":      {exchange.Evidence{Claim: exchange.DeviceClaim{EUI64: other}, From: "10.0.0.5", At: []exchange.Candidate{pump}}, exchange.Mismatched, "pump", other},
		"a new number from a known address":          {exchange.Evidence{Claim: claim, From: "10.0.0.9", At: []exchange.Candidate{stranger}}, exchange.Trusted, "printer", "is new"},
		"an unknown number through a gateway":        {exchange.Evidence{Claim: claim, From: "10.0.0.1", At: []exchange.Candidate{gateway}}, exchange.Unknown, "", "no device"},
		"no number, a known address":                 {exchange.Evidence{From: "10.0.0.5", At: []exchange.Candidate{pump}}, exchange.Trusted, "pump", "address"},
		"nothing is known":                           {exchange.Evidence{From: "10.0.0.7"}, exchange.Unknown, "", "nothing"},
		"a contained device":                         {exchange.Evidence{Claim: claim, From: "10.0.0.5", Named: []exchange.Candidate{contained}, At: []exchange.Candidate{contained}}, exchange.Quarantined, "pump", "contained"},
		"a contained device from another's address":  {exchange.Evidence{Claim: claim, From: "10.0.0.9", Named: []exchange.Candidate{contained}, At: []exchange.Candidate{stranger}}, exchange.Quarantined, "pump", "printer"},
		"a device with a weakness that is exploited": {exchange.Evidence{Claim: claim, From: "10.0.0.5", Named: []exchange.Candidate{weak}, At: []exchange.Candidate{weak}}, exchange.Vulnerable, "pump", "CVE-2020-25165"},
		"an address that says nothing":               {exchange.Evidence{Claim: claim, Named: []exchange.Candidate{pump}}, exchange.Trusted, "pump", eui},
	} {
		s := exchange.Judge(c.e)
		if s.Trust != c.trust || s.Device != c.device || !strings.Contains(strings.Join(s.Reasons, "; "), c.says) {
			t.Errorf("%s: got %+v, want %s of %q that says %q", name, s, c.trust, c.device, c.says)
		}
	}
}
