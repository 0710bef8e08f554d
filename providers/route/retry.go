package route

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Pauses is a quarter of a second, doubled from try to try up to eight, each half as much more or less by chance.
func Pauses() backoff.BackOff {
	return &backoff.ExponentialBackOff{InitialInterval: 250 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2,
		MaxInterval: 8 * time.Second}
}

// ThrottlePause is how long to wait after the so many-th try (from 1) was answered with "too often": at least the given
// time, more from try to try up to eight times as much, and a little more by chance, so that many clients do not come
// back at one moment.
func ThrottlePause(least time.Duration, tries int) time.Duration {
	return least<<min(tries-1, 3) + rand.N(least/2+1)
}

// Tries say how often a call is tried again, and when.
type Tries struct {
	Again  int                    // how often after the first time, 0 or more
	Pauses func() backoff.BackOff // between two tries
	Notify backoff.Notify         // called before each pause; may be nil
	Second time.Duration          // the least pause after "too often"

	Longest time.Duration // the longest pause that an answer can ask for; 0: any
	Waits   func(Wait)    // gets each pause of Persist that a person would notice; may be nil
	Log     *slog.Logger  // gets each try of Persist; may be nil
}

// Wait is a pause before a call is tried again.
type Wait struct {
	Call     string        // templet-list
	Answered bool          // the service did, with Why; otherwise that says why no whole answer came
	Why      string        // HTTP 429 Too Many Requests; the connection was closed before an answer came
	For      time.Duration // how long it takes
	Asked    time.Duration // how long the service asked for; 0: it did not say
}

// noticed is the shortest pause that Waits gets.
const noticed = time.Second

// Outcome is what came of one try.
type Outcome struct {
	Err       error         // nil: it succeeded
	Again     bool          // the same call may be sent once more
	Throttled bool          // it was answered with "too often"
	Wait      time.Duration // the pause that the answer asks for, in place of the usual one; 0: the usual one
}

// Do tries until a try succeeds, fails in a way that must or can not be tried again, or was the last one. It returns
// how many there were, and what ended the context when that was why there were no more, nil otherwise.
func (t Tries) Do(ctx context.Context, try func(context.Context) Outcome) (n int, stopped error) {
	var last Outcome
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		n++
		last = try(ctx)
		switch {
		case last.Err == nil:
			return struct{}{}, nil
		case !last.Again:
			return struct{}{}, backoff.Permanent(last.Err)
		case last.Throttled:
			return struct{}{}, &backoff.RetryAfterError{Duration: ThrottlePause(t.Second, n)}
		case last.Wait > 0:
			return struct{}{}, &backoff.RetryAfterError{Duration: t.allowed(last.Wait)}
		}
		return struct{}{}, last.Err
	}, backoff.WithBackOff(t.Pauses()), backoff.WithMaxTries(uint(t.Again)+1), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(t.Notify))
	if err != nil && last.Again {
		stopped = context.Cause(ctx)
	}
	return n, stopped
}

// Persist makes a call as often as its failures allow, and logs each try and pause. Each try has a context of its own.
// The error is an *Error.
func Persist[T any](ctx context.Context, t Tries, k Call, try func(context.Context) (T, *Error)) (T, error) {
	var answer T
	var e *Error
	notify := t.Notify
	t.Notify = func(err error, wait time.Duration) {
		k.logWait(ctx, t.Log, wait)
		if t.Waits != nil && wait >= noticed {
			t.Waits(Wait{Call: k.Name, Answered: cmp.Or(e.status(), e.Code) != "", Why: e.why(), For: wait,
				Asked: e.Wait})
		}
		if notify != nil {
			notify(err, wait)
		}
	}
	if k.Does == "" {
		return answer, k.Refuse(errors.New("nobody has said whether this call may be sent twice"))
	}
	made := 0
	tries, stopped := t.Do(ctx, func(ctx context.Context) Outcome {
		made++
		own, end := k.begin(ctx, t.Log, made)
		answer, e = try(own)
		end(e)
		if e == nil {
			return Outcome{}
		}
		return Outcome{Err: e, Again: e.Again, Throttled: e.Throttled, Wait: e.Wait}
	})
	if e == nil {
		return answer, nil
	}
	e.Tries = cmp.Or(e.Tries, tries) // a failure of another call counts its own tries
	e.Err = StoppedBy(e.Err, stopped)
	var none T
	return none, e
}

// allowed is how long a pause that was asked for may take.
func (t Tries) allowed(asked time.Duration) time.Duration {
	if t.Longest > 0 {
		return min(asked, t.Longest)
	}
	return asked
}

// StoppedBy adds to the cause of a failure, which may be nil, what Do said stopped the next try: the caller asks what
// stopped it, the reader what went wrong. Without that the cause stays as it is.
func StoppedBy(cause, stopped error) error {
	switch {
	case stopped == nil:
		return cause
	case cause == nil:
		return fmt.Errorf("not tried again: %w", stopped)
	}
	return fmt.Errorf("%w; not tried again: %w", cause, stopped)
}
