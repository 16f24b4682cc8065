package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"bedrail"
	"bedrail/format/query"
	"bedrail/patch"
	"bedrail/vuln"
)

// FindingDetail is a finding with the devices it exposes and what it rests on.
type FindingDetail struct {
	vuln.Finding
	Match      FindingMatch      `json:"match"`
	Devices    []vuln.Exposure   `json:"devices" doc:"Devices that are exposed, as far as the asker may see them"`
	Advisory   *AdvisorySummary  `json:"advisory,omitempty" doc:"The statement to read first"`
	Statements []AdvisorySummary `json:"statements"`
}

// FindingMatch says how the answer was found.
type FindingMatch struct {
	By         vuln.By `json:"by"`
	Confidence float64 `json:"confidence" doc:"0 to 1: orders answers by how they were found. It is not how often such an answer is right"`
	Reason     string  `json:"reason"`
	Text       string  `json:"text" doc:"What the advisory says, as written"`
}

// AdvisorySummary is one published statement.
type AdvisorySummary struct {
	ID         string        `json:"id"`
	Source     string        `json:"source"`
	Feed       string        `json:"feed"`
	Title      string        `json:"title"`
	Published  string        `json:"published,omitempty"`
	Modified   string        `json:"modified,omitempty"`
	Aliases    []string      `json:"aliases"`
	Disputed   bool          `json:"disputed"`
	Scores     []vuln.Score  `json:"scores"`
	References []string      `json:"references"`
	Remedies   []vuln.Remedy `json:"remedies"`
}

func advisorySummary(a vuln.Advisory) AdvisorySummary {
	s := AdvisorySummary{ID: a.ID, Source: a.Source, Feed: a.Feed, Title: a.Title, Aliases: a.Aliases, Disputed: a.Disputed,
		Scores: a.Scores, References: a.References, Remedies: a.Remedies}
	if !a.Published.IsZero() {
		s.Published = a.Published.Format("2006-01-02T15:04:05Z07:00")
	}
	if !a.Modified.IsZero() {
		s.Modified = a.Modified.Format("2006-01-02T15:04:05Z07:00")
	}
	return s
}

// AdvisoryDetail is all that is known of a weakness in the hospital: what the
// feeds say, whom it exposes, what reaches them, what holds it and what would.
type AdvisoryDetail struct {
	vuln.Dossier
	Statements []AdvisorySummary `json:"statements"`
	Mending    patch.Mending     `json:"mending" doc:"When it is mended, and who has to act"`
}

// DeviceExposures is what one device is exposed to.
type DeviceExposures struct {
	Items     []vuln.DeviceExposure `json:"items"`
	EndOfLife *vuln.EndOfLife       `json:"endOfLife,omitempty"`
	Recalls   []vuln.Recall         `json:"recalls"`
}

// errNoBoard answers while the board of findings is not there.
func (a *API) board() (*vuln.Board, error) {
	if a.Board == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "findings are not kept here: this part of Bedrail runs without them")
	}
	return a.Board, nil
}

