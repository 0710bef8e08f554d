package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"countersign/confine"
)

// place is where the database is: a name in an opened folder.
type place struct {
	folder *confine.Folder
	name   string
	path   string // for messages
	chosen bool   // by a person, who may have made an empty file
}

// findPlace opens the folder of the database; it makes it when there is none.
func findPlace(o Options) (place, error) {
	p := place{path: o.Path, chosen: o.Folder == ""}
	var err error
	if p.chosen {
		real := o.Path
		if target, followed := filepath.EvalSymlinks(o.Path); followed == nil {
			real = target
		}
		p.name = filepath.Base(real)
		if err = os.MkdirAll(filepath.Dir(real), 0o700); err == nil {
			p.folder, err = confine.OpenFolder(filepath.Dir(real))
		}
	} else {
		name, inside := confine.Within(o.Folder, o.Path)
		if !inside {
			return p, fmt.Errorf("open the sandbox database %s: %w", o.Path, confine.ErrOutside)
		}
		p.name = filepath.Base(name)
		var root *confine.Folder
		if root, err = confine.OpenFolder(o.Folder); err == nil {
			p.folder, err = root.Folder(filepath.Dir(name), true)
			root.Close()
		}
	}
	if err != nil {
		return p, fmt.Errorf("make the folder of the sandbox database %s: %w", o.Path, err)
	}
	return p, nil
}

// present describes the file of the database; nil when there is none.
func (p place) present() (fs.FileInfo, error) {
	file, info, err := p.folder.Own(p.name, os.O_RDONLY)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, confine.ErrFolder):
		return nil, fmt.Errorf("open the sandbox database %s: it is a folder; give the path of a file", p.path)
	case err != nil:
		return nil, fmt.Errorf("open the sandbox database %s: %w; nothing was changed", p.path, err)
	}
	file.Close()
	if info.Size() == 0 && !p.chosen {
		return nil, fmt.Errorf(
			"open the sandbox database %s: it is empty, and no sandbox database; nothing was changed; "+
				"move the file away to begin with a new one", p.path)
	}
	return info, nil
}
