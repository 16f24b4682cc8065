package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/shadow"
)

func (e *environment) channelShadow() *cobra.Command {
	return group("shadow", "Listeners that sensors overhear: what Bedrail would make of them before it is in their path", e.shadowList(), e.shadowShow(), e.shadowAdopt())
}

func shadowColumns() []column[shadow.Channel] {
	number := func(f func(shadow.Channel) uint64) func(shadow.Channel) string {
		return func(c shadow.Channel) string { return strconv.FormatUint(f(c), 10) }
	}
	return []column[shadow.Channel]{
		{"name", false, func(c shadow.Channel) string { return c.Name }},
		{"protocol", false, func(c shadow.Channel) string { return c.Protocol }},
		{"listener", false, func(c shadow.Channel) string { return c.Listener }},
		{"peers", false, func(c shadow.Channel) string { return strconv.Itoa(c.Peers) }},
		{"messages", false, number(func(c shadow.Channel) uint64 { return c.Messages })},
		{"faulty", false, number(func(c shadow.Channel) uint64 { return c.Faulty })},
		{"remarked", false, number(func(c shadow.Channel) uint64 { return c.Remarked })},
		{"duplicates", false, number(func(c shadow.Channel) uint64 { return c.Duplicates })},
		{"unanswered", false, number(func(c shadow.Channel) uint64 { return c.Unanswered })},
		{"answerP95", false, func(c shadow.Channel) string { return fmt.Sprintf("%.3f", c.P95) }},
		{"wouldHold", false, number(func(c shadow.Channel) uint64 { return c.Would.Hold })},
		{"wouldReject", false, number(func(c shadow.Channel) uint64 { return c.Would.Reject })},
		{"last", false, func(c shadow.Channel) string { return when(c.Last) }},
		{"adopted", false, func(c shadow.Channel) string {
			if c.Adopted == nil {
				return ""
			}
			return c.Adopted.Channel + " (" + c.Adopted.State + ")"
		}},
		{"id", true, func(c shadow.Channel) string { return c.ID }},
		{"site", true, func(c shadow.Channel) string { return c.Site }},
	}
}

func shadowParams(days int, policy string) url.Values {
	q := url.Values{"days": {strconv.Itoa(days)}}
	if policy != "" {
		q.Set("policy", policy)
	}
	return q
}

func shadowFlags(c *cobra.Command, days *int, policy *string) *cobra.Command {
	c.Flags().IntVar(days, "days", 7, "over how many `DAYS` it is summed")
	c.Flags().StringVar(policy, "policy", "", "a `CHANNEL` whose policy is asked; left out, that of the draft")
	return c
}

func (e *environment) shadowList() *cobra.Command {
	var days int
	var policy string
	return shadowFlags(&cobra.Command{Use: "list", Short: "List overheard listeners, the most faulty first; exit status 3 when messages have errors", Args: cobra.NoArgs,
		Example: "  bedrail channel shadow list\n  bedrail channel shadow list --filter 'protocol:hl7v2 faulty>0' --policy icu-monitors",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			rows, err := fetchList[shadow.Channel](ctx, e, "/shadow-channels", shadowParams(days, policy))
			if err != nil {
				return err
			}
			if err := writeList(e, rows, shadowColumns()); err != nil {
				return err
			}
			if slices.ContainsFunc(rows, func(c shadow.Channel) bool { return c.Faulty > 0 }) {
				return exitWith(exitFindings, "")
			}
			return nil
		}}, &days, &policy)
}

func (e *environment) shadowShow() *cobra.Command {
	var days int
	var policy string
	return shadowFlags(&cobra.Command{Use: "show NAME", Short: "One overheard listener: who speaks, what is wrong, what Bedrail would do", Args: cobra.ExactArgs(1),
		Example: "  bedrail channel shadow show shadow-mllp-10-20-0-7-2575 --policy icu-monitors",
		RunE: func(c *cobra.Command, args []string) error {
			var ch shadow.Channel
			if err := e.fetch(c, "/shadow-channels/"+url.PathEscape(args[0])+"?"+shadowParams(days, policy).Encode(), &ch); err != nil {
				return err
			}
			return e.writeDocument(ch, func(w io.Writer) error { return writeShadow(w, &ch) })
		}}, &days, &policy)
}

func tallied(m map[string]uint64) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%s %d", printable(k), m[k]))
	}
	return strings.Join(out, ", ")
}

