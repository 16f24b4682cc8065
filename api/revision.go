package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/exchange"
)

// Repair says how the copy of a message is mended.
type Repair struct {
	Steps   []RepairStep `json:"steps,omitempty" maxItems:"100" doc:"What is set or taken out"`
	Text    string       `json:"text,omitempty" maxLength:"262144" doc:"Or the whole content; line ends become segment ends"`
	Reason  string       `json:"reason" maxLength:"400"`
	Release bool         `json:"release,omitempty" doc:"Send it where it waits or was given up"`
	DryRun  bool         `json:"dryRun,omitempty" doc:"Only say what it would become"`
}

// RepairStep sets or takes out one thing.
type RepairStep struct {
	Set    string  `json:"set,omitempty" doc:"Where, such as OBX[2]-6.1"`
	Value  *string `json:"value,omitempty"`
	From   string  `json:"from,omitempty" doc:"Or the text at that place"`
	Remove string  `json:"remove,omitempty" doc:"Where"`
}

// RepairDone says what a repair did.
type RepairDone struct {
	Message  string          `json:"message"`
	Revision int             `json:"revision"`
	Valid    bool            `json:"valid" doc:"The mended copy has no error any more"`
	Before   int             `json:"before" doc:"Issues of what came"`
	Left     []ExchangeIssue `json:"left" doc:"Errors of the mended copy"`
	Requeued int             `json:"requeued"`
}

func (a *API) registerRevisions() {
	const tag = "Messages"
	serve(a, route{Method: http.MethodPost, Path: "/messages/{id}/repair", ID: "repair-message", Tag: tag, Summary: "Mend a copy of a message, and send that instead",
		About: "What came is kept as it came. Who mended it and why is on record, and goes with resources that are made of it as Provenance."},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			IDInput
			Body Repair
		}) (RepairDone, error) {
			x, err := a.exchange()
			if err != nil {
				return RepairDone{}, err
			}
			b := in.Body
			spec := exchange.RepairSpec{Text: b.Text, Reason: b.Reason, Release: b.Release, DryRun: b.DryRun}
			for _, s := range b.Steps {
				spec.Steps = append(spec.Steps, exchange.Step{Set: s.Set, Value: s.Value, From: s.From, Remove: s.Remove})
			}
			r, err := x.Repair(ctx, by, in.ID, spec)
			return RepairDone{r.Message, r.Revision, r.Valid, r.Before, issuesOf(r.Left), r.Requeued}, err
		})
	serve(a, route{Method: http.MethodPost, Path: "/messages/associate", ID: "associate-messages", Tag: tag, Summary: "Give messages to the patient that they belong to",
		About: "By their ids, or all of a device within a time. Without a patient the admissions are asked again, as they are known now. Receivers of resources get them again under the same ids, with a Provenance that says what was corrected."},
		func(ctx context.Context, by bedrail.Actor, in *struct{ Body exchange.CorrectSpec }) (exchange.CorrectReport, error) {
			x, err := a.exchange()
			if err != nil {
				return exchange.CorrectReport{}, err
			}
			return x.Correct(ctx, by, in.Body)
		})
	serve(a, route{Method: http.MethodGet, Path: "/messages/held", ID: "list-held", Tag: tag, Summary: "What is held back now, by channel and reason, and when the first of it goes out"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (List[exchange.HeldBacklog], error) {
			x, err := a.exchange()
			if err != nil {
				return List[exchange.HeldBacklog]{}, err
			}
			all, err := x.Held(ctx, by)
			return allOf(all, same[exchange.HeldBacklog]), err
		})
	serve(a, route{Method: http.MethodGet, Path: "/channel-gaps", ID: "list-gaps", Tag: "Channels", Summary: "Times in which what a contained device sends was held back, of which receivers were told"},
		func(ctx context.Context, by bedrail.Actor, _ *struct{}) (List[exchange.Gap], error) {
			x, err := a.exchange()
			if err != nil {
				return List[exchange.Gap]{}, err
			}
			all, err := x.Gaps(ctx, by)
			return allOf(all, same[exchange.Gap]), err
		})
}
