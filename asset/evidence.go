package asset

import (
	"cmp"
	"slices"
	"strings"

	"bedrail/traffic"
)

// A claim is an Evidence together with the attribute that it speaks about.
type claim struct {
	Attribute traffic.Attribute `json:"attribute"`
	Import    string            `json:"import,omitempty"` // the import that it came with, so that this can be undone,
	Also      []string          `json:"also,omitempty"`   // and the latest that said it again
	Evidence
}

// Sources of evidence that fusion treats in their own way.
const (
	fromPerson = "person"
	fromPrefix = "oui"
)

// sourceClass returns the class of a source: claims of one class are not
// independent of each other, so only the strongest counts.
func sourceClass(source string) string {
	if strings.HasPrefix(source, "dicom.") {
		return source
	}
	head, _, _ := strings.Cut(source, ".")
	switch head {
	case "mdns", "ssdp", "ipp", "upnp":
		return "announcement"
	case "http", "smb", "ntlm", "nbns", "ssh", "x509", "telnet", "rdp", "ftp", "sip", "rtsp", "banner":
		return "banner"
	case "dns", "quic":
		return "tls"
	}
	return head
}

// decidingMargin is by how much the best value must lead the second.
const (
	decidingMargin = 0.3
	confirmedAt    = 0.9
	likelyAt       = 0.6
	shownAt        = 0.1 // rivals weaker than this are not shown as a disagreement
)

// A group is the claims that agree on one value.
type group struct {
	norm   string
	p      float64
	claims []claim // strongest first
}

// fuse decides an attribute from all claims about it. Within a class of
// sources the strongest claim counts, across classes they are combined as
// independent (noisy-OR). A disagreement is returned when a rival is worth
// showing, whether or not it kept the value from being decided. The claims are
// the caller's to give away: they are put in another order.
func fuse(attribute traffic.Attribute, claims []claim) (Value, *Disagreement) {
	if len(claims) == 0 {
		return Value{Status: Unknown, Evidence: []Evidence{}}, nil
	}
	groups := groupClaims(attribute, claims)
	best := groups[0]
	v := Value{Value: best.display(attribute), Confidence: round(best.p), Evidence: evidenceOf(best.claims)}
	second := 0.0
	if len(groups) > 1 {
		second = groups[1].p
	}
	v.Status = statusOf(best, second)
	if v.Status == Conflict {
		v.Value = ""
		v.Evidence = evidenceOf(allClaims(groups))
	}
	return v, disagreementOf(attribute, groups)
}

func statusOf(best group, second float64) Status {
	lead := best.p - second
	switch {
	case best.person():
		return Confirmed
	case lead < decidingMargin-1e-9 && second >= shownAt:
		return Conflict
	case best.p >= confirmedAt && best.proven():
		return Confirmed
	case best.p >= likelyAt:
		return Likely
	}
	return Candidate
}

func groupClaims(attribute traffic.Attribute, claims []claim) []group {
	norms := make([]string, len(claims))
	alike := true
	for i := range claims {
		norms[i] = normal(attribute, claims[i].Value)
		alike = alike && norms[i] == norms[0]
	}
	if alike && norms[0] != "" { // as a rule they agree, and nothing need be copied
		slices.SortFunc(claims, compareClaims)
		return []group{{norm: norms[0], p: combine(claims), claims: claims}}
	}
	groups := make([]group, 0, 4)
	for i := range claims {
		n := norms[i]
		if n == "" {
			continue
		}
		at := slices.IndexFunc(groups, func(g group) bool { return g.norm == n })
		if at < 0 {
			at = len(groups)
			groups = append(groups, group{norm: n, claims: make([]claim, 0, len(claims)-i)})
		}
		groups[at].claims = append(groups[at].claims, claims[i])
	}
	if attribute == traffic.Model || attribute == traffic.OperatingSystem { // "Windows" and "Windows 10" agree
		groups = foldModels(groups)
	}
	if attribute == traffic.Class {
		groups = foldClasses(groups)
	}
	if attribute == traffic.Manufacturer {
		groups = withoutModules(groups)
	}
	for i := range groups {
		g := &groups[i]
		slices.SortFunc(g.claims, compareClaims)
		g.p = combine(g.claims)
	}
	humblePrefix(attribute, groups)
	slices.SortFunc(groups, compareGroups)
	return groups
}

