package trail

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Site is the Bedrail that speaks (PS3.15 A.5.2.3, AuditSourceIdentification).
type Site struct {
	Source  string // AuditSourceID: the name of this machine
	Name    string // AuditEnterpriseSiteID: the hospital; may be empty
	Process string // ActiveParticipant of the application
}

// What follows is the schema of PS3.15 A.5.1, as far as it is used.
type (
	coded struct {
		Code string `xml:"csd-code,attr"`
		Name string `xml:"codeSystemName,attr"`
		Text string `xml:"originalText,attr"`
	}
	participant struct {
		UserID      string  `xml:"UserID,attr"`
		UserName    string  `xml:"UserName,attr,omitempty"`
		IsRequestor bool    `xml:"UserIsRequestor,attr"`
		AccessPoint string  `xml:"NetworkAccessPointID,attr,omitempty"`
		PointType   string  `xml:"NetworkAccessPointTypeCode,attr,omitempty"`
		Roles       []coded `xml:"RoleIDCode"`
	}
	object struct {
		ID     string `xml:"ParticipantObjectID,attr"`
		Type   int    `xml:"ParticipantObjectTypeCode,attr"`
		Role   int    `xml:"ParticipantObjectTypeCodeRole,attr"`
		IDType coded  `xml:"ParticipantObjectIDTypeCode"`
		Name   string `xml:"ParticipantObjectName,omitempty"`
		Query  []byte `xml:"ParticipantObjectQuery,omitempty"`
		Detail []detail
	}
	detail struct {
		XMLName xml.Name `xml:"ParticipantObjectDetail"`
		Type    string   `xml:"type,attr"`
		Value   []byte   `xml:"value,attr"`
	}
	auditMessage struct {
		XMLName xml.Name `xml:"AuditMessage"`
		Event   struct {
			Action  string  `xml:"EventActionCode,attr"`
			At      string  `xml:"EventDateTime,attr"`
			Outcome int     `xml:"EventOutcomeIndicator,attr"`
			ID      coded   `xml:"EventID"`
			Types   []coded `xml:"EventTypeCode"`
			Purpose []coded `xml:"PurposeOfUse"`
		} `xml:"EventIdentification"`
		Participants []participant `xml:"ActiveParticipant"`
		Source       struct {
			Site string `xml:"AuditEnterpriseSiteID,attr,omitempty"`
			ID   string `xml:"AuditSourceID,attr"`
			Type coded  `xml:"AuditSourceTypeCode"`
		} `xml:"AuditSourceIdentification"`
		Objects []object `xml:"ParticipantObjectIdentification"`
	}
)

func dcm(c Code) coded { return coded{c.Value, "DCM", c.Meaning} }

// own is the scheme of the house's own words.
const own = "99BEDRAIL"

// MSGID is the message type of audit messages (IHE ITI TF-2 3.20.7): the older
// word, which repositories take as well as the newer.
const MSGID = "IHE+RFC-3881"

// PRI is facility 10, security and authorisation, severity 5 (ITI TF-2 3.20.7).
const PRI = 85

// Message writes e as a DICOM audit message. The patient is in it as e has it:
// a pseudonym, unless the house wants otherwise.
func (s Site) Message(e Event) (string, error) {
	var m auditMessage
	m.Event.Action, m.Event.At, m.Event.Outcome = e.Action, e.At.UTC().Format("2006-01-02T15:04:05.000Z"), e.Outcome
	m.Event.ID = dcm(e.ID)
	if e.Type.Value != "" {
		m.Event.Types = append(m.Event.Types, dcm(e.Type))
	}
	m.Event.Types = append(m.Event.Types, coded{e.Did, own, e.Did})
	if e.Purpose != "" {
		m.Event.Purpose = []coded{{e.Purpose, own, e.Purpose}}
	}
	m.Participants = s.participants(e)
	m.Source.Site, m.Source.ID, m.Source.Type = s.Name, s.Source, coded{"4", "DCM", "Application Server Process"}
	m.Objects = objects(e)
	text, err := xml.Marshal(m)
	return string(text), err
}

// participants are who took part: the application always, and a source, a
// destination or a person as the event has them (PS3.15 A.5.3).
func (s Site) participants(e Event) []participant {
	me := participant{UserID: s.Process, IsRequestor: !e.Person}
	out := []participant{}
	switch e.ID {
	case imported, transferred, exported:
		from := participant{UserID: e.From, Roles: []coded{dcm(source)}}
		if from.UserID == "" {
			from.UserID = s.Process
		}
		from.AccessPoint, from.PointType = accessPoint(e.FromAt)
		me.Roles = []coded{dcm(destination)}
		if e.To != "" || e.ID == exported {
			from = participant{UserID: s.Process, IsRequestor: !e.Person, Roles: []coded{dcm(source)}}
			me = participant{UserID: e.To, Roles: []coded{dcm(destination)}}
			if me.UserID == "" {
				me.UserID = "receivers"
			}
		}
		out = append(out, from)
	default:
		me.Roles = []coded{dcm(application)}
	}
	out = append(out, me)
	if e.Person {
		out = append(out, participant{UserID: e.By, UserName: e.ByName, IsRequestor: true})
	}
	return out
}

// accessPoint tells an address (2) from a name (1).
func accessPoint(at string) (id, kind string) {
	if at == "" {
		return "", ""
	}
	if host, _, ok := strings.Cut(at, "]:"); ok {
		return strings.TrimPrefix(host, "["), "2"
	}
	if host, port, ok := strings.Cut(at, ":"); ok && !strings.Contains(port, ":") {
		at = host
	}
	return at, "2"
}

func objects(e Event) []object {
	entry := detail{Type: "audit entry", Value: []byte(strconv.FormatInt(e.Seq, 10))}
	out := []object{}
	if e.Patient != "" {
		out = append(out, object{ID: e.Patient, Type: 1, Role: 1, IDType: coded{"2", "RFC-3881", "Patient Number"}})
	}
	id := e.Target
	if id == "" {
		id = e.Did
	}
	o := object{ID: id, Type: 2, Role: 3, IDType: coded{"12", "RFC-3881", "URI"}, Detail: []detail{entry}}
	switch {
	case e.ID == queried:
		o.Role, o.Query = 24, []byte(e.Note)
	case e.ID == logUsed:
		o.Role, o.Name = 13, "Security Audit Log" // security resource
	case e.ID == securityAlert || e.ID == authentication:
		o.Role = 13
	}
	return append(out, o)
}

// Syslog frames an audit message as RFC 5424 (6) asks, with the mark of UTF-8
// before the text.
func (s Site) Syslog(e Event) (string, error) {
	text, err := s.Message(e)
	if err != nil {
		return "", fmt.Errorf("writing an audit message: %w", err)
	}
	return fmt.Sprintf("<%d>1 %s %s bedrail - %s - \ufeff%s", PRI, e.At.UTC().Format(time.RFC3339Nano), word(s.Source), MSGID, text), nil
}

func word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), 255)]
}
