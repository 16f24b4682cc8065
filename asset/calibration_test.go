package asset_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrail/asset"
	"bedrail/rule"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

// judged are n hosts that say of themselves that they are pumps of one model,
// and the truth about them, which is another model for the last wrong of them.
func judged(n, wrong int) (asset.Evaluation, []asset.Device) {
	var seenAll []traffic.Observation
	var truths []asset.Truth
	for i := range n {
		mac := fmt.Sprintf("00:03:b1:00:%02x:%02x", i/256, i%256)
		seenAll = append(seenAll, seen(mac, fmt.Sprintf("10.1.%d.%d", i/200, 1+i%200), "hl7.equipment", 0.95, "model", "Plum A+"))
		model := "Plum A+"
		if i >= n-wrong {
			model = "Plum 360"
		}
		truths = append(truths, asset.Truth{MAC: traffic.MAC(mac), Want: map[traffic.Attribute]string{traffic.Model: model}})
	}
	found := devices(seenAll...)
	return asset.Evaluate(found, truths, nil), found
}

// written is c as a file gives it back.
func written(t *testing.T, c asset.Calibration) *asset.Calibration {
	t.Helper()
	var file bytes.Buffer
	if _, err := c.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	got, err := asset.ReadCalibration(&file)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAShareIsToldOnlyWhenEnoughWereJudgedByTheSameRules(t *testing.T) {
	local := t.TempDir()
	const one = "pack: house\nversion: 1\nlicense: proprietary\nrules:\n- {id: house-1, field: hostname, exact: [icu-p1], gives: {model: X}, weight: 0.5, yes: [icu-p1], cite: house}\n"
	if err := os.WriteFile(filepath.Join(local, "house.yaml"), []byte(one), 0o600); err != nil {
		t.Fatal(err)
	}
	house, err := rule.Load(local)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		judged, wrong int
		minimum       int
		rules         *rule.Pack
		change        func(*asset.Device)
		want          *asset.Sure
	}{
		"thirty judged tell a share":                  {judged: 30, want: &asset.Sure{Share: 1, Low: 0.8865, High: 1, Of: 30}},
		"what was wrong counts":                       {judged: 40, wrong: 10, want: &asset.Sure{Share: 0.75, Low: 0.5981, High: 0.8581, Of: 40}},
		"one fewer tells none":                        {judged: 29},
		"a file that asks for more is heard":          {judged: 40, minimum: 41},
		"a file that asks for less is not":            {judged: 29, minimum: 1},
		"other rules tell none":                       {judged: 40, rules: house},
		"a word that was never judged has none":       {judged: 40, change: func(d *asset.Device) { d.Model.Status = asset.Likely }},
		"a value that rests on a list has none":       {judged: 40, change: func(d *asset.Device) { d.Model.Evidence[0].Source = "cmms" }},
		"nor one that rests on a cloud":               {judged: 40, change: func(d *asset.Device) { d.Model.Evidence[0].Source = "cloud.fhir" }},
		"what a person said is not what was measured": {judged: 40, change: func(d *asset.Device) { d.Model.Evidence[0].Source = "person" }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e, found := judged(tt.judged, tt.wrong)
			c := asset.NewCalibration(e, nil, "truth.tsv")
			if tt.minimum > 0 {
				c.Minimum = tt.minimum
			}
			d := found[0]
			if tt.change != nil {
				tt.change(&d)
			}
			written(t, c).Tell(&d, tt.rules)
			switch got := d.Model.Sure; {
			case (got == nil) != (tt.want == nil), got != nil && *got != *tt.want:
				t.Errorf("the model is told with %+v, want %+v", got, tt.want)
			}
			if d.Class.Sure != nil {
				t.Errorf("the class, which nothing was judged of, is told with %+v", d.Class.Sure)
			}
		})
	}
}

func TestAShareIsToldOfADeviceAndNeverKept(t *testing.T) {
	db := storetest.New(t)
	r := registry(db)
	e, _ := judged(30, 0)
	c := asset.NewCalibration(e, nil, "truth.tsv")
	r.Calibration = &c
	apply(t, r, pumpAndMonitor(), 1)
	pump := one(t, r, "class:infusion-pump")
	if pump.Model.Sure == nil || pump.Model.Sure.Of != 30 {
		t.Fatalf("the share is not told: %+v", pump.Model)
	}
	pump, err := r.Patch(context.Background(), nurse, pump.ID, pump.Version, asset.Patch{Tags: &[]string{"leased"}})
	if err != nil || pump.Model.Sure == nil {
		t.Errorf("after a change the share is not told: %v %+v", err, pump.Model)
	}
	r.Calibration = nil
	if pump = one(t, r, "class:infusion-pump"); pump.Model.Sure != nil {
		t.Errorf("the store kept %+v", pump.Model.Sure)
	}
}

func TestACalibrationThatCannotBeIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":               "share: 1",
		"another form":          `{"form": 2}`,
		"more right than there": `{"form":1,"words":[{"attribute":"model","status":"confirmed","right":2,"total":1}]}`,
		"no such attribute":     `{"form":1,"words":[{"attribute":"hostname","status":"confirmed","right":1,"total":1}]}`,
		"no such word":          `{"form":1,"words":[{"attribute":"model","status":"conflict","right":1,"total":1}]}`,
	} {
		if _, err := asset.ReadCalibration(strings.NewReader(text)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	c, err := asset.ReadCalibration(strings.NewReader(`{"form":1,"words":[{"attribute":"model","status":"likely","right":15,"total":20,"low":0.99,"high":1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	// R: prop.test(15, 20, correct = FALSE)
	if w := c.Words[0]; w.Low != 0.5313 || w.High != 0.8881 {
		t.Errorf("the interval of 15 in 20 is %v to %v", w.Low, w.High)
	}
}

func TestTheOwnCalibrationIsRead(t *testing.T) {
	c := asset.BuiltinCalibration()
	if c.Rules != rule.Builtin().Version() {
		t.Logf("the rules changed since the calibration was measured: no share is told until \"make accuracy\" ran again")
	}
	for _, w := range c.Told(nil) {
		if w.Total < asset.MinimumJudged {
			t.Errorf("%s %s is told of %d", w.Attribute, w.Status, w.Total)
		}
	}
}
