package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// Listen opens a loopback address, such as 127.0.0.1:8088, for Serve; port 0 takes a free port. Any other address is
// refused, because the sandbox is not protected well enough for a network.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w; write it as 127.0.0.1:8088", address, err)
	}
	if ip, err := netip.ParseAddr(host); !strings.EqualFold(host, "localhost") &&
		(err != nil || !ip.Unmap().IsLoopback()) {
		return nil, notLoopback(address)
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; choose another port, or 0 for a free one", address, err)
	}
	if err := checkLoopback(ln); err != nil { // the machine may give localhost another address
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

// Serve answers calls on the listener until ctx ends; then it waits for calls under way, for ten seconds at most. It
// refuses calls for a host other than loopback, unless byName accepts them, and calls from web pages (see gate). It
// closes the listener, and returns nil when ctx has ended.
func Serve(ctx context.Context, ln net.Listener, handler http.Handler, byName func(*http.Request) bool) error {
	if err := checkLoopback(ln); err != nil {
		ln.Close()
		return err
	}
	server := &http.Server{
		Handler:           gate(handler, byName),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      5 * time.Minute, // includes latency on demand
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
