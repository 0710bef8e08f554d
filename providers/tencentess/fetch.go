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

// Fetch writes a file of a contract to w and returns how many bytes it has. progress, if not nil, is told how many are
// written. A download that breaks off is taken up where it stopped, if the server can do that; nothing is written
// twice. What w holds after an error is not whole.
func (c *Client) Fetch(ctx context.Context, f File, w io.Writer, progress func(written int64)) (int64, error) {
	d := &download{client: c, file: f, w: w, progress: progress, whole: -1}
	k := c.of(callFetch, fmt.Sprintf("%s of flow %s", route.Words(f.Name), f.flow), f.url)
	k.URL = "(a signed link)"
	if address, err := url.Parse(f.url); err == nil && address.Host != "" {
		k.URL = address.Scheme + "://" + address.Host + "/…"
	}
	_, err := route.Persist(ctx, c.tries, k,
		func(ctx context.Context) (struct{}, *route.Error) { return struct{}{}, d.try(ctx, k) })
	return d.written, err
}

// download is a file on its way.
type download struct {
	client   *Client
	file     File
	w        io.Writer
	progress func(int64)
	written  int64
	whole    int64  // length, -1 while not known
	etag     string // of what was begun with
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
	if d.written > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.written))
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
	switch {
	case d.written > 0 && resp.StatusCode == http.StatusPartialContent && d.continues(resp):
	case d.written > 0 && resp.StatusCode/100 == 2:
		return k.Unsent(fmt.Errorf("it broke off after %d bytes and cannot be taken up there", d.written))
	case resp.StatusCode != http.StatusOK && d.written == 0 || resp.StatusCode/100 != 2:
		return k.Fail(route.Error{Status: resp.StatusCode, Again: route.Transient(resp.StatusCode)})
	case strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html"):
		return k.Unsent(errors.New("a page came instead of the file"))
	case resp.ContentLength > mostBytes:
		return k.Unsent(fmt.Errorf("%w: the file is said to have %d bytes, and a contract has at most %d",
			route.ErrTooLarge, resp.ContentLength, mostBytes))
	case route.CheckUnpacked(resp) != nil:
		return k.Unsent(route.CheckUnpacked(resp))
	default:
		d.whole, d.etag = resp.ContentLength, resp.Header.Get("ETag")
		if strings.HasPrefix(d.etag, "W/") {
			d.etag = ""
		}
	}
	into := &sink{d: d, moved: clock.Moved}
	_, err = io.Copy(into, struct{ io.Reader }{resp.Body})
	switch {
	case errors.Is(into.err, route.ErrTooLarge):
		return k.Unsent(into.err)
	case into.err != nil:
		return k.Unsent(fmt.Errorf("write it: %w", into.err))
	case err != nil:
		cause := fmt.Errorf("it broke off after %d bytes: %w", d.written, route.Cause(ctx, limited, err))
		return k.Fail(route.Error{Err: cause, Again: ctx.Err() == nil && (d.written == 0 || d.whole > 0)})
	case d.whole >= 0 && d.written != d.whole:
		return k.Unsent(fmt.Errorf("it has %d bytes and should have %d", d.written, d.whole))
	case d.written == 0:
		return k.Unsent(errors.New("it is empty"))
	}
	return nil
}

// continues reports whether an answer begins where the last one broke off, in a file of the same length.
func (d *download) continues(resp *http.Response) bool {
	var from, to, whole int64
	_, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &whole)
	return err == nil && from == d.written && whole == d.whole && to == whole-1
}

// sink writes on, and tells a writer's fault from the line's.
type sink struct {
	d     *download
	moved func(bytes int)
	err   error
}

func (s *sink) Write(b []byte) (int, error) {
	s.moved(len(b))
	if s.d.written+int64(len(b)) > mostBytes {
		s.err = fmt.Errorf("%w: a contract has at most %d bytes", route.ErrTooLarge, mostBytes)
		return 0, s.err
	}
	n, err := s.d.w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	s.err = err
	if s.d.written += int64(n); n > 0 && s.d.progress != nil {
		s.d.progress(s.d.written)
	}
	return n, err
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
