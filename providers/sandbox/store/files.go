package store

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"

	"countersign/confine"
)

// Files is a folder beside the database, for what is too large for a record. It is made when something is to be kept in
// it, and never reached through a link. The zero value is of no use: Store.Files gives one.
type Files struct {
	Path string // for messages

	in     *confine.Folder
	name   string
	synced bool // false for what does not outlive the process
}

// open opens the folder, which it may make, for do.
func (f Files) open(make bool, do func(*confine.Folder) error) error {
	folder, err := f.in.Folder(f.name, make)
	if err != nil {
		return err
	}
	return cmp.Or(do(folder), folder.Close())
}

// Take makes a file with a new name that begins with prefix, and lets fill write it. Once Take has returned, the file
// outlives the process; after an error there is none.
func (f Files) Take(prefix string, fill func(io.Writer) error) (name string, err error) {
	var file *os.File
	err = f.open(true, func(folder *confine.Folder) (err error) {
		for {
			name = fmt.Sprint(prefix, rand.Uint32())
			if file, err = folder.Create(name); !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
	})
	if err != nil {
		return "", fmt.Errorf("make a file in %s: %w", f.Path, err)
	}
	if err = fill(file); err == nil && f.synced {
		err = file.Sync()
	}
	if err = cmp.Or(err, file.Close()); err == nil {
		err = f.open(true, f.syncNames)
	}
	if err != nil {
		f.Remove(name)
	}
	return name, err
}

// syncNames makes sure that the names in the folder outlive the process.
func (f Files) syncNames(folder *confine.Folder) error {
	if !f.synced {
		return nil
	}
	return folder.Sync()
}

// Rename gives a file another name.
func (f Files) Rename(from, to string) error {
	return f.open(true, func(folder *confine.Folder) error {
		if err := folder.Rename(from, to); err != nil {
			return err
		}
		return f.syncNames(folder)
	})
}

// Open opens a file for reading.
func (f Files) Open(name string) (file *os.File, err error) {
	err = f.open(false, func(folder *confine.Folder) (err error) {
		file, _, err = folder.Own(name, os.O_RDONLY)
		return err
	})
	return file, err
}

// Remove removes a file, as far as that is possible: Sweep can remove later what is left.
func (f Files) Remove(name string) {
	_ = f.open(false, func(folder *confine.Folder) error { return remove(folder, name) })
}

// Sweep removes the files that are no longer wanted. What the sandbox has not made, such as links, stays.
func (f Files) Sweep(unwanted func(name string) bool) error {
	err := f.open(false, func(folder *confine.Folder) error {
		entries, err := fs.ReadDir(folder.FS(), ".")
		for _, e := range entries {
			if unwanted(e.Name()) {
				err = errors.Join(err, remove(folder, e.Name()))
			}
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what is no longer wanted from %s: %w", f.Path, err)
	}
	return nil
}

func remove(folder *confine.Folder, name string) error {
	info, err := folder.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	return folder.Remove(name, info)
}
