package api

import (
	"context"
	"net/http"

	"bedrail"
	"bedrail/exchange"
)

func (a *API) registerAccount() {
	serve(a, route{Method: http.MethodPost, Path: "/messages/account", ID: "account-messages", Tag: "Messages", Summary: "Who received data about a patient, within a time, and for what purpose",
		About: "An accounting of disclosures (45 CFR 164.528), read from the audit record: each line has its number there and can be proven. The patient is looked up by a keyed digest and is not in the answer; who asks, and why, is on record. Messages whose content was forgotten are counted too."},
		func(ctx context.Context, by bedrail.Actor, in *struct{ Body exchange.AccountSpec }) (exchange.Account, error) {
			x, err := a.exchange()
			if err != nil {
				return exchange.Account{}, err
			}
			return x.Account(ctx, by, in.Body)
		})
}
