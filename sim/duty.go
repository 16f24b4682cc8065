package sim

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"bedrail"
)

// A Person is one of those who work with the record.
type Person struct {
	Name, Called string
	Grant        bedrail.Grant
}

// People are some of them, so that a visitor sees who may do what. A visitor
// may not make people: whoever starts the demonstration does.
func People() []Person {
	return []Person{
		{"m.brandt", "Mira Brandt", bedrail.Grant{Role: "clinical-engineer", Site: "Demo General"}},
		{"j.okafor", "Joy Okafor", bedrail.Grant{Role: "security-analyst"}},
		{"t.lindqvist", "Tor Lindqvist", bedrail.Grant{Role: "integration-engineer"}},
		{"c.moreau", "Claire Moreau", bedrail.Grant{Role: "compliance-officer"}},
		{"ward.icu", "ICU, shared terminal", bedrail.Grant{Role: "viewer", Site: "Demo General", Unit: "ICU"}},
	}
}

// controls puts controls in force days ago: what the week's conversations say
// of them differs, as it does in a hospital. It is asked when the week is in.
func (s *stage) controls(ctx context.Context, now time.Time) error {
	for _, c := range []struct {
		filter string
		most   int
		allow  []string
		note   string
	}{
		{"kev:yes status:affected", 3, []string{"10.0.0.0/8"}, "the border firewall lets nothing in from outside"},
		{`model:"Vue PACS" status:affected`, 1, []string{}, "the archive was meant to be closed to everybody"},
	} {
		var page struct {
			Items []struct {
				Vulnerability string          `json:"vulnerability"`
				Model         json.RawMessage `json:"model"`
			} `json:"items"`
		}
		q := url.Values{"filter": {c.filter}, "sort": {"model"}, "limit": {"20"}}
		if err := s.t.call(ctx, http.MethodGet, "/api/v1/findings?"+q.Encode(), nil, &page); err != nil {
			return err
		}
		for _, f := range page.Items[:min(c.most, len(page.Items))] {
			control := map[string]any{"vulnerability": f.Vulnerability, "model": f.Model, "allow": c.allow, "days": 3, "since": now.AddDate(0, 0, -6).UTC(),
				"expires": now.AddDate(0, 3, 0).UTC(), "owner": "Network team", "note": c.note}
			if err := s.t.send(ctx, http.MethodPost, "/api/v1/controls", control, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
