package fhirrest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bedrail/exchange"
)

// A done is what became of one entry. It is kept as the message's answer, and
// with the message's bytes it is all that is needed to show the resource.
type done struct {
	Status   int     `json:"status"`
	Location string  `json:"location,omitempty"` // Patient/123/_history/1
	Outcome  outcome `json:"outcome,omitzero"`
	Read     bool    `json:"read,omitempty"` // it asked, and changed nothing
}

// An answer is what is kept of the answers to one message.
type answer struct {
	Bundle  string           `json:"bundle,omitempty"` // transaction-response, batch-response
	Outcome exchange.Outcome `json:"outcome"`
	Issues  []outcomeIssue   `json:"issues,omitempty"`
	Entries []done           `json:"entries"`
}

// place splits a location.
func place(location string) (kind, id string, version int) {
	parts := strings.Split(location, "/")
	if len(parts) < 2 {
		return "", "", 0
	}
	if len(parts) == 4 && parts[2] == "_history" {
		version, _ = strconv.Atoi(parts[3])
	}
	return parts[0], parts[1], version
}

func location(kind, id string, version int) string {
	return fmt.Sprintf("%s/%s/_history/%d", kind, id, version)
}

// A kept is a resource as it stands in a message.
type kept struct {
	resource
	id      string
	version int
	at      time.Time
	message string
}

// resources are those that a message holds, as they are shown.
func resources(m exchange.Shelved) ([]kept, error) {
	whole, err := parse(m.Body)
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", m.ID, err)
	}
	var a answer
	if err := json.Unmarshal(m.Answer, &a); err != nil {
		return nil, fmt.Errorf("the answer of message %s: %w", m.ID, err)
	}
	bodies, links := []resource{whole}, map[string]string{}
	if a.Bundle != "" {
		bodies = nil
		entries := entriesOf(whole)
		links = linksOf(entries, a.Entries)
		for _, e := range entries {
			bodies = append(bodies, e.Resource)
		}
	}
	var out []kept
	for i, d := range a.Entries {
		kind, id, version := place(d.Location)
		if i >= len(bodies) || d.Read || d.Status >= 300 || kind == "" || bodies[i] == nil {
			continue
		}
		linked, _ := relinked(map[string]any(bodies[i]), links).(map[string]any)
		out = append(out, kept{resource(linked).named(id, strconv.Itoa(version), m.ReceivedAt), id, version, m.ReceivedAt, m.ID})
	}
	return out, nil
}

// linksOf says what the names that a bundle gives its entries became.
func linksOf(entries []bundleEntry, became []done) map[string]string {
	links := map[string]string{}
	for i, e := range entries {
		if i < len(became) && e.FullURL != "" {
			if kind, id, _ := place(became[i].Location); kind != "" {
				links[e.FullURL] = kind + "/" + id
			}
		}
	}
	return links
}

// A bundleEntry is an entry of a transaction or batch.
type bundleEntry struct {
	FullURL  string
	Resource resource
	Method   string
	URL      string
	IfNone   string
	IfMatch  string
}

func entriesOf(bundle resource) []bundleEntry {
	list, _ := bundle["entry"].([]any)
	out := make([]bundleEntry, 0, len(list))
	for _, raw := range list {
		e, _ := raw.(map[string]any)
		request, _ := e["request"].(map[string]any)
		body, _ := e["resource"].(map[string]any)
		text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
		out = append(out, bundleEntry{FullURL: text(e, "fullUrl"), Resource: body, Method: strings.ToUpper(text(request, "method")), URL: text(request, "url"),
			IfNone: text(request, "ifNoneExist"), IfMatch: text(request, "ifMatch")})
	}
	return out
}
