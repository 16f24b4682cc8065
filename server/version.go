package server

import (
	"runtime"
	"runtime/debug"
)

// A Build says which Bedrail this is.
type Build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// released and commit are set by the linker when a release is made, and by
// nothing else.
var released, commit string

// Version returns which Bedrail this is: what the release said, or what Go
// writes into each binary.
func Version() Build {
	if released != "" {
		return Build{Version: released, Commit: commit, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	}
	b := Build{Version: "(devel)", Commit: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	changed := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if changed {
		b.Commit += " and changes"
	}
	return b
}
