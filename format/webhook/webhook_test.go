package webhook_test

import (
	"net/http"
	"testing"
	"time"

	"bedrail/format/webhook"
)

// TestSign holds the example of the Standard Webhooks specification.
func TestSign(t *testing.T) {
	got := webhook.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAReceiverBelievesOnlyWhatIsSigned(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	old, fresh, body := webhook.NewSecret(), webhook.NewSecret(), []byte(`{"a":1}`)
	signed := func(change func(http.Header)) http.Header {
		h := http.Header{}
		webhook.Set(h, []string{fresh, old}, "ltr_1", now, body)
		if change != nil {
			change(h)
		}
		return h
	}
	for name, c := range map[string]struct {
		change func(http.Header)
		secret string
		now    time.Time
		body   string
		good   bool
	}{
		"the new secret holds":                  {secret: fresh, good: true},
		"and so does the old one":               {secret: old, good: true},
		"any other does not":                    {secret: webhook.NewSecret()},
		"nor does another body":                 {secret: fresh, body: `{"a":2}`},
		"nor another id":                        {secret: fresh, change: func(h http.Header) { h.Set(webhook.ID, "ltr_2") }},
		"a post of long ago is not believed":    {secret: fresh, now: now.Add(6 * time.Minute)},
		"nor one of the future":                 {secret: fresh, now: now.Add(-6 * time.Minute)},
		"a post without a time is not believed": {secret: fresh, change: func(h http.Header) { h.Del(webhook.Timestamp) }},
	} {
		if c.now.IsZero() {
			c.now = now.Add(time.Minute)
		}
		if c.body == "" {
			c.body = string(body)
		}
		id, err := webhook.Verify(signed(c.change), c.secret, c.now, []byte(c.body))
		if (err == nil) != c.good || c.good && id != "ltr_1" {
			t.Errorf("%s: got %q, %v", name, id, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("msg_1", "1614265330", "v1,abc v1,def", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", []byte(`{}`))
	f.Fuzz(func(t *testing.T, id, at, signature, secret string, body []byte) {
		h := http.Header{webhook.ID: {id}, webhook.Timestamp: {at}, webhook.Signature: {signature}}
		if _, err := webhook.Verify(h, secret, time.Unix(1614265330, 0), body); err == nil {
			h = http.Header{}
			webhook.Set(h, []string{secret}, id, time.Unix(1614265330, 0), body)
		}
	})
}
