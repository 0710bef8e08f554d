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

// ErrChanged is the cause when a file is not as long as it was said to be.
var ErrChanged = errors.New("the file has changed")

// Put sends bytes to the store: PUT to the ticket's addresses in their order (wire facts, A4), with the ticket's
// headers as they are and none that would break its signature, no token, no Content-Type. What open returns is read
// from its beginning at each try, and must be exactly size bytes long, or the upload fails with ErrChanged. It is sent
// again to the next address after a fault of the line or the store; a ticket that is not taken (HTTP 403) or whose time
// is over is not tried Again: ask for a new one. progress, if not nil, is told how many bytes are sent; it goes back
// when they must be sent again.
func (c *Client) Put(ctx context.Context, s Slot, size int64, open func() (io.ReadCloser, error),
	progress func(sent int64)) error {
	return c.put(ctx, delivery{slot: s, about: fmt.Sprintf("%d bytes", size), size: size, open: open,
		meter: &meter{report: progress}})
}

// delivery is bytes on their way to a place in the store.
type delivery struct {
	slot  Slot
	about string
	size  int64
	open  func() (io.ReadCloser, error)
	meter *meter
}

func (c *Client) put(ctx context.Context, d delivery) error {
	turn := 0
	k := call{name: http.MethodPut, about: d.about, url: host(d.slot.urls[0])}
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
	limited, clock, stop := route.WhileMoving(ctx, c.stall)
	defer stop()
	body := &payload{source: source, left: d.size, meter: d.meter, moved: clock.Moved}
	defer body.Close()

	req, err := http.NewRequestWithContext(limited, http.MethodPut, address, body)
	if err != nil {
		return fail(route.Error{Err: errors.New("the address cannot be used")})
	}
	req.ContentLength = d.size
	if d.size == 0 {
		req.Body = http.NoBody // a body of length 0 that is not this one would be sent in chunks
		if _, err := body.Read(make([]byte, 1)); err != io.EOF {
			return fail(route.Error{Err: body.wrong()})
		}
	}
	for name, v := range d.slot.headers {
		switch {
		case strings.EqualFold(name, "Host"):
			req.Host = v
		case strings.EqualFold(name, "Content-Length"):
		default:
			req.Header[name] = []string{v} // with its own capitals
		}
	}
	if _, ok := req.Header["User-Agent"]; !ok {
		req.Header.Set("User-Agent", c.agent)
	}

	resp, err := c.http.Do(req)
	if err != nil {
		body.giveUp()
		if wrong := body.wrong(); wrong != nil && limited.Err() == nil {
			return fail(route.Error{Err: wrong})
		}
		cause := route.Cause(ctx, limited, err)
		return fail(route.Error{Err: cause, Again: ctx.Err() == nil && !route.Permanent(cause)})
	}
	defer resp.Body.Close()
	answer, err := c.budget.Read(limited, resp, 64<<10, nil)
	if err != nil {
		answer = &route.Answer{}
	}
	defer answer.Done()
	if resp.StatusCode == http.StatusOK {
		if wrong := body.wrong(); wrong != nil {
			body.giveUp()
			return fail(route.Error{Err: wrong})
		}
		return nil
	}
	body.giveUp()
	e := route.Error{Status: resp.StatusCode, Again: route.Transient(resp.StatusCode)}
	if r, ok := readStoreRefusal(answer.Text); ok {
		e.Code, e.Message, e.RequestID = r.Code, r.Message, r.Request
	} else if e.Status/100 == 3 {
		e.Err = errors.New("redirected; signed headers are not sent to another address")
	} else if err == nil {
		e.Message = c.excerpt(k, answer.Text)
	}
	return fail(e)
}

// host is what of a signed address may be seen.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(address)"
	}
	return u.Scheme + "://" + u.Host + "/…"
}

// payload is the body of a PUT: exactly so many bytes of a source. It fails before its last byte is out when the source
// turns out to be longer or shorter, so that the store never takes a file that changed under way for a whole one.
type payload struct {
	mu     sync.Mutex
	source io.ReadCloser
	left   int64
	passed int64
	failed error
	done   bool // nothing more is read or counted
	meter  *meter
	moved  func(bytes int)
}

func (p *payload) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.failed != nil:
		return 0, p.failed
	case p.done:
		return 0, io.ErrClosedPipe
	case p.left == 0 && p.passed > 0:
		return 0, io.EOF
	case p.left == 0: // empty from the start
		if p.longer() {
			return 0, p.failed
		}
		return 0, io.EOF
	}
	if int64(len(b)) > p.left {
		b = b[:p.left]
	}
	n, err := p.source.Read(b)
	p.left -= int64(n)
	switch {
	case p.left > 0 && err == io.EOF:
		p.failed = fmt.Errorf("%w: it is %d bytes shorter than it was", ErrChanged, p.left)
	case err != nil && err != io.EOF:
		p.failed = fmt.Errorf("read the file: %w", err)
	case p.left == 0 && p.longer():
	}
	if p.failed != nil {
		return 0, p.failed
	}
	p.passed += int64(n)
	p.meter.add(int64(n))
	p.moved(n)
	return n, nil
}

// longer looks for a byte behind the last.
func (p *payload) longer() bool {
	var one [1]byte
	for {
		n, err := p.source.Read(one[:])
		switch {
		case n > 0:
			p.failed = fmt.Errorf("%w: it is longer than it was", ErrChanged)
		case err == nil:
			continue
		case err != io.EOF:
			p.failed = fmt.Errorf("read the file: %w", err)
		}
		return p.failed != nil
	}
}

// Close closes the source; nothing is read after that, whoever still holds the body.
func (p *payload) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.source == nil {
		return nil
	}
	err := p.source.Close()
	p.source, p.done = nil, true
	return err
}

// giveUp takes back what was counted: it must be sent again.
func (p *payload) giveUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = true
	p.meter.add(-p.passed)
	p.passed = 0
}

// wrong is what was found wrong with the source, nil if nothing.
func (p *payload) wrong() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
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
