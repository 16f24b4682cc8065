package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bedrail"
)

// page asks for a page as a browser without scripts does.
func (b *browser) page(path string) (int, string) {
	b.h.t.Helper()
	req, err := http.NewRequest("GET", b.h.url+path, nil)
	if err != nil {
		b.h.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	res, err := b.client.Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	b.answers = res.Header
	return res.StatusCode, string(text)
}

func TestTheEmergencyPagesNeedNeitherScriptsNorAWritableStore(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	b := h.person("ce", bedrail.Grant{Role: "clinical-engineer"})
	list := "Asset Tag,Manufacturer,Model,Serial Number,MAC Address,Department,Device Type\n" +
		"BME1,Hospira,Plum A+,SN1,00:03:B1:00:00:01,ICU,infusion-pump\nBME2,<b>Draeger</b>,Evita V500,SN2,00:03:B1:00:00:02,ED,ventilator\n"
	b.header.Set("Content-Type", "application/octet-stream")
	b.want(202, `"state":"done"`, "POST", "/imports?kind=cmms&name=x.csv", strings.NewReader(list))
	b.header.Del("Content-Type")
	h.DB.RefuseWrites("the disk is full")

	expect := func(path string, status int, holds ...string) string {
		t.Helper()
		code, text := b.page(path)
		for _, want := range holds {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q: %s", path, want, text)
			}
		}
		if code != status || strings.Contains(text, "<script") || strings.Contains(text, ` style="`) {
			t.Errorf("%s: status %d, or a script or style that the policy forbids", path, code)
		}
		if policy := b.answers.Get("Content-Security-Policy"); !strings.Contains(policy, "style-src 'self' 'nonce-") {
			t.Errorf("%s: policy %q", path, policy)
		}
		return text
	}
	text := expect("/emergency", 200, "Nothing can be changed now: the disk is full", "Plum A&#43;", "2 of 2", `href="/emergency?filter=unit%3AICU"`, `href="/print/unit?unit=ICU"`, "&lt;b&gt;Draeger&lt;/b&gt;")
	if strings.Contains(text, "<b>Draeger") {
		t.Error("what came from a file is markup")
	}
	expect("/emergency?filter=unit:ICU", 200, "1 of 1", "Plum A&#43;", "Devices with a known weakness: 0; undecidable: 2.", "Under a recall: 0; undecidable: 0.")
	expect("/emergency?filter="+url.QueryEscape(`nonsense:x`), 200, "no field &#34;nonsense&#34;")
	expect("/print/unit?unit=ICU", 200, "Devices of ICU", "BME1", "Devices: 1", "1 Infusion pump", "Under a recall: 0; undecidable: 0.", "page \" counter(page)")
	expect("/print/unit", 400, "Name the unit")
	id := regexp.MustCompile(`/print/device/(dev_\w+)`).FindStringSubmatch(text)
	if id == nil {
		t.Fatal("no device leads to its card")
	}
	expect("/print/device/"+id[1], 200, "What it is", "Serial number", "/devices/"+id[1], "<path d=\"M4 4h7")
	expect("/print/device/dev_none", 404, "no device")

	expect("/emergency?lang=de", 200, `<html lang="de">`, "Zurzeit kann nichts geändert werden: the disk is full", "Infusionspumpe", `href="/print/unit?lang=de&amp;unit=ICU"`, `action="/emergency"`)
	expect("/print/unit?unit=ICU&lang=fr", 200, "Appareils de ICU", "Adresse", `hreflang="es"`)
	b.header.Set("Accept-Language", "es-MX,es;q=0.9")
	expect("/print/device/"+id[1], 200, `<html lang="es">`, "Número de serie", "Dirección IP actual")
	b.header.Del("Accept-Language")

	b = h.browser()
	expect("/emergency", 401, "Sign in first")
	expect("/emergency?lang=de", 401, "Zuerst anmelden")
}

func TestACardShowsOnlyWhatOneMaySee(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	b := h.person("ce", bedrail.Grant{Role: "clinical-engineer"})
	b.header.Set("Content-Type", "application/octet-stream")
	b.want(202, `"state":"done"`, "POST", "/imports?kind=cmms&name=x.csv&site=north", strings.NewReader("Asset Tag,Manufacturer,Model,Serial Number,Department\nBME1,Hospira,Plum A+,SN1,ICU\n"))
	b.header.Del("Content-Type")
	_, text := b.page("/emergency")
	id := regexp.MustCompile(`/print/device/(dev_\w+)`).FindStringSubmatch(text)
	if id == nil {
		t.Fatal(text)
	}
	other := h.person("vi", bedrail.Grant{Role: "viewer", Site: "south"})
	if code, _ := other.page("/print/device/" + id[1]); code != 404 {
		t.Errorf("somebody of another site gets %d", code)
	}
	if _, text := other.page("/emergency"); strings.Contains(text, "Plum A&#43;") {
		t.Error("somebody of another site sees the device")
	}
	// A site asked for only narrows.
	b.header.Set("Bedrail-Site", "south")
	if _, text := b.page("/emergency"); strings.Contains(text, "Plum A&#43;") {
		t.Error("the site that was chosen does not narrow the list")
	}
	other.header.Set("Bedrail-Site", "north")
	other.want(403, "may not see the site", "GET", "/devices", nil)
}

