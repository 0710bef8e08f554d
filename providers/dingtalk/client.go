// Package dingtalk is DingTalk's interface for approval attachments as Go calls: one method an endpoint, in the order
// in which a file travels: token, approval space, upload ticket, bytes, commit, then approval, preview, link. Stage
// takes a file through all of them up to the commit. The package knows nothing of configurations, states or plans.
package dingtalk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"countersign/providers/jsontext"
	"countersign/providers/route"
)

// Mainland is the host in most of the vendor's documents. The international ones name https://api.dingtalk.io: paths,
// headers and bodies are the same there; whether a token of one is good on the other is not documented.
const Mainland = "https://api.dingtalk.com"

// Options say how to reach DingTalk. The zero value of each field means its default.
type Options struct {
	Endpoint       string            // default Mainland
	AppKey         string            // the app's key, also called client id
	AppSecret      string            // sent to get a token, never anywhere else
	AgentID        int64             // the app's agent id; 0: not sent
	Timeout        time.Duration     // for one call with its answer; default 30 s. Files may take longer
	Retries        int               // how often what can do no harm is tried again; default 4, negative: never
	CAFile         string            // PEM file of certificate authorities trusted besides the system's
	CAFolder       string            // which CAFile must not lead out of; "": a person has named it
	Proxy          string            // proxy URL; default: HTTP_PROXY, HTTPS_PROXY, NO_PROXY
	UserAgent      string            // "countersign/VERSION"
	MultipartAbove int64             // larger files are sent in parts; default 100 MiB, at most 5 GiB
	Transport      http.RoundTripper // used instead of the network (the embedded sandbox), for calls and for bytes
	Log            *slog.Logger      // gets each call; may be nil
	Waits          func(route.Wait)  // gets each pause that a person would notice; may be nil
	Hide           []string          // what else no message may show, such as a secret part of Endpoint
}

// Client talks to DingTalk as one app. It is safe for use by many goroutines.
type Client struct {
	endpoint string // without a slash at its end
	key      string
	secret   string
	hide     []string // Options.Hide
	agentID  int64
	agent    string
	timeout  time.Duration
	stall    time.Duration // without a byte sent or an answer, an upload has failed
	network  bool          // the transport is the network's, and reports when a call has got a connection
	http     http.Client
	largest  int64 // bytes of an answer, unpacked
	budget   *route.Budget

	above    int64 // files of more bytes are sent in parts
	part     int64 // bytes of a part; more where mostParts are not enough
	parallel int   // parts of one file that are sent at once

	mu        sync.Mutex
	token     token
	tokens    []string                 // all that there were: what is no longer good is not shown either
	pace      map[string]*rate.Limiter // by kind of call
	mine      map[string]bool          // ids of files that this client has committed
	asking    singleflight.Group
	skew      atomic.Int64 // the service's clock less ours, in nanoseconds
	now       func() time.Time
	tries     route.Tries
	perSecond rate.Limit // calls of one kind in a second
}

// PerSecond is how many calls of one kind an app may make in a second (the vendor's page on limits). More are answered
// with 403 and a code such as QpsLimitForAppkeyAndApi.
const PerSecond = 20

