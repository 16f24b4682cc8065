package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/asset"
)

func (e *environment) deviceCommand() *cobra.Command {
	return group("device", "Devices: what there is, and what persons say of it", e.deviceList(), e.deviceGet(), e.deviceTag(), e.deviceLocate(), e.deviceCorrect(),
		e.deviceMerge(), e.deviceSplit(), e.deviceReconcile(), e.deviceUnknown(), e.deviceIdentify(), e.deviceUnidentify(), e.deviceProfile(), e.deviceUse(), e.deviceExport(),
		e.deviceBulk(), e.deviceBulkUndo(), e.deviceChanges(), e.deviceAssociation(),
		e.deviceTimeline(), e.deviceConversations(), e.deviceLinks(), e.deviceExposures(), e.deviceCount())
}

// summaryColumns are those of the list of devices. A table for people tells
// how far a value is believed within it; a csv for programs, where the value
// is compared, in columns of their own.
func summaryColumns(csv bool) []column[asset.Summary] {
	brief := func(v asset.Brief) string { return shown(asset.Value{Value: v.Value, Status: v.Status}) }
	if csv {
		brief = bare
	}
	columns := []column[asset.Summary]{
		{"id", false, func(d asset.Summary) string { return d.ID }},
		{"name", false, func(d asset.Summary) string { return d.Name }},
		{"class", false, func(d asset.Summary) string { return brief(d.Class) }},
		{"manufacturer", false, func(d asset.Summary) string { return brief(d.Manufacturer) }},
		{"model", false, func(d asset.Summary) string { return brief(d.Model) }},
		{"serial", true, func(d asset.Summary) string { return brief(d.SerialNumber) }},
		{"version", true, func(d asset.Summary) string { return brief(d.SoftwareVersion) }},
		{"os", true, func(d asset.Summary) string { return brief(d.OperatingSystem) }},
		{"support", true, func(d asset.Summary) string { return string(d.Support.State) }},
		{"supportEnds", true, func(d asset.Summary) string { return d.Support.Ends }},
		{"supportOf", true, func(d asset.Summary) string { return d.Support.Of }},
		{"address", false, func(d asset.Summary) string { return addressText(d) }},
		{"addresses", true, func(d asset.Summary) string { return joined(d.Addresses) }},
		{"mac", true, func(d asset.Summary) string { return joined(d.MACs) }},
		{"site", true, func(d asset.Summary) string { return d.Location.Site }},
		{"unit", false, func(d asset.Summary) string { return d.Location.Unit }},
		{"bed", false, func(d asset.Summary) string { return d.Location.Bed }},
		{"location", true, func(d asset.Summary) string { return string(d.Location.Precision) }},
		{"affected", false, func(d asset.Summary) string { return fmt.Sprint(d.Exposure.Affected) }},
		{"undecidable", true, func(d asset.Summary) string { return fmt.Sprint(d.Exposure.Undecidable) }},
		{"tags", true, func(d asset.Summary) string { return strings.Join(d.Tags, " ") }},
		{"assetTag", true, func(d asset.Summary) string { return d.AssetTag }},
		{"firstSeen", true, func(d asset.Summary) string { return when(d.FirstSeen) }},
		{"lastSeen", false, func(d asset.Summary) string { return when(d.LastSeen) }},
		{"reported", true, func(d asset.Summary) string { return when(d.Reported) }},
	}
	if !csv {
		return columns
	}
	return append(columns, []column[asset.Summary]{
		{"classStatus", true, func(d asset.Summary) string { return string(d.Class.Status) }},
		{"manufacturerStatus", true, func(d asset.Summary) string { return string(d.Manufacturer.Status) }},
		{"modelStatus", true, func(d asset.Summary) string { return string(d.Model.Status) }},
		{"serialStatus", true, func(d asset.Summary) string { return string(d.SerialNumber.Status) }},
		{"versionStatus", true, func(d asset.Summary) string { return string(d.SoftwareVersion.Status) }},
		{"osStatus", true, func(d asset.Summary) string { return string(d.OperatingSystem.Status) }},
	}...)
}

func addressText(d asset.Summary) string {
	if !d.Address.IsValid() {
		return ""
	}
	return d.Address.String()
}

// bare is a value that is believed by itself; one in conflict, or unknown, is
// blank.
func bare(v asset.Brief) string {
	if v.Status == asset.Conflict || v.Status == asset.Unknown {
		return ""
	}
	return v.Value
}

func (e *environment) deviceList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List devices", Args: cobra.NoArgs,
		Example: "  bedrail device list --filter 'class:infusion-pump unit:ICU'\n  bedrail device list --filter 'exposure:affected' -o csv",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			rows, err := fetchList[asset.Summary](ctx, e, "/devices", nil)
			if err != nil {
				return err
			}
			return writeList(e, rows, summaryColumns(e.output == "csv"))
		}}
}

