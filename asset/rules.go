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
	{traffic.VendorClass, regexp.MustCompile(`^Withings\d*$`), "Withings", "", "", 0.6, "Withings00"},
	{traffic.Service, regexp.MustCompile(`^urn:Belkin:device:controllee:`), "Belkin", "WeMo Switch", "smart-home", 0.7, "urn:Belkin:device:controllee:1"},
	{traffic.Service, regexp.MustCompile(`^urn:Belkin:device:insight:`), "Belkin", "WeMo Insight", "smart-home", 0.8, "urn:Belkin:device:insight:1"},
	{traffic.Service, regexp.MustCompile(`^urn:Belkin:device:bridge:`), "Belkin", "WeMo Link", "smart-home", 0.7, "urn:Belkin:device:bridge:1"},
	{traffic.Peer, regexp.MustCompile(`(?i)^scalews\.withings\.(?:net|com)$`), "Withings", "", "scale", 0.6, "scalews.withings.net"},
	{traffic.Peer, regexp.MustCompile(`(?i)\.xbcs\.net$`), "Belkin", "", "smart-home", 0.5, "api.xbcs.net"},
	{traffic.Peer, regexp.MustCompile(`(?i)\.myedimax\.com$`), "Edimax", "", "", 0.5, "www.myedimax.com"},
	{traffic.Peer, regexp.MustCompile(`(?i)^(?:www|client|api)\.fitbit\.com$`), "Fitbit", "", "", 0.4, "client.fitbit.com"},
	{traffic.Hostname, regexp.MustCompile(`^(?:DESKTOP|LAPTOP)-[0-9A-Z]{7}$`), "", "", "workstation", 0.6, "DESKTOP-4F2K9QX"},
}

// modelNames are models that have a number beside their name: both are one.
var modelNames = map[string]string{
	"bsb001": "Hue Bridge", "bsb002": "Hue Bridge", "philipshuebridge2012": "Hue Bridge", "philipshuebridge2015": "Hue Bridge",
}

// nameSource is the class of what is read out of a name: the same name told
// over several protocols is one piece of evidence.
func nameSource(a traffic.Attribute) string {
	switch a {
	case traffic.Hostname:
		return "name.host"
	case traffic.Peer:
		return "name.peer"
	case traffic.Service:
		return "ssdp.service"
	}
	return "banner.name"
}

// productClaims reads a product named in free text out of c. Text may speak of
// what a device is connected to, so it does not decide alone.
func productClaims(c claim) []claim {
	switch c.Attribute {
	case traffic.Banner, traffic.Model, traffic.Hostname:
	default:
		return nil
	}
	maker, model, class, ok := traffic.ProductOf(c.Value)
	if !ok {
		return nil
	}
	var out []claim
	give := func(a traffic.Attribute, v string, weight float64) {
		if v == "" {
			return
		}
		e := c.Evidence
		e.Raw, e.Value, e.Weight = c.Value, v, min(c.Weight, weight)
		if c.Attribute == traffic.Hostname {
			e.Source, e.Field = nameSource(c.Attribute), c.Source+" "+c.Field
		}
		out = append(out, claim{a, "", e})
	}
	if c.Attribute == traffic.Model {
		give(traffic.Class, class, 0.7)
	} else {
		give(traffic.Class, class, 0.5)
		give(traffic.Manufacturer, maker, 0.6)
		give(traffic.Model, model, 0.6)
	}
	return out
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
		e.Source, e.Field = nameSource(c.Attribute), c.Source+" "+c.Field
		out = append(out, claim{a, "", e})
	}
	give(traffic.Manufacturer, r.maker)
	give(traffic.Model, r.model)
	give(traffic.Class, r.class)
	return out
}
