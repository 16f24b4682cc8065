package dicom

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// ApplicationContext is the only application context name there is (PS3.7
// A.2.1).
const ApplicationContext = "1.2.840.10008.3.1.1.1"

// An Associate is the body of an A-ASSOCIATE-RQ or -AC: who calls whom, and
// what they propose or accept to speak of.
type Associate struct {
	Version     uint16 // bit 0 set: version 1
	CalledAE    string
	CallingAE   string
	Application string
	Contexts    []Context
	User        User
}

// A Context is one presentation context, proposed or answered.
type Context struct {
	ID       byte
	Result   ContextResult // of an answer
	Abstract string        // SOP class UID; empty in an answer
	Transfer []string      // proposed; in an answer the one accepted
	At       int           // byte of its item in the body that was read
}

// A ContextResult is the answer to a proposed context.
type ContextResult byte

// The answers of PS3.8 table 9-18.
const (
	Accepted              ContextResult = 0
	UserRejected          ContextResult = 1
	ProviderRejected      ContextResult = 2
	AbstractNotSupported  ContextResult = 3
	TransfersNotSupported ContextResult = 4
)

// String is what the answer means.
func (r ContextResult) String() string {
	names := [...]string{"accepted", "rejected by the user", "rejected by the provider", "service not supported",
		"no transfer syntax supported"}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("result %d", byte(r))
}

// User is the user information: limits, names and negotiations.
type User struct {
	MaxLength      uint32 // of a P-DATA-TF; 0 is unlimited
	Implementation string // class UID
	Version        string // version name
	// The bytes of both in the body that was read; 0 where it has none.
	ImplementationAt, VersionAt int
	Window                      *Window
	Roles                       []Role
	Extended                    []Extended
	Common                      []CommonExtended
	Identity                    *UserIdentity
	// IdentityAnswer is the server's response to an identity, nil when none.
	IdentityAnswer []byte
}

// A Window is the asynchronous operations window (PS3.7 D.3.3.3); 0 is
// unlimited.
type Window struct{ Invoked, Performed uint16 }

// A Role says which sides of a service the requestor plays (PS3.7 D.3.3.4).
type Role struct {
	SOPClass string
	SCU, SCP bool
}

// An Extended negotiates details of one service (PS3.7 D.3.3.5).
type Extended struct {
	SOPClass string
	Info     []byte
}

// A CommonExtended names the service class of a SOP class and those related to
// it (PS3.7 D.3.3.6).
type CommonExtended struct {
	SOPClass, ServiceClass string
	Related                []string
}

// An IdentityType says what kind of proof a UserIdentity is.
type IdentityType byte

// The kinds of PS3.7 table D.3-14.
const (
	Username         IdentityType = 1
	UsernamePassword IdentityType = 2
	Kerberos         IdentityType = 3
	SAML             IdentityType = 4
	JWT              IdentityType = 5
)

// A UserIdentity is the requestor's user identity (PS3.7 D.3.3.7).
type UserIdentity struct {
	Type            IdentityType
	Respond         bool // a positive answer is asked for
	Primary, Second []byte
	At              int // byte of its item in the body that was read
}

// Items of the association units.
const (
	itemApplication   = 0x10
	itemContextRQ     = 0x20
	itemContextAC     = 0x21
	itemAbstract      = 0x30
	itemTransfer      = 0x40
	itemUser          = 0x50
	itemMaxLength     = 0x51
	itemClassUID      = 0x52
	itemWindow        = 0x53
	itemRole          = 0x54
	itemVersion       = 0x55
	itemExtended      = 0x56
	itemCommon        = 0x57
	itemIdentity      = 0x58
	itemIdentityReply = 0x59
	fixedAssociate    = 68 // version, reserved, two titles, reserved
)

var errShort = errors.New("ends before it is whole")

// ParseAssociate reads the body of an A-ASSOCIATE-RQ or -AC.
func ParseAssociate(body []byte) (Associate, error) {
	var a Associate
	if len(body) < fixedAssociate {
		return a, fmt.Errorf("association of %d bytes, less than the %d of its fixed part", len(body), fixedAssociate)
	}
	a.Version = be16(body)
	a.CalledAE = title(body[4:20])
	a.CallingAE = title(body[20:36])
	if n := countItems(body[fixedAssociate:], itemContextRQ) + countItems(body[fixedAssociate:], itemContextAC); n > 0 {
		a.Contexts = make([]Context, 0, n)
	}
	var transfers []string // of all contexts, in one piece
	if n := countTransfers(body[fixedAssociate:]); n > 0 {
		transfers = make([]string, 0, n)
	}
	err := items(body[fixedAssociate:], fixedAssociate, func(kind byte, v []byte, at int) error {
		switch kind {
		case itemApplication:
			a.Application = uid(v)
		case itemContextRQ, itemContextAC:
			c, err := parseContext(v, at, &transfers)
			a.Contexts = append(a.Contexts, c)
			return err
		case itemUser:
			return parseUser(&a.User, v, at)
		}
		return nil
	})
	return a, err
}

