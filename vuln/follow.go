package vuln

import (
	"context"
	"slices"
	"strings"

	"bedrail/asset"
	"bedrail/format/cpe"
	"bedrail/format/eol"
	"bedrail/format/purl"
	"bedrail/format/recall"
	"bedrail/sbom"
)

// put takes a record into the index; the caller seals it. It returns what was
// said before and the names of the weakness, for touch.
func (b *Board) put(u Update) (touched []Advisory) {
	_, id, _ := u.Record()
	switch {
	case u.Advisory != nil:
		if old, ok := b.at[id]; ok {
			touched = append(touched, b.index.advisories[old])
			b.index.Drop(old)
			delete(b.at, id)
		}
		if n, ok := b.index.add(*u.Advisory); ok {
			b.at[id] = n
		}
		touched = append(touched, Advisory{ID: u.Advisory.ID})
	case u.KEV != nil:
		b.index.KEV[u.KEV.CVE] = *u.KEV
		touched = append(touched, Advisory{ID: u.KEV.CVE})
	case u.EPSS != nil:
		for name, score := range u.EPSS.Scores {
			if old, known := b.index.EPSS[name]; !known || old != score {
				b.index.EPSS[name] = score
				touched = append(touched, Advisory{ID: name})
			}
		}
	case u.EOL != nil:
		b.index.stale = true
		b.index.EOL = append(slices.DeleteFunc(b.index.EOL, func(p eol.Product) bool { return p.Slug == u.EOL.Slug && p.Title == u.EOL.Title }), *u.EOL)
	case u.Recall != nil:
		b.index.stale = true
		_, id, _ := u.Record()
		b.index.Recalls = append(slices.DeleteFunc(b.index.Recalls, func(n recall.Notice) bool {
			_, other, _ := Update{Recall: &n}.Record()
			return other == id
		}), *u.Recall)
	}
	return touched
}

// FeedChanged takes new and changed records and works again on the components
// and models that they can touch, and on no others.
func (b *Board) FeedChanged(ctx context.Context, updates []Update) {
	if b.ensure(ctx) != nil {
		return // it is in the store; the next question builds the board with it
	}
	b.mu.Lock()
	var touched []Advisory
	for _, u := range updates {
		touched = append(touched, b.put(u)...)
	}
	b.index.Seal(b.Clock.Now())
	clear(b.bySystems)
	b.rematch(b.touched(touched))
	if slices.ContainsFunc(updates, func(u Update) bool { return u.EOL != nil }) {
		for n := range b.models { // any device may run what the record is of
			b.dirty[int32(n)] = true
		}
	}
	b.mu.Unlock()
	b.tell(ctx)
}

// touched returns the components and models that statements lead to: by what
// they name, and by every other record of the same weakness, whose score, names
// and likelihood they share.
func (b *Board) touched(said []Advisory) (components, models map[int32]bool) {
	components, models = map[int32]bool{}, map[int32]bool{}
	done := map[int32]bool{}
	for _, a := range said {
		b.touch(&a, components, models)
		node, known := b.index.groups.ids[a.ID]
		if !known || done[b.index.groups.root(node)] {
			continue
		}
		done[b.index.groups.root(node)] = true
		for _, n := range b.index.recordsOf(node) {
			b.touch(&b.index.advisories[n], components, models)
		}
	}
	return components, models
}

// touch marks what an advisory's names lead to.
func (b *Board) touch(a *Advisory, components, models map[int32]bool) {
	for _, p := range a.Packages {
		for _, c := range b.byPackage[packageKey(p.Ecosystem, p.Name)] {
			components[c] = true
		}
	}
	for _, conf := range a.Configurations {
		for _, node := range conf.Nodes {
			for _, m := range node.Matches {
				for _, c := range b.byCPE[m.Name.Product] {
					components[c] = true
				}
				if m.Vulnerable {
					b.touchModels(strings.ReplaceAll(m.Name.Vendor, "_", " "), m.Name.Product, models)
				}
			}
		}
	}
	for _, p := range a.Products {
		b.touchModels(p.Vendor, p.Name, models)
	}
}

// touchModels marks the models of a maker, and those whose operating system is
// what is named.
func (b *Board) touchModels(vendor, product string, models map[int32]bool) {
	for _, house := range Houses(vendor) {
		for _, m := range b.byHouse[house] {
			models[m] = true
		}
	}
	named := systemWords(product)
	if !isSystem(named) {
		return
	}
	for n, m := range b.models {
		for system := range m.systems {
			if holds(systemWords(system), named) {
				models[int32(n)] = true
			}
		}
	}
}

func (b *Board) rematch(components, models map[int32]bool) {
	for c := range components {
		state := &b.components[c]
		b.matchComponent(c)
		for _, m := range state.models {
			models[m] = true
		}
	}
	for m := range models {
		b.models[m].matches = b.index.Model(b.models[m].key)
		b.refresh(m)
	}
}

// matchComponent asks for a component anew and tells its models whether it
// answers at all: most never do, and a model looks only at those that do.
func (b *Board) matchComponent(n int32) {
	c := &b.components[n]
	answered := len(c.matches) > 0
	defer func() {
		if now := len(c.matches) > 0; now != answered {
			for _, m := range c.models {
				b.models[m].answers(n, now)
			}
		}
	}()
	b.worked.Components++
	c.matches = b.index.Component(c.component, nil)
	c.joined = slices.ContainsFunc(c.matches, func(m Match) bool { return m.Status == Undecidable && strings.Contains(m.Reason, "only together with") })
}

func (m *modelState) answers(component int32, answered bool) {
	if answered {
		m.answering[component] = struct{}{}
	} else {
		delete(m.answering, component)
	}
}

// BillChanged takes a new bill of a model, in place of the one it had.
func (b *Board) BillChanged(ctx context.Context, bill sbom.Bill) {
	if b.ensure(ctx) != nil {
		return // it is in the store; the next question builds the board with it
	}
	b.mu.Lock()
	b.addBill(bill)
	b.mu.Unlock()
	b.tell(ctx)
}

func (b *Board) addBill(bill sbom.Bill) {
	n := b.modelOf(bill.Model)
	m := b.models[n]
	for _, c := range m.components {
		state := &b.components[c]
		state.models = slices.DeleteFunc(state.models, func(i int32) bool { return i == n })
	}
	m.bill, m.components, m.present = bill.ID, m.components[:0], Present(bill.Components)
	clear(m.answering)
	for _, c := range bill.Components {
		at := b.componentOf(c)
		if state := &b.components[at]; !slices.Contains(state.models[max(0, len(state.models)-1):], n) {
			state.models = append(state.models, n)
			m.components = append(m.components, at)
			if len(state.matches) > 0 {
				m.answers(at, true)
			}
		}
	}
	b.refresh(n)
}

// componentOf returns the state of a distinct component.
func (b *Board) componentOf(c sbom.Component) int32 {
	key := strings.Join([]string{c.PURL, c.CPE, c.Name, c.Version}, "\x00")
	if n, ok := b.byKey[key]; ok {
		return n
	}
	n := int32(len(b.components))
	b.byKey[key] = n
	b.components = append(b.components, componentState{component: c})
	if p, err := purl.Parse(c.PURL); err == nil {
		if ecosystem, _, name := p.Ecosystem(); ecosystem != "" {
			b.filePackage(packageKey(ecosystem, name), n)
			if source, _ := p.Source(); source != "" {
				b.filePackage(packageKey(ecosystem, purl.Canonical(ecosystem, source)), n)
			}
		}
	}
	if name, err := cpe.Parse(c.CPE); err == nil {
		b.byCPE[name.Product] = append(b.byCPE[name.Product], n)
	}
	b.matchComponent(n)
	return n
}

func (b *Board) filePackage(key string, component int32) {
	if list := b.byPackage[key]; len(list) == 0 || list[len(list)-1] != component {
		b.byPackage[key] = append(list, component)
	}
}

// modelOf returns the state of a model at a version, in whatever case it is
// written.
func (b *Board) modelOf(key asset.ModelKey) int32 {
	folded := key.Fold()
	if n, ok := b.byModel[folded]; ok {
		if m := b.models[n]; shouts(m.key) && !shouts(key) {
			m.key = key
			b.refresh(n)
		}
		return n
	}
	n := int32(len(b.models))
	b.byModel[folded] = n
	m := &modelState{key: key, devices: map[string]*deviceState{}, systems: map[string]int{}, answering: map[int32]struct{}{}, findings: map[string]bool{}, matches: b.index.Model(key)}
	b.models = append(b.models, m)
	name := [2]string{folded.Manufacturer, folded.Model}
	b.byName[name] = append(b.byName[name], n)
	for _, house := range Houses(key.Manufacturer) {
		b.byHouse[house] = append(b.byHouse[house], n)
	}
	return n
}

// shouts reports whether a model is written in capitals, as lists do: the other
// spelling is shown where both are known.
func shouts(k asset.ModelKey) bool { return k.Model == strings.ToUpper(k.Model) }

// versionsOf returns the versions that are known of a model.
func (b *Board) versionsOf(key asset.ModelKey) []int32 {
	key = key.Fold()
	return b.byName[[2]string{key.Manufacturer, key.Model}]
}
