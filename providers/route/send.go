package route

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// Send sends a request, and asks for an answer packed by gzip where the request does not ask for another. sent reports,
// with an error, whether any of it may have arrived. network says that the client's transport is the network's, and so
// reports when it has got a connection; of another nothing is known.
func Send(c *http.Client, req *http.Request, network bool) (resp *http.Response, sent bool, err error) {
	if req.Header.Get("Accept-Encoding") == "" {
		req.Header.Set("Accept-Encoding", "gzip")
	}
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(req.Context(),
		&httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	resp, err = c.Do(req.WithContext(traced))
	return resp, !beforeSending(err) && (connected.Load() || !network), err
}

// beforeSending reports whether an error came before there was a connection.
func beforeSending(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// Cause is why there is no answer: what stopped the call if something did, without the address that Go puts before it.
// outer is the caller's context, limited the call's own.
func Cause(outer, limited context.Context, cause error) error {
	var wrapped *url.Error
	if errors.As(cause, &wrapped) {
		cause = wrapped.Err
	}
	switch {
	case outer.Err() != nil:
		return context.Cause(outer)
	case limited.Err() != nil:
		return context.Cause(limited)
	case errors.Is(cause, io.EOF):
		return fmt.Errorf("the connection was closed before an answer came: %w", cause)
	}
	return cause
}

// NotCarriedOut reports whether a status says that nothing was done. Other redirects do not say so: 303 may follow a
// write that took place.
func NotCarriedOut(status int) bool {
	return status >= 400 && status < 500 || status == http.StatusTemporaryRedirect ||
		status == http.StatusPermanentRedirect
}

// Transient reports whether the next try may get another status.
func Transient(status int) bool {
	return status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooEarly ||
		status == http.StatusTooManyRequests
}
