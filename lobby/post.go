package lobby

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"bedrail"
	"bedrail/exchange"
)

// Client is how senders post to a receiver: no proxy, no redirect, encrypted
// as settings say. host names the receiver in errors, which never hold the
// rest of the address.
func Client(env exchange.Env, address string, own *exchange.TLSSettings, timeout time.Duration) (client *http.Client, host string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", bedrail.Errorf(bedrail.Invalid, "the address cannot be read")
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy, t.MaxIdleConnsPerHost, t.IdleConnTimeout = nil, 16, 30*time.Second
	if u.Scheme == "https" {
		if own == nil {
			own = &exchange.TLSSettings{On: true}
		}
		if t.TLSClientConfig, err = env.TLS.Client(own, u.Host, env.Folder); err != nil {
			return nil, "", err
		}
	}
	return &http.Client{Transport: t, Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, u.Host, nil
}

// Away is the error of a receiver that did not answer, without the address
// that was asked for.
func Away(host string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return bedrail.Errorf(bedrail.Unavailable, "%s: %w", host, err)
}

// Judge says what an answer of HTTP means for a delivery: an error when the
// receiver is not there, else what it said.
func Judge(status int, answer []byte) (exchange.Acknowledgment, error) {
	ack := exchange.Acknowledgment{Code: strconv.Itoa(status), Text: http.StatusText(status), Body: answer}
	switch {
	case status >= 200 && status < 300:
		ack.Outcome = exchange.Accepted
	case status == http.StatusTooManyRequests, status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return ack, bedrail.Errorf(bedrail.Unavailable, "the receiver answered %d %s", status, http.StatusText(status))
	case status >= 500, status == http.StatusConflict, status == http.StatusRequestTimeout, status == http.StatusUnauthorized, status == http.StatusForbidden:
		ack.Outcome = exchange.Failed
	default:
		ack.Outcome = exchange.Refused
	}
	return ack, nil
}
