package api

import (
	"errors"
	"strconv"
	"strings"

	"bedrail"
	"bedrail/format/query"
)

// Limits on the rows of one page.
const (
	usualLimit = 100
	mostLimit  = 500
)

// A ListInput holds the parameters that every list takes. Embed it in the
// input of an operation and ask it for the Request.
type ListInput struct {
	Filter string `query:"filter" doc:"Filter, for example: class:infusion-pump severity>=high last_seen<7d" maxLength:"4096"`
	Sort   string `query:"sort" doc:"Fields with commas between them; a leading minus turns the order round" maxLength:"256"`
	Limit  int    `query:"limit" doc:"Rows on one page" minimum:"1" maximum:"500" default:"100"`
	Cursor string `query:"cursor" doc:"nextCursor of the page before" maxLength:"1024"`
	Offset int    `query:"offset" doc:"Jump to a row; not together with cursor" minimum:"0"`
}

// Request reads the parameters. A filter that cannot be read is Invalid and
// names the place.
func (in ListInput) Request() (query.Request, error) {
	f, err := query.Parse(in.Filter)
	if err != nil {
		return query.Request{}, bedrail.Errorf(bedrail.Invalid, "%w", err).At("query.filter")
	}
	if in.Cursor != "" && in.Offset != 0 {
		return query.Request{}, bedrail.Errorf(bedrail.Invalid, "cursor and offset were both given; use one").At("query.offset")
	}
	limit := in.Limit
	if limit == 0 {
		limit = usualLimit
	}
	return query.Request{Filter: f, Sort: query.ParseSort(in.Sort), Limit: min(limit, mostLimit), Offset: in.Offset, Cursor: in.Cursor}, nil
}

// A List is one page as it is sent.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor,omitempty" doc:"Cursor of the next page; absent on the last one"`
	Total      int    `json:"total" doc:"Rows that match in all"`
}

// listOf makes a page ready to be sent, turning each row by show.
func listOf[T, U any](page query.Page[T], show func(T) U) List[U] {
	l := List[U]{Items: make([]U, len(page.Items)), NextCursor: page.Next, Total: page.Total}
	for i, item := range page.Items {
		l.Items[i] = show(item)
	}
	return l
}

// allOf makes a list that fits one page ready to be sent.
func allOf[T, U any](items []T, show func(T) U) List[U] {
	return listOf(query.Page[T]{Items: items, Total: len(items)}, show)
}

// same is the show of rows that are sent as they are.
func same[T any](v T) T { return v }

// An IDInput names the thing in the path.
type IDInput struct {
	ID string `path:"id" maxLength:"200"`
}

// What the If-Match header may fail by.
var (
	errMissingMatch = errors.New("If-Match is missing")
	errStale        = errors.New("changed by somebody else")
)

// A MatchInput holds the version that the asker saw. Embed it in the input of
// an operation that changes a thing.
type MatchInput struct {
	IfMatch string `header:"If-Match" doc:"ETag of the version that you saw"`
}

// SeenVersion returns the version that the asker saw.
func (in MatchInput) SeenVersion() (int64, error) {
	if in.IfMatch == "" {
		return 0, bedrail.Errorf(bedrail.Invalid, "%w: send the ETag of the version that you saw", errMissingMatch)
	}
	v, err := strconv.ParseInt(strings.Trim(in.IfMatch, `"`), 10, 64)
	if err != nil {
		return 0, bedrail.Errorf(bedrail.Conflict, "%w: %s is no ETag of this thing; read it again", errStale, strconv.Quote(in.IfMatch))
	}
	return v, nil
}

func (MatchInput) conditional() {}

// etag writes a version as an ETag.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }
