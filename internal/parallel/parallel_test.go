package parallel_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"countersign/internal/parallel"
)

// No more than the limit are ever under way, and all are done.
func TestEachKeepsItsLimit(t *testing.T) {
	for _, limit := range []int{-1, 0, 1, 3} {
		var now, most, done atomic.Int64
		parallel.Do(50, limit, func(int) {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			done.Add(1)
			now.Add(-1)
		})
		if done.Load() != 50 || most.Load() > int64(max(limit, 1)) {
			t.Errorf("limit %d: %d at a time, %d done", limit, most.Load(), done.Load())
		}
	}
}

func TestSlots(t *testing.T) {
	slots := parallel.NewSlots(1)
	release, err := slots.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reason := errors.New("given up")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := slots.Take(ctx); err != reason {
		t.Errorf("full, and given up: %v", err)
	}
	release()
	if _, err := slots.Take(ctx); err != reason {
		t.Errorf("free, and given up: %v", err)
	}
	if _, err := slots.Take(t.Context()); err != nil {
		t.Errorf("free: %v", err)
	}
}

// None is left out because another one failed or panicked, and each one's end is its own.
func TestEach(t *testing.T) {
	var ran atomic.Int32
	errs := parallel.Each(5, 2, func(i int) error {
		ran.Add(1)
		switch i {
		case 1:
			return errors.New("one")
		case 3:
			panic("three")
		}
		return nil
	})
	var crashed *parallel.Panic
	if ran.Load() != 5 || len(errs) != 5 || errs[1] == nil || !errors.As(errs[3], &crashed) ||
		errors.Join(errs[0], errs[2], errs[4]) != nil {
		t.Errorf("%d ran: %v", ran.Load(), errs)
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic is lost")
		}
	}()
	parallel.Do(2, 2, func(i int) {
		if i == 0 {
			panic("lost")
		}
	})
}
