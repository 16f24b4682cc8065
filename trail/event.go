// Package trail says what the audit record holds in the words of other
// systems: FHIR AuditEvent and Provenance for records, DICOM audit messages
// for an audit repository of the house (IHE ATNA).
package trail

import (
	"strings"
	"time"

	"bedrail/audit"
	"bedrail/exchange"
)

// A Code is a coded term of DICOM (PS3.16 annex D, scheme DCM).
type Code struct{ Value, Meaning string }

// Events and their types (PS3.16 CID 400 and 401), and roles (CID 402).
var (
	activity       = Code{"110100", "Application Activity"}
	logUsed        = Code{"110101", "Audit Log Used"}
	accessed       = Code{"110103", "DICOM Instances Accessed"}
	transferred    = Code{"110104", "DICOM Instances Transferred"}
	exported       = Code{"110106", "Export"}
	imported       = Code{"110107", "Import"}
	patientRecord  = Code{"110110", "Patient Record"}
	queried        = Code{"110112", "Query"}
	securityAlert  = Code{"110113", "Security Alert"}
	authentication = Code{"110114", "User Authentication"}

	login         = Code{"110122", "Login"}
	logout        = Code{"110123", "Logout"}
	networkConfig = Code{"110128", "Network Configuration"}
	softConfig    = Code{"110131", "Software Configuration"}
	userChanged   = Code{"110137", "User Security Attributes Changed"}

	application = Code{"110150", "Application"}
	destination = Code{"110152", "Destination Role ID"}
	source      = Code{"110153", "Source Role ID"}
)

// An Event is one entry of the record as auditors of other systems read it.
type Event struct {
	Seq     int64
	At      time.Time
	ID      Code
	Type    Code   // may be empty
	Did     string // in the house's own words
	Action  string // C R U D E (PS3.15 A.5.2.4)
	Outcome int    // 0 success, 4 minor failure, 8 serious failure
	By      string
	ByName  string
	Person  bool
	From    string // sender, channel or peer that data came from
	FromAt  string // its network address
	To      string // receiver
	Purpose string
	Target  string // what it was done to
	Note    string
	Study   bool // the target is an instance of DICOM
	Patient string
	// Listed is false for acts that no event of the standard fits: they are in
	// the FHIR form and not sent to a repository.
	Listed bool
}

// byAction says which event an act is.
var byAction = map[string]struct {
	id     Code
	typ    Code
	action string
}{
	"message:receive":   {imported, Code{}, "C"},
	"message:deliver":   {exported, Code{}, "R"},
	"message:reveal":    {patientRecord, Code{}, "R"},
	"device:reveal":     {patientRecord, Code{}, "R"},
	"device:associate":  {imported, Code{}, "C"},
	"message:repair":    {patientRecord, Code{}, "U"},
	"message:associate": {patientRecord, Code{}, "U"},
	"message:forget":    {patientRecord, Code{}, "D"},
	"message:account":   {queried, Code{}, "E"},
	"message:replay":    {exported, Code{}, "E"},
	"audit:export":      {logUsed, Code{}, "R"},
	"audit:verify":      {logUsed, Code{}, "R"},
	"session:open":      {authentication, login, "E"},
	"session:refuse":    {authentication, login, "E"},
	"session:close":     {authentication, logout, "E"},
	"channel:write":     {securityAlert, networkConfig, "E"},
	"system:configure":  {securityAlert, softConfig, "E"},
}

// Of says what r is. m is the message that it is about, or nil.
func Of(r audit.Record, m *exchange.Message) Event {
	e := Event{Seq: r.Seq, At: r.At, ID: activity, Did: string(r.Did), Action: "E", By: r.ByID, ByName: r.Personal[audit.ByName], Person: r.ByKind == "person" || r.ByKind == "token",
		Target: r.To, Note: r.Note, Purpose: r.Personal["purpose"]}
	if known, ok := byAction[e.Did]; ok {
		e.ID, e.Type, e.Action, e.Listed = known.id, known.typ, known.action, true
	} else if strings.HasPrefix(e.Did, "user:") || strings.HasPrefix(e.Did, "token:") {
		e.ID, e.Type, e.Listed = securityAlert, userChanged, true
	}
	if e.Did == "session:refuse" {
		e.Outcome = 4
	}
	if m == nil {
		return e
	}
	e.From, e.FromAt = m.Sender, m.Peer
	if e.From == "" {
		e.From = m.Channel
	}
	if e.Study = m.Format == exchange.DICOM; e.Study {
		switch e.Did {
		case "message:receive", "message:deliver":
			e.ID = transferred
		case "message:reveal":
			e.ID = accessed
		}
	}
	switch e.Did {
	case "message:receive":
		if m.Outcome != exchange.Accepted {
			e.Outcome = 4
		}
	case "message:deliver":
		if d, ok := exchange.ReadDelivery(r.Note); ok {
			e.To, e.Purpose = d.To, d.Purpose
			if !d.Arrived {
				e.Outcome = 4
			}
		}
	}
	return e
}
