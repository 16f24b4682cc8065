package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/lifecycle"
	"bedrail/vuln"
)

// modelLives are the commands about the lives of models.
func (e *environment) modelLives() []*cobra.Command {
	return []*cobra.Command{e.modelLedger(), e.modelShow(), e.modelSet(), e.modelForecast(), e.modelComponents(), e.modelComponent(), e.modelComponentSet(), e.modelDocuments(), e.modelAttach(), e.modelDocument(), e.modelDetach()}
}

func (e *environment) modelLedger() *cobra.Command {
	return listCommand(e, "ledger", "Where every model stands in its life, and who answers for it", "/ledger", []column[lifecycle.Standing]{
		{"manufacturer", false, func(s lifecycle.Standing) string { return s.Manufacturer }},
		{"model", false, func(s lifecycle.Standing) string { return s.Model }},
		{"state", false, func(s lifecycle.Standing) string { return string(s.State) }},
		{"ends", false, func(s lifecycle.Standing) string { return string(s.Ends) }},
		{"responsible", false, func(s lifecycle.Standing) string { return string(s.Responsibility) }},
		{"524b", false, func(s lifecycle.Standing) string { return string(s.Cyber524B) }},
		{"devices", false, func(s lifecycle.Standing) string { return strconv.Itoa(s.Devices) }},
		{"reason", true, func(s lifecycle.Standing) string { return s.Reason }},
		{"reviewBy", true, func(s lifecycle.Standing) string { return string(s.ReviewBy) }},
		{"id", true, func(s lifecycle.Standing) string { return s.ID }},
	})
}

func recordQuery(args []string) url.Values {
	return url.Values{"manufacturer": {args[0]}, "model": {args[1]}}
}

func (e *environment) modelShow() *cobra.Command {
	return &cobra.Command{Use: "show MANUFACTURER MODEL", Short: "What the hospital holds about a model", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		var r api.ModelRecord
		if err := e.ask(c, call{method: http.MethodGet, path: "/ledger/record", query: recordQuery(args)}, &r); err != nil {
			return err
		}
		return e.writeDocument(r, func(w io.Writer) error { return printRecord(w, r) })
	}}
}

func printRecord(w io.Writer, r api.ModelRecord) error {
	fmt.Fprintf(w, "%s %s: %s (%s)\n", printable(r.Manufacturer), printable(r.Model), r.State, r.StateReason)
	for _, line := range [...]struct{ name, value string }{
		{"end of life", string(r.EndOfLife)}, {"end of support", string(r.EndOfSupport)}, {"section 524B", string(r.Cyber524B) + ": " + r.CyberReason},
		{"product code", r.ProductCode}, {"planned use until", string(r.ServiceUntil)}, {"source", r.Source}, {"note", r.Note}, {"record", r.ID},
	} {
		if line.value != "" {
			fmt.Fprintf(w, "  %-18s %s\n", line.name, printable(line.value))
		}
	}
	if t := r.Transfer; t != nil {
		fmt.Fprintf(w, "  %-18s %s on %s, to be reviewed by %s: %s\n", "taken over by", printable(t.By), t.On, t.ReviewBy, printable(t.Controls))
	}
	return nil
}

