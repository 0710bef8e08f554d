// Package parallel does things side by side: all at once, up to a limit, or up to a limit that several callers share. A
// panic in a goroutine comes to the function that waits for it; what is done about it is not decided here.
package parallel

import (
	"context"
	"sync"
)

// Group is sync.WaitGroup with panics: Wait panics with the first of them, once all goroutines have ended.
type Group struct {
	wait  sync.WaitGroup
	once  sync.Once
	first error
}

// Go runs f in a goroutine.
func (g *Group) Go(f func()) {
	g.wait.Go(func() {
		var bug error
		defer func() {
			if bug != nil {
				g.once.Do(func() { g.first = bug })
			}
		}()
		defer Caught(&bug)
		f()
	})
}

// Wait waits for all goroutines.
func (g *Group) Wait() {
	g.wait.Wait()
	_ = Raise(g.first)
}

// Each runs a task for each of n things, at most limit at a time and at least one, begun in order, and returns how each
// ended. None is left out because another one failed, and a panic is the error of its task, a *Panic.
func Each(n, limit int, task func(i int) error) []error {
	errs := make([]error, n)
	slots := NewSlots(limit)
	var group sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			defer Caught(&errs[i])
			errs[i] = task(i)
		})
	}
	group.Wait()
	return errs
}

// Do is Each for tasks that cannot fail. A panic in one of them is one of Do, once all have ended.
func Do(n, limit int, task func(i int)) {
	for _, err := range Each(n, limit, func(i int) error { task(i); return nil }) {
		_ = Raise(err)
	}
}

// Slots are places for work that is under way.
type Slots chan struct{}

// NewSlots makes n places, and at least one.
func NewSlots(n int) Slots { return make(Slots, max(n, 1)) }

// Take waits for a place and takes it, until release. The error is the cause why ctx ended; then nothing is taken.
func (s Slots) Take(ctx context.Context) (release func(), err error) {
	if ctx.Err() != nil { // a free place could be taken all the same
		return nil, context.Cause(ctx)
	}
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
