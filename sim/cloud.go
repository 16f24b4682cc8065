package sim

import "context"

// clouds brings what the vendors of home devices know: it waits for a reader.
func (s *stage) clouds(ctx context.Context) error { return nil }
