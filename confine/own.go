package confine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// newPrefix begins the names of files that are still being written. They end with the name that the file will get, so
// that tools which ignore the one (.gitignore) ignore the other.
const newPrefix = ".new-"

// Own opens a file that the program keeps in the folder, for reading, or with os.O_RDWR for writing too. It never
// creates or empties the file, or reaches it through a link. The caller decides by its content whether it is one of the
// program's own. info identifies the file, for New.Commit and Remove.
func (f *Folder) Own(name string, flag int) (file *os.File, info fs.FileInfo, err error) {
	file, info, err = f.own(name, flag)
	if err != nil {
		return nil, nil, f.wrong(name, err)
	}
	return file, info, nil
}

func (f *Folder) own(name string, flag int) (*os.File, fs.FileInfo, error) {
	info, err := f.root.Lstat(name) // because to open a device may have effects
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, nil, err
	}
	file, err := f.root.OpenFile(name, flag&(os.O_RDWR|os.O_WRONLY)|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	if file, err = fit(file); err != nil {
		return nil, nil, err
	}
	// os.Root follows links within the folder, and files may have been exchanged meanwhile: the open file must be the
	// one that the name itself stands for.
	opened, err := file.Stat()
	if err == nil {
		if info, err = f.root.Lstat(name); err == nil && !os.SameFile(opened, info) {
			if err = regular(info); err == nil {
				err = ErrOther
			}
		}
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, opened, nil
}

// Folder opens a folder below this one. No part of its name may be a link. With make, missing folders are created,
// which only their owner can enter.
func (f *Folder) Folder(name string, make bool) (*Folder, error) {
	at := f
	for part := range strings.SplitSeq(filepath.Clean(name), string(filepath.Separator)) {
		next, err := at.enter(part, make)
		if at != f {
			at.Close()
		}
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

func (f *Folder) enter(name string, make bool) (*Folder, error) {
	info, err := f.root.Lstat(name)
	if make && errors.Is(err, fs.ErrNotExist) {
		if err = f.root.Mkdir(name, 0o700); err == nil || errors.Is(err, fs.ErrExist) {
			if err = f.sync("."); err == nil {
				info, err = f.root.Lstat(name)
			}
		}
	}
	switch {
	case err != nil:
	case info.Mode()&fs.ModeSymlink != 0:
		err = ErrLink
	case !info.IsDir():
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, f.wrong(name, err)
	}
	root, err := f.root.OpenRoot(name)
	if err != nil {
		return nil, f.wrong(name, err)
	}
	if opened, err := root.Stat("."); err != nil || !os.SameFile(info, opened) {
		root.Close()
		return nil, f.wrong(name, errors.Join(ErrOther, err))
	}
	return &Folder{f.At(name), root}, nil
}

// Find opens the folder of a file that will be replaced, and returns the file's name there. Links to the file are
// followed, but if a folder is given, not out of it.
func Find(folder, path string) (*Folder, string, error) {
	if folder == "" {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return nil, "", err
		}
		f, err := OpenFolder(filepath.Dir(real))
		return f, filepath.Base(real), err
	}
	f, err := OpenFolder(folder)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	name, inside := Within(folder, path)
	if inside {
		name, inside = f.resolve(name)
	}
	if !inside {
		return nil, "", &fs.PathError{Op: "open", Path: path, Err: ErrLeaves}
	}
	in, err := f.Folder(filepath.Dir(name), false)
	return in, filepath.Base(name), err
}

// Create creates a file of mode 0600, which must not exist.
func (f *Folder) Create(name string) (*os.File, error) {
	file, err := f.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, f.wrong(name, err)
	}
	return file, nil
}

// New is a file that is being written, beside the one whose place it will take.
type New struct {
	*os.File
	folder     *Folder
	name, temp string
	done       bool
}

// New begins a file of mode 0600, under a temporary name.
func (f *Folder) New(name string) (*New, error) {
	for {
		temp := temporary(name)
		file, err := f.Create(temp)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &New{File: file, folder: f, name: name, temp: temp}, nil
	}
}

func temporary(name string) string {
	return filepath.Join(filepath.Dir(name), fmt.Sprintf("%s%d.%s", newPrefix, rand.Uint64(), filepath.Base(name)))
}

// Commit syncs the file and gives it its name, in the place of the file that was there (nil: none). If another file is
// there by now, that one stays, and nothing is done. After a power cut, one of the two is there, and is complete.
func (n *New) Commit(was fs.FileInfo) error {
	if err := n.Sync(); err != nil {
		return err
	}
	if err := n.File.Close(); err != nil {
		return err
	}
	if err := n.folder.still(n.name, was); err != nil {
		return err
	}
	if err := n.folder.root.Rename(n.temp, n.name); err != nil {
		return err
	}
	n.done = true
	return n.folder.sync(filepath.Dir(n.name))
}

// Link gives the file its name, and leaves it open. If the name is taken, the error is fs.ErrExist.
func (n *New) Link() error { return n.folder.root.Link(n.temp, n.name) }

// Temporary is the file's present name in the folder.
func (n *New) Temporary() string { return n.temp }

// Drop closes the file, and removes it unless it has got its name.
func (n *New) Drop() {
	n.File.Close()
	if !n.done {
		_ = n.folder.root.Remove(n.temp)
		n.done = true
	}
}

// still is an error unless a name stands for the same file as before (nil: for none).
func (f *Folder) still(name string, was fs.FileInfo) error {
	info, err := f.root.Lstat(name)
	switch {
	case was == nil && errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && was != nil && os.SameFile(was, info):
		return nil
	case err == nil || was != nil && errors.Is(err, fs.ErrNotExist):
		err = ErrOther
	}
	return f.wrong(name, err)
}

// Keep gives a file that Own has opened a second name, in the place of the file that has this name now (nil: none).
// Where the file system has no hard links, it makes a copy.
func (f *Folder) Keep(file *os.File, name, second string, was fs.FileInfo) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	temp := temporary(second)
	if f.root.Link(name, temp) != nil {
		return f.copy(file, second, was)
	}
	linked, err := f.root.Lstat(temp)
	if err == nil && !os.SameFile(info, linked) {
		err = f.wrong(name, ErrOther)
	}
	if err == nil {
		err = f.still(second, was)
	}
	if err == nil {
		err = f.root.Rename(temp, second)
	}
	if err != nil {
		_ = f.root.Remove(temp)
	}
	return err
}

