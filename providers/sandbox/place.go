package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"countersign/confine"
)

// place is where the database is: a name in an opened folder.
type place struct {
	folder *confine.Folder
	name   string
	path   string // for messages
	chosen bool   // by a person, who may have made the file, empty
}

// findPlace opens the folder of the database, and makes it where there is none.
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

// present is the file of the database, nil when there is none.
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
		return nil, fmt.Errorf("open the sandbox database %s: it is empty, and no sandbox database; nothing was changed; move the file away to begin with a new one", p.path)
	}
	return info, nil
}

// beside is a folder that is kept beside the database. It is made when something is to be kept in it, and never reached through a
// link.
type beside struct {
	in   *confine.Folder
	name string
	path string
}

func (p place) beside(name string) beside {
	return beside{p.folder, name, filepath.Join(filepath.Dir(p.path), name)}
}

// make opens the folder, and makes it where there is none.
func (b beside) make() (*confine.Folder, error) { return b.in.Folder(b.name, true) }

// create makes a file of a name that nothing has yet and that begins with prefix.
func (b beside) create(prefix string) (*os.File, string, error) {
	folder, err := b.make()
	if err != nil {
		return nil, "", err
	}
	defer folder.Close()
	for {
		name := fmt.Sprint(prefix, rand.Uint32())
		file, err := folder.Create(name)
		if !errors.Is(err, fs.ErrExist) {
			return file, name, err
		}
	}
}

// open opens a file for reading.
func (b beside) open(name string) (*os.File, error) {
	folder, err := b.in.Folder(b.name, false)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	file, _, err := folder.Own(name, os.O_RDONLY)
	return file, err
}

// remove takes away the file that the sandbox has made under a name; what else may be there now stays.
func (b beside) remove(name string) error {
	folder, err := b.in.Folder(b.name, false)
	if err != nil {
		return err
	}
	defer folder.Close()
	info, err := folder.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	return folder.Remove(name, info)
}

// files lists what is in the folder, if there is one.
func (b beside) files() ([]fs.DirEntry, error) {
	folder, err := b.in.Folder(b.name, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return fs.ReadDir(folder.FS(), ".")
}
