package esign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// secretKey signs requests by TC3-HMAC-SHA256.
type secretKey struct{ id, secret string }

// tc3Authorization is an Authorization header taken apart.
type tc3Authorization struct {
	secretID, date, service string
	signed                  []string // names of headers
	signature               string
}

var tc3Form = regexp.MustCompile(`^TC3-HMAC-SHA256 Credential=([^/,\s]+)/([0-9-]+)/([^/,\s]+)/tc3_request, ?` +
	`SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$`)

func readTC3(header string) (tc3Authorization, bool) {
	m := tc3Form.FindStringSubmatch(header)
	if m == nil {
		return tc3Authorization{}, false
	}
	return tc3Authorization{m[1], m[2], m[3], strings.Split(m[4], ";"), m[5]}, true
}

// sign computes the signature over a POST of body to /, sent at the given moment with these headers and host.
func (k secretKey) sign(a tc3Authorization, at time.Time, host string, h http.Header, body []byte) string {
	var headers strings.Builder
	for _, name := range a.signed {
		value := h.Get(name)
		if name == "host" {
			value = host
		}
		headers.WriteString(name + ":" + strings.ToLower(strings.TrimSpace(value)) + "\n")
	}
	if h.Get("X-TC-Content-SHA256") == "UNSIGNED-PAYLOAD" {
		body = []byte("UNSIGNED-PAYLOAD")
	}
	request := strings.Join([]string{"POST", "/", "", headers.String(), strings.Join(a.signed, ";"), hexSHA256(body)},
		"\n")
	scope := a.date + "/" + a.service + "/tc3_request"
	toSign := strings.Join([]string{"TC3-HMAC-SHA256", strconv.FormatInt(at.Unix(), 10), scope,
		hexSHA256([]byte(request))}, "\n")

	signing := hmacSHA256([]byte("TC3"+k.secret), a.date)
	signing = hmacSHA256(signing, a.service)
	signing = hmacSHA256(signing, "tc3_request")
	return hex.EncodeToString(hmacSHA256(signing, toSign))
}

// covers reports whether a signature of that time covers all that it must.
func (a tc3Authorization) covers(at time.Time) bool {
	return a.date == at.UTC().Format(time.DateOnly) && slices.IsSorted(a.signed) &&
		slices.Contains(a.signed, "content-type") && slices.Contains(a.signed, "host")
}

// verify reports whether the signature is right. One of the vendor's clients signs the host with its port and another
// without, so both are accepted.
func (k secretKey) verify(a tc3Authorization, at time.Time, host string, h http.Header, body []byte) bool {
	hosts := []string{host}
	if bare, _, err := net.SplitHostPort(host); err == nil {
		hosts = append(hosts, bare)
	}
	return slices.ContainsFunc(hosts, func(host string) bool {
		return hmac.Equal([]byte(k.sign(a, at, host, h, body)), []byte(a.signature))
	})
}

func hmacSHA256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
