package desk

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/query"
)

// Limits on what one person keeps.
const (
	maxViews  = 200
	maxName   = 80
	maxSearch = 4096
	shown     = 100 // notices at once
)

// keepNotices is how long a notice is kept.
const keepNotices = 90 * 24 * time.Hour

// A Service keeps desks.
type Service struct {
	Store Store
	Auth  bedrail.Authorizer
	Clock bedrail.Clock
	// Courier carries notices to who is outside; nil is nobody.
	Courier *Courier
	// Posted are told of each new notice once it is kept, such as whoever rings
	// the bell; none of them may wait.
	Posted []func(ctx context.Context, tenant string, n Notice)
}

// Views returns the views of a list that by may open.
func (s *Service) Views(ctx context.Context, by bedrail.Actor, list string) ([]View, error) {
	if err := s.Auth.Authorize(ctx, by, KeepView, bedrail.Resource{Type: "view"}); err != nil {
		return nil, err
	}
	views, err := s.Store.Views(ctx, by.Scope, by.Person(), list)
	for i := range views {
		views[i].Mine = views[i].Owner == by.Person()
	}
	return views, err
}

// SaveView keeps a view of by's; its ID is new unless it names one of theirs.
func (s *Service) SaveView(ctx context.Context, by bedrail.Actor, v View) (View, error) {
	if err := s.allowView(ctx, by, v.Shared); err != nil {
		return View{}, err
	}
	v.Name, v.List = strings.TrimSpace(v.Name), strings.TrimSpace(v.List)
	if err := v.check(); err != nil {
		return View{}, err
	}
	held, err := s.Store.Views(ctx, by.Scope, by.Person(), "")
	if err != nil {
		return View{}, err
	}
	own := slices.DeleteFunc(held, func(o View) bool { return o.Owner != by.Person() })
	same := slices.IndexFunc(own, func(o View) bool { return o.ID == v.ID || v.ID == "" && o.List == v.List && o.Name == v.Name })
	switch {
	case same >= 0:
		v.ID = own[same].ID
	case v.ID != "":
		return View{}, bedrail.Errorf(bedrail.NotFound, "you have no view %s", v.ID)
	case len(own) >= maxViews:
		return View{}, bedrail.Errorf(bedrail.Conflict, "you keep %d views already; remove one first", maxViews)
	default:
		v.ID = bedrail.NewID("view", s.Clock.Now())
	}
	v.Owner, v.OwnerName, v.Mine, v.At = by.Person(), by.Name, true, s.Clock.Now()
	did, note := KeepView, "kept for oneself"
	if v.Shared {
		did, note = ShareView, "shared"
	}
	if err := s.Store.SaveView(ctx, by.Scope, v, audit.Entry{By: by, Did: did, To: v.ID, Note: v.List + ", " + note}); err != nil {
		return View{}, err
	}
	if v.Standard {
		err = s.Store.SetDefaultView(ctx, by.Scope, by.Person(), v.List, v.ID)
	}
	return v, err
}

func (s *Service) allowView(ctx context.Context, by bedrail.Actor, shared bool) error {
	what := KeepView
	if shared {
		what = ShareView
	}
	return s.Auth.Authorize(ctx, by, what, bedrail.Resource{Type: "view"})
}

