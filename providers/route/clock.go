package route

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// least is how many bytes have to move in the time that a transfer may stand still.
const least = 16 << 10

// Clock ends a call that takes too long, or a transfer in which next to nothing moves any more.
type Clock struct {
	limit time.Duration
	began time.Time

	mu    sync.Mutex
	wait  time.Duration // what it was set to last
	left  time.Duration // of that, when it was started last
	since time.Time     // when that was; zero while it stands still
	bytes int           // moved since it was set
	timer *time.Timer
}

// Within returns a context that ends once so much time has passed: for a call with its whole answer. Its cause says so,
// and is a context.DeadlineExceeded. stop must be called.
func Within(ctx context.Context, limit time.Duration) (_ context.Context, c *Clock, stop func()) {
	return start(ctx, limit, "no whole answer within")
}

// WhileMoving returns a context that ends when next to nothing has moved for so much time: a file has no time limit as
// a whole, because how long it takes is up to its size. stop must be called.
func WhileMoving(ctx context.Context, limit time.Duration) (_ context.Context, c *Clock, stop func()) {
	return start(ctx, limit, "next to nothing moved for")
}

func start(ctx context.Context, limit time.Duration, what string) (context.Context, *Clock, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	now := time.Now()
	c := &Clock{limit: limit, began: now, wait: limit, left: limit, since: now}
	c.timer = time.AfterFunc(limit, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		cancel(fmt.Errorf("%s %s: %w", what, c.wait.Round(time.Millisecond), context.DeadlineExceeded))
	})
	return ctx, c, func() { c.timer.Stop(); cancel(nil) }
}

// Moved says that so many bytes came or went.
func (c *Clock) Moved(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes += n; c.bytes >= least {
		c.set(c.limit)
	}
}

// Sent says that a file has gone. A proxy that keeps it until it has all of it needs about as long again to pass it on.
func (c *Clock) Sent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(c.limit + time.Since(c.began))
}

func (c *Clock) set(d time.Duration) {
	c.bytes, c.wait, c.left = 0, d, d
	if !c.since.IsZero() {
		c.since = time.Now()
		c.timer.Reset(d)
	}
}

// Pause stops the clock during a wait that is not the service's fault; resume starts it again.
func (c *Clock) Pause() (resume func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	if !c.since.IsZero() {
		c.left -= time.Since(c.since)
		c.since = time.Time{}
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.since = time.Now()
		c.timer.Reset(max(c.left, 0))
	}
}
