package dicom

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
)

// A CommandField says what a command asks or answers; answers have the top bit
// set (PS3.7 E.1).
type CommandField uint16

// The commands.
const (
	CStoreRQ  CommandField = 0x0001
	CGetRQ    CommandField = 0x0010
	CFindRQ   CommandField = 0x0020
	CMoveRQ   CommandField = 0x0021
	CEchoRQ   CommandField = 0x0030
	NEventRQ  CommandField = 0x0100
	NGetRQ    CommandField = 0x0110
	NSetRQ    CommandField = 0x0120
	NActionRQ CommandField = 0x0130
	NCreateRQ CommandField = 0x0140
	NDeleteRQ CommandField = 0x0150
	CCancelRQ CommandField = 0x0FFF

	response CommandField = 0x8000
)

// Response is true for answers.
func (c CommandField) Response() bool { return c&response != 0 }

// Request is the command that an answer answers, or the request itself.
func (c CommandField) Request() CommandField { return c &^ response }

// String is the command's name, for example C-STORE-RSP.
func (c CommandField) String() string {
	names := map[CommandField]string{CStoreRQ: "C-STORE", CGetRQ: "C-GET", CFindRQ: "C-FIND", CMoveRQ: "C-MOVE", CEchoRQ: "C-ECHO",
		NEventRQ: "N-EVENT-REPORT", NGetRQ: "N-GET", NSetRQ: "N-SET", NActionRQ: "N-ACTION", NCreateRQ: "N-CREATE",
		NDeleteRQ: "N-DELETE", CCancelRQ: "C-CANCEL"}
	name, ok := names[c.Request()]
	switch {
	case !ok:
		return fmt.Sprintf("command %#04x", uint16(c))
	case c.Response():
		return name + "-RSP"
	}
	return name + "-RQ"
}

// Command elements (PS3.7 E.1).
const (
	cmdGroupLength    Tag = 0x00000000
	cmdAffectedClass  Tag = 0x00000002
	cmdRequestedClass Tag = 0x00000003
	cmdField          Tag = 0x00000100
	cmdMessageID      Tag = 0x00000110
	cmdRespondedTo    Tag = 0x00000120
	cmdMoveDest       Tag = 0x00000600
	cmdPriority       Tag = 0x00000700
	cmdDataSetType    Tag = 0x00000800
	cmdStatus         Tag = 0x00000900
	cmdErrorComment   Tag = 0x00000902
	cmdAffectedInst   Tag = 0x00001000
	cmdRequestedInst  Tag = 0x00001001
	cmdActionType     Tag = 0x00001008
	cmdEventType      Tag = 0x00001002
	cmdRemaining      Tag = 0x00001020
	cmdCompleted      Tag = 0x00001021
	cmdFailed         Tag = 0x00001022
	cmdWarning        Tag = 0x00001023
	cmdMoveOriginAE   Tag = 0x00001030
	cmdMoveOriginID   Tag = 0x00001031
	noDataSet             = 0x0101
)

// MaxCommand bounds a command set; honest ones have a few hundred bytes.
const MaxCommand = 1 << 16

// A Command is a command set: what one side asks of the other, or answers.
type Command struct {
	Field       CommandField
	MessageID   uint16 // of a request
	RespondedTo uint16 // of an answer: the request's MessageID
	SOPClass    string // affected, or for N-SET, N-GET, N-ACTION and N-DELETE requested
	SOPInstance string // affected or requested
	Priority    uint16 // 0 medium, 1 high, 2 low
	DataSet     bool   // a data set follows
	Status      Status
	Comment     string // error comment
	MoveTo      string // C-MOVE: destination AE
	OriginAE    string // C-STORE on behalf of a C-MOVE: who asked for it
	OriginID    uint16
	Type        uint16 // action or event type
	Sub         *SubOperations
}

// SubOperations counts the stores of a C-GET or C-MOVE.
type SubOperations struct{ Remaining, Completed, Failed, Warning uint16 }

