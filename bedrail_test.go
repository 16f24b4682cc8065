package bedrail_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"bedrail"
)

func TestKindOf(t *testing.T) {
	tests := map[string]struct {
		err  error
		want bedrail.Kind
	}{
		"nothing went wrong":                     {nil, ""},
		"a plain error is our own fault":         {io.EOF, bedrail.Internal},
		"a kind survives wrapping":               {fmt.Errorf("moving: %w", bedrail.Errorf(bedrail.Denied, "no")), bedrail.Denied},
		"the outermost Error of a chain decides": {bedrail.Errorf(bedrail.Invalid, "bad: %w", bedrail.Errorf(bedrail.Denied, "no")), bedrail.Invalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := bedrail.KindOf(tt.err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if err := bedrail.Errorf(bedrail.Invalid, "reading: %w", io.EOF); !errors.Is(err, io.EOF) {
		t.Error("the cause of an Error is lost")
	}
}

func TestIDsSortByTimeAndHashIDsRepeat(t *testing.T) {
	monday := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	a, b := bedrail.NewID("dev", monday), bedrail.NewID("dev", monday.Add(time.Second))
	if a >= b {
		t.Errorf("%s does not sort before %s", a, b)
	}
	if len(a) != len("dev_")+26 {
		t.Errorf("%s is not a prefixed ULID", a)
	}
	if x, y := bedrail.HashID("dev", "ab", "c"), bedrail.HashID("dev", "a", "bc"); x == y {
		t.Error("parts run together")
	}
	if x, y := bedrail.HashID("dev", "a"), bedrail.HashID("dev", "a"); x != y {
		t.Error("the same parts gave two names")
	}
}

func TestScopeAdmits(t *testing.T) {
	tests := map[string]struct {
		scope      bedrail.Scope
		site, unit string
		want       bool
	}{
		"no limit admits the unknown":         {bedrail.Scope{}, "", "", true},
		"a site limit hides the unknown site": {bedrail.Scope{Sites: []string{"north"}}, "", "", false},
		"a unit limit hides other units":      {bedrail.Scope{Units: []string{"ICU"}}, "north", "ED", false},
		"within both limits":                  {bedrail.Scope{Sites: []string{"north"}, Units: []string{"ICU"}}, "north", "ICU", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.scope.Admits(tt.site, tt.unit); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
