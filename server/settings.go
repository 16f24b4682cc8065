package server

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrail"
	"bedrail/exchange"
	"bedrail/feed"
	"bedrail/store"
)

// A Config says how one Bedrail runs. Settings says what each field means.
type Config struct {
	Listen   string
	Data     string
	Site     string
	TLS      string // "", "own-ca" or "files"
	TLSCert  string
	TLSKey   string
	TLSNames []string

	Postgres string
	Bodies   string // folder of the files of large messages

	Node     string        // name among the nodes that share a PostgreSQL
	Lease    time.Duration // 0: there is one node only
	NodeHook []string      // moves the address

	Keys           string // folder of key file, keyring, own authority
	PassphraseFile string

	SessionIdle    time.Duration
	SessionLongest time.Duration
	FirstAdmin     string

	Interfaces []string // live capture
	Shadow     string   // on or off: the exchange's checks on what is overheard
	TapListen  string
	TapToken   string
	TapSites   map[string]string // site of each tap that has one of its own

	SensorsListen  string // of the hub: where remote sensors hand over
	SensorsEnrol   string // and come in
	SensorsAddress string // as they call it
	SensorUser     string // of a sensor: who it becomes
	SensorReaders  int    // of each interface
	SensorOutbox   int    // MiB
	SensorFree     int    // percent

	FlowListen  string // NetFlow, IPFIX, sFlow
	FlowFrom    []netip.Prefix
	ZeekFolders []string
	LeaseFiles  []string

	FeedSources    []feed.Source
	BundleKeys     []string
	FeedsEvery     time.Duration // 0 fetches only when asked
	FeedStaleAfter time.Duration

	RequestBurst  int
	RequestsEvery time.Duration
	AuditWitness  []string // folders, "stdout", "stderr"
	Rules         string   // folder of rules over the built-in ones
	Calibration   string   // file; empty is the built-in one
	Retention     store.Retention
	ReleasesKept  time.Duration // files of releases
	DiskLow       int           // percent of the disk that must stay free

	BackupFolder string
	BackupEvery  time.Duration // 0 makes none by itself
	BackupKeep   int

	PublicURL     string         // where people open Bedrail
	NotifyPrivate []netip.Prefix // that webhooks of notices may go to

	Channels []exchange.Definition // of the exchange, from a file
	Folder   string                // of the configuration file; relative paths of channels begin there

	TracesTo    string  // of OpenTelemetry; empty is nowhere
	TracesRatio float64 // of all traces

	LogLevel  string
	LogFormat string

	Tenant string
	Demo   bool // everything shown is made up; set by bedrail demo, not by a setting
}

// A Setting is one thing that can be configured.
type Setting struct {
	Key    string
	Usual  string // in the form of the file
	About  string
	Secret bool

	set func(c *Config, text string) error
}