// A Skimmed association is what a listener needs of one: who calls whom, and
// in which syntax each accepted context speaks.
type Skimmed struct {
	CalledAE, CallingAE string
	contexts            []skimmedContext
}

const longestUID = 64 // PS3.5 9.1

type skimmedContext struct {
	id     byte
	syntax Syntax
}

// SkimAssociate reads of the body of an A-ASSOCIATE-RQ or -AC, which t says, no
// more than Skimmed holds. It keeps nothing of body, and fails where the items
// that it reads are not whole.
func SkimAssociate(t PDUType, body []byte) (Skimmed, error) {
	var s Skimmed
	if len(body) < fixedAssociate {
		return s, fmt.Errorf("association of %d bytes, less than the %d of its fixed part", len(body), fixedAssociate)
	}
	s.CalledAE, s.CallingAE = title(body[4:20]), title(body[20:36])
	err := items(body[fixedAssociate:], fixedAssociate, func(kind byte, v []byte, at int) error {
		if t == AssociateAC && (kind == itemContextAC || kind == itemContextRQ) {
			return s.context(v, at)
		}
		return nil
	})
	return s, err
}

// context remembers an answer that accepts one syntax.
func (s *Skimmed) context(v []byte, at int) error {
	if len(v) < 4 {
		return fmt.Errorf("byte %d: presentation context %w", at, errShort)
	}
	var syntax []byte
	n := 0
	err := items(v[4:], at+4, func(kind byte, v []byte, _ int) error {
		if kind == itemTransfer {
			syntax, n = v, n+1
		}
		return nil
	})
	if err == nil && n == 1 && ContextResult(v[2]) == Accepted && len(s.contexts) < 128 && len(syntax) <= longestUID {
		s.contexts = append(s.contexts, skimmedContext{v[0], SyntaxOf(uid(syntax))})
	}
	return err
}

// Syntax is the syntax in which an accepted context speaks, the last that was
// said where it was answered twice.
func (s *Skimmed) Syntax(id byte) (Syntax, bool) {
	for i := len(s.contexts) - 1; i >= 0; i-- {
		if s.contexts[i].id == id {
			return s.contexts[i].syntax, true
		}
	}
	return Syntax{}, false
}

// Held is how many bytes s keeps.
func (s *Skimmed) Held() int { return cap(s.contexts) * (32 + longestUID) }

// items calls each for the items in b, which begins at byte at of the body.
func items(b []byte, at int, each func(kind byte, value []byte, at int) error) error {
	for len(b) > 0 {
		if len(b) < 4 {
			return fmt.Errorf("byte %d: item %w", at, errShort)
		}
		n := int(be16(b[2:]))
		if len(b) < 4+n {
			return fmt.Errorf("byte %d: item %#02x of %d bytes %w", at, b[0], n, errShort)
		}
		if err := each(b[0], b[4:4+n], at+4); err != nil {
			return err
		}
		b, at = b[4+n:], at+4+n
	}
	return nil
}

// countItems counts the items of a kind, as far as they are whole.
func countItems(b []byte, kind byte) (n int) {
	for len(b) >= 4 && len(b) >= 4+int(be16(b[2:])) {
		if b[0] == kind {
			n++
		}
		b = b[4+int(be16(b[2:])):]
	}
	return n
}

// countTransfers counts the transfer syntaxes of all contexts.
func countTransfers(b []byte) (n int) {
	for len(b) >= 4 && len(b) >= 4+int(be16(b[2:])) {
		end := 4 + int(be16(b[2:]))
		if (b[0] == itemContextRQ || b[0] == itemContextAC) && end >= 8 {
			n += countItems(b[8:end], itemTransfer)
		}
		b = b[end:]
	}
	return n
}

