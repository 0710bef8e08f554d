package dingtalk

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// checkEndpoint returns the endpoint that paths are put behind.
func checkEndpoint(o Options) (string, error) {
	bad := func(why string) (string, error) {
		return "", fmt.Errorf("endpoint %q: %s; write it like %s", withoutSecrets(o.Endpoint), why, Mainland)
	}
	s := strings.TrimSpace(o.Endpoint)
	switch {
	case o.Transport != nil && (s == "" || s == "sandbox:"):
		return "http://sandbox", nil
	case s == "":
		return Mainland, nil
	}
	u, err := url.Parse(s)
	switch {
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

// withoutSecrets cuts out of something that should be a URL what may be secret: user, password, query, fragment.
func withoutSecrets(s string) string {
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

// newTransport returns the network: proxies, authorities, connections kept open. It speaks HTTP/1.1 alone, where
// Go sends a POST a second time by itself only when not one byte of the first was written (on a kept connection
// that turned out to be closed); with HTTP/2 it does so also when the service may have begun with it.
func newTransport(o Options, endpoint string) (*http.Transport, error) {
	proxy, err := chooseProxy(o.Proxy, endpoint)
	if err != nil {
		return nil, err
	}
	roots, err := authorities(o.CAFile)
	if err != nil {
		return nil, err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               proxy,
		DialContext:         (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 20 * time.Second,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     60 * time.Second,
		Protocols:           protocols,
	}, nil
}

func chooseProxy(proxy, endpoint string) (func(*http.Request) (*url.URL, error), error) {
	if proxy == "" {
		req, err := http.NewRequest(http.MethodPost, endpoint, nil)
		if err != nil {
			return nil, err
		}
		if u, err := http.ProxyFromEnvironment(req); err != nil || u != nil && u.Hostname() == "" {
			// The cause would repeat the variable with the password that may be in it.
			return nil, errors.New("HTTP_PROXY or HTTPS_PROXY is not a URL: write it like http://proxy.example.com:3128")
		}
		return http.ProxyFromEnvironment, nil
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" && u.Scheme != "socks5h" {
		return nil, fmt.Errorf("proxy %q is not the URL of a proxy: write it like http://proxy.example.com:3128", withoutSecrets(proxy))
	}
	return http.ProxyURL(u), nil
}

// authorities returns the system's with those of a PEM file; nil, which means the system's, without a file.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file %s: there is no certificate in it; it must be a PEM file (-----BEGIN CERTIFICATE-----)", file)
	}
	return pool, nil
}