// Settings lists everything that can be configured, in the order of the
// manual. Lists are written with commas.
func Settings() []Setting {
	return []Setting{
		{"server.listen", "127.0.0.1:8080", "address and port of the screens and the API; beyond loopback only with TLS", false, text(func(c *Config) *string { return &c.Listen })},
		{"server.data", "./data", "folder of everything that Bedrail keeps; on a local disk", false, text(func(c *Config) *string { return &c.Data })},
		{"server.site", "", "name of the site that observations from this machine belong to", false, text(func(c *Config) *string { return &c.Site })},
		{"server.tls", "", "own-ca: certificates of an authority made at the first start", false, oneOf(func(c *Config) *string { return &c.TLS }, "", "own-ca", "files")},
		{"server.tls.cert", "", "or a certificate of yours: file in PEM, read again when it changes", false, text(func(c *Config) *string { return &c.TLSCert })},
		{"server.tls.key", "", "and its key", false, text(func(c *Config) *string { return &c.TLSKey })},
		{"server.tls.names", "", "further names and addresses in certificates of the own authority", false, list(func(c *Config) *[]string { return &c.TLSNames })},
		{"server.publicUrl", "", "address at which people open Bedrail, such as https://bedrail.example.org, for links in mail, webhooks and syslog", false, publicURL},
		{"store.postgres", "", "address of a PostgreSQL; empty keeps everything in SQLite in the data folder", true, text(func(c *Config) *string { return &c.Postgres })},
		{"store.postgresFile", "", "file that holds that address, so that no password stands here", false, secretFile(func(c *Config) *string { return &c.Postgres })},
		{"store.bodies", "", "folder of the sealed files of large messages; empty is bodies in the data folder. Nodes that share a PostgreSQL share it too", false, text(func(c *Config) *string { return &c.Bodies })},
		{"node.name", "", "name of this node among those that share a PostgreSQL; empty is the host's", false, text(func(c *Config) *string { return &c.Node })},
		{"node.lease", "", "for how long a node may be silent before another takes its place, such as 10s; empty means that there is one node only", false, leaseTime},
		{"node.hook", "", "program that moves the address to this node (argument active) or from it (passive), with its arguments, by commas", false, list(func(c *Config) *[]string { return &c.NodeHook })},
		{"keys.folder", "", "folder of keys and of the own authority, never on the volume of the data; empty is the folder of the configuration", false, text(func(c *Config) *string { return &c.Keys })},
		{"keys.passphraseFile", "", "file with the passphrase that opens the keys; empty takes a systemd credential or the key file", false, text(func(c *Config) *string { return &c.PassphraseFile })},
		{"audit.witness", "", "who keeps the newest signed state of the audit record, so that a cut tail or an older copy is noticed: a folder on another volume, stdout or stderr for a line each hour that a printer or another machine's log keeps; several with commas", false, list(func(c *Config) *[]string { return &c.AuditWitness })},
		{"session.idle", "15m", "a session that is not used for so long ends", false, duration(func(c *Config) *time.Duration { return &c.SessionIdle })},
		{"session.longest", "12h", "a session ends after so long, however busy", false, duration(func(c *Config) *time.Duration { return &c.SessionLongest })},
		{"access.firstAdministrator", "admin", "login name of the administrator that the first start makes", false, text(func(c *Config) *string { return &c.FirstAdmin })},
		{"capture.interfaces", "", "interfaces to listen on, with commas; none is the default, because listening needs the hospital's consent", false, list(func(c *Config) *[]string { return &c.Interfaces })},
		{"capture.shadow", "on", "on or off: check the messages of HL7 v2, DICOM, FHIR and MQTT that pass, in memory, to show what the exchange would make of them; no message is kept", false, oneOf(func(c *Config) *string { return &c.Shadow }, "on", "off")},
		{"capture.listen", "", "address and port at which remote taps may send what they capture; beyond loopback only with TLS", false, text(func(c *Config) *string { return &c.TapListen })},
		{"capture.token", "", "what a tap must show, at least 16 characters", true, text(func(c *Config) *string { return &c.TapToken })},
		{"capture.tokenFile", "", "file that holds it", false, secretFile(func(c *Config) *string { return &c.TapToken })},
		{"capture.sites", "", "in which site a tap stands, where it is not server.site: tap=site, with commas", false, pairs(func(c *Config) *map[string]string { return &c.TapSites })},
		{"sensors.listen", "", "of a hub: address and port at which remote sensors hand over what they saw; empty takes none. Both doors are always encrypted by an authority of their own", false, text(func(c *Config) *string { return &c.SensorsListen })},
		{"sensors.enrol", "", "of a hub: address and port at which new sensors come in with a token and have certificates renewed; goes with sensors.listen", false, text(func(c *Config) *string { return &c.SensorsEnrol })},
		{"sensors.address", "", "of a hub: name or address by which sensors reach it, for tokens; empty is that of sensors.listen", false, text(func(c *Config) *string { return &c.SensorsAddress })},
		{"sensor.user", "nobody", "of a sensor that is started as root: account that it becomes once its interfaces are open; the folders of data and keys become its own", false, text(func(c *Config) *string { return &c.SensorUser })},
		{"sensor.readers", "1", "of a sensor: readers of each interface, which share its conversations out; one takes some hundred thousand packets a second", false, whole(func(c *Config) *int { return &c.SensorReaders })},
		{"sensor.outbox", "8192", "of a sensor: MiB that it keeps while the hub is away; then it refuses what is new, and counts it", false, whole(func(c *Config) *int { return &c.SensorOutbox })},
		{"sensor.minFree", "10", "of a sensor: percent of its disk that stay free; below, it refuses what is new, and counts it", false, whole(func(c *Config) *int { return &c.SensorFree })},
		{"flows.listen", "", "address and UDP port at which routers and switches may report flows: NetFlow 5 and 9, IPFIX and sFlow on one port", false, text(func(c *Config) *string { return &c.FlowListen })},
		{"flows.from", "", "networks of the exporters that are listened to, with commas; needed beyond loopback, because the protocols know no authentication", false, prefixes(func(c *Config) *[]netip.Prefix { return &c.FlowFrom })},
		{"zeek.folders", "", "folders in which a Zeek sensor writes its current logs, with commas; they are followed as they grow", false, list(func(c *Config) *[]string { return &c.ZeekFolders })},
		{"leases.files", "", "files of leases of DHCP servers, with commas; they are read again when they change", false, list(func(c *Config) *[]string { return &c.LeaseFiles })},
		{"feeds.sources", "", "addresses that feeds may be fetched from, as name=https://..., with commas; mirrors follow an address after |; a CSAF provider is named by its provider-metadata.json; none is the default, and nothing then leaves the hospital", false, feedSources},
		{"feeds.bundleKeys", "", "keys whose signed feed bundles are believed, with commas; a bundle of any other is refused", false, bundleKeys},
		{"feeds.every", "off", "how often all of them are fetched, for example 24h; off fetches only when a person asks", false, offOrDuration(func(c *Config) *time.Duration { return &c.FeedsEvery })},
		{"feeds.staleAfter", "168h", "a feed that was brought in longer ago lowers what is stated as covered", false, duration(func(c *Config) *time.Duration { return &c.FeedStaleAfter })},
		{"limits.burst", "600", "requests that one address may send at once; 0 does not limit", false, whole(func(c *Config) *int { return &c.RequestBurst })},
		{"limits.every", "20ms", "and one more after each such time", false, duration(func(c *Config) *time.Duration { return &c.RequestsEvery })},
		{"disk.low", "5", "percent of the data folder's disk that must stay free; below, nothing new is taken in", false, whole(func(c *Config) *int { return &c.DiskLow })},
		{"rules.folder", "", "folder of rules of the house, *.yaml, over the built-in ones; see docs/rules.md", false, text(func(c *Config) *string { return &c.Rules })},
		{"rules.calibration", "", "file of how often the words about a device were right by a truth of the house, in place of the built-in one; \"bedrail discover eval --calibrate\" writes it", false, text(func(c *Config) *string { return &c.Calibration })},
		{"retention.conversations", "720h", "hourly rows of who spoke with whom are kept so long; then they become days", false, duration(func(c *Config) *time.Duration { return &c.Retention.Conversations })},
		{"retention.conversationDays", "9504h", "daily rows of who spoke with whom are kept so long, thirteen months; when a pair was first and last heard stays", false, duration(func(c *Config) *time.Duration { return &c.Retention.ConversationDays })},
		{"retention.coverage", "9504h", "what each sensor saw and missed is kept so long by the minute; then it becomes days, which stay", false, duration(func(c *Config) *time.Duration { return &c.Retention.Coverage })},
		{"retention.devicePast", "61368h", "what a device was known to be, and where it stood, is kept so long after it was known otherwise, seven years; of a day before that Bedrail says that it does not know", false, duration(func(c *Config) *time.Duration { return &c.Retention.DevicePast })},
		{"retention.associations", "2160h", "to whom a device belongs that is worn or stands at home is kept so long after a feed of its vendor told it last; then its key is destroyed", false, duration(func(c *Config) *time.Duration { return &c.Retention.Associations })},
		{"retention.jobs", "2160h", "finished jobs are kept so long", false, duration(func(c *Config) *time.Duration { return &c.Retention.Jobs })},
		{"retention.releases", "2160h", "files of releases to analytics are kept so long, ninety days; their records stay, and backups hold the records only", false, duration(func(c *Config) *time.Duration { return &c.ReleasesKept })},
		{"backup.folder", "", "folder of backups that the server makes, best on another disk; empty is backups beside the data folder", false, text(func(c *Config) *string { return &c.BackupFolder })},
		{"backup.every", "off", "how often the server makes a backup by itself, for example 24h; each is restored into a scratch place before it counts", false, offOrDuration(func(c *Config) *time.Duration { return &c.BackupEvery })},
		{"backup.keep", "14", "so many of the newest backups stay in that folder when the server makes them by itself", false, whole(func(c *Config) *int { return &c.BackupKeep })},
		{"notify.private", "", "networks inside the house that webhooks of notices may be posted to, with commas, for example 10.20.0.0/16; without any they go to public addresses only", false, prefixes(func(c *Config) *[]netip.Prefix { return &c.NotifyPrivate })},
		{channelsKey, "", "channels of the exchange: a list, each with name, source, and destinations; see the manual. Channels that are made on the screen are kept in the store", false, func(*Config, string) error { return nil }},
		{"traces.endpoint", "", "where traces go, OpenTelemetry over HTTP, such as http://127.0.0.1:4318/v1/traces; empty is nowhere. Spans name routes, kinds of jobs and channels, never devices, persons or patients", false, tracesTo},
		{"traces.ratio", "1", "which part of all traces goes there, from 0 to 1", false, ratio(func(c *Config) *float64 { return &c.TracesRatio })},
		{"log.level", "info", "debug, info, warn or error", false, oneOf(func(c *Config) *string { return &c.LogLevel }, "debug", "info", "warn", "error")},
		{"log.format", "json", "json or text, on standard error", false, oneOf(func(c *Config) *string { return &c.LogFormat }, "json", "text")},
	}
}

