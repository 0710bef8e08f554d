package dingtalk

import (
	"context"

	"countersign/providers/route"
)

// persist tries until it succeeds, fails in a way that must or can not be tried again, or was tried often enough. After
// an answer that says "too often" it waits at least the second that the vendor advises.
func (c *Client) persist(ctx context.Context, try func() (*route.Answer, *Error)) (*route.Answer, *Error) {
	var answer *route.Answer
	var e *Error
	again := route.Tries{Again: c.retries, Pauses: c.pauses, Notify: c.notify, Second: c.second}
	tries, stopped := again.Do(ctx, func(int) route.Outcome {
		if answer, e = try(); e == nil {
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
