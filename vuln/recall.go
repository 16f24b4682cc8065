package vuln

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/recall"
	"bedrail/traffic"
)

// A Recall says that a device is, or may be, under a recall.
type Recall struct {
	Number string `json:"number"`
	Class  string `json:"class,omitempty"`
	Status Status `json:"status"` // affected or undecidable
	Reason string `json:"reason"`
	Why    string `json:"why,omitempty"` // reason for the recall, as its maker says
	Action string `json:"action,omitempty"`
}

// recallView prepares notices for look-up by maker.
type recallView struct {
	byHouse map[string][]int
	notices []recallNotice
}

type recallNotice struct {
	recall.Notice
	words   []string
	codes   []string // words of code information that hold a digit
	all     bool
	serials bool // the codes are serial numbers
	version Expression
	hasVer  bool
}

var (
	allUnits    = regexp.MustCompile(`(?i)\ball\s+(?:\w+\s+){0,2}(?:serial|lot|unit|device|product|version|code)`)
	softwareVer = regexp.MustCompile(`(?i)software\s+(?:versions?|revisions?|v)\s*:?\s*([^.;]*(?:\.\w[^.;]*)*)`)
)

func newRecallView(notices []recall.Notice) *recallView {
	v := &recallView{byHouse: map[string][]int{}}
	for _, n := range notices {
		if n.Over() {
			continue
		}
		r := recallNotice{Notice: n, words: words(n.Product + " " + strings.Join(n.Names, " ")), all: allUnits.MatchString(n.Codes)}
		r.serials = strings.Contains(strings.ToLower(n.Codes), "serial")
		for _, w := range strings.FieldsFunc(strings.ToLower(n.Codes), func(c rune) bool { return strings.ContainsRune(" ,;:()\t\n", c) }) {
			if strings.ContainsAny(w, "0123456789") {
				r.codes = append(r.codes, strings.Trim(w, "."))
			}
		}
		if m := softwareVer.FindStringSubmatch(n.Codes); m != nil {
			r.version, r.hasVer = ParseExpression(strings.TrimRight(m[1], " .")), true
		}
		for _, h := range Houses(n.Firm) {
			v.byHouse[h] = append(v.byHouse[h], len(v.notices))
		}
		v.notices = append(v.notices, r)
	}
	return v
}

// A RecallItem is what of a device a recall may name. Empty is not known.
type RecallItem struct {
	Manufacturer, Model, Version string
	Serial, Lot                  string
	UDI                          string // as carried; its device identifier, lot and serial number are used
	ProductCode                  string // the FDA's three letters
}

// itemOf is what is known of a device. A UDI that carries lot or serial number
// gives what the record lacks (21 CFR 801.40).
func itemOf(d asset.Device, productCode string) RecallItem {
	key := KeyOf(d)
	it := RecallItem{Manufacturer: key.Manufacturer, Model: key.Model, Version: key.Version, Serial: d.SerialNumber.Value, UDI: d.UDI, ProductCode: productCode}
	if label, ok := traffic.ParseUDI(d.UDI); ok {
		it.Serial, it.Lot, it.Version = cmp.Or(it.Serial, label.Serial), label.Lot, cmp.Or(it.Version, label.Software)
	}
	return it
}

// Recalled returns the recalls that a device is or may be under. Whatever of
// its identity is not known makes the answer undecidable, never clean.
func (x *Index) Recalled(manufacturer, model, version, serial, udi string) []Recall {
	it := RecallItem{Manufacturer: manufacturer, Model: model, Version: version, Serial: serial, UDI: udi}
	if label, ok := traffic.ParseUDI(udi); ok {
		it.Serial, it.Lot = cmp.Or(serial, label.Serial), label.Lot
	}
	return x.RecallsOf(it)
}

