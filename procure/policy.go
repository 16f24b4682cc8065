// Package procure decides whether a device should be bought: from what its
// maker states, what is inside it, what is known about that, and how long it
// will be cared for, against what the hospital asks. After the purchase it goes
// on asking every day.
package procure

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

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
	var p Policy
	if len(text) > maxPolicy {
		return p, bedrail.Errorf(bedrail.Invalid, "the policy is larger than %d KiB", maxPolicy>>10)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&p); err != nil {
		return p, bedrail.Errorf(bedrail.Invalid, "the policy cannot be read: %w", err)
	}
	return p, p.check()
}

func (p Policy) check() error {
	if p.Name == "" || p.Edition < 1 {
		return bedrail.Errorf(bedrail.Invalid, "a policy has a name, and an edition from 1 on")
	}
	for where, d := range map[string]Demand{"bill": p.Bill.Demand, "vulnerabilities.exploited": p.Vulnerabilities.Exploited, "vulnerabilities.critical": p.Vulnerabilities.Critical.Demand,
		"vulnerabilities.high": p.Vulnerabilities.High.Demand, "vulnerabilities.undecidable": p.Vulnerabilities.Undecidable, "support": p.Support.Demand,
		"support.systems": p.Support.Systems, "support.components": p.Support.Components, "mds2": p.MDS2.Demand, "submission": p.Submission.Demand} {
		if err := d.check(where); err != nil {
			return err
		}
	}
	known := mds2.Questions()
	has := func(id string) bool {
		return slices.ContainsFunc(known, func(q mds2.Question) bool { return q.ID == id })
	}
	for _, q := range p.Questions {
		for _, id := range append([]string{q.ID}, q.Or...) {
			if !has(id) {
				return bedrail.Errorf(bedrail.Invalid, "the policy asks %q, which is no question of HN 1-2019", id)
			}
		}
		if err := q.Demand.check("question " + q.ID); err != nil {
			return err
		}
		if p.Clauses[q.Clause] == "" {
			return bedrail.Errorf(bedrail.Invalid, "question %s names the clause %q, which the policy does not hold", q.ID, q.Clause)
		}
		for _, v := range q.Want {
			if v != mds2.Yes && v != mds2.No && v != mds2.NA && v != mds2.SeeNote {
				return bedrail.Errorf(bedrail.Invalid, "question %s wants %q; answers are Yes, No, N/A and See Note", q.ID, v)
			}
		}
	}
	return nil
}

func (d Demand) check(where string) error {
	switch d {
	case "", Must, Should, Ignore:
		return nil
	}
	return bedrail.Errorf(bedrail.Invalid, "%s: demand is must, should or ignore, not %q", where, d)
}

// String names a policy as people do.
func (p Policy) String() string { return fmt.Sprintf("%s, edition %d", p.Name, p.Edition) }
