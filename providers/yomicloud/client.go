// Package yomicloud is the drive's documented approval interface as Go calls: one method an endpoint, in the
// order of the vendor's document. It knows nothing of configurations, states or plans.
package yomicloud

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"
)

// Options say how to reach a drive. The zero value of each field means its default.
type Options struct {
	Endpoint          string            // https://drive.example.com, with or without a path prefix
	Token             string            // sent as the form field token, never anywhere else
	Timeout           time.Duration     // for one call with its answer; default 30 s
	CAFile            string            // PEM file of certificate authorities trusted besides the system's
	Proxy             string            // proxy URL; default: HTTP_PROXY, HTTPS_PROXY, NO_PROXY
	Retries           int               // how often a read is tried again; default 4, negative: never
	RequestsPerSecond float64           // 0: no limit
	MaxConnections    int               // connections kept open at once; default 16
	UserAgent         string            // "countersign/VERSION"
	Transport         http.RoundTripper // used instead of the network (the embedded drive)
}

// Client talks to one drive. It is safe for use by many goroutines.
type Client struct {
	endpoint string // without a slash at its end
	token    string
	agent    string
	timeout  time.Duration
	retries  int
	network  bool // the transport is the network's, and reports when a call has got a connection
	http     http.Client
	turns    chan struct{} // one for each call that may be under way
	pace     *rate.Limiter // nil: no limit
	largest  int64         // bytes of an answer

	pauses func() backoff.BackOff // between two tries of a call
	notify backoff.Notify         // told before each pause; may be nil
}

// New checks the options and returns a client; it makes no call.
func New(o Options) (*Client, error) {
	endpoint, err := checkEndpoint(o)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.TrimSpace(o.Token) == "":
		return nil, errors.New("no token for the drive: set token in the provider block, or the variable YOMICLOUD_TOKEN")
	case o.Timeout < 0:
		return nil, fmt.Errorf("timeout %s: it must be more than nothing", o.Timeout)
	case !(o.RequestsPerSecond >= 0):
		return nil, fmt.Errorf("requests_per_second %v: it must be 0 (no limit) or more", o.RequestsPerSecond)
	}
	c := &Client{
		endpoint: endpoint,
		token:    o.Token,
		agent:    cmp.Or(o.UserAgent, "countersign"),
		timeout:  cmp.Or(o.Timeout, 30*time.Second),
		retries:  max(cmp.Or(o.Retries, 4), 0),
		network:  o.Transport == nil,
		largest:  256 << 20,
		pauses:   newPauses,
	}
	connections := o.MaxConnections
	if connections <= 0 {
		connections = 16
	}
	c.turns = make(chan struct{}, connections)
	if o.RequestsPerSecond > 0 {
		c.pace = rate.NewLimiter(rate.Limit(o.RequestsPerSecond), 1)
	}
	c.http = http.Client{Transport: o.Transport, CheckRedirect: follow}
	if c.network {
		if c.http.Transport, err = newTransport(o, endpoint, connections); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// call is one request: an endpoint of the vendor's document with what is asked of it.
type call struct {
	path  string // /app/approval/templet-list
	about string // what is asked for, for messages
	write bool   // it changes the drive, and must never be sent twice by chance
	form  url.Values
}

func (k call) name() string { return path.Base(k.path) }

// post makes a call, trying again where that is certain to do no harm. The error is an *Error.
func (c *Client) post(ctx context.Context, k call) (answer, error) {
	form := url.Values{"token": {c.token}}
	for key, v := range k.form {
		form[key] = v
	}
	body := form.Encode()
	return c.persist(ctx, func() (answer, *Error) { return c.try(ctx, k, body) })
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// try makes a call once.
func (c *Client) try(ctx context.Context, k call, form string) (answer, *Error) {
	release, err := c.turn(ctx)
	if err != nil {
		return nil, c.unsent(k, err)
	}
	defer release()

	limited, cancel := context.WithTimeoutCause(ctx, c.timeout, fmt.Errorf("no whole answer within %s: %w", c.timeout, context.DeadlineExceeded))
	defer cancel()
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(limited, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(traced, http.MethodPost, c.endpoint+k.path, strings.NewReader(form))
	if err != nil {
		return nil, c.unsent(k, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)

	resp, err := c.http.Do(req)
	if err != nil {
		sent := !beforeSending(err) && (connected.Load() || !c.network)
		return nil, c.lost(ctx, limited, k, 0, err, sent)
	}
	defer resp.Body.Close()

	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= 1<<20 {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	_, err = buf.ReadFrom(io.LimitReader(resp.Body, c.largest+1))
	switch {
	case int64(buf.Len()) > c.largest:
		return nil, c.unusable(k, resp, nil, nil, fmt.Errorf("%w: more than %d bytes", errTooLarge, c.largest))
	case err != nil:
		return nil, c.lost(ctx, limited, k, resp.StatusCode, fmt.Errorf("the answer broke off after %d bytes: %w", buf.Len(), err), true)
	}
	a, err := readAnswer(buf.Bytes())
	n, word, ok := a.code()
	if err == nil && !ok && !k.codeless() {
		err = fmt.Errorf("%w: it has no code", errUnreadable)
	}
	if err != nil || n != 0 || word != "" || resp.StatusCode != http.StatusOK {
		return nil, c.unusable(k, resp, buf.Bytes(), a, err)
	}
	return a, nil
}

// turn waits until a call may be made: so many at once, and no more in a second than the options say. The wait is
// no part of the call's time limit.
func (c *Client) turn(ctx context.Context) (release func(), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case c.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	release = func() { <-c.turns }
	if c.pace != nil {
		if err := c.pace.Wait(ctx); err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}