// foldModels lets a shorter name of a model support the longer: "MX800"
// speaks for "MX800 M8001A" when no other model is called so.
func foldModels(groups []group) []group {
	if len(groups) < 2 {
		return groups
	}
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(len(a.norm), len(b.norm)), cmp.Compare(a.norm, b.norm))
	})
	for i := 0; i < len(groups); {
		into := -1
		for j := range groups {
			if j != i && containsModel(groups[j].norm, groups[i].norm) {
				if into >= 0 {
					into = -2 // two are called so
					break
				}
				into = j
			}
		}
		if into < 0 {
			i++
			continue
		}
		groups[into].claims = append(groups[into].claims, groups[i].claims...)
		groups = slices.Delete(groups, i, i+1)
	}
	return groups
}

// foldClasses lets the word for a wider class support the narrower: the
// nomenclature calls a telemetry unit on a patient a monitor, and both are
// right.
func foldClasses(groups []group) []group {
	for narrow, wide := range widerClass {
		into := slices.IndexFunc(groups, func(g group) bool { return g.norm == narrow })
		from := slices.IndexFunc(groups, func(g group) bool { return g.norm == wide })
		if into < 0 || from < 0 {
			continue
		}
		if slices.ContainsFunc(groups[from].claims, func(c claim) bool { return c.Source == fromPerson }) {
			continue // whoever looked at it chose the word
		}
		groups[into].claims = append(groups[into].claims, groups[from].claims...)
		groups = slices.Delete(groups, from, from+1)
	}
	return groups
}

// widerClass is of which class another is a kind, where protocols know only
// the wider.
var widerClass = map[string]string{"telemetry": "patient-monitor"}

// withoutModules drops what only the prefix of a network module says, when
// anything else names a maker: who made the module and who made the device are
// two questions, so the answers do not disagree. A virtual machine's card is
// built into nothing.
func withoutModules(groups []group) []group {
	module := func(g group) bool {
		return g.onlyPrefix() && moduleMaker(g.claims[0].Value) && !virtualMaker(g.claims[0].Value)
	}
	if len(groups) < 2 || !slices.ContainsFunc(groups, func(g group) bool { return !module(g) }) {
		return groups
	}
	return slices.DeleteFunc(groups, module)
}

// containsModel reports whether short, of at least three letters or digits,
// stands at the beginning or end of long.
func containsModel(long, short string) bool {
	return len(short) >= 3 && (strings.HasPrefix(long, short) || strings.HasSuffix(long, short))
}

// humblePrefix makes the hardware address prefix give way: when anything else
// names a maker, a prefix that names another is shown but cannot decide.
func humblePrefix(attribute traffic.Attribute, groups []group) {
	if attribute != traffic.Manufacturer || len(groups) < 2 {
		return
	}
	content := false
	for _, g := range groups {
		content = content || !g.onlyPrefix()
	}
	for i := range groups {
		if content && groups[i].onlyPrefix() {
			groups[i].p = min(groups[i].p, decidingMargin)
		}
	}
}

func (g group) onlyPrefix() bool {
	for _, c := range g.claims {
		if c.Source != fromPrefix {
			return false
		}
	}
	return true
}

// proven reports whether the value would be confirmed without the rules whose
// source nobody has looked up: these make it likely at most.
func (g group) proven() bool {
	if !slices.ContainsFunc(g.claims, func(c claim) bool { return c.unverified }) {
		return true
	}
	return combine(slices.DeleteFunc(slices.Clone(g.claims), func(c claim) bool { return c.unverified })) >= confirmedAt
}

func (g group) person() bool { return len(g.claims) > 0 && g.claims[0].Source == fromPerson }

// display is how the group's value is written for a person.
func (g group) display(attribute traffic.Attribute) string {
	if attribute == traffic.Manufacturer && !g.person() {
		return CanonicalManufacturer(g.claims[0].Value)
	}
	if attribute == traffic.Class {
		return g.norm // the strongest may say the wider class
	}
	if attribute == traffic.Model {
		// The strongest may be a short form or a number: write the one that
		// the group is named for.
		for _, c := range g.claims {
			if modelLetters(c.Value) == g.norm {
				return c.Value
			}
		}
		for _, c := range g.claims {
			if normal(attribute, c.Value) == g.norm {
				return c.Value
			}
		}
	}
	return g.claims[0].Value
}

