package server

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// codeGate is the gate's own among the codes of the drive (see records.CodeGate).
const codeGate = 1005

// gate stands before a sandbox that is served on a socket. Its tokens keep out who does not know them; the gate keeps
// out web pages that are open on this machine, which could try them, or make calls that need none. A page whose own
// name was made to lead here (DNS rebinding) still calls by that name; every other page's browser says that it is one.
func gate(next http.Handler, byName func(*http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, why := turnedAway(r, byName); why != "" {
			AnswerEarly(w, r, func() { Respond(w, status, "application/json; charset=utf-8", gateAnswer(why)) })
			return
		}
		next.ServeHTTP(w, r)
	})
}

// gateAnswer is in the words of the drive and of DingTalk: which of them was meant is not looked at.
func gateAnswer(why string) []byte {
	body, err := json.Marshal(struct {
		Code    int    `json:"code"`
		Msg     string `json:"msg"`
		Message string `json:"message"`
	}{codeGate, why, why})
	if err != nil { // a number and texts
		panic(err)
	}
	return body
}

// turnedAway says why a call is not let in; "" if it is.
func turnedAway(r *http.Request, byName func(*http.Request) bool) (status int, why string) {
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

// forLoopback reports whether a host can only be this machine: an address, which nobody can make lead elsewhere, or
// localhost.
func forLoopback(host string) bool {
	name := Hostname(host)
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
