package yomicloud

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// longestWait bounds what a Retry-After can ask for: who waits for a plan wants to hear of the fault before that.
const longestWait = time.Minute

// newPauses is a quarter of a second, doubled from try to try up to eight, each half as much more or less by chance.
func newPauses() backoff.BackOff {
	return &backoff.ExponentialBackOff{InitialInterval: 250 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 8 * time.Second}
}

// persist tries a call until it succeeds, fails in a way that must or can not be tried again, or was tried often enough.
func (c *Client) persist(ctx context.Context, try func() (answer, *Error)) (answer, error) {
	var last *Error
	tries := 0
	a, err := backoff.Retry(ctx, func() (answer, error) {
		a, e := try()
		tries++
		if e == nil {
			return a, nil
		}
		last = e
		switch {
		case !e.again:
			return nil, backoff.Permanent(e)
		case e.wait > 0:
			return nil, &backoff.RetryAfterError{Duration: e.wait}
		}
		return nil, e
	}, backoff.WithBackOff(c.pauses()), backoff.WithMaxTries(uint(c.retries)+1), backoff.WithMaxElapsedTime(0), backoff.WithNotify(c.notify))
	if err == nil {
		return a, nil
	}
	last.attempts = tries
	if cause := context.Cause(ctx); cause != nil && last.again {
		// Stopped while waiting for the next try: the caller asks what stopped it, the reader what went wrong.
		if last.Err != nil {
			last.Err = fmt.Errorf("%w; not tried again: %w", last.Err, cause)
		} else {
			last.Err = fmt.Errorf("not tried again: %w", cause)
		}
	}
	return nil, last
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
