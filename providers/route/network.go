package route

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"countersign/confine"
)

// maxAuthorities is the size in bytes from which on a file is taken for something else than certificates: all that a
// system trusts are a quarter of a megabyte.
const maxAuthorities = 16 << 20

// Network says through what a service is reached, and how many idle connections are kept.
type Network struct {
	Proxy       string // URL; "": HTTP_PROXY, HTTPS_PROXY, NO_PROXY
	CAFile      string // PEM file of certificate authorities trusted besides the system's; "": the system's alone
	CAFolder    string // which CAFile must not lead out of; "": a person has named it
	Idle        int    // connections in all; 0: no limit
	IdlePerHost int    // Go's default, 2, would open a new connection for nearly each call
}

// Transport returns the network to an endpoint. It speaks HTTP/1.1 alone, where Go sends a POST a second time by itself
// only when not one byte of the first was written (on a kept connection that turned out to be closed); with HTTP/2 it
// does so also when the service may have begun with it.
func (n Network) Transport(endpoint string) (*http.Transport, error) {
	proxy, err := chooseProxy(n.Proxy, endpoint)
	if err != nil {
		return nil, err
	}
	roots, err := n.authorities()
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
		MaxIdleConns:        n.Idle,
		MaxIdleConnsPerHost: n.IdlePerHost,
		IdleConnTimeout:     60 * time.Second,
		Protocols:           protocols,
		DisableCompression:  true, // Budget.Read unpacks

		MaxResponseHeaderBytes: 256 << 10,
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
			return nil, errors.New("HTTP_PROXY or HTTPS_PROXY is not a URL: write it like " +
				"http://proxy.example.com:3128")
		}
		return http.ProxyFromEnvironment, nil
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" &&
		u.Scheme != "socks5h" {
		return nil, fmt.Errorf("proxy %q is not the URL of a proxy: write it like http://proxy.example.com:3128",
			WithoutSecrets(proxy))
	}
	return http.ProxyURL(u), nil
}

// authorities returns the system's with those of a PEM file; nil, which means the system's, without a file.
func (n Network) authorities() (*x509.CertPool, error) {
	if n.CAFile == "" {
		return nil, nil
	}
	pem, err := confine.ReadIn(n.CAFolder, n.CAFile, maxAuthorities)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	// Some editors put a byte order mark before the first line, and then it would not be seen.
	if !pool.AppendCertsFromPEM(bytes.TrimPrefix(pem, []byte("\xef\xbb\xbf"))) {
		return nil, fmt.Errorf(
			"ca_file %s: there is no certificate in it; it must be a PEM file (-----BEGIN CERTIFICATE-----)", n.CAFile)
	}
	return pool, nil
}