func (a *API) registerFindings() {
	const tag = "Findings"
	serve(a, route{Method: http.MethodGet, Path: "/findings", ID: "list-findings", Tag: tag, Summary: "List findings",
		About: "One row is a weakness and a model. Worst first unless sorted. Fields: kind status severity score kev vulnerability model manufacturer version component source state owner devices unit site urgency rank; free text."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[vuln.Finding], error) {
			req, err := in.Request()
			if err != nil {
				return List[vuln.Finding]{}, err
			}
			b, err := a.board()
			if err != nil {
				return List[vuln.Finding]{}, err
			}
			page, err := b.Findings(ctx, by, req)
			return listOf(page, same), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/findings/{id}", ID: "get-finding", Tag: tag, Summary: "One finding"}, a.finding)
	serve(a, route{Method: http.MethodPost, Path: "/findings/decisions", ID: "decide-findings", Tag: tag, Summary: "Decide about findings",
		About: "The findings are named by identifiers or by a filter. With preview nothing changes and the answer says what would."}, a.decide)
	serve(a, route{Method: http.MethodGet, Path: "/findings/export", ID: "export-findings", Tag: tag, Summary: "What is held about findings, as a signed VEX document",
		About: "The document is signed by the key of the audit record: the note holds its SHA-256."}, a.exportFindings)
	serve(a, route{Method: http.MethodGet, Path: "/decisions", ID: "list-decisions", Tag: tag, Summary: "What makers and people state about weaknesses"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[vuln.Decision], error) {
			b, err := a.board()
			if err != nil {
				return List[vuln.Decision]{}, err
			}
			all, err := b.Decisions(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/advisories/{id}", ID: "get-advisory", Tag: tag, Summary: "All that is known of a weakness: whom it exposes, what reaches them, what holds it, what would",
		About: "By any of its names: CVE, GHSA, GO and so on. What would contain it is a proposal with the text of an access list and the recorded conversations that it would break; nothing is changed."}, a.advisory)
	a.registerControls()
	serve(a, route{Method: http.MethodGet, Path: "/devices/{id}/exposures", ID: "list-device-exposures", Tag: tag, Summary: "What a device is exposed to"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (DeviceExposures, error) {
			b, err := a.board()
			if err != nil {
				return DeviceExposures{}, err
			}
			items, life, recalls, err := b.OfDevice(ctx, by, in.ID)
			return DeviceExposures{items, life, recalls}, err
		})
	serve(a, route{Method: http.MethodGet, Path: "/models", ID: "list-models", Tag: tag, Summary: "List models with what they are exposed to"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[vuln.ModelPosture], error) {
			b, err := a.board()
			if err != nil {
				return List[vuln.ModelPosture]{}, err
			}
			all, err := b.Models(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/recalls", ID: "list-recalls", Tag: tag, Summary: "Recalls that touch devices of the hospital"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[vuln.RecallRow], error) {
			b, err := a.board()
			if err != nil {
				return List[vuln.RecallRow]{}, err
			}
			all, err := b.Recalls(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/lifecycle", ID: "list-lifecycle", Tag: tag, Summary: "Models whose support ends"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[vuln.LifecycleRow], error) {
			b, err := a.board()
			if err != nil {
				return List[vuln.LifecycleRow]{}, err
			}
			all, err := b.Lifecycle(ctx, by)
			if err != nil {
				return none(all), err
			}
			return pageOf(all, in)
		})
}

func (a *API) finding(ctx context.Context, by bedrail.Actor, in *IDInput) (FindingDetail, error) {
	b, err := a.board()
	if err != nil {
		return FindingDetail{}, err
	}
	f, exposed, advisories, err := b.Finding(ctx, by, in.ID)
	if err != nil {
		return FindingDetail{}, err
	}
	d := FindingDetail{Finding: f, Match: FindingMatch{f.By, f.Confidence, f.Reason, f.Text}, Devices: exposed}
	for _, adv := range advisories {
		d.Statements = append(d.Statements, advisorySummary(adv))
	}
	if len(d.Statements) > 0 {
		d.Advisory = &d.Statements[0]
	}
	return d, nil
}

func (a *API) advisory(ctx context.Context, by bedrail.Actor, in *IDInput) (AdvisoryDetail, error) {
	b, err := a.board()
	if err != nil {
		return AdvisoryDetail{}, err
	}
	d, err := b.Dossier(ctx, by, in.ID)
	out := AdvisoryDetail{Dossier: d, Statements: []AdvisorySummary{}}
	for _, adv := range d.Statements {
		out.Statements = append(out.Statements, advisorySummary(adv))
	}
	out.Mending = patch.Mending{Plans: []patch.Turn{}, Unplanned: []string{}}
	if err != nil || a.Patches == nil {
		return out, err
	}
	var exposed []string
	for _, e := range d.Exposed {
		if e.Status == vuln.Affected {
			exposed = append(exposed, e.ID)
		}
	}
	m, err := a.Patches.About(ctx, by, append([]string{d.Vulnerability}, d.Aliases...), exposed)
	if err == nil {
		out.Mending = m
	} else if bedrail.KindOf(err) == bedrail.Denied {
		err = nil // who may not see plans sees the rest
	}
	return out, err
}

// DecideInput is a choice about some findings.
type DecideInput struct {
	Body DecideBody
}

// DecideBody says which findings, and what is decided.
type DecideBody struct {
	IDs           []string   `json:"ids,omitempty" maxItems:"5000"`
	Filter        string     `json:"filter,omitempty" maxLength:"2000" doc:"In place of identifiers"`
	State         string     `json:"state" enum:"not-affected,fixed,affected,investigating,accepted,mitigated"`
	Justification string     `json:"justification,omitempty" maxLength:"100" doc:"A word of VEX, for example vulnerable_code_not_present"`
	Note          string     `json:"note,omitempty" maxLength:"4000"`
	Owner         string     `json:"owner,omitempty" maxLength:"200" doc:"Who looks after it"`
	Rubric        string     `json:"rubric,omitempty" maxLength:"500" doc:"A vector of CVSS 3 with the answers of the rubric for medical devices, for example CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/XIT:H/XAT:N"`
	Expires       *time.Time `json:"expires,omitempty" doc:"When it is to be looked at again"`
	Preview       bool       `json:"preview,omitempty"`
}

// DecisionOutcome is what a choice did, or would do.
type DecisionOutcome struct {
	Applied bool                  `json:"applied"`
	Items   []vuln.DecisionEffect `json:"items"`
}

func (a *API) decide(ctx context.Context, by bedrail.Actor, in *DecideInput) (DecisionOutcome, error) {
	b, err := a.board()
	if err != nil {
		return DecisionOutcome{}, err
	}
	c := vuln.Choice{IDs: in.Body.IDs, State: vuln.State(in.Body.State), Justification: in.Body.Justification, Note: in.Body.Note, Owner: in.Body.Owner, Rubric: in.Body.Rubric, Preview: in.Body.Preview}
	if in.Body.Expires != nil {
		c.Expires = in.Body.Expires.UTC()
	}
	if len(c.IDs) == 0 && in.Body.Filter == "" {
		return DecisionOutcome{}, bedrail.Errorf(bedrail.Invalid, "name findings by ids or by a filter").At("body.ids")
	}
	if c.Filter.Filter, err = query.Parse(in.Body.Filter); err != nil {
		return DecisionOutcome{}, bedrail.Errorf(bedrail.Invalid, "the filter cannot be read: %w", err).At("body.filter")
	}
	items, err := b.Decide(ctx, by, c)
	return DecisionOutcome{Applied: err == nil && !c.Preview && len(items) > 0, Items: items}, err
}

// ExportInput says which findings, in which format.
type ExportInput struct {
	ListInput
	Format string `query:"format" required:"true" enum:"openvex,csaf,cyclonedx"`
}

// SignedVEX is a document with the signature of its bytes in canonical form:
// keys sorted, no blanks, and < > & as \u003c \u003e \u0026.
type SignedVEX struct {
	Document map[string]any `json:"document"`
	SHA256   string         `json:"sha256"`
	Note     string         `json:"note,omitempty" doc:"Signed note over the SHA-256; absent where the key is not there"`
}

func (a *API) exportFindings(ctx context.Context, by bedrail.Actor, in *ExportInput) (SignedVEX, error) {
	req, err := in.Request()
	if err != nil {
		return SignedVEX{}, err
	}
	req.Limit = 0 // a document holds them all
	b, err := a.board()
	if err != nil {
		return SignedVEX{}, err
	}
	var out SignedVEX
	if out.Document, err = b.Export(ctx, by, in.Format, a.Publisher, req); err != nil {
		return out, err
	}
	raw, err := json.Marshal(out.Document)
	if err != nil {
		return out, err
	}
	out.SHA256 = fmt.Sprintf("%x", sha256.Sum256(raw))
	if a.SignText != nil {
		out.Note, err = a.SignText("bedrail VEX export\nsha256 " + out.SHA256 + "\n")
	}
	return out, err
}
