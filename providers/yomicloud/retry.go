package yomicloud

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/providers/route"
)

// longestWait bounds what a Retry-After can ask for, unless the options say more: who waits for a plan wants to hear of
// the fault before that.
const longestWait = time.Minute

// aDay bounds what is read of a Retry-After at all.
const aDay = 24 * time.Hour

// persist tries a call until it succeeds, fails in a way that must or can not be tried again, or was tried often
// enough.
func (c *Client) persist(ctx context.Context, k call, try func(context.Context) (answer, *Error)) (answer, error) {
	var a answer
	var e *Error
	again := route.Tries{Again: c.retries, Pauses: c.pauses, Notify: c.notify, Longest: c.longest, Waits: c.waits,
		Log: route.Log{To: c.log, Service: "drive", Writes: k.write, Of: func(err error) route.Report { return c.told(k, err) }}}
	tries, stopped := again.Do(ctx, func(ctx context.Context) route.Outcome {
		if a, e = try(ctx); e == nil {
			return route.Outcome{}
		}
		return route.Outcome{Err: e, Again: e.again, Wait: e.wait}
	})
	if e == nil {
		return a, nil
	}
	e.attempts, e.Err = tries, route.StoppedBy(e.Err, stopped)
	return answer{}, e
}

// told is what a log may say of a call that failed with an error, or succeeded.
func (c *Client) told(k call, err error) route.Report {
	var e *Error
	if !errors.As(err, &e) {
		e = c.failure(k, Error{})
	}
	return e.report()
}

// retryAfter reads the header of that name: seconds, or a date; 0 when it says nothing, or nothing useful.
func retryAfter(header string) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(aDay/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(at), 0), aDay)
	}
	return 0
}
