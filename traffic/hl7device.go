package traffic

import (
	"slices"
	"strings"

	"bedrail/format/hl7"
)

// An hl7Reading takes from one message what it says of equipment. It looks at
// MSH, SFT, OBR-4, OBX, PRT and, for a message of devices, PV1-3 and nothing
// else: PID, NK1 and their like are never touched, nor is OBX-5 but for the
// production data of a device, and for whether there is a value at all and a
// flow is zero.
type hl7Reading struct {
	m      *hl7.Message
	s      *Stream
	dir    Direction
	known  *hl7Known
	groups []hl7Device
	obr    int
	class  Claim // from OBR-4, for devices that do not say better
}

// An hl7Device collects what one message says of one device: a device is an
// MDS (the first number of OBX-4) within one order group, or an EUI-64 where
// several share a number.
type hl7Device struct {
	obr    int
	mds    string
	eui    string
	claims []Claim
	named  bool // something identifies it
	use    Use
}

// Evidence of HL7 weighs by how directly the field speaks (discovery, section
// 3): exact fields most, free text and vendor words less.
const (
	hl7Exact  = 0.95 // a field made for it, from the device's own address
	hl7Own    = 0.9
	hl7Vendor = 0.75 // a maker's name in a name of software
	hl7Text   = 0.6  // free text, or words of a gateway
	hl7Shaky  = 0.3  // kept to be shown, too weak to decide
	hl7Rival  = 0.1  // known to be wrong, kept as the record of the conflict
)

const hl7MostDevices = 64 // in one message; a gateway of a whole ward stays below

func (r *hl7Reading) read() {
	msh := r.m.Segment(0)
	if kind := msh.Field(9).Component(1); kind.Is("ACK") || r.m.Find("MSA", 1).Exists() {
		r.answer(msh)
		return
	}
	for i := range r.m.Len() {
		seg := r.m.Segment(i)
		switch {
		case seg.Is("OBR"):
			r.obr++
			r.deviceClass(seg.Field(4), "OBR-4")
		case seg.Is("OBX"):
			r.observation(seg)
		case seg.Is("PRT"):
			r.participation(seg)
		}
	}
	r.emitDevices(msh)
	r.emitSender(msh)
}

// answer reads an acknowledgment: who sends it receives clinical messages.
func (r *hl7Reading) answer(msh hl7.Segment) {
	o := Observation{Roles: []string{"hl7-receiver"}, at: spanStart(msh.Field(9))}
	asked := r.s.Server.Port != 0 && r.dir == ToClient
	if asked {
		o.Claims = append(o.Claims, Claim{Attribute: Class, Value: "integration-engine", Weight: hl7Text, Source: "hl7.ack", Field: "MSA", Offset: spanStart(r.m.Find("MSA", 1).Field(1))})
	}
	r.sender(msh, &o)
	r.s.Emit(r.dir, o)
}

// deviceClass remembers the class that an object code of the nomenclature
// names.
func (r *hl7Reading) deviceClass(f hl7.Value, field string) {
	if word := mdcClass(f.Component(1).String(), f.Component(2).String()); word != "" {
		r.class = r.claim(Class, word, hl7Own, "hl7.mdc", field, f)
	}
}

func (r *hl7Reading) claim(a Attribute, value string, weight float64, source, field string, v hl7.Value) Claim {
	c := Claim{Attribute: a, Value: value, Weight: weight, Source: source, Field: field, Offset: spanStart(v)}
	if raw := v.String(); raw != value && len(raw) <= 256 {
		c.Raw = raw
	}
	return c
}

func spanStart(v hl7.Value) int {
	start, _ := v.Span()
	return start
}

