package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestWhoLeavesIsNoFault(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	tests := map[string]struct {
		ctx    context.Context
		err    error
		logged bool
	}{
		"who asked has gone":               {gone, fmt.Errorf("asking for links: %w", context.Canceled), false},
		"a fault while who asked has gone": {gone, errors.New("the page is broken"), true},
		"something inside was cancelled":   {t.Context(), context.Canceled, true},
	}
	for name, tt := range tests {
		var log bytes.Buffer
		problemOf(tt.ctx, slog.New(slog.NewTextHandler(&log, nil)), tt.err)
		if got := strings.Contains(log.String(), "a request failed"); got != tt.logged {
			t.Errorf("%s: logged is %v: %q", name, got, log.String())
		}
	}
}
