package vuln

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/format/query"
)

// Export returns what the hospital holds about the findings of a filter, as a
// document in one of the formats of VEX: openvex, csaf or cyclonedx. publisher
// names who says it.
func (b *Board) Export(ctx context.Context, by bedrail.Actor, format, publisher string, req query.Request) (map[string]any, error) {
	write := map[string]func(exported) map[string]any{"openvex": writeOpenVEX, "csaf": writeCSAF, "cyclonedx": writeCycloneDX}[format]
	if write == nil {
		return nil, bedrail.Errorf(bedrail.Invalid, "there is no format %q; there are openvex, csaf and cyclonedx", format)
	}
	page, err := b.Findings(ctx, by, req)
	if err != nil {
		return nil, err
	}
	page.Items = slices.DeleteFunc(page.Items, func(f Finding) bool { return f.Kind != KindWeakness }) // VEX speaks of weaknesses
	now := b.Clock.Now().UTC()
	return write(exported{findings: page.Items, publisher: cmp.Or(publisher, "the hospital"), id: bedrail.NewID("vex", now), at: now.Format(time.RFC3339)}), nil
}

type exported struct {
	findings  []Finding
	publisher string
	id        string
	at        string
}

// stateOf is what is said of a finding outside: what was decided, or what was
// found.
func stateOf(f *Finding) State {
	switch {
	case f.Status == NotAffected && f.State == string(StateFixed):
		return StateFixed
	case f.Status == NotAffected:
		return StateNotAffected
	case f.Status == Affected && f.State != string(StateInvestigating):
		return StateAffected
	}
	return StateInvestigating
}

// why returns the justification and the words of a finding.
func why(f *Finding) (justification, words string) {
	words = f.Reason
	if f.Decision != nil {
		justification, words = f.Decision.Justification, cmp.Or(f.Decision.Note, f.Reason)
	}
	return justification, words
}

// productID names a model at a version.
func productID(k asset.ModelKey) string {
	return "urn:bedrail:" + url.QueryEscape(k.Manufacturer) + ":" + url.QueryEscape(k.Model) + ":" + url.QueryEscape(k.Version)
}

func writeOpenVEX(x exported) map[string]any {
	words := map[State]string{StateNotAffected: "not_affected", StateFixed: "fixed", StateAffected: "affected", StateInvestigating: "under_investigation"}
	statements := []any{}
	for i := range x.findings {
		f := &x.findings[i]
		product := map[string]any{"@id": productID(f.Model)}
		if f.Component.PURL != "" {
			product["subcomponents"] = []any{map[string]any{"@id": f.Component.PURL}}
		}
		s := map[string]any{"vulnerability": map[string]any{"name": f.Vulnerability, "aliases": f.Aliases}, "products": []any{product}, "status": words[stateOf(f)]}
		justification, text := why(f)
		switch stateOf(f) {
		case StateNotAffected:
			s["impact_statement"] = text
			if justification != "" {
				s["justification"] = justification
			}
		case StateAffected:
			s["action_statement"] = cmp.Or(action(f), text)
		}
		statements = append(statements, s)
	}
	return map[string]any{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:bedrail:" + x.id, "author": x.publisher, "timestamp": x.at, "version": 1, "statements": statements}
}

// action says what can be done.
func action(f *Finding) string {
	if len(f.Fixed) == 0 {
		return ""
	}
	return "fixed in " + strings.Join(f.Fixed, ", ")
}

func writeCSAF(x exported) map[string]any {
	categories := map[State]string{StateNotAffected: "known_not_affected", StateFixed: "fixed", StateAffected: "known_affected", StateInvestigating: "under_investigation"}
	vulnerabilities, branches := []any{}, []any{}
	seen := map[string]bool{}
	var one map[string]any
	for _, f := range byVulnerability(x.findings) {
		id := productID(f.Model)
		if !seen[id] {
			seen[id] = true
			branches = append(branches, csafBranch(f.Model, id))
		}
		if one == nil || one["id"] != f.Vulnerability {
			one = map[string]any{"id": f.Vulnerability, "status": map[string][]string{}, "flags": []any{}, "threats": []any{}}
			vulnerabilities = append(vulnerabilities, one)
		}
		state := stateOf(&f)
		status := one["status"].(map[string][]string)
		status[categories[state]] = append(status[categories[state]], id)
		justification, text := why(&f)
		if state == StateNotAffected && justification != "" {
			one["flags"] = append(one["flags"].([]any), map[string]any{"label": justification, "product_ids": []string{id}})
		}
		one["threats"] = append(one["threats"].([]any), map[string]any{"category": "impact", "details": text, "product_ids": []string{id}})
	}
	for i, v := range vulnerabilities {
		vulnerabilities[i] = csafVulnerability(v.(map[string]any))
	}
	return map[string]any{
		"document": map[string]any{"category": "csaf_vex", "csaf_version": "2.0", "title": "State of weaknesses in devices of " + x.publisher,
			"publisher": map[string]any{"category": "user", "name": x.publisher, "namespace": "urn:bedrail"},
			"tracking": map[string]any{"id": x.id, "status": "final", "version": "1", "initial_release_date": x.at, "current_release_date": x.at,
				"revision_history": []any{map[string]any{"number": "1", "date": x.at, "summary": "as of now"}}}},
		"product_tree": map[string]any{"branches": branches}, "vulnerabilities": vulnerabilities,
	}
}

func byVulnerability(findings []Finding) []Finding {
	out := slices.Clone(findings)
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(a.Vulnerability, b.Vulnerability) })
	return out
}