// device returns the group of the device that an OBX or PRT speaks of.
func (r *hl7Reading) device(mds, eui string) *hl7Device {
	for i := range r.groups {
		g := &r.groups[i]
		if g.obr == r.obr && (g.mds == mds || mds == "") && (g.eui == eui || g.eui == "" || eui == "") {
			if g.eui == "" {
				g.eui = eui
			}
			return g
		}
	}
	if len(r.groups) == hl7MostDevices {
		return &hl7Device{}
	}
	r.groups = append(r.groups, hl7Device{obr: r.obr, mds: mds, eui: eui})
	return &r.groups[len(r.groups)-1]
}

func (r *hl7Reading) observation(seg hl7.Segment) {
	id := seg.Field(3)
	mds, _, _ := strings.Cut(string(seg.Field(4).Bytes()), ".")
	ei := seg.Field(18)
	attribute, weight := mdcProduction(id)
	isDevice := seg.Field(2).Empty() && mdcClass(id.Component(1).String(), id.Component(2).String()) != ""
	use := useOf(id, seg)
	if ei.Empty() && attribute == "" && !isDevice {
		if use != "" {
			r.inUse(mds, use)
		}
		return
	}
	d := r.device(mds, euiOf(ei))
	if isDevice {
		word := mdcClass(id.Component(1).String(), id.Component(2).String())
		d.claims = append(d.claims, r.claim(Class, word, hl7Exact, "hl7.mdc", "OBX-3", id.Component(2)))
	}
	if attribute != "" {
		r.production(d, attribute, weight, seg)
	}
	r.equipment(d, ei, "OBX-18")
	if use != "" {
		d.use = use
	}
}

// fluidFlow is MDC_FLOW_FLUID_PUMP of ISO/IEEE 11073-10101.
const fluidFlow = "157784"

// useOf tells whether a row shows its device at work. Of OBX-5 nothing is kept
// but whether there is a value, and whether a flow is zero.
func useOf(id hl7.Value, seg hl7.Segment) Use {
	if !seg.Field(2).Is("NM") || seg.Field(5).Empty() || seg.Field(5).Null() {
		return ""
	}
	if id.Component(1).Is(fluidFlow) {
		if strings.Trim(string(seg.Field(5).Bytes()), "0.+- ") == "" {
			return ""
		}
		return Infusing
	}
	return Monitoring
}

// inUse notes the use of the device that the numbers of a row name, if the
// message has named it.
func (r *hl7Reading) inUse(mds string, use Use) {
	for i := range r.groups {
		if g := &r.groups[i]; g.obr == r.obr && (g.mds == mds || mds == "") {
			if g.use != Infusing {
				g.use = use
			}
			return
		}
	}
}

// shown is the use that fits what the device is: only a monitor monitors.
func (d *hl7Device) shown() Use {
	if d.use != Monitoring {
		return d.use
	}
	for _, c := range d.claims {
		if c.Attribute == Class && c.Value == "patient-monitor" {
			return Monitoring
		}
	}
	return ""
}

// production takes OBX-5 of a row of production data.
func (r *hl7Reading) production(d *hl7Device, a Attribute, weight float64, seg hl7.Segment) {
	v := seg.Field(5)
	text := strings.TrimSpace(v.Rep(1).Component(1).String())
	if text == "" || v.Null() || len(text) > 128 {
		return
	}
	d.named = true
	d.claims = append(d.claims, r.claim(a, text, weight, "hl7.production", "OBX-5", v.Rep(1).Component(1)))
}

// equipment reads an entity identifier of equipment: id^namespace^universal
// id^type. The id is free text: a serial number, a model with one, an EUI-64
// once more, or a UDI.
func (r *hl7Reading) equipment(d *hl7Device, ei hl7.Value, field string) {
	for n := 1; n <= ei.Reps() && n <= 4; n++ {
		r.entity(d, ei.Rep(n), field)
	}
}

