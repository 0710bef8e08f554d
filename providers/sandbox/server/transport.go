package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"countersign/internal/parallel"
)

// Transport carries requests to a handler inside the process: HTTP as ever, through a pipe in memory where others use a
// socket. The host of a request's URL does not matter, and https needs no certificate. A handler that panics, unless it
// is to cut the connection, makes the call panic: nobody must take a mistake of the sandbox for a fault of the network.
func Transport(handler http.Handler) http.RoundTripper {
	t := &inProcess{}
	served := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v != nil && v != http.ErrAbortHandler {
				t.mistake.Store(parallel.PanicOf(v))
			}
			if v != nil {
				panic(http.ErrAbortHandler)
			}
		}()
		handler.ServeHTTP(w, r)
	})}
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, end := net.Pipe()
		served.Serve(&oneConn{end}) // returns at once; the connection is served by a goroutine of net/http
		return client, nil
	}
	t.Transport = &http.Transport{DialContext: dial, DialTLSContext: dial, IdleConnTimeout: time.Minute,
		MaxIdleConnsPerHost: 100}
	return t
}

type inProcess struct {
	*http.Transport
	mistake atomic.Pointer[parallel.Panic] // what a handler panicked with
}

func (t *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.Transport.RoundTrip(r)
	if p := t.mistake.Swap(nil); p != nil {
		panic(p)
	}
	return answer, err
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
