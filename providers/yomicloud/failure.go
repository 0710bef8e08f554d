package yomicloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"countersign/providers/route"
)

// unsent is the failure of a call that never left.
func (c *Client) unsent(k call, cause error) *Error {
	return c.failure(k, Error{Err: cause})
}

// lost is the failure of a call without a whole answer. outer is the caller's context, limited the call's own.
func (c *Client) lost(outer, limited context.Context, k call, status int, cause error, sent bool) *Error {
	cause = route.Cause(outer, limited, cause)
	return c.failure(k, Error{
		Status:  status,
		Err:     cause,
		unknown: k.write && sent && !route.NotCarriedOut(status),
		again: outer.Err() == nil && !route.Permanent(cause) && (status < 400 || route.Transient(status)) &&
			(!k.write || !sent),
	})
}

// unusable is the failure of a call with an answer that is a refusal, has another status than 200, or cannot be
// read, which is what cause says then.
func (c *Client) unusable(k call, resp *http.Response, body string, a answer, cause error) *Error {
	e := Error{Status: resp.StatusCode}
	ok := e.Status == http.StatusOK
	half := errors.Is(cause, io.ErrUnexpectedEOF)
	switch {
	case e.Status/100 == 3 && resp.Header.Get("Location") != "":
		e.Err = fmt.Errorf("redirected to %s", c.hide(target(resp, k)))
	case a.list != nil:
		e.Code, e.word, _ = a.code()
		e.Message = line(c.hide(a.complaint()))
		if ok {
			e.Err = cause
		}
	case errors.Is(cause, route.ErrTooLarge), errors.Is(cause, route.ErrPacking):
		e.Err = cause
	default:
		if !half {
			e.Message = excerpt(body, c.hide)
		}
		if ok || half && len(body) > 0 {
			e.Err = cause // otherwise the status says it all
		}
	}

	e.unknown = k.write && !e.Refused() && !route.NotCarriedOut(e.Status)
	e.missing = e.saysMissing(k)
	e.again = e.Status == http.StatusTooManyRequests || !k.write && (route.Transient(e.Status) || ok && half)
	if e.again {
		e.wait = retryAfter(resp.Header.Get("Retry-After"))
	}
	return c.failure(k, e)
}

// misread is the failure of a call whose answer came and does not hold what it should. A write has been carried out.
func (c *Client) misread(k call, cause error) *Error {
	short := errors.Is(cause, errShort)
	if !short && !errors.Is(cause, ErrNoTemplate) && !errors.Is(cause, ErrNoApproval) {
		cause = fmt.Errorf("%w: %w", errUnreadable, cause)
	}
	return c.failure(k, Error{Status: http.StatusOK, Err: cause, unknown: k.write, short: short})
}

// refuse is the failure of a write that was not sent because it makes no sense.
func (c *Client) refuse(k call, cause error) *Error {
	e := c.failure(k, Error{Err: cause})
	e.Advice = "nothing was sent"
	return e
}

// failure completes an error: what every one of them names, and the token in none.
func (c *Client) failure(k call, e Error) *Error {
	e.Call, e.URL, e.About = k.name(), c.hide(c.endpoint+k.path), c.hide(k.about)
	e.Advice = c.hide(advise(&e, k))
	if e.Err != nil && c.hide(e.Err.Error()) != e.Err.Error() {
		e.Err = errors.New(c.hide(e.Err.Error()))
	}
	e.word = c.hide(e.word)
	return &e
}

// hide takes the secrets out of words that came from outside.
func (c *Client) hide(s string) string { return c.secrets.Hide(s) }

// target is where a redirect points to, without what may be secret in it.
func target(resp *http.Response, k call) string {
	to := resp.Header.Get("Location")
	if u, err := resp.Location(); err == nil {
		if k.holdsToken() { // in a spelling of the server's own
			u = &url.URL{Scheme: u.Scheme, Host: u.Host}
		}
		to = u.String()
	} else if k.holdsToken() {
		to = "something that is no address"
	}
	return line(route.WithoutSecrets(to))
}
