package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"go.yaml.in/yaml/v3"

	"bedrail"
	"bedrail/exchange"
)

// ChannelDraftInput is a channel that is being written: as text or as an object.
type ChannelDraftInput struct {
	Text       string            `json:"text,omitempty" maxLength:"1048576" doc:"YAML or JSON"`
	Definition ChannelDefinition `json:"definition,omitempty" doc:"Instead of text"`
}

// ChannelDraft is a channel that is being written, with what is wrong with it.
type ChannelDraft struct {
	Definition any    `json:"definition,omitempty" doc:"As far as it can be read"`
	YAML       string `json:"yaml" doc:"The same, as a file holds it"`
	Problem    string `json:"problem,omitempty"`
	At         string `json:"at,omitempty" doc:"Where the problem is"`
}

func (a *API) registerChannelDrafts() {
	serve(a, route{Method: http.MethodPost, Path: "/channel-drafts", ID: "check-channel", Tag: "Channels", Summary: "Read a channel that is being written, and say what is wrong with it",
		About: "Nothing is kept or opened. The answer has it as an object and as YAML, whichever was given."},
		func(ctx context.Context, by bedrail.Actor, in *struct{ Body ChannelDraftInput }) (ChannelDraft, error) {
			x, err := a.exchange()
			if err != nil {
				return ChannelDraft{}, err
			}
			return draftChannel(ctx, x, by, in.Body)
		})
}

func draftChannel(ctx context.Context, x *exchange.Exchange, by bedrail.Actor, in ChannelDraftInput) (ChannelDraft, error) {
	out := ChannelDraft{YAML: in.Text}
	given := in.Definition
	if in.Text != "" {
		if err := yaml.Unmarshal([]byte(in.Text), &given); err != nil {
			out.Problem = err.Error()
			return out, x.CheckDraft(ctx, by, nil)
		}
	}
	out.Definition = given
	d, err := given.read()
	if err == nil {
		out.Definition = d
		if text, err := json.Marshal(d); err == nil {
			out.YAML = asYAML(text, in.Text)
		}
		err = x.CheckDraft(ctx, by, &d)
	} else if denied := x.CheckDraft(ctx, by, nil); denied != nil {
		return ChannelDraft{}, denied
	}
	var told *bedrail.Error
	switch {
	case err == nil:
	case bedrail.KindOf(err) == bedrail.Denied || !errors.As(err, &told):
		return ChannelDraft{}, err
	default:
		out.Problem, out.At = told.Message, told.Pointer
	}
	return out, nil
}

// asYAML writes JSON as YAML in blocks, in the order of its members. JSON is
// YAML: what is read from it only has to be written otherwise. A text that a
// person wrote stays as it is.
func asYAML(text []byte, given string) string {
	if given != "" {
		return given
	}
	var n yaml.Node
	if yaml.Unmarshal(text, &n) != nil {
		return string(text)
	}
	inBlocks(&n)
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if e.Encode(&n) != nil || e.Close() != nil {
		return string(text)
	}
	return b.String()
}

func inBlocks(n *yaml.Node) {
	n.Style = 0
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" && bytes.ContainsAny([]byte(n.Value), "\n\r") {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		inBlocks(c)
	}
	for i := 2; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "name" { // people look for it first
			pair := []*yaml.Node{n.Content[i], n.Content[i+1]}
			n.Content = append(pair, append(n.Content[:i:i], n.Content[i+2:]...)...)
		}
	}
}
