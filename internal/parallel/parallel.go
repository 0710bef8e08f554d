// Package parallel runs things side by side, up to a limit: a Group for the parts of one piece of work, Slots for a
// limit that several callers share.
package parallel

import (
	"context"

	"golang.org/x/sync/errgroup"

	"countersign/internal/crash"
)

// Group runs functions side by side. A panic in one is its error, a *crash.Panic.
type Group struct{ group *errgroup.Group }

// New is a group that runs at most limit functions at a time, and at least one. The context it returns ends with the
// first error, and once Wait has returned.
func New(ctx context.Context, limit int) (*Group, context.Context) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(limit, 1))
	return &Group{group}, ctx
}

// Go runs f in a goroutine, as soon as there is room; the caller waits until then.
func (g *Group) Go(f func() error) {
	g.group.Go(func() (err error) {
		defer crash.Caught(&err)
		return f()
	})
}

// Wait waits for all functions and returns the first error.
func (g *Group) Wait() error { return g.group.Wait() }

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

// Each runs a task for each of n things, at most limit at a time, begun in order, and returns how each ended. None is
// left out because another one failed, and a panic is the error of its task, a *crash.Panic.
func Each(n, limit int, task func(i int) error) []error {
	errs := make([]error, n)
	group, _ := New(context.Background(), limit)
	for i := range n {
		group.Go(func() error {
			defer crash.Caught(&errs[i])
			errs[i] = task(i)
			return nil
		})
	}
	_ = group.Wait() // each task has kept its own error
	return errs
}

// Do is Each for tasks that cannot fail. A panic in one of them is one of Do, once all have ended.
func Do(n, limit int, task func(i int)) {
	for _, err := range Each(n, limit, func(i int) error { task(i); return nil }) {
		_ = crash.Raise(err)
	}
}
