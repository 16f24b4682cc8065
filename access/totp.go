package access

import (
	"crypto/fips140"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Parameters of the second factor, those that every authenticator app knows
// (RFC 6238 with HMAC-SHA-1, which remains approved for HMAC).
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpSecret = 20 // bytes
	totpSkew   = 1  // steps before and after now that are accepted
)

// newTOTPSecret returns a fresh secret.
func newTOTPSecret() []byte {
	secret := make([]byte, totpSecret)
	rand.Read(secret)
	return secret
}

// totpAt returns the code of one time step, with the given number of digits.
func totpAt(secret []byte, step int64, digits int) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	var sum []byte
	// HMAC with SHA-1 is not about collisions and stays approved (SP 800-131A),
	// but the module that enforces FIPS mode knows SHA-2 and SHA-3 only.
	fips140.WithoutEnforcement(func() {
		mac := hmac.New(sha1.New, secret)
		mac.Write(counter[:])
		sum = mac.Sum(nil)
	})
	// RFC 4226 5.3: the last nibble says where the four bytes stand.
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// checkTOTP returns the time step that code belongs to, if it is near now and
// later than last, which was accepted before.
func checkTOTP(secret []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	code = strings.ReplaceAll(code, " ", "")
	current := now.Unix() / int64(totpStep.Seconds())
	for s := current - totpSkew; s <= current+totpSkew; s++ {
		if subtle.ConstantTimeCompare([]byte(totpAt(secret, s, totpDigits)), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// totpURI is what an authenticator app reads from a picture.
func totpURI(name string, secret []byte) string {
	q := url.Values{"secret": {totpText(secret)}, "issuer": {"Bedrail"}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return "otpauth://totp/" + url.PathEscape("Bedrail:"+name) + "?" + q.Encode()
}

func totpText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}
