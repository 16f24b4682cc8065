package exchange

import (
	"fmt"
	"slices"
	"strings"
)

// A Candidate is a device of the inventory that may be the sender of a
// message.
type Candidate struct {
	ID          string
	Gateway     bool     // it passes on what others say
	EUI64s      []string // that it is known by
	Addresses   []string // where it was seen
	Quarantined bool
	Exploited   []string // weaknesses of it that are known to be exploited
}

// An Evidence is what speaks for and against the sender of one message.
type Evidence struct {
	Claim DeviceClaim // the strongest that the message makes
	From  string      // address that it came from; empty where that says nothing
	Named []Candidate // devices that the claim's numbers lead to
	At    []Candidate // devices that were seen at that address
	// Elsewhere is another address from which the same number was heard
	// lately, by no gateway.
	Elsewhere string
}

// Judge says how far a message's sender is who it says it is. It tags; what
// follows is a channel's policy.
func Judge(e Evidence) Stamp {
	s := e.who()
	switch {
	case len(e.candidate(s.Device).Exploited) > 0 && s.Trust == Trusted:
		s.Trust = Vulnerable
		s.Reasons = append(s.Reasons, "known to be exploited: "+strings.Join(e.candidate(s.Device).Exploited, ", "))
	case e.candidate(s.Device).Quarantined:
		s.Trust = Quarantined
		s.Reasons = append(s.Reasons, "the device is contained")
	}
	return s
}

func (e Evidence) candidate(id string) Candidate {
	for _, c := range append(slices.Clone(e.Named), e.At...) {
		if c.ID == id && id != "" {
			return c
		}
	}
	return Candidate{}
}

// number is what the message names the device by.
func (e Evidence) number() string {
	switch c := e.Claim; {
	case c.EUI64 != "":
		return "EUI-64 " + c.EUI64
	case c.UDI != "":
		return "UDI " + c.UDI
	case c.Serial != "":
		return "serial number " + c.Serial
	case c.AETitle != "":
		return "AE title " + c.AETitle
	}
	return ""
}

func (e Evidence) who() Stamp {
	number := e.number()
	switch {
	case e.Elsewhere != "" && !gateways(e.At):
		return Stamp{Trust: Mismatched, Device: first(e.Named), Reasons: []string{fmt.Sprintf("%s speaks from %s and from %s", number, e.From, e.Elsewhere)}}
	case len(e.Named) > 1:
		return Stamp{Trust: Mismatched, Reasons: []string{fmt.Sprintf("%d devices of the inventory answer to %s", len(e.Named), number)}}
	case len(e.Named) == 1:
		return e.named(number)
	case number != "":
		return e.unnamed(number)
	case len(e.At) == 1:
		return Stamp{Trust: Trusted, Device: e.At[0].ID, Reasons: []string{"known by its address " + e.From}}
	}
	return Stamp{Trust: Unknown, Reasons: []string{"nothing in it names a device that is known"}}
}

// named judges a message whose number leads to one device.
func (e Evidence) named(number string) Stamp {
	d := e.Named[0]
	s := Stamp{Trust: Trusted, Device: d.ID, Reasons: []string{"known by its " + number}}
	switch {
	case e.From == "":
	case slices.ContainsFunc(e.At, func(c Candidate) bool { return c.ID == d.ID }):
		s.Reasons = append(s.Reasons, "and speaks from its own address "+e.From)
	case gateways(e.At):
		s.Reasons = append(s.Reasons, "through the gateway "+e.At[0].ID)
	case len(e.At) > 0:
		s.Trust = Mismatched
		s.Reasons = []string{fmt.Sprintf("the message names the device of %s, and comes from %s, the address of %s", number, e.From, e.At[0].ID)}
	case len(d.Addresses) > 0:
		s.Trust = Mismatched
		s.Reasons = []string{fmt.Sprintf("the device of %s was seen at %s, and the message comes from %s, where nobody is known", number, strings.Join(d.Addresses, ", "), e.From)}
	}
	return s
}

// unnamed judges a message whose number leads to no device.
func (e Evidence) unnamed(number string) Stamp {
	if len(e.At) != 1 || gateways(e.At) {
		return Stamp{Trust: Unknown, Reasons: []string{"no device of the inventory has " + number}}
	}
	d := e.At[0]
	if e.Claim.EUI64 != "" && len(d.EUI64s) > 0 && !slices.Contains(d.EUI64s, e.Claim.EUI64) {
		return Stamp{Trust: Mismatched, Device: d.ID, Reasons: []string{fmt.Sprintf("the message says %s, and the device at %s is known by %s", number, e.From, strings.Join(d.EUI64s, ", "))}}
	}
	return Stamp{Trust: Trusted, Device: d.ID, Reasons: []string{"known by its address " + e.From + "; " + number + " is new"}}
}

// PassedOn reports whether the message comes from where others are passed on:
// then one number from two addresses is no doubt.
func (e Evidence) PassedOn() bool { return gateways(e.At) }

func gateways(at []Candidate) bool {
	return len(at) > 0 && !slices.ContainsFunc(at, func(c Candidate) bool { return !c.Gateway })
}

func first(all []Candidate) string {
	if len(all) == 0 {
		return ""
	}
	return all[0].ID
}