func (r *hl7Reading) entity(d *hl7Device, ei hl7.Value, field string) {
	id := strings.TrimSpace(ei.Component(1).String())
	space := strings.TrimSpace(ei.Component(2).String())
	if eui := euiOf(ei); eui != "" {
		d.named = true
		d.claims = append(d.claims, r.claim(EUI64, eui, hl7Exact, "hl7.equipment", field, ei.Component(3)))
	}
	if len(id) > 256 || len(space) > 128 {
		return
	}
	if u, ok := ParseUDI(id); ok {
		r.udi(d, u, ei.Component(1), field)
		return
	}
	r.product(d, space, field, ei.Component(2), hl7Own)
	if id == "" || isEUI(id) || strings.HasPrefix(strings.ToLower(id), "urn:") || strings.Count(id, "-") == 4 && len(id) == 36 {
		return
	}
	d.named = true
	r.product(d, id, field, ei.Component(1), hl7Own)
	if model, serial, ok := cutSerial(id); ok {
		d.claims = append(d.claims, r.claim(SerialNumber, serial, hl7Exact, "hl7.equipment", field, ei.Component(1)))
		if model != "" && !r.known.name(id).known {
			d.claims = append(d.claims, r.claim(Model, model, hl7Own, "hl7.equipment", field, ei.Component(1)))
		}
		return
	}
	if !strings.ContainsAny(id, "0123456789") || strings.Contains(id, " ") {
		return // a name, not a number
	}
	weight := hl7Text
	if r.known.name(space).known {
		weight = 0.85 // "8801234^Centrella": the namespace names the product whose number it is
	}
	d.claims = append(d.claims, r.claim(SerialNumber, id, weight, "hl7.equipment", field, ei.Component(1)))
}

// product adds what a name of a product or maker says.
func (r *hl7Reading) product(d *hl7Device, text, field string, v hl7.Value, weight float64) {
	name := r.known.name(text)
	if p := name.product; name.known {
		d.named = true
		d.claims = append(d.claims, r.claim(Manufacturer, p.maker, weight, "hl7.equipment", field, v), r.claim(Class, p.class, hl7Vendor, "hl7.equipment", field, v))
		if p.model != "" {
			d.claims = append(d.claims, r.claim(Model, p.model, weight, "hl7.equipment", field, v))
		}
		return
	}
	if maker := name.maker; maker != "" {
		d.claims = append(d.claims, r.claim(Manufacturer, maker, hl7Vendor, "hl7.equipment", field, v))
	}
}

// participation reads a PRT of equipment. Real senders shift PRT-16 to PRT-20
// by one field: a UDI in PRT-10 is one text that cannot shift, so it wins, and
// what disagrees is kept as the record of the conflict.
func (r *hl7Reading) participation(seg hl7.Segment) {
	if role := seg.Field(4).Component(1); !role.Is("EQUIP") && seg.Field(10).Empty() && seg.Field(16).Empty() {
		return
	}
	ei := seg.Field(10)
	d := r.device("", euiOf(ei))
	r.equipment(d, ei, "PRT-10")
	u, parsed := ParseUDI(strings.TrimSpace(ei.Component(1).String()))
	r.participationFields(d, seg, u, parsed)
	if word := mdcClass(seg.Field(22).Component(1).String(), seg.Field(22).Component(2).String()); word != "" {
		d.claims = append(d.claims, r.claim(Class, word, hl7Own, "hl7.prt", "PRT-22", seg.Field(22)))
	}
	r.participationPlace(d, seg.Field(9))
}

func (r *hl7Reading) participationFields(d *hl7Device, seg hl7.Segment, u Label, parsed bool) {
	if serial := strings.TrimSpace(seg.Field(20).Component(1).String()); serial != "" && len(serial) <= 64 {
		weight := hl7Own
		if parsed && u.Serial != "" && serial != u.Serial {
			weight = hl7Rival
		}
		d.named = true
		d.claims = append(d.claims, r.claim(SerialNumber, serial, weight, "hl7.prt", "PRT-20", seg.Field(20)))
	}
	if parsed {
		return
	}
	id := strings.TrimSpace(seg.Field(16).Component(1).String())
	switch fromDI, ok := ParseUDI(id); {
	case ok:
		r.udi(d, fromDI, seg.Field(16), "PRT-16")
	case id != "" && len(id) <= 128:
		d.named = true
		r.product(d, id, "PRT-16", seg.Field(16), hl7Own)
	}
}

