package fhir

import "slices"

// prune takes out of a profile what FHIR itself asks for already: it was
// checked before the profile is.
func (d *Definitions) prune(e, base *element) {
	if base == nil {
		return
	}
	e.constraints = slices.DeleteFunc(e.constraints, func(k *constraint) bool { return base.asks(k) })
	for _, s := range e.slices {
		s.constraints = slices.DeleteFunc(s.constraints, func(k *constraint) bool { return base.asks(k) })
		for _, c := range s.children {
			d.prune(c, d.under(base, c))
		}
	}
	e.children = slices.DeleteFunc(e.children, func(c *element) bool {
		b := d.under(base, c)
		d.prune(c, b)
		return b != nil && c.redundant(b)
	})
}

// under finds what FHIR says of a child.
func (d *Definitions) under(base, child *element) *element {
	if len(base.children) > 0 {
		return base.child(child.name)
	}
	name := base.content
	if name == "" && len(base.types) == 1 {
		name = base.types[0].name
	}
	if s := d.shape(name); s != nil {
		return s.child(child.name)
	}
	return nil
}

func (e *element) asks(k *constraint) bool {
	return slices.ContainsFunc(e.constraints, func(x *constraint) bool { return x.key == k.key && x.source == k.source })
}

// redundant reports whether e says nothing that base does not say.
func (e *element) redundant(base *element) bool {
	if len(e.children) > 0 || len(e.slices) > 0 || len(e.constraints) > 0 || e.fixed.Exists() || e.pattern.Exists() || e.least.Exists() || e.greatest.Exists() || e.maxLength != base.maxLength {
		return false
	}
	if e.min > base.min || e.max != unset && e.max < base.max {
		return false
	}
	if e.binding != nil && (base.binding == nil || *e.binding != *base.binding) {
		return false
	}
	return len(e.types) == 0 || slices.EqualFunc(e.types, base.types, func(a, b *typeRef) bool {
		return a.name == b.name && slices.Equal(a.profiles, b.profiles) && slices.Equal(a.targets, b.targets)
	})
}
