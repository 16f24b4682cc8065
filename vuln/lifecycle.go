package vuln

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bedrail"
	"bedrail/format/eol"
	"bedrail/format/jsonread"
)

//go:embed data/embedded-systems.json
var embeddedTable string

// embeddedSystems are the operating systems inside medical equipment that the
// public list of support ends leaves out.
var embeddedSystems = sync.OnceValue(func() []eol.Product {
	products, err := eol.ReadJSON(jsonread.New(strings.NewReader(embeddedTable), jsonread.Limits{}))
	if err != nil {
		panic("the table of embedded systems cannot be read: " + err.Error())
	}
	return products
})

// An EndOfLife says that support for a device's operating system or model has
// ended or will end.
type EndOfLife struct {
	Product string `json:"product"`
	Release string `json:"release"`
	Ends    string `json:"ends"` // a day, or "yes" when only the fact is known
	Over    bool   `json:"over"`
	Status  Status `json:"status"` // affected: over; undecidable: which release it is decides; not-affected: still supported
	Reason  string `json:"reason"`
	Source  string `json:"source,omitempty"`
}

// lifecycle prepares end-of-life records for look-up by words.
type lifecycle struct {
	now      time.Time
	products []lifeProduct
	byWord   map[string][]int // first telling word of the title
}

type lifeProduct struct {
	*eol.Product
	title    []string
	releases [][]string
}

// titleFiller are words of titles that people leave out.
const titleFiller = " microsoft linux os apple google oracle ibm red hat the server "

func newLifecycle(products []eol.Product, now time.Time) *lifecycle {
	l := &lifecycle{now: now, byWord: map[string][]int{}}
	for i := range products {
		p := &products[i]
		if p.Category != "os" && p.Category != "device" {
			continue
		}
		lp := lifeProduct{Product: p, title: lifeWords(p.Title)}
		if p.Slug == "windows-server" || strings.Contains(strings.ToLower(p.Title), "server") {
			lp.title = append(lp.title, "server")
		}
		if len(lp.title) == 0 {
			continue
		}
		for _, r := range p.Releases {
			ws := lifeWords(r.Label)
			if len(ws) == 0 {
				ws = lifeWords(r.Cycle)
			}
			ws = slices.DeleteFunc(ws, func(w string) bool { return slices.Contains(lp.title, w) })
			lp.releases = append(lp.releases, ws)
		}
		l.byWord[lp.title[0]] = append(l.byWord[lp.title[0]], len(l.products))
		l.products = append(l.products, lp)
	}
	return l
}

func lifeWords(s string) []string {
	s = strings.NewReplacer("service pack ", "sp", "Service Pack ", "sp", "(", " ", ")", " ", "-", " ", "/", " ", ",", " ").Replace(s)
	out := strings.Fields(strings.ToLower(s))
	return slices.DeleteFunc(out, func(w string) bool { return strings.Contains(titleFiller, " "+w+" ") })
}

// OperatingSystem says until when the operating system named in words is
// supported. ok is false when no record speaks of it.
func (x *Index) OperatingSystem(name string) (EndOfLife, bool) {
	have := lifeWords(name)
	if len(have) == 0 || x.eolView == nil {
		return EndOfLife{}, false
	}
	if strings.Contains(strings.ToLower(name), "server") {
		have = append(have, "server")
	}
	best := -1
	for _, w := range have {
		for _, i := range x.eolView.byWord[w] {
			p := &x.eolView.products[i]
			if holds(have, p.title) && (best < 0 || len(p.title) > len(x.eolView.products[best].title)) {
				best = i
			}
		}
	}
	if best < 0 {
		return EndOfLife{}, false
	}
	return x.eolView.judge(&x.eolView.products[best], name, have)
}

// DeviceModel says until when a model is supported, when a record names it.
func (x *Index) DeviceModel(manufacturer, model string) (EndOfLife, bool) {
	have := append(lifeWords(manufacturer), lifeWords(model)...)
	for i := range x.eolView.products {
		if p := &x.eolView.products[i]; p.Category == "device" && holds(have, p.title) {
			return x.eolView.judge(p, model, have)
		}
	}
	return EndOfLife{}, false
}

func holds(have, want []string) bool {
	for _, w := range want {
		if !slices.Contains(have, w) {
			return false
		}
	}
	return true
}