func publicURL(c *Config, v string) error {
	if v != "" {
		if u, err := url.Parse(v); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.User != nil {
			return fmt.Errorf("it is an address such as https://bedrail.example.org")
		}
	}
	c.PublicURL = strings.TrimSuffix(v, "/")
	return nil
}

func tracesTo(c *Config, v string) error {
	if v != "" {
		if u, err := url.Parse(v); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
			return fmt.Errorf("it is an address such as http://127.0.0.1:4318/v1/traces")
		}
	}
	c.TracesTo = v
	return nil
}

func ratio(field func(*Config) *float64) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n < 0 || n > 1 {
			return fmt.Errorf("it is a number from 0 to 1")
		}
		*field(c) = n
		return nil
	}
}

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error { *field(c) = v; return nil }
}

// pairs reads name=value, with commas.
func pairs(field func(*Config) *map[string]string) func(*Config, string) error {
	return func(c *Config, v string) error {
		out := map[string]string{}
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			name, value, ok := strings.Cut(part, "=")
			name, value = strings.TrimSpace(name), strings.TrimSpace(value)
			if !ok || name == "" || value == "" {
				return bedrail.Errorf(bedrail.Invalid, "%q is not of the form name=value", part)
			}
			out[name] = value
		}
		*field(c) = out
		return nil
	}
}

