package dimse

import (
	"fmt"
	"slices"
	"strings"

	"bedrail/format/dicom"
)

// Implementation names Bedrail to its peers. The UID is derived from a UUID
// (PS3.5 B.2), so that it needs no registered root.
const (
	Implementation = "2.25.113059749145936325402354257176981405696"
	version        = "BEDRAIL"
)

// SOP classes that are not storage.
const (
	Verification      = "1.2.840.10008.1.1"
	StorageCommitment = "1.2.840.10008.1.20.1"
	ModalityWorklist  = "1.2.840.10008.5.1.4.31"

	commitmentInstance = "1.2.840.10008.1.20.1.1"
	storageRoot        = "1.2.840.10008.5.1.4.1.1."
	queryRoot          = "1.2.840.10008.5.1.4.1.2."
	syntaxRoot         = "1.2.840.10008.1.2"
)

// Storage reports whether a SOP class stores instances: those of PS3.4 B.5,
// the non-patient objects of GG.3 and the retired stored prints.
func Storage(class string) bool {
	switch class {
	case "1.2.840.10008.5.1.4.34.7", "1.2.840.10008.5.1.4.34.10", "1.2.840.10008.5.1.4.38.1", "1.2.840.10008.5.1.4.39.1", "1.2.840.10008.5.1.4.43.1",
		"1.2.840.10008.5.1.4.44.1", "1.2.840.10008.5.1.4.45.1", "1.2.840.10008.5.1.1.27", "1.2.840.10008.5.1.1.29", "1.2.840.10008.5.1.1.30":
		return true
	}
	return strings.HasPrefix(class, storageRoot)
}

// Query reports whether a SOP class finds: the query models that end in 1
// (PS3.4 C.6), and the worklist.
func Query(class string) bool {
	return class == ModalityWorklist || strings.HasPrefix(class, queryRoot) && strings.HasSuffix(class, ".1")
}

// A Policy says whom a provider speaks with, and of what.
type Policy struct {
	AETitle   string   // as which it is called; empty is any
	Callers   []string // AE titles that may call; empty is any
	Classes   []string // storage classes that are taken; empty is every one
	MaxLength uint32
	Find      bool // queries are passed on
	Commit    bool // storage commitment is given
}

// An Outcome is the answer to a request for an association. Reject is nil when
// it was accepted; then Why says what was not agreed, if anything was.
type Outcome struct {
	Reject *dicom.Rejection
	Accept dicom.Associate
	Why    string
}

// Negotiate answers a request as PS3.8 9.3.3 and PS3.7 annex D have it.
func (p Policy) Negotiate(rq dicom.Associate) Outcome {
	if out, refused := p.refuse(rq); refused {
		return out
	}
	ac := dicom.Associate{Version: 1, CalledAE: rq.CalledAE, CallingAE: rq.CallingAE, Application: dicom.ApplicationContext,
		User: dicom.User{MaxLength: p.MaxLength, Implementation: Implementation, Version: version}}
	agreed, whys := 0, []string(nil)
	seen := map[byte]bool{}
	for _, c := range rq.Contexts {
		a := p.context(c)
		if c.ID%2 == 0 || seen[c.ID] {
			a = dicom.Context{ID: c.ID, Result: dicom.ProviderRejected, Transfer: a.Transfer} // PS3.8 9.3.2.2: odd, and once
		}
		seen[c.ID] = true
		if a.Result == dicom.Accepted {
			agreed++
		} else {
			whys = append(whys, fmt.Sprintf("%s: %v", c.Abstract, a.Result))
		}
		ac.Contexts = append(ac.Contexts, a)
	}
	if w := rq.User.Window; w != nil {
		// Operations are done in their order, one at a time (PS3.7 D.3.3.3).
		ac.User.Window = &dicom.Window{Invoked: 1, Performed: 1}
	}
	ac.User.Roles = p.roles(rq.User.Roles)
	out := Outcome{Accept: ac, Why: strings.Join(whys, "; ")}
	if agreed == 0 {
		out.Why = "no presentation context was agreed: " + out.Why
	}
	return out
}

func (p Policy) refuse(rq dicom.Associate) (Outcome, bool) {
	no := func(r dicom.Rejection, why string) (Outcome, bool) { return Outcome{Reject: &r, Why: why}, true }
	switch {
	case rq.Version&1 == 0:
		return no(dicom.Rejection{Source: 2, Reason: 2}, "the peer does not speak version 1 of the protocol")
	case rq.Application != dicom.ApplicationContext:
		return no(dicom.ContextNotSupported, "the application context is not DICOM's")
	case p.AETitle != "" && rq.CalledAE != p.AETitle:
		return no(dicom.CalledAEUnknown, fmt.Sprintf("it called %q, and this is %q", rq.CalledAE, p.AETitle))
	case len(p.Callers) > 0 && !slices.Contains(p.Callers, rq.CallingAE):
		return no(dicom.CallingAEUnknown, fmt.Sprintf("%q is not among the titles that may call", rq.CallingAE))
	}
	return Outcome{}, false
}

// context answers one proposal. The first transfer syntax that is known is
// taken: what comes is kept as it is, so the sender's wish counts.
func (p Policy) context(c dicom.Context) dicom.Context {
	a := dicom.Context{ID: c.ID, Result: dicom.AbstractNotSupported, Transfer: []string{dicom.ImplicitLittle}}
	if !p.serves(c.Abstract) {
		return a
	}
	a.Result = dicom.TransfersNotSupported
	for _, t := range c.Transfer {
		if Storage(c.Abstract) && strings.HasPrefix(t, syntaxRoot) || t == dicom.ImplicitLittle || t == dicom.ExplicitLittle {
			a.Result, a.Transfer = dicom.Accepted, []string{t}
			break
		}
	}
	return a
}

func (p Policy) serves(class string) bool {
	switch {
	case class == Verification:
		return true
	case class == StorageCommitment:
		return p.Commit
	case Query(class):
		return p.Find
	case len(p.Classes) > 0:
		return slices.Contains(p.Classes, class)
	}
	return Storage(class)
}

// roles answers proposed roles: the caller asks, we serve. Only in storage
// commitment may it be the other way round, when an archive reports.
func (p Policy) roles(proposed []dicom.Role) []dicom.Role {
	var roles []dicom.Role
	for _, r := range proposed {
		if p.serves(r.SOPClass) {
			roles = append(roles, dicom.Role{SOPClass: r.SOPClass, SCU: r.SCU, SCP: r.SCP && r.SOPClass == StorageCommitment})
		}
	}
	return roles
}
