package asset

import (
	"strings"

	"bedrail/rule"
	"bedrail/traffic"
)

// infer adds what the claims imply: the class that a model's maker gives it,
// and class words for what was written in free text.
func infer(pack *rule.Pack, claims []claim) []claim {
	out := make([]claim, 0, len(claims)+len(claims)/2+4)
	for i := range claims {
		c := &claims[i]
		if c.Attribute == traffic.Class && !IsClass(c.Value) {
			word := ClassOfText(c.Value)
			if word == "" {
				continue
			}
			out = append(out, *c)
			last := &out[len(out)-1]
			last.Raw, last.Value = c.Value, word
			continue
		}
		out = append(out, *c)
	}
	for i := range claims {
		if c := &claims[i]; c.Source != fromPerson {
			out = ruleClaims(out, pack, c)
			out = productClaims(out, pack, c)
		}
	}
	for i := range claims {
		c := &claims[i]
		if c.Attribute == traffic.AssetTag || len(claims) > 4*maxClaims {
			continue
		}
		if word, weight := impliedClass(c); word != "" {
			e := c.Evidence
			e.Raw, e.Value, e.Weight = c.Value, word, weight
			out = append(out, claim{traffic.Class, "", nil, e})
		}
	}
	return out
}

// impliedClass reads the class out of names: weak evidence, since names are
// local habit.
func impliedClass(c *claim) (string, float64) {
	switch c.Attribute {
	case traffic.Model:
		if word := ClassOfText(c.Value); word != "" {
			return word, min(c.Weight, 0.5)
		}
	case traffic.OperatingSystem:
		low := strings.ToLower(c.Value)
		switch {
		case strings.Contains(low, "windows server"):
			return "server", 0.4
		case strings.Contains(low, "ios") && strings.Contains(low, "iphone"), strings.Contains(low, "android"):
			return "phone", 0.4
		}
	}
	return "", 0
}

// prefixClass is what the holder of a hardware address prefix suggests, where
// the firm makes one kind of thing.
func prefixClass(pack *rule.Pack, holder string) (class string, weight float64) {
	for _, r := range pack.Read("prefixHolder", fromPrefix, vendorKey(CanonicalManufacturer(holder))) {
		return r.Gives[string(traffic.Class)], r.Rule.Weight
	}
	return "", 0
}
