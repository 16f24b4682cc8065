package server

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"time"

	"bedrail"
	"bedrail/bus"
	"bedrail/desk"
	"bedrail/outpost"
	"bedrail/seal"
	"bedrail/sensor"
)

// admitTime bounds the look-up of who calls.
const admitTime = 5 * time.Second

// wireSensors puts the hub's side of remote sensors together. Where no address
// is set for them, the list is there and nobody comes in.
func (s *Server) wireSensors() error {
	s.Sensors = &sensor.Service{Store: s.DB, Auth: s.Policy, Clock: s.Clock, Tenant: s.Config.Tenant, Links: s.sensorLinks, Changed: s.sensorChanged}
	s.API.Sensors = s.Sensors
	if s.Config.SensorsListen == "" || s.Keys == nil {
		return nil
	}
	var err error
	s.Sensors.Authority, err = seal.OpenAuthority(s.Config.Keys, "sensor-ca", "Bedrail authority for sensors", s.Clock.Now())
	// A command enrols without the hub running: the addresses are those that
	// it will listen on.
	if fixedPort(s.Config.SensorsListen) && fixedPort(s.Config.SensorsEnrol) {
		s.Sensors.Enrol, s.Sensors.Hub = s.reachable(s.Config.SensorsEnrol), s.reachable(s.Config.SensorsListen)
	}
	return err
}

// fixedPort reports whether address names a port, and not any that is free.
func fixedPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	return err == nil && port != "0" && port != ""
}

// sensorDoor is the part of the bus at which sensors hand over, or nil.
func (s *Server) sensorDoor(ctx context.Context) (*bus.Sensors, error) {
	if s.Sensors.Authority == nil {
		return nil, nil
	}
	names, err := s.drawnSensors(ctx)
	if err != nil {
		return nil, err
	}
	return &bus.Sensors{Address: s.Config.SensorsListen, TLS: sensor.HubTLS(s.Sensors.Authority, s.Clock, false), Names: names, Admit: s.admitSensor}, nil
}

func (s *Server) admitSensor(cert *x509.Certificate) (string, time.Time, error) {
	ctx, cancel := context.WithTimeout(context.Background(), admitTime)
	defer cancel()
	return s.Sensors.Admit(ctx, cert)
}

func (s *Server) drawnSensors(ctx context.Context) (names []string, err error) {
	all, err := s.Sensors.Enrolled(ctx)
	for _, x := range all {
		names = append(names, x.Name)
	}
	return names, err
}

// openSensorDoor listens for sensors that come in by a token.
func (s *Server) openSensorDoor() error {
	if s.Sensors.Authority == nil {
		return nil
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", s.Config.SensorsEnrol)
	if err != nil {
		return bedrail.Errorf(bedrail.Unavailable, "listening for new sensors on %s (sensors.enrol): %w", s.Config.SensorsEnrol, err)
	}
	s.closers = append(s.closers, func() error { l.Close(); return nil }) // closed twice is harmless
	s.Sensors.Enrol, s.Sensors.Hub = s.reachable(l.Addr().String()), s.reachable(s.pipe.bus.Address())
	door := outpost.Open(s.Sensors, s.Clock, s.Log)
	s.add("new sensors", func(ctx context.Context) error {
		return door.Serve(ctx, l, sensor.HubTLS(s.Sensors.Authority, s.Clock, true))
	})
	s.add("sensors", s.watchSensors)
	return nil
}

// reachable is an address of ours as sensors call it.
func (s *Server) reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if s.Config.SensorsAddress != "" {
		host = s.Config.SensorsAddress
	}
	return net.JoinHostPort(host, port)
}

// sensorChanged draws in who belongs here and cuts off whoever held the name
// before.
func (s *Server) sensorChanged(ctx context.Context, name string) {
	if s.pipe == nil {
		return // a command beside a running server: that one looks for itself
	}
	s.pipe.bus.Cut(name)
	names, err := s.drawnSensors(ctx)
	if err == nil {
		err = s.pipe.bus.Draw(ctx, names)
	}
	if err != nil {
		s.Log.ErrorContext(ctx, "the sensors that are drawn in could not be changed; a restart does it", "error", err)
	}
	s.pipe.remotes.forget(name)
}

func (s *Server) sensorLinks(ctx context.Context) (map[string]sensor.Link, error) {
	if s.pipe == nil {
		return nil, nil
	}
	links, err := s.pipe.bus.Links(ctx)
	out := make(map[string]sensor.Link, len(links))
	for name, l := range links {
		out[name] = sensor.Link{Connected: l.Connected, Lag: l.Lag}
	}
	return out, err
}

const sensorLook = 10 * time.Second

// watchSensors tells people once when a sensor begins to need them, and once
// when it does no more. It also sees what commands beside this server did:
// sensors enrolled or revoked in the store.
func (s *Server) watchSensors(ctx context.Context) error {
	was, drawn := map[string]sensor.Status{}, []string(nil)
	return every(ctx, sensorLook, func() {
		all, err := s.Sensors.Sensors(ctx, bedrail.SystemActor("sensors", s.Config.Tenant))
		if err != nil {
			return // the next look tells
		}
		var names []string
		for _, now := range all {
			if now.Enrolment != "" && now.RevokedAt.IsZero() {
				names = append(names, now.Name)
			}
			before, known := was[now.Name]
			if known && (before.Enrolment != now.Enrolment || before.RevokedAt.IsZero() != now.RevokedAt.IsZero()) {
				s.pipe.bus.Cut(now.Name)
			}
			s.tellSensor(before, now)
			was[now.Name] = now
		}
		if drawn != nil && !slices.Equal(drawn, names) {
			if err := s.pipe.bus.Draw(ctx, names); err != nil {
				s.Log.WarnContext(ctx, "the sensors that are drawn in could not be changed", "error", err)
			}
		}
		if drawn = names; drawn == nil {
			drawn = []string{}
		}
	})
}

// alarmTexts say what an alarm means, for notices and the page of health.
func alarmText(alarm string) string {
	return map[string]string{
		sensor.AlarmSilent: "is silent", sensor.AlarmBehind: "tells only now of what was long ago", sensor.AlarmDropping: "loses packets",
		sensor.AlarmLink: "has an interface without a link", sensor.AlarmOutbox: "has a nearly full outbox", sensor.AlarmRefused: "could not keep what it saw",
		sensor.AlarmDisk: "has little free on its disk", sensor.AlarmCert: "has a certificate that ends soon", sensor.AlarmClock: "has a clock ahead of the hub's",
	}[alarm]
}

func (s *Server) tellSensor(before, now sensor.Status) {
	for _, a := range now.Alarms {
		if !slices.Contains(before.Alarms, a) {
			s.bell.ring(desk.Notice{Kind: "sensor." + a, Level: desk.Warning, Title: fmt.Sprintf("The sensor %s %s", now.Name, alarmText(a)),
				Href: "/sensors/" + now.Name, Site: now.Site, Needs: sensor.Read})
		}
	}
	if len(before.Alarms) > 0 && len(now.Alarms) == 0 && now.State == sensor.Online {
		s.bell.ring(desk.Notice{Kind: "sensor.well", Level: desk.Info, Title: "The sensor " + now.Name + " is well again", Href: "/sensors/" + now.Name, Site: now.Site, Needs: sensor.Read})
	}
}
