package budget

import (
	"sync/atomic"
	"time"

	"countersign/internal/parallel"
)

// clock measures how long an evaluation takes. It stands still while a person is asked.
type clock struct {
	began  time.Time
	most   time.Duration
	asking atomic.Int64 // since when a person is being asked, in nanoseconds after began; 0 when nobody is
	idle   atomic.Int64 // how long people have been asked, in nanoseconds
}

// left is how much time is left.
func (c *clock) left() time.Duration {
	now := time.Since(c.began)
	if asked := c.asking.Load(); asked != 0 {
		now = time.Duration(asked)
	}
	return c.most - (now - time.Duration(c.idle.Load()))
}

// ask stops the clock while a person is asked.
func (c *clock) ask(question func() (string, error)) (string, error) {
	from := time.Since(c.began)
	c.asking.Store(max(int64(from), 1))
	defer func() {
		c.idle.Add(int64(time.Since(c.began) - from))
		c.asking.Store(0)
	}()
	return question()
}

// check spends the budget when the time is up.
func (c *clock) check(b *Budget) {
	if c.left() < 0 {
		b.exhaust("One evaluation may take %s, and this one takes longer.", c.most)
	}
}

// Bounded does work that takes from a budget. It waits for one and a half times the budget's time: a single operation
// cannot be stopped in the middle. Work that is not done by then is abandoned, and late gives the result, with which
// the run ends.
func Bounded[T any](b *Budget, work func() T, late func() T) T {
	type outcome struct {
		result T
		panic  error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() { done <- o }()
		defer parallel.Caught(&o.panic)
		o.result = work()
	}()
	for {
		select {
		case o := <-done:
			_ = parallel.Raise(o.panic)
			return o.result
		case <-time.After(max(b.clock.left()+b.clock.most/2, time.Second)):
			if b.clock.left()+b.clock.most/2 < 0 {
				return late()
			}
		}
	}
}
