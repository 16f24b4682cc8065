package server_test

import (
	"testing"

	"bedrail/server"
)

func TestTheSelfTestPasses(t *testing.T) {
	found := server.SelfTest(t.Context(), nil)
	if len(found) != 6 {
		t.Errorf("%d things were tried", len(found))
	}
	for _, d := range found {
		if d.State != "ok" {
			t.Errorf("%s: %s", d.Name, d.Detail)
		}
	}
}
