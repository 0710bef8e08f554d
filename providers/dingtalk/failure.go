package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

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

// throttles tells the codes that say that a call came too soon after others and was not carried out. They arrive with
// HTTP 403, as missing rights do, and one with 400 (wire facts, sections 1.2 and A6).
func throttles(code string) bool {
	return strings.Contains(code, "QpsLimit") || code == "autoflowLikeTriggerRateLimited"
}

// unusable is the failure of a call with an answer that is a refusal, has another status than 2xx, or cannot be
// read, which is what cause says then.
func (c *Client) unusable(k call, resp *http.Response, text string, cause error) *Error {
	e := Error{Status: resp.StatusCode, Err: cause}
	r, object := readRefusal(text)
	shut := blocked(text)
	page := resp.StatusCode/100 != 2 && !object && cause == nil
	switch {
	case cause != nil:
	case resp.StatusCode/100 == 3:
		e.Err = fmt.Errorf("redirected to %s", route.WithoutSecrets(resp.Header.Get("Location")))
	case shut:
		e.Code, e.Message = fmt.Sprint(blockedStatus),
			"this machine's address is shut out for some minutes, for too many calls"
	case object:
		e.Code, e.Message, e.RequestID = string(r.Code), string(r.Message), string(r.Request)
		e.scopes = r.Detail.Scopes
	case page:
		e.Message = c.excerpt(k, text)
	}
	e.throttled = e.Status < 500 && throttles(e.Code) || e.Status == http.StatusTooManyRequests
	e.unknown = k.write && !shut && !e.throttled && !route.NotCarriedOut(e.Status)
	e.again = e.throttled || !k.write && !shut && route.Transient(e.Status)
	return c.failure(k, e)
}

// misread is the failure of a call whose answer says that it succeeded and does not hold what it should.
func (c *Client) misread(k call, cause error) *Error {
	if !errors.Is(cause, errShort) {
		cause = fmt.Errorf("%w: %w", errUnreadable, cause)
	}
	return c.failure(k, Error{Status: http.StatusOK, Err: cause, unknown: k.write})
}

// refuse is the failure of a call that was not sent because it makes no sense.
func (c *Client) refuse(k call, cause error) *Error {
	e := c.failure(k, Error{Err: errors.New(strings.ReplaceAll(cause.Error(), "\n", "; "))})
	e.Advice = "nothing was sent"
	return e
}

// failure completes an error: what every one of them names, and the secrets in none.
func (c *Client) failure(k call, e Error) *Error {
	e.Call, e.About = k.name, k.about
	if e.URL == "" {
		e.URL = c.endpoint + k.path
	}
	hide := c.secrets(k).Hide
	e.URL, e.About = hide(e.URL), hide(e.About)
	// What is cut off before it is searched may leave a part of what is secret as a whole.
	e.Code, e.Message, e.RequestID = line(hide(e.Code)), line(hide(e.Message)), line(hide(e.RequestID))
	for i := range e.scopes {
		e.scopes[i] = line(hide(e.scopes[i]))
	}
	e.Advice = hide(advise(&e, k))
	if e.Err != nil {
		if clean := hide(e.Err.Error()); clean != e.Err.Error() {
			e.Err = errors.New(clean)
		}
	}
	return &e
}

// secrets are what no message about a call may show: the app's, every token that it was given, and what the call
// carries.
func (c *Client) secrets(k call) route.Secrets {
	c.mu.Lock()
	defer c.mu.Unlock()
	return route.NewSecrets(slices.Concat([]string{c.key, c.secret}, c.tokens, c.hide, k.keys), k.hidden)
}