// fill sends the form of a page as a browser without scripts does. It follows
// nowhere.
func (b *browser) fill(path string, form url.Values) (int, string) {
	b.h.t.Helper()
	return b.post(path, "application/x-www-form-urlencoded", form.Encode())
}

func (b *browser) post(path, kind, body string) (int, string) {
	b.h.t.Helper()
	req, err := http.NewRequest("POST", b.h.url+path, strings.NewReader(body))
	if err != nil {
		b.h.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	req.Header.Set("Content-Type", kind)
	client := *b.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	b.answers = res.Header
	return res.StatusCode, string(text)
}

func TestOneSignsInToAPageWithoutScripts(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	enrolled := h.person("ce", bedrail.Grant{Role: "clinical-engineer"})
	right := url.Values{"username": {"ce"}, "password": {password}}

	b := h.browser()
	code, text := b.page("/emergency?filter=unit%3AICU&lang=de")
	if code != 401 || !strings.Contains(text, `<form method="post" action="/emergency?filter=unit%3AICU&amp;lang=de">`) || !strings.Contains(text, "Benutzername") || strings.Contains(text, "<script") {
		t.Errorf("who is not signed in gets %d %s", code, text)
	}
	if policy := b.answers.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self'") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}

	// A wrong name and a wrong password are told the same, and what was typed
	// is text.
	_, wrongPassword := b.fill("/emergency", url.Values{"username": {"ce"}, "password": {"not this"}})
	code, wrongName := b.fill("/emergency", url.Values{"username": {"<b>nobody"}, "password": {"not this"}})
	for _, text := range []string{wrongPassword, wrongName} {
		if code != 401 || !strings.Contains(text, "Name or password is wrong.") || strings.Contains(text, "not this") || strings.Contains(text, "<b>") {
			t.Errorf("a wrong attempt gets %d %s", code, text)
		}
	}
	if b.answers.Get("Set-Cookie") != "" {
		t.Error("a wrong attempt gets a cookie")
	}

	for name, c := range map[string]struct {
		site, origin, kind, path, body string
		status                         int
	}{
		"a form of another site":             {"cross-site", "", "", "/emergency", right.Encode(), 403},
		"a form of a neighbour":              {"same-site", "", "", "/emergency", right.Encode(), 403},
		"a form of another origin":           {"", "https://elsewhere.example", "", "/emergency", right.Encode(), 403},
		"a form of nobody knows where":       {"", "", "", "/emergency", right.Encode(), 403},
		"a text that another form can send":  {"same-origin", "", "text/plain", "/emergency", right.Encode(), 415},
		"a password in the address":          {"same-origin", "", "", "/emergency?" + right.Encode(), "", 401},
		"more than a form":                   {"same-origin", "", "", "/emergency", "username=" + strings.Repeat("a", 9000), 400},
		"a page that is no page":             {"same-origin", "", "", "/print/other", right.Encode(), 405},
		"a page of the screens":              {"same-origin", "", "", "/devices", right.Encode(), 405},
		"an address that looks like another": {"same-origin", "", "", "//elsewhere.example/emergency", right.Encode(), 405},
	} {
		other := h.browser()
		other.header = http.Header{}
		if c.site != "" {
			other.header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			other.header.Set("Origin", c.origin)
		}
		kind := c.kind
		if kind == "" {
			kind = "application/x-www-form-urlencoded"
		}
		if code, text := other.post(c.path, kind, c.body); code != c.status || other.answers.Get("Set-Cookie") != "" {
			t.Errorf("%s: got %d %s", name, code, text)
		}
	}

	// Whatever the address says, it leads to a page of this server.
	for path, want := range map[string]string{
		"/emergency?filter=unit%3AICU":                       "/emergency?filter=unit%3AICU",
		"/print/unit?unit=ICU&next=//elsewhere.example":      "/print/unit?next=%2F%2Felsewhere.example&unit=ICU",
		"//elsewhere.example/../emergency":                   "/emergency",
		"/print/device/%5C%5Celsewhere.example":              "/print/device/%5C%5Celsewhere.example",
		"/print//unit?unit=ICU":                              "/print/unit?unit=ICU",
		"/emergency?return=https%3A%2F%2Felsewhere.example/": "/emergency?return=https%3A%2F%2Felsewhere.example%2F",
	} {
		other := h.browser()
		if code, text := other.fill(path, right); code != 303 || other.answers.Get("Location") != want {
			t.Errorf("%s leads with %d to %q: %s", path, code, other.answers.Get("Location"), text)
		}
	}
	if _, text := h.browser().page("//elsewhere.example/../emergency"); strings.Contains(text, "elsewhere") {
		t.Errorf("the page leads elsewhere: %s", text)
	}

	if code, text := b.fill("/emergency", right); code != 303 || b.answers.Get("Location") != "/emergency" {
		t.Fatalf("signing in gets %d %s", code, text)
	}
	api := h.browser()
	api.want(200, "", "POST", "/session", map[string]string{"username": "ce", "password": password})
	value := regexp.MustCompile(`=[^;]*|Expires=[^;]*`)
	if door, form := value.ReplaceAllString(api.answers.Get("Set-Cookie"), ""), value.ReplaceAllString(b.answers.Get("Set-Cookie"), ""); door != form || !strings.Contains(b.answers.Get("Set-Cookie"), "HttpOnly; SameSite=Strict") {
		t.Errorf("the cookie is %q, that of the API %q", b.answers.Get("Set-Cookie"), api.answers.Get("Set-Cookie"))
	}
	if code, text := b.page("/emergency"); code != 200 || !strings.Contains(text, "Emergency view") {
		t.Errorf("the page after it: %d %s", code, text)
	}
	b.want(200, `"name":"ce"`, "GET", "/session", nil)

	// With a second factor, its code is asked for once the password is right.
	var factor struct{ Secret string }
	json.Unmarshal([]byte(enrolled.want(200, "", "POST", "/session/second-factor", nil)), &factor)
	enrolled.want(204, "", "PUT", "/session/second-factor", map[string]string{"code": codeNow(t, factor.Secret)})
	b = h.browser()
	if code, text := b.fill("/emergency", right); code != 401 || !strings.Contains(text, "Enter the code") || !strings.Contains(text, `value="ce"`) || strings.Contains(text, password) {
		t.Errorf("without the code: %d %s", code, text)
	}
	with := url.Values{"username": {"ce"}, "password": {password}, "code": {"000 000"}}
	if code, text := b.fill("/emergency?lang=fr", with); code != 401 || !strings.Contains(text, "Le code") {
		t.Errorf("with a wrong code: %d %s", code, text)
	}
	// The code of now was spent on setting the factor up; that of the next half
	// minute is taken already.
	with.Set("code", codeAt(t, factor.Secret, time.Now().Add(30*time.Second)))
	if code, text := b.fill("/emergency?lang=fr", with); code != 303 || b.answers.Get("Location") != "/emergency?lang=fr" {
		t.Errorf("with the right code: %d %s", code, text)
	}
	if code, text := b.page("/emergency"); code != 200 || !strings.Contains(text, "Emergency view") {
		t.Errorf("the page after the code: %d %s", code, text)
	}
	if code, text := h.browser().fill("/emergency", with); code != 401 || strings.Contains(text, "Emergency view") {
		t.Errorf("with a code that was used: %d %s", code, text)
	}
}

func TestSigningInWithoutScriptsHasTheLimitsOfTheAPI(t *testing.T) {
	h := startHouse(t, t.TempDir(), nil)
	h.person("ce", bedrail.Grant{Role: "viewer"})
	h.person("new", bedrail.Grant{Role: "administrator"})
	b := h.browser()
	// An administrator without a second factor is in, but not through.
	if code, text := b.fill("/emergency", url.Values{"username": {"new"}, "password": {password}}); code != 303 {
		t.Fatalf("got %d %s", code, text)
	}
	if code, text := b.page("/emergency"); code != 403 || !strings.Contains(text, "set up a second factor") {
		t.Errorf("who has to set up a second factor gets %d %s", code, text)
	}

	h.DB.RefuseWrites("the disk is full")
	if code, text := h.browser().fill("/emergency", url.Values{"username": {"ce"}, "password": {password}}); code != 503 || !strings.Contains(text, "Nobody can sign in now") || !strings.Contains(text, "the disk is full") {
		t.Errorf("on a full disk: %d %s", code, text)
	}
	h.DB.AllowWrites()

	b = h.browser()
	for range 40 {
		code, text := b.fill("/emergency", url.Values{"username": {"ce"}, "password": {"not this"}})
		if code == 401 {
			continue
		}
		if code != 429 || b.answers.Get("Retry-After") == "" || !strings.Contains(text, "Too many attempts") {
			t.Errorf("who guesses gets %d %s", code, text)
		}
		b.want(429, "too many attempts", "POST", "/session", map[string]string{"username": "ce", "password": password})
		return
	}
	t.Error("who guesses is never told to wait")
}
