package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/asset"
)

func (e *environment) locationCommand() *cobra.Command {
	list := listCommand(e, "list", "Sites, buildings, floors, units, rooms and beds, with what stands there", "/locations", []column[asset.PlaceNode]{
		{"id", false, func(p asset.PlaceNode) string { return p.ID }},
		{"level", false, func(p asset.PlaceNode) string { return string(p.Level) }},
		{"site", false, func(p asset.PlaceNode) string { return p.Site }},
		{"building", false, func(p asset.PlaceNode) string { return p.Building }},
		{"floor", false, func(p asset.PlaceNode) string { return p.Floor }},
		{"unit", false, func(p asset.PlaceNode) string { return p.Unit }},
		{"room", false, func(p asset.PlaceNode) string { return p.Room }},
		{"bed", false, func(p asset.PlaceNode) string { return p.Bed }},
		{"title", false, func(p asset.PlaceNode) string { return p.Title }},
		{"aliases", true, func(p asset.PlaceNode) string { return strings.Join(p.Aliases, "; ") }},
		{"listed", false, func(p asset.PlaceNode) string { return yes(p.Listed) }},
		{"devices", false, func(p asset.PlaceNode) string { return fmt.Sprint(p.Devices) }},
	})
	places := e.ingestKind("locations", "", func(c *cobra.Command, params url.Values) func() error {
		return e.columnMapping(c, asset.PlaceList, params)
	})
	places.Use, places.Short = "import FILE...", "Take in a list of places (CSV, XLSX), one a line"
	places.Long = "The finest part that a line names is the place; the others say in what it lies, and are put on the list with it.\nAn import can be taken back by 'bedrail inventory undo ID'."
	return group("location", "Where devices can stand: the hospital's own list of places", list, places, hidden(e.inventoryUndo()), e.locationAdd(), e.locationChange(), e.locationRemove())
}

// placeFlags adds the flags that name a place.
func placeFlags(c *cobra.Command) func() api.PlaceBody {
	var b api.PlaceBody
	for _, f := range []struct {
		name string
		into *string
	}{{"site", &b.Site}, {"building", &b.Building}, {"floor", &b.Floor}, {"unit", &b.Unit}, {"room", &b.Room}, {"bed", &b.Bed}} {
		c.Flags().StringVar(f.into, f.name, "", f.name+" that it is, or in which it lies")
	}
	c.Flags().StringVar(&b.Title, "title", "", "what people call it")
	c.Flags().StringArrayVar(&b.Aliases, "alias", nil, "another `NAME` of the unit in messages and lists; may be repeated")
	return func() api.PlaceBody { return b }
}

func (e *environment) locationAdd() *cobra.Command {
	c := &cobra.Command{Use: "add", Short: "Put a place on the list", Args: cobra.NoArgs, Example: "  bedrail location add --site Main --building A --floor 2 --unit ICU --title 'Intensive care' --alias 4N"}
	body := placeFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return e.sendPlace(c.Context(), call{method: http.MethodPost, path: "/locations", body: body()})
	}
	return c
}

func (e *environment) locationChange() *cobra.Command {
	c := &cobra.Command{Use: "change ID", Short: "Say anew what a place is; what lies in it moves along", Args: cobra.ExactArgs(1)}
	body := placeFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		p, err := e.place(c.Context(), args[0])
		if err != nil {
			return err
		}
		return e.sendPlace(c.Context(), call{method: http.MethodPut, path: "/locations/" + url.PathEscape(args[0]), body: body(), ifMatch: p.Version})
	}
	return c
}

func (e *environment) locationRemove() *cobra.Command {
	return &cobra.Command{Use: "remove ID", Short: "Take a place and all that lies in it off the list", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		p, err := e.place(c.Context(), args[0])
		if err != nil {
			return err
		}
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		return conn.do(ctx, call{method: http.MethodDelete, path: "/locations/" + url.PathEscape(args[0]), ifMatch: p.Version}, nil)
	}}
}

// place finds a place of the list by its id.
func (e *environment) place(ctx context.Context, id string) (asset.PlaceNode, error) {
	ctx, cancel := e.within(ctx)
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return asset.PlaceNode{}, err
	}
	var list struct {
		Items []asset.PlaceNode `json:"items"`
	}
	if err := conn.do(ctx, call{method: http.MethodGet, path: "/locations", query: url.Values{"filter": {"id:" + id}}}, &list); err != nil {
		return asset.PlaceNode{}, err
	}
	if len(list.Items) == 0 {
		return asset.PlaceNode{}, exitWith(exitNotFound, "there is no place %s on the list", id)
	}
	return list.Items[0], nil
}

func (e *environment) sendPlace(ctx context.Context, r call) error {
	ctx, cancel := e.within(ctx)
	defer cancel()
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	var p asset.PlaceNode
	if err := conn.do(ctx, r, &p); err != nil {
		return err
	}
	return e.writeDocument(p, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s %s\n", p.ID, printable(p.Spot().String()))
		return err
	})
}
