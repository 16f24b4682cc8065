package vuln

import (
	"slices"
	"strings"

	"bedrail/asset"
)

// Model returns the answers for a model at a software version from advisories
// that name products in words, and from those that name them as firmware and
// hardware of the national database.
func (x *Index) Model(key asset.ModelKey) []Match {
	s := search{Index: x, found: map[int32]*Match{}}
	name := modelWords(key)
	if len(name) == 0 {
		return nil
	}
	seen := map[int32]bool{}
	for _, house := range Houses(key.Manufacturer) {
		for _, h := range x.products[house] {
			if seen[h.part] {
				continue
			}
			seen[h.part] = true
			if m, ok := x.judgeProduct(h, key, name); ok {
				s.add(h.advisory, m)
			}
		}
	}
	s.firmware(modelName{key.Manufacturer, name, key.Version})
	for _, m := range s.found {
		if m.Status == NotAffected {
			delete(s.found, m.group)
		}
	}
	return s.answers()
}

// modelWords are the words of a model's name without its maker's.
func modelWords(key asset.ModelKey) []string {
	vendor := plainWords(key.Manufacturer)
	return slices.DeleteFunc(words(withoutAbbreviation(key.Model)), func(w string) bool { return slices.Contains(vendor, w) })
}

func (x *Index) judgeProduct(h hit, key asset.ModelKey, name []string) (Match, bool) {
	view := x.judged[h.part]
	p := x.product(h)
	n := near(name, view.words)
	if !n.same && !n.vague {
		n = nearByNumber(name, p.Models)
	}
	if !n.same && !n.vague {
		n = nearAny(name, view.models)
	}
	if !n.same && !n.vague {
		return Match{}, false
	}
	m := Match{By: ByProduct, Confidence: n.confidence, Text: p.Version}
	switch p.Status {
	case Affected:
		m.Status, m.Reason = view.expr.Judge(key.Model, key.Version)
	case NotAffected:
		m.Status = NotAffected
	default:
		m.Status, m.Reason = Undecidable, "its maker is still looking into it"
	}
	if why := p.doubt(&x.advisories[h.advisory], key.Model, view.expr, m.Status); why != "" && p.Status == Affected && m.Status != Undecidable {
		m.Status, m.Reason = Undecidable, why
	}
	if m.Status == Affected && n.vague {
		m.Status, m.Reason = Undecidable, "the name may mean this product; "+m.Reason
	}
	m.Reason = strings.TrimSpace(p.Vendor) + " " + strings.TrimSpace(p.Name) + ": " + m.Reason
	return m, true
}

// product finds the product that a hit's view was made of. Views are numbered
// through all advisories in the order of Add.
func (x *Index) product(h hit) *Product {
	a := &x.advisories[h.advisory]
	return &a.Products[h.part-x.firstView[h.advisory]]
}

// nearByNumber compares with model numbers that may hold wildcards.
func nearByNumber(name, numbers []string) nearness {
	for _, number := range numbers {
		for _, w := range words(number) {
			if isCode(w) && slices.Contains(name, w) {
				return nearness{same: true, confidence: 0.9}
			}
		}
	}
	return nearness{}
}

// nearAny compares with the models that a text about versions names: some
// advisories call the product "handheld devices" and list the models where the
// versions should be.
func nearAny(name []string, models [][]string) nearness {
	for _, m := range models {
		if n := near(name, m); n.same && len(telling(m)) > 0 {
			return nearness{same: true, confidence: 0.75}
		}
	}
	return nearness{}
}