// judge finds the releases that name may mean. When they differ in whether
// they are over, the answer is undecidable.
func (l *lifecycle) judge(p *lifeProduct, name string, have []string) (EndOfLife, bool) {
	rest := slices.DeleteFunc(slices.Clone(have), func(w string) bool { return slices.Contains(p.title, w) })
	best, most := []int{}, -1
	for i, ws := range p.releases {
		common := 0
		for _, w := range ws {
			if slices.Contains(rest, w) || slices.ContainsFunc(rest, func(h string) bool { return minor(h, w) }) {
				common++
			}
		}
		if common == 0 && len(p.Releases) > 1 {
			continue
		}
		// The whole of the release's name counts for more than a part of it.
		score := 2 * common
		if common == len(ws) {
			score++
		}
		switch {
		case score > most:
			best, most = []int{i}, score
		case score == most:
			best = append(best, i)
		}
	}
	if len(best) == 0 {
		return EndOfLife{Product: p.Title, Status: Undecidable, Reason: fmt.Sprintf("which release of %s %q is, is not known", p.Title, clip(name, 80))}, true
	}
	return l.verdict(p, name, best), true
}

// minor reports whether have is a step of the release want: 18.04.6 of 18.04.
func minor(have, want string) bool { return strings.HasPrefix(have, want+".") }

func (l *lifecycle) verdict(p *lifeProduct, name string, releases []int) EndOfLife {
	over, latest := 0, p.Releases[releases[0]]
	for _, i := range releases {
		r := p.Releases[i]
		if r.End.Over(l.now) {
			over++
		}
		if r.End.Day.After(latest.End.Day) {
			latest = r
		}
	}
	label := latest.Label
	if label == "" {
		label = latest.Cycle
	}
	e := EndOfLife{Product: p.Title, Release: label, Ends: latest.End.String(), Over: over == len(releases), Status: NotAffected, Source: latest.Link}
	switch {
	case e.Over:
		e.Status, e.Reason = Affected, fmt.Sprintf("support of %s ended %s", label, e.Ends)
	case over > 0:
		e.Status = Undecidable
		e.Reason = fmt.Sprintf("%q may be any of %d releases of %s, of which %d are over", clip(name, 80), len(releases), p.Title, over)
	default:
		e.Reason = fmt.Sprintf("supported until %s", e.Ends)
	}
	return e
}

// A LifecycleRow is a model, with the system it runs, whose support ends.
type LifecycleRow struct {
	Manufacturer string      `json:"manufacturer"`
	Model        string      `json:"model"`
	Product      string      `json:"product"` // the operating system, or the model's own record
	Release      string      `json:"release"`
	EndOfSupport string      `json:"endOfSupport,omitempty"` // a day; empty when it cannot be told
	Over         bool        `json:"over"`
	Status       Status      `json:"status"`
	Reason       string      `json:"reason"`
	Devices      int         `json:"devices"`
	Units        []UnitCount `json:"units"`
}

// Lifecycle returns the models of the hospital whose support is over, or
// cannot be told, or will end; the earliest end first.
func (b *Board) Lifecycle(ctx context.Context, by bedrail.Actor) ([]LifecycleRow, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "device"}); err != nil {
		return nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	type kind struct{ maker, model, product, release string }
	rows := map[kind]*LifecycleRow{}
	for _, d := range b.devices {
		l := d.device.Location
		if !by.Scope.Admits(l.Site, l.Unit) {
			continue
		}
		life, _ := b.lifeOf(d)
		if life == nil || life.Ends == "" && life.Status != Undecidable {
			continue
		}
		key := KeyOf(d.device)
		k := kind{key.Manufacturer, key.Model, life.Product, life.Release}
		if rows[k] == nil {
			rows[k] = &LifecycleRow{Manufacturer: k.maker, Model: k.model, Product: k.product, Release: k.release, EndOfSupport: life.Ends,
				Over: life.Over, Status: life.Status, Reason: life.Reason, Units: []UnitCount{}}
		}
		rows[k].Devices++
		rows[k].Units = countUnit(rows[k].Units, l.Site, l.Unit)
	}
	out := []LifecycleRow{}
	for _, row := range rows {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(p, q LifecycleRow) int {
		return cmp.Or(cmp.Compare(p.EndOfSupport, q.EndOfSupport), cmp.Compare(p.Manufacturer, q.Manufacturer), cmp.Compare(p.Model, q.Model), cmp.Compare(p.Product+p.Release, q.Product+q.Release))
	})
	return out, nil
}

// countUnit adds one device to the count of its unit, which are sorted.
func countUnit(units []UnitCount, site, unit string) []UnitCount {
	at, found := slices.BinarySearchFunc(units, UnitCount{Site: site, Unit: unit}, func(p, q UnitCount) int {
		return cmp.Or(cmp.Compare(p.Site, q.Site), cmp.Compare(p.Unit, q.Unit))
	})
	if !found {
		units = slices.Insert(units, at, UnitCount{Site: site, Unit: unit})
	}
	units[at].Devices++
	return units
}
