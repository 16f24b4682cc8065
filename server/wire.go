package server

import "context"

// wire gives the capabilities to the doors and names what they need of one
// another: importers, checks of health, steps of the set-up.
func (s *Server) wire(_ context.Context) error {
	s.setup["administrator"] = s.Access.SettledSince
	return nil
}