func oneOf(field func(*Config) *string, words ...string) func(*Config, string) error {
	return func(c *Config, v string) error {
		if !slices.Contains(words, v) {
			return fmt.Errorf("it is one of %s", strings.TrimPrefix(strings.Join(words, ", "), ", "))
		}
		*field(c) = v
		return nil
	}
}

func list(field func(*Config) *[]string) func(*Config, string) error {
	return func(c *Config, v string) error {
		*field(c) = nil
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				*field(c) = append(*field(c), part)
			}
		}
		return nil
	}
}

func prefixes(field func(*Config) *[]netip.Prefix) func(*Config, string) error {
	return func(c *Config, v string) error {
		*field(c) = nil
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			p, err := netip.ParsePrefix(part)
			if ip, alone := netip.ParseAddr(part); err != nil && alone == nil {
				p, err = ip.Prefix(ip.BitLen())
			}
			if err != nil {
				return fmt.Errorf("%q is neither an address nor a network such as 10.1.0.0/16", part)
			}
			*field(c) = append(*field(c), p)
		}
		return nil
	}
}

func duration(field func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			return fmt.Errorf("it is a time such as 15m or 12h")
		}
		*field(c) = d
		return nil
	}
}

func offOrDuration(field func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, v string) error {
		if v == "off" || v == "false" || v == "" { // YAML reads a bare off as false
			*field(c) = 0
			return nil
		}
		return duration(field)(c, v)
	}
}

