package server

import (
	"context"

	"bedrail/api"
	"bedrail/asset"
)

// wire gives the capabilities to the doors and names what they need of one
// another: importers, checks of health, steps of the set-up.
func (s *Server) wire(_ context.Context) error {
	s.setup["administrator"] = s.Access.SettledSince
	s.Assets = &asset.Registry{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Changed: s.devicesChanged}
	s.Imports["pcap"] = s.importCapture
	return nil
}

// devicesChanged tells screens which devices differ from before.
func (s *Server) devicesChanged(_ context.Context, changes []asset.DeviceChanged) {
	for _, c := range changes {
		s.Events.Publish(api.Event{Topic: "devices", Name: "device", Data: map[string]any{"id": c.ID, "version": c.Version, "gone": c.Gone}})
	}
}
