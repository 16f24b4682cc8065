package sim

import (
	"testing"
	"time"
)

// The event says that it happened at 02:13; screens show the time of the place.
func TestTheNightIsTheOneOfWhoLooks(t *testing.T) {
	for name, offset := range map[string]int{"Berlin": 1, "Chicago": -6, "Kolkata": 5, "UTC": 0} {
		zone := time.FixedZone(name, offset*3600)
		for _, now := range []time.Time{time.Date(2026, 3, 2, 1, 0, 0, 0, zone), time.Date(2026, 3, 2, 2, 40, 0, 0, zone), time.Date(2026, 3, 2, 15, 0, 0, 0, zone)} {
			night := lastNight(now)
			if night.Format("15:04") != "02:13" || now.Sub(night) < time.Hour || now.Sub(night) > 26*time.Hour {
				t.Errorf("%s: seen from %v it was at %v", name, now, night)
			}
		}
	}
}
