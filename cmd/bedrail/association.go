package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/asset"
)

func (e *environment) deviceAssociation() *cobra.Command {
	return group("association", "To whom devices belong that are worn or stand at home; sealed", e.associationGet(), e.associationReveal(), e.associationFind(), e.associationHold())
}

func (e *environment) associationGet() *cobra.Command {
	return &cobra.Command{Use: "get ID", Short: "Say whether a device belongs to a patient, not to whom", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var s asset.AssociationState
		if err := e.fetch(c, "/devices/"+url.PathEscape(args[0])+"/association", &s); err != nil {
			return err
		}
		return e.writeDocument(s, func(w io.Writer) error {
			text := "no feed links the device to a patient now"
			if s.Linked {
				text = "linked to a patient, sealed; told by " + printable(s.Source) + " on " + when(s.Told)
			}
			_, err := fmt.Fprintf(w, "%s; %d earlier\n", text, s.Earlier)
			return err
		})
	}}
}

func (e *environment) associationReveal() *cobra.Command {
	var purpose string
	c := &cobra.Command{Use: "reveal ID", Short: "Show to whom a device belongs, for a stated purpose; that is on record", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var found api.List[api.Belonging]
		r := call{method: http.MethodPost, path: "/devices/" + url.PathEscape(args[0]) + "/association/reveal", body: map[string]string{"purpose": purpose}}
		if err := e.tell(c, r, &found); err != nil {
			return err
		}
		return writeList(e, found.Items, belongingColumns)
	}}
	c.Flags().StringVar(&purpose, "purpose", "", "for what `PURPOSE` you look at a patient's data")
	return c
}

func (e *environment) associationHold() *cobra.Command {
	var release bool
	var reason string
	c := &cobra.Command{Use: "legal-hold ID", Short: "Keep the links of a device to patients from being forgotten, or let go of them", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var done api.Changed
		r := call{method: http.MethodPost, path: "/devices/" + url.PathEscape(args[0]) + "/association/legal-hold", body: map[string]any{"hold": !release, "reason": reason}}
		if err := e.tell(c, r, &done); err != nil {
			return err
		}
		return e.writeDocument(done, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%d links\n", done.Changed)
			return err
		})
	}}
	c.Flags().BoolVar(&release, "release", false, "let go of them")
	c.Flags().StringVar(&reason, "reason", "", "why")
	return c
}

var belongingColumns = []column[api.Belonging]{
	{"patient", false, func(b api.Belonging) string { return printable(b.Patient) }},
	{"since", false, func(b api.Belonging) string { return when(b.Since) }},
	{"until", false, func(b api.Belonging) string { return when(b.Until) }},
	{"told", false, func(b api.Belonging) string { return when(b.Told) }},
	{"source", true, func(b api.Belonging) string { return printable(b.Source) }},
}

// maxNumber bounds the number of a patient that is read.
const maxNumber = 256

func (e *environment) associationFind() *cobra.Command {
	var purpose string
	c := &cobra.Command{Use: "find", Short: "Find the devices of a patient, whose number is read from standard input; that is on record", Args: cobra.NoArgs,
		Long: "Reads the number of the patient from standard input, so that it stands neither in the list of processes nor in the history of the\n" +
			"shell, and prints the devices that the patient has and had, as feeds of their vendors tell it.",
		Example: "  bedrail device association find --purpose 'recall of the receiver' < number.txt",
		RunE: func(c *cobra.Command, _ []string) error {
			number, err := io.ReadAll(io.LimitReader(c.InOrStdin(), maxNumber+2))
			if err != nil {
				return err
			}
			var found api.List[api.DeviceOf]
			r := call{method: http.MethodPost, path: "/devices/associated", body: map[string]string{"patient": strings.TrimSpace(string(number)), "purpose": purpose}}
			if err := e.tell(c, r, &found); err != nil {
				return err
			}
			return writeList(e, found.Items, deviceOfColumns)
		}}
	c.Flags().StringVar(&purpose, "purpose", "", "for what `PURPOSE` you look at a patient's data")
	return c
}

var deviceOfColumns = []column[api.DeviceOf]{
	{"device", false, func(d api.DeviceOf) string { return d.Device }},
	{"since", false, func(d api.DeviceOf) string { return when(d.Since) }},
	{"until", false, func(d api.DeviceOf) string { return when(d.Until) }},
	{"told", false, func(d api.DeviceOf) string { return when(d.Told) }},
	{"source", true, func(d api.DeviceOf) string { return printable(d.Source) }},
}