func csafBranch(k asset.ModelKey, id string) map[string]any {
	branch := func(category, name string, inner map[string]any) map[string]any {
		return map[string]any{"category": category, "name": cmp.Or(name, "unknown"), "branches": []any{inner}}
	}
	leaf := map[string]any{"category": "product_version", "name": cmp.Or(k.Version, "unknown"),
		"product": map[string]any{"product_id": id, "name": strings.TrimSpace(k.Manufacturer + " " + k.Model + " " + k.Version)}}
	return branch("vendor", k.Manufacturer, branch("product_name", k.Model, leaf))
}

func csafVulnerability(v map[string]any) map[string]any {
	id := v["id"].(string)
	out := map[string]any{"product_status": v["status"], "threats": v["threats"], "notes": []any{map[string]any{"category": "general", "text": id}}}
	if flags := v["flags"].([]any); len(flags) > 0 {
		out["flags"] = flags
	}
	if strings.HasPrefix(id, "CVE-") {
		out["cve"] = id
	} else {
		out["ids"] = []any{map[string]any{"system_name": "advisory", "text": id}}
	}
	return out
}

// cycloneJustifications are the words of CycloneDX for those of the others.
var cycloneJustifications = map[string]string{
	"component_not_present": "code_not_present", "vulnerable_code_not_present": "code_not_present", "vulnerable_code_not_in_execute_path": "code_not_reachable",
	"vulnerable_code_cannot_be_controlled_by_adversary": "requires_environment", "inline_mitigations_already_exist": "protected_by_mitigating_control",
}

func writeCycloneDX(x exported) map[string]any {
	words := map[State]string{StateNotAffected: "not_affected", StateFixed: "resolved", StateAffected: "exploitable", StateInvestigating: "in_triage"}
	components, vulnerabilities := []any{}, []any{}
	seen := map[string]bool{}
	component := func(ref string, c map[string]any) {
		if !seen[ref] {
			seen[ref] = true
			c["bom-ref"] = ref
			components = append(components, c)
		}
	}
	for i := range x.findings {
		f := &x.findings[i]
		model := productID(f.Model)
		component(model, map[string]any{"type": "device", "name": f.Model.Model, "version": f.Model.Version, "supplier": map[string]any{"name": f.Model.Manufacturer}})
		ref := model
		if f.Component.PURL != "" {
			ref = model + ":" + f.Component.PURL
			component(ref, map[string]any{"type": "library", "name": f.Component.Name, "version": f.Component.Version, "purl": f.Component.PURL})
		}
		justification, text := why(f)
		analysis := map[string]any{"state": words[stateOf(f)], "detail": text}
		if j := cmp.Or(cycloneJustifications[justification], justification); stateOf(f) == StateNotAffected && j != "" {
			analysis["justification"] = j
		}
		vulnerabilities = append(vulnerabilities, map[string]any{"id": f.Vulnerability, "analysis": analysis, "affects": []any{map[string]any{"ref": ref}}})
	}
	return map[string]any{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata":   map[string]any{"timestamp": x.at, "authors": []any{map[string]any{"name": x.publisher}}},
		"components": components, "vulnerabilities": vulnerabilities}
}
