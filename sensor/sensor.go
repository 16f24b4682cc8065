// Package sensor keeps the hospital's remote sensors: which there are, how
// each comes in, how it does, and of which time it knows nothing.
//
// A sensor comes in once, by a token that a person hands it, and from then on
// by a certificate of the hub's own authority for sensors. What it may do is
// hand over what it saw, under its own name; nothing else.
package sensor

import (
	"context"
	"regexp"
	"time"

	"bedrail"
	"bedrail/audit"
	"bedrail/traffic"
)

// What an actor may do with sensors.
const (
	Read   bedrail.Action = "sensor:read"
	Enrol  bedrail.Action = "sensor:enrol"
	Revoke bedrail.Action = "sensor:revoke"
)

// A Sensor is one machine that watches a part of the network. Its name is for
// ever; the machine behind it may be replaced by enrolling another under the
// same name.
type Sensor struct {
	Name       string    `json:"name"`
	Site       string    `json:"site" doc:"Site that what it sees belongs to; the hub's word, not the sensor's"`
	Note       string    `json:"note,omitempty"`
	Enrolment  string    `json:"enrolment,omitempty" doc:"Changes when the sensor is enrolled anew: then the certificate before is void"`
	CreatedAt  time.Time `json:"createdAt"`
	EnrolledAt time.Time `json:"enrolledAt,omitzero"`
	From       string    `json:"from,omitempty" doc:"Address that it was enrolled from"`
	CertEnds   time.Time `json:"certEnds,omitzero"`
	RevokedAt  time.Time `json:"revokedAt,omitzero"`
	Version    int64     `json:"-"`
}

// goodName is what a name may be: it is a subject of the bus, a name in a
// certificate, and a part of an address.
var goodName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$`)

// CheckName refuses what is no name of a sensor.
func CheckName(name string) error {
	if !goodName.MatchString(name) || name == "hub" || name == "local" {
		return bedrail.Errorf(bedrail.Invalid, "a sensor is called by small letters, digits and hyphens, at most 32, such as north-icu; hub and local are taken; %q is none", name).At("/name")
	}
	return nil
}

// An Invitation lets one sensor in, once.
type Invitation struct {
	Hash      string    `json:"hash"` // of the secret; the secret is kept nowhere
	Name      string    `json:"name"`
	By        string    `json:"by"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	UsedAt    time.Time `json:"usedAt,omitzero"`
}

// A Stand is what was last heard of a sensor.
type Stand struct {
	HeardAt      time.Time      // when the hub took it in
	CoveredUntil time.Time      // end of what the sensor has told of
	Health       traffic.Health // zero when there was none
}

// A Store remembers sensors. Each method is one transaction.
type Store interface {
	// Sensors returns the sensors within in, by name.
	Sensors(ctx context.Context, in bedrail.Scope) ([]Sensor, error)
	// Sensor returns the sensor called name within in, or a NotFound error.
	Sensor(ctx context.Context, in bedrail.Scope, name string) (Sensor, error)
	// SaveSensor keeps s, whose Version was seen, with entry, or is a Conflict.
	SaveSensor(ctx context.Context, in bedrail.Scope, s Sensor, entry audit.Entry) error
	// Invite keeps s and i with entry. Other invitations of the name end.
	Invite(ctx context.Context, in bedrail.Scope, s Sensor, i Invitation, entry audit.Entry) error
	// Invitation returns the invitation whose secret has this hash, or a
	// NotFound error.
	Invitation(ctx context.Context, in bedrail.Scope, hash string) (Invitation, error)
	// Redeem uses the invitation up and keeps s with entry; one that is used,
	// replaced or expired at the moment is a Conflict, and nothing is kept.
	Redeem(ctx context.Context, in bedrail.Scope, hash string, at time.Time, s Sensor, entry audit.Entry) error
	// Stands returns what was last heard of each sensor.
	Stands(ctx context.Context, in bedrail.Scope) (map[string]Stand, error)
	// Seen returns what a sensor told of a time: its rows of coverage, what of
	// each VLAN, and its gaps.
	Seen(ctx context.Context, in bedrail.Scope, name string, from, until time.Time) (Seen, error)
}
