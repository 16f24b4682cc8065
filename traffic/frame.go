package traffic

import "time"

// A Link is the kind of link-layer header a frame begins with, as the LINKTYPE
// numbers of the pcap formats have it.
type Link uint16

// The links that Bedrail reads.
const (
	LinkNull     Link = 0 // BSD loopback
	LinkEthernet Link = 1
	LinkRaw      Link = 101 // IPv4 or IPv6 without a header
	LinkLoop     Link = 108 // OpenBSD loopback
	LinkCooked   Link = 113 // Linux "cooked" v1
	LinkIPv4     Link = 228
	LinkIPv6     Link = 229
	LinkCooked2  Link = 276 // Linux "cooked" v2
)

// String returns the word that reports use.
func (l Link) String() string {
	switch l {
	case LinkNull, LinkLoop:
		return "loopback"
	case LinkEthernet:
		return "ethernet"
	case LinkRaw, 12, 14, LinkIPv4, LinkIPv6:
		return "raw-ip"
	case LinkCooked:
		return "linux-cooked"
	case LinkCooked2:
		return "linux-cooked-v2"
	}
	return "other"
}

// A Frame is one captured frame. Data belongs to the source it came from and
// is valid until the next one is asked for.
type Frame struct {
	Data      []byte
	Length    int   // on the wire; more than len(Data) when the capture cut it
	Nanos     int64 // capture time, nanoseconds since 1970 UTC
	Link      Link
	Interface int // counts from 0 within the capture
}

// Time returns the capture time.
func (f *Frame) Time() time.Time { return time.Unix(0, f.Nanos).UTC() }
