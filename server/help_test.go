package server_test

import (
	"net/url"
	"testing"
	"time"

	"bedrail"
	"bedrail/access"
)

// localToken makes a token as the command line beside the data folder does.
func (h *house) localToken(owner string) (string, error) {
	by := bedrail.SystemActor("test", h.Config.Tenant)
	_, secret, err := h.Access.CreateTokenFor(h.t.Context(), by, owner, access.TokenSpec{Name: "test", Lasts: time.Hour})
	return secret, err
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
