package statetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/internal/parallel"
	"countersign/state"
	"countersign/state/store"
)

func info(id string) store.LockInfo {
	return store.LockInfo{ID: id, Operation: "apply", Who: "me@here (pid 7)", Version: "1",
		Created: time.Unix(1, 0).UTC(), Path: "x"}
}

// held demands that an error names the holder.
func held(t *testing.T, err error, id string) {
	t.Helper()
	var locked *store.LockedError
	if !errors.As(err, &locked) || locked.Holder != info(id) {
		t.Errorf("the lock of %s is refused with %v", id, err)
	}
}

func testLock(t *testing.T, open func() store.Backend) {
	a, b := open(), open()
	must(t, a.Lock(ctx, info("a")))
	held(t, b.Lock(ctx, info("b")), "a")
	held(t, b.Locked(ctx), "a")
	must(t, b.Unlock(ctx)) // which holds none
	held(t, b.Locked(ctx), "a")
	must(t, a.Unlock(ctx))
	must(t, a.Unlock(ctx))
	must(t, b.Locked(ctx))
	must(t, b.Lock(ctx, info("b")))
	held(t, a.Locked(ctx), "b")
	must(t, b.Unlock(ctx))
	must(t, b.Lock(ctx, info("c")))
	must(t, b.Unlock(ctx))
}

func testLockTakenAway(t *testing.T, open func() store.Backend) {
	old, next := open(), open()
	must(t, old.Lock(ctx, info("old")))
	of, text1 := stateText(t, 1)
	v, err := old.Replace(ctx, of, text1, "")
	must(t, err)
	j, err := old.ReplaceJournal(ctx, list(first))
	must(t, err)
	refusal(t, next.ForceUnlock(ctx, "another"), `the lock ID is old, not "another"`)
	held(t, next.Locked(ctx), "old")
	must(t, next.ForceUnlock(ctx, "old"))
	refused := func() {
		t.Helper()
		_, replacing := old.Replace(ctx, of, text1, v)
		_, starting := old.ReplaceJournal(ctx, list(first, "x"))
		_, removing := old.ReplaceJournal(ctx, nil)
		for _, err := range []error{replacing, starting, removing, j.Append(ctx, list("x"), true)} {
			if !errors.Is(err, store.ErrLockLost) {
				t.Errorf("the old holder writes: %v", err)
			}
		}
	}
	refused() // nobody holds it
	must(t, next.Lock(ctx, info("next")))
	refused() // another does
	must(t, old.Unlock(ctx))
	held(t, old.Locked(ctx), "next")
	if got := entries(t, open); got != first {
		t.Errorf("the journal is %q", got)
	}
	must(t, next.Unlock(ctx))
}

// testLockByHand: the lock of a person is there until it is taken away, whatever becomes of the process that took it.
func testLockByHand(t *testing.T, open func() store.Backend) {
	byHand := info("frozen")
	byHand.Operation, byHand.Info = store.ByHand, "change freeze until Monday"
	must(t, store.New(open(), nil).LockByHand(ctx, byHand, 0))
	other := open()
	for _, err := range []error{other.Lock(ctx, info("a")), other.Locked(ctx), open().Locked(ctx)} {
		var locked *store.LockedError
		if !errors.As(err, &locked) || locked.Holder != byHand {
			t.Errorf("the lock by hand is refused with %v", err)
		}
	}
	second := byHand
	second.ID = "second"
	err := store.New(open(), nil).LockByHand(ctx, second, 0)
	refusal(t, err, "is locked by hand by me@here (pid 7) since 1970-01-01T00:00:01Z: change freeze until Monday")
	was, err := store.New(open(), nil).UnlockByHand(ctx)
	if err != nil || was != byHand {
		t.Errorf("it was %v, %v", was, err)
	}
	_, err = store.New(open(), nil).UnlockByHand(ctx)
	refusal(t, err, "it is not locked")
	must(t, other.Lock(ctx, info("a")))
	_, err = store.New(open(), nil).UnlockByHand(ctx)
	refusal(t, err, "no person has locked it")
	held(t, open().Locked(ctx), "a")
	must(t, other.Unlock(ctx))
}

// testManyLock: many processes each make a template under the lock, several times, and none is lost.
func testManyLock(t *testing.T, open func() store.Backend) {
	const processes, each = 5, 4
	makeOne := func(s *store.Store, n int) (err error) {
		unlock, err := s.Lock(ctx, info(fmt.Sprint(n)), time.Minute)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, unlock()) }()
		in, err := s.Begin(ctx, []state.Intent{create(fmt.Sprintf("template.t%d", n))})
		if err != nil {
			return err
		}
		if err := s.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: int64(n + 1)}}); err != nil {
			return err
		}
		st, _, err := s.Read(ctx)
		if err == nil {
			_, err = s.Write(ctx, st)
		}
		return err
	}
	var wg parallel.Group
	for p := range processes {
		wg.Go(func() {
			s := store.New(open(), nil)
			for n := range each {
				if err := makeOne(s, p*each+n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	st, pending, err := store.New(open(), nil).Read(ctx)
	if err != nil || st.Serial != processes*each || len(st.Bindings) != processes*each || len(pending) > 0 {
		t.Errorf("%d are bound at serial %d, %d pending: %v", len(st.Bindings), st.Serial, len(pending), err)
	}
}

// OneOfTen demands that of ten processes which replace one version at the same time, one does. It is for backends that
// replace on a condition, and need no lock for that.
func OneOfTen(t *testing.T, open func() store.Backend) {
	of, text := stateText(t, 1)
	var wg parallel.Group
	errs := make([]error, 10)
	for n := range errs {
		b := open()
		wg.Go(func() {
			_, errs[n] = b.Replace(ctx, of, append(bytes.Clone(text), bytes.Repeat([]byte(" "), n)...), "")
		})
	}
	wg.Wait()
	wrote := 0
	for _, err := range errs {
		if err == nil {
			wrote++
		} else if !errors.Is(err, store.ErrChanged) {
			t.Error(err)
		}
	}
	if wrote != 1 {
		t.Errorf("%d of ten wrote over nothing", wrote)
	}
}
