package mapping

import "errors"

type segmentWriter struct{}

func (c *compiler) backwards() error { return errors.New("not yet") }
