package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"countersign/confine"
)

// maxSize is the size in bytes from which on a file is taken for something else than a state, a journal or a lock.
const maxSize = 1 << 30

// files are a state and what is kept beside it: names in one folder.
type files struct {
	folder *confine.Folder // nil: there is no such folder yet, and none of the files
	dir    string

	state, backup, journal, lock string
}

// at is the path of a name, for messages.
func (f files) at(name string) string { return filepath.Join(f.dir, name) }

// files finds the folder of the state, and with make makes it where there is none.
func (l *Local) files(make bool) (files, error) {
	l.opening.Lock()
	defer l.opening.Unlock()
	if l.opened.folder != nil {
		return l.opened, nil
	}
	path, err := l.real()
	if err != nil {
		return files{}, err
	}
	base := filepath.Base(path)
	stem := strings.TrimSuffix(base, ".json")
	f := files{dir: filepath.Dir(path), state: base, backup: base + ".backup", journal: stem + ".journal", lock: stem +
		".lock"}
	from := l.within
	if from == "" {
		from = existing(f.dir)
	}
	below, err := filepath.Rel(from, f.dir)
	var root *confine.Folder
	if err == nil {
		root, err = confine.OpenFolder(from)
	}
	if err == nil {
		f.folder, err = root.Folder(below, make)
		root.Close()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && !make:
		return f, nil
	case err != nil:
		return f, fmt.Errorf("open the folder of the state %s: %w", l.path, err)
	}
	l.opened = f
	return f, nil
}

// real is the path of the state file itself. What a person has named may be a link to it; a rename onto that would
// replace the link. A link to nothing is no place for a state: it had one, and to begin anew would make every template
// a second time.
func (l *Local) real() (string, error) {
	if l.within != "" {
		return l.path, nil
	}
	real, err := filepath.EvalSymlinks(l.path)
	if err == nil {
		return real, nil
	}
	if _, missing := os.Lstat(l.path); missing != nil {
		return l.path, nil
	}
	_, err = os.Stat(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		target, _ := os.Readlink(l.path)
		err = fmt.Errorf("the state %s is a symbolic link to %s, which does not exist: put the state there, or take the link away",
			l.path, target)
	}
	return "", err
}

// existing is the nearest folder above a path, itself included, that exists.
func existing(path string) string {
	for {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path
		}
		parent := filepath.Dir(path)
		if parent == path {
			return path
		}
		path = parent
	}
}

// open opens one of the files.
func (f files) open(name string, flag int) (*os.File, fs.FileInfo, error) {
	if f.folder == nil {
		return nil, nil, &fs.PathError{Op: "open", Path: f.at(name), Err: fs.ErrNotExist}
	}
	file, info, err := f.folder.Own(name, flag)
	if name == f.state && errors.Is(err, confine.ErrLink) {
		err = fmt.Errorf("%w, or say yourself where the state is, with -state=FILE", err)
	}
	return file, info, err
}

// read reads one of the files, and tells which it was.
func (f files) read(name string) ([]byte, fs.FileInfo, error) {
	file, info, err := f.open(name, os.O_RDONLY)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	data, err := confine.Read(file, maxSize)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.at(name), err)
	}
	return data, info, nil
}

// ours opens one of the files that is to be replaced or removed: it must be of its kind by what is in it. Without one,
// file and info are nil.
func (f files) ours(name string) (file *os.File, info fs.FileInfo, err error) {
	file, info, err = f.open(name, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	kind, is := "a state", isState
	switch name {
	case f.backup:
		kind = "the backup of a state"
	case f.journal:
		kind, is = "the journal of a state", isJournal
	}
	if !is(file) {
		file.Close()
		if name == f.state {
			if _, err := f.present(); err != nil {
				return nil, nil, err // which says more of what is wrong with it
			}
		}
		return nil, nil, fmt.Errorf("%s is in the way: it is not %s, and is left as it is. Move it away, or keep the state elsewhere",
			f.at(name), kind)
	}
	return file, info, nil
}

// clear says what of the files is somebody else's, before anything is written.
func (f files) clear() error {
	var errs []error
	for _, name := range []string{f.state, f.backup, f.journal} {
		file, _, err := f.ours(name)
		if err != nil {
			errs = append(errs, err)
		} else if file != nil {
			file.Close()
		}
	}
	return errors.Join(errs...)
}

// isState reports whether a file is a state, or the beginning of one, by what it says at its beginning; by all of it
// where somebody has put that in another order.
func isState(r io.ReaderAt) bool {
	head := json.NewDecoder(io.NewSectionReader(r, 0, 4<<10))
	missing := map[any]bool{"version": true, "lineage": true, "serial": true}
	if t, err := head.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	for len(missing) > 0 {
		key, err := head.Token()
		var value json.RawMessage
		if err != nil || head.Decode(&value) != nil {
			break
		}
		delete(missing, key)
	}
	if len(missing) == 0 {
		return true
	}
	data, err := confine.Read(io.NewSectionReader(r, 0, math.MaxInt64), maxSize)
	if err != nil {
		return false
	}
	_, err = decodeIdentity(data)
	return err == nil
}

// isJournal reports whether a file begins as a journal does.
func isJournal(r io.ReaderAt) bool {
	const mark = len(checkOpen) + 8 + len(checkClose)
	head := make([]byte, mark+len(headingOpen))
	if _, err := r.ReadAt(head, 0); err != nil {
		return false
	}
	return string(head[:len(checkOpen)]) == checkOpen && string(head[mark-len(checkClose):]) == checkClose+headingOpen
}
