package traffic

import (
	"bytes"
	"compress/flate"
	"io"

	"bedrail/format/dicom"
)

// The facts that DICOM gives beside identity.
const (
	// Implementation is the software behind an association: version name and
	// class UID. It names a toolkit more often than a product.
	Implementation Attribute = "implementation"
	// StationName is what the hospital calls the equipment, (0008,1010).
	StationName Attribute = "stationName"
)

// DICOM reads associations: who speaks, in which role, with which software,
// and the identity tags of the data sets that pass. Patient tags and pixels
// are passed over by their length where they stand.
func DICOM() Dissector {
	return Dissector{Name: "dicom", Sniff: sniffDICOM, New: func() Parser { return newDICOMParser() }}
}

// sniffDICOM knows a stream by an association request (PS3.8 9.3.2), or, where
// the beginning of the connection was not captured, by a command set.
func sniffDICOM(b []byte, _ uint16) bool {
	if len(b) < 6 || b[1] != 0 {
		return false
	}
	length := uint32(b[2])<<24 | uint32(b[3])<<16 | uint32(b[4])<<8 | uint32(b[5])
	switch dicom.PDUType(b[0]) {
	case dicom.AssociateRQ, dicom.AssociateAC:
		if length < 68 || length > dicom.MaxControlPDU {
			return false
		}
		// Version, two reserved bytes, then titles of printable characters.
		return len(b) < 10 || b[8] == 0 && b[9] == 0 && printable(b[10:min(len(b), 42)])
	case dicom.DataTF:
		return len(b) >= 20 && b[11] == 3 && bytes.Equal(b[12:20], []byte{0, 0, 0, 0, 4, 0, 0, 0})
	}
	return false
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && c != 0 || c >= 0x7F {
			return false
		}
	}
	return true
}

// A dicomParser follows one association. Between messages it keeps some
// hundred bytes: one per presentation context and the title.
type dicomParser struct {
	stream    *Stream
	half      [2]dicomHalf
	requestor Direction
	contexts  dicomContexts
	called    string // the title that the request asks for
	answered  bool
}

// A dicomContext is what is kept of a presentation context, in one byte, since
// an association may have 128 of them: the service, whether the requestor
// asked to be provider, too, and the syntax.
type dicomContext byte

func newDICOMContext(service dicomService, scp bool, syntax dicomSyntax) dicomContext {
	k := dicomContext(service)<<4 | dicomContext(syntax)
	if scp {
		k |= 1 << 3
	}
	return k
}

func (k dicomContext) service() dicomService { return dicomService(k >> 4) }
func (k dicomContext) scp() bool             { return k&(1<<3) != 0 }
func (k dicomContext) syntax() dicomSyntax   { return dicomSyntax(k & 7) }

// dicomContexts are the contexts of an association by half of their ids, which
// are odd (PS3.8 9.3.2.2).
type dicomContexts []dicomContext

func (c dicomContexts) of(id byte) dicomContext {
	if id%2 == 0 || int(id/2) >= len(c) {
		return 0
	}
	return c[id/2]
}

func (c *dicomContexts) set(id byte, k dicomContext) {
	if id%2 == 0 {
		return
	}
	if more := int(id/2) + 1 - len(*c); more > 0 {
		*c = append(*c, make(dicomContexts, more)...)
	}
	(*c)[id/2] = k
}

// roomFor makes room for what an association proposes.
func roomFor(proposed []dicom.Context) dicomContexts {
	most := byte(0)
	for _, c := range proposed {
		most = max(most, c.ID)
	}
	return make(dicomContexts, 0, int(most/2)+1)
}

// A dicomSyntax is as much of a transfer syntax as headers need.
type dicomSyntax byte

const (
	syntaxUnknown dicomSyntax = iota
	syntaxImplicit
	syntaxExplicit
	syntaxBig
	syntaxDeflated
)

// A dicomHalf is one direction.
type dicomHalf struct {
	parser   *dicomParser
	set      *dicomSet // the data set that is being read
	command  []byte    // the command set as far as it has come
	instance string    // SOP instance UID of the command whose data set follows
	deframer dicom.Deframer
	field    dicom.CommandField // of that command
	dir      Direction
	lost     bool
	stored   bool // a study was told of this association
	passing  bool // the open data set is of no interest, or read as far as it is
}

