package api_test

import (
	"encoding/json"
	"testing"

	"bedrail/api"
)

// An operation that nobody thought of a command for would be on the screens
// alone; whoever adds one decides here.
func TestEveryOperationHasACommandOrAReason(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]struct {
			ID       string   `json:"operationId"`
			Commands []string `json:"x-bedrail-commands"`
		}
	}
	if err := json.Unmarshal(document(t), &doc); err != nil {
		t.Fatal(err)
	}
	table, there := api.Commands(), map[string]bool{}
	for _, methods := range doc.Paths {
		for _, op := range methods {
			there[op.ID] = true
			c, told := table[op.ID]
			switch {
			case !told:
				t.Errorf("%s: api/commands.txt names no command, and no reason why there is none", op.ID)
			case c.Why == "" && len(op.Commands) != len(c.Lines):
				t.Errorf("%s: the description has %q, the table %q", op.ID, op.Commands, c.Lines)
			case c.Why != "" && (len(c.Lines) > 0 || len(c.Why) < 20):
				t.Errorf("%s: has either commands or a reason: %q, %q", op.ID, c.Lines, c.Why)
			}
		}
	}
	for id := range table {
		if !there[id] {
			t.Errorf("api/commands.txt names %s, which is no operation", id)
		}
	}
}