// ParseCommand reads a command set, which is always implicit little endian
// (PS3.7 6.3.1).
func ParseCommand(b []byte) (Command, error) {
	var c Command
	if len(b) > MaxCommand {
		return c, fmt.Errorf("a command set of %d bytes is beyond the limit of %d", len(b), MaxCommand)
	}
	seen := false
	for at := 0; at < len(b); {
		h, need := layout{}.header(b[at:])
		if need > 0 || h.tag.Group() != 0 || uint64(h.length) > uint64(len(b)-at-h.size) {
			return c, &SyntaxError{Offset: int64(at), Tag: h.tag, Text: "the command set " + errShort.Error()}
		}
		v := b[at+h.size : at+h.size+int(h.length)]
		seen = seen || h.tag == cmdField
		c.set(h.tag, v)
		at += h.size + int(h.length)
	}
	if !seen {
		return c, fmt.Errorf("the command set has no %v: nothing says what is asked", cmdField)
	}
	return c, nil
}

func (c *Command) set(t Tag, v []byte) {
	n := uint16(0)
	if len(v) >= 2 {
		n = binary.LittleEndian.Uint16(v)
	}
	switch t {
	case cmdField:
		c.Field = CommandField(n)
	case cmdMessageID:
		c.MessageID = n
	case cmdRespondedTo:
		c.RespondedTo = n
	case cmdAffectedClass, cmdRequestedClass:
		c.SOPClass = uid(v)
	case cmdAffectedInst, cmdRequestedInst:
		c.SOPInstance = uid(v)
	case cmdPriority:
		c.Priority = n
	case cmdDataSetType:
		c.DataSet = n != noDataSet
	case cmdStatus:
		c.Status = Status(n)
	case cmdErrorComment:
		c.Comment = title(v)
	case cmdMoveDest:
		c.MoveTo = title(v)
	case cmdMoveOriginAE:
		c.OriginAE = title(v)
	case cmdMoveOriginID:
		c.OriginID = n
	case cmdActionType, cmdEventType:
		c.Type = n
	case cmdRemaining, cmdCompleted, cmdFailed, cmdWarning:
		c.count(t, n)
	}
}

func (c *Command) count(t Tag, n uint16) {
	if c.Sub == nil {
		c.Sub = &SubOperations{}
	}
	switch t {
	case cmdRemaining:
		c.Sub.Remaining = n
	case cmdCompleted:
		c.Sub.Completed = n
	case cmdFailed:
		c.Sub.Failed = n
	case cmdWarning:
		c.Sub.Warning = n
	}
}

// requested is true for commands whose SOP class and instance are "requested"
// rather than "affected" when they ask.
func (c CommandField) requested() bool {
	switch c {
	case NGetRQ, NSetRQ, NActionRQ, NDeleteRQ:
		return true
	}
	return false
}

// Encode writes the command set with its group length.
func (c Command) Encode() []byte {
	vals := map[Tag][]byte{}
	text := func(t Tag, s string, pad string) {
		if s != "" {
			vals[t] = []byte(s + strings.Repeat(pad, len(s)%2))
		}
	}
	num := func(t Tag, n uint16) { vals[t] = binary.LittleEndian.AppendUint16(nil, n) }
	class, inst := cmdAffectedClass, cmdAffectedInst
	if c.Field.requested() {
		class, inst = cmdRequestedClass, cmdRequestedInst
	}
	text(class, c.SOPClass, "\x00")
	text(inst, c.SOPInstance, "\x00")
	num(cmdField, uint16(c.Field))
	num(cmdDataSetType, noDataSet)
	if c.DataSet {
		num(cmdDataSetType, 1)
	}
	if c.Field.Response() {
		num(cmdRespondedTo, c.RespondedTo)
		num(cmdStatus, uint16(c.Status))
		text(cmdErrorComment, c.Comment, " ")
	} else {
		c.encodeRequest(num, text)
	}
	if c.Type != 0 {
		num(typeTag(c.Field), c.Type)
	}
	if s := c.Sub; s != nil {
		num(cmdCompleted, s.Completed)
		num(cmdFailed, s.Failed)
		num(cmdWarning, s.Warning)
		if c.Status.Pending() || s.Remaining > 0 {
			num(cmdRemaining, s.Remaining)
		}
	}
	return encodeCommand(vals)
}

