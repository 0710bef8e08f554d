package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// Listen opens a loopback address, such as 127.0.0.1:8088, for Serve; with port 0 the listener tells the port it got.
// Any other address is refused: the sandbox's tokens protect nothing that a network should see.
func (s *Sandbox) Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w; write it as 127.0.0.1:8088", address, err)
	}
	if ip, err := netip.ParseAddr(host); !strings.EqualFold(host, "localhost") && (err != nil || !ip.Unmap().IsLoopback()) {
		return nil, notLoopback(address)
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	if err := checkLoopback(ln); err != nil { // what localhost means is up to the machine
		ln.Close()
		return nil, err
	}
	return ln, nil
}

func checkLoopback(ln net.Listener) error {
	if a, ok := ln.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return notLoopback(ln.Addr().String())
	}
	return nil
}

func notLoopback(address string) error {
	return fmt.Errorf("listen on %q: the sandbox serves on loopback only; use 127.0.0.1, [::1] or localhost", address)
}

// Serve answers calls on the listener until ctx ends; calls under way are then finished, for ten seconds at most.
// It closes the listener and returns nil when it was ended by ctx.
func (s *Sandbox) Serve(ctx context.Context, ln net.Listener) error {
	if err := checkLoopback(ln); err != nil {
		ln.Close()
		return err
	}
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      5 * time.Minute, // latency made on demand included
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err := server.Shutdown(patience)
		if err != nil {
			err = server.Close()
		}
		stopped <- err
	})
	err := server.Serve(ln)
	if stop() { // ctx has not ended: the listener failed
		return fmt.Errorf("serve the sandbox on %s: %w", ln.Addr(), err)
	}
	return <-stopped
}

// Transport carries requests to the handler inside the process, without a socket. The host of a request's URL does
// not matter.
func (s *Sandbox) Transport() http.RoundTripper { return inProcess{s.Handler()} }

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (_ *http.Response, err error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in := r.Clone(ctx)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Header == nil {
		in.Header = http.Header{}
	}
	defer func() {
		switch cut := recover(); {
		case cut == nil:
		case cut != http.ErrAbortHandler:
			panic(cut)
		case ctx.Err() != nil:
			err = ctx.Err()
		default:
			err = io.ErrUnexpectedEOF // what a cut connection looks like
		}
	}()
	got := &recorder{header: http.Header{}}
	p.handler.ServeHTTP(got, in)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", got.status, http.StatusText(got.status)),
		StatusCode:    got.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        got.header,
		Body:          io.NopCloser(bytes.NewReader(got.body)),
		ContentLength: int64(len(got.body)),
		Request:       r,
	}, nil
}

// recorder keeps the answer of the handler.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) { r.status = status }

func (r *recorder) Write(b []byte) (int, error) {
	r.body = append(r.body, b...)
	return len(b), nil
}