func newDICOMParser() *dicomParser {
	p := &dicomParser{}
	for d := range p.half {
		p.half[d].parser, p.half[d].dir = p, Direction(d)
	}
	return p
}

// Feed implements Parser.
func (p *dicomParser) Feed(s *Stream, dir Direction, data []byte) {
	p.stream = s
	h := &p.half[dir]
	if h.lost {
		return
	}
	if h.deframer.Write(data, h) != nil {
		p.lose(h)
	}
}

// Held implements Holder.
func (p *dicomParser) Held() int {
	n := 0
	for i := range p.half {
		h := &p.half[i]
		n += h.deframer.Held() + cap(h.command)
		if h.set != nil {
			n += h.set.held()
		}
	}
	return n
}

// Gap implements Parser. A gap inside of pixels or of another value that is
// passed over costs nothing.
func (p *dicomParser) Gap(s *Stream, dir Direction, n int) {
	p.stream = s
	h := &p.half[dir]
	if h.lost {
		return
	}
	f, open := h.deframer.Open()
	if !open || !h.deframer.Pass(int64(n)) {
		p.lose(h)
		return
	}
	if f.Command {
		h.command, h.passing = nil, true
		h.field, h.instance = 0, ""
	} else if h.set != nil && !h.set.pass(int64(n)) {
		h.finish()
	}
}

// lose gives up a direction: its units can no longer be told apart.
func (p *dicomParser) lose(h *dicomHalf) {
	h.finish()
	h.lost, h.command = true, nil
	if p.half[ToServer].lost && p.half[ToClient].lost {
		p.stream.Leave()
	}
}

// Unit implements dicom.Receiver.
func (h *dicomHalf) Unit(t dicom.PDUType, body []byte) {
	p := h.parser
	switch t {
	case dicom.AssociateRQ:
		if a, err := dicom.ParseAssociate(body); err == nil {
			p.request(h.dir, a)
		}
	case dicom.AssociateAC:
		if a, err := dicom.ParseAssociate(body); err == nil {
			p.accept(h.dir, a)
		}
	case dicom.AssociateRJ, dicom.ReleaseRP, dicom.Abort:
		p.half[ToServer].finish()
		p.half[ToClient].finish()
		p.stream.Leave()
	}
}

// request reads a proposal: the sender's title, software and roles.
func (p *dicomParser) request(dir Direction, a dicom.Associate) {
	p.requestor, p.answered = dir, false
	p.contexts = roomFor(a.Contexts)
	var roles dicomRoles
	var objects objectKinds
	for _, c := range a.Contexts[:min(len(a.Contexts), 128)] {
		service, scu, scp := serviceOf(c.Abstract), true, false
		for _, r := range a.User.Roles {
			if r.SOPClass == c.Abstract {
				scu, scp = r.SCU, r.SCP
			}
		}
		roles.add(service, scu, scp, pduHead+c.At)
		if scu {
			objects.add(c.Abstract, pduHead+c.At)
		}
		p.contexts.set(c.ID, newDICOMContext(service, scp, soleSyntax(c.Transfer)))
	}
	o := Observation{Roles: append(roles.words(), identityRoles(a.User)...), Claims: associateClaims(a.CallingAE, "calling AE title", callingTitle, a.User), at: callingTitle}
	if a.User.Identity != nil {
		o.at = pduHead + a.User.Identity.At
	}
	o.Claims = append(o.Claims, roles.class()...)
	if !roles.scu[findService] && !roles.scu[retrieveService] { // who also asks for images may pass on those of others
		o.Claims = append(o.Claims, objects.claims()...)
	}
	p.called = a.CalledAE
	p.stream.Emit(dir, o)
}

