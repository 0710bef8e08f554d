package yomicloud

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Insecure reports whether the token would travel in the clear: an http endpoint on another machine.
func Insecure(endpoint string) bool {
	u, err := url.Parse(strings.TrimSpace(endpoint))
	if err != nil || u.Scheme != "http" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return false
	}
	ip := net.ParseIP(host)
	return ip == nil || !ip.IsLoopback()
}

// follow says whether a redirect is followed. The form holds the token, so only to the same host (or up to https
// there), and only 307 and 308, which keep the form. Other redirects come back to the caller as the answer.
func follow(next *http.Request, before []*http.Request) error {
	from := before[len(before)-1].URL
	same := next.URL.Host == from.Host && next.URL.Scheme == from.Scheme
	raised := from.Scheme == "http" && next.URL.Scheme == "https" && from.Hostname() == next.URL.Hostname()
	if next.Method != http.MethodPost || !same && !raised || len(before) >= 5 {
		return http.ErrUseLastResponse
	}
	return nil
}
