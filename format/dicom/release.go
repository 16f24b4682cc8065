package dicom

import (
	"encoding/binary"
	"fmt"
)

// A Rejection is the body of an A-ASSOCIATE-RJ (PS3.8 9.3.4).
type Rejection struct {
	Transient bool // the caller may try again later; else never
	Source    byte // 1 the application, 2 and 3 the protocol machine
	Reason    byte
}

// Rejections that an application answers with.
var (
	CalledAEUnknown     = Rejection{Source: 1, Reason: 7}
	CallingAEUnknown    = Rejection{Source: 1, Reason: 3}
	ContextNotSupported = Rejection{Source: 1, Reason: 2}
	Congested           = Rejection{Transient: true, Source: 3, Reason: 1}
)

// ParseRejection reads the body of an A-ASSOCIATE-RJ.
func ParseRejection(body []byte) (Rejection, error) {
	if len(body) < 4 {
		return Rejection{}, fmt.Errorf("a rejection of %d bytes %w", len(body), errShort)
	}
	return Rejection{Transient: body[1] == 2, Source: body[2], Reason: body[3]}, nil
}

// Encode writes the whole unit.
func (r Rejection) Encode() []byte {
	return EncodeUnit(AssociateRJ, []byte{0, 1 + flag(r.Transient), r.Source, r.Reason})
}

// String says why, for the person who set up the connection.
func (r Rejection) String() string {
	reasons := map[[2]byte]string{
		{1, 1}: "no reason given", {1, 2}: "application context name not supported", {1, 3}: "calling AE title not recognised",
		{1, 7}: "called AE title not recognised", {2, 1}: "no reason given", {2, 2}: "protocol version not supported",
		{3, 1}: "temporary congestion", {3, 2}: "local limit exceeded",
	}
	why, ok := reasons[[2]byte{r.Source, r.Reason}]
	if !ok {
		why = fmt.Sprintf("source %d, reason %d", r.Source, r.Reason)
	}
	if r.Transient {
		return why + " (may be tried again later)"
	}
	return why
}

// An Abortion is the body of an A-ABORT (PS3.8 9.3.8).
type Abortion struct {
	Provider bool // the protocol machine gave up, not the application
	Reason   byte // of a provider
}

// ParseAbortion reads the body of an A-ABORT.
func ParseAbortion(body []byte) (Abortion, error) {
	if len(body) < 4 {
		return Abortion{}, fmt.Errorf("an abort of %d bytes %w", len(body), errShort)
	}
	return Abortion{Provider: body[2] == 2, Reason: body[3]}, nil
}

// Encode writes the whole unit.
func (a Abortion) Encode() []byte {
	return EncodeUnit(Abort, []byte{0, 0, 2 * flag(a.Provider), a.Reason})
}

// EncodeRelease writes an A-RELEASE-RQ or -RP.
func EncodeRelease(t PDUType) []byte { return EncodeUnit(t, make([]byte, 4)) }

// AppendData writes a command set or data set in P-DATA-TF units of at most
// maxLength bytes, the peer's User.MaxLength; 0 is unlimited.
func AppendData(b []byte, context byte, command bool, data []byte, maxLength uint32) []byte {
	room := len(data)
	if maxLength > pdvHeader {
		room = min(room, int(maxLength)-pdvHeader)
	} else if maxLength != 0 {
		room = min(room, 1)
	}
	for {
		n := min(room, len(data))
		last := n == len(data)
		b = append(b, byte(DataTF), 0)
		b = binary.BigEndian.AppendUint32(b, uint32(n+pdvHeader))
		b = binary.BigEndian.AppendUint32(b, uint32(n+2))
		b = append(b, context, flag(command)|2*flag(last))
		b = append(b, data[:n]...)
		if data = data[n:]; last {
			return b
		}
	}
}
