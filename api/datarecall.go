package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/recall"
)

// ReceiverInput names a receiver of a recall in the path.
type ReceiverInput struct {
	IDInput
	Channel     string `path:"channel" maxLength:"63"`
	Destination string `path:"destination" maxLength:"63"`
}

// ResourcePage asks for a part of the resources of a recall.
type ResourcePage struct {
	IDInput
	After string `query:"after" maxLength:"80" doc:"The last message of the part before"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"200" doc:"How many deliveries are opened"`
}

// Named are identifiers.
type Named struct {
	Identifiers []string `json:"identifiers"`
}

func (a *API) recalls() (*recall.Service, error) {
	if a.Recalls == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "the exchange is not open here")
	}
	return a.Recalls, nil
}

// recalled calls f of the service.
func (a *API) recalled(f func(*recall.Service) (recall.Recall, error)) (recall.Recall, error) {
	s, err := a.recalls()
	if err != nil {
		return recall.Recall{}, err
	}
	return f(s)
}

func (a *API) registerDataRecalls() {
	const tag = "Data recalls"
	serve(a, route{Method: http.MethodPost, Path: "/data-recalls", ID: "open-data-recall", Tag: tag, Summary: "Call back what a device said within a time, or see what that would touch",
		About: "Receivers are told through the exchange's own outbox, and get what they have as withdrawn or corrected. A dry run only looks. Above a hundred messages a second person must agree."},
		func(ctx context.Context, by bedrail.Actor, in *struct{ Body recall.Spec }) (recall.Recall, error) {
			return a.recalled(func(s *recall.Service) (recall.Recall, error) { return s.Open(ctx, by, in.Body) })
		})
	serve(a, route{Method: http.MethodGet, Path: "/data-recalls", ID: "list-data-recalls", Tag: tag, Summary: "List recalls of data, newest first"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[recall.Recall], error) {
			s, err := a.recalls()
			if err != nil {
				return List[recall.Recall]{}, err
			}
			all, err := s.All(ctx, by)
			if err != nil {
				return List[recall.Recall]{}, err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/data-recalls/{id}", ID: "get-data-recall", Tag: tag, Summary: "One recall with where each receiver stands now"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (recall.Recall, error) {
			return a.recalled(func(s *recall.Service) (recall.Recall, error) { return s.ByID(ctx, by, in.ID) })
		})
	serve(a, route{Method: http.MethodPost, Path: "/data-recalls/{id}/approve", ID: "approve-data-recall", Tag: tag, Summary: "Agree, as the second person, that data are called back"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (recall.Recall, error) {
			return a.recalled(func(s *recall.Service) (recall.Recall, error) { return s.Approve(ctx, by, in.ID) })
		})
	serve(a, route{Method: http.MethodPost, Path: "/data-recalls/{id}/continue", ID: "continue-data-recall", Tag: tag, Summary: "Do what a stopped job of a recall left undone"},
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (recall.Recall, error) {
			return a.recalled(func(s *recall.Service) (recall.Recall, error) { return s.Continue(ctx, by, in.ID) })
		})
	serve(a, route{Method: http.MethodPost, Path: "/data-recalls/{id}/receivers/{channel}/{destination}", ID: "answer-data-recall", Tag: tag, Summary: "Keep what a receiver answered to somebody, except it, or give it another owner"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ReceiverInput
			Body recall.AnswerSpec
		}) (recall.Recall, error) {
			return a.recalled(func(s *recall.Service) (recall.Recall, error) {
				return s.Answer(ctx, by, in.ID, in.Channel, in.Destination, in.Body)
			})
		})
	serve(a, route{Method: http.MethodPost, Path: "/data-recalls/{id}/close", ID: "close-data-recall", Tag: tag, Summary: "Close a recall of which every receiver answered or is excepted by name"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			IDInput
			Body struct {
				Reason string `json:"reason" maxLength:"400"`
			}
		}) (recall.Recall, error) {
			return a.recalled(func(s *recall.Service) (recall.Recall, error) { return s.Close(ctx, by, in.ID, in.Body.Reason) })
		})
	serve(a, route{Method: http.MethodGet, Path: "/data-recalls/{id}/resources", ID: "list-data-recall-resources", Tag: tag, Summary: "List the FHIR resources that were made of what is called back and delivered"},
		func(ctx context.Context, by bedrail.Actor, in *ResourcePage) (List[recall.Resource], error) {
			s, err := a.recalls()
			if err != nil {
				return List[recall.Resource]{}, err
			}
			all, err := s.Resources(ctx, by, in.ID, in.After, in.Limit)
			return allOf(all, same[recall.Resource]), err
		})
	serve(a, route{Method: http.MethodPost, Path: "/data-recalls/{id}/patients", ID: "reveal-data-recall-patients", Tag: tag, Summary: "Show which patients the messages are about, for a stated purpose",
		About: "Who looked and for what purpose is on record."},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			IDInput
			Body struct {
				Purpose string `json:"purpose" maxLength:"400"`
			}
		}) (Named, error) {
			s, err := a.recalls()
			if err != nil {
				return Named{}, err
			}
			all, err := s.Patients(ctx, by, in.ID, in.Body.Purpose)
			return Named{all}, err
		})
}
