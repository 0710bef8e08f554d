// Package tencentess fetches signed contracts from Tencent's e-sign service (ESS-basic): one call that gives links to
// the PDFs of flows, and the download of those links. Signing and sending is the vendor's own SDK. The package
// knows nothing of configurations, states or plans.
package tencentess

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	"golang.org/x/time/rate"

	"countersign/providers/route"
)

// Host is where the service is reached unless the options say otherwise (document section 1).
const Host = "essbasic.tencentcloudapi.com"

// PerSecond is how many calls may be made in a second (document section 1).
const PerSecond = 20

// Options say how to reach the service, and for whom. The zero value of each field means its default.
type Options struct {
	Endpoint     string            // a host or a URL without a path; default https://essbasic.tencentcloudapi.com
	SecretID     string            // names the key
	SecretKey    string            // signs the calls, is sent nowhere
	AppID        string            // Agent.AppId: the third-party application
	Organization string            // Agent.ProxyOrganizationOpenId: the company that has the contracts
	Operator     string            // Agent.ProxyOperator.OpenId: the employee for whom they are fetched
	Timeout      time.Duration     // for one call with its answer, and for a download without a byte; default 30 s
	Retries      int               // how often a failure that may pass is tried again; default 4, negative: never
	UserAgent    string            // "countersign/VERSION"
	Transport    http.RoundTripper // used instead of the network (the embedded sandbox), for calls and for downloads
	Log          *slog.Logger      // gets each call; may be nil
	Waits        func(route.Wait)  // gets each pause that a person would notice; may be nil
	Hide         []string          // what else no message may show, such as a secret part of Endpoint
}

// Client talks to the service for one employee of one company. It is safe for use by many goroutines.
type Client struct {
	base     string // scheme and host, for messages
	agent    agent
	keys     []string // that no message may show, nor a piece of one
	hidden   []string // that no message may show: Options.Hide
	name     string   // user agent
	timeout  time.Duration
	calls    *common.Client
	links    http.Client
	pace     *rate.Limiter
	now      func() time.Time
	tries    route.Tries
	headers  map[string]string // set on calls before they are signed; for tests
	wantsTLS bool              // links must be https as the endpoint is
}

// New checks the options and returns a client; it makes no call.
func New(o Options) (*Client, error) {
	at, err := checkEndpoint(o)
	wrong := []error{err}
	for _, need := range []struct{ value, name, variable string }{
		{o.SecretID, "secret_id", ", or the variable TENCENTCLOUD_SECRET_ID"},
		{o.SecretKey, "secret_key", ", or the variable TENCENTCLOUD_SECRET_KEY"},
		{o.AppID, "app_id", ""},
		{o.Organization, "organization", ""},
		{o.Operator, "operator", ""},
	} {
		if strings.TrimSpace(need.value) == "" {
			wrong = append(wrong, fmt.Errorf("no %s for Tencent e-sign: set %s in the provider block%s", need.name,
				need.name, need.variable))
		}
	}
	for _, id := range []struct{ value, name string }{{o.Organization, "organization"}, {o.Operator, "operator"}} {
		if n := len([]rune(id.value)); n > 64 {
			wrong = append(wrong, fmt.Errorf("%s has %d characters, at most 64 are taken", id.name, n))
		}
	}
	if o.Timeout < 0 {
		wrong = append(wrong, fmt.Errorf("timeout %s: it must be more than nothing", o.Timeout))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	transport := o.Transport
	if transport == nil {
		if transport, err = (route.Network{IdlePerHost: 4}).Transport(at.String()); err != nil {
			return nil, err
		}
	}
	c := &Client{
		base:     at.String(),
		agent:    agent{AppID: o.AppID, Organization: o.Organization, Operator: operator{o.Operator}},
		keys:     []string{o.SecretKey, o.SecretID},
		hidden:   o.Hide,
		name:     cmp.Or(o.UserAgent, "countersign"),
		timeout:  cmp.Or(o.Timeout, 30*time.Second),
		pace:     rate.NewLimiter(PerSecond, 1), // spread evenly: how the service counts its second is not documented
		now:      time.Now,
		wantsTLS: at.Scheme == "https",
		tries: route.Tries{Again: max(cmp.Or(o.Retries, 4), 0), Pauses: route.Pauses, Second: time.Second,
			Waits: o.Waits, Log: o.Log},
	}
	transport = route.Observed(transport, o.Log, func(text string) string { return c.hiding(nil)(text) })
	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint, p.HttpProfile.Scheme = at.Host, strings.ToUpper(at.Scheme)
	p.HttpProfile.ReqTimeout = 0 // the context's
	c.calls = common.NewCommonClient(common.NewCredential(o.SecretID, o.SecretKey), "", p)
	c.calls.WithHttpTransport(&recorder{next: transport, agent: c.name, largest: 16 << 20,
		budget: route.Shared})
	c.links = http.Client{Transport: transport, CheckRedirect: c.follow}
	return c, nil
}

// checkEndpoint returns scheme and host of the endpoint, which may be a host alone.
func checkEndpoint(o Options) (*url.URL, error) {
	const usual = "https://" + Host
	endpoint := strings.TrimSpace(o.Endpoint)
	if endpoint != "" && endpoint != "sandbox:" && !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	endpoint, err := route.Endpoint(endpoint, usual, usual, o.Transport != nil)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(endpoint)
	if err == nil && u.Path != "" {
		err = fmt.Errorf("endpoint %q: it must have no path; write it like %s", endpoint, usual)
	}
	return u, err
}

// turn waits until a call may be made. The wait is no part of the call's time limit.
func (c *Client) turn(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return c.pace.Wait(ctx)
}
