package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"
)

// clouds brings what the vendors of home devices know of them: one feed for
// each vendor, FHIR Device and the association of each with somebody who is
// made up, so that what drops them is always exercised.
func (s *stage) clouds(ctx context.Context) error {
	feeds, order := map[string][]any{}, []string{}
	for _, d := range s.h.Devices {
		if !d.Model.Cloud {
			continue
		}
		if feeds[d.Model.Manufacturer] == nil {
			order = append(order, d.Model.Manufacturer)
		}
		feeds[d.Model.Manufacturer] = append(feeds[d.Model.Manufacturer], d.cloudEntries(time.Now())...)
	}
	for _, vendor := range order {
		body, err := json.Marshal(map[string]any{"resourceType": "Bundle", "type": "collection", "entry": feeds[vendor]})
		if err != nil {
			return err
		}
		if err := s.t.bring(ctx, "cloud", vendor+" cloud.json", url.Values{"site": {homes}, "unit": {homeCare}}, body); err != nil {
			return err
		}
	}
	return nil
}

// cloudEntries are a device and its association, as of a time: most were in
// touch within the hour, a few have been silent for days.
func (d *Device) cloudEntries(now time.Time) []any {
	silent := time.Duration(d.number%55) * time.Minute
	if d.number%23 == 0 {
		silent = time.Duration(2+d.number%9) * 24 * time.Hour
	}
	id := fmt.Sprintf("home-%d", d.number)
	device := map[string]any{"resourceType": "Device", "id": id, "meta": map[string]string{"lastUpdated": now.Add(-silent).UTC().Format(time.RFC3339)},
		"manufacturer": d.Model.Manufacturer, "modelNumber": d.Model.Name, "serialNumber": d.Serial, "status": "active",
		"type":    []any{map[string]string{"text": d.Model.Class}},
		"version": []any{map[string]any{"type": map[string]string{"text": "software"}, "value": d.Version}}}
	tie := map[string]any{"resourceType": "DeviceAssociation", "device": map[string]string{"reference": "Device/" + id},
		"subject": map[string]string{"reference": fmt.Sprintf("Patient/DEMO%06d", d.number), "display": "Zzdemo Patient"}, "status": map[string]string{"text": "attached"}}
	return []any{map[string]any{"resource": device}, map[string]any{"resource": tie}}
}