// RecallsOf is Recalled for all that may be known of a device.
func (x *Index) RecallsOf(it RecallItem) []Recall {
	var out []Recall
	for _, h := range Houses(it.Manufacturer) {
		for _, i := range x.recalls.byHouse[h] {
			n := &x.recalls.notices[i]
			if slices.ContainsFunc(out, func(r Recall) bool { return r.Number == n.Number }) {
				continue
			}
			if r, ok := n.judge(it); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

func (n *recallNotice) judge(it RecallItem) (Recall, bool) {
	r := Recall{Number: n.Number, Class: n.Class, Why: clip(n.Reason, 300), Action: clip(n.Action, 300)}
	if n.names(it.UDI) {
		r.Status, r.Reason = n.judgeIdentified(it)
		return r, r.Status != NotAffected
	}
	near := nearRecall(telling(words(it.Model)), n.words)
	code := it.ProductCode != "" && strings.EqualFold(it.ProductCode, n.ProductCode)
	if !near.same && !near.vague {
		if !code || it.Model == "" && it.Serial == "" {
			return r, false
		}
		// A product code covers many models of a maker: it alone proves nothing,
		// unless the number of this very piece is listed.
		if it.Serial != "" && n.lists(strings.ToLower(it.Serial)) || it.Lot != "" && n.lists(strings.ToLower(it.Lot)) {
			r.Status, r.Reason = Affected, "the maker's product code "+n.ProductCode+" and the number of this device are listed"
			return r, true
		}
		return r, false
	}
	if code {
		near.vague = false
	}
	r.Status, r.Reason = n.judgeCodes(it.Version, it.Serial, it.Lot)
	if near.vague && r.Status == Affected {
		r.Status, r.Reason = Undecidable, "the recall may mean this model; "+r.Reason
	}
	return r, r.Status != NotAffected
}

// names reports whether the recall lists the device identifier of a UDI.
func (n *recallNotice) names(udi string) bool {
	if udi == "" {
		return false
	}
	di := udi
	if label, ok := traffic.ParseUDI(udi); ok {
		di = label.DI
	}
	return slices.Contains(n.UDIs, udi) || slices.Contains(n.UDIs, di) || slices.Contains(n.codes, strings.ToLower(udi)) || slices.Contains(n.codes, strings.ToLower(di))
}

// judgeIdentified judges a device whose identifier the recall lists: of lots
// or serial numbers that are listed too, its own decides.
func (n *recallNotice) judgeIdentified(it RecallItem) (Status, string) {
	const named = "the recall names this device identifier"
	switch {
	case it.Lot != "" && n.lists(strings.ToLower(it.Lot)):
		return Affected, named + " and lot " + it.Lot
	case it.Serial != "" && n.lists(strings.ToLower(it.Serial)):
		return Affected, named + " and serial number " + it.Serial
	case n.hasVer:
		status, reason := n.version.Judge("", it.Version)
		return status, named + "; " + reason
	case n.all || !n.numbered():
		return Affected, named
	case n.serials && it.Serial != "":
		return NotAffected, ""
	}
	return Undecidable, named + "; its lot or serial number is not known"
}

// numbered reports whether lots or serial numbers are listed besides device
// identifiers.
func (n *recallNotice) numbered() bool {
	return slices.ContainsFunc(n.codes, func(c string) bool {
		_, udi := traffic.ParseUDI(c)
		return !udi && !slices.Contains(n.UDIs, c)
	})
}

// nearRecall compares a model with the prose of a recall.
func nearRecall(model, text []string) nearness {
	if len(model) == 0 {
		return nearness{}
	}
	code := false
	for _, w := range model {
		if !slices.Contains(text, w) {
			return nearness{}
		}
		code = code || isCode(w)
	}
	return nearness{same: code || len(model) >= 2, vague: !code && len(model) == 1, confidence: 0.8}
}

func (n *recallNotice) judgeCodes(version, serial, lot string) (Status, string) {
	switch {
	case n.hasVer:
		status, reason := n.version.Judge("", version)
		if status != NotAffected || !n.serials {
			return status, reason
		}
	case n.all:
		return Affected, "the recall covers every unit of the model"
	}
	switch {
	case len(n.codes) == 0:
		return Undecidable, "the recall names the model; its lots or serial numbers are not given"
	case lot != "" && n.lists(strings.ToLower(lot)):
		return Affected, fmt.Sprintf("lot %s is listed", lot)
	case serial == "":
		return Undecidable, "the recall names the model; the device's serial number is not known"
	case n.lists(strings.ToLower(serial)):
		return Affected, fmt.Sprintf("serial number %s is listed", serial)
	case n.serials:
		return NotAffected, ""
	}
	return Undecidable, "the recall names the model by lots, which the record does not hold"
}

// lists reports whether serial is among the codes or within a span of them.
func (n *recallNotice) lists(serial string) bool {
	for i, c := range n.codes {
		if c == serial {
			return true
		}
		from, to, ok := strings.Cut(c, "-")
		if ok && between(serial, from, to) {
			return true
		}
		if i > 0 && between(serial, n.codes[i-1], c) && strings.Contains(strings.ToLower(n.Codes), n.codes[i-1]+" to "+c) {
			return true
		}
	}
	return false
}

// between compares serial numbers of one shape: equal length and, up to the
// trailing digits, equal text.
func between(serial, from, to string) bool {
	if len(serial) != len(from) || len(from) != len(to) || len(serial) == 0 {
		return false
	}
	stem := strings.TrimRight(from, "0123456789")
	return strings.HasPrefix(serial, stem) && strings.HasPrefix(to, stem) && from <= serial && serial <= to
}

// A RecallRow is a recall of one model, with the devices that are or may be
// under it.
type RecallRow struct {
	ID             string      `json:"id"`
	Title          string      `json:"title"` // why, as its maker says
	Manufacturer   string      `json:"manufacturer"`
	Model          string      `json:"model"`
	Classification string      `json:"classification,omitempty"`
	Action         string      `json:"action,omitempty"`
	Devices        int         `json:"devices"`
	Affected       int         `json:"affected"`
	Undecidable    int         `json:"undecidable"`
	Units          []UnitCount `json:"units"`
	Work           []Recalled  `json:"work"` // device by device
}

// A Recalled device stands under a recall, or perhaps does.
type Recalled struct {
	Device       string `json:"device"`
	Name         string `json:"name"`
	SerialNumber string `json:"serialNumber"`
	Site         string `json:"site"`
	Unit         string `json:"unit"`
	Status       Status `json:"status"`
	Reason       string `json:"reason"`
}

// Recalls returns the recalls that touch devices which by may see.
func (b *Board) Recalls(ctx context.Context, by bedrail.Actor) ([]RecallRow, error) {
	if err := b.Auth.Authorize(ctx, by, Read, bedrail.Resource{Type: "device"}); err != nil {
		return nil, err
	}
	if err := b.ensure(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	rows := map[[3]string]*RecallRow{}
	for id, d := range b.devices {
		l := d.device.Location
		if !by.Scope.Admits(l.Site, l.Unit) {
			continue
		}
		_, recalls := b.lifeOf(d)
		key := KeyOf(d.device)
		for _, r := range recalls {
			k := [3]string{r.Number, key.Manufacturer, key.Model}
			if rows[k] == nil {
				rows[k] = &RecallRow{ID: r.Number, Title: r.Why, Manufacturer: key.Manufacturer, Model: key.Model, Classification: r.Class, Action: r.Action, Units: []UnitCount{}}
			}
			rows[k].add(Recalled{id, nameOf(d.device), d.device.SerialNumber.Value, l.Site, l.Unit, r.Status, r.Reason})
		}
	}
	out := []RecallRow{}
	for _, row := range rows {
		slices.SortFunc(row.Work, func(p, q Recalled) int {
			return cmp.Or(cmp.Compare(p.Site, q.Site), cmp.Compare(p.Unit, q.Unit), cmp.Compare(p.Device, q.Device))
		})
		out = append(out, *row)
	}
	slices.SortFunc(out, func(p, q RecallRow) int {
		return cmp.Or(cmp.Compare(p.Classification, q.Classification), cmp.Compare(p.ID, q.ID), cmp.Compare(p.Model, q.Model))
	})
	return out, nil
}

func (r *RecallRow) add(d Recalled) {
	r.Devices++
	if d.Status == Affected {
		r.Affected++
	} else {
		r.Undecidable++
	}
	r.Units = countUnit(r.Units, d.Site, d.Unit)
	r.Work = append(r.Work, d)
}