func (f *Folder) copy(file *os.File, name string, was fs.FileInfo) error {
	n, err := f.New(name)
	if err != nil {
		return err
	}
	defer n.Drop()
	if _, err := io.Copy(n, io.NewSectionReader(file, 0, math.MaxInt64)); err != nil {
		return err
	}
	return n.Commit(was)
}

// Rename gives a file another name, and replaces what has this name.
func (f *Folder) Rename(from, to string) error { return f.root.Rename(from, to) }

// Sync makes the names in the folder survive a power cut.
func (f *Folder) Sync() error { return f.sync(".") }

// Remove removes a file, if the name still stands for it.
func (f *Folder) Remove(name string, was fs.FileInfo) error {
	if err := f.still(name, was); err != nil {
		return err
	}
	return f.root.Remove(name)
}

// Leftovers are the temporary files that killed processes have left for a name. The caller decides by their content
// whether they are the program's own.
func (f *Folder) Leftovers(name string) []string {
	folder, base := filepath.Split(name)
	entries, err := fs.ReadDir(f.root.FS(), filepath.ToSlash(filepath.Clean(filepath.Join(".", folder))))
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), newPrefix)
		number, of := strings.CutSuffix(number, "."+base)
		if ok && of && strings.Trim(number, "0123456789") == "" { // with a dot, it would belong to a longer name
			found = append(found, filepath.Join(folder, e.Name()))
		}
	}
	return found
}

// sync makes the names in a folder survive a power cut.
func (f *Folder) sync(name string) error {
	if runtime.GOOS == "windows" { // it cannot sync folders, and need not
		return nil
	}
	folder, err := f.root.Open(name)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // which some network file systems answer
		return fmt.Errorf("sync the folder %s: %w", f.At(name), err)
	}
	return nil
}
