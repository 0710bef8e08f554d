package dingtalk

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

// lull is how long to wait after an answer that says "too often": the vendor's advice is a second; more from try to
// try, and a little more by chance, so that many clients do not come back at one moment.
func (c *Client) lull(tries int) time.Duration {
	d := c.second << min(tries-1, 3)
	return d + rand.N(c.second/2+1)
}

// persist tries until it succeeds, fails in a way that must or can not be tried again, or was tried often enough.
func (c *Client) persist(ctx context.Context, try func() ([]byte, *Error)) ([]byte, *Error) {
	var last *Error
	tries := 0
	raw, err := backoff.Retry(ctx, func() ([]byte, error) {
		raw, e := try()
		tries++
		switch {
		case e == nil:
			return raw, nil
		case !e.again:
			last = e
			return nil, backoff.Permanent(error(e))
		case e.throttled:
			last = e
			return nil, &backoff.RetryAfterError{Duration: c.lull(tries)}
		}
		last = e
		return nil, e
	}, backoff.WithBackOff(c.pauses()), backoff.WithMaxTries(uint(c.retries)+1), backoff.WithMaxElapsedTime(0), backoff.WithNotify(c.notify))
	if err == nil {
		return raw, nil
	}
	if last.attempts == 0 {
		last.attempts = tries
	}
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