// New checks the options and returns a client; it makes no call.
func New(o Options) (*Client, error) {
	endpoint, err := route.Endpoint(o.Endpoint, Mainland, Mainland, o.Transport != nil)
	if err != nil {
		return nil, err
	}
	var wrong []error
	complain := func(bad bool, format string, args ...any) {
		if bad {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	complain(strings.TrimSpace(o.AppKey) == "", "no app key for DingTalk: set app_key in the provider block, or the "+
		"variable DINGTALK_APP_KEY")
	complain(strings.TrimSpace(o.AppSecret) == "", "no app secret for DingTalk: set app_secret in the provider "+
		"block, or the variable DINGTALK_APP_SECRET")
	complain(o.AgentID < 0, "agent_id %d: it must be the app's agent id, a positive number", o.AgentID)
	complain(o.Timeout < 0, "timeout %s: it must be more than nothing", o.Timeout)
	complain(o.MultipartAbove < 0 || o.MultipartAbove > largestPut,
		"multipart_above %d: it must be from 1 byte to 5 GiB, the most that is taken in one piece", o.MultipartAbove)
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	c := &Client{
		endpoint:  endpoint,
		key:       o.AppKey,
		secret:    o.AppSecret,
		hide:      o.Hide,
		agentID:   o.AgentID,
		agent:     cmp.Or(o.UserAgent, "countersign"),
		timeout:   cmp.Or(o.Timeout, 30*time.Second),
		network:   o.Transport == nil,
		largest:   16 << 20,
		budget:    route.Shared,
		above:     cmp.Or(o.MultipartAbove, 100<<20),
		part:      16 << 20,
		parallel:  4,
		pace:      map[string]*rate.Limiter{},
		mine:      map[string]bool{},
		now:       time.Now,
		perSecond: PerSecond,
		tries: route.Tries{Again: max(cmp.Or(o.Retries, 4), 0), Pauses: route.Pauses, Second: time.Second,
			Waits: o.Waits, Log: o.Log},
	}
	c.stall = max(c.timeout, 2*time.Minute)
	// No redirect is followed, of calls or of bytes: the token and the signed headers are for this address alone.
	c.http = http.Client{Transport: o.Transport, CheckRedirect: func(*http.Request,
		[]*http.Request) error {
		return http.ErrUseLastResponse
	}}
	if c.network {
		network := route.Network{Proxy: o.Proxy, CAFile: o.CAFile, CAFolder: o.CAFolder, IdlePerHost: 16}
		if c.http.Transport, err = network.Transport(endpoint); err != nil {
			return nil, err
		}
	}
	c.http.Transport = route.Observed(c.http.Transport, o.Log,
		func(text string) string { return c.secrets(call{}).Hide(text) })
	return c, nil
}

// call is one request: an endpoint of the vendor's documents with what is asked of it.
type call struct {
	name   string // uploadInfos/query, a key of endpoints; for messages, and for its limit
	method string // default POST
	path   string // with its ids, escaped
	url    string // what messages say instead of endpoint and path
	query  url.Values
	body   any
	about  string   // what is asked for, for messages
	hidden []string // what no message may show, as a whole
	keys   []string // nor a piece of it
}

// do makes a call, trying again where that is certain to do no harm, and returns its answer.
func (c *Client) do(ctx context.Context, k call) (jsontext.Object, error) {
	body, err := encode(k.body)
	if err != nil {
		return nil, c.of(k).Unsent(err)
	}
	var used string
	renewed := false
	answer, err := route.Persist(ctx, c.tries, c.of(k), func(ctx context.Context) (*route.Answer, *route.Error) {
		for {
			var refused *route.Error
			if used, refused = c.tokenFor(ctx, k); refused != nil {
				return nil, refused
			}
			answer, e := c.try(ctx, k, used, body)
			if e == nil || renewed || k.name == callToken || !stale(e) {
				return answer, e
			}
			renewed = true // the service did not take the token, so it did nothing: once more with a new one
			c.forget(used)
		}
	})
	if err != nil {
		return nil, err
	}
	defer answer.Done()
	o, err := c.answered(k, answer.Text)
	if err != nil {
		return nil, c.of(k).Misread(err)
	}
	return o, nil
}

func (c *Client) try(ctx context.Context, k call, token string, body []byte) (*route.Answer, *route.Error) {
	if err := c.turn(ctx, k.name); err != nil {
		return nil, c.of(k).Unsent(err)
	}
	if e := c.of(k).Ready(ctx); e != nil {
		return nil, e
	}
	limited, clock, stop := route.Within(ctx, c.timeout)
	defer stop()
	address := c.endpoint + k.path
	if len(k.query) > 0 {
		address += "?" + strings.ReplaceAll(k.query.Encode(), "+", "%20") // as the vendor's own clients write a blank
	}
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(limited, cmp.Or(k.method, http.MethodPost), address, content)
	if err != nil {
		return nil, c.of(k).Unsent(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	if token != "" {
		req.Header.Set("x-acs-dingtalk-access-token", token)
	}

	resp, sent, err := route.Send(&c.http, req, c.network)
	if err != nil {
		return nil, c.of(k).Lost(ctx, limited, 0, err, sent)
	}
	defer resp.Body.Close()
	c.watch(resp)
	answer, err := c.budget.Read(limited, resp, c.largest, clock.Pause)
	switch {
	case errors.Is(err, route.ErrTooLarge), errors.Is(err, route.ErrPacking):
		return nil, c.unusable(k, resp, "", err)
	case err != nil:
		return nil, c.of(k).Lost(ctx, limited, resp.StatusCode, err, true)
	case resp.StatusCode/100 != 2, blocked(answer.Text):
		defer answer.Done()
		return nil, c.unusable(k, resp, answer.Text, nil)
	}
	return answer, nil
}

// turn waits until a call of this kind may be made. The calls are spread evenly, because how the service counts its
// second is not documented. The wait is no part of the call's time limit.
func (c *Client) turn(ctx context.Context, kind string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.mu.Lock()
	pace := c.pace[kind]
	if pace == nil {
		pace = rate.NewLimiter(c.perSecond, 1)
		c.pace[kind] = pace
	}
	c.mu.Unlock()
	return pace.Wait(ctx)
}

// watch keeps how far the service's clock is from ours.
func (c *Client) watch(resp *http.Response) {
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.skew.Store(int64(at.Sub(c.now())))
	}
}

// encode writes a body as the vendor's own clients do: raw UTF-8, nothing escaped that need not be; nil for none.
func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