// participationPlace reads PRT-9. It is a location; a single name that is no
// place of the message may also be the product's name, as real senders have
// it.
func (r *hl7Reading) participationPlace(d *hl7Device, f hl7.Value) {
	if f.Empty() || f.Null() {
		return
	}
	if f.Components() > 1 {
		if spot := spotOf(f).String(); spot != "" {
			d.claims = append(d.claims, r.claim(Location, spot, 0.8, "hl7.prt", "PRT-9", f))
		}
		return
	}
	name := strings.TrimSpace(f.String())
	if r.known.name(name).known {
		r.product(d, name, "PRT-9", f, 0.85)
		return
	}
	stated := r.m.Find("PV1", 1).Field(3).Component(1)
	if strings.Contains(name, " ") && !stated.Empty() && !stated.Is(name) && len(name) <= 64 {
		d.claims = append(d.claims, r.claim(Model, name, hl7Shaky, "hl7.prt", "PRT-9", f))
	}
}

func (r *hl7Reading) udi(d *hl7Device, u Label, v hl7.Value, field string) {
	d.named = true
	d.claims = append(d.claims, r.claim(UDI, v.String(), hl7Exact, "hl7.udi", field, v))
	if u.Serial != "" {
		d.claims = append(d.claims, r.claim(SerialNumber, u.Serial, hl7Exact, "hl7.udi", field, v))
	}
	if u.Software != "" {
		d.claims = append(d.claims, r.claim(SoftwareVersion, u.Software, hl7Own, "hl7.udi", field, v))
	}
}

// emitDevices hands on each device. One whose EUI-64 holds the sender's own
// hardware address is the sender; any other may stand behind it.
func (r *hl7Reading) emitDevices(msh hl7.Segment) {
	place := r.m.Find("PV1", 1).Field(3)
	spot := spotOf(place).String()
	senderEUI := euiOfHD(msh.Field(3))
	if len(r.groups) == 0 && r.class.Value != "" && senderEUI != "" {
		r.groups = append(r.groups, hl7Device{eui: senderEUI, named: true})
	}
	for i := range r.groups {
		d := &r.groups[i]
		if len(r.groups) == 1 {
			d.adopt(r, senderEUI, msh)
		}
		if !d.named {
			continue
		}
		if r.class.Value != "" && !hasClass(d.claims) {
			d.claims = append(d.claims, r.class)
		}
		if spot != "" && len(r.groups) == 1 && !d.located() {
			d.claims = append(d.claims, r.claim(Location, spot, hl7Text, "hl7.pv1", "PV1-3", place))
		}
		own := euiIsMAC(d.eui, r.s.Sender(r.dir).MAC)
		o := Observation{Claims: d.claims, Content: !own, Roles: append([]string{"hl7-device"}, profileRoles(msh.Field(21))...), Use: d.shown(), at: spanStart(msh.Field(9))}
		r.s.Emit(r.dir, o)
	}
}

// adopt gives a message's only device what its header says, when the header
// names the same device or the device has no number of its own.
func (d *hl7Device) adopt(r *hl7Reading, eui string, msh hl7.Segment) {
	if eui != "" && (d.eui == "" || d.eui == eui) {
		if d.eui == "" {
			d.claims = append(d.claims, r.claim(EUI64, eui, hl7Own, "hl7.header", "MSH-3", msh.Field(3).Component(2)))
		}
		d.eui, d.named = eui, true
	}
	if !d.named || eui != "" && d.eui != eui {
		return
	}
	r.product(d, msh.Field(3).Component(1).String(), "MSH-3", msh.Field(3).Component(1), hl7Vendor)
	if maker := r.known.name(msh.Field(4).Component(1).String()).maker; maker != "" {
		d.claims = append(d.claims, r.claim(Manufacturer, maker, 0.7, "hl7.header", "MSH-4", msh.Field(4)))
	}
}

