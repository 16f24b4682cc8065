package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"bedrail/quality"
	"bedrail/release"
)

func (e *environment) releaseCommand() *cobra.Command {
	return group("release", "What is given to analytics: only what is needed, of nobody, with the risk that is left",
		e.releaseList(), e.releasePlaces(), e.releaseShow(), e.releasePut(), e.releaseAgree(), e.releaseRun(), e.releaseDone(), e.releaseTake(), e.releaseForget())
}

func releasePath(name string, more ...string) string {
	return "/releases/" + strings.Join(append([]string{url.PathEscape(name)}, more...), "/")
}

func (e *environment) releaseList() *cobra.Command {
	return listCommand(e, "list", "List what is given to analytics", "/releases", []column[release.Kept]{
		{"name", false, func(k release.Kept) string { return k.Name }}, {"state", false, func(k release.Kept) string { return k.State }},
		{"version", false, func(k release.Kept) string { return fmt.Sprint(k.Version) }}, {"recipient", false, func(k release.Kept) string { return k.Recipient }},
		{"purpose", false, func(k release.Kept) string { return k.Purpose }}, {"smallestGroup", false, func(k release.Kept) string { return fmt.Sprint(k.SmallestGroup) }},
	})
}

func (e *environment) releasePlaces() *cobra.Command {
	return listCommand(e, "places", "List what of HL7 v2 and FHIR may leave, and in which forms", "/release-places", []column[release.Place]{
		{"from", false, func(p release.Place) string { return p.From }}, {"kind", false, func(p release.Place) string { return p.Kind }},
		{"of", true, func(p release.Place) string { return p.Of }}, {"forms", false, func(p release.Place) string { return strings.Join(p.Forms, " ") }},
	})
}

func (e *environment) releasePut() *cobra.Command {
	var version int64
	c := &cobra.Command{Use: "put FILE", Short: "Define a release, or change it with --version", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return usage("%v", err)
		}
		body := map[string]any{}
		if err := yaml.Unmarshal(text, &body); err != nil {
			return usage("%s: %v", args[0], err)
		}
		name, _ := body["name"].(string)
		if name == "" {
			return usage("%s: name is missing", args[0])
		}
		body["version"] = version
		var k release.Kept
		if err := e.tell(c, call{method: http.MethodPut, path: releasePath(name), body: body}, &k); err != nil {
			return err
		}
		return e.showRelease(k)
	}}
	c.Flags().Int64Var(&version, "version", 0, "`VERSION` that is replaced; 0 is new")
	return c
}

func (e *environment) showRelease(k release.Kept) error {
	return e.writeDocument(k, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s version %d %s for %s\n", printable(k.Name), k.Version, k.State, printable(k.Recipient))
		if err == nil && k.State == release.Draft {
			_, err = fmt.Fprintf(w, "measure its risk with release run %s --from TIME --dry-run; then a second person agrees: release agree %s --version %d\n", printable(k.Name), printable(k.Name), k.Version)
		}
		return err
	})
}

func (e *environment) releaseAgree() *cobra.Command {
	var version int64
	c := &cobra.Command{Use: "agree NAME", Short: "Agree, as the second person, to a release as it is defined", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var k release.Kept
		if err := e.tell(c, call{method: http.MethodPost, path: releasePath(args[0], "agree"), body: map[string]int64{"version": version}}, &k); err != nil {
			return err
		}
		return e.showRelease(k)
	}}
	c.Flags().Int64Var(&version, "version", 0, "`VERSION` that you looked at")
	return c
}

func (e *environment) releaseRun() *cobra.Command {
	var from, until string
	var dry bool
	c := &cobra.Command{Use: "run NAME", Short: "Make a release, or measure its risk first", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		body := map[string]any{"dryRun": dry}
		for name, text := range map[string]string{"from": from, "until": until} {
			if text == "" {
				continue
			}
			at, err := time.Parse(time.RFC3339, text)
			if day, dayErr := time.Parse(time.DateOnly, text); dayErr == nil {
				at, err = day, nil
				if name == "until" {
					at = day.AddDate(0, 0, 1)
				}
			}
			if err != nil {
				return usage("--%s %s: write it as 2026-03-01 or 2026-03-01T10:15:00Z", name, text)
			}
			body[name] = at
		}
		var d release.Done
		if err := e.tell(c, call{method: http.MethodPost, path: releasePath(args[0], "run"), body: body}, &d); err != nil {
			return err
		}
		return e.writeDocument(d, func(w io.Writer) error {
			if d.Job != "" {
				_, err := fmt.Fprintf(w, "release %s runs as job %s\n", d.ID, d.Job)
				return err
			}
			return e.printRisk(w, d)
		})
	}}
	c.Flags().StringVar(&from, "from", "", "`TIME` or day from which on messages were received")
	c.Flags().StringVar(&until, "until", "", "`TIME` until which, or the last day; left out, now")
	c.Flags().BoolVar(&dry, "dry-run", false, "measure the risk; nothing leaves")
	return c
}

func (e *environment) printRisk(w io.Writer, d release.Done) error {
	if _, err := fmt.Fprintf(w, "%d messages read, %d not read, %d called back or forgotten, %d values stopped\n", d.Messages, d.Unread, d.Recalled, d.Stopped); err != nil {
		return err
	}
	if d.Messages+d.Unread+d.Recalled == 0 {
		_, err := fmt.Fprintln(w, "nothing came of these channels and types in this time; see bedrail channel list for the names of channels")
		return err
	}
	_, err := fmt.Fprintf(w, "%d rows of %d patients, smallest group %d (highest risk %.3f), %d rows stay here\n", d.Rows, d.Risk.Patients, d.Risk.Smallest, d.Risk.Highest, d.Suppressed)
	return err
}