func writeShadow(w io.Writer, ch *shadow.Channel) error {
	fmt.Fprintf(w, "%s (%s at %s) is only overheard, %s to %s\n", ch.Name, ch.Protocol, ch.Listener, when(ch.First), when(ch.Last))
	fmt.Fprintf(w, "messages %d: %d clean, %d remarked, %d faulty, %d not looked into; %d duplicates, %d reused control ids\n", ch.Messages, ch.Clean, ch.Remarked, ch.Faulty, ch.Unchecked, ch.Duplicates, ch.Reused)
	fmt.Fprintf(w, "answers %s; half within %.3f s, 95 %% within %.3f s, longest %.3f s; %d messages unanswered\n", tallied(ch.Answers), ch.P50, ch.P95, ch.Longest, ch.Unanswered)
	fmt.Fprintf(w, "trust %s\n", tallied(ch.Trust))
	v := &ch.Would
	fmt.Fprintf(w, "would accept %d, tag %d, hold %d, reject %d, answer as duplicate %d (%s)\n", v.Accept, v.Tag, v.Hold, v.Reject, v.Duplicate, tallied(v.Reasons))
	fmt.Fprintf(w, "would deliver %s %s\n", tallied(v.To), tallied(v.Perhaps))
	for _, m := range v.Mappings {
		fmt.Fprintf(w, "mapping %s: %d %s\n", m.Type, m.Count, m.Trouble)
	}
	for _, i := range ch.Issues {
		fmt.Fprintf(w, "%s %s %s at %s: %d\n", i.Severity, i.Code, i.Rule, i.Path, i.Count)
	}
	for _, q := range slices.Sorted(maps.Keys(ch.Quirks)) {
		fmt.Fprintf(w, "seen %s: %d\n", printable(q), ch.Quirks[q])
	}
	for i := range ch.Conversations {
		c := &ch.Conversations[i]
		fmt.Fprintf(w, "from %s %s to %s: %d messages, %d faulty, trust %s %s\n", c.Client, printable(c.Sender), printable(c.Receiver), c.Messages, c.Faulty, tallied(c.Trust), c.Device)
	}
	if a := ch.Adopted; a != nil {
		fmt.Fprintf(w, "adopted as %s, which is %s; still past it: %s; through it: %s\n", a.Channel, a.State, strings.Join(a.Direct, " "), strings.Join(a.Through, " "))
	}
	return nil
}

func (e *environment) shadowAdopt() *cobra.Command {
	var name, listen, receiver string
	var dry bool
	c := &cobra.Command{Use: "adopt NAME", Short: "Draft the channel that takes an overheard listener over, paused, with the steps to the cut-over", Args: cobra.ExactArgs(1),
		Long: "The draft passes everything on to the receiver of today and, over MLLP, gives its answer back. It carries nothing until it is resumed.\n" +
			"Exit status 7 when something must be settled first.",
		Example: "  bedrail channel shadow adopt shadow-mllp-10-20-0-7-2575 --dry-run\n  bedrail channel shadow adopt shadow-mllp-10-20-0-7-2575 --name icu --receiver 10.20.0.8:2575",
		RunE: func(c *cobra.Command, args []string) error {
			var d api.ShadowDraft
			body := map[string]any{"name": name, "listen": listen, "receiver": receiver, "dryRun": dry}
			if err := e.tell(c, call{method: http.MethodPost, path: "/shadow-channels/" + url.PathEscape(args[0]) + "/adopt", body: body}, &d); err != nil {
				return err
			}
			if err := e.writeDocument(d, func(w io.Writer) error { return writeDraft(w, &d) }); err != nil {
				return err
			}
			if d.Problem != "" || d.Unsettled() {
				return exitWith(exitPartly, "")
			}
			return nil
		}}
	c.Flags().StringVar(&name, "name", "", "`NAME` of the channel")
	c.Flags().StringVar(&listen, "listen", "", "`ADDRESS` and port where Bedrail will listen; left out, the overheard port on every address")
	c.Flags().StringVar(&receiver, "receiver", "", "`ADDRESS` and port where the receiver of today will be found; left out, where it is")
	c.Flags().BoolVar(&dry, "dry-run", false, "only say what would be made")
	return c
}

func writeDraft(w io.Writer, d *api.ShadowDraft) error {
	switch {
	case d.Problem != "":
		fmt.Fprintf(w, "# not made: %s\n", printable(d.Problem))
	case d.Made:
		fmt.Fprintln(w, "# made, paused")
	}
	for _, n := range d.Notes {
		fmt.Fprintf(w, "# %s %s: %s\n", n.Severity, n.Place, n.Text)
	}
	for i, s := range d.Steps {
		fmt.Fprintf(w, "# %d. %s: %s\n", i+1, s.Title, s.Text)
		if s.Back != "" {
			fmt.Fprintf(w, "#    back: %s\n", s.Back)
		}
	}
	return writeYAML(w, d.Definition)
}
