package state

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/google/uuid"
)

// replace writes s under the next serial, keeps the version before as backup, and leaves of the journal what is
// pending.
func (l *Local) replace(paths files, s State, pending []Intent) (State, error) {
	next := s
	if next.Lineage == "" {
		next.Lineage = uuid.NewString()
	}
	var err error
	if next.Serial, err = raise(s.Serial); err != nil {
		return s, fmt.Errorf("the state %s cannot be written: %w; nothing has been changed", paths.at(paths.state), err)
	}
	next.Version = FormatVersion
	if err := next.check(); err != nil {
		return s, fmt.Errorf("the state to be written to %s is not sound: %w; nothing has been changed",
			paths.at(paths.state), err)
	}
	if err := paths.clear(); err != nil {
		return s, fmt.Errorf("write the state %s: %w; nothing has been changed", paths.at(paths.state), err)
	}
	if err := paths.replaceState(next); err != nil {
		return s, fmt.Errorf("write the state %s: %w", paths.at(paths.state), err)
	}
	l.closeJournal()
	if len(pending) > 0 {
		err = paths.createJournal(heading{journalVersion, next.Lineage, next.Serial}, pending)
	} else {
		err = paths.removeJournal()
	}
	if err != nil {
		return next, fmt.Errorf("the state %s is written, but its journal could not be emptied: %w",
			paths.at(paths.state), err)
	}
	return next, nil
}

// replaceState puts a state in the place of the one that is there, which becomes the backup. The file holds either of
// the two, whole, and still does after a power cut once this has returned; the backup is always the old or the new one.
func (f files) replaceState(s State) error {
	n, err := f.folder.New(f.state)
	if err != nil {
		return err
	}
	defer n.Drop()
	w := bufio.NewWriterSize(n, 1<<16)
	if err := encode(w, s); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := n.Sync(); err != nil { // before the backup goes
		return err
	}
	old, was, err := f.ours(f.state)
	if err != nil {
		return err
	}
	if old != nil {
		defer old.Close()
		if err := f.keepBackup(old, was); err != nil {
			return err
		}
	}
	if err := n.Commit(was); err != nil {
		return err
	}
	f.sweep()
	return nil
}

// keepBackup gives the present state the backup's name as a second one.
func (f files) keepBackup(present *os.File, is fs.FileInfo) error {
	if err := present.Chmod(0o600); err != nil {
		return err
	}
	backup, was, err := f.ours(f.backup)
	if err != nil {
		return err
	}
	if backup != nil {
		backup.Close()
		if os.SameFile(is, was) {
			return nil // a process was killed just after it had done this
		}
	}
	return f.folder.Keep(present, f.state, f.backup, was)
}

// removeJournal takes the journal away, if there is one.
func (f files) removeJournal() error {
	journal, is, err := f.ours(f.journal)
	if journal == nil {
		return err
	}
	journal.Close()
	return f.folder.Remove(f.journal, is)
}

// sweep removes what killed processes have left of files that were to take the place of one of these. Whoever replaces
// the state holds the lock; were another at it nonetheless, its rename would fail and say so, and nothing would be
// lost.
func (f files) sweep() {
	kinds := map[string]func(io.ReaderAt) bool{f.state: isState, f.backup: isState, f.journal: isJournal,
		f.lock: isLock}
	for name, is := range kinds {
		for _, left := range f.folder.Leftovers(name) {
			file, info, err := f.open(left, os.O_RDONLY)
			if err != nil {
				continue
			}
			if is(file) {
				_ = f.folder.Remove(left, info) // what stays does no harm
			}
			file.Close()
		}
	}
}
