// Package dimse speaks DICOM with scanners, workstations and archives: it
// takes the images they send into the exchange, passes their questions on to
// an archive, promises that what it holds is safe, and delivers images to
// others (PS3.7, PS3.8).
//
// An image is answered with success only once it is kept. It is kept as it
// came, behind the header of a DICOM file, and never converted.
package dimse

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/format/dicom"
)

// Settings are those of a source: {dicom: {listen: ..., aeTitle: ...}}.
type Settings struct {
	Listen  string                `json:"listen"`
	AETitle string                `json:"aeTitle"`           // BEDRAIL
	AnyAE   bool                  `json:"anyCalledAE"`       // take associations to whatever title
	Callers []string              `json:"callers,omitempty"` // AE titles that may call; none is all
	Classes []string              `json:"classes,omitempty"` // storage classes; none is every one
	TLS     *exchange.TLSSettings `json:"tls,omitempty"`
	Plain   bool                  `json:"plain,omitempty"` // beyond this machine without TLS

	MaxPDU       uint32            `json:"maxPDU,omitempty"`   // 131072
	MaxBytes     int64             `json:"maxBytes,omitempty"` // of one instance; 4 GiB
	Associations int               `json:"associations,omitempty"`
	Idle         exchange.Duration `json:"idle,omitempty"`
	Stall        exchange.Duration `json:"stall,omitempty"`

	// Find passes queries on, the worklist's among them.
	Find *PeerSettings `json:"find,omitempty"`
	// Commitment gives storage commitment. It maps calling titles to the
	// address that their reports go to; to others the report goes on the
	// association that asked.
	Commitment map[string]string `json:"commitment,omitempty"`
	Commit     bool              `json:"commit,omitempty"` // without any address
}

// PeerSettings name an application entity that is called.
type PeerSettings struct {
	Address   string                `json:"address"`
	CalledAE  string                `json:"calledAE"`
	CallingAE string                `json:"callingAE,omitempty"` // BEDRAIL
	TLS       *exchange.TLSSettings `json:"tls,omitempty"`
	Timeout   exchange.Duration     `json:"timeout,omitempty"` // for an answer; 30s
	User      string                `json:"user,omitempty"`    // user identity (PS3.7 D.3.3.7)
	Commit    bool                  `json:"commit,omitempty"`  // a destination: delivered only once the archive has committed
}

const ownTitle = "BEDRAIL"

func (s *Settings) check() error {
	if err := exchange.CheckAddress("listen", s.Listen); err != nil {
		return err
	}
	if s.AETitle == "" {
		s.AETitle = ownTitle
	}
	if err := checkTitles(append([]string{s.AETitle}, s.Callers...)...); err != nil {
		return err
	}
	if s.MaxPDU != 0 && s.MaxPDU < 4096 {
		return bedrail.Errorf(bedrail.Invalid, "maxPDU is %d; a data unit has 4096 bytes or more", s.MaxPDU).At("maxPDU")
	}
	for title, address := range s.Commitment {
		if err := checkTitles(title); err != nil {
			return err
		}
		if err := exchange.CheckAddress("commitment."+title, address); err != nil {
			return err
		}
	}
	if s.Find != nil {
		return s.Find.check("find.")
	}
	return nil
}

func (p *PeerSettings) check(at string) error {
	if err := exchange.CheckAddress(at+"address", p.Address); err != nil {
		return err
	}
	if p.CallingAE == "" {
		p.CallingAE = ownTitle
	}
	if p.CalledAE == "" {
		return bedrail.Errorf(bedrail.Invalid, "%scalledAE is missing; it is the AE title of the other side", at).At(at + "calledAE")
	}
	return checkTitles(p.CalledAE, p.CallingAE)
}

// checkTitles holds PS3.5 6.2: at most 16 characters, no backslash or control.
func checkTitles(titles ...string) error {
	for _, t := range titles {
		bad := strings.ContainsFunc(t, func(r rune) bool { return r < ' ' || r > '~' || r == '\\' })
		if t == "" || len(t) > 16 || bad || strings.TrimSpace(t) != t {
			return bedrail.Errorf(bedrail.Invalid, "%q is no AE title: 1 to 16 characters of ASCII, without backslash", t)
		}
	}
	return nil
}