func hasClass(claims []Claim) bool {
	for _, c := range claims {
		if c.Attribute == Class && c.Source == "hl7.mdc" {
			return true
		}
	}
	return false
}

func (d *hl7Device) located() bool {
	for _, c := range d.claims {
		if c.Attribute == Location {
			return true
		}
	}
	return false
}

// emitSender hands on what the header says of the sending system, apart from
// its devices: that it speaks HL7, and its software (SFT).
func (r *hl7Reading) emitSender(msh hl7.Segment) {
	for i := range r.groups {
		if r.groups[i].named && len(r.groups) == 1 && (r.groups[i].eui == euiOfHD(msh.Field(3)) || euiOfHD(msh.Field(3)) == "") {
			return // the only device is the sender, and said so
		}
	}
	o := Observation{Roles: append([]string{"hl7-sender"}, profileRoles(msh.Field(21))...), at: spanStart(msh.Field(9))}
	r.sender(msh, &o)
	r.s.Emit(r.dir, o)
}

// profileRoles are what MSH-21 says the message is for: the profiles of IHE
// PCD name the actor that sends it (IHE PCD TF-2: DEC reports observations, ACM
// alerts, PIV what a pump is to do).
func profileRoles(profiles hl7.Value) []string {
	var out []string
	for i := 1; i <= profiles.Reps() && i <= 4; i++ {
		name := strings.ToUpper(profiles.Rep(i).Component(1).String())
		role := ""
		switch {
		case !strings.HasPrefix(name, "IHE_PCD_") && !strings.HasPrefix(name, "IHE PCD"):
			continue
		case strings.Contains(name, "ACM"), strings.HasSuffix(name, "_004"):
			role = "ihe-alert-reporter"
		case strings.HasSuffix(name, "_001"):
			role = "ihe-observation-reporter"
		case strings.HasSuffix(name, "_003"):
			role = "ihe-infusion-order-sender"
		default:
			role = "ihe-pcd-sender"
		}
		if !slices.Contains(out, role) {
			out = append(out, role)
		}
	}
	return out
}

func (r *hl7Reading) sender(msh hl7.Segment, o *Observation) {
	if eui := euiOfHD(msh.Field(3)); eui != "" {
		o.Claims = append(o.Claims, r.claim(EUI64, eui, hl7Own, "hl7.header", "MSH-3", msh.Field(3).Component(2)))
		o.Content = !euiIsMAC(eui, r.s.Sender(r.dir).MAC)
	}
	sft := r.m.Find("SFT", 1)
	if !sft.Exists() {
		return
	}
	for _, f := range [...]struct {
		field     int
		attribute Attribute
		name      string
	}{{1, Manufacturer, "SFT-1"}, {2, SoftwareVersion, "SFT-2"}, {3, Model, "SFT-3"}} {
		v := sft.Field(f.field).Component(1)
		if text := strings.TrimSpace(v.String()); text != "" && !v.Null() && len(text) <= 128 {
			o.Claims = append(o.Claims, r.claim(f.attribute, text, hl7Text, "hl7.software", f.name, v))
		}
	}
	o.Content = true // the software may be that of an earlier hop
}

// spotOf reads a PL: point of care, room, bed, facility, status, type,
// building, floor. A place of a person's own (type H, home) is none of ours.
func spotOf(f hl7.Value) Spot {
	if f.Empty() || f.Null() || f.Component(6).Is("H") || f.Component(6).Is("HOME") {
		return Spot{}
	}
	text := func(n int) string {
		v := f.Component(n)
		if v.Null() {
			return ""
		}
		s := strings.TrimSpace(v.Sub(1).String())
		if len(s) > 64 {
			return ""
		}
		return s
	}
	s := Spot{Unit: text(1), Room: text(2), Bed: text(3), Site: text(4), Building: text(7), Floor: text(8)}
	if s.Unit == "" && s.Room == "" && s.Bed == "" {
		return Spot{}
	}
	return s
}
