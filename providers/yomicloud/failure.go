package yomicloud

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"countersign/providers/route"
)

// unusable is the failure of a call with an answer that is a refusal, has another status than 200, or cannot be read,
// which is what cause says then.
func (c *Client) unusable(k call, resp *http.Response, body string, a answer, cause error) *route.Error {
	e := route.Error{Status: resp.StatusCode}
	ok := e.Status == http.StatusOK
	half := errors.Is(cause, io.ErrUnexpectedEOF)
	switch {
	case e.Status/100 == 3 && resp.Header.Get("Location") != "":
		e.Err = fmt.Errorf("redirected to %s", c.hide(target(resp, k)))
	case a.Object != nil:
		if code, _ := a.code(); code != "" {
			e.Code = "code " + code
		}
		e.Message = a.complaint()
		if ok {
			e.Err = cause
		}
	case errors.Is(cause, route.ErrTooLarge), errors.Is(cause, route.ErrPacking):
		e.Err = cause
	default:
		if !half {
			e.Message = route.Excerpt(body, c.hide)
		}
		if ok || half && len(body) > 0 {
			e.Err = cause // otherwise the status says it all
		}
	}

	writes := endpoints[k.path].does == route.Writes
	e.Unknown = writes && !e.Refused() && !route.NotCarriedOut(e.Status)
	e.Missing = e.Refused() && k.saysMissing(e.Status, e.Message)
	e.Again = e.Status == http.StatusTooManyRequests || !writes && (route.Transient(e.Status) || ok && half)
	if e.Again {
		e.Wait = retryAfter(resp.Header.Get("Retry-After"))
	}
	return c.of(k).Fail(e)
}

// hide takes the secrets out of words that came from outside.
func (c *Client) hide(s string) string { return c.secrets.Hide(s) }

// target is where a redirect points to, without what may be secret in it.
func target(resp *http.Response, k call) string {
	to := resp.Header.Get("Location")
	if u, err := resp.Location(); err == nil {
		if endpoints[k.path].secret { // in a spelling of the server's own
			u = &url.URL{Scheme: u.Scheme, Host: u.Host}
		}
		to = u.String()
	} else if endpoints[k.path].secret {
		to = "something that is no address"
	}
	return route.Words(route.WithoutSecrets(to))
}