func (s Settings) limits() Limits {
	return Limits{Idle: time.Duration(s.Idle), Stall: time.Duration(s.Stall), Body: s.MaxBytes, MaxLength: s.MaxPDU}.usual()
}

// client returns what calls p.
func (p PeerSettings) client(env exchange.Env) (*Client, error) {
	config, err := env.TLS.Client(p.TLS, p.Address, env.Folder)
	if err != nil {
		return nil, err
	}
	c := &Client{Address: p.Address, CalledAE: p.CalledAE, CallingAE: p.CallingAE, TLS: config, Limits: Limits{Stall: time.Duration(p.Timeout)}}
	if p.User != "" {
		c.Identity = &dicom.UserIdentity{Type: dicom.Username, Primary: []byte(p.User)}
	}
	return c, nil
}

// SourceKind is the kind "dicom" of sources.
func SourceKind() exchange.SourceKind {
	return exchange.SourceKind{
		Name: "dicom", Format: exchange.DICOM,
		About:   "Takes images and reports that scanners and workstations store, answers their echo, and passes their queries on.",
		Example: `{"listen": "127.0.0.1:11112", "aeTitle": "BEDRAIL"}`,
		Check: func(raw json.RawMessage) error {
			_, err := settingsOf(raw)
			return err
		},
		Address: func(raw json.RawMessage) string {
			s, err := settingsOf(raw)
			if err != nil {
				return ""
			}
			return "tcp/" + s.Listen
		},
		Open: func(c exchange.SourceConfig) (exchange.Source, error) { return openSource(c) },
	}
}

// DestinationKind is the kind "dicom" of destinations.
func DestinationKind() exchange.DestinationKind {
	return exchange.DestinationKind{
		Name: "dicom", Accepts: []exchange.Format{exchange.DICOM},
		About:   "Stores images in an archive or sends them to a workstation.",
		Example: `{"address": "127.0.0.1:4242", "calledAE": "ORTHANC"}`,
		Check: func(raw json.RawMessage) error {
			_, err := peerOf(raw)
			return err
		},
		Open: func(c exchange.DestinationConfig) (exchange.Sender, error) { return openSender(c) },
	}
}

func settingsOf(raw json.RawMessage) (Settings, error) {
	var s Settings
	if err := exchange.Decode(raw, &s); err != nil {
		return s, err
	}
	return s, s.check()
}

func peerOf(raw json.RawMessage) (PeerSettings, error) {
	var p PeerSettings
	if err := exchange.Decode(raw, &p); err != nil {
		return p, err
	}
	return p, p.check("")
}

// fileHead writes what stands before the data set in a DICOM file (PS3.10 7.1).
// It names who sent it to whom, so that the file alone tells the way it came.
func fileHead(class, instance, syntax, sending, receiving string) ([]byte, error) {
	const sendingAE, receivingAE dicom.Tag = 0x00020017, 0x00020018
	meta := dicom.Set{
		{Tag: 0x00020001, VR: dicom.OB, Value: []byte{0, 1}},
		dicom.TextAttribute(dicom.MediaStorageSOPClassUID, class),
		dicom.TextAttribute(dicom.MediaStorageSOPInstance, instance),
		dicom.TextAttribute(dicom.TransferSyntaxUID, syntax),
		dicom.TextAttribute(dicom.ImplementationClassUID, Implementation),
		dicom.TextAttribute(dicom.ImplementationVersionName, version),
		{Tag: sendingAE, VR: dicom.AE, Value: []byte(sending)},
		{Tag: receivingAE, VR: dicom.AE, Value: []byte(receiving)},
	}
	explicit := dicom.SyntaxOf(dicom.ExplicitLittle)
	body, err := meta.Encode(explicit)
	if err != nil {
		return nil, fmt.Errorf("writing the head of the file: %w", err)
	}
	length := dicom.Set{{Tag: dicom.MetaGroupLength, VR: dicom.UL, Value: []byte{byte(len(body)), byte(len(body) >> 8), 0, 0}}}
	group, err := length.Encode(explicit)
	if err != nil {
		return nil, err
	}
	b := append(make([]byte, 128, 132+len(group)+len(body)), "DICM"...)
	return append(append(b, group...), body...), nil
}
