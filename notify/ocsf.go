package notify

import (
	"encoding/json"
	"strings"

	"bedrail/desk"
)

// An ocsfEvent is what OCSF 1.6 asks of a Detection Finding (class 2004) and
// of a Base Event (class 0), and no more.
type ocsfEvent struct {
	ActivityID   int          `json:"activity_id"`
	ActivityName string       `json:"activity_name"`
	CategoryUID  int          `json:"category_uid"`
	CategoryName string       `json:"category_name"`
	ClassUID     int          `json:"class_uid"`
	ClassName    string       `json:"class_name"`
	TypeUID      int          `json:"type_uid"`
	SeverityID   int          `json:"severity_id"`
	Severity     string       `json:"severity"`
	Time         int64        `json:"time"` // milliseconds
	Message      string       `json:"message"`
	Metadata     ocsfMetadata `json:"metadata"`
	Finding      *ocsfFinding `json:"finding_info,omitempty"`
	StatusID     int          `json:"status_id,omitempty"`
	Unmapped     ocsfPlace    `json:"unmapped"`
}

type ocsfMetadata struct {
	UID       string      `json:"uid"`
	EventCode string      `json:"event_code"`
	Version   string      `json:"version"`
	Product   ocsfProduct `json:"product"`
}

type ocsfProduct struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor_name"`
	Version string `json:"version"`
}

type ocsfFinding struct {
	UID     string   `json:"uid"`
	Title   string   `json:"title"`
	Types   []string `json:"types"`
	Created int64    `json:"created_time"`
	URL     string   `json:"src_url,omitempty"`
}

type ocsfPlace struct {
	Site string `json:"site,omitempty"`
	Unit string `json:"unit,omitempty"`
}

// ocsfSeverity is severity_id and its caption.
var ocsfSeverity = map[desk.Level]struct {
	id   int
	word string
}{desk.Info: {1, "Informational"}, desk.Warning: {3, "Medium"}, desk.Urgent: {5, "Critical"}}

// ownAffairs are the kinds that speak of Bedrail itself and not of something
// that was found on the network.
var ownAffairs = []string{"job.", "disk.", "feed.", "backup.", "audit.", "sensor.", "channel.", "test"}

// ocsf writes n as one line of JSON.
func (p *Post) ocsf(n desk.Notice) (string, error) {
	s := ocsfSeverity[n.Level]
	e := ocsfEvent{ActivityID: 99, ActivityName: "Other", CategoryName: "Uncategorized", ClassName: "Base Event", TypeUID: 99, SeverityID: s.id, Severity: s.word,
		Time: n.At.UnixMilli(), Message: n.Title, Unmapped: ocsfPlace{n.Site, n.Unit},
		Metadata: ocsfMetadata{UID: n.ID, EventCode: n.Kind, Version: "1.6.0", Product: ocsfProduct{Name: "Bedrail", Vendor: "Bedrail", Version: p.Version}}}
	if !own(n.Kind) {
		const class, created = 2004, 1
		e.ActivityID, e.ActivityName, e.CategoryUID, e.CategoryName, e.ClassUID, e.ClassName = created, "Create", 2, "Findings", class, "Detection Finding"
		e.TypeUID, e.StatusID = class*100+created, 1 // New
		e.Finding = &ocsfFinding{UID: n.ID, Title: n.Title, Types: []string{n.Kind}, Created: n.At.UnixMilli(), URL: p.link(n)}
	}
	text, err := json.Marshal(e)
	return string(text), err
}

func own(kind string) bool {
	for _, stem := range ownAffairs {
		if strings.HasPrefix(kind, stem) {
			return true
		}
	}
	return false
}
