package api

import (
	_ "embed"
	"strings"
)

// commandText is the one table of which command asks what an operation asks.
//
//go:embed commands.txt
var commandText string

// everyList are the flags of a list that is asked for in pages.
const everyList = "[--filter {filter}] [--limit {limit}]"

// A Command is the command line of an operation, or why it has none.
type Command struct {
	Lines []string // as commands.txt explains them, without "bedrail"
	Why   string   // there is none
}

// Commands returns the table, by operation.
func Commands() map[string]Command {
	table := make(map[string]Command)
	for line := range strings.Lines(commandText) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		id, text, _ := strings.Cut(line, " ")
		text = strings.ReplaceAll(strings.TrimSpace(text), "%list", everyList)
		c := table[id]
		if why, none := strings.CutPrefix(text, "- "); none {
			c.Why = why
		} else {
			c.Lines = append(c.Lines, text)
		}
		table[id] = c
	}
	return table
}