// parseContext reads a context; its syntaxes are put behind those of others.
func parseContext(v []byte, at int, transfers *[]string) (Context, error) {
	if len(v) < 4 {
		return Context{}, fmt.Errorf("byte %d: presentation context %w", at, errShort)
	}
	c := Context{ID: v[0], Result: ContextResult(v[2]), At: at - 4}
	from := len(*transfers)
	err := items(v[4:], at+4, func(kind byte, v []byte, _ int) error {
		switch kind {
		case itemAbstract:
			c.Abstract = uid(v)
		case itemTransfer:
			*transfers = append(*transfers, uid(v))
		}
		return nil
	})
	if to := len(*transfers); to > from {
		c.Transfer = (*transfers)[from:to:to]
	}
	return c, err
}

func parseUser(u *User, v []byte, at int) error {
	return items(v, at, func(kind byte, v []byte, at int) error {
		var ok bool
		switch kind {
		case itemMaxLength:
			if ok = len(v) >= 4; ok {
				u.MaxLength = be32(v)
			}
		case itemClassUID:
			u.Implementation, u.ImplementationAt, ok = uid(v), at, true
		case itemVersion:
			u.Version, u.VersionAt, ok = title(v), at, true
		case itemWindow:
			if ok = len(v) >= 4; ok {
				u.Window = &Window{be16(v), be16(v[2:])}
			}
		case itemRole:
			ok = parseRole(u, v)
		case itemExtended:
			ok = parseExtended(u, v)
		case itemCommon:
			ok = parseCommon(u, v)
		case itemIdentity:
			ok = parseIdentity(u, v, at)
		case itemIdentityReply:
			var answer []byte
			answer, _, ok = counted(v)
			u.IdentityAnswer = append([]byte{}, answer...)
		default:
			ok = true // PS3.8 9.3.1: unknown items are passed over
		}
		if !ok {
			return fmt.Errorf("byte %d: user item %#02x %w", at, kind, errShort)
		}
		return nil
	})
}

// counted cuts a value with a length of two bytes off v.
func counted(v []byte) (value, rest []byte, ok bool) {
	if len(v) < 2 || len(v) < 2+int(be16(v)) {
		return nil, nil, false
	}
	n := 2 + int(be16(v))
	return v[2:n], v[n:], true
}

func parseRole(u *User, v []byte) bool {
	class, rest, ok := counted(v)
	if !ok || len(rest) < 2 {
		return false
	}
	u.Roles = append(u.Roles, Role{SOPClass: uid(class), SCU: rest[0] == 1, SCP: rest[1] == 1})
	return true
}

func parseExtended(u *User, v []byte) bool {
	class, rest, ok := counted(v)
	if ok {
		u.Extended = append(u.Extended, Extended{SOPClass: uid(class), Info: append([]byte{}, rest...)})
	}
	return ok
}

func parseCommon(u *User, v []byte) bool {
	class, v, ok1 := counted(v)
	service, v, ok2 := counted(v)
	list, _, ok3 := counted(v)
	c := CommonExtended{SOPClass: uid(class), ServiceClass: uid(service)}
	for len(list) > 0 {
		related, rest, ok := counted(list)
		if !ok {
			return false
		}
		c.Related, list = append(c.Related, uid(related)), rest
	}
	u.Common = append(u.Common, c)
	return ok1 && ok2 && ok3
}

func parseIdentity(u *User, v []byte, at int) bool {
	if len(v) < 2 {
		return false
	}
	id := UserIdentity{Type: IdentityType(v[0]), Respond: v[1] == 1, At: at}
	first, v, ok1 := counted(v[2:])
	second, _, ok2 := counted(v)
	if !ok1 || !ok2 {
		return false
	}
	id.Primary = append([]byte{}, first...)
	id.Second = append([]byte{}, second...)
	u.Identity = &id
	return true
}

// title reads an AE title or version name: spaces around it do not count
// (PS3.8 9.3.2), and zeros are taken as padding too.
func title(b []byte) string { return strings.Trim(string(b), " \x00") }

// uid reads a UID, which some writers pad.
func uid(b []byte) string {
	b = unpadded(b)
	if s := familiar(b); s != "" {
		return s
	}
	return string(b)
}

func unpadded(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == 0) {
		b = b[:len(b)-1]
	}
	return b
}

// familiar is a transfer syntax that nearly every association offers, once for
// each of its classes: naming it takes no memory.
func familiar(b []byte) string {
	for _, s := range [...]string{ImplicitLittle, ExplicitLittle, ExplicitBig, "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70",
		"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.5", DeflatedLittle} {
		if string(b) == s {
			return s
		}
	}
	return ""
}