func (e *environment) releaseDone() *cobra.Command {
	return &cobra.Command{Use: "done [NAME]", Short: "List what was released, with its risk", Args: cobra.MaximumNArgs(1), RunE: func(c *cobra.Command, args []string) error {
		q := url.Values{}
		if len(args) > 0 {
			q.Set("name", args[0])
		}
		ctx, cancel := e.within(c.Context())
		defer cancel()
		rows, err := fetchList[release.Done](ctx, e, "/released", q)
		if err != nil {
			return err
		}
		return writeList(e, rows, []column[release.Done]{
			{"id", false, func(d release.Done) string { return d.ID }}, {"name", false, func(d release.Done) string { return d.Name }},
			{"at", false, func(d release.Done) string { return d.At.Format(time.RFC3339) }}, {"recipient", false, func(d release.Done) string { return d.Recipient }},
			{"rows", false, func(d release.Done) string { return fmt.Sprint(d.Rows) }}, {"smallestGroup", false, func(d release.Done) string { return fmt.Sprint(d.Risk.Smallest) }},
			{"sha256", true, func(d release.Done) string { return d.SHA256 }},
		})
	}}
}

func (e *environment) releaseShow() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: "One definition of a release, as a file for release put", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var k release.Kept
		if err := e.tell(c, call{method: http.MethodGet, path: releasePath(args[0])}, &k); err != nil {
			return err
		}
		return e.writeDocument(k, func(w io.Writer) error { return writeYAML(w, k) })
	}}
}

// releaseTake fetches a file that was released; who takes it is on record.
func (e *environment) releaseTake() *cobra.Command {
	return &cobra.Command{Use: "take ID FILE", Short: "Save the file of a release (- for standard output); who takes it is on record", Args: cobra.ExactArgs(2), RunE: func(c *cobra.Command, args []string) error {
		return e.save(c, call{method: http.MethodGet, path: "/released/" + url.PathEscape(args[0]) + "/file"}, args[1])
	}}
}

func (e *environment) releaseForget() *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "forget-key NAME", Short: "Destroy the key of a release's pseudonyms", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.tell(c, call{method: http.MethodPost, path: releasePath(args[0], "forget-key"), body: map[string]string{"reason": reason}}, nil)
	}}
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return c
}

func (e *environment) stewardshipCommand() *cobra.Command {
	return group("stewardship", "Who answers for each feed, what it is for, how long it is kept and how good it must be", e.stewardshipList(), e.stewardshipSet())
}

func (e *environment) stewardshipList() *cobra.Command {
	return listCommand(e, "list", "List feeds, those that lack most first", "/stewardship", []column[quality.Stewardship]{
		{"channel", false, func(s quality.Stewardship) string { return s.Channel }}, {"steward", false, func(s quality.Stewardship) string { return s.Steward }},
		{"purpose", false, func(s quality.Stewardship) string { return s.Purpose }}, {"keepHours", false, func(s quality.Stewardship) string { return fmt.Sprint(s.KeepHours) }},
		{"objectives", false, func(s quality.Stewardship) string { return strings.Join(s.Objectives, " ") }}, {"lacks", false, func(s quality.Stewardship) string { return strings.Join(s.Lacks, " ") }},
	})
}

// stewardshipOf finds the feed of the channel called name. A filter alone
// would take one whose name only holds it.
func (e *environment) stewardshipOf(c *cobra.Command, name string) (was quality.Stewardship, err error) {
	if _, err := e.connect(c.Context()); err != nil {
		return was, err
	}
	search := *e // the same connection, another filter
	search.filter, search.limit = fmt.Sprintf("channel:%q", name), 0
	all, err := fetchList[quality.Stewardship](c.Context(), &search, "/stewardship", nil)
	if err != nil {
		return was, err
	}
	for _, s := range all {
		if s.Channel == name {
			return s, nil
		}
	}
	return was, exitWith(exitNotFound, "there is no channel %s", name)
}

func (e *environment) stewardshipSet() *cobra.Command {
	var steward, purpose string
	var keep time.Duration
	c := &cobra.Command{Use: "set CHANNEL", Short: "Say who answers for a feed, what it is for and how long it is kept", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		was, err := e.stewardshipOf(c, args[0])
		if err != nil {
			return err
		}
		body := map[string]any{"version": was.Version, "steward": was.Steward, "purpose": was.Purpose}
		if was.KeepStated {
			body["keepHours"] = was.KeepHours
		}
		for name, v := range map[string]any{"steward": steward, "purpose": purpose, "keep": keep.Hours()} {
			if c.Flags().Changed(name) {
				body[strings.Replace(name, "keep", "keepHours", 1)] = v
			}
		}
		var raw json.RawMessage
		return e.tell(c, call{method: http.MethodPut, path: "/stewardship/" + url.PathEscape(args[0]), body: body}, &raw)
	}}
	c.Flags().StringVar(&steward, "steward", "", "`WHO` answers for the feed")
	c.Flags().StringVar(&purpose, "purpose", "", "`WHAT` it is for")
	c.Flags().DurationVar(&keep, "keep", 0, "how long content stays readable, such as 2160h")
	return c
}