// accept reads the answer. Only now is the called title known to be the
// answerer's.
func (p *dicomParser) accept(dir Direction, a dicom.Associate) {
	if p.answered {
		return
	}
	p.answered, p.requestor = true, dir.Other()
	var roles dicomRoles
	for _, c := range a.Contexts[:min(len(a.Contexts), 128)] {
		if c.Result != dicom.Accepted {
			continue
		}
		k := p.contexts.of(c.ID) // nothing where the request was not seen
		p.contexts.set(c.ID, newDICOMContext(k.service(), k.scp(), soleSyntax(c.Transfer)))
		roles.add(k.service(), k.scp(), !k.scp(), pduHead+c.At)
	}
	// PS3.8 9.3.3 tells the answerer to repeat the called title, and nobody to
	// test it; the request's is what was accepted.
	called := p.called
	if called == "" {
		called = a.CalledAE
	}
	o := Observation{Roles: roles.words(), Claims: associateClaims(called, "called AE title", calledTitle, a.User), at: calledTitle}
	o.Claims = append(o.Claims, roles.class()...)
	p.stream.Emit(dir, o)
}

// identityRoles say how the requestor proves who uses it (PS3.7 D.3.3.7). Whose
// name it gives is nobody's business here, and is not kept.
func identityRoles(u dicom.User) []string {
	switch {
	case u.Identity == nil:
		return nil
	case u.Identity.Type == dicom.UsernamePassword:
		return []string{"dicom-user-identity", "dicom-user-password"}
	}
	return []string{"dicom-user-identity"}
}

// Where the titles stand in an association's unit, whose body begins behind a
// head of six bytes (PS3.8 9.3.2).
const (
	pduHead      = 6
	calledTitle  = pduHead + 4
	callingTitle = pduHead + 20
)

// associateClaims are what an association says of the side that bears title,
// which stands at byte at of the unit.
func associateClaims(title, field string, at int, u dicom.User) []Claim {
	var claims []Claim
	if title != "" && printable([]byte(title)) {
		claims = append(claims, Claim{Attribute: AETitle, Value: title, Weight: 0.9, Source: "dicom.associate", Field: field, Offset: at})
	}
	if name := u.Version; name != "" && len(name) <= 16 && printable([]byte(name)) {
		claims = append(claims, Claim{Attribute: Implementation, Value: name, Raw: u.Implementation, Weight: 0.9,
			Source: "dicom.associate", Field: "implementation version name", Offset: pduHead + u.VersionAt})
	} else if u.Implementation != "" && validUID(u.Implementation) {
		claims = append(claims, Claim{Attribute: Implementation, Value: u.Implementation, Weight: 0.9,
			Source: "dicom.associate", Field: "implementation class UID", Offset: pduHead + u.ImplementationAt})
	}
	if r, ok := rootOf(u.Implementation); ok && r.maker {
		claims = append(claims, Claim{Attribute: Manufacturer, Value: r.owner, Raw: u.Implementation, Weight: 0.6,
			Source: "dicom.uidroot", Field: "implementation class UID", Offset: pduHead + u.ImplementationAt})
	}
	return claims
}

// Data implements dicom.Receiver.
func (h *dicomHalf) Data(f dicom.Fragment, piece []byte) {
	if f.Command {
		h.readCommand(f, piece)
		return
	}
	if h.set == nil && !h.passing {
		h.open(f.Context)
	}
	if h.set != nil && h.set.write(piece) {
		h.finish()
		h.passing = true
	}
	if f.Last && f.End {
		h.finish()
		h.passing, h.field, h.instance = false, 0, ""
	}
}

func (h *dicomHalf) readCommand(f dicom.Fragment, piece []byte) {
	if len(h.command)+len(piece) <= dicom.MaxCommand {
		h.command = append(h.command, piece...)
	}
	if !f.Last || !f.End {
		return
	}
	h.finish()
	c, err := dicom.ParseCommand(h.command)
	h.command, h.passing = nil, false
	h.field, h.instance = 0, ""
	if err == nil {
		h.field, h.instance = c.Field, c.SOPInstance
	}
}

// open starts a data set if its command makes the sender its author: a store,
// or the report of a performed step.
func (h *dicomHalf) open(context byte) {
	if h.field != dicom.CStoreRQ && h.field != dicom.NCreateRQ {
		h.passing = true
		return
	}
	h.set = newDICOMSet(h.parser.contexts.of(context).syntax())
}

