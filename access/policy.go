package access

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"bedrail"
)

//go:embed policy.cedar
var policyText []byte

// Actions lists everything that an actor may ask for. An action that is not
// here, or that no rule of policy.cedar permits, is refused to everybody.
func Actions() []bedrail.Action {
	return []bedrail.Action{
		"device:read",
		"device:tag",
		"device:locate",
		"device:merge",
		"device:correct",
		"device:reveal",
		"device:hold",
		"device:import",
		"location:write",
		"inventory:writeback",
		"profile:freeze",
		"traffic:read",
		"capture:import",
		"bill:read",
		"bill:import",
		"finding:read",
		"finding:triage",
		"feed:read",
		"feed:import",
		"mapping:read",
		"mapping:write",
		"model:read",
		"model:write",
		"recall:answer",
		"document:read",
		"document:write",
		"procure:read",
		"procure:write",
		"procure:decide",
		"procure:policy",
		"mds2:import",
		"patch:read",
		"patch:plan",
		"patch:agree-it",
		"patch:agree-engineering",
		"patch:agree-unit",
		"maintenance:import",
		"knowledge:read",
		"demo:stage",
		"audit:read",
		"audit:verify",
		UserRead,
		UserWrite,
		RoleRead,
		TokenWriteOwn,
		TokenWrite,
		"job:read",
		"job:cancel",
		"view:write-own",
		"view:share",
		"notice:read",
		"target:read",
		"target:write",
		"letter:retry",
		"channel:read",
		"channel:write",
		"message:read",
		"message:reveal",
		"message:replay",
		"message:approve",
		"message:forget",
		"message:account",
		"message:repair",
		"message:associate",
		"data-recall:read",
		"data-recall:open",
		"data-recall:approve",
		"data-recall:answer",
		"release:read",
		"release:define",
		"release:agree",
		"release:run",
		"quality:read",
		"quality:write",
		"sensor:read",
		"sensor:enrol",
		"sensor:revoke",
		"system:read",
		"system:backup",
		"system:configure",
	}
}

// A Policy decides who may do what, by the rules of policy.cedar. It is the
// product's bedrail.Authorizer.
type Policy struct {
	rules *cedar.PolicySet
	may   map[bedrail.Action][]Role // which roles may, somewhere
}

// NewPolicy reads the rules.
func NewPolicy() (*Policy, error) {
	rules, err := cedar.NewPolicySetFromBytes("policy.cedar", policyText)
	if err != nil {
		return nil, fmt.Errorf("reading the rules of access: %w", err)
	}
	p := &Policy{rules: rules, may: make(map[bedrail.Action][]Role)}
	for _, what := range Actions() {
		for _, role := range Roles() {
			if p.allows(bedrail.Person, bedrail.Grant{Role: string(role)}, what, bedrail.Resource{}) {
				p.may[what] = append(p.may[what], role)
			}
		}
	}
	return p, nil
}

// Authorize implements bedrail.Authorizer. A resource without an ID is the
// list of such things within the scope of by. The product itself, acting for
// nobody, may do everything.
func (p *Policy) Authorize(_ context.Context, by bedrail.Actor, what bedrail.Action, res bedrail.Resource) error {
	if by.Kind == bedrail.System && by.ID != "" {
		return nil
	}
	for _, g := range by.Grants {
		if p.allows(by.Kind, g, what, res) {
			return nil
		}
	}
	return p.denied(by, what, res)
}

// allows asks the rules about one grant.
func (p *Policy) allows(kind bedrail.ActorKind, g bedrail.Grant, what bedrail.Action, res bedrail.Resource) bool {
	grant := types.NewEntityUID("Grant", types.String(g.Role+"@"+g.Site+"/"+g.Unit))
	thing := types.NewEntityUID("Resource", types.String(res.Type+"/"+res.ID))
	entities := types.EntityMap{
		grant: {UID: grant, Parents: types.NewEntityUIDSet(types.NewEntityUID("Role", types.String(g.Role))),
			Attributes: types.NewRecord(types.RecordMap{"site": types.String(g.Site), "unit": types.String(g.Unit)})},
		thing: {UID: thing, Attributes: types.NewRecord(types.RecordMap{"site": types.String(res.Site), "unit": types.String(res.Unit),
			"listed": types.Boolean(res.ID == "" && res.Site == "" && res.Unit == "")})},
	}
	decision, diagnostic := cedar.Authorize(p.rules, entities, cedar.Request{
		Principal: grant, Action: types.NewEntityUID("Action", types.String(what)), Resource: thing,
		Context: types.NewRecord(types.RecordMap{"kind": types.String(kind)}),
	})
	return decision == cedar.Allow && len(diagnostic.Errors) == 0
}

// denied says what is missing, and who has it.
func (p *Policy) denied(by bedrail.Actor, what bedrail.Action, res bedrail.Resource) error {
	roles := p.may[what]
	if len(roles) == 0 {
		return bedrail.Errorf(bedrail.Denied, "nobody may %s", what).Because("nobody", "what", string(what))
	}
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	who := strings.Join(words, ", ")
	switch {
	case by.Kind == bedrail.Token && slices.ContainsFunc(by.Grants, func(g bedrail.Grant) bool { return slices.Contains(roles, Role(g.Role)) && g.Site == "" }):
		return bedrail.Errorf(bedrail.Denied, "a token may not %s; sign in as a person", what).Because("token", "what", string(what))
	case slices.ContainsFunc(by.Grants, func(g bedrail.Grant) bool { return slices.Contains(roles, Role(g.Role)) }):
		return bedrail.Errorf(bedrail.Denied, "your role does not reach %s to %s there; a role that does: %s", place(res), what, who).Because(reach(res), "at", cmp.Or(res.Unit, res.Site), "what", string(what), "roles", who)
	}
	return bedrail.Errorf(bedrail.Denied, "you may not %s; a role that may: %s", what, who).Because("role", "what", string(what), "roles", who)
}

// reach names how far the roles of a refused person would have to reach.
func reach(res bedrail.Resource) string {
	switch {
	case res.Unit != "":
		return "unit"
	case res.Site != "":
		return "site"
	}
	return "house"
}

func place(res bedrail.Resource) string {
	switch {
	case res.Unit != "":
		return "unit " + res.Unit
	case res.Site != "":
		return "site " + res.Site
	}
	return "the whole hospital"
}

// Permissions lists what grants allow at some place or other: what a screen
// need not hide. The capability still asks about the thing itself.
func (p *Policy) Permissions(grants []bedrail.Grant) []bedrail.Action {
	var out []bedrail.Action
	for _, what := range Actions() {
		for _, g := range grants {
			if slices.Contains(p.may[what], Role(g.Role)) {
				out = append(out, what)
				break
			}
		}
	}
	return out
}

// Table says for each role what it may do.
func (p *Policy) Table() map[Role][]bedrail.Action {
	table := make(map[Role][]bedrail.Action)
	for _, role := range Roles() {
		table[role] = p.Permissions([]bedrail.Grant{{Role: string(role)}})
	}
	return table
}
