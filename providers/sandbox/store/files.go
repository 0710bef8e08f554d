package store

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"

	"countersign/confine"
)

// Files is a folder that is kept beside the database. It is made when something is to be kept in it, and never reached
// through a link. The zero value is of no use: Store.Files gives one.
type Files struct {
	Path string // for messages

	in     *confine.Folder
	name   string
	synced bool // false for what does not outlive the process
}

// Create makes a file of a name that nothing has yet and that begins with prefix.
func (f Files) Create(prefix string) (*os.File, string, error) {
	folder, err := f.in.Folder(f.name, true)
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

// Sync makes sure that the bytes of a file outlive the process.
func (f Files) Sync(file *os.File) error {
	if !f.synced {
		return nil
	}
	return file.Sync()
}

// SyncNames makes sure that the names in the folder outlive the process.
func (f Files) SyncNames() error {
	if !f.synced {
		return nil
	}
	folder, err := f.in.Folder(f.name, true)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Rename gives a file another name.
func (f Files) Rename(from, to string) error {
	folder, err := f.in.Folder(f.name, true)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Rename(from, to)
}

// Open opens a file for reading.
func (f Files) Open(name string) (*os.File, error) {
	folder, err := f.in.Folder(f.name, false)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	file, _, err := folder.Own(name, os.O_RDONLY)
	return file, err
}

// Remove takes away the file that the sandbox has made under a name; what else may be there now stays.
func (f Files) Remove(name string) error {
	folder, err := f.in.Folder(f.name, false)
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

// List lists what is in the folder, if there is one.
func (f Files) List() ([]fs.DirEntry, error) {
	folder, err := f.in.Folder(f.name, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return fs.ReadDir(folder.FS(), ".")
}
