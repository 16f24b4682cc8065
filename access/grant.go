package access

import (
	"slices"

	"bedrail"
)

// nowhere is the site of an actor without any grant: no site is called so, and
// a scope without sites would mean every site.
const nowhere = "(none)"

// covers reports whether whoever holds outer holds inner as well.
func covers(outer, inner bedrail.Grant) bool {
	return outer.Role == inner.Role &&
		(outer.Site == "" || outer.Site == inner.Site && (outer.Unit == "" || outer.Unit == inner.Unit))
}

// within keeps of wanted what held covers: a token never has more rights than
// its owner has now.
func within(wanted, held []bedrail.Grant) []bedrail.Grant {
	var kept []bedrail.Grant
	for _, w := range wanted {
		if slices.ContainsFunc(held, func(h bedrail.Grant) bool { return covers(h, w) }) {
			kept = append(kept, w)
		}
	}
	return kept
}

// places returns the sites and units that grants reach together, as a scope
// says it: nothing means no limit.
//
// A scope is sites times units. Grants whose places are not of that form are
// refused when they are given (checkGrants); should some be there all the
// same, as after an owner lost one of them, the scope is the narrower reading.
func places(grants []bedrail.Grant) (sites, units []string) {
	if len(grants) == 0 {
		return []string{nowhere}, nil
	}
	var wholeSites []string
	for _, g := range grants {
		switch {
		case g.Site == "":
			return nil, nil
		case g.Unit == "":
			wholeSites = appendNew(wholeSites, g.Site)
		default:
			sites, units = appendNew(sites, g.Site), appendNew(units, g.Unit)
		}
	}
	if len(wholeSites) > 0 {
		return wholeSites, nil
	}
	if !isProduct(grants, sites, units) {
		return sites[:1], unitsAt(grants, sites[0])
	}
	return sites, units
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func unitsAt(grants []bedrail.Grant, site string) (units []string) {
	for _, g := range grants {
		if g.Site == site {
			units = appendNew(units, g.Unit)
		}
	}
	return units
}

// isProduct reports whether every one of units is reached in every one of sites.
func isProduct(grants []bedrail.Grant, sites, units []string) bool {
	for _, s := range sites {
		if len(unitsAt(grants, s)) != len(units) {
			return false
		}
	}
	return true
}

// checkGrants refuses grants that name no known role or that a scope cannot
// say.
func checkGrants(grants []bedrail.Grant) error {
	var everywhere bool
	var whole, parts int
	for _, g := range grants {
		if !slices.Contains(Roles(), Role(g.Role)) {
			return bedrail.Errorf(bedrail.Invalid, "there is no role %q; the roles are %v", g.Role, Roles())
		}
		switch {
		case g.Site == "" && g.Unit != "":
			return bedrail.Errorf(bedrail.Invalid, "unit %q needs the site it lies in", g.Unit)
		case g.Site == "":
			everywhere = true
		case g.Unit == "":
			whole++
		default:
			parts++
		}
	}
	if everywhere {
		return nil // it reaches what the others reach
	}
	if whole > 0 && parts > 0 {
		return bedrail.Errorf(bedrail.Invalid, "give roles at whole sites or at units, not both to one person: a list could not be narrowed to both")
	}
	if parts == 0 {
		return nil
	}
	var sites, units []string
	for _, g := range grants {
		sites, units = appendNew(sites, g.Site), appendNew(units, g.Unit)
	}
	if !isProduct(grants, sites, units) {
		return bedrail.Errorf(bedrail.Invalid, "give the same units at each site, or make one account for each site")
	}
	return nil
}
