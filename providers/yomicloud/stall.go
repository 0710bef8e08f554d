package yomicloud

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// stall ends a transfer in which nothing moves any more. A file has no time limit as a whole: how long it takes is up
// to its size.
type stall struct {
	limit time.Duration
	began time.Time
	wait  atomic.Int64 // what the timer was set to
	timer *time.Timer
}

// watch returns a context that ends when nothing has moved for as long as one call may take. stop must be called.
func (c *Client) watch(ctx context.Context) (_ context.Context, s *stall, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	s = &stall{limit: c.timeout, began: time.Now()}
	s.wait.Store(int64(s.limit))
	s.timer = time.AfterFunc(s.limit, func() {
		cancel(fmt.Errorf("nothing moved for %s: %w", time.Duration(s.wait.Load()).Round(time.Millisecond), context.DeadlineExceeded))
	})
	return ctx, s, func() { s.timer.Stop(); cancel(nil) }
}

// moved says that something came or went.
func (s *stall) moved() { s.rest(s.limit) }

// pause stops the clock while a file of this side is read or written: that it is slow is not the drive's fault.
func (s *stall) pause() { s.timer.Stop() }

// sent says that a file has gone. A proxy that keeps it until it has all of it needs about as long again to pass it on.
func (s *stall) sent() { s.rest(s.limit + time.Since(s.began)) }

func (s *stall) rest(d time.Duration) {
	s.wait.Store(int64(d))
	s.timer.Reset(d)
}