func combine(claims []claim) float64 {
	type strongest struct {
		class  string
		weight float64
	}
	var space [8]strongest
	list := space[:0]
	for i := range claims {
		class := sourceClass(claims[i].Source)
		at := slices.IndexFunc(list, func(s strongest) bool { return s.class == class })
		if at < 0 {
			list = append(list, strongest{class, claims[i].Weight})
		} else {
			list[at].weight = max(list[at].weight, claims[i].Weight)
		}
	}
	// In a fixed order, so that the product is rounded alike each time.
	slices.SortFunc(list, func(a, b strongest) int { return cmp.Compare(a.class, b.class) })
	miss := 1.0
	for _, s := range list {
		miss *= 1 - s.weight
	}
	return 1 - miss
}

func compareGroups(a, b group) int {
	if a.person() != b.person() {
		if a.person() {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(b.p, a.p), cmp.Compare(a.norm, b.norm))
}

func compareClaims(a, b claim) int {
	ap, bp := a.Source == fromPerson, b.Source == fromPerson
	if ap != bp {
		if ap {
			return -1
		}
		return 1
	}
	if ap { // the last word of a person counts
		if c := b.Last.Compare(a.Last); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(b.Weight, a.Weight), a.Time.Compare(b.Time), cmp.Compare(a.Capture, b.Capture), cmp.Compare(a.Packet, b.Packet),
		cmp.Compare(a.Source, b.Source), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Raw, b.Raw))
}

// maxEvidence bounds the claims that are listed for one value; the strongest
// of each source and field come first.
const maxEvidence = 24

func evidenceOf(claims []claim) []Evidence {
	out := make([]Evidence, 0, min(len(claims), maxEvidence))
	for _, c := range claims[:min(len(claims), maxEvidence)] {
		out = append(out, c.Evidence)
	}
	return out
}

func allClaims(groups []group) []claim {
	var all []claim
	for _, g := range groups {
		all = append(all, g.claims...)
	}
	slices.SortFunc(all, compareClaims)
	return all
}

func disagreementOf(attribute traffic.Attribute, groups []group) *Disagreement {
	d := Disagreement{Attribute: attribute}
	for _, g := range groups {
		if g.p >= shownAt-1e-9 || len(d.Values) == 0 {
			d.Values = append(d.Values, Rival{Value: g.display(attribute), Confidence: round(g.p), Evidence: evidenceOf(g.claims)})
		}
	}
	if len(d.Values) < 2 {
		return nil
	}
	return &d
}

// round keeps four digits, so that a confidence is written alike everywhere.
func round(p float64) float64 { return float64(int(p*10000+0.5)) / 10000 }

// normal is the form in which two values of an attribute are compared.
func normal(attribute traffic.Attribute, value string) string {
	switch attribute {
	case traffic.Manufacturer:
		return vendorKey(CanonicalManufacturer(value))
	case traffic.Model:
		return modelKey(value)
	case traffic.SerialNumber:
		return serialKey(value)
	case traffic.Class:
		return strings.ToLower(value)
	}
	return strings.ToLower(strings.Join(strings.Fields(value), " "))
}

// modelKey keeps letters, digits and the plus that tells a Plum A from a Plum
// A+.
func modelKey(model string) string {
	key := modelLetters(model)
	if name, ok := modelNames[key]; ok {
		return modelLetters(name)
	}
	return key
}

func modelLetters(model string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 127, r == '+':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, model)
}

// serialKey drops what people write around a serial number. Zeros in front
// are part of it.
func serialKey(serial string) string {
	s := strings.ToLower(strings.TrimSpace(serial))
	for _, lead := range []string{"s/n", "sn:", "sn#", "sn ", "serial"} {
		s = strings.TrimSpace(strings.TrimLeft(strings.TrimPrefix(s, lead), " :#"))
	}
	return strings.Join(strings.Fields(s), "")
}
