package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"countersign/confine"
	"countersign/state/store"
)

// heldLock is a lock that this process holds, or held until it was taken away. The lock is the kernel's, on an open
// file, and ends with its process; the document in the file tells others who holds it.
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

// Lock implements store.Backend.
func (l *Local) Lock(_ context.Context, info store.LockInfo) error {
	f, err := l.files(true)
	if err == nil {
		err = f.checkOurs()
	}
	if err != nil {
		return err
	}
	held, err := f.tryLock(info)
	if err != nil {
		return err
	}
	if held == nil {
		return &store.LockedError{Holder: f.holder()}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = held
	return nil
}

// Locked implements store.Backend.
func (l *Local) Locked(context.Context) error {
	f, err := l.files(false)
	if err != nil {
		return err
	}
	if free, err := f.unlocked(); free || err != nil {
		return err
	}
	return &store.LockedError{Holder: f.holder()}
}

// flockOn prepares the kernel's lock on the lock's file. It opens the file by its path, makes none and follows no link.
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
	holder, _ := lockOf(file)
	file.Close()
	if holder.ByHand() { // no process holds it
		return false, nil
	}
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

// tryLock takes the lock if nobody holds it, and writes its document; nil when somebody holds it.
func (f files) tryLock(info store.LockInfo) (*heldLock, error) {
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

// makeLock makes a lock file, under a temporary name first, so that it is held and complete when it gets its name. It
// is nil when another process was faster.
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
	if _, err := n.Write(text); err != nil { // a full disk, on which createLock would do no better
		return nil, errors.Join(err, h.flock.Unlock())
	}
	err = n.Link()
	switch {
	case err == nil:
		return h, nil
	case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist): // taken, or swept away by who wrote the state
		return nil, h.flock.Unlock()
	}
	if err := h.flock.Unlock(); err != nil {
		return nil, err
	}
	return f.createLock(text)
}

// createLock is makeLock for file systems without hard links. For a moment the lock does not say who holds it.
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
		return nil, errors.Join(err, h.release()) // an empty one would be taken for another process's
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

// takeLock takes over the lock that a killed process has left; nil when another process holds it.
func (f files) takeLock(file *os.File, text []byte) (*heldLock, error) {
	h, err := f.lockOpen(f.lock, file)
	if h == nil {
		return nil, err
	}
	// Nobody else writes to it now, except a process that has just made it and does not hold it yet.
	info, err := file.Stat()
	holder, is := lockOf(file)
	switch {
	case err != nil:
	case info.Size() == 0 || holder.ByHand():
		return nil, h.flock.Unlock()
	case !is:
		err = f.inTheWay(f.lock, "the lock of a state")
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
	_, is := lockOf(r)
	return is
}

// mostLock is how many bytes a lock's document may have.
const mostLock = 64 << 10

// lockOf reads a lock's document. Whatever follows it is the rest of a longer one that it replaced.
func lockOf(r io.ReaderAt) (info store.LockInfo, is bool) {
	var text json.RawMessage
	var keys map[string]json.RawMessage
	if json.NewDecoder(io.NewSectionReader(r, 0, mostLock)).Decode(&text) != nil || json.Unmarshal(text, &keys) != nil {
		return store.LockInfo{}, false
	}
	for _, key := range []string{"ID", "Operation", "Info", "Who", "Version", "Created", "Path"} {
		if keys[key] == nil {
			return store.LockInfo{}, false
		}
	}
	if json.Unmarshal(text, &info) != nil || info.ID == "" {
		return store.LockInfo{}, false
	}
	return info, true
}

// holder reads who holds the lock. A holder may write that just after it has taken the lock, so an empty document is
// read again for a moment.
func (f files) holder() (info store.LockInfo) {
	for range 10 {
		data, _, err := f.read(f.lock)
		if found, ok := lockOf(bytes.NewReader(data)); err == nil && ok {
			return found
		}
		time.Sleep(10 * time.Millisecond)
	}
	return info
}

// Unlock implements store.Backend. It removes the lock's file, unless the lock was taken away: then a file of that name
// is somebody else's.
func (l *Local) Unlock(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.held
	if held == nil {
		return nil
	}
	l.held = nil
	return held.release()
}

func (h *heldLock) release() (err error) {
	if is, gone := h.flock.Stat(); gone == nil && h.here() {
		err = h.folder.Remove(h.lock, is)
	}
	return errors.Join(err, h.flock.Unlock())
}

// stillHeld returns ErrLockLost when the lock that this process took has been taken away.
func (l *Local) stillHeld() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil || l.held.here() {
		return nil
	}
	return store.ErrLockLost
}

// ForceUnlock implements store.Backend.
func (l *Local) ForceUnlock(_ context.Context, id string) error {
	f, err := l.files(false)
	if err != nil {
		return err
	}
	data, is, err := f.read(f.lock)
	if errors.Is(err, fs.ErrNotExist) {
		return store.ErrNotLocked
	}
	if err != nil {
		return err
	}
	info, ok := lockOf(bytes.NewReader(data))
	if !ok {
		return fmt.Errorf("%s does not say who holds the lock; when you are certain that nobody does, delete it",
			f.at(f.lock))
	}
	if err := info.Confirm(id); err != nil {
		return err
	}
	if err := f.folder.Remove(f.lock, is); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
