package state

import (
	"errors"
	"io/fs"
	"os"
)

// Watch looks at the state and its journal, and returns what tells, without reading them, that they are as they were. A
// state is replaced by another file, and a journal by another one or a longer text.
func (l *Local) Watch() (unchanged func() bool, err error) {
	look := func() ([2]fs.FileInfo, error) {
		var found [2]fs.FileInfo
		paths, err := l.files(false)
		if err != nil || paths.folder == nil {
			return found, err
		}
		for i, name := range []string{paths.state, paths.journal} {
			if found[i], err = paths.folder.Lstat(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return found, err
			}
		}
		return found, nil
	}
	before, err := look()
	return func() bool {
		now, err := look()
		for i, was := range before {
			if is := now[i]; err != nil || (is == nil) != (was == nil) ||
				is != nil && !(os.SameFile(is, was) && is.Size() == was.Size() && is.ModTime().Equal(was.ModTime())) {
				return false
			}
		}
		return true
	}, err
}
