// Package local keeps a state in one file of this machine, with a journal, a lock and one backup beside it. Only their
// owner can read them. It opens them through package confine, so that none is reached through a link, and replaces or
// removes none whose content is of another kind. What the files say, and which belong together, is for package store.
package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"countersign/confine"
	"countersign/state"
	"countersign/state/store"
)

// Local is a store.Backend.
type Local struct {
	path   string
	within string // the folder that a configuration has chosen the path in; "": a person has named it

	opening sync.Mutex
	opened  files

	mu   sync.Mutex
	held *heldLock // nil while this process does not hold the lock
}

// New names the state file, or a link to it, as a person does; nothing is read or made yet.
func New(path string) *Local { return &Local{path: path} }

// NewIn is New for a path that a configuration has chosen. It stays in that folder: neither the file nor a folder on
// the way to it is reached through a link. Without a folder it is New.
func NewIn(folder, path string) *Local { return &Local{path: path, within: folder} }

// Where implements store.Backend.
func (l *Local) Where() store.Where {
	path := l.path
	if real, err := l.real(); err == nil {
		path = real
	}
	f := filesAt(path)
	return store.Where{State: l.path, Journal: f.at(f.journal),
		Files: []string{path, f.at(f.backup), f.at(f.journal), f.at(f.lock)}}
}

// Backup implements store.Backend.
func (l *Local) Backup() string {
	f, err := l.files(false)
	if err != nil {
		return ""
	}
	return f.before()
}

// before is the path of the version before, if there is one.
func (f files) before() string {
	backup, _, err := f.ours(f.backup)
	if err != nil || backup == nil {
		return ""
	}
	backup.Close()
	return f.at(f.backup)
}

// kept are the present version and the one before, as far as they exist, with their texts.
func (l *Local) kept() (all []store.Former, texts [][]byte, err error) {
	f, err := l.files(false)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range []string{f.state, f.backup} {
		text, info, err := f.read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var is state.Identity
		if err == nil {
			is, err = state.Identify(text)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f.at(name), err)
		}
		all, texts = append(all, store.Former{Identity: is, Written: info.ModTime()}), append(texts, text)
	}
	return all, texts, nil
}

// History implements store.History.
func (l *Local) History(context.Context) ([]store.Former, error) {
	all, _, err := l.kept()
	return all, err
}

// Former implements store.History.
func (l *Local) Former(_ context.Context, serial uint64) ([]byte, error) {
	all, texts, err := l.kept()
	for i, f := range all {
		if f.Serial == serial {
			return texts[i], nil
		}
	}
	return nil, err
}

// Load implements store.Backend. The version is the text's SHA-256.
func (l *Local) Load(_ context.Context, known store.Version) ([]byte, store.Version, error) {
	f, err := l.files(false)
	if err != nil {
		return nil, "", err
	}
	text, _, err := f.read(f.state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	v := store.VersionOf(text)
	if v == known {
		text = nil
	}
	return text, v, nil
}

// Replace implements store.Backend. The backup is always the old or the new version, whole. Between the comparison and
// the rename only the lock keeps others out.
func (l *Local) Replace(_ context.Context, _ state.Identity, text []byte, was store.Version) (store.Version, error) {
	if err := l.stillHeld(); err != nil {
		return "", err
	}
	f, err := l.files(true)
	if err != nil {
		return "", err
	}
	if err := f.checkOurs(); err != nil {
		return "", fmt.Errorf("%w; nothing has been changed", err)
	}
	n, err := f.folder.New(f.state)
	if err != nil {
		return "", err
	}
	defer n.Drop()
	if _, err := n.Write(text); err != nil {
		return "", err
	}
	if err := n.Sync(); err != nil { // before the backup goes
		return "", err
	}
	old, info, err := f.unchanged(was)
	if err != nil {
		return "", err
	}
	if old != nil {
		defer old.Close()
		if err := f.keepBackup(old, info); err != nil {
			return "", err
		}
	}
	if err := n.Commit(info); err != nil {
		return "", err
	}
	f.sweep()
	return store.VersionOf(text), nil
}

// unchanged opens the state that is there, nil for none, if it is of that version.
func (f files) unchanged(was store.Version) (*os.File, fs.FileInfo, error) {
	old, info, err := f.ours(f.state)
	if err != nil {
		return nil, nil, err
	}
	now := store.Version("")
	if old != nil {
		text, err := confine.Read(old, state.MaxSize)
		if err != nil {
			old.Close()
			return nil, nil, err
		}
		now = store.VersionOf(text)
	}
	if now != was {
		if old != nil {
			old.Close()
		}
		return nil, nil, store.ErrChanged
	}
	return old, info, nil
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
