package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"countersign/state/store"
)

// journal is a file of lines. A last line without its newline is one whose writing was interrupted. No caller
// relies on it, so it does not count.
type journal struct {
	local *Local
	info  fs.FileInfo // which file it is
	there int64       // its size in bytes
	size  int64       // of the whole lines
	ours  bool        // it was found that no file of somebody else's is in the way of what this run will write
}

// Journal implements store.Backend. A journal gets its name with its first line in it, so a file without one is
// somebody else's. It is returned as a journal without entries.
func (l *Local) Journal(context.Context) ([][]byte, store.Journal, error) {
	f, err := l.files(false)
	if err != nil {
		return nil, nil, err
	}
	text, info, err := f.read(f.journal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	entries := bytes.Split(whole, []byte("\n"))
	return entries[:len(entries)-1], &journal{local: l, info: info, there: info.Size(), size: int64(len(whole))}, nil
}

// ReplaceJournal implements store.Backend.
func (l *Local) ReplaceJournal(_ context.Context, entries [][]byte) (store.Journal, error) {
	if err := l.stillHeld(); err != nil {
		return nil, err
	}
	f, err := l.files(len(entries) > 0)
	if err != nil {
		return nil, err
	}
	if err := f.checkOurs(); err != nil {
		return nil, err
	}
	old, was, err := f.ours(f.journal)
	if old != nil {
		old.Close()
	}
	switch {
	case err != nil || old == nil && len(entries) == 0:
		return nil, err
	case len(entries) == 0:
		return nil, f.folder.Remove(f.journal, was)
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
	size := int64(len(text))
	return &journal{local: l, info: info, there: size, size: size, ours: true}, nil
}

func lines(entries [][]byte) []byte {
	var text []byte
	for _, e := range entries {
		text = append(append(text, e...), '\n')
	}
	return text
}

// Append implements store.Journal, in one write.
func (j *journal) Append(_ context.Context, entries [][]byte, durable bool) error {
	if err := j.local.stillHeld(); err != nil {
		return err
	}
	f, err := j.local.files(true)
	if err != nil {
		return err
	}
	if !j.ours {
		if err := f.checkOurs(); err != nil { // what is done must be recorded in the end
			return err
		}
		j.ours = true
	}
	file, info, err := f.open(f.journal, os.O_RDWR)
	if err != nil {
		return err
	}
	defer file.Close()
	if !os.SameFile(info, j.info) || info.Size() != j.there {
		return store.ErrOtherWriter
	}
	if info.Mode() != 0o600 {
		err = file.Chmod(0o600)
	}
	if err == nil && j.there > j.size { // the last line was interrupted
		if err = file.Truncate(j.size); err == nil {
			j.there = j.size
		}
	}
	if err != nil {
		return err
	}
	text := lines(entries)
	if _, err := file.WriteAt(text, j.size); err != nil {
		if cut := file.Truncate(j.size); cut != nil {
			err = fmt.Errorf("%w; %w: %w", err, store.ErrUnknown, cut)
		}
		return err
	}
	j.size += int64(len(text))
	j.there = j.size
	if durable {
		if err := file.Sync(); err != nil { // what was not written may have been dropped: a second sync proves nothing
			return fmt.Errorf("%w: %w", store.ErrUnknown, err)
		}
	}
	return nil
}
