package asset_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/store/storetest"
	"bedrail/traffic"
)

// pumps are known and unknown ones of one maker, as DHCP shows them.
func pumps() traffic.Batch {
	b := traffic.Batch{Site: "north", Sensor: "s1"}
	for i := range 8 {
		mac := fmt.Sprintf("00:03:b1:00:20:%02x", i)
		o := seen(mac, fmt.Sprintf("10.1.2.%d", i+1), "dhcp", 0.5, "hostname", fmt.Sprintf("PLUMA-%04d", i), "vendorClass", "ICU-PLUM", "fingerprint", "1,3,6,15")
		b.Observations = append(b.Observations, o)
		if i < 3 {
			b.Observations = append(b.Observations, seen(mac, "", "hl7.equipment", 0.95, "manufacturer", "ICU Medical", "model", "Plum 360", "class", "infusion-pump", "serialNumber", fmt.Sprint(771200+i)))
		}
	}
	printer := seen("3c:52:82:00:00:01", "10.1.2.99", "dhcp", 0.5, "hostname", "NPI123456")
	b.Observations = append(b.Observations, printer)
	return b
}

func TestTheQueueGuessesByWhatTheHouseKnowsAndOneAnswerSettlesAllAlike(t *testing.T) {
	r := registry(storetest.New(t))
	apply(t, r, pumps(), 1)
	ctx := context.Background()
	queue, err := r.Unidentified(ctx, nurse)
	if err != nil {
		t.Fatal(err)
	}
	first := queue[0]
	if first.Similar != 4 || len(first.Guesses) == 0 {
		t.Fatalf("got %d entries, the first with %d alike and %v", len(queue), first.Similar, first.Guesses)
	}
	best := first.Guesses[0]
	if best.Model != "Plum 360" || best.Class != "infusion-pump" || best.Strength != asset.Strong || len(best.Reasons) < 3 {
		t.Errorf("the best guess is %+v", best)
	}
	answer := asset.Answer{Corrections: map[traffic.Attribute]string{traffic.Model: "Plum 360", traffic.Class: "infusion-pump", traffic.Manufacturer: "ICU Medical"}, Similar: true, Preview: true}
	got, err := r.Answer(ctx, nurse, first.ID, answer)
	if err != nil || got.Applied || len(got.Devices) != 5 {
		t.Fatalf("the preview says %+v, %v", got, err)
	}
	if after, _ := r.Unidentified(ctx, nurse); len(after) != len(queue) {
		t.Error("a preview changed something")
	}
	answer.Preview = false
	if got, err = r.Answer(ctx, nurse, first.ID, answer); err != nil || !got.Applied {
		t.Fatalf("got %+v, %v", got, err)
	}
	d, err := r.Device(ctx, nurse, first.ID)
	if err != nil || d.Model.Value != "Plum 360" || d.Model.Status != asset.Confirmed || d.Model.Evidence[0].Source != "person" {
		t.Errorf("got %+v, %v", d.Model, err)
	}
	if after, _ := r.Unidentified(ctx, nurse); len(after) != len(queue)-5 {
		t.Errorf("%d are left of %d", len(after), len(queue))
	}

	// The wire says otherwise, with all its weight: the person's word stays.
	late := seen(string(d.MACs[0]), "", "hl7.equipment", 0.95, "model", "Sapphire")
	late.Time = monday.Add(2 * time.Hour)
	apply(t, r, traffic.Batch{Site: "north", Sensor: "s1", Observations: []traffic.Observation{late}}, 2)
	if d, _ = r.Device(ctx, nurse, first.ID); d.Model.Value != "Plum 360" || len(d.Conflicts) == 0 {
		t.Errorf("the correction did not win, or the other is not shown: %+v %v", d.Model, d.Conflicts)
	}

	if err := r.UndoAnswer(ctx, nurse, got.ID); err != nil {
		t.Fatal(err)
	}
	if d, _ = r.Device(ctx, nurse, first.ID); d.Model.Value != "Sapphire" {
		t.Errorf("after the undo it is %+v", d.Model)
	}
	if err := r.UndoAnswer(ctx, nurse, got.ID); bedrail.KindOf(err) != bedrail.NotFound {
		t.Errorf("a second undo: %v", err)
	}
	if _, err := r.Answer(ctx, nurse, first.ID, asset.Answer{Corrections: map[traffic.Attribute]string{traffic.Class: "spaceship"}}); bedrail.KindOf(err) != bedrail.Invalid {
		t.Errorf("a class that is none: %v", err)
	}
}
