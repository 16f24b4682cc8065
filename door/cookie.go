package door

import (
	"net/http"
	"time"
)

// Names of the session cookie. A browser takes a __Host- cookie only with
// Secure, which plain http cannot give: there, and only on loopback, the
// cookie has another name, so that the two can never be taken for each other.
const (
	SecureCookie   = "__Host-bedrail"
	LoopbackCookie = "bedrail-loopback"
)

// Cookies writes and reads the session cookie.
type Cookies struct {
	TLS bool // the listener speaks TLS
}

// Name is the name of the cookie.
func (c Cookies) Name() string {
	if c.TLS {
		return SecureCookie
	}
	return LoopbackCookie
}

// Session returns the cookie that holds secret until expires. It is not sent
// along with anything that another site asks for, and no script can read it.
func (c Cookies) Session(secret string, expires time.Time) *http.Cookie {
	return &http.Cookie{Name: c.Name(), Value: secret, Path: "/", Expires: expires, HttpOnly: true, Secure: c.TLS, SameSite: http.SameSiteStrictMode}
}

// Gone returns the cookie that makes a browser forget its session.
func (c Cookies) Gone() *http.Cookie {
	gone := c.Session("", time.Unix(1, 0))
	gone.MaxAge = -1
	return gone
}

// Secret returns the secret that r shows, or nothing.
func (c Cookies) Secret(r *http.Request) string {
	cookie, err := r.Cookie(c.Name())
	if err != nil {
		return ""
	}
	return cookie.Value
}
