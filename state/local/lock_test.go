package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/state"
	"countersign/state/store"
)

func mustLock(t testing.TB, l *run, operation string) (store.LockInfo, func() error) {
	t.Helper()
	info := lockInfo(operation, "1.2.3", l.Path())
	unlock, err := l.Lock(ctx, info, 0)
	if err != nil {
		t.Fatal(err)
	}
	return info, unlock
}

// left is the lock of a process that was killed.
func left(t testing.TB, id string) []byte {
	t.Helper()
	info := lockInfo("apply", "1.2.3", "countersign.state.json")
	info.ID = id
	text, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// childHoldsLock takes the lock and keeps it.
func childHoldsLock(path string) error {
	info := lockInfo("apply", "1.2.3", path)
	if _, err := open(path).Lock(ctx, info, 0); err != nil {
		return err
	}
	fmt.Println(info.ID)
	select {}
}

func TestLockDocument(t *testing.T) {
	l := newLocal(t)
	_, unlock := mustLock(t, l, "plan")
	path := filepath.Join(filepath.Dir(l.Path()), "countersign.state.lock")
	var keys map[string]any
	if err := json.Unmarshal(get(t, path), &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"ID", "Operation", "Info", "Who", "Version", "Created", "Path"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("the document has no %s", key)
		}
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Errorf("a second release: %v", err)
	}
	if names(t, l) != "" {
		t.Errorf("the folder has %s", names(t, l))
	}
}

func TestLockHeldByAnotherProcess(t *testing.T) {
	l := newLocal(t)
	holder := startChild(t, "hold the lock", l.Path())
	id := holder.line()

	for _, timeout := range []time.Duration{0, 120 * time.Millisecond} {
		_, err := l.Lock(ctx, lockInfo("plan", "1.2.3", l.Path()), timeout)
		var locked *store.LockedError
		if !errors.As(err, &locked) || locked.Holder.ID != id || locked.Holder.Operation != "apply" ||
			locked.Holder.Path != l.Path() {
			t.Fatalf("after %v: %v", timeout, err)
		}
		mustFail(t, err, fmt.Sprintf("(pid %d)", holder.cmd.Process.Pid), `running "apply"`,
			locked.Holder.Created.Format(time.RFC3339), "lock ID "+id, "-lock-timeout", "force-unlock "+id)
	}

	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err := l.Lock(short, lockInfo("plan", "1.2.3", l.Path()), time.Hour)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled while waiting: %v", err)
	}

	// killed, it gives the lock back, also to one that is waiting already
	time.AfterFunc(100*time.Millisecond, func() { holder.cmd.Process.Kill() })
	unlock, err := l.Lock(ctx, lockInfo("plan", "1.2.3", l.Path()), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

// TestLockedByNobodyKnown: the holder may be between taking the lock and saying so.
func TestLockedByNobodyKnown(t *testing.T) {
	l := newLocal(t)
	_, unlock := mustLock(t, l, "apply")
	defer unlock()
	put(t, pathsOf(l).lock, nil)
	_, err := open(l.Path()).Lock(ctx, store.LockInfo{}, 0)
	mustFail(t, err, l.Path(), "has not said who it is", "-lock-timeout")
}

func TestForceUnlock(t *testing.T) {
	l := newLocal(t)
	mustFail(t, l.ForceUnlock(ctx, "x"), "it is not locked")
	put(t, pathsOf(l).lock, []byte("nonsense"))
	mustFail(t, l.ForceUnlock(ctx, "x"), "does not say who holds the lock")
	if err := os.Remove(pathsOf(l).lock); err != nil {
		t.Fatal(err)
	}

	id := startChild(t, "hold the lock", l.Path()).line()
	mustFail(t, l.ForceUnlock(ctx, "x"), "the lock ID is "+id+`, not "x"`, `running "apply"`)
	if err := l.ForceUnlock(ctx, id); err != nil {
		t.Fatal(err)
	}
	mustLock(t, l, "plan") // while the old holder lives

	// and of a holder that was killed
	l = newLocal(t)
	dead := startChild(t, "hold the lock", l.Path())
	id = dead.line()
	dead.cmd.Process.Kill()
	dead.cmd.Wait()
	if err := l.ForceUnlock(ctx, id); err != nil {
		t.Fatal(err)
	}
	mustFail(t, l.ForceUnlock(ctx, id), "it is not locked")
}

// TestUnlockClosesJournal: after it another process may write there, and this one, locking again, goes on from that.
func TestUnlockClosesJournal(t *testing.T) {
	l, other := newLocal(t), (*run)(nil)
	for range 3 {
		_, unlock := mustLock(t, l, "apply")
		mustBegin(t, l, intent(state.OpRemove, "", 5, ""))
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
		other = open(l.Path())
		mustBegin(t, other, intent(state.OpRemove, "", 6, ""))
	}
	if _, pending := mustRead(t, l); len(pending) != 6 {
		t.Errorf("%d pending", len(pending))
	}
}

// TestLockIsExclusive: releasing removes the file, and to lock a removed file is to lock nothing; many who try
// without a pause fall into that gap, if there is one.
func TestLockIsExclusive(t *testing.T) {
	path := newLocal(t).Path()
	var holders atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			l := New(path)
			for taken := 0; taken < 100; {
				err := l.Lock(ctx, store.LockInfo{ID: "x"})
				var locked *store.LockedError
				if errors.As(err, &locked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				taken++
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d hold the lock", n)
				}
				if !l.held.here() {
					t.Error("what is locked is a file that nobody else finds")
				}
				holders.Add(-1)
				if err := l.Unlock(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