func (e *environment) deviceGet() *cobra.Command {
	return &cobra.Command{Use: "get ID", Short: "One device, with the evidence for each attribute", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		d, err := e.device(ctx, args[0])
		if err != nil {
			return err
		}
		return e.writeDocument(d, func(w io.Writer) error { return printDevice(w, d) })
	}}
}

func (e *environment) device(ctx context.Context, id string) (api.DeviceView, error) {
	var d api.DeviceView
	conn, err := e.connect(ctx)
	if err != nil {
		return d, err
	}
	return d, conn.do(ctx, call{method: http.MethodGet, path: "/devices/" + url.PathEscape(id)}, &d)
}

// counted names what the number of ev counts: evidence of lists lies in rows.
func counted(ev asset.Evidence) string {
	switch strings.ToLower(path.Ext(ev.Capture)) {
	case ".csv", ".xlsx":
		return "row"
	}
	if ev.Source == "cmms" || strings.HasPrefix(ev.Source, "lease") {
		return "row"
	}
	return "packet"
}

// printEvidence says why: by whom, in which field, and in which packet and
// from which of its bytes on.
func printEvidence(w io.Writer, list []asset.Evidence) {
	for _, ev := range list {
		fmt.Fprintf(w, "    %s %s says %s", ev.Source, printable(ev.Field), printable(ev.Value))
		if ev.Packet > 0 {
			fmt.Fprintf(w, " (%s, %s %d", printable(ev.Capture), counted(ev), ev.Packet)
			if ev.Offset > 0 {
				fmt.Fprintf(w, ", from byte %d", ev.Offset)
				if ev.Frame {
					fmt.Fprint(w, " of the frame")
				}
			}
			fmt.Fprint(w, ")")
		}
		fmt.Fprintln(w)
	}
}

func printDevice(w io.Writer, d api.DeviceView) error {
	fmt.Fprintf(w, "%s\n%s\n", printable(d.Name), d.ID)
	for _, a := range []struct {
		name  string
		value asset.Value
	}{{"class", d.Class}, {"manufacturer", d.Manufacturer}, {"model", d.Model}, {"serialNumber", d.SerialNumber}, {"softwareVersion", d.SoftwareVersion}, {"operatingSystem", d.OperatingSystem}} {
		fmt.Fprintf(w, "%s: %s\n", a.name, printable(shown(a.value)))
		printEvidence(w, a.value.Evidence)
	}
	l := d.Location
	fmt.Fprintf(w, "location: site %s, unit %s, room %s, bed %s (%s, from %s)\n", printable(l.Site), printable(l.Unit), printable(l.Room), printable(l.Bed), l.Precision, printable(l.Source))
	printEvidence(w, d.Placed)
	_, err := fmt.Fprintf(w, "addresses: %s\nmacs: %s\ntags: %s\n", joined(d.Addresses), joined(d.MACs), printable(strings.Join(d.Tags, " ")))
	return err
}

// change sends a patch of what a person says, against the version that is
// there now.
func (e *environment) changeDevice(c *cobra.Command, id string, patch func(api.DeviceView) map[string]any) error {
	ctx, cancel := e.within(c.Context())
	defer cancel()
	d, err := e.device(ctx, id)
	if err != nil {
		return err
	}
	return e.postDevice(ctx, call{method: http.MethodPatch, path: "/devices/" + url.PathEscape(id), body: patch(d), ifMatch: d.Version})
}

func (e *environment) postDevice(ctx context.Context, r call) error {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	var d api.DeviceView
	if err := conn.do(ctx, r, &d); err != nil {
		return err
	}
	return e.writeDocument(d, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s %s\n", d.ID, printable(d.Name))
		return err
	})
}

