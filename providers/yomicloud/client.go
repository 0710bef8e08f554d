// Package yomicloud is the drive's documented approval interface as Go calls: one method an endpoint, in the
// order of the vendor's document. It knows nothing of configurations, states or plans.
package yomicloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"countersign/internal/parallel"
	"countersign/providers/route"
)

// Options say how to reach a drive. The zero value of each field means its default.
type Options struct {
	Endpoint          string            // https://drive.example.com, with or without a path prefix
	Token             string            // sent as the form field token, and in the address of uploads (section 11)
	Timeout           time.Duration     // for one call with its answer; of a file, for each part; default 30 s
	CAFile            string            // PEM file of certificate authorities trusted besides the system's
	CAFolder          string            // which CAFile must not lead out of; "": a person has named it
	Proxy             string            // proxy URL; default: HTTP_PROXY, HTTPS_PROXY, NO_PROXY
	Retries           int               // how often a read is tried again; default 4, negative: never
	LongestWait       time.Duration     // the longest pause that an answer can ask for (Retry-After); default 1 min
	Waits             func(route.Wait)  // gets each pause that a person would notice; may be nil
	RequestsPerSecond float64           // 0: no limit
	MaxConnections    int               // connections kept open at once; default 16
	UserAgent         string            // "countersign/VERSION"
	Transport         http.RoundTripper // used instead of the network (the embedded drive)
	Log               *slog.Logger      // gets each call; may be nil
	Hide              []string          // what else no message may show, such as a secret part of Endpoint
}

// Client talks to one drive. It is safe for use by many goroutines.
type Client struct {
	endpoint string // without a slash at its end
	token    string
	agent    string
	timeout  time.Duration
	network  bool // the transport is the network's, and reports when a call has got a connection
	http     http.Client
	calls    parallel.Slots // for the calls that may be under way
	pace     *rate.Limiter  // nil: no limit
	largest  int64          // bytes of an answer, unpacked
	budget   *route.Budget
	secrets  route.Secrets
	tries    route.Tries
}

// New checks the options and returns a client; it makes no call.
func New(o Options) (*Client, error) {
	endpoint, err := route.Endpoint(o.Endpoint, "", "https://drive.example.com", o.Transport != nil)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.TrimSpace(o.Token) == "":
		return nil, errors.New("no token for the drive: set token in the provider block, or the variable " +
			"YOMICLOUD_TOKEN")
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
		network:  o.Transport == nil,
		largest:  64 << 20,
		budget:   route.Shared,
		secrets:  route.NewSecrets(append([]string{o.Token}, o.Hide...), nil),
		tries: route.Tries{Again: max(cmp.Or(o.Retries, 4), 0), Pauses: route.Pauses,
			Longest: cmp.Or(o.LongestWait, longestWait), Waits: o.Waits, Log: o.Log},
	}
	connections := o.MaxConnections
	if connections <= 0 {
		connections = 16
	}
	c.calls = parallel.NewSlots(connections)
	if o.RequestsPerSecond > 0 {
		c.pace = rate.NewLimiter(rate.Limit(o.RequestsPerSecond), 1)
	}
	c.http = http.Client{Transport: o.Transport, CheckRedirect: follow}
	if c.network {
		network := route.Network{Proxy: o.Proxy, CAFile: o.CAFile, CAFolder: o.CAFolder, Idle: connections,
			IdlePerHost: connections}
		if c.http.Transport, err = network.Transport(endpoint); err != nil {
			return nil, err
		}
	}
	c.http.Transport = route.Observed(c.http.Transport, o.Log, c.secrets.Hide)
	return c, nil
}

// call is one request: an endpoint of the vendor's document with what is asked of it.
type call struct {
	path  string // /app/approval/templet-list, a key of endpoints
	about string // what is asked for, for messages
	form  url.Values
}

// of is a call for its log and its failures.
func (c *Client) of(k call) route.Call {
	return route.Call{Service: "drive", Name: path.Base(k.path), URL: c.endpoint + k.path, About: k.about,
		Does: endpoints[k.path].does, Hide: c.hide, Advise: func(e *route.Error) string { return advise(e, k) }}
}

// persist makes a call as often as its failures allow.
func (c *Client) persist(ctx context.Context, k call, try func(context.Context) (answer, *route.Error)) (answer,
	error) {
	return route.Persist(ctx, c.tries, c.of(k), try)
}

