// Package procure decides whether a device should be bought: from what its
// maker states, what is inside it, what is known about that, and how long it
// will be cared for, against what the hospital asks. After the purchase it goes
// on asking every day.
package procure

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"time"

	"bedrail"
	"bedrail/format/mds2"
)

//go:embed data/policy.yaml
var defaults []byte

// A Demand says how firmly something is asked for.
type Demand string

// The demands. Empty asks for nothing.
const (
	Must   Demand = "must"
	Should Demand = "should"
	Ignore Demand = "ignore"
)

// A Policy is what the hospital asks of a device.
type Policy struct {
	Name    string `yaml:"name" json:"name"`
	Edition int    `yaml:"edition" json:"edition"`

	Bill struct {
		Demand Demand  `yaml:"demand" json:"demand"`
		Score  float64 `yaml:"score" json:"score"`
	} `yaml:"bill" json:"bill"`
	Vulnerabilities struct {
		Exploited   Demand `yaml:"exploited" json:"exploited"`
		Critical    Bound  `yaml:"critical" json:"critical"`
		High        Bound  `yaml:"high" json:"high"`
		Undecidable Demand `yaml:"undecidable" json:"undecidable"`
	} `yaml:"vulnerabilities" json:"vulnerabilities"`
	Support struct {
		Demand     Demand `yaml:"demand" json:"demand"`
		Years      int    `yaml:"years" json:"years"`
		Systems    Demand `yaml:"systems" json:"systems"`
		Components Demand `yaml:"components" json:"components"`
	} `yaml:"support" json:"support"`
	MDS2 struct {
		Demand   Demand  `yaml:"demand" json:"demand"`
		Answered float64 `yaml:"answered" json:"answered"`
		Years    int     `yaml:"years" json:"years"`
	} `yaml:"mds2" json:"mds2"`
	Submission struct {
		Demand Demand `yaml:"demand" json:"demand"`
	} `yaml:"submission" json:"submission"`
	Questions []Question        `yaml:"questions" json:"questions"`
	Clauses   map[string]string `yaml:"clauses" json:"clauses"`
}

// A Bound is how many of a kind are borne.
type Bound struct {
	Most   int    `yaml:"most" json:"most"`
	Demand Demand `yaml:"demand" json:"demand"`
}

// A Question is an answer of the MDS2 that is asked for.
type Question struct {
	ID     string       `yaml:"id" json:"id"`
	Want   []mds2.Value `yaml:"want" json:"want"`
	Or     []string     `yaml:"or,omitempty" json:"or,omitempty"` // questions of which a Yes serves as well
	Demand Demand       `yaml:"demand" json:"demand"`
	Clause string       `yaml:"clause" json:"clause"`
}

// A PolicyVersion is a policy as it was kept: the text is what counts.
type PolicyVersion struct {
	ID     string    `json:"id"` // of its text
	Policy Policy    `json:"policy"`
	Text   string    `json:"text"`
	By     string    `json:"by"`
	At     time.Time `json:"at,omitzero"`
}

// DefaultPolicy is the policy that comes with Bedrail.
func DefaultPolicy() PolicyVersion {
	p, err := ParsePolicy(defaults)
	if err != nil {
		panic("the default policy cannot be read: " + err.Error())
	}
	return PolicyVersion{ID: policyID(defaults), Policy: p, Text: string(defaults), By: "Bedrail"}
}

func policyID(text []byte) string {
	sum := sha256.Sum256(text)
	return "pol_" + hex.EncodeToString(sum[:10])
}

// maxPolicy bounds the text of a policy.
const maxPolicy = 256 << 10

// ParsePolicy reads a policy. An unknown word is an error: a demand that is
// misspelt would ask for nothing.
func ParsePolicy(text []byte) (Policy, error) {
	p, problems := CheckPolicy(text)
	if len(problems) > 0 {
		more := ""
		if n := len(problems) - 1; n > 0 {
			more = fmt.Sprintf(" (and %d more)", n)
		}
		return p, bedrail.Errorf(bedrail.Invalid, "the policy cannot be used: %s%s", problems[0], more)
	}
	return p, nil
}

// String names a policy as people do.
func (p Policy) String() string { return fmt.Sprintf("%s, edition %d", p.Name, p.Edition) }
