package local

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"

	"countersign/state"
)

// journal is a file of lines. A line without its newline is one whose writing was interrupted; nobody was ever told
// that it had been kept, and it counts for nothing.
type journal struct {
	local   *Local
	info    fs.FileInfo // which file it is
	entries [][]byte

	mu     sync.Mutex
	size   int64    // of the whole lines
	file   *os.File // nil before something is appended
	broken error    // why nothing can be appended any more
}

// Journal implements state.Backend. A journal gets its name with its first line in it, so that a file without one is
// another's: that is a journal without entries.
func (l *Local) Journal(context.Context) (state.Journal, error) {
	f, err := l.files(false)
	if err != nil {
		return nil, err
	}
	text, info, err := f.read(f.journal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	entries := bytes.Split(whole, []byte("\n"))
	return &journal{local: l, info: info, entries: entries[:len(entries)-1], size: int64(len(whole))}, nil
}

// StartJournal implements state.Backend.
func (l *Local) StartJournal(_ context.Context, entries [][]byte) (state.Journal, error) {
	if err := l.stillHeld(); err != nil {
		return nil, err
	}
	f, err := l.files(true)
	if err != nil {
		return nil, err
	}
	if err := f.clear(); err != nil {
		return nil, err
	}
	old, was, err := f.ours(f.journal)
	if err != nil {
		return nil, err
	}
	if old != nil {
		old.Close()
	}
	n, err := f.folder.New(f.journal)
	if err != nil {
		return nil, err
	}
	defer n.Drop()
	text := lines(entries)
	if _, err := n.Write(text); err != nil {
		return nil, err
	}
	info, err := n.Stat()
	if err != nil {
		return nil, err
	}
	if err := n.Commit(was); err != nil {
		return nil, err
	}
	return &journal{local: l, info: info, entries: entries, size: int64(len(text))}, nil
}

// RemoveJournal implements state.Backend.
func (l *Local) RemoveJournal(context.Context) error {
	if err := l.stillHeld(); err != nil {
		return err
	}
	f, err := l.files(false)
	if err != nil {
		return err
	}
	old, is, err := f.ours(f.journal)
	if old == nil {
		return err
	}
	old.Close()
	return f.folder.Remove(f.journal, is)
}

func lines(entries [][]byte) []byte {
	var text []byte
	for _, e := range entries {
		text = append(append(text, e...), '\n')
	}
	return text
}

// Entries implements state.Journal.
func (j *journal) Entries() [][]byte { return slices.Clone(j.entries) }

// open opens the file, and cuts off its interrupted last line.
func (j *journal) open(f files) error {
	if err := f.clear(); err != nil { // what is done must be written down in the end
		return err
	}
	file, info, err := f.open(f.journal, os.O_RDWR)
	if err != nil {
		return err
	}
	if !os.SameFile(info, j.info) || info.Size() != j.info.Size() {
		err = errOtherWriter
	} else {
		err = errors.Join(file.Chmod(0o600), file.Truncate(j.size))
	}
	if err != nil {
		file.Close()
		return err
	}
	j.file = file
	return nil
}

var errOtherWriter = errors.New("another process has written to it; is one running without the lock?")

// Append implements state.Journal, in one write.
func (j *journal) Append(_ context.Context, entries [][]byte) error {
	if err := j.local.stillHeld(); err != nil {
		return err
	}
	f, err := j.local.files(true)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	if j.file == nil {
		if err := j.open(f); err != nil {
			return err
		}
	}
	info, err := f.folder.Lstat(f.journal)
	if err != nil {
		return err
	}
	if !os.SameFile(info, j.info) || info.Size() != j.size {
		return errOtherWriter
	}
	text := lines(entries)
	if _, err := j.file.WriteAt(text, j.size); err != nil {
		if cut := j.file.Truncate(j.size); cut != nil {
			err = errors.Join(err, cut)
			j.broken = err
		}
		return err
	}
	j.size += int64(len(text))
	return nil
}

// Sync implements state.Journal.
func (j *journal) Sync(context.Context) error {
	j.mu.Lock()
	file := j.file
	j.mu.Unlock()
	if file == nil {
		return nil // it was synced when it was started
	}
	return file.Sync()
}

// Close implements state.Journal.
func (j *journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}
