package api

import (
	"context"
	"net/http"
	"strings"

	"bedrail"
	"bedrail/asset"
	"bedrail/traffic"
)

// An AnswerInput says what a device is.
type AnswerInput struct {
	IDInput
	Body struct {
		Corrections map[string]string `json:"corrections" doc:"class, manufacturer, model, serialNumber, softwareVersion, operatingSystem"`
		Similar     bool              `json:"similar,omitempty" doc:"And so are the others of the queue that look the same"`
		Preview     bool              `json:"preview,omitempty" doc:"Say which devices that would change, and change nothing"`
	}
}

// An UnidentifiedRow is a device of the queue with what a list is filtered and
// sorted by beside it.
type UnidentifiedRow struct {
	asset.Unidentified
	Strength string `json:"strength" doc:"Of the best guess: strong, fair, weak or none"`
	Guess    string `json:"guess" doc:"The best guess in words"`
	Unit     string `json:"unit"`
	Site     string `json:"site"`
	Address  string `json:"address"`
}

func unidentifiedRow(u asset.Unidentified) UnidentifiedRow {
	row := UnidentifiedRow{Unidentified: u, Strength: "none", Unit: u.Location.Unit, Site: u.Location.Site}
	if len(u.Guesses) > 0 {
		g := u.Guesses[0]
		row.Strength, row.Guess = string(g.Strength), strings.Join(strings.Fields(g.Manufacturer+" "+g.Model+" "+g.Class), " ")
	}
	if u.Address.IsValid() {
		row.Address = u.Address.String()
	}
	return row
}

func (a *API) registerQueue(tag string) {
	serve(a, route{Method: http.MethodGet, Path: "/unidentified", ID: "list-unidentified", Tag: tag, Summary: "Devices of which it is not known what they are, with guesses",
		About: "Those with the most look-alikes first. A guess is a question to a person and never evidence; its reasons name what the device shows, and which known devices of the house show the same."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[UnidentifiedRow], error) {
			items, err := a.Assets.Unidentified(ctx, by)
			if err != nil {
				return none[UnidentifiedRow](nil), err
			}
			rows := make([]UnidentifiedRow, len(items))
			for i, u := range items {
				rows[i] = unidentifiedRow(u)
			}
			return pageOf(rows, in)
		})
	serve(a, route{Method: http.MethodPost, Path: "/devices/{id}/identify", ID: "identify-device", Tag: tag, Summary: "Say what a device is, and those that look the same",
		About: "A person's word wins over all evidence, which is kept beside it. It can be taken back by the id in the answer."},
		func(ctx context.Context, by bedrail.Actor, in *AnswerInput) (asset.Answered, error) {
			answer := asset.Answer{Corrections: map[traffic.Attribute]string{}, Similar: in.Body.Similar, Preview: in.Body.Preview}
			for name, v := range in.Body.Corrections {
				if v = strings.TrimSpace(v); v != "" {
					answer.Corrections[traffic.Attribute(name)] = v
				}
			}
			return a.Assets.Answer(ctx, by, in.ID, answer)
		})
	act(a, route{Method: http.MethodPost, Path: "/answers/{id}/undo", ID: "undo-answer", Tag: tag, Summary: "Take back what was said of devices of the queue"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) error {
			return a.Assets.UndoAnswer(ctx, by, in.ID)
		})
}
