package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/desk"
)

func (e *environment) viewCommand() *cobra.Command {
	return group("view", "Saved views of lists", e.viewList(), e.viewSave(), e.viewDefault(), e.viewRemove())
}

func viewColumns() []column[desk.View] {
	return []column[desk.View]{
		{"id", false, func(v desk.View) string { return v.ID }},
		{"list", false, func(v desk.View) string { return v.List }},
		{"name", false, func(v desk.View) string { return v.Name }},
		{"search", false, func(v desk.View) string { return v.Search }},
		{"owner", false, func(v desk.View) string { return v.OwnerName }},
		{"shared", false, func(v desk.View) string { return fmt.Sprint(v.Shared) }},
		{"default", true, func(v desk.View) string { return fmt.Sprint(v.Standard) }},
	}
}

func (e *environment) viewList() *cobra.Command {
	return &cobra.Command{Use: "list [LIST]", Short: "Views of one's own, and those that are shared; of one list, such as devices", Args: cobra.MaximumNArgs(1), RunE: func(c *cobra.Command, args []string) error {
		q := url.Values{}
		if len(args) > 0 {
			q.Set("list", args[0])
		}
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var views api.List[desk.View]
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/views", query: q}, &views); err != nil {
			return err
		}
		return writeList(e, views.Items, viewColumns())
	}}
}

func (e *environment) viewSave() *cobra.Command {
	var shared, standard bool
	c := &cobra.Command{Use: "save LIST NAME", Short: "Keep the view of a list that --filter describes", Args: cobra.ExactArgs(2),
		Example: "  bedrail view save devices 'Pumps of the ICU' --filter 'class:infusion-pump unit:ICU' --shared",
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			conn, err := e.connect(ctx)
			if err != nil {
				return err
			}
			search := ""
			if e.filter != "" {
				search = "?" + url.Values{"filter": {e.filter}}.Encode()
			}
			var v desk.View
			body := map[string]any{"list": args[0], "name": args[1], "search": search, "shared": shared, "default": standard}
			if err := conn.do(ctx, call{method: http.MethodPost, path: "/views", body: body}, &v); err != nil {
				return err
			}
			return writeList(e, []desk.View{v}, viewColumns())
		}}
	c.Flags().BoolVar(&shared, "shared", false, "let everybody see it")
	c.Flags().BoolVar(&standard, "default", false, "open the list with it from now on")
	return c
}

func (e *environment) viewDefault() *cobra.Command {
	var off bool
	c := &cobra.Command{Use: "default ID", Short: "Open the list with this view from now on", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.tell(c, call{method: http.MethodPut, path: "/views/" + url.PathEscape(args[0]) + "/default", body: map[string]bool{"default": !off}}, nil)
	}}
	c.Flags().BoolVar(&off, "off", false, "no more")
	return c
}

func (e *environment) viewRemove() *cobra.Command {
	return &cobra.Command{Use: "remove ID", Short: "Forget a view", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		return conn.do(ctx, call{method: http.MethodDelete, path: "/views/" + url.PathEscape(args[0])}, nil)
	}}
}

// notificationCommand shows what the bell of the screens shows.
func (e *environment) notificationCommand() *cobra.Command {
	list := &cobra.Command{Use: "list", Short: "What happened that one should know, newest first", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var held api.Notices
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/notifications"}, &held); err != nil {
			return err
		}
		return writeList(e, held.Items, []column[desk.Notice]{
			{"id", true, func(n desk.Notice) string { return n.ID }},
			{"at", false, func(n desk.Notice) string { return when(n.At) }},
			{"level", false, func(n desk.Notice) string { return string(n.Level) }},
			{"kind", false, func(n desk.Notice) string { return n.Kind }},
			{"title", false, func(n desk.Notice) string { return n.Title }},
			{"read", false, func(n desk.Notice) string { return fmt.Sprint(n.Read) }},
		})
	}}
	read := &cobra.Command{Use: "read [ID...]", Short: "Note that notifications were read; none named is all", RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		return conn.do(ctx, call{method: http.MethodPost, path: "/notifications/read", body: map[string]any{"ids": args}}, nil)
	}}
	return group("notification", "What happened that one should know, and who else is told", list, read, e.targetCommand(), e.letterCommand())
}
