package recall

import (
	"encoding/json"
	"strings"
)

// Type is the type of the resource.
func (r Resource) Type() string {
	t, _, _ := strings.Cut(r.Reference, "/")
	return t
}

// A resourceHead is what is read of a resource to name it.
type resourceHead struct {
	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id"`
	Status       json.RawMessage `json:"status"`
	Entry        []struct {
		FullURL  string       `json:"fullUrl"`
		Resource resourceHead `json:"resource"`
		Request  struct {
			URL string `json:"url"`
		} `json:"request"`
	} `json:"entry"`
}

// ResourcesIn names the resources of what was sent: nothing else of it is
// kept. Addresses that look up by an identifier are left out, since the
// identifier may be a patient's.
func ResourcesIn(body []byte) []Resource {
	var h resourceHead
	if json.Unmarshal(body, &h) != nil || h.ResourceType == "" {
		return nil
	}
	if h.ResourceType != "Bundle" {
		return []Resource{{Reference: h.ResourceType + "/" + h.ID, Status: word(h.Status)}}
	}
	var out []Resource
	for _, e := range h.Entry {
		id := e.Resource.ID
		if id == "" {
			id = strings.TrimPrefix(e.FullURL, "urn:uuid:")
		}
		if e.Resource.ResourceType != "" {
			out = append(out, Resource{Reference: e.Resource.ResourceType + "/" + id, Status: word(e.Resource.Status)})
		}
	}
	return out
}

func word(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}