// Encode writes a as a whole unit of type t, AssociateRQ or AssociateAC.
func (a Associate) Encode(t PDUType) ([]byte, error) {
	if len(a.CalledAE) > 16 || len(a.CallingAE) > 16 {
		return nil, errors.New("an AE title has at most 16 characters")
	}
	b := make([]byte, fixedAssociate, 512)
	binary.BigEndian.PutUint16(b, max(a.Version, 1))
	copy(b[4:36], strings.Repeat(" ", 32))
	copy(b[4:20], a.CalledAE)
	copy(b[20:36], a.CallingAE)
	app := a.Application
	if app == "" {
		app = ApplicationContext
	}
	var e encoder
	b = e.item(b, itemApplication, []byte(app))
	for _, c := range a.Contexts {
		b = e.context(b, c, t)
	}
	b = e.item(b, itemUser, e.user(a.User, t))
	if e.err != nil {
		return nil, e.err
	}
	return EncodeUnit(t, b), nil
}

// EncodeUnit puts the header of a unit in front of its body.
func EncodeUnit(t PDUType, body []byte) []byte {
	b := make([]byte, pduHeader, pduHeader+len(body))
	b[0] = byte(t)
	binary.BigEndian.PutUint32(b[2:], uint32(len(body)))
	return append(b, body...)
}

// An encoder remembers the first thing that does not fit a length of two
// bytes.
type encoder struct{ err error }

func (e *encoder) item(b []byte, kind byte, v []byte) []byte {
	if len(v) > 0xFFFF && e.err == nil {
		e.err = fmt.Errorf("item %#02x of %d bytes is longer than its length can say", kind, len(v))
	}
	b = append(b, kind, 0, byte(len(v)>>8), byte(len(v)))
	return append(b, v...)
}

func (e *encoder) counted(b []byte, v []byte) []byte {
	if len(v) > 0xFFFF && e.err == nil {
		e.err = fmt.Errorf("a value of %d bytes is longer than its length can say", len(v))
	}
	return append(append(b, byte(len(v)>>8), byte(len(v))), v...)
}

func (e *encoder) context(b []byte, c Context, t PDUType) []byte {
	v := []byte{c.ID, 0, byte(c.Result), 0}
	kind := byte(itemContextAC)
	if t == AssociateRQ {
		kind, v[2] = itemContextRQ, 0
		v = e.item(v, itemAbstract, []byte(c.Abstract))
	}
	for _, s := range c.Transfer {
		v = e.item(v, itemTransfer, []byte(s))
	}
	return e.item(b, kind, v)
}

func (e *encoder) user(u User, t PDUType) []byte {
	b := e.item(nil, itemMaxLength, binary.BigEndian.AppendUint32(nil, u.MaxLength))
	b = e.item(b, itemClassUID, []byte(u.Implementation))
	if w := u.Window; w != nil {
		v := binary.BigEndian.AppendUint16(nil, w.Invoked)
		b = e.item(b, itemWindow, binary.BigEndian.AppendUint16(v, w.Performed))
	}
	for _, r := range u.Roles {
		b = e.item(b, itemRole, append(e.counted(nil, []byte(r.SOPClass)), flag(r.SCU), flag(r.SCP)))
	}
	if u.Version != "" {
		b = e.item(b, itemVersion, []byte(u.Version))
	}
	for _, x := range u.Extended {
		b = e.item(b, itemExtended, append(e.counted(nil, []byte(x.SOPClass)), x.Info...))
	}
	for _, c := range u.Common {
		b = e.item(b, itemCommon, e.common(c))
	}
	if id := u.Identity; id != nil && t == AssociateRQ {
		v := e.counted([]byte{byte(id.Type), flag(id.Respond)}, id.Primary)
		b = e.item(b, itemIdentity, e.counted(v, id.Second))
	}
	if u.IdentityAnswer != nil && t == AssociateAC {
		b = e.item(b, itemIdentityReply, e.counted(nil, u.IdentityAnswer))
	}
	return b
}

func (e *encoder) common(c CommonExtended) []byte {
	var list []byte
	for _, r := range c.Related {
		list = e.counted(list, []byte(r))
	}
	v := e.counted(nil, []byte(c.SOPClass))
	return e.counted(e.counted(v, []byte(c.ServiceClass)), list)
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}