func (e *environment) deviceTag() *cobra.Command {
	var remove bool
	c := &cobra.Command{Use: "tag ID TAG...", Short: "Put words on a device, or take them off", Args: cobra.MinimumNArgs(2), RunE: func(c *cobra.Command, args []string) error {
		return e.changeDevice(c, args[0], func(d api.DeviceView) map[string]any {
			tags := []string{}
			for _, t := range d.Tags {
				if !contains(args[1:], t) {
					tags = append(tags, t)
				}
			}
			if !remove {
				tags = append(tags, args[1:]...)
			}
			return map[string]any{"tags": tags}
		})
	}}
	c.Flags().BoolVar(&remove, "remove", false, "take the tags off")
	return c
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func (e *environment) deviceLocate() *cobra.Command {
	place := map[string]*string{}
	c := &cobra.Command{Use: "locate ID", Short: "Say where a device stands", Args: cobra.ExactArgs(1), Example: "  bedrail device locate dev_... --unit ICU --bed 12",
		RunE: func(c *cobra.Command, args []string) error {
			spot := map[string]string{}
			for name, v := range place {
				if *v != "" {
					spot[name] = *v
				}
			}
			return e.changeDevice(c, args[0], func(d api.DeviceView) map[string]any {
				// The API takes a place as a whole; who names a unit means one of the
				// site where the device is, and does not take it out of its site.
				if len(spot) > 0 && spot["site"] == "" && d.Location.Site != "" {
					spot["site"] = d.Location.Site
				}
				return map[string]any{"location": spot}
			})
		}}
	for _, name := range []string{"site", "building", "floor", "unit", "room", "bed"} {
		place[name] = c.Flags().String(name, "", name+" in which it stands; none at all takes the word back")
	}
	c.Flags().Lookup("site").Usage = "site in which it stands; the one where it is, unless another is named"
	return c
}

func (e *environment) deviceCorrect() *cobra.Command {
	return &cobra.Command{Use: "correct ID ATTRIBUTE=VALUE...", Short: "Correct what a device is; the correction wins over all evidence", Args: cobra.MinimumNArgs(2),
		Example: "  bedrail device correct dev_... model='Plum 360' class=infusion-pump\n  bedrail device correct dev_... model=      (takes it back)",
		RunE: func(c *cobra.Command, args []string) error {
			corrections := map[string]string{}
			for _, a := range args[1:] {
				name, v, ok := strings.Cut(a, "=")
				if !ok {
					return usage("%q is not of the form attribute=value", a)
				}
				corrections[name] = v
			}
			return e.changeDevice(c, args[0], func(api.DeviceView) map[string]any { return map[string]any{"corrections": corrections} })
		}}
}

func (e *environment) deviceMerge() *cobra.Command {
	var reason string
	var despite bool
	c := &cobra.Command{Use: "merge ID ID", Short: "Say that two devices are one", Args: cobra.ExactArgs(2),
		Long: "Say that two devices are one. Devices whose serial numbers differ are refused with both numbers: correct the one that is wrong first, or say with --despite-serials and --reason that they are one all the same, as after a change of the main board.",
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			return e.postDevice(ctx, call{method: http.MethodPost, path: "/devices/merge", body: map[string]any{"ids": args, "reason": reason, "despiteSerials": despite}})
		}}
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.Flags().BoolVar(&despite, "despite-serials", false, "they are one although their serial numbers differ; needs --reason")
	return c
}

func (e *environment) deviceSplit() *cobra.Command {
	var undo string
	c := &cobra.Command{Use: "split ID [ADDRESS...]", Short: "Say that parts of a device are another, or take a merge back",
		Long:    "An address is a hardware address of the device, or an IP address at which it was also heard without one (unbound of the device).",
		Example: "  bedrail device split dev_2R9B 00:03:b1:00:00:41\n  bedrail device split dev_2R9B 10.20.30.20\n  bedrail device split dev_2R9B --undo lnk_01M8",
		Args:    cobra.MinimumNArgs(1), RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := e.within(c.Context())
			defer cancel()
			body := map[string]any{}
			if undo != "" {
				body["undo"] = undo
			}
			for _, part := range args[1:] { // a hardware address, or an address that was heard without one
				kind := "macs"
				if _, err := netip.ParseAddr(part); err == nil {
					kind = "addresses"
				}
				list, _ := body[kind].([]string)
				body[kind] = append(list, part)
			}
			return e.postDevice(ctx, call{method: http.MethodPost, path: "/devices/" + url.PathEscape(args[0]) + "/split", body: body})
		}}
	c.Flags().StringVar(&undo, "undo", "", "`ID` of the merge to take back")
	return c
}

// deviceReconcile prints the maintenance system's list beside the network.
func (e *environment) deviceReconcile() *cobra.Command {
	return &cobra.Command{Use: "reconcile", Short: "Lay the maintenance system's list beside what the network shows", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		ctx, cancel := e.within(c.Context())
		defer cancel()
		conn, err := e.connect(ctx)
		if err != nil {
			return err
		}
		var r asset.Reconciliation
		if err := conn.do(ctx, call{method: http.MethodGet, path: "/reconciliation"}, &r); err != nil {
			return err
		}
		if e.output == "json" || e.output == "yaml" {
			return e.writeDocument(r, nil)
		}
		count := func(n int) string { return strconv.Itoa(n) }
		if err := writeList(e, r.Units, []column[asset.Coverage]{
			{"site", false, func(u asset.Coverage) string { return u.Site }},
			{"unit", false, func(u asset.Coverage) string { return u.Unit }},
			{"wire", false, func(u asset.Coverage) string { return count(u.Wire) }},
			{"list", false, func(u asset.Coverage) string { return count(u.List) }},
			{"both", false, func(u asset.Coverage) string { return count(u.Both) }},
			{"estimate", false, func(u asset.Coverage) string {
				if u.Estimate == 0 {
					return "too few in both"
				}
				return fmt.Sprintf("%.0f (%.0f to %.0f)", u.Estimate, u.Low, u.High)
			}},
		}); err != nil {
			return err
		}
		e.say("%d on the wire are not on the list, %d of the list are silent for 30 days, %d disagree; -o json names them", len(r.Unlisted), len(r.Silent), len(r.Differs))
		return nil
	}}
}
