// Package route is the way to a vendor's service, the same for every client: the address, the network, files that go
// and come, when a call is sent again, what a call that failed says, and what the log says. It does not know what a
// vendor answers: each client understands its own.
package route

import (
	"fmt"
	"net/url"
	"strings"
)

// Embedded is the endpoint of a service inside the process, which a transport of its own leads to.
const Embedded = "http://sandbox"

// Endpoint checks the address that paths are put behind, and returns it without a slash at its end. An empty one stands
// for usual. With embedded, an empty one and sandbox: stand for Embedded. example is a good address, for the message.
func Endpoint(endpoint, usual, example string, embedded bool) (string, error) {
	bad := func(why string) (string, error) {
		return "", fmt.Errorf("endpoint %q: %s; write it like %s", WithoutSecrets(endpoint), why, example)
	}
	s := strings.TrimSpace(endpoint)
	u, err := url.Parse(s)
	switch {
	case embedded && (s == "" || s == "sandbox:"):
		return Embedded, nil
	case s == "" && usual != "":
		return usual, nil
	case s == "":
		return bad("it is empty")
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\u3000' }):
		return bad("it has a blank in it")
	case err != nil || !strings.Contains(s, "://"):
		return bad("it is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return bad("it begins with neither https:// nor http://")
	case u.Hostname() == "":
		return bad("it names no host")
	case u.User != nil:
		return bad("it must hold no user name and no password")
	case strings.ContainsAny(s, "?#"):
		return bad("it must hold no query and no fragment")
	}
	return strings.TrimRight(s, "/"), nil
}

// WithoutSecrets cuts out of something that should be a URL what may be secret: user, password, query, fragment.
func WithoutSecrets(s string) string {
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		start := 0
		if i := strings.Index(s, "://"); i >= 0 && i < at {
			start = i + len("://")
		}
		s = s[:start] + "…" + s[at:]
	}
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i] + "…"
	}
	return s
}
