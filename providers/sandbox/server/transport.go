package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// Transport carries requests to a handler inside the process: HTTP as ever, through a pipe in memory where others use a
// socket. The host of a request's URL does not matter, and https needs no certificate.
func Transport(handler http.Handler) http.RoundTripper {
	served := &http.Server{Handler: handler}
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, end := net.Pipe()
		served.Serve(&oneConn{end}) // returns at once; the connection is served by a goroutine of net/http
		return client, nil
	}
	return &http.Transport{DialContext: dial, DialTLSContext: dial, IdleConnTimeout: time.Minute,
		MaxIdleConnsPerHost: 100}
}

// oneConn is a listener to which one connection comes, and no more.
type oneConn struct{ conn net.Conn }

func (o *oneConn) Accept() (conn net.Conn, err error) {
	if conn, o.conn = o.conn, nil; conn == nil {
		return nil, io.EOF
	}
	return conn, nil
}

func (o *oneConn) Close() error { return nil }

func (o *oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "in this process", Net: "pipe"} }
