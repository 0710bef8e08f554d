package tencentess

import (
	"context"

	"countersign/providers/route"
)

// persist tries a call until it succeeds, fails in a way that must not be tried again, or was tried often enough.
// Everything here only reads, so any try can do no harm.
func persist[T any](ctx context.Context, c *Client, try func() (T, *Error)) (T, error) {
	var v T
	var e *Error
	again := route.Tries{Again: c.retries, Pauses: c.pauses, Notify: c.notify, Second: c.second}
	tries, stopped := again.Do(ctx, func(int) route.Outcome {
		if v, e = try(); e == nil {
			return route.Outcome{}
		}
		return route.Outcome{Err: e, Again: e.again, Throttled: e.throttled}
	})
	if e == nil {
		return v, nil
	}
	e.attempts, e.Err = tries, route.StoppedBy(e.Err, stopped)
	return v, e
}
