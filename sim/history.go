package sim

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// weekDays is how many whole days of history there are beside today.
const weekDays = 7

// An act is something that a device does at a time of a day.
type act struct {
	at    time.Time
	d     *Device
	wakes bool
}

// Day writes what was on the network of a site on one day, in order, frame by
// frame to each: every device wakes and speaks a few times, and what is at
// work on a patient reports every minute. ago counts days back from the one
// of now; the day of now ends with it.
func (h *Hospital) Day(site string, now time.Time, ago int, each func(Frame) error) error {
	midnight := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -ago)
	open := map[*Device]*dialog{}
	for _, a := range h.acts(site, midnight, now, ago) {
		if err := h.perform(a, ago, open, each); err != nil {
			return err
		}
	}
	return nil
}

// acts are those of a day and site in their order.
func (h *Hospital) acts(site string, midnight, now time.Time, ago int) []act {
	var acts []act
	for _, d := range h.Devices {
		if d.Site != site || !d.OnWire || d.Model.Cloud || d.since() < ago || d.silent && ago == 0 {
			continue
		}
		r := rand.New(rand.NewPCG(uint64(midnight.Unix()), uint64(d.number)+1<<32))
		wake := midnight.Add(time.Duration(r.IntN(600_000)) * time.Millisecond)
		acts = append(acts, act{wake, d, true})
		if d.silent {
			continue
		}
		from, until := d.spell(midnight)
		for at := from; at.Before(until); at = at.Add(time.Minute) {
			acts = append(acts, act{at.Add(time.Duration(d.number%60) * time.Second), d, false})
		}
		for range 1 + d.number%2 {
			acts = append(acts, act{midnight.Add(10*time.Minute + time.Duration(r.IntN(85_000))*time.Second), d, false})
		}
	}
	acts = slices.DeleteFunc(acts, func(a act) bool { return !a.at.Before(now) })
	slices.SortFunc(acts, func(a, b act) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.d.number, b.d.number)) })
	return acts
}

// since is how many days ago a device was first on the network: a few came
// within the week.
func (d *Device) since() int {
	if d.number%97 == 5 {
		return d.number % 4
	}
	return weekDays
}

// reconnect is how long a connection is held: no sensor follows one for ever.
const reconnect = time.Hour

// perform writes one act. Who speaks PCD-01 keeps its connection for a while.
func (h *Hospital) perform(a act, ago int, open map[*Device]*dialog, each func(Frame) error) error {
	d, today := a.d, a.d.IP
	d.IP = d.addressOn(ago)
	if ago == 0 {
		d.IP = today
	}
	frames := h.performed(a, open)
	d.IP = today
	for _, f := range frames {
		if err := each(f); err != nil {
			return err
		}
	}
	return nil
}

func (h *Hospital) performed(a act, open map[*Device]*dialog) []Frame {
	if a.wakes {
		return h.lease(a.d, a.at)
	}
	if a.d.Model.MDC == "" {
		return h.Speak(a.d, a.at)
	}
	c := open[a.d]
	if c == nil || a.at.Sub(c.opened) > reconnect {
		c = dial(a.d.host(h.port()), h.reach(a.d, h.engine, 2575), a.at, h.next())
		open[a.d] = c
	}
	c.now = a.at
	h.tell(c, a.d)
	frames := c.frames
	c.frames = nil
	return frames
}
