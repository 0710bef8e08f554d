package dingtalk

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"countersign/providers/route"
)

// of is a call for its log and its failures.
func (c *Client) of(k call) route.Call {
	return route.Call{Service: "dingtalk", Name: k.name, URL: cmp.Or(k.url, c.endpoint+k.path), About: k.about,
		Does: endpoints[k.name].does, Hide: func(text string) string { return c.secrets(k).Hide(text) },
		Advise: func(e *route.Error) string { return advise(e, k) }}
}

// throttles reports whether a code says that a call came too soon after others and was not carried out. Such codes come
// with HTTP 403, as missing rights do, and one with 400 (wire facts, sections 1.2 and A6).
func throttles(code string) bool {
	return strings.Contains(code, "QpsLimit") || code == "autoflowLikeTriggerRateLimited"
}

// unusable is the failure of a call with an answer that is a refusal, has another status than 2xx, or cannot be
// read, which is what cause says then.
func (c *Client) unusable(k call, resp *http.Response, text string, cause error) *route.Error {
	e := route.Error{Status: resp.StatusCode, Err: cause}
	r, object := readRefusal(text)
	shut := blocked(text)
	page := resp.StatusCode/100 != 2 && !object && cause == nil
	switch {
	case cause != nil:
	case resp.StatusCode/100 == 3:
		e.Err = fmt.Errorf("redirected to %s", route.WithoutSecrets(resp.Header.Get("Location")))
	case shut:
		e.Code, e.Message = fmt.Sprint(blockedStatus),
			"this machine's address is blocked for some minutes, for too many calls"
	case object:
		e.Code, e.Message, e.RequestID = r.Code, r.Message, r.Request
	case page:
		e.Message = c.excerpt(k, text)
	}
	e.Throttled = e.Status < 500 && throttles(e.Code) || e.Status == http.StatusTooManyRequests
	writes := endpoints[k.name].does == route.Writes
	e.Unknown = writes && !shut && !e.Throttled && !route.NotCarriedOut(e.Status)
	e.Again = e.Throttled || !writes && !shut && route.Transient(e.Status)
	failed := c.of(k)
	if len(r.Scopes) > 0 && e.Refused() {
		scopes := route.Words(failed.Hide(strings.Join(r.Scopes, ", ")))
		failed.Advise = func(*route.Error) string {
			return "give the app the permission " + scopes + " in the developer console"
		}
	}
	return failed.Fail(e)
}

// stale reports whether the token was not taken. Reports differ on whether that is a 400 or a 401.
func stale(e *route.Error) bool {
	return (e.Status == http.StatusBadRequest || e.Status == http.StatusUnauthorized) &&
		e.Code == "InvalidAuthentication"
}

// secrets are what no message about a call may show: the app's, every token that it was given, and what the call
// carries.
func (c *Client) secrets(k call) route.Secrets {
	c.mu.Lock()
	defer c.mu.Unlock()
	return route.NewSecrets(slices.Concat([]string{c.key, c.secret}, c.tokens, c.hide, k.keys), k.hidden)
}
