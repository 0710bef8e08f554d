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

// adviseProxyLogin is what to do about a proxy that wants a password, and about the status 407.
const adviseProxyLogin = "the proxy wants a user name and a password: give them in the provider's proxy or in " +
	"HTTPS_PROXY"

// adviseHTTPS is what to do about a service that speaks https and was spoken to in plain http.
const adviseHTTPS = "https is spoken there: begin the provider's endpoint with https://"

// Advise says what a user can do about the cause of a failure on the way to a service, such as "the drive": "" where
// that is nothing.
func Advise(err error, service string) string {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		dns     *net.DNSError
	)
	reach := "check the provider's endpoint, and that " + service + " can be reached from here"
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, &unknown):
		return "if the certificate was issued by your own authority, set ca_file in the provider block"
	case errors.As(err, &host):
		return "the certificate belongs to another name: use that name in the provider's endpoint"
	case errors.As(err, &invalid):
		return "the certificate must be renewed or corrected; is this machine's clock right?"
	case plainHTTP(err):
		return "https is not spoken there: check the provider's endpoint"
	case onlyHTTPS(err):
		return adviseHTTPS
	case errors.As(err, &dns):
		return "check the host name in the provider's endpoint, and the proxy settings"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: is it running? " + reach
	case proxyLogin(err):
		return adviseProxyLogin
	case TimedOut(err):
		return "raise timeout in the provider block if the line or the service is slow; " + reach
	case errors.Is(err, ErrUnreadable), errors.Is(err, ErrTooLarge), errors.Is(err, ErrPacking),
		errors.Is(err, ErrShort):
		return "that is not how " + service + " answers: check the provider's endpoint, " +
			"and whether a proxy stands in between"
	}
	return reach
}

// Unreached says in plain words why there is no connection to a server, such as "nothing listens at 10.0.0.1:443"; ""
// where an error is about something else.
func Unreached(err error) string {
	var (
		dns *net.DNSError
		op  *net.OpError
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no host is called " + dns.Name
	case errors.As(err, &dns):
		return "the name " + dns.Name + " could not be looked up"
	case !errors.As(err, &op) || op.Op != "dial" || op.Addr == nil:
		return ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at " + op.Addr.String()
	case op.Timeout():
		return op.Addr.String() + " does not answer"
	}
	return op.Addr.String() + " cannot be reached"
}

// AdviseStatus says what a user can do about an HTTP status without a code of the service, or of 500 and more.
func AdviseStatus(status int, message, service string) string {
	switch {
	case status/100 == 3:
		return "calls are not sent on to another address: if this one is right, make it the provider's endpoint"
	case status == http.StatusBadRequest && refusesHTTP(message):
		return adviseHTTPS
	case status == http.StatusProxyAuthRequired:
		return adviseProxyLogin
	case status == http.StatusRequestEntityTooLarge:
		return "it is too large for " + service + " or for a proxy before it: whoever runs them can raise the limit"
	case status == http.StatusTooManyRequests:
		return service + " is asked too often: try again a little later"
	case status == http.StatusGatewayTimeout, status == http.StatusRequestTimeout:
		return service + " was too slow for the proxy before it: try again later"
	case status >= 500:
		return "the fault is on the side of " + service + ": try again later"
	}
	return "check the provider's endpoint, with its path prefix if there is one"
}

// TimedOut reports whether an answer did not come in time.
func TimedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// Permanent reports whether a cause will be the same the next time: a certificate that is not trusted, a proxy that
// wants a password, an answer that is too large.
func Permanent(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate) || plainHTTP(err) || onlyHTTPS(err) || proxyLogin(err) ||
		errors.Is(err, ErrTooLarge) || errors.Is(err, ErrPacking)
}

// For what the next three look for Go has no error values, only words.

func plainHTTP(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record) || strings.Contains(err.Error(), "HTTP response to HTTPS client")
}

// onlyHTTPS looks for the TLS alert that answers plain HTTP: its first bytes are 21 and 3.
func onlyHTTPS(err error) bool {
	return strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`)
}

// refusesHTTP looks for the words with which servers that speak https refuse plain http, with the status 400.
func refusesHTTP(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "http request to an https server") || // Go
		strings.Contains(m, "plain http request was sent to https port") || // nginx
		strings.Contains(m, "speaking plain http to an ssl-enabled server port") || // Apache
		strings.Contains(m, "combination of host and port requires tls") // Tomcat
}

func proxyLogin(err error) bool {
	return strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired))
}
