package bedrail

import "slices"

// A Scope is the part of the world an actor may see: one tenant, and of it
// some sites and units. No sites means every site; no units means every unit.
type Scope struct {
	Tenant string
	Sites  []string
	Units  []string
}

// Admits reports whether a thing at site and unit lies within s. A thing
// whose place is not known is admitted only by a scope without that limit.
func (s Scope) Admits(site, unit string) bool {
	return (len(s.Sites) == 0 || slices.Contains(s.Sites, site)) &&
		(len(s.Units) == 0 || slices.Contains(s.Units, unit))
}
