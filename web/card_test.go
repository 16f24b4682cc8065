package web

import (
	"slices"
	"testing"
	"time"
)

// A card says who said something and when it was seen in the words of its
// reader.
func TestACardSaysSourcesAndTimesInWords(t *testing.T) {
	s, err := newSite(dist)
	if err != nil {
		t.Fatal(err)
	}
	in := func(lang string) *tongue {
		return s.tongues[slices.IndexFunc(s.tongues, func(t *tongue) bool { return t.code == lang })]
	}
	for _, c := range []struct{ lang, of, want string }{
		{"es", "cmms", "lista de equipos"},
		{"en", "dicom.associate", "DICOM"},
		{"de", "person", "eine Person"},
		{"fr", "message", "message échangé"},
		{"de", "json", "JSON"},
		{"de", "unheard.of", "unheard"},
	} {
		if got := in(c.lang).source(c.of); got != c.want {
			t.Errorf("%s: %s is said as %q, want %q", c.lang, c.of, got, c.want)
		}
	}
	if got := in("es").protocols([]string{"cmms", "hl7"}); got != "lista de equipos, HL7 v2" {
		t.Errorf("protocols are %q", got)
	}
	if got := in("es").protocols(nil); got != "ninguno" {
		t.Errorf("no protocol is %q", got)
	}
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		first, last time.Time
		want        string
	}{
		{time.Time{}, time.Time{}, "aún no visto en la red"},
		{day, day, "de 2026-11-01 00:00 UTC a 2026-11-01 00:00 UTC"},
		{time.Time{}, day, "2026-11-01 00:00 UTC"},
		{day, time.Time{}, "2026-11-01 00:00 UTC"},
	} {
		if got := in("es").span(c.first, c.last); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
