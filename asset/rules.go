package asset

import (
	"strings"

	"bedrail/rule"
	"bedrail/traffic"
)

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

// ruleField says which text a rule of the pack reads in an attribute.
func ruleField(a traffic.Attribute) string {
	switch a {
	case traffic.Hostname, traffic.VendorClass, traffic.Banner, traffic.Service, traffic.Peer, traffic.AETitle:
		return string(a)
	case traffic.CertSubject:
		return "certificate"
	}
	return ""
}

// ruleClaims adds what the rules read out of a name that a maker gave. Such
// names can be changed by anyone, so the weights stay below what content says.
func ruleClaims(out []claim, pack *rule.Pack, c *claim) []claim {
	field := ruleField(c.Attribute)
	if field == "" {
		return out
	}
	for _, r := range pack.Read(field, c.Source, strings.TrimSuffix(c.Value, ".local")) {
		for _, a := range givenOrder {
			if v := r.Gives[string(a)]; v != "" {
				e := c.Evidence
				e.Raw, e.Value, e.Weight, e.unverified = c.Value, v, r.Rule.Weight, r.Rule.Verified == "" && !r.Rule.Local
				e.Source, e.Field = nameSource(c.Attribute), c.Source+" "+c.Field
				out = append(out, claim{a, "", nil, e})
			}
		}
		if cloud := r.Gives[rule.Cloud]; cloud != "" && connects(c.Source) {
			e := c.Evidence
			e.Raw, e.Value, e.Weight = c.Value+" ("+cloud+")", string(traffic.InternetEgress), r.Rule.Weight
			out = append(out, claim{traffic.PostureFact, "", nil, e})
		}
	}
	return out
}

// connects reports whether a name from source is that of a connection's other
// end: a DNS question alone opens none.
func connects(source string) bool {
	return source == "tls.sni" || strings.HasPrefix(source, "http")
}

var givenOrder = [...]traffic.Attribute{traffic.Manufacturer, traffic.Model, traffic.Class, traffic.OperatingSystem, traffic.SoftwareVersion}

// productClaims adds what a product named in the free text of c is. Text may
// speak of what a device is connected to, so it does not decide alone.
func productClaims(out []claim, pack *rule.Pack, c *claim) []claim {
	switch c.Attribute {
	case traffic.Banner, traffic.Model, traffic.Hostname:
	default:
		return out
	}
	if len(c.Value) < 5 || len(c.Value) > 128 {
		return out
	}
	found := pack.Read("product", c.Source, c.Value)
	if len(found) == 0 {
		return out
	}
	product := found[0]
	give := func(a traffic.Attribute, weight float64) {
		v := product.Gives[string(a)]
		if v == "" {
			return
		}
		e := c.Evidence
		e.Raw, e.Value, e.Weight, e.unverified = c.Value, v, min(c.Weight, weight), product.Rule.Verified == "" && !product.Rule.Local
		if c.Attribute == traffic.Hostname {
			e.Source, e.Field = nameSource(c.Attribute), c.Source+" "+c.Field
		}
		out = append(out, claim{a, "", nil, e})
	}
	if c.Attribute == traffic.Model {
		give(traffic.Class, 0.7)
	} else {
		give(traffic.Class, min(product.Rule.Weight, 0.5))
		give(traffic.Manufacturer, product.Rule.Weight)
		give(traffic.Model, product.Rule.Weight)
	}
	return out
}
