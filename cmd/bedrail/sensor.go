package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bedrail/api"
	"bedrail/outpost"
	"bedrail/sensor"
	"bedrail/server"
)

func (e *environment) sensorCommand() *cobra.Command {
	return group("sensor", "Watch another part of the network, and hand over what is seen",
		e.sensorJoin(), e.sensorRun(),
		listCommand(e, "list", "List remote sensors with how they do", "/sensors", sensorColumns()), e.sensorShow(), e.sensorEnrol(), e.sensorRevoke())
}

func sensorColumns() []column[api.SensorRow] {
	return []column[api.SensorRow]{
		{"name", false, func(s api.SensorRow) string { return s.Name }},
		{"site", false, func(s api.SensorRow) string { return s.Site }},
		{"state", false, func(s api.SensorRow) string { return s.State }},
		{"alarms", false, func(s api.SensorRow) string { return strings.Join(s.Alarms, " ") }},
		{"heard", false, func(s api.SensorRow) string { return when(s.HeardAt) }},
		{"interfaces", false, func(s api.SensorRow) string {
			var names []string
			for _, i := range s.Interfaces {
				if !i.Up {
					i.Name += "(down)"
				}
				names = append(names, i.Name)
			}
			return strings.Join(names, " ")
		}},
		{"packets/s", false, func(s api.SensorRow) string { return strconv.FormatFloat(s.Rate, 'f', 0, 64) }},
		{"dropped", false, func(s api.SensorRow) string { return strconv.FormatUint(s.Dropped, 10) }},
		{"lag", false, func(s api.SensorRow) string { return strconv.FormatUint(s.Lag, 10) }},
		{"oldest", true, func(s api.SensorRow) string { return (time.Duration(s.Oldest) * time.Second).String() }},
		{"refused", true, func(s api.SensorRow) string { return strconv.FormatUint(s.Refused, 10) }},
		{"certEnds", true, func(s api.SensorRow) string { return when(s.CertEnds) }},
		{"version", true, func(s api.SensorRow) string { return s.Software }},
		{"note", true, func(s api.SensorRow) string { return s.Note }},
	}
}

func (e *environment) sensorShow() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: "One sensor, and of what it knew nothing within the last day", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		var row api.SensorRow
		path := "/sensors/" + url.PathEscape(args[0])
		if err := e.ask(c, call{method: http.MethodGet, path: path}, &row); err != nil {
			return err
		}
		var seen api.SensorPicture
		if err := e.ask(c, call{method: http.MethodGet, path: path + "/coverage"}, &seen); err != nil {
			return err
		}
		out := struct {
			api.SensorRow
			Coverage api.SensorPicture `json:"coverage"`
		}{row, seen}
		return e.writeDocument(out, func(w io.Writer) error {
			fmt.Fprintf(w, "%s  %s  %s  %s\n", row.Name, printable(row.Site), row.State, strings.Join(row.Alarms, " "))
			fmt.Fprintf(w, "  heard %s, covered until %s, certificate until %s\n", when(row.HeardAt), when(row.Covered), when(row.CertEnds))
			for _, i := range row.Interfaces {
				fmt.Fprintf(w, "  %s: up %t, %d packets, %d dropped %s\n", printable(i.Name), i.Up, i.Packets, i.Dropped, printable(i.Trouble))
			}
			fmt.Fprintf(w, "  outbox: %d batches, %d bytes of %d; refused %d\n", row.Outbox.Messages, row.Outbox.Bytes, row.Outbox.Limit, row.Refused)
			for _, g := range seen.Gaps {
				fmt.Fprintf(w, "  gap %s - %s  %s %s %d\n", when(g.From), when(g.Until), g.Reason, printable(g.Interface), g.Missing)
			}
			return nil
		})
	}}
}