// modelSet changes the fields that are given and keeps the others.
func (e *environment) modelSet() *cobra.Command {
	values := map[string]*string{}
	var by, controls, review, agreement string
	c := &cobra.Command{Use: "set MANUFACTURER MODEL", Short: "Keep what the hospital holds about a model; fields that are not given stay", Args: cobra.ExactArgs(2),
		Example: "  bedrail model set BD 'Alaris 8015' --end-of-support 2028-12-31 --submission 2019-05-01\n" +
			"  bedrail model set BD 'Alaris 8015' --taken-over-by 'Clinical engineering' --controls 'segment and watch' --review-by 2027-06-30"}
	for name, text := range map[string]string{"marketed": "first `DAY` on the market", "end-of-life": "`DAY` from which support is limited", "end-of-support": "`DAY` from which there is none", "declared": "`STATE` that the maker declares",
		"submission": "`DAY` of the premarket submission", "submission-number": "K, P or DEN `NUMBER`", "cyber-device": "yes, no or unknown", "product-code": "the FDA's three `LETTERS`", "service-until": "`DAY` until which use is planned", "source": "what says so", "note": "anything else"} {
		values[name] = c.Flags().String(name, "", text)
	}
	c.Flags().StringVar(&by, "taken-over-by", "", "who takes over responsibility")
	c.Flags().StringVar(&controls, "controls", "", "what is done in the maker's place")
	c.Flags().StringVar(&review, "review-by", "", "`DAY` on which that is looked at again")
	c.Flags().StringVar(&agreement, "agreement", "", "what was agreed with the maker")
	c.RunE = func(c *cobra.Command, args []string) error {
		var r api.ModelRecord
		if err := e.ask(c, call{method: http.MethodGet, path: "/ledger/record", query: recordQuery(args)}, &r); err != nil {
			return err
		}
		b := api.ModelRecordBody{Manufacturer: r.Manufacturer, Model: r.Model, Marketed: string(r.Marketed), EndOfLife: string(r.EndOfLife), EndOfSupport: string(r.EndOfSupport), Declared: string(r.Declared), SupportText: r.SupportText,
			Submission: string(r.Submission), SubmissionNumber: r.SubmissionNumber, CyberDevice: string(r.CyberDevice), KnownThen: r.KnownThen, ProductCode: r.ProductCode, ServiceUntil: string(r.ServiceUntil), Transfer: r.Transfer, Source: r.Source, Note: r.Note, Version: r.Version}
		for name, to := range map[string]*string{"marketed": &b.Marketed, "end-of-life": &b.EndOfLife, "end-of-support": &b.EndOfSupport, "declared": &b.Declared, "submission": &b.Submission, "submission-number": &b.SubmissionNumber,
			"cyber-device": &b.CyberDevice, "product-code": &b.ProductCode, "service-until": &b.ServiceUntil, "source": &b.Source, "note": &b.Note} {
			if c.Flags().Changed(name) {
				*to = *values[name]
			}
		}
		if by != "" {
			b.Transfer = &lifecycle.Transfer{By: by, Controls: controls, ReviewBy: lifecycle.Day(review), Agreement: agreement}
		}
		if err := e.ask(c, call{method: http.MethodPut, path: "/ledger/record", body: b}, &r); err != nil {
			return err
		}
		return e.writeDocument(r, func(w io.Writer) error { return printRecord(w, r) })
	}
	return c
}

func (e *environment) modelForecast() *cobra.Command {
	var years int
	var on string
	c := &cobra.Command{Use: "forecast", Short: "How many devices are without support on days to come, by unit", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		q := url.Values{"years": {strconv.Itoa(years)}}
		if on != "" {
			q.Set("on", on)
		}
		var f api.ForecastAnswer
		if err := e.ask(c, call{method: http.MethodGet, path: "/lifecycle/forecast", query: q}, &f); err != nil {
			return err
		}
		return e.writeDocument(f, func(w io.Writer) error {
			fmt.Fprintf(w, "%d devices; of %d nothing says until when they are supported\n", f.Devices, f.Unknown)
			type line struct {
				on lifecycle.Day
				u  lifecycle.UnitCount
			}
			lines := []line{}
			for _, p := range f.Points {
				for _, u := range p.Units {
					lines = append(lines, line{p.On, u})
				}
			}
			return writeList(e, lines, []column[line]{
				{"on", false, func(l line) string { return string(l.on) }},
				{"unit", false, func(l line) string { return l.u.Unit }},
				{"unsupported", false, func(l line) string { return strconv.Itoa(l.u.Unsupported) }},
				{"unknown", false, func(l line) string { return strconv.Itoa(l.u.Unknown) }},
				{"devices", false, func(l line) string { return strconv.Itoa(l.u.Devices) }},
				{"site", true, func(l line) string { return l.u.Site }},
			})
		})
	}}
	c.Flags().IntVar(&years, "years", 5, "how far to look")
	c.Flags().StringVar(&on, "on", "", "only this `DAY`")
	return c
}

func (e *environment) modelDocuments() *cobra.Command {
	return &cobra.Command{Use: "documents SUBJECT", Short: "What is attached to a model, purchase, recall or device", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var page api.List[lifecycle.Document]
		if err := e.ask(c, call{method: http.MethodGet, path: "/documents", query: url.Values{"subject": args}}, &page); err != nil {
			return err
		}
		return writeList(e, page.Items, documentColumns())
	}}
}

func documentColumns() []column[lifecycle.Document] {
	return []column[lifecycle.Document]{
		{"id", false, func(d lifecycle.Document) string { return d.ID }},
		{"name", false, func(d lifecycle.Document) string { return d.Name }},
		{"size", false, func(d lifecycle.Document) string { return strconv.FormatInt(d.Size, 10) }},
		{"sealed", false, func(d lifecycle.Document) string { return strconv.FormatBool(d.Sealed) }},
		{"by", false, func(d lifecycle.Document) string { return d.By }},
		{"at", true, func(d lifecycle.Document) string { return when(d.At) }},
		{"sha256", true, func(d lifecycle.Document) string { return d.SHA256 }},
	}
}