// body is the form of a call, the token first: a drive may refuse a wrong one before it reads the rest.
func (c *Client) body(k call) string {
	return strings.TrimSuffix("token="+url.QueryEscape(c.token)+"&"+k.form.Encode(), "&")
}

// Timeout is how long one call may take, with its answer.
func (c *Client) Timeout() time.Duration { return c.timeout }

// post makes a call, trying again where that is certain to do no harm. The error is a *route.Error.
func (c *Client) post(ctx context.Context, k call) (answer, error) {
	body := c.body(k)
	return c.persist(ctx, k, func(ctx context.Context) (answer, *route.Error) { return c.try(ctx, k, body) })
}

// carryOut makes a call that is answered with success or failure alone.
func (c *Client) carryOut(ctx context.Context, k call) error {
	a, err := c.post(ctx, k)
	a.done()
	return err
}

func (c *Client) try(ctx context.Context, k call, form string) (answer, *route.Error) {
	release, err := c.turn(ctx)
	if err != nil {
		return answer{}, c.of(k).Unsent(err)
	}
	defer release()
	if e := c.of(k).Ready(ctx); e != nil {
		return answer{}, e
	}
	limited, clock, stop := route.Within(ctx, c.timeout)
	defer stop()
	resp, e := c.ask(ctx, limited, k, form)
	if e != nil {
		return answer{}, e
	}
	defer resp.Body.Close()
	return c.read(ctx, limited, k, resp, clock.Pause)
}

// ask sends a form and returns what comes, whatever it is. outer is the caller's context, limited the call's own.
func (c *Client) ask(outer, limited context.Context, k call, form string) (*http.Response, *route.Error) {
	req, err := http.NewRequestWithContext(limited, http.MethodPost, c.endpoint+k.path, strings.NewReader(form))
	if err != nil {
		return nil, c.of(k).Unsent(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.send(outer, k, req)
}

// send sends a request and returns what comes, whatever it is.
func (c *Client) send(outer context.Context, k call, req *http.Request) (*http.Response, *route.Error) {
	req.Header.Set("User-Agent", c.agent)
	if endpoints[k.path].file {
		req.Header.Set("Accept-Encoding", "identity") // so that Content-Length is the file's
	} else {
		req.Header.Set("Accept", "application/json")
	}
	resp, sent, err := route.Send(&c.http, req, c.network)
	if err != nil {
		return nil, c.of(k).Lost(outer, req.Context(), 0, err, sent)
	}
	return resp, nil
}

// mostRefusal is how many bytes of an answer with another status than 200 are read.
const mostRefusal = 1 << 20

// read reads an answer in JSON, whole. Anything but a success is an error.
func (c *Client) read(outer, limited context.Context, k call, resp *http.Response, pause func() func(),
) (answer, *route.Error) {
	most := c.largest
	switch {
	case resp.StatusCode != http.StatusOK:
		most = min(most, mostRefusal)
	case endpoints[k.path].long:
		most *= 2
	}
	body, err := c.budget.Read(limited, resp, most, pause)
	switch {
	case errors.Is(err, route.ErrTooLarge), errors.Is(err, route.ErrPacking):
		return answer{}, c.unusable(k, resp, "", answer{}, err)
	case err != nil:
		return answer{}, c.of(k).Lost(outer, limited, resp.StatusCode, err, true)
	}
	a, err := readAnswer(body.Text)
	a.body, a.header = body, resp.Header
	code, ok := a.code()
	if err == nil && !ok && !endpoints[k.path].codeless {
		err = fmt.Errorf("%w: it has no code", route.ErrUnreadable)
	}
	if err != nil || code != "" || resp.StatusCode != http.StatusOK {
		defer a.done()
		return answer{}, c.unusable(k, resp, body.Text, a, err)
	}
	return a, nil
}

// turn waits until a call may be made: so many at once, and no more in a second than the options say. The wait is
// no part of the call's time limit.
func (c *Client) turn(ctx context.Context) (release func(), err error) {
	if release, err = c.calls.Take(ctx); err != nil {
		return nil, err
	}
	if c.pace != nil {
		if err := c.pace.Wait(ctx); err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}
