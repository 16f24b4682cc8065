package asset

import (
	"context"
	"maps"
	"slices"

	"bedrail/traffic"
)

// Numbers are what messages name a device by, in normal form, beside its
// addresses. Two devices may show the same.
type Numbers map[traffic.Attribute][]string

// numberAttributes are those that messages carry.
var numberAttributes = []traffic.Attribute{traffic.EUI64, traffic.UDI, traffic.SerialNumber, traffic.AETitle}

// namingWeight is what a claim must weigh for its number to name a device.
const namingWeight = 0.5

// numbersOf returns the numbers that the parts of a device show.
func (f *Fuser) numbersOf(id string) Numbers {
	out := Numbers{}
	for _, fr := range f.members[id] {
		for _, c := range fr.claims() {
			if c.Weight < namingWeight || !slices.Contains(numberAttributes, c.Attribute) {
				continue
			}
			if v := NormalNumber(c.Attribute, c.Value); v != "" && !slices.Contains(out[c.Attribute], v) {
				out[c.Attribute] = append(out[c.Attribute], v)
			}
		}
	}
	return out
}

// NormalNumber writes a number of a device as Numbers have it; "" is none.
func NormalNumber(a traffic.Attribute, value string) string {
	if !usable(a, value) {
		return ""
	}
	return normal(a, value)
}

// EachNumbered calls fn for every device of tenant with its numbers. The
// product itself asks, when it starts.
func (r *Registry) EachNumbered(ctx context.Context, tenant string, fn func(Device, Numbers)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.load(ctx, tenant)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(t.devices)) {
		fn(*t.devices[id].Device, t.fuser.numbersOf(id))
		t.fuser.letGo([]string{id})
	}
	return nil
}
