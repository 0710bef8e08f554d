package route

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// Fault is what is wrong on the way to a service. What to do about it is said in the words of each client.
type Fault int

// The faults that a user can do something about, in the order in which they are looked for.
const (
	OtherFault       Fault = iota // none of these, or none of the way's
	UnknownAuthority              // the certificate was issued by nobody trusted here
	OtherName                     // the certificate is good, for another host name
	BadCertificate                // the certificate has expired, or is wrong in itself
	PlainHTTP                     // the service does not speak https there
	OnlyHTTPS                     // the service speaks https there, and was spoken to in plain http
	UnknownHost                   // the host name has no address
	Refused                       // nobody listens there
	ProxyLogin                    // the proxy wants a user name and a password
	Slow                          // nothing came in time
)

// AdviseProxyLogin is what to do about ProxyLogin, and about the status 407.
const AdviseProxyLogin = "the proxy wants a user name and a password: give them in the provider's proxy or in " +
	"HTTPS_PROXY"

// Diagnose tells the faults of the way apart. err must not be nil.
func Diagnose(err error) Fault {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		dns     *net.DNSError
	)
	switch {
	case errors.As(err, &unknown):
		return UnknownAuthority
	case errors.As(err, &host):
		return OtherName
	case errors.As(err, &invalid):
		return BadCertificate
	case plainHTTP(err):
		return PlainHTTP
	case onlyHTTPS(err):
		return OnlyHTTPS
	case errors.As(err, &dns):
		return UnknownHost
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case proxyLogin(err):
		return ProxyLogin
	case TimedOut(err):
		return Slow
	}
	return OtherFault
}

// TimedOut tells that an answer did not come in time, from one that will not come at all.
func TimedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// Permanent tells causes that will be the same the next time: no TLS, or a proxy that wants to know who is there.
func Permanent(err error) bool { return NoTLS(err) || onlyHTTPS(err) || proxyLogin(err) }

// NoTLS tells causes of which no encrypted connection came: a certificate that is not trusted, or a service without
// TLS.
func NoTLS(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate) || plainHTTP(err)
}

// Go has no error values for the next three, as far as they are told by their words.

func plainHTTP(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record) || strings.Contains(err.Error(), "HTTP response to HTTPS client")
}

// onlyHTTPS tells the record of TLS that says that what came was none: its first bytes are 21 and 3.
func onlyHTTPS(err error) bool {
	return strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`)
}

// RefusesHTTP tells the words with which servers refuse plain http where they speak https, with the status 400.
func RefusesHTTP(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "http request to an https server") || // Go
		strings.Contains(m, "plain http request was sent to https port") || // nginx
		strings.Contains(m, "speaking plain http to an ssl-enabled server port") || // Apache
		strings.Contains(m, "combination of host and port requires tls") // Tomcat
}

func proxyLogin(err error) bool {
	return strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired))
}
