package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// codeGate is the gate's code among those of the drive (see records.CodeGate).
const codeGate = 1005

// gate protects a sandbox on a socket from web pages that are open in a browser on this machine: they could guess
// tokens, or make calls that need none. A page with a host name that was made to lead here (DNS rebinding) calls by
// that name, which is refused; for every other page the browser says that a page is calling.
func gate(next http.Handler, byName func(*http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, why := refusedBecause(r, byName); why != "" {
			AnswerEarly(w, r, func() {
				RespondJSON(w, status, "application/json; charset=utf-8", gateAnswer{codeGate, why, why})
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// gateAnswer has the fields of the drive's answers and of DingTalk's, so that the clients of both can read it.
type gateAnswer struct {
	Code    int    `json:"code"`
	Msg     string `json:"msg"`
	Message string `json:"message"`
}

// refusedBecause is why a call is refused; "" if it is not.
func refusedBecause(r *http.Request, byName func(*http.Request) bool) (status int, why string) {
	if !forLoopback(r.Host) && !byName(r) {
		return http.StatusMisdirectedRequest, fmt.Sprintf(
			"this sandbox is not %q: call it by a loopback address, such as 127.0.0.1, or localhost", r.Host)
	}
	from := func(what, value string) (int, string) {
		return http.StatusForbidden, fmt.Sprintf("this sandbox is not for web pages (%s: %q)", what, value)
	}
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "none" && site != "same-origin" {
			return from("Sec-Fetch-Site", site)
		}
	}
	for _, name := range []string{"Origin", "Referer"} {
		for _, value := range r.Header.Values(name) {
			if u, err := url.Parse(value); err != nil || u.Host != r.Host || u.Scheme != "http" {
				return from(name, value)
			}
		}
	}
	return 0, ""
}

// Hostname is a host without its port, in lower case.
func Hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// forLoopback reports whether a host can only be this machine: a loopback address, or localhost.
func forLoopback(host string) bool {
	name := Hostname(host)
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