// feedSources reads name=address pairs.
func feedSources(c *Config, v string) error {
	c.FeedSources = nil
	for part := range strings.SplitSeq(v, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, addresses, _ := strings.Cut(part, "=")
		source := feed.Source{Name: strings.TrimSpace(name)}
		for address := range strings.SplitSeq(addresses, "|") {
			u, err := url.Parse(strings.TrimSpace(address))
			if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || source.Name == "" {
				return fmt.Errorf("%q is not a name and an address, for example kev=https://feeds.example.org/kev.json", part)
			}
			if source.URL == "" {
				source.URL = u.String()
			} else {
				source.Mirrors = append(source.Mirrors, u.String())
			}
		}
		c.FeedSources = append(c.FeedSources, source)
	}
	return nil
}

// bundleKeys reads keys that may sign bundles.
func bundleKeys(c *Config, v string) error {
	c.BundleKeys = nil
	for part := range strings.SplitSeq(v, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if err := feed.CheckBundleKey(part); err != nil {
			return fmt.Errorf("%q is no key that can verify; \"bedrail feed bundle create\" prints it", part)
		}
		c.BundleKeys = append(c.BundleKeys, part)
	}
	return nil
}

// leaseTime reads how long a node may be silent.
func leaseTime(c *Config, v string) error {
	if c.Lease = 0; v == "" {
		return nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 2*time.Second {
		return fmt.Errorf("it is a time of 2s or more: a node that is busy for a moment would lose its place otherwise; 10s is usual")
	}
	c.Lease = d
	return nil
}

func whole(field func(*Config) *int) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return fmt.Errorf("it is a whole number, not negative")
		}
		*field(c) = n
		return nil
	}
}

// secretFile fills a field from the file that the setting names.
func secretFile(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, path string) error {
		if path == "" {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		*field(c) = strings.TrimSpace(string(raw))
		return nil
	}
}

// settle fills in what follows from other settings and refuses what does not
// go together. folder is that of the configuration file, or empty.
func (c *Config) settle(folder string) error {
	switch {
	case c.TLSCert != "" && c.TLSKey == "", c.TLSCert == "" && c.TLSKey != "":
		return bedrail.Errorf(bedrail.Invalid, "server.tls.cert and server.tls.key go together; one of them is missing")
	case c.TLSCert != "" && c.TLS == "own-ca":
		return bedrail.Errorf(bedrail.Invalid, "server.tls is own-ca and server.tls.cert is set as well; take one of them")
	case c.TLSCert != "":
		c.TLS = "files"
	case c.TLS == "files":
		return bedrail.Errorf(bedrail.Invalid, "server.tls.cert and server.tls.key name the files; they are not set")
	}
	if at, err := netip.ParseAddrPort(c.FlowListen); c.FlowListen != "" && len(c.FlowFrom) == 0 && (err != nil || !at.Addr().IsLoopback()) {
		return bedrail.Errorf(bedrail.Invalid, "flows.listen is %q and flows.from is empty: anybody could report flows; name the networks of the exporters", c.FlowListen)
	}
	if err := c.settleSensors(); err != nil {
		return err
	}
	if c.Data == "" {
		return bedrail.Errorf(bedrail.Invalid, "server.data is empty; name the folder that shall hold the data")
	}
	if c.Bodies == "" {
		c.Bodies = filepath.Join(c.Data, "bodies")
	}
	if c.Folder = folder; c.Folder == "" {
		c.Folder = c.Data
	}
	if c.Keys == "" {
		c.Keys = folder
	}
	if c.Keys == "" {
		own, err := os.UserConfigDir()
		if err != nil {
			return bedrail.Errorf(bedrail.Invalid, "there is no folder for keys: set keys.folder")
		}
		c.Keys = filepath.Join(own, "bedrail")
	}
	c.Tenant = "main"
	return nil
}

// settleSensors refuses doors for sensors that nobody could come in by.
func (c *Config) settleSensors() error {
	if c.SensorsListen == "" && c.SensorsEnrol == "" {
		return nil
	}
	for key, address := range map[string]string{"sensors.listen": c.SensorsListen, "sensors.enrol": c.SensorsEnrol} {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return bedrail.Errorf(bedrail.Invalid, "%s is %q; sensors.listen and sensors.enrol go together and are each an address and a port, such as 0.0.0.0:7422", key, address)
		}
		if ip := net.ParseIP(host); c.SensorsAddress == "" && (host == "" || ip != nil && ip.IsUnspecified()) {
			return bedrail.Errorf(bedrail.Invalid, "%s listens on every address, so sensors.address must say by which name or address sensors reach this machine", key)
		}
	}
	return nil
}
