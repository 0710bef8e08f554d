package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/uuid"

	"countersign/confine"
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
		return fmt.Sprintf("the state %s is locked by another process, which has not said who it is; wait for it with -lock-timeout=5m, or, "+
			"when you are certain that nobody is at work, delete the lock beside it", h.Path)
	}
	return fmt.Sprintf("the state %s is locked by %s, running %q (version %s) since %s, lock ID %s; wait for it with -lock-timeout=5m, "+
		"or, if you are certain that it must not go on, take the lock away with: countersign force-unlock %s",
		h.Path, h.Who, h.Operation, h.Version, h.Created.UTC().Format(time.RFC3339), h.ID, h.ID)
}

// heldLock is a lock that this process holds, or held until it was taken away. The lock is the kernel's, on an
// open file, and goes when its process does; the document in the file tells others whose it is.
type heldLock struct {
	files
	flock *flock.Flock
}

// here reports whether the file that is locked is still the one that others find under the path.
func (h *heldLock) here() bool {
	locked, err := h.flock.Stat()
	if err != nil {
		return false
	}
	found, err := h.folder.Lstat(h.lock)
	return err == nil && os.SameFile(locked, found)
}

// The pauses between attempts to take a lock that another holds.
const firstPause, longestPause = 50 * time.Millisecond, time.Second

// Lock takes the lock, waiting up to timeout, and returns what releases it. When another holds it, the error is
// a *LockedError.
func (l *Local) Lock(ctx context.Context, info LockInfo, timeout time.Duration) (unlock func() error, err error) {
	paths, err := l.files(true)
	if err == nil {
		err = paths.clear()
	}
	if err != nil {
		return nil, fmt.Errorf("lock the state %s: %w", l.path, err)
	}
	var held *heldLock
	// At least two attempts: AwaitUnlocked of another process holds the lock for a moment.
	err = l.await(ctx, paths, max(timeout, firstPause), func() (bool, error) {
		held, err = paths.tryLock(info)
		return held != nil, err
	})
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.held = held
	l.mu.Unlock()
	return func() error { return l.unlock(held) }, nil
}

// AwaitUnlocked returns once nobody holds the lock, or after timeout with a *LockedError. It takes no lock, and makes
// and changes nothing: whoever reads need not be kept from reading, but must know that what they read is about to
// change.
func (l *Local) AwaitUnlocked(ctx context.Context, timeout time.Duration) error {
	paths, err := l.files(false)
	if err != nil {
		return err
	}
	return l.await(ctx, paths, timeout, paths.unlocked)
}

// await tries until it succeeds, for as long as timeout.
func (l *Local) await(ctx context.Context, paths files, timeout time.Duration, try func() (bool, error)) error {
	fail := func(err error) error { return fmt.Errorf("lock the state %s: %w", l.path, err) }
	deadline := time.Now().Add(timeout)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		ok, err := try()
		if err != nil {
			return fail(err)
		}
		if ok {
			return nil
		}
		left := time.Until(deadline)
		if left <= 0 {
			return &LockedError{paths.holder(l.path)}
		}
		wait := time.NewTimer(min(pause, left))
		select {
		case <-ctx.Done():
			wait.Stop()
			return fail(errors.Join(ctx.Err(), &LockedError{paths.holder(l.path)}))
		case <-wait.C:
		}
	}
}

// flockOn prepares the kernel's lock on the lock's file, which it opens by its path, but neither makes nor follows.
func (f files) flockOn(name string, flag int) *flock.Flock {
	return flock.New(f.at(name), flock.SetFlag(flag|confine.NoFollow|syscall.O_NONBLOCK))
}

// unlocked reports whether nobody holds the lock.
func (f files) unlocked() (bool, error) {
	file, _, err := f.open(f.lock, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if errors.Is(err, confine.ErrOther) { // released and taken again meanwhile
		return false, nil
	}
	if err != nil {
		return false, err
	}
	file.Close()
	lock := f.flockOn(f.lock, os.O_RDONLY)
	ok, err := lock.TryRLock()
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if !ok {
		return false, err
	}
	return true, lock.Unlock()
}

// tryLock takes the lock if nobody holds it, and writes into its file who does now; nil when somebody holds it.
func (f files) tryLock(info LockInfo) (*heldLock, error) {
	text, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return nil, err
	}
	text = append(text, '\n')
	for {
		file, _, err := f.open(f.lock, os.O_RDWR)
		var h *heldLock
		switch {
		case errors.Is(err, fs.ErrNotExist):
			h, err = f.makeLock(text)
		case err == nil:
			h, err = f.takeLock(file, text)
			file.Close()
		case errors.Is(err, confine.ErrOther): // released and taken again meanwhile
			continue
		}
		if h == nil || err != nil || h.here() {
			return h, err
		}
		// the file was unlinked after it had been opened: a lock on it keeps nobody out
		if err := h.flock.Unlock(); err != nil {
			return nil, err
		}
	}
}

