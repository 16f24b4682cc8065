package asset

import (
	"regexp"
	"strings"

	"bedrail/traffic"
)

// A productRule reads a product out of a name that its maker gives it at the
// factory. Such names can be changed by anyone, so the weights stay below
// what content says. Each rule has an example that is run as a test.
type productRule struct {
	attribute traffic.Attribute
	pattern   *regexp.Regexp
	maker     string
	model     string // "$1" is what the pattern's first group matched
	class     string
	weight    float64
	example   string
}

// productRules are facts of public manuals and default settings.
var productRules = []productRule{
	{traffic.Hostname, regexp.MustCompile(`^(DCS-\d{3,4}[A-Z]*\d?)$`), "D-Link", "$1", "camera", 0.7, "DCS-935L"},
	{traffic.Hostname, regexp.MustCompile(`^(DCH-[A-Z]\d{3}[A-Z]*)$`), "D-Link", "$1", "smart-home", 0.7, "DCH-S150"},
	{traffic.Hostname, regexp.MustCompile(`^(DSP-W\d{3}[A-Z]*)$`), "D-Link", "$1", "smart-home", 0.7, "DSP-W115"},
	{traffic.Hostname, regexp.MustCompile(`^((?:HS|KP|EP)\d{3}\([A-Z]{2}\))$`), "TP-Link", "$1", "smart-home", 0.7, "HS110(US)"},
	{traffic.Hostname, regexp.MustCompile(`(?i)^philips-hue$`), "Philips", "Hue Bridge", "smart-home", 0.7, "Philips-hue"},
	{traffic.Hostname, regexp.MustCompile(`^Lightify-[0-9A-F]{6}$`), "Osram", "Lightify Gateway", "smart-home", 0.7, "Lightify-0A1B2C"},
	{traffic.Hostname, regexp.MustCompile(`(?i)^withings`), "Withings", "", "", 0.6, "Withings00"},
	{traffic.Hostname, regexp.MustCompile(`(?i)^(MX[4-9][05]0)(?:-|$)`), "Philips", "$1", "patient-monitor", 0.5, "MX450-ICU3"},
	{traffic.Hostname, regexp.MustCompile(`(?i)^PLUMA(?:PLUS)?[-_]`), "ICU Medical", "Plum A+", "infusion-pump", 0.5, "PLUMA-1200"},
	{traffic.Hostname, regexp.MustCompile(`(?i)^axis-[0-9a-f]{12}$`), "Axis", "", "camera", 0.7, "axis-00408c123456"},
	{traffic.Hostname, regexp.MustCompile(`^NPI[0-9A-F]{6}$`), "HP", "", "printer", 0.7, "NPI0A1B2C"},
	{traffic.Hostname, regexp.MustCompile(`^BR[NW][0-9A-F]{12}$`), "Brother", "", "printer", 0.7, "BRN001BA9123456"},
	{traffic.Hostname, regexp.MustCompile(`^SEP[0-9A-F]{12}$`), "Cisco", "", "phone", 0.7, "SEP001122334455"},
	{traffic.Hostname, regexp.MustCompile(`(?i)iphone`), "Apple", "iPhone", "phone", 0.6, "Wards-iPhone"},
	{traffic.Hostname, regexp.MustCompile(`(?i)^ipad`), "Apple", "iPad", "iot-other", 0.5, "iPad-3"},
	{traffic.Hostname, regexp.MustCompile(`(?i)macbook`), "Apple", "MacBook", "workstation", 0.6, "Radiology-MacBook-Pro"},
	{traffic.Hostname, regexp.MustCompile(`^android-[0-9a-f]{16}$`), "", "", "phone", 0.6, "android-0123456789abcdef"},
	{traffic.Hostname, regexp.MustCompile(`^(?:DESKTOP|LAPTOP)-[0-9A-Z]{7}$`), "", "", "workstation", 0.6, "DESKTOP-4F2K9QX"},
}

// apply returns what the rule reads out of c.
func (r productRule) apply(c claim) []claim {
	if c.Attribute != r.attribute {
		return nil
	}
	name := strings.TrimSuffix(c.Value, ".local")
	m := r.pattern.FindStringSubmatch(name)
	if m == nil {
		return nil
	}
	var out []claim
	give := func(a traffic.Attribute, value string) {
		if value == "$1" {
			value = m[1]
		}
		if value == "" {
			return
		}
		e := c.Evidence
		e.Raw, e.Value, e.Weight = c.Value, value, r.weight
		out = append(out, claim{a, "", e})
	}
	give(traffic.Manufacturer, r.maker)
	give(traffic.Model, r.model)
	give(traffic.Class, r.class)
	return out
}
