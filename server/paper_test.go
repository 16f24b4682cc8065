package server_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

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
