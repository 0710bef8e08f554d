package tencentess

import (
	"context"

	"countersign/providers/route"
)

// newPauses are those between two tries of anything here.
var newPauses = route.Pauses

// persist tries a call until it succeeds, fails in a way that must not be tried again, or was tried often enough.
// Everything here only reads, so any try can do no harm.
func persist[T any](ctx context.Context, c *Client, try func() (T, *Error)) (T, error) {
	var v T
	var e *Error
	tries, stopped := route.Tries{Again: c.retries, Pauses: c.pauses, Notify: c.notify}.Do(ctx, func(n int) route.Outcome {
		if v, e = try(); e == nil {
			return route.Outcome{}
		}
		o := route.Outcome{Err: e, Again: e.again}
		if e.throttled {
			o.Wait = route.Lull(c.second, n)
		}
		return o
	})
	if e == nil {
		return v, nil
	}
	e.attempts, e.Err = tries, route.NotAgain(e.Err, stopped)
	return v, e
}
