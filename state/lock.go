package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/uuid"
)

// LockInfo is Terraform's lock document: who holds the lock, since when, for what. Every key is always present.
type LockInfo struct {
	ID        string    `json:"ID"`
	Operation string    `json:"Operation"` // the command
	Info      string    `json:"Info"`
	Who       string    `json:"Who"` // user@host (pid N)
	Version   string    `json:"Version"`
	Created   time.Time `json:"Created"`
	Path      string    `json:"Path"` // the state's path
}

// NewLockInfo fills the document for a command run by this process.
func NewLockInfo(operation, version, path string) LockInfo {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return LockInfo{
		ID:        uuid.NewString(),
		Operation: operation,
		Who:       fmt.Sprintf("%s@%s (pid %d)", name, host, os.Getpid()),
		Version:   version,
		Created:   time.Now().UTC(),
		Path:      path,
	}
}

// LockedError says that another process holds the lock. When it has not said yet who it is, Holder has no ID.
type LockedError struct{ Holder LockInfo }

func (e *LockedError) Error() string {
	h := e.Holder
	if h.ID == "" {
		return fmt.Sprintf("the state %s is locked by another process, which has not said who it is; wait for it with -lock-timeout=5m", h.Path)
	}
	return fmt.Sprintf("the state %s is locked by %s, running %q (version %s) since %s, lock ID %s; wait for it with -lock-timeout=5m, "+
		"or, if you are certain that it must not go on, take the lock away with: countersign force-unlock %s",
		h.Path, h.Who, h.Operation, h.Version, h.Created.UTC().Format(time.RFC3339), h.ID, h.ID)
}

// heldLock is a lock that this process holds, or held until it was taken away. The lock is the kernel's, on an
// open file, and goes when its process does; the document in the file tells others whose it is.
type heldLock struct {
	path string
	lock *flock.Flock
}

// here reports whether the file that is locked is still the one that others find under the path.
func (h *heldLock) here() bool {
	locked, err := h.lock.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(h.path)
	return err == nil && os.SameFile(locked, found)
}

// The pauses between attempts to take a lock that another holds.
const firstPause, longestPause = 50 * time.Millisecond, time.Second

// Lock takes the lock, waiting up to timeout, and returns what releases it. When another holds it, the error is
// a *LockedError.
func (l *Local) Lock(ctx context.Context, info LockInfo, timeout time.Duration) (unlock func() error, err error) {
	path := l.files().lock
	fail := func(err error) (func() error, error) {
		return nil, fmt.Errorf("lock the state %s: %w", l.path, err)
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return fail(err)
	}
	deadline := time.Now().Add(timeout)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		held, err := tryLock(path, info)
		if err != nil {
			return fail(err)
		}
		if held != nil {
			l.mu.Lock()
			l.held = held
			l.mu.Unlock()
			return func() error { return l.unlock(held) }, nil
		}
		left := time.Until(deadline)
		if left <= 0 {
			return nil, &LockedError{holder(path, l.path)}
		}
		wait := time.NewTimer(min(pause, left))
		select {
		case <-ctx.Done():
			wait.Stop()
			return fail(errors.Join(ctx.Err(), &LockedError{holder(path, l.path)}))
		case <-wait.C:
		}
	}
}

// tryLock takes the lock if nobody holds it, and writes into its file who does now; nil when somebody holds it.
func tryLock(path string, info LockInfo) (*heldLock, error) {
	for {
		h := &heldLock{path: path, lock: flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))}
		ok, err := h.lock.TryLock()
		if err != nil || !ok {
			return nil, err
		}
		if err := h.write(info); err != nil {
			return nil, errors.Join(err, h.lock.Unlock())
		}
		if h.here() {
			return h, nil
		}
		// the file was unlinked after it had been opened: a lock on it keeps nobody out
		if err := h.lock.Unlock(); err != nil {
			return nil, err
		}
	}
}

// write puts the document into the locked file, if that is still the one under the path.
func (h *heldLock) write(info LockInfo) error {
	text, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(h.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	locked, err := h.lock.Stat()
	if err != nil {
		return err
	}
	if found, err := f.Stat(); err != nil || !os.SameFile(locked, found) {
		return err
	}
	if _, err := f.WriteAt(append(text, '\n'), 0); err != nil {
		return err
	}
	return errors.Join(f.Truncate(int64(len(text)+1)), f.Chmod(0o600))
}

// holder reads who holds the lock. A holder writes that just after it has taken the lock, so an empty document
// is worth a second look.
func holder(path, state string) LockInfo {
	var info LockInfo
	for range 10 {
		data, err := readRegular(path)
		if err == nil && json.Unmarshal(data, &info) == nil && info.ID != "" {
			break
		}
		info = LockInfo{}
		time.Sleep(10 * time.Millisecond)
	}
	if info.Path == "" {
		info.Path = state
	}
	return info
}

// unlock releases the lock and removes its file, unless the lock was taken away: then a file of that name is
// another's.
func (l *Local) unlock(held *heldLock) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held != held {
		return nil // released before
	}
	l.closeJournal() // from now on another may write to it
	l.held = nil
	var err error
	if held.here() {
		err = os.Remove(held.path)
	}
	if err = errors.Join(err, held.lock.Unlock()); err != nil {
		return fmt.Errorf("unlock the state %s: %w", l.path, err)
	}
	return nil
}

// stillHeld says that the lock this process took has been taken away: whoever has it now must not be written over.
func (l *Local) stillHeld() error {
	if l.held == nil || l.held.here() {
		return nil
	}
	return errors.New("the lock was taken away by force-unlock while this run held it, so nothing more is written; " +
		"what it did so far is in the journal, and the next plan finds out the rest")
}

// ForceUnlock takes the lock away from whoever holds it, if its ID is id. A holder that is still running notices
// before it next writes to the journal or the state, and stops there.
func (l *Local) ForceUnlock(_ context.Context, id string) error {
	path := l.files().lock
	fail := func(err error) error { return fmt.Errorf("force-unlock the state %s: %w", l.path, err) }
	data, err := readRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(errors.New("it is not locked"))
	}
	if err != nil {
		return fail(err)
	}
	var info LockInfo
	if err := json.Unmarshal(data, &info); err != nil || info.ID == "" {
		return fail(fmt.Errorf("%s does not say who holds the lock; when you are certain that nobody does, delete it", path))
	}
	if info.ID != id {
		return fail(fmt.Errorf("the lock ID is %s, not %q; it was taken by %s, running %q, at %s",
			info.ID, id, info.Who, info.Operation, info.Created.UTC().Format(time.RFC3339)))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(err)
	}
	return nil
}
