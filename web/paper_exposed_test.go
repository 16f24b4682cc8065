package web

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"bedrail"
	"bedrail/vuln"
)

// Of how many devices it cannot be told whether a recall names them stands
// beside how many one names, in every language and for a unit alone too.
func TestPapersSayWhatIsUndecidable(t *testing.T) {
	total := vuln.Total{ByUnit: []vuln.UnitTotal{
		{Site: "main", Unit: "ICU", Devices: 9, Affected: 1, Undecidable: 2, Recalled: 3, RecallUndecidable: 4},
		{Site: "main", Unit: "NICU", Devices: 9, Recalled: 10, RecallUndecidable: 20},
	}}
	var refused error
	s, err := newSite(dist)
	if err != nil {
		t.Fatal(err)
	}
	s.records = &Records{Exposed: func(context.Context, bedrail.Actor) (vuln.Total, error) { return total, refused }}
	said := func(lang, unit string) string {
		var page bytes.Buffer
		i := slices.IndexFunc(s.tongues, func(t *tongue) bool { return t.code == lang })
		if err := s.tongues[i].pages.ExecuteTemplate(&page, "exposed", s.exposed(t.Context(), bedrail.Actor{}, "", unit)); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(page.String())
	}
	for _, c := range []struct{ lang, unit, want string }{
		{"en", "ICU", "<p>Devices with a known weakness: 1; undecidable: 2. Under a recall: 3; undecidable: 4.</p>"},
		{"en", "", "<p>Devices with a known weakness: 1; undecidable: 2. Under a recall: 13; undecidable: 24.</p>"},
		{"de", "NICU", "<p>Geräte mit einer bekannten Schwachstelle: 0; nicht entscheidbar: 0. Von einem Rückruf betroffen: 10; nicht entscheidbar: 20.</p>"},
	} {
		if got := said(c.lang, c.unit); got != c.want {
			t.Errorf("%s %q: got %s, want %s", c.lang, c.unit, got, c.want)
		}
	}
	refused = errors.New("not now")
	if got := said("en", ""); !strings.Contains(got, "cannot be told") {
		t.Errorf("where nothing is known the page says %s", got)
	}
}