func (c Command) encodeRequest(num func(Tag, uint16), text func(Tag, string, string)) {
	if c.Field == CCancelRQ {
		num(cmdRespondedTo, c.RespondedTo)
		return
	}
	num(cmdMessageID, c.MessageID)
	switch c.Field {
	case CStoreRQ, CFindRQ, CGetRQ, CMoveRQ:
		num(cmdPriority, c.Priority)
	}
	text(cmdMoveDest, c.MoveTo, " ")
	text(cmdMoveOriginAE, c.OriginAE, " ")
	if c.OriginAE != "" {
		num(cmdMoveOriginID, c.OriginID)
	}
}

func typeTag(f CommandField) Tag {
	if f.Request() == NEventRQ {
		return cmdEventType
	}
	return cmdActionType
}

func encodeCommand(vals map[Tag][]byte) []byte {
	tags := make([]Tag, 0, len(vals))
	for t := range vals {
		tags = append(tags, t)
	}
	sort.Slice(tags, func(i, j int) bool { return tags[i] < tags[j] })
	b := appendImplicit(nil, cmdGroupLength, make([]byte, 4))
	for _, t := range tags {
		b = appendImplicit(b, t, vals[t])
	}
	binary.LittleEndian.PutUint32(b[8:], uint32(len(b)-12))
	return b
}

func appendImplicit(b []byte, t Tag, v []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, t.Group())
	b = binary.LittleEndian.AppendUint16(b, t.Element())
	b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
	return append(b, v...)
}

// A Status is the outcome in an answer (PS3.7 annex C).
type Status uint16

// Statuses that a storage provider answers with.
const (
	Success            Status = 0x0000
	Pending            Status = 0xFF00
	PendingWarning     Status = 0xFF01
	Cancelled          Status = 0xFE00
	ClassNotSupported  Status = 0x0122
	OutOfResources     Status = 0xA700
	DataSetMismatch    Status = 0xA900
	CannotUnderstand   Status = 0xC000
	DuplicateInstance  Status = 0x0111
	NoSuchInstance     Status = 0x0112
	ProcessingFailure  Status = 0x0110
	UnrecognizedAction Status = 0x0211
)

// Pending is true while more answers follow.
func (s Status) Pending() bool { return s == Pending || s == PendingWarning }

// Failed is true when the request was not carried out.
func (s Status) Failed() bool {
	switch {
	case s == Success || s.Pending() || s == Cancelled || s == 0x0001 || s == 0x0107 || s == 0x0116:
		return false
	}
	return s>>12 != 0xB // Bxxx are warnings
}

// String says what the status means.
func (s Status) String() string {
	switch {
	case s == Success:
		return "success"
	case s.Pending():
		return "pending"
	case s == Cancelled:
		return "cancelled"
	case s == ClassNotSupported:
		return "SOP class not supported"
	case s == DuplicateInstance:
		return "duplicate SOP instance"
	case s == NoSuchInstance:
		return "no such SOP instance"
	case s == ProcessingFailure:
		return "processing failure"
	case s == UnrecognizedAction:
		return "unrecognized operation"
	case s>>8 == 0xA7:
		return "out of resources"
	case s>>8 == 0xA9:
		return "data set does not match SOP class"
	case s>>12 == 0xC:
		return "cannot understand"
	case s>>12 == 0xB:
		return "warning"
	}
	return fmt.Sprintf("status %04X", uint16(s))
}
