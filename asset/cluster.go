package asset

import (
	"cmp"
	"slices"
	"strings"

	"bedrail/traffic"
)

// A cluster is content from one sender that speaks of one device.
type cluster struct {
	id        map[traffic.Attribute]string // what is known of its identity
	sightings []*Sighting
}

// clusterContent sorts the content that one sender passed on by the device it
// speaks of. Content that fits several devices is left out: it would be a
// guess.
func clusterContent(content []*Sighting) []*cluster {
	content = slices.Clone(content)
	slices.SortFunc(content, func(a, b *Sighting) int {
		return cmp.Or(cmp.Compare(len(identity(b.Key.Content)), len(identity(a.Key.Content))), cmp.Compare(a.Key.String(), b.Key.String()))
	})
	var clusters []*cluster
	for _, s := range content {
		id := identity(s.Key.Content)
		var fits []*cluster
		for _, c := range clusters {
			if sameDevice(c.id, id) {
				fits = append(fits, c)
			}
		}
		switch len(fits) {
		case 0:
			clusters = append(clusters, &cluster{id: id, sightings: []*Sighting{s}})
		case 1:
			fits[0].add(s, id)
		}
	}
	return clusters
}

func (c *cluster) add(s *Sighting, id map[traffic.Attribute]string) {
	c.sightings = append(c.sightings, s)
	for a, v := range id {
		if c.id[a] == "" || a == traffic.Model && len(v) > len(c.id[a]) {
			c.id[a] = v
		}
	}
}

// sameDevice reports whether two identities can be of one device: a number
// that only one device has agrees, or nothing that both state differs.
func sameDevice(a, b map[traffic.Attribute]string) bool {
	for _, unique := range []traffic.Attribute{traffic.EUI64, traffic.UDI, traffic.EPR} {
		if a[unique] != "" && b[unique] != "" {
			if a[unique] == b[unique] {
				return true
			}
			if unique == traffic.EUI64 {
				return false
			}
		}
	}
	for _, attribute := range []traffic.Attribute{traffic.SerialNumber, traffic.Manufacturer, traffic.DeviceUID} {
		if a[attribute] != "" && b[attribute] != "" && a[attribute] != b[attribute] {
			return false
		}
	}
	return sameModel(a[traffic.Model], b[traffic.Model])
}

func sameModel(a, b string) bool {
	return a == "" || b == "" || a == b || containsModel(a, b) || containsModel(b, a)
}

// own picks the cluster that is the sender itself, or nil when all speak of
// devices behind it. What the sender says by itself decides: its hardware
// address inside the content, its names, its serial number in its host name,
// its maker. A lone cluster needs no such support, unless the sender is known
// to pass on what others made.
func own(clusters []*cluster, self []*Sighting, macs []traffic.MAC) *cluster {
	if len(clusters) == 0 {
		return nil
	}
	var best *cluster
	top, second := -1<<30, -1<<30
	for _, c := range clusters {
		n := c.support(self, macs)
		if n > top {
			best, top, second = c, n, top
		} else if n > second {
			second = n
		}
	}
	switch {
	case top < 0:
		return nil
	case len(clusters) == 1 && (top > 0 || !carrier(self)):
		return best
	case top > 0 && top > second && len(clusters) <= 8:
		return best
	}
	return nil
}

// support counts what the sender says by itself that agrees with the cluster.
func (c *cluster) support(self []*Sighting, macs []traffic.MAC) int {
	n := 0
	if m, ok := macOfEUI64(c.id[traffic.EUI64]); ok && len(macs) > 0 {
		if !slices.Contains(macs, m) {
			return -1
		}
		n += 16
	}
	names := namesOf(self)
	for _, s := range c.sightings {
		for _, cl := range s.Claims {
			switch cl.Attribute {
			case traffic.StationName, traffic.AETitle, traffic.Hostname:
				if key := plain(cl.Value); len(key) >= 3 && slices.Contains(names, key) {
					n = max(n, 8) + n%8
				}
			}
		}
	}
	for _, name := range names {
		if serial := plain(c.id[traffic.SerialNumber]); len(serial) >= 4 && strings.Contains(name, serial) {
			n += 4
		}
		if model := plain(c.id[traffic.Model]); len(model) >= 4 && strings.Contains(name, model) {
			n += 2
		}
	}
	if maker := c.id[traffic.Manufacturer]; maker != "" && slices.Contains(makersOf(self, macs), maker) {
		n++
	}
	return n
}

func namesOf(self []*Sighting) []string {
	var names []string
	for _, s := range self {
		for _, c := range s.Claims {
			switch c.Attribute {
			case traffic.AETitle, traffic.Hostname, traffic.StationName:
				names = append(names, plain(c.Value))
			}
		}
	}
	return names
}

func makersOf(self []*Sighting, macs []traffic.MAC) []string {
	var makers []string
	for _, s := range self {
		for _, c := range s.Claims {
			if c.Attribute == traffic.Manufacturer {
				makers = append(makers, normal(traffic.Manufacturer, c.Value))
			}
		}
	}
	for _, m := range macs {
		if holder := PrefixHolder(m); holder != "" && !moduleMaker(holder) {
			makers = append(makers, normal(traffic.Manufacturer, holder))
		}
	}
	return makers
}

// carrier reports whether a sender's roles are those of something that keeps
// or passes on what other devices made.
func carrier(self []*Sighting) bool {
	for _, s := range self {
		for _, r := range s.Roles {
			switch r {
			case "dicom-query-scp", "dicom-retrieve-scp", "hl7-receiver":
				return true
			}
		}
	}
	return false
}