func (e *environment) sensorEnrol() *cobra.Command {
	var body struct {
		Name    string `json:"name"`
		Site    string `json:"site,omitempty"`
		Note    string `json:"note,omitempty"`
		Minutes int    `json:"minutes,omitempty"`
	}
	var lasts time.Duration
	c := &cobra.Command{Use: "enrol NAME", Short: "Make a token that lets one sensor in once; it is shown once", Args: cobra.ExactArgs(1),
		Long: "At the hub, whether it runs or not. A name that exists is enrolled anew: the machine that held it is cut off once the new one comes.",
		RunE: func(c *cobra.Command, args []string) error {
			body.Name, body.Minutes = args[0], int(lasts/time.Minute)
			var out api.SensorToken
			if err := e.ask(c, call{method: http.MethodPost, path: "/sensors", body: body}, &out); err != nil {
				return err
			}
			e.say("On the sensor, within %s, while the hub runs:", lasts)
			return e.writeDocument(out, func(w io.Writer) error { _, err := fmt.Fprintln(w, out.Command); return err })
		}}
	c.Flags().StringVar(&body.Site, "site", "", "site that what it sees belongs to")
	c.Flags().StringVar(&body.Note, "note", "", "where it stands, for people")
	c.Flags().DurationVar(&lasts, "lasts", time.Hour, "how long the token is good")
	return c
}

func (e *environment) sensorRevoke() *cobra.Command {
	var why string
	c := &cobra.Command{Use: "revoke NAME", Short: "Shut a sensor out at once; what it told stays", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return e.ask(c, call{method: http.MethodPost, path: "/sensors/" + url.PathEscape(args[0]) + "/revoke", body: map[string]string{"why": why}}, nil)
	}}
	c.Flags().StringVar(&why, "why", "", "for the record")
	return c
}

// stationConfig reads the settings of this machine as a sensor.
func (e *environment) stationConfig(flags map[string]string) (server.Config, error) {
	return server.Load(server.Sources{File: e.config, Flags: flags})
}

func (e *environment) sensorJoin() *cobra.Command {
	var file string
	c := &cobra.Command{Use: "join [TOKEN]", Short: "On a sensor: come in by a token from the hub", Args: cobra.MaximumNArgs(1),
		Long: "The key of the sensor is made here and never leaves the machine. With --token-from the token does not stand in the list of processes.",
		RunE: func(c *cobra.Command, args []string) error {
			text := strings.Join(args, "")
			if file != "" {
				raw, err := readToken(e, file)
				if err != nil {
					return err
				}
				text = raw
			}
			token, err := sensor.ParseToken(text)
			if err != nil {
				return err
			}
			cfg, err := e.stationConfig(nil)
			if err != nil {
				return err
			}
			id, err := outpost.Join(c.Context(), token, cfg.Keys, e.clock)
			if err != nil {
				return err
			}
			e.say("This machine is now the sensor %s of site %q; start it with: bedrail sensor run", id.Name, id.Site)
			return nil
		}}
	c.Flags().StringVar(&file, "token-from", "", "`FILE` that holds the token; - is standard input")
	return c
}

func readToken(e *environment, file string) (string, error) {
	if file == "-" {
		raw, err := io.ReadAll(io.LimitReader(e.stdin, 64<<10))
		return string(raw), err
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", usage("--token-from: %v", err)
	}
	return string(raw), nil
}

func (e *environment) sensorRun() *cobra.Command {
	var interfaces []string
	var data string
	var readers int
	c := &cobra.Command{Use: "run", Short: "On a sensor: watch, keep what is seen, and hand it over", Args: cobra.NoArgs,
		Long: "Runs until it is interrupted. Started as root it opens the interfaces and becomes the account of sensor.user; every right but that to raw sockets is given up."}
	c.Flags().StringSliceVar(&interfaces, "interface", nil, "`NAME` to watch; may be given again (capture.interfaces)")
	c.Flags().IntVar(&readers, "readers", 0, "readers of each interface (sensor.readers)")
	c.Flags().StringVar(&data, "data", "", "`FOLDER` of the outbox (server.data)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		flags := map[string]string{}
		if len(interfaces) > 0 {
			flags["capture.interfaces"] = strings.Join(interfaces, ",")
		}
		if data != "" {
			flags["server.data"] = data
		}
		if readers > 0 {
			flags["sensor.readers"] = strconv.Itoa(readers)
		}
		cfg, err := e.stationConfig(flags)
		if err != nil {
			return err
		}
		st, err := server.OpenStation(c.Context(), cfg, server.StationOptions{Log: e.logger(cfg.LogLevel, cfg.LogFormat), Clock: e.clock})
		if err != nil {
			return err
		}
		return st.Run(c.Context())
	}
	return c
}
