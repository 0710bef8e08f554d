package tencentess

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// newPauses is a quarter of a second, doubled from try to try up to eight, each half as much more or less by chance.
func newPauses() backoff.BackOff {
	return &backoff.ExponentialBackOff{InitialInterval: 250 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 8 * time.Second}
}

// lull is how long to wait after an answer that says "too often".
func (c *Client) lull(tries int) time.Duration {
	return c.second<<min(tries-1, 3) + rand.N(c.second/2+1)
}

// persist tries until it succeeds, fails in a way that must not be tried again, or was tried often enough. Everything
// here only reads, so any try can do no harm.
func persist[T any](ctx context.Context, c *Client, try func() (T, *Error)) (T, error) {
	var last *Error
	tries := 0
	v, err := backoff.Retry(ctx, func() (T, error) {
		v, e := try()
		tries++
		last = e
		switch {
		case e == nil:
			return v, nil
		case !e.again:
			return v, backoff.Permanent(error(e))
		case e.throttled:
			return v, &backoff.RetryAfterError{Duration: c.lull(tries)}
		}
		return v, e
	}, backoff.WithBackOff(c.pauses()), backoff.WithMaxTries(uint(c.retries)+1), backoff.WithMaxElapsedTime(0), backoff.WithNotify(c.notify))
	if err == nil {
		return v, nil
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
	return v, last
}
