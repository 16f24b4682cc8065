package asset_test

import (
	"testing"
	"time"

	"bedrail/asset"
)

func TestSupportEndsByItself(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		kept asset.Support
		want asset.SupportState
	}{
		"nothing is known":                       {asset.Support{}, asset.SupportUnknown},
		"the day has come":                       {asset.Support{State: asset.SupportLasts, Ends: "2026-03-02"}, asset.SupportOver},
		"it is tomorrow":                         {asset.Support{State: asset.SupportLasts, Ends: "2026-03-03"}, asset.SupportEnding},
		"it is within a year":                    {asset.Support{State: asset.SupportLasts, Ends: "2027-03-02"}, asset.SupportEnding},
		"it is beyond":                           {asset.Support{State: asset.SupportLasts, Ends: "2027-03-03"}, asset.SupportLasts},
		"only that it is over is known":          {asset.Support{State: asset.SupportOver}, asset.SupportOver},
		"only that it lasts is known":            {asset.Support{State: asset.SupportLasts}, asset.SupportLasts},
		"which release it is cannot be told":     {asset.Support{State: asset.SupportUndecidable}, asset.SupportUndecidable},
		"a day does not decide what is open yet": {asset.Support{State: asset.SupportUndecidable, Ends: "2020-01-01"}, asset.SupportUndecidable},
	} {
		if got := tt.kept.At(noon).State; got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