// makeLock makes a lock that is held and says so from the beginning, under a name of its own first. It is nil when
// another process was faster.
func (f files) makeLock(text []byte) (*heldLock, error) {
	n, err := f.folder.New(f.lock)
	if err != nil {
		return nil, err
	}
	defer n.Drop()
	h, err := f.lockOpen(n.Temporary(), n.File)
	if h == nil {
		return nil, err
	}
	if _, err = n.Write(text); err == nil {
		err = n.Link()
	}
	switch {
	case err == nil:
		return h, nil
	case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist): // taken, or swept up by a process that has just written the state
		return nil, h.flock.Unlock()
	}
	if err := h.flock.Unlock(); err != nil {
		return nil, err
	}
	return f.createLock(text)
}

// createLock is makeLock for file systems where a file has one name alone. For a moment the lock does not say whose it
// is.
func (f files) createLock(text []byte) (*heldLock, error) {
	file, err := f.folder.Create(f.lock)
	if errors.Is(err, fs.ErrExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	h, err := f.lockOpen(f.lock, file)
	if h == nil {
		return nil, err
	}
	if _, err := file.Write(text); err != nil {
		return nil, errors.Join(err, h.flock.Unlock())
	}
	return h, nil
}

// lockOpen takes the kernel's lock on an open file; nil when another process has it.
func (f files) lockOpen(name string, file *os.File) (*heldLock, error) {
	h := &heldLock{f, f.flockOn(name, os.O_RDWR)}
	if ok, err := h.flock.TryLock(); !ok {
		if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
			err = nil
		}
		return nil, err
	}
	opened, err := file.Stat()
	if err == nil {
		var locked fs.FileInfo
		if locked, err = h.flock.Stat(); err == nil && os.SameFile(opened, locked) {
			return h, nil
		}
	}
	return nil, errors.Join(err, h.flock.Unlock())
}

// takeLock takes the lock that a killed process has left; nil when it is another's.
func (f files) takeLock(file *os.File, text []byte) (*heldLock, error) {
	h, err := f.lockOpen(f.lock, file)
	if h == nil {
		return nil, err
	}
	// Nobody else is writing to it now, but for one who has just made it and does not hold it yet.
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.Size() == 0:
		return nil, h.flock.Unlock()
	case !isLock(file):
		err = fmt.Errorf("%s is in the way: it is not the lock of a state, and is left as it is. Move it away, or keep the state elsewhere",
			f.at(f.lock))
	default:
		if _, err = file.WriteAt(text, 0); err == nil {
			err = errors.Join(file.Truncate(int64(len(text))), file.Chmod(0o600))
		}
	}
	if err != nil {
		return nil, errors.Join(err, h.flock.Unlock())
	}
	return h, nil
}

// isLock reports whether a file holds a lock's document.
func isLock(r io.ReaderAt) bool {
	_, ok := lockOf(io.NewSectionReader(r, 0, 64<<10))
	return ok
}

// lockOf reads a lock's document. What follows it is of one that was longer, and cut off in the middle.
func lockOf(r io.Reader) (info LockInfo, ok bool) {
	var text json.RawMessage
	var keys map[string]json.RawMessage
	if json.NewDecoder(r).Decode(&text) != nil || json.Unmarshal(text, &keys) != nil {
		return LockInfo{}, false
	}
	for _, key := range []string{"ID", "Operation", "Info", "Who", "Version", "Created", "Path"} {
		if keys[key] == nil {
			return LockInfo{}, false
		}
	}
	err := json.Unmarshal(text, &info)
	return info, err == nil && info.ID != ""
}

// holder reads who holds the lock. A holder writes that just after it has taken the lock, so an empty document
// is worth a second look.
func (f files) holder(state string) LockInfo {
	var info LockInfo
	for range 10 {
		data, _, err := f.read(f.lock)
		if found, ok := lockOf(bytes.NewReader(data)); err == nil && ok {
			info = found
			break
		}
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
	if is, gone := held.flock.Stat(); gone == nil && held.here() {
		err = held.folder.Remove(held.lock, is)
	}
	if err = errors.Join(err, held.flock.Unlock()); err != nil {
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
	fail := func(err error) error { return fmt.Errorf("force-unlock the state %s: %w", l.path, err) }
	paths, err := l.files(false)
	if err != nil {
		return fail(err)
	}
	data, is, err := paths.read(paths.lock)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(errors.New("it is not locked"))
	}
	if err != nil {
		return fail(err)
	}
	info, ok := lockOf(bytes.NewReader(data))
	if !ok {
		return fail(fmt.Errorf("%s does not say who holds the lock; when you are certain that nobody does, delete it",
			paths.at(paths.lock)))
	}
	if info.ID != id {
		return fail(fmt.Errorf("the lock ID is %s, not %q; it was taken by %s, running %q, at %s",
			info.ID, id, info.Who, info.Operation, info.Created.UTC().Format(time.RFC3339)))
	}
	if err := paths.folder.Remove(paths.lock, is); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(err)
	}
	return nil
}
