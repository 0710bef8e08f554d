package dingtalk

import (
	"context"
	"errors"

	"countersign/providers/route"
)

// persist tries until it succeeds, fails in a way that must or can not be tried again, or was tried often enough. After
// an answer that says "too often" it waits at least the second that the vendor advises.
func (c *Client) persist(ctx context.Context, k call, try func(context.Context) (*route.Answer, *Error)) (*route.Answer,
	*Error) {
	var answer *route.Answer
	var e *Error
	again := route.Tries{Again: c.retries, Pauses: c.pauses, Notify: c.notify, Waits: c.waits, Second: c.second,
		Log: route.Log{To: c.log, Service: "dingtalk", Writes: k.write, Of: func(err error) route.Report { return c.told(k, err) }}}
	tries, stopped := again.Do(ctx, func(ctx context.Context) route.Outcome {
		if answer, e = try(ctx); e == nil {
			return route.Outcome{}
		}
		return route.Outcome{Err: e, Again: e.again, Throttled: e.throttled}
	})
	if e == nil {
		return answer, nil
	}
	if e.attempts == 0 {
		e.attempts = tries
	}
	e.Err = route.StoppedBy(e.Err, stopped)
	return nil, e
}

// told is what a log may say of a call that failed with an error, or succeeded.
func (c *Client) told(k call, err error) route.Report {
	var e *Error
	if !errors.As(err, &e) {
		e = c.failure(k, Error{URL: k.url})
	}
	return e.report()
}