func (e *environment) modelAttach() *cobra.Command {
	return &cobra.Command{Use: "attach SUBJECT FILE", Short: "Attach a file to a model, purchase, recall or device", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		f, err := os.Open(args[1])
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		var d lifecycle.Document
		q := url.Values{"subject": {args[0]}, "name": {filepath.Base(args[1])}}
		if err := e.ask(c, call{method: http.MethodPost, path: "/documents", query: q, stream: f, size: info.Size()}, &d); err != nil {
			return err
		}
		return writeList(e, []lifecycle.Document{d}, documentColumns())
	}}
}

// modelDocument fetches the file itself.
func (e *environment) modelDocument() *cobra.Command {
	return &cobra.Command{Use: "document ID FILE", Short: "Write an attached file to a FILE, - for standard output", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		r := call{method: http.MethodGet, path: "/documents/" + url.PathEscape(args[0]) + "/content"}
		if args[1] == "-" {
			return conn.copy(ctx, r, c.OutOrStdout())
		}
		var body bytes.Buffer // what cannot be fetched leaves no file
		if err := conn.copy(ctx, r, &body); err != nil {
			return err
		}
		return os.WriteFile(args[1], body.Bytes(), 0o600)
	}}
}

func (e *environment) modelDetach() *cobra.Command {
	return &cobra.Command{Use: "detach ID", Short: "Forget an attached file", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.ask(c, call{method: http.MethodDelete, path: "/documents/" + url.PathEscape(args[0])}, nil)
	}}
}

func (e *environment) modelComponents() *cobra.Command {
	return listCommand(e, "components", "Every component of the bills: until when it is supported, in how many models and devices", "/lifecycle/components", []column[lifecycle.ComponentStanding]{
		{"name", false, func(s lifecycle.ComponentStanding) string { return s.Name }},
		{"version", false, func(s lifecycle.ComponentStanding) string { return s.Version }},
		{"state", false, func(s lifecycle.ComponentStanding) string { return string(s.State) }},
		{"ends", false, func(s lifecycle.ComponentStanding) string { return string(s.Ends) }},
		{"from", false, func(s lifecycle.ComponentStanding) string { return s.From }},
		{"models", false, func(s lifecycle.ComponentStanding) string { return strconv.Itoa(s.InModels) }},
		{"devices", false, func(s lifecycle.ComponentStanding) string { return strconv.Itoa(s.Devices) }},
		{"reason", true, func(s lifecycle.ComponentStanding) string { return s.Reason }},
		{"in", true, func(s lifecycle.ComponentStanding) string { return strings.Join(s.Models, "; ") }},
		{"purl", true, func(s lifecycle.ComponentStanding) string { return s.PURL }},
	})
}

// modelComponentSet changes the fields that are given and keeps the others.
func (e *environment) modelComponentSet() *cobra.Command {
	values := map[string]*string{}
	c := &cobra.Command{Use: "component-set NAME [VERSION]", Short: "Keep what the hospital holds about a component, of one version or of every; fields that are not given stay", Args: cobra.RangeArgs(1, 2),
		Example: "  bedrail model component-set wolfSSL 4.8.1 --end-of-support 2027-06-30 --source 'letter of the maker, 2026-11-02'"}
	for name, text := range map[string]string{"end-of-life": "`DAY` from which support is limited", "end-of-support": "`DAY` from which there is none", "declared": "`STATE` that is declared", "source": "who says so", "note": "anything else"} {
		values[name] = c.Flags().String(name, "", text)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		r, err := e.componentRecord(c, args)
		if err != nil {
			return err
		}
		b := api.ComponentSaveInput{}.Body
		b.Name, b.Version, b.EndOfLife, b.EndOfSupport, b.Declared, b.Source, b.Note, b.Rev = r.Name, r.Release, string(r.EndOfLife), string(r.EndOfSupport), string(r.Declared), r.Source, r.Note, r.Rev
		for name, to := range map[string]*string{"end-of-life": &b.EndOfLife, "end-of-support": &b.EndOfSupport, "declared": &b.Declared, "source": &b.Source, "note": &b.Note} {
			if c.Flags().Changed(name) {
				*to = *values[name]
			}
		}
		if err := e.ask(c, call{method: http.MethodPut, path: "/lifecycle/components/record", body: b}, &r); err != nil {
			return err
		}
		return writeList(e, []lifecycle.ComponentRecord{r}, recordColumns())
	}
	return c
}

func recordColumns() []column[lifecycle.ComponentRecord] {
	return []column[lifecycle.ComponentRecord]{
		{"name", false, func(r lifecycle.ComponentRecord) string { return r.Name }},
		{"version", false, func(r lifecycle.ComponentRecord) string { return r.Release }},
		{"endOfLife", false, func(r lifecycle.ComponentRecord) string { return string(r.EndOfLife) }},
		{"endOfSupport", false, func(r lifecycle.ComponentRecord) string { return string(r.EndOfSupport) }},
		{"declared", false, func(r lifecycle.ComponentRecord) string { return string(r.Declared) }},
		{"source", false, func(r lifecycle.ComponentRecord) string { return r.Source }},
		{"rev", true, func(r lifecycle.ComponentRecord) string { return strconv.FormatInt(r.Rev, 10) }},
	}
}

