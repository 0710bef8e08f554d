package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"countersign/providers/route"
)

// ErrExpired is the cause when a ticket's time is over before its bytes were sent.
var ErrExpired = errors.New("the upload ticket has expired")

// delivery is bytes on their way to a place in the store.
type delivery struct {
	slot  Slot
	about string
	size  int64                         // bytes
	open  func() (io.ReadCloser, error) // what is read from its beginning at each try, and must have that size
	meter *meter
}

// put sends bytes to the store: PUT to the ticket's addresses in their order (wire facts, A4), with the ticket's
// headers as they are and none that would break its signature, no token, no Content-Type. They are sent again to the
// next address after a fault of the line or the store; a ticket that is not taken (HTTP 403) or whose time is over is
// not tried again: ask for a new one. A file that is longer or shorter than it was fails with route.ErrChanged.
func (c *Client) put(ctx context.Context, d delivery) error {
	turn := 0
	k := call{name: callPut, about: d.about, url: host(d.slot.urls[0])}
	k.keys, k.hidden = d.slot.secrets()
	_, err := route.Persist(ctx, c.tries, c.of(k), func(ctx context.Context) (struct{}, *route.Error) {
		address := d.slot.urls[turn%len(d.slot.urls)]
		turn++
		return struct{}{}, c.putOnce(ctx, k, d, address)
	})
	return err
}

func (c *Client) putOnce(ctx context.Context, k call, d delivery, address string) *route.Error {
	fail := func(e route.Error) *route.Error {
		e.URL = host(address)
		return c.of(k).Fail(e)
	}
	if ctx.Err() != nil {
		return fail(route.Error{Err: context.Cause(ctx)})
	}
	if until := d.slot.until; !until.IsZero() && !c.now().Before(until) {
		return fail(route.Error{Err: ErrExpired})
	}
	source, err := d.open()
	if err != nil {
		return fail(route.Error{Err: fmt.Errorf("open the file: %w", err)})
	}
	defer source.Close()
	if e := c.of(k).Ready(ctx); e != nil {
		return e
	}
	limited, clock, stop := route.WhileMoving(ctx, c.stall)
	defer stop()
	body := &route.Body{File: source, Size: d.size, Clock: clock, Sent: d.meter.add}
	defer body.Close()

	req, err := http.NewRequestWithContext(limited, http.MethodPut, address, body)
	if err != nil {
		return fail(route.Error{Err: errors.New("the address cannot be used")})
	}
	req.ContentLength = d.size
	if d.size == 0 {
		req.Body = http.NoBody // a body of length 0 that is not this one would be sent in chunks
		if _, err := body.Read(make([]byte, 1)); err != io.EOF {
			return fail(route.Error{Err: err})
		}
	}
	c.dress(req, d.slot)
	resp, err := c.http.Do(req)
	gone, whole, broken := body.Stop()
	done := err == nil && resp.StatusCode == http.StatusOK && whole
	if !done {
		d.meter.add(-gone) // it must be sent again
	}
	switch {
	case broken != nil && limited.Err() == nil:
		if err == nil {
			resp.Body.Close()
		}
		return fail(route.Error{Err: broken})
	case err != nil:
		cause := route.Cause(ctx, limited, err)
		return fail(route.Error{Err: cause, Again: ctx.Err() == nil && !route.Permanent(cause)})
	}
	defer resp.Body.Close()
	switch {
	case done:
		return nil
	case resp.StatusCode == http.StatusOK:
		return fail(route.Error{Err: fmt.Errorf("%w: it came after %d of %d bytes", route.ErrUnreadable, gone, d.size)})
	}
	return fail(c.refused(limited, k, resp))
}

// dress sets the headers of a ticket, and none that would break its signature.
func (c *Client) dress(req *http.Request, slot Slot) {
	req.Header.Set("User-Agent", c.agent)
	for name, v := range slot.headers {
		switch {
		case strings.EqualFold(name, "Host"):
			req.Host = v
		case strings.EqualFold(name, "Content-Length"):
		default:
			req.Header.Del(name)
			req.Header[name] = []string{v} // with its own capitals
		}
	}
}

// refused reads the answer of a store that did not take the bytes.
func (c *Client) refused(ctx context.Context, k call, resp *http.Response) route.Error {
	e := route.Error{Status: resp.StatusCode, Again: route.Transient(resp.StatusCode)}
	answer, err := c.budget.Read(ctx, resp, 64<<10, nil)
	if err != nil {
		return e // the status says enough
	}
	defer answer.Done()
	r, ok := readStoreRefusal(answer.Text)
	switch {
	case ok:
		e.Code, e.Message, e.RequestID = r.Code, r.Message, r.Request
	case e.Status/100 == 3:
		e.Err = errors.New("redirected; signed headers are not sent to another address")
	default:
		e.Message = c.excerpt(k, answer.Text)
	}
	return e
}

// host is what of a signed address may be seen.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(address)"
	}
	return u.Scheme + "://" + u.Host + "/…"
}

// meter counts the bytes of a file that are sent, by however many requests.
type meter struct {
	mu     sync.Mutex
	total  int64
	report func(int64)
}

func (m *meter) add(n int64) {
	if n == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total += n
	if m.report != nil {
		m.report(m.total)
	}
}
