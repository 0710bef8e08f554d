package tencentess

import (
	"context"
	"errors"

	"countersign/providers/route"
)

// persist tries a call until it succeeds, fails in a way that must not be tried again, or was tried often enough.
// what names the call. Everything here only reads, so any try can do no harm.
func persist[T any](ctx context.Context, c *Client, what Error, try func(context.Context) (T, *Error)) (T, error) {
	var v T
	var e *Error
	again := route.Tries{Again: c.retries, Pauses: c.pauses, Notify: c.notify, Waits: c.waits, Second: c.second,
		Log: route.Log{To: c.log, Service: "esign", Of: func(err error) route.Report {
			var e *Error
			if !errors.As(err, &e) {
				e = c.failure(what)
			}
			return e.report()
		}}}
	tries, stopped := again.Do(ctx, func(ctx context.Context) route.Outcome {
		if v, e = try(ctx); e == nil {
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
