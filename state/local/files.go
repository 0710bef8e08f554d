package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"countersign/confine"
	"countersign/state"
	"countersign/state/store"
)

// files are a state and what is kept beside it: names in one folder.
type files struct {
	folder *confine.Folder // nil: there is no such folder yet, and none of the files
	dir    string

	state, backup, journal, lock string
}

// filesAt names the files of a state by its path.
func filesAt(path string) files {
	base := filepath.Base(path)
	stem := strings.TrimSuffix(base, ".json")
	return files{dir: filepath.Dir(path),
		state: base, backup: base + ".backup", journal: stem + ".journal", lock: stem + ".lock"}
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
	f := filesAt(path)
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

// real is the path of the state file itself. A person may have named a link to it, and a rename onto that would replace
// the link. A link to nothing is refused: a state was there, and a new one would make every template a second time.
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
		err = fmt.Errorf("the state %s is a symbolic link to %s, which does not exist: "+
			"put the state there, or take the link away", l.path, target)
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

// read reads one of the files; info identifies it.
func (f files) read(name string) ([]byte, fs.FileInfo, error) {
	file, info, err := f.open(name, os.O_RDONLY)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	data, err := confine.Read(file, state.MaxSize)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.at(name), err)
	}
	return data, info, nil
}

// ours opens one of the files that is to be replaced or removed. Its content must be of the right kind. Without one,
// file and info are nil.
func (f files) ours(name string) (file *os.File, info fs.FileInfo, err error) {
	file, info, err = f.open(name, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	kind, is := "a state", state.IsState
	switch name {
	case f.backup:
		kind = "the backup of a state"
	case f.journal:
		kind, is = "the journal of a state", store.IsJournal
	}
	if !is(file) {
		file.Close()
		if name == f.state {
			if err := f.wrong(); err != nil {
				return nil, nil, err
			}
		}
		return nil, nil, f.inTheWay(name, kind)
	}
	return file, info, nil
}

func (f files) inTheWay(name, kind string) error {
	return fmt.Errorf("%s is in the way: it is not %s, and is left as it is. Move it away, or keep the state elsewhere",
		f.at(name), kind)
}

// wrong says what is wrong with a file at the state's path that does not begin as a state.
func (f files) wrong() error {
	text, _, err := f.read(f.state)
	if err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	if _, err = state.Identify(text); err == nil {
		return nil
	}
	return store.Unusable(f.at(f.state), f.before(), err)
}

// checkOurs refuses to go on when one of the files is somebody else's, before anything is written.
func (f files) checkOurs() error {
	var errs []error
	for _, name := range []string{f.state, f.backup, f.journal} {
		file, _, err := f.ours(name)
		if errors.Is(err, confine.ErrOther) {
			continue // the holder of the lock has just replaced it
		}
		if err != nil {
			errs = append(errs, err)
		} else if file != nil {
			file.Close()
		}
	}
	return errors.Join(errs...)
}

// sweep removes temporary files that killed processes have left. The caller holds the lock; if another process were
// writing nonetheless, its rename would fail and say so, and nothing would be lost.
func (f files) sweep() {
	kinds := map[string]func(io.ReaderAt) bool{
		f.state: state.IsState, f.backup: state.IsState, f.journal: store.IsJournal, f.lock: isLock}
	for name, is := range kinds {
		for _, left := range f.folder.Leftovers(name) {
			file, info, err := f.open(left, os.O_RDONLY)
			if err != nil {
				continue
			}
			if is(file) {
				_ = f.folder.Remove(left, info) // a file that stays does no harm
			}
			file.Close()
		}
	}
}