// componentRecord reads what is held about a component, of one version or of
// every.
func (e *environment) componentRecord(c *cobra.Command, args []string) (r lifecycle.ComponentRecord, err error) {
	q := url.Values{"name": {args[0]}}
	if len(args) > 1 {
		q.Set("version", args[1])
	}
	return r, e.ask(c, call{method: http.MethodGet, path: "/lifecycle/components/record", query: q}, &r)
}

func (e *environment) modelComponent() *cobra.Command {
	return &cobra.Command{Use: "component NAME [VERSION]", Short: "What the hospital holds about a component, of one version or of every", Args: cobra.RangeArgs(1, 2), RunE: func(c *cobra.Command, args []string) error {
		r, err := e.componentRecord(c, args)
		if err != nil {
			return err
		}
		return writeList(e, []lifecycle.ComponentRecord{r}, recordColumns())
	}}
}

// billSupport says until when the components of a bill are supported.
func (e *environment) billSupport() *cobra.Command {
	return &cobra.Command{Use: "support ID", Short: "Until when the components of a bill are supported, and who says so", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[lifecycle.ComponentLife](ctx, e, "/bills/"+url.PathEscape(args[0])+"/support", nil)
		if err != nil {
			return err
		}
		return writeList(e, rows, []column[lifecycle.ComponentLife]{
			{"name", false, func(l lifecycle.ComponentLife) string { return l.Name }},
			{"version", false, func(l lifecycle.ComponentLife) string { return l.Version }},
			{"state", false, func(l lifecycle.ComponentLife) string { return string(l.State) }},
			{"ends", false, func(l lifecycle.ComponentLife) string { return string(l.Ends) }},
			{"from", false, func(l lifecycle.ComponentLife) string { return l.From }},
			{"reason", false, func(l lifecycle.ComponentLife) string { return l.Reason }},
		})
	}}
}

func (e *environment) recallCommand() *cobra.Command {
	work := listCommand(e, "worklist", "Recalled devices, unit by unit, with what was done about each", "/recalls/worklist", taskColumns())
	var note string
	answer := &cobra.Command{Use: "answer STATE ID...", Short: "Say what was done: acknowledged, quarantined, corrected, returned, not-affected or open", Args: cobra.MinimumNArgs(2), RunE: func(c *cobra.Command, args []string) error {
		body := map[string]any{"state": args[0], "ids": args[1:], "note": note}
		var out api.List[lifecycle.Task]
		if err := e.ask(c, call{method: http.MethodPost, path: "/recalls/worklist", body: body}, &out); err != nil {
			return err
		}
		return writeList(e, out.Items, taskColumns())
	}}
	answer.Flags().StringVar(&note, "note", "", "what was found or done")
	list := listCommand(e, "list", "Recalls that touch devices here, the gravest first", "/recalls", []column[vuln.RecallRow]{
		{"id", false, func(r vuln.RecallRow) string { return r.ID }},
		{"class", false, func(r vuln.RecallRow) string { return r.Classification }},
		{"manufacturer", false, func(r vuln.RecallRow) string { return r.Manufacturer }},
		{"model", false, func(r vuln.RecallRow) string { return r.Model }},
		{"affected", false, func(r vuln.RecallRow) string { return strconv.Itoa(r.Affected) }},
		{"undecidable", false, func(r vuln.RecallRow) string { return strconv.Itoa(r.Undecidable) }},
		{"units", false, func(r vuln.RecallRow) string { return unitsOf(r.Units) }},
		{"title", true, func(r vuln.RecallRow) string { return r.Title }},
		{"action", true, func(r vuln.RecallRow) string { return r.Action }},
	})
	return group("recall", "Recalls that touch devices, and the work on them", list, work, answer)
}

func taskColumns() []column[lifecycle.Task] {
	return []column[lifecycle.Task]{
		{"id", false, func(t lifecycle.Task) string { return t.ID }},
		{"recall", false, func(t lifecycle.Task) string { return t.Recall }},
		{"class", false, func(t lifecycle.Task) string { return t.Class }},
		{"unit", false, func(t lifecycle.Task) string { return t.Unit }},
		{"device", false, func(t lifecycle.Task) string { return t.Name }},
		{"match", false, func(t lifecycle.Task) string { return string(t.Match) }},
		{"state", false, func(t lifecycle.Task) string { return string(t.State) }},
		{"reason", true, func(t lifecycle.Task) string { return t.Reason }},
		{"title", true, func(t lifecycle.Task) string { return t.Title }},
		{"by", true, func(t lifecycle.Task) string { return t.By }},
	}
}
