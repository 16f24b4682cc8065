// Package webhook signs what is posted to other systems, and checks what they
// post, as Standard Webhooks 1.0 says: a receiver then knows who sent a body,
// that nothing in it was changed, and that nobody sends it again later.
package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signed post.
const (
	ID        = "Webhook-Id"
	Timestamp = "Webhook-Timestamp"
	Signature = "Webhook-Signature"
)

// Tolerance is how far the clocks of sender and receiver may differ.
const Tolerance = 5 * time.Minute

// prefix marks secrets whose bytes are written as base64.
const prefix = "whsec_"

// NewSecret makes a secret of 32 random bytes.
func NewSecret() string {
	key := make([]byte, 32)
	rand.Read(key) // never fails; crypto/rand ends the program instead
	return prefix + base64.StdEncoding.EncodeToString(key)
}

// key returns the bytes of a secret: whsec_ and base64, or any text as it is.
func key(secret string) []byte {
	secret = strings.TrimSpace(secret)
	if rest, ok := strings.CutPrefix(secret, prefix); ok {
		if raw, err := base64.StdEncoding.DecodeString(rest); err == nil {
			return raw
		}
	}
	return []byte(secret)
}

// Sign is one signature: v1 and HMAC-SHA256 over id, time and body.
func Sign(secret, id string, at int64, body []byte) string {
	m := hmac.New(sha256.New, key(secret))
	fmt.Fprintf(m, "%s.%d.", id, at)
	m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// Set puts the headers of a post into h, signed with each of secrets: while a
// secret is being changed, the receiver may know either.
func Set(h http.Header, secrets []string, id string, at time.Time, body []byte) {
	signatures := make([]string, len(secrets))
	for i, s := range secrets {
		signatures[i] = Sign(s, id, at.Unix(), body)
	}
	h.Set(ID, id)
	h.Set(Timestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(Signature, strings.Join(signatures, " "))
}

// Verify checks the headers of a post that came at now, and returns its id.
func Verify(h http.Header, secret string, now time.Time, body []byte) (id string, err error) {
	id = h.Get(ID)
	at, err := strconv.ParseInt(h.Get(Timestamp), 10, 64)
	if err != nil || id == "" {
		return "", errors.New("the post has no id or no time")
	}
	if d := now.Sub(time.Unix(at, 0)); d > Tolerance || d < -Tolerance {
		return "", errors.New("the post is too old or of the future")
	}
	want := Sign(secret, id, at, body)
	for got := range strings.FieldsSeq(h.Get(Signature)) {
		if hmac.Equal([]byte(got), []byte(want)) {
			return id, nil
		}
	}
	return "", errors.New("no signature of the post is of this secret")
}
