//go:build !linux

package capture

import "bedrail"

// Live captures on an interface, which only Linux can do for us.
func Live(name string) (Source, error) {
	return nil, bedrail.Errorf(bedrail.Unavailable,
		"capturing on %s works on Linux only; here, give a capture file, or send a capture from a tap", name)
}

// LiveGroup captures with several readers, which only Linux can do for us.
func LiveGroup(name string, _ int) ([]Source, error) {
	s, err := Live(name)
	return []Source{s}, err
}
