package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"bedrail"
	"bedrail/exchange"
)

// systemFile is read when it is there, before any other.
const systemFile = "/etc/bedrail/bedrail.yaml"

// envPrefix begins the variables that hold settings: BEDRAIL_SERVER__LISTEN is
// server.listen.
const envPrefix = "BEDRAIL_"

// Sources say where settings come from. What is named later wins: the file of
// the system, File, the environment, Flags.
type Sources struct {
	File    string            // given by a person; must be there
	Flags   map[string]string // by key
	Environ func() []string   // nil is os.Environ
	System  string            // replaces /etc/bedrail/bedrail.yaml in tests
}

// An Origin is a setting with the place that it comes from.
type Origin struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	From  string `json:"from"`
	About string `json:"about"`
}

// Load reads the configuration. A key that is not known is an error that names
// the nearest one that is.
func Load(s Sources) (Config, error) {
	c, _, err := load(s)
	return c, err
}

// Explain reads the configuration and says where each value comes from. With
// redact it hides secrets.
func Explain(s Sources, redact bool) ([]Origin, error) {
	_, origins, err := load(s)
	if err != nil {
		return nil, err
	}
	for i, setting := range Settings() {
		if redact && setting.Secret && origins[i].Value != "" {
			origins[i].Value = "(hidden)"
		}
	}
	return origins, nil
}

// A layer is one source of settings.
type layer struct {
	name   string
	values *koanf.Koanf
}

func load(s Sources) (Config, []Origin, error) {
	layers, folder, err := s.layers()
	if err != nil {
		return Config{}, nil, err
	}
	var c Config
	var origins []Origin
	for _, setting := range Settings() {
		o := Origin{Key: setting.Key, Value: setting.Usual, From: "default", About: setting.About}
		for _, l := range layers {
			if v, ok := valueOf(l.values, setting.Key); ok {
				o.Value, o.From = v, l.name
			}
		}
		if err := setting.set(&c, o.Value); err != nil {
			return c, nil, bedrail.Errorf(bedrail.Invalid, "%s: %s is %q: %w", o.From, o.Key, o.Value, err)
		}
		origins = append(origins, o)
	}
	if err := c.readChannels(layers); err != nil {
		return c, nil, err
	}
	return c, origins, c.settle(folder)
}

// channelsKey holds channels, which are too much for one line of text.
const channelsKey = "exchange.channels"

// readChannels reads the channels of the strongest layer that has any.
func (c *Config) readChannels(layers []layer) error {
	for _, l := range slices.Backward(layers) {
		list := l.values.Get(channelsKey)
		if list == nil {
			continue
		}
		text, err := json.Marshal(list)
		if err != nil {
			return bedrail.Errorf(bedrail.Invalid, "%s: %s cannot be read: %w", l.name, channelsKey, err)
		}
		if c.Channels, err = exchange.ParseDefinitions(text); err != nil {
			return bedrail.Errorf(bedrail.Invalid, "%s: %w", l.name, err)
		}
		return nil
	}
	return nil
}

// layers reads the sources from the weakest to the strongest, and returns the
// folder of the file that a person gave, or of the system's.
func (s Sources) layers() (layers []layer, folder string, err error) {
	system := s.System
	if system == "" {
		system = systemFile
	}
	for _, path := range []string{system, s.File} {
		if path == "" {
			continue
		}
		k := koanf.New(".")
		err := k.Load(file.Provider(path), yaml.Parser())
		if errors.Is(err, fs.ErrNotExist) && path != s.File {
			continue
		}
		if err != nil {
			return nil, "", bedrail.Errorf(bedrail.Invalid, "reading the configuration %s: %w", path, err)
		}
		layers, folder = append(layers, layer{path, k}), filepath.Dir(path)
	}
	fromEnv, err := s.environment()
	if err != nil {
		return nil, "", err
	}
	flags := koanf.New(".")
	for key, v := range s.Flags {
		if err := flags.Set(key, v); err != nil {
			return nil, "", err
		}
	}
	layers = append(layers, layer{"environment", fromEnv}, layer{"command line", flags})
	for _, l := range layers {
		if err := checkKeys(l); err != nil {
			return nil, "", err
		}
	}
	return layers, folder, nil
}

func (s Sources) environment() (*koanf.Koanf, error) {
	environ := s.Environ
	if environ == nil {
		environ = os.Environ
	}
	k := koanf.New(".")
	err := k.Load(env.Provider(".", env.Opt{Prefix: envPrefix, EnvironFunc: environ, TransformFunc: func(name, value string) (string, any) {
		path := strings.TrimPrefix(name, envPrefix)
		if !strings.Contains(path, "__") {
			return "", nil // not a setting: BEDRAIL_TEST_POSTGRES
		}
		return knownCase(strings.ReplaceAll(path, "__", ".")), value
	}}), nil)
	return k, err
}

// knownCase writes a key from the environment, where there is one case, as
// settings do.
func knownCase(key string) string {
	for _, s := range Settings() {
		if strings.EqualFold(s.Key, key) {
			return s.Key
		}
	}
	return strings.ToLower(key)
}

// valueOf returns the value of key in k as text. A key that holds others has
// none of its own.
func valueOf(k *koanf.Koanf, key string) (string, bool) {
	switch v := k.Get(key).(type) {
	case nil:
		return "", k.Exists(key)
	case map[string]any:
		return "", false
	case []any:
		parts := make([]string, len(v))
		for i, p := range v {
			if m, ok := p.(map[string]any); ok {
				p = m["name"] // of a list of things with names, such as channels
			}
			parts[i] = fmt.Sprint(p)
		}
		return strings.Join(parts, ","), true
	default:
		return fmt.Sprint(v), true
	}
}

// checkKeys refuses keys that mean nothing: a mistyped setting must not look
// like one that is in force.
func checkKeys(l layer) error {
	var known []string
	for _, s := range Settings() {
		known = append(known, s.Key)
	}
	for _, key := range l.values.Keys() {
		if slices.Contains(known, key) {
			continue
		}
		if near := nearest(key, known); near != "" {
			return bedrail.Errorf(bedrail.Invalid, "%s: there is no setting %q; did you mean %q?", l.name, key, near)
		}
		return bedrail.Errorf(bedrail.Invalid, "%s: there is no setting %q; \"bedrail config print --effective\" lists them all", l.name, key)
	}
	return nil
}

// nearest returns the known key that differs least from key, if it is near.
func nearest(key string, known []string) string {
	best, least := "", len(key)/2+1
	for _, k := range known {
		if d := distance(strings.ToLower(key), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to change, add or drop between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := left
			if a[i] != b[j] {
				cost = 1 + min(left, row[j], row[j+1])
			}
			left, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