// check refuses what no list could be opened with.
func (v View) check() error {
	switch {
	case v.Name == "" || len(v.Name) > maxName || strings.ContainsAny(v.Name, "\r\n\t"):
		return bedrail.Errorf(bedrail.Invalid, "a view has a name of 1 to %d bytes on one line", maxName).At("/name")
	case v.List == "" || len(v.List) > maxName || strings.Trim(v.List, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return bedrail.Errorf(bedrail.Invalid, "a list is named in lower-case letters, digits and dashes").At("/list")
	case len(v.Search) > maxSearch:
		return bedrail.Errorf(bedrail.Invalid, "the query part of an address has at most %d bytes here", maxSearch).At("/search")
	}
	if !Known(v.List) {
		return bedrail.Errorf(bedrail.Invalid, "there is no list %s; views are of %s", v.List, strings.Join(lists, ", ")).At("/list")
	}
	q, err := url.ParseQuery(strings.TrimPrefix(v.Search, "?"))
	if err != nil {
		return bedrail.Errorf(bedrail.Invalid, "that is no query part of an address").At("/search")
	}
	if _, err := query.Parse(q.Get("filter")); err != nil {
		return bedrail.Errorf(bedrail.Invalid, "%v", err).At("/search")
	}
	return nil
}

// RemoveView forgets a view of by's. One that somebody else shared is theirs.
func (s *Service) RemoveView(ctx context.Context, by bedrail.Actor, id string) error {
	v, err := s.view(ctx, by, id)
	if err != nil {
		return err
	}
	if !v.Mine {
		return bedrail.Errorf(bedrail.Denied, "the view %s is of %s; only they may remove it", v.Name, v.OwnerName)
	}
	return s.Store.RemoveView(ctx, by.Scope, id, audit.Entry{By: by, Did: "view:remove", To: id, Note: v.List})
}

// SetDefault makes a view what by opens its list with, or takes that back.
func (s *Service) SetDefault(ctx context.Context, by bedrail.Actor, id string, on bool) error {
	v, err := s.view(ctx, by, id)
	if err != nil {
		return err
	}
	if !on {
		id = ""
	}
	return s.Store.SetDefaultView(ctx, by.Scope, by.Person(), v.List, id)
}

func (s *Service) view(ctx context.Context, by bedrail.Actor, id string) (View, error) {
	views, err := s.Views(ctx, by, "")
	if err != nil {
		return View{}, err
	}
	i := slices.IndexFunc(views, func(v View) bool { return v.ID == id })
	if i < 0 {
		return View{}, bedrail.Errorf(bedrail.NotFound, "there is no view %s", id)
	}
	return views[i], nil
}

// Post tells people of something, once of each kind and key. The product itself
// asks, or a capability for it; a notice never speaks of a patient.
func (s *Service) Post(ctx context.Context, tenant string, n Notice) error {
	now := s.Clock.Now()
	n.ID, n.At = bedrail.NewID("ntc", now), now
	if n.Key != "" {
		n.ID = bedrail.HashID("ntc", n.Kind, n.Key)
	}
	if n.Level == "" {
		n.Level = Info
	}
	var letters []Letter
	if s.Courier != nil {
		var err error
		if letters, err = s.Courier.letters(ctx, tenant, n); err != nil {
			return err
		}
	}
	fresh, err := s.Store.PostNotice(ctx, bedrail.Scope{Tenant: tenant}, n, letters, now.Add(-keepNotices))
	if err != nil || !fresh {
		return err
	}
	if len(letters) > 0 {
		s.Courier.Wake()
	}
	for _, tell := range s.Posted {
		tell(ctx, tenant, n)
	}
	return nil
}

// Notices returns the latest notices that by may see, newest first, and how
// many of them are unread.
func (s *Service) Notices(ctx context.Context, by bedrail.Actor) (list []Notice, unread int, err error) {
	if err := s.Auth.Authorize(ctx, by, ReadNotice, bedrail.Resource{Type: "notice"}); err != nil {
		return nil, 0, err
	}
	all, err := s.Store.Notices(ctx, by.Scope, by.Person(), shown)
	list = []Notice{}
	for _, n := range all {
		if n.Needs != "" && s.Auth.Authorize(ctx, by, n.Needs, bedrail.Resource{Type: "notice", Site: n.Site, Unit: n.Unit}) != nil {
			continue
		}
		if len(by.Scope.Sites)+len(by.Scope.Units) > 0 && n.Site+n.Unit == "" {
			n.Facts = nil // they count what lies elsewhere, too
		}
		list = append(list, n)
		if !n.Read {
			unread++
		}
	}
	return list, unread, err
}

// MarkRead notes that by has read notices; none named is all that they see.
func (s *Service) MarkRead(ctx context.Context, by bedrail.Actor, ids []string) error {
	seen, _, err := s.Notices(ctx, by)
	if err != nil {
		return err
	}
	var mark []string
	for _, n := range seen {
		if !n.Read && (len(ids) == 0 || slices.Contains(ids, n.ID)) {
			mark = append(mark, n.ID)
		}
	}
	if len(mark) == 0 {
		return nil
	}
	return s.Store.ReadNotices(ctx, by.Scope, by.Person(), mark)
}
