package yomicloud

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/providers/route"
)

// longestWait bounds what a Retry-After can ask for: who waits for a plan wants to hear of the fault before that.
const longestWait = time.Minute

// persist tries a call until it succeeds, fails in a way that must or can not be tried again, or was tried often
// enough.
func (c *Client) persist(ctx context.Context, try func() (answer, *Error)) (answer, error) {
	var a answer
	var e *Error
	again := route.Tries{Again: c.retries, Pauses: c.pauses, Notify: c.notify}
	tries, stopped := again.Do(ctx, func(int) route.Outcome {
		if a, e = try(); e == nil {
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

// retryAfter reads the header of that name: seconds, or a date; 0 when it says nothing, or nothing useful.
func retryAfter(header string) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(longestWait/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(at), 0), longestWait)
	}
	return 0
}
