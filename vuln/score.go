package vuln

import (
	"strings"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"
)

// scoreOf computes the score of a CVSS vector of any version. A text that is
// no such vector has none.
func scoreOf(vector string) (Score, bool) {
	vector = strings.TrimSpace(vector)
	switch {
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		if v, err := gocvss40.ParseVector(vector); err == nil {
			return Score{Version: "4.0", Vector: vector, Score: v.Score()}, true
		}
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		if v, err := gocvss31.ParseVector(vector); err == nil {
			return Score{Version: "3.1", Vector: vector, Score: v.BaseScore()}, true
		}
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		if v, err := gocvss30.ParseVector(vector); err == nil {
			return Score{Version: "3.0", Vector: vector, Score: v.BaseScore()}, true
		}
	case strings.HasPrefix(vector, "AV:") || strings.HasPrefix(vector, "(AV:"):
		vector = strings.Trim(vector, "()")
		if v, err := gocvss20.ParseVector(vector); err == nil {
			return Score{Version: "2.0", Vector: vector, Score: v.BaseScore()}, true
		}
	}
	return Score{}, false
}
