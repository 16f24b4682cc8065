package traffic_test

import (
	"slices"
	"strings"
	"testing"

	"bedrail/traffic"
)

// An alert of IHE ACM (PCD-04, ORU^R40) is an HL7 message: the equipment that
// raised it is read as in any other. The message is made up.
func TestAnAlertNamesTheEquipmentThatRaisedIt(t *testing.T) {
	message := "\x0bMSH|^~\\&|ALERTS^00095CFFFE000043^EUI-64||||20260301101500||ORU^R40^ORU_R40|A1|P|2.6|||||||||IHE_PCD_ACM_001^IHE PCD\r" +
		"PID|||4711^^^H||MUSTER^ANNA\rOBR|1\rOBX|1|CWE|196670^MDC_EVT_HI^MDC|1.1.1.1|x||||||R|||||||MX800-DE7654^^00095CFFFE000043^EUI-64\r\x1c\r"
	var got []traffic.Observation
	s := traffic.NewStream("hl7v2", traffic.Endpoint{IP: pumpIP}, traffic.Endpoint{IP: engineIP}, func(o traffic.Observation) { got = append(got, o) })
	find(t, "hl7v2").New().Feed(s, traffic.ToServer, []byte(message))
	claims := claimsOf(got)
	if !slices.ContainsFunc(got, func(o traffic.Observation) bool {
		return slices.ContainsFunc(o.Claims, func(c traffic.Claim) bool { return c.Attribute == traffic.EUI64 && c.Value == "00095CFFFE000043" })
	}) || slices.ContainsFunc(claims, func(c string) bool { return strings.Contains(c, "MUSTER") || strings.Contains(c, "4711") }) {
		t.Errorf("got %q", claims)
	}
}
