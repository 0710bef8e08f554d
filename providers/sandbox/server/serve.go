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

// Listen opens a loopback address, such as 127.0.0.1:8088, for Serve; with port 0 the listener tells the port it got.
// Any other address is refused: the sandbox's tokens protect nothing that a network should see.
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

// Serve answers calls on the listener until ctx ends; calls under way are then finished, for ten seconds at most. Calls
// that are for another host than loopback, those that byName lets in apart, or that a web page makes, are turned away
// (see gate). It closes the listener, and returns nil when it was ended by ctx.
func Serve(ctx context.Context, ln net.Listener, handler http.Handler, byName func(*http.Request) bool) error {
	if err := checkLoopback(ln); err != nil {
		ln.Close()
		return err
	}
	server := &http.Server{
		Handler:           gate(handler, byName),
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
