package server

import (
	"context"

	"bedrail/asset"
	"bedrail/netmap"
	"bedrail/rule"
)

// wire gives the capabilities to the doors and names what they need of one
// another: importers, checks of health, steps of the set-up.
func (s *Server) wire(ctx context.Context) error {
	rules, err := rule.Load(s.Config.Rules)
	if err != nil {
		return err
	}
	calibration, err := asset.OpenCalibration(s.Config.Calibration)
	if err != nil {
		return err
	}
	s.Assets = &asset.Registry{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Rules: rules, Calibration: calibration, Changed: s.devicesChanged}
	s.API.Assets = s.Assets
	s.Imports["pcap"] = s.importCapture
	s.wireIntake()
	s.wireExposure()
	s.wireDesk()
	s.wireGovernance()
	if err := s.wireExchange(); err != nil {
		return err
	}
	s.wireQuality()
	s.wireRecalls()
	if err := s.wireShadow(); err != nil {
		return err
	}
	if err := s.wireSensors(); err != nil {
		return err
	}
	s.wireMapping()
	s.wireWriteBack()
	s.API.Map = &netmap.Service{Store: s.DB, Auth: s.Policy, Clock: s.Clock}
	s.wireSetup()
	return s.wireAudit(ctx)
}