// finish hands on what the open data set said.
func (h *dicomHalf) finish() {
	if h.set == nil {
		return
	}
	claims := h.set.claims(h.instance)
	h.set, h.passing = nil, true
	if len(claims) == 0 {
		return
	}
	o := Observation{Claims: claims, Content: true}
	if h.stored || h.field != dicom.CStoreRQ {
		h.parser.stream.Emit(h.dir, o)
		return
	}
	h.stored, o.Use = true, Study // once for each association: it carries what belongs together
	h.parser.stream.EmitEach(h.dir, o)
}

// soleSyntax is the syntax of an answer, or of a proposal that leaves no
// choice.
func soleSyntax(uids []string) dicomSyntax {
	if len(uids) != 1 {
		return syntaxUnknown
	}
	s := dicom.SyntaxOf(uids[0])
	switch {
	case s.Deflated:
		return syntaxDeflated
	case s.BigEndian:
		return syntaxBig
	case s.Explicit:
		return syntaxExplicit
	}
	return syntaxImplicit
}

func (s dicomSyntax) syntax() dicom.Syntax {
	switch s {
	case syntaxImplicit:
		return dicom.SyntaxOf(dicom.ImplicitLittle)
	case syntaxBig:
		return dicom.SyntaxOf(dicom.ExplicitBig)
	}
	return dicom.SyntaxOf(dicom.ExplicitLittle)
}

// What a data set may take: the longest value that names equipment, a
// compressed data set's start, and what comes out of that.
const (
	longestIdentity = 1024

	deflatedLimit = 64 << 10
	inflateLimit  = 256 << 10
)

// A dicomSet reads the identity tags of one data set.
type dicomSet struct {
	syntax dicomSyntax
	walker *dicom.Walker
	head   []byte // the start, until the syntax is known; all of it when deflated
	fields []dicomField
}

// A dicomField is an identity tag as it stood.
type dicomField struct {
	tag    dicom.Tag
	offset int64
	value  []byte
}

func newDICOMSet(s dicomSyntax) *dicomSet {
	d := &dicomSet{syntax: s}
	if s != syntaxUnknown && s != syntaxDeflated {
		d.start(s.syntax())
	}
	return d
}

func (d *dicomSet) start(s dicom.Syntax) {
	d.walker = dicom.NewWalker(s, wishDICOM, d.keep)
	d.walker.Last, d.walker.Longest = lastIdentityTag, longestIdentity
}

// write takes in a piece and says whether all that matters was read.
func (d *dicomSet) write(p []byte) (done bool) {
	if d.walker == nil {
		p = d.begin(p)
	}
	if d.walker == nil {
		return d.syntax == syntaxDeflated && len(d.head) >= deflatedLimit
	}
	_, err := d.walker.Write(p)
	return err != nil || d.walker.Done()
}

// begin holds the start until the syntax can be told.
func (d *dicomSet) begin(p []byte) []byte {
	limit := 8
	if d.syntax == syntaxDeflated {
		limit = deflatedLimit
	}
	n := min(len(p), limit-len(d.head))
	d.head = append(d.head, p[:n]...)
	if d.syntax == syntaxDeflated || len(d.head) < 8 {
		return nil
	}
	s, _ := dicom.GuessSyntax(d.head)
	d.start(s)
	_, _ = d.walker.Write(d.head) // an error stays with the walker
	return p[n:]
}

func (d *dicomSet) held() int {
	n := cap(d.head) + len(d.fields)*longestIdentity/8
	if d.walker != nil {
		n += d.walker.Held()
	}
	return n
}

func (d *dicomSet) pass(n int64) bool { return d.walker != nil && d.walker.Pass(n) }

func (d *dicomSet) keep(e dicom.Element) {
	if len(d.fields) < 32 {
		d.fields = append(d.fields, dicomField{e.Tag, e.Offset, bytes.Clone(e.Value)})
	}
}

// inflate reads a compressed data set as far as it came.
func (d *dicomSet) inflate() {
	if d.syntax != syntaxDeflated || len(d.head) == 0 || d.walker != nil {
		return
	}
	d.start(dicom.SyntaxOf(dicom.ExplicitLittle))
	r := io.LimitReader(flate.NewReader(bytes.NewReader(d.head)), inflateLimit)
	_, _ = io.Copy(d.walker, r) // what could be read counts, the rest is missing
}
