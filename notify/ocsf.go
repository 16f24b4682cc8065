package notify

import (
	"encoding/json"
	"strconv"
	"strings"

	"bedrail/desk"
)

// An ocsfEvent is what OCSF 1.6 asks of a Vulnerability Finding (class 2002), a
// Detection Finding (class 2004) and a Base Event (class 0), and no more.
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
	// Of a Vulnerability Finding (class 2002).
	Vulnerabilities []ocsfVulnerability `json:"vulnerabilities,omitempty"`
	Unmapped        ocsfPlace           `json:"unmapped"`
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

// An ocsfVulnerability names a weakness by its CVE, or by the advisory where it
// has none.
type ocsfVulnerability struct {
	CVE      *ocsfUID `json:"cve,omitempty"`
	Advisory *ocsfUID `json:"advisory,omitempty"`
	Severity string   `json:"severity,omitempty"`
	Exploit  *bool    `json:"is_exploit_available,omitempty"`
}

type ocsfUID struct {
	UID string `json:"uid"`
}

// An ocsfPlace is what the schema has no attribute for.
type ocsfPlace struct {
	Site  string            `json:"site,omitempty"`
	Unit  string            `json:"unit,omitempty"`
	Facts map[string]string `json:"facts,omitempty"`
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
		Time: n.At.UnixMilli(), Message: n.Title, Unmapped: ocsfPlace{n.Site, n.Unit, n.Facts},
		Metadata: ocsfMetadata{UID: n.ID, EventCode: n.Kind, Version: "1.6.0", Product: ocsfProduct{Name: "Bedrail", Vendor: "Bedrail", Version: p.Version}}}
	if !own(n.Kind) {
		const created = 1
		class, name := 2004, "Detection Finding"
		if e.Vulnerabilities = weaknesses(n); e.Vulnerabilities != nil {
			class, name = 2002, "Vulnerability Finding"
		}
		e.ActivityID, e.ActivityName, e.CategoryUID, e.CategoryName, e.ClassUID, e.ClassName = created, "Create", 2, "Findings", class, name
		e.TypeUID, e.StatusID = class*100+created, 1 // New
		e.Finding = &ocsfFinding{UID: n.ID, Title: n.Title, Types: []string{n.Kind}, Created: n.At.UnixMilli(), URL: p.link(n)}
	}
	text, err := json.Marshal(e)
	return string(text), err
}

// weaknesses are those that a notice of exposure names.
func weaknesses(n desk.Notice) []ocsfVulnerability {
	if !strings.HasPrefix(n.Kind, "exposure.") {
		return nil
	}
	var out []ocsfVulnerability
	for _, name := range strings.Fields(n.Facts["vulnerability"]) {
		v := ocsfVulnerability{Severity: n.Facts["severity"]}
		if strings.HasPrefix(name, "CVE-") {
			v.CVE = &ocsfUID{name}
		} else {
			v.Advisory = &ocsfUID{name}
		}
		if used, err := strconv.ParseBool(n.Facts["exploited"]); err == nil {
			v.Exploit = &used
		}
		out = append(out, v)
	}
	return out
}

func own(kind string) bool {
	for _, stem := range ownAffairs {
		if strings.HasPrefix(kind, stem) {
			return true
		}
	}
	return false
}
