package tencentess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"countersign/providers/route"
)

const callFetch = "download"

// mostBytes is how many bytes a contract may have.
const mostBytes = 1 << 30

// ErrExpired is the cause when a link's five minutes are over: ask for it again with Resources.
var ErrExpired = errors.New("the link has expired")

// Fetch writes a file of a contract to w and returns how many bytes it has. progress, if not nil, gets how many are
// written. A download that breaks off is taken up where it stopped, if the server can do that; nothing is written
// twice. What w holds after an error is not whole.
func (c *Client) Fetch(ctx context.Context, f File, w io.Writer, progress func(written int64)) (int64, error) {
	d := &download{client: c, file: f, sink: route.Sink{To: w, Most: mostBytes, Progress: progress}, whole: -1}
	k := c.of(callFetch, fmt.Sprintf("%s of flow %s", route.Words(f.Name), f.flow), f.url)
	k.URL = "(a signed link)"
	if address, err := url.Parse(f.url); err == nil && address.Host != "" {
		k.URL = address.Scheme + "://" + address.Host + "/…"
	}
	_, err := route.Persist(ctx, c.tries, k,
		func(ctx context.Context) (struct{}, *route.Error) { return struct{}{}, d.try(ctx, k) })
	return d.sink.Written, err
}

// download is a file on its way.
type download struct {
	client *Client
	file   File
	sink   route.Sink
	whole  int64  // length, -1 while not known
	etag   string // of what was begun with
}

func (d *download) try(ctx context.Context, k route.Call) *route.Error {
	c := d.client
	switch {
	case d.file.url == "":
		return k.Unsent(errors.New("there is no link; ask for it with Resources"))
	case ctx.Err() != nil:
		return k.Unsent(context.Cause(ctx))
	case c.now().Sub(d.file.born) >= linkAge:
		return k.Unsent(ErrExpired)
	}
	limited, clock, stop := route.WhileMoving(ctx, c.timeout)
	defer stop()
	req, err := http.NewRequestWithContext(limited, http.MethodGet, d.file.url, nil)
	if err != nil {
		return k.Unsent(errors.New("the link cannot be used"))
	}
	req.Header.Set("User-Agent", c.name)
	req.Header.Set("Accept-Encoding", "identity") // so that lengths are those of the file
	if d.sink.Written > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.sink.Written))
		if d.etag != "" {
			req.Header.Set("If-Range", d.etag)
		}
	}
	resp, err := c.links.Do(req)
	if err != nil {
		e := k.Lost(ctx, limited, 0, err, true)
		e.Again = e.Again && !errors.Is(err, errRedirect)
		return e
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK && (d.sink.Written == 0 || resp.StatusCode/100 != 2) {
		return k.Fail(route.Error{Status: resp.StatusCode, Again: route.Transient(resp.StatusCode)})
	}
	if err := d.begin(resp); err != nil {
		return k.Unsent(err)
	}
	d.sink.Clock = clock
	_, err = io.Copy(&d.sink, clock.Watch(resp.Body))
	written := d.sink.Written
	switch {
	case d.sink.Err != nil:
		return k.Unsent(fmt.Errorf("write it: %w", d.sink.Err))
	case errors.Is(err, route.ErrTooLarge):
		return k.Unsent(err)
	case err != nil:
		cause := fmt.Errorf("it broke off after %d bytes: %w", written, route.Cause(ctx, limited, err))
		return k.Fail(route.Error{Err: cause, Again: ctx.Err() == nil && (written == 0 || d.whole > 0)})
	case d.whole >= 0 && written != d.whole:
		return k.Unsent(fmt.Errorf("it has %d bytes and should have %d", written, d.whole))
	case written == 0:
		return k.Unsent(errors.New("it is empty"))
	}
	return nil
}

// begin says why what comes is not the file, or not the rest of what has been written of it.
func (d *download) begin(resp *http.Response) error {
	unpacked := route.CheckUnpacked(resp)
	switch {
	case unpacked != nil:
		return unpacked
	case strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html"):
		return errors.New("a page came instead of the file")
	case d.sink.Written > 0 && (resp.StatusCode != http.StatusPartialContent || !d.continues(resp)):
		return fmt.Errorf("it broke off after %d bytes and cannot be taken up there", d.sink.Written)
	case d.sink.Written > 0:
		return nil
	case resp.ContentLength > mostBytes:
		return fmt.Errorf("%w: the file announces %d bytes, and a contract has at most %d", route.ErrTooLarge,
			resp.ContentLength, mostBytes)
	case resp.ContentLength < 0 && resp.TransferEncoding == nil:
		return errors.New("nothing says how long the file is, so that half of it could not be told from all of it")
	}
	d.whole, d.etag = resp.ContentLength, resp.Header.Get("ETag")
	if strings.HasPrefix(d.etag, "W/") {
		d.etag = ""
	}
	return nil
}

// continues reports whether an answer begins where the last one broke off, in a file of the same length.
func (d *download) continues(resp *http.Response) bool {
	var from, to, whole int64
	_, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &whole)
	return err == nil && from == d.sink.Written && whole == d.whole && to == whole-1
}

var errRedirect = errors.New("redirected")

// follow lets a download be sent on, but never from https to http, and without telling the next server the link.
func (c *Client) follow(next *http.Request, before []*http.Request) error {
	next.Header.Del("Referer")
	switch {
	case before[len(before)-1].URL.Scheme == "https" && next.URL.Scheme != "https":
		return fmt.Errorf("%w from https to http", errRedirect)
	case len(before) >= 5:
		return fmt.Errorf("%w too often", errRedirect)
	}
	return nil
}
