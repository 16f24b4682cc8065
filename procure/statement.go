package procure

import (
	"context"
	"slices"
	"strings"

	"bedrail"
	"bedrail/format/mds2"
)

// A StatementView is a statement with what stands beside it.
type StatementView struct {
	Statement
	Earlier        []Statement // others of the model, the newest first
	Contradictions []Contradiction
}

// Statement returns one statement, the others of its model, and what
// contradicts them.
func (g *Gate) Statement(ctx context.Context, by bedrail.Actor, id string) (StatementView, error) {
	all, err := g.Statements(ctx, by)
	if err != nil {
		return StatementView{}, err
	}
	i := slices.IndexFunc(all, func(s Statement) bool { return s.ID == id })
	if i < 0 {
		return StatementView{}, bedrail.Errorf(bedrail.NotFound, "there is no MDS2 %s", id)
	}
	v := StatementView{Statement: all[i], Earlier: []Statement{}, Contradictions: []Contradiction{}}
	for _, s := range all {
		if s.ID != id && s.Manufacturer == v.Manufacturer && strings.EqualFold(s.Model, v.Model) {
			v.Earlier = append(v.Earlier, s)
		}
	}
	found, err := g.Contradictions(ctx, by)
	for _, c := range found {
		if c.Maker == v.Manufacturer && strings.EqualFold(c.Model, v.Model) {
			v.Contradictions = append(v.Contradictions, c)
		}
	}
	return v, err
}

// StatementDiff compares two statements, question by question.
func (g *Gate) StatementDiff(ctx context.Context, by bedrail.Actor, from, to string) ([]mds2.Change, error) {
	was, err := g.Statement(ctx, by, from)
	if err != nil {
		return nil, err
	}
	is, err := g.Statement(ctx, by, to)
	if err != nil {
		return nil, err
	}
	return mds2.Diff(&was.Sheet, &is.Sheet), nil
}
