package api

import (
	"context"
	"errors"
	"io"
	"net/http"

	"bedrail"
	"bedrail/release"
)

// ReleaseInput names a release in the path.
type ReleaseInput struct {
	Name string `path:"name" maxLength:"63"`
}

// ReleaseVersion is the version of a definition that somebody saw.
type ReleaseVersion struct {
	Version int64 `json:"version" minimum:"0" doc:"That was looked at; 0 is new"`
}

// ReleasePut is a definition with the version that it replaces.
type ReleasePut struct {
	release.Definition
	ReleaseVersion
}

func (a *API) releases() (*release.Service, error) {
	if a.Releases == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "the exchange is not open here")
	}
	return a.Releases, nil
}

func (a *API) registerReleases() {
	const tag = "Releases to analytics"
	serve(a, route{Method: http.MethodGet, Path: "/releases", ID: "list-releases", Tag: tag, Summary: "List what is given to analytics, for whom and for what"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[release.Kept], error) {
			s, err := a.releases()
			if err != nil {
				return List[release.Kept]{}, err
			}
			all, err := s.All(ctx, by)
			if err != nil {
				return List[release.Kept]{}, err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/release-places", ID: "list-release-places", Tag: tag, Summary: "List what of a message may leave, and in which forms",
		About: "Fields of HL7 v2 and elements of FHIR R4 resources. What is not listed stays here; of HL7 v2 any field may also be a pseudonym, a moved time or its year."},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[release.Place], error) {
			s, err := a.releases()
			if err != nil {
				return List[release.Place]{}, err
			}
			all, err := s.Places(ctx, by)
			if err != nil {
				return List[release.Place]{}, err
			}
			return pageOf(all, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/releases/{name}", ID: "get-release", Tag: tag, Summary: "One definition of a release"},
		func(ctx context.Context, by bedrail.Actor, in *ReleaseInput) (release.Kept, error) {
			s, err := a.releases()
			if err != nil {
				return release.Kept{}, err
			}
			return s.ByName(ctx, by, in.Name)
		})
	serve(a, route{Method: http.MethodPut, Path: "/releases/{name}", ID: "put-release", Tag: tag, Summary: "Define a release or change it; then a second person must agree again"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ReleaseInput
			Body ReleasePut
		}) (release.Kept, error) {
			s, err := a.releases()
			if err != nil {
				return release.Kept{}, err
			}
			d := in.Body.Definition
			d.Name = in.Name
			return s.Put(ctx, by, in.Body.Version, d)
		})
	serve(a, route{Method: http.MethodPost, Path: "/releases/{name}/agree", ID: "agree-release", Tag: tag, Summary: "Agree, as the second person, to a release as it is defined"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ReleaseInput
			Body ReleaseVersion
		}) (release.Kept, error) {
			s, err := a.releases()
			if err != nil {
				return release.Kept{}, err
			}
			return s.Agree(ctx, by, in.Name, in.Body.Version)
		})
	serve(a, route{Method: http.MethodPost, Path: "/releases/{name}/run", ID: "run-release", Tag: tag, Summary: "Make a release, or measure its risk first",
		About: "A dry run answers with the risk and keeps no file. A release runs as a job; its record has the method, what was left out, and the smallest group."},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ReleaseInput
			Body release.RunSpec
		}) (release.Done, error) {
			s, err := a.releases()
			if err != nil {
				return release.Done{}, err
			}
			return s.Run(ctx, by, in.Name, in.Body)
		})
	act(a, route{Method: http.MethodPost, Path: "/releases/{name}/forget-key", ID: "forget-release-key", Tag: tag, Summary: "Destroy the key of a release's pseudonyms: nobody can link them any more"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ReleaseInput
			Body struct {
				Reason string `json:"reason" maxLength:"400"`
			}
		}) error {
			s, err := a.releases()
			if err != nil {
				return err
			}
			return s.ForgetKey(ctx, by, in.Name, in.Body.Reason)
		})
	serve(a, route{Method: http.MethodGet, Path: "/released", ID: "list-released", Tag: tag, Summary: "List what was released, with method and risk, newest first"},
		func(ctx context.Context, by bedrail.Actor, in *struct {
			ListInput
			Name string `query:"name" maxLength:"63" doc:"Only of this definition"`
		}) (List[release.Done], error) {
			s, err := a.releases()
			if err != nil {
				return List[release.Done]{}, err
			}
			all, err := s.Released(ctx, by, in.Name)
			if err != nil {
				return List[release.Done]{}, err
			}
			return pageOf(all, &in.ListInput)
		})
	stream(a, route{Method: http.MethodGet, Path: "/released/{id}/file", ID: "take-release", Tag: tag, Summary: "The file of a release; who takes it is on record"}, "application/octet-stream",
		func(ctx context.Context, by bedrail.Actor, in *IDInput) (func(http.ResponseWriter) error, error) {
			s, err := a.releases()
			if err != nil {
				return nil, err
			}
			d, file, err := s.Take(ctx, by, in.ID)
			if err != nil {
				return nil, err
			}
			return func(w http.ResponseWriter) error {
				w.Header().Set("Content-Disposition", `attachment; filename="`+d.Name+"-"+d.ID+"."+d.Format+`"`)
				_, err := io.Copy(w, file)
				return errors.Join(err, file.Close())
			}, nil
		})
}
