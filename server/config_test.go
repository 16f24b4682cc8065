package server_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/server"
)

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bedrail.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhichSettingWins(t *testing.T) {
	s := server.Sources{
		System: writeFile(t, "server: {listen: 127.0.0.1:1, data: /system, site: north}\nsession: {idle: 1m}\n"),
		File:   writeFile(t, "server: {listen: 127.0.0.1:2, data: /file}\nsession: {idle: 2m}\n"),
		Environ: func() []string {
			return []string{"BEDRAIL_SERVER__LISTEN=127.0.0.1:3", "BEDRAIL_ACCESS__FIRSTADMINISTRATOR=root", "BEDRAIL_TEST_POSTGRES=x", "HOME=/"}
		},
		Flags: map[string]string{"server.listen": "127.0.0.1:4"},
	}
	c, err := server.Load(s)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]any{
		"a flag wins over all":                  {c.Listen, "127.0.0.1:4"},
		"the environment wins over files":       {c.FirstAdmin, "root"},
		"the given file wins over the system's": {c.Data, "/file"},
		"the system's file wins over defaults":  {c.Site, "north"},
		"times are read":                        {c.SessionIdle, 2 * time.Minute},
		"what nobody says is as usual":          {c.LogFormat, "json"},
		"keys lie beside the configuration":     {c.Keys, filepath.Dir(s.File)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %v, want %v", name, pair[0], pair[1])
		}
	}
	origins, err := server.Explain(s, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range origins {
		if o.Key == "server.listen" && o.From != "command line" || o.Key == "server.data" && o.From != s.File || o.Key == "log.level" && o.From != "default" || o.About == "" {
			t.Errorf("%+v", o)
		}
	}
}

func TestSettingsThatCannotBeAreRefusedWithAMend(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a mistyped key names the right one":     {"server: {lisetn: x}", `did you mean "server.listen"`},
		"a mistyped section does too":            {"sever: {listen: x}", `did you mean "server.listen"`},
		"a key of no kind is refused":            {"zzzzzzzzzzzzzzzzzzzzzzzzz: 1", "config print"},
		"a section that is a word is refused":    {"server: hello", "server"},
		"a time that is none":                    {"session: {idle: soon}", "session.idle"},
		"a time that is no time at all":          {"session: {idle: 0s}", "session.idle"},
		"a number that is none":                  {"disk: {low: few}", "disk.low"},
		"a word that is not known":               {"log: {level: loud}", "debug, info"},
		"a certificate without its key":          {"server: {tls: {cert: a.pem}}", "go together"},
		"files that are not named":               {"server: {tls: files}", "server.tls.cert"},
		"no data folder":                         {`server: {data: ""}`, "server.data"},
		"a secret file that is not there":        {"store: {postgresFile: /no/such/file}", "store.postgresFile"},
		"a file that is no YAML names the place": {"server: {listen: [", "bedrail.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := server.Load(server.Sources{System: "-", File: writeFile(t, c.text), Environ: func() []string { return nil }})
			if bedrail.KindOf(err) != bedrail.Invalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an Invalid error with %q", err, c.want)
			}
		})
	}
	if _, err := server.Load(server.Sources{System: "-", File: "/no/such/file"}); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("a file that a person gave and that is not there: %v", err)
	}
}

func TestSecretsAreHiddenAndReadFromFiles(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "address")
	os.WriteFile(secret, []byte("postgres://u:hush@h/d\n"), 0o600)
	s := server.Sources{System: "-", Environ: func() []string { return []string{"BEDRAIL_STORE__POSTGRES=postgres://u:loud@h/d"} }}
	for _, redact := range []bool{true, false} {
		origins, err := server.Explain(s, redact)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range origins {
			if strings.Contains(o.Value, "loud") == redact && o.Key == "store.postgres" {
				t.Errorf("redact %t: %s", redact, o.Value)
			}
		}
	}
	s.Environ = func() []string { return []string{"BEDRAIL_STORE__POSTGRESFILE=" + secret} }
	if c, err := server.Load(s); err != nil || c.Postgres != "postgres://u:hush@h/d" {
		t.Errorf("%q, %v", c.Postgres, err)
	}
}

func TestDoctorSaysHowToMend(t *testing.T) {
	folder := t.TempDir()
	c, err := server.Load(server.Sources{System: "-", Environ: func() []string { return nil }, Flags: map[string]string{
		"server.listen": "0.0.0.0:0", "server.data": filepath.Join(folder, "data"), "keys.folder": folder, "disk.low": "100"}})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]server.Diagnosis{}
	for _, d := range server.Diagnose(t.Context(), c, nil) {
		found[d.Name] = d
		if d.State == "bad" && d.Mend == "" {
			t.Errorf("%s is bad and has no mend: %s", d.Name, d.Detail)
		}
	}
	for name, state := range map[string]string{"port": "ok", "tls": "bad", "data": "note", "disk": "bad", "keys": "note", "store": "note", "clock": "ok"} {
		if found[name].State != state {
			t.Errorf("%s: got %+v, want %s", name, found[name], state)
		}
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 0 {
		t.Error("doctor left something behind")
	}
}
