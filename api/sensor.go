package api

import (
	"context"
	"net/http"
	"time"

	"bedrail"
	"bedrail/sensor"
	"bedrail/traffic"
)

// A SensorRow is a remote sensor with how it does.
type SensorRow struct {
	sensor.Sensor
	State      string                    `json:"state" enum:"online,invited,stopped,revoked,impaired,behind,silent"`
	Alarms     []string                  `json:"alarms" doc:"What is wrong: silent, behind, dropping, link, outbox, refused, disk, cert, clock"`
	HeardAt    time.Time                 `json:"heardAt,omitzero"`
	Connected  bool                      `json:"connected"`
	Lag        uint64                    `json:"lag" doc:"Batches that wait in its outbox, as the hub last heard"`
	Oldest     float64                   `json:"oldest" doc:"Age in seconds of what the hub has not confirmed, as the sensor last said"`
	Software   string                    `json:"version,omitempty"`
	Started    time.Time                 `json:"started,omitzero"`
	Interfaces []traffic.InterfaceHealth `json:"interfaces"`
	Rate       float64                   `json:"rate" doc:"Packets per second"`
	Lost       float64                   `json:"lost" doc:"Packets per second that the kernel dropped"`
	Dropped    uint64                    `json:"dropped" doc:"Packets that the kernel dropped since the sensor began"`
	Refused    uint64                    `json:"refused" doc:"Batches that the outbox did not take since the sensor began"`
	Outbox     traffic.OutboxHealth      `json:"outbox"`
	DiskFree   int                       `json:"diskFree" doc:"Percent"`
	Covered    time.Time                 `json:"coveredUntil,omitzero" doc:"End of what it has told of"`
}

func (a *API) sensorRow(s sensor.Status) SensorRow {
	h := s.Health
	r := SensorRow{Sensor: s.Sensor, State: string(s.State), Alarms: s.Alarms, HeardAt: s.HeardAt, Connected: s.Link.Connected, Lag: s.Link.Lag,
		Oldest: s.Oldest().Seconds(), Software: h.Version, Started: h.Started, Interfaces: h.Interfaces, Rate: h.Rate, Lost: h.Lost, Refused: h.Refused,
		Outbox: h.Outbox, DiskFree: h.DiskFree, Covered: s.CoveredUntil}
	for _, i := range h.Interfaces {
		r.Dropped += i.Dropped
	}
	return r
}

// SensorInput describes the sensor that is to come.
type SensorInput struct {
	Body struct {
		Name    string `json:"name" maxLength:"32" doc:"Small letters, digits and hyphens"`
		Site    string `json:"site,omitempty" maxLength:"200"`
		Note    string `json:"note,omitempty" maxLength:"2000"`
		Minutes int    `json:"minutes,omitempty" minimum:"0" maximum:"10080" doc:"How long the token is good; 0 is an hour"`
	}
}

// SensorToken is a token that lets one sensor in once. It is shown once.
type SensorToken struct {
	Name      string    `json:"name"`
	Token     string    `json:"token"`
	Command   string    `json:"command" doc:"To be given on the sensor"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// SensorNameInput names the sensor in the path.
type SensorNameInput struct {
	Name string `path:"name" maxLength:"32"`
}

// RevokeInput says why a sensor is shut out.
type RevokeInput struct {
	SensorNameInput
	Body struct {
		Why string `json:"why,omitempty" maxLength:"2000"`
	}
}

// CoverageInput says of what a picture is drawn.
type CoverageInput struct {
	SensorNameInput
	From  time.Time `query:"from" doc:"Empty is a day before until"`
	Until time.Time `query:"until" doc:"Empty is now"`
	Step  int       `query:"step" doc:"Minutes in one step; 0 is ten" minimum:"0" maximum:"10080"`
}

// SensorPicture is what a sensor knew over a time.
type SensorPicture struct {
	sensor.Picture
	Minutes int `json:"step" doc:"Minutes in one step"`
}

func (a *API) sensors() (*sensor.Service, error) {
	if a.Sensors == nil {
		return nil, bedrail.Errorf(bedrail.Unavailable, "this part of Bedrail knows no sensors")
	}
	return a.Sensors, nil
}

func (a *API) registerSensors() {
	const tag = "Sensors"
	serve(a, route{Method: http.MethodGet, Path: "/sensors", ID: "list-sensors", Tag: tag, Summary: "List remote sensors with how they do"},
		func(ctx context.Context, by bedrail.Actor, in *ListInput) (List[SensorRow], error) {
			s, err := a.sensors()
			if err != nil {
				return List[SensorRow]{}, err
			}
			all, err := s.Sensors(ctx, by)
			if err != nil {
				return List[SensorRow]{}, err
			}
			rows := make([]SensorRow, len(all))
			for i, x := range all {
				rows[i] = a.sensorRow(x)
			}
			return pageOf(rows, in)
		})
	serve(a, route{Method: http.MethodGet, Path: "/sensors/{name}", ID: "get-sensor", Tag: tag, Summary: "One remote sensor"},
		func(ctx context.Context, by bedrail.Actor, in *SensorNameInput) (SensorRow, error) {
			s, err := a.sensors()
			if err != nil {
				return SensorRow{}, err
			}
			x, err := s.One(ctx, by, in.Name)
			return a.sensorRow(x), err
		})
	serve(a, route{Method: http.MethodPost, Path: "/sensors", ID: "enrol-sensor", Tag: tag, Summary: "Make a token that lets one sensor in once", Status: http.StatusCreated,
		About: "The token is shown once. It names the hub, its fingerprint and a secret; only a hash of the secret is kept. A name that exists is enrolled anew: the machine that held it is cut off once the new one comes."},
		a.enrolSensor)
	act(a, route{Method: http.MethodPost, Path: "/sensors/{name}/revoke", ID: "revoke-sensor", Tag: tag, Summary: "Shut a sensor out at once", About: "What it told stays."},
		func(ctx context.Context, by bedrail.Actor, in *RevokeInput) error {
			s, err := a.sensors()
			if err != nil {
				return err
			}
			return s.Revoke(ctx, by, in.Name, in.Body.Why)
		})
	serve(a, route{Method: http.MethodGet, Path: "/sensors/{name}/coverage", ID: "get-sensor-coverage", Tag: tag, Summary: "What a sensor saw over a time, by VLAN, and of what it knows nothing"},
		a.sensorCoverage)
}

func (a *API) enrolSensor(ctx context.Context, by bedrail.Actor, in *SensorInput) (SensorToken, error) {
	s, err := a.sensors()
	if err != nil {
		return SensorToken{}, err
	}
	b := in.Body
	t, i, err := s.Invite(ctx, by, sensor.Ask{Name: b.Name, Site: b.Site, Note: b.Note, Lasts: time.Duration(b.Minutes) * time.Minute})
	if err != nil {
		return SensorToken{}, err
	}
	return SensorToken{Name: t.Name, Token: t.String(), Command: "bedrail sensor join " + t.String(), ExpiresAt: i.ExpiresAt}, nil
}

func (a *API) sensorCoverage(ctx context.Context, by bedrail.Actor, in *CoverageInput) (SensorPicture, error) {
	s, err := a.sensors()
	if err != nil {
		return SensorPicture{}, err
	}
	if in.Until.IsZero() {
		in.Until = a.Clock.Now()
	}
	if in.From.IsZero() {
		in.From = in.Until.Add(-24 * time.Hour)
	}
	p, err := s.Coverage(ctx, by, in.Name, in.From.UTC(), in.Until.UTC(), time.Duration(in.Step)*time.Minute)
	return SensorPicture{p, int(p.Step / time.Minute)}, err
}
