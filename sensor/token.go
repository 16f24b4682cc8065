package sensor

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net"
	"strings"

	"bedrail"
)

// tokenPrefix begins every token of enrolment, so that scanners for lost
// secrets find them.
const tokenPrefix = "brs_"

// maxToken bounds the text of a token.
const maxToken = 2048

// A Token is what a person carries from the hub to a sensor: where the hub
// is, by what it is known, and the secret that lets one sensor in once.
type Token struct {
	Name   string `json:"n"`
	Enrol  string `json:"e"` // host:port at which sensors are enrolled
	Hub    string `json:"h"` // host:port at which they hand over
	Pin    string `json:"p"` // fingerprint of the hub's authority for sensors
	Secret string `json:"s"`
}

// String writes t in one word that can be pasted.
func (t Token) String() string {
	raw, err := json.Marshal(t)
	if err != nil {
		return "" // of five strings it does not fail
	}
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
}

// ParseToken reads what String wrote. Blanks around it and line breaks within
// do no harm: terminals add them.
func ParseToken(text string) (Token, error) {
	wrong := bedrail.Errorf(bedrail.Invalid, "this is no token of enrolment; it begins with %s and is copied whole from what \"bedrail sensor enrol\" printed", tokenPrefix)
	text = strings.Join(strings.Fields(text), "")
	body, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok || len(text) > maxToken {
		return Token{}, wrong
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return Token{}, wrong
	}
	var t Token
	if json.Unmarshal(raw, &t) != nil || CheckName(t.Name) != nil || t.Secret == "" || len(t.Pin) != hex.EncodedLen(sha256.Size) {
		return Token{}, wrong
	}
	for _, a := range []string{t.Enrol, t.Hub} {
		if host, port, err := net.SplitHostPort(a); err != nil || host == "" || port == "" {
			return Token{}, wrong
		}
	}
	return t, nil
}

// Pin is the fingerprint by which a sensor knows the hub's authority.
func Pin(authority *x509.Certificate) string {
	sum := sha256.Sum256(authority.Raw)
	return hex.EncodeToString(sum[:])
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
