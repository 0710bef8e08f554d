// Package confine opens files for a program that works on what strangers have written. A configuration under review
// names files to read and files to keep, and the person who runs the program has chosen neither. This package promises:
//
//   - What is read in a Folder (Open, ReadFile) is a regular file in that folder. Links are followed as long as they
//     stay in it. Git's own folder does not belong to it: pipelines keep credentials there.
//   - What is kept in a Folder (Own, New, Remove) is never reached through a link. It is replaced or removed only while
//     it is the very file that the caller has looked at; the caller decides by its content whether it is one of the
//     program's own.
//   - What a person has named, on the command line or in the environment (the package's Open, ReadFile and ReadInput),
//     may lie anywhere, and links to it are followed: that is the person's choice.
//   - No device is ever opened, no pipe is waited for that nobody writes to, and nothing is read that the kernel makes
//     up (/proc, /sys): the environment of this process is there, with its tokens. A limit applies while a file is
//     read, whatever size it claims to have.
//
// All this is decided on the opened file, and relative to the opened folder, so nobody can exchange one file for
// another between a check and its use. The package knows no configurations, states or drives.
package confine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// The reasons why a file is not opened. Each is wrapped in a *fs.PathError.
var (
	ErrOutside = errors.New("it is outside of the folder")
	ErrLeaves  = errors.New("it leads out of the folder by a symbolic link")
	ErrLink    = errors.New("it is a symbolic link, and none is followed to what is kept here: take it away")
	ErrFolder  = errors.New("it is a folder, not a file")
	ErrSpecial = errors.New("it is not a regular file")
	ErrSystem  = errors.New("it is no file but a window into the system")
	ErrGit     = errors.New("it is in git's own folder, where credentials may be kept")
	ErrOther   = errors.New("another file has taken its place meanwhile")
)

// TooLarge says that a file has more bytes than the limit.
type TooLarge struct{ Limit int64 }

func (e TooLarge) Error() string { return fmt.Sprintf("it has more than %d MB", e.Limit>>20) }

// Folder is a folder in which names are looked up. They do not lead out of it.
type Folder struct {
	path string
	root *os.Root
}

// OpenFolder opens a folder. Links to it are followed: a person has chosen its path.
func OpenFolder(path string) (*Folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Folder{path, root}, nil
}

// Close closes the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Path is the folder's path as it was given.
func (f *Folder) Path() string { return f.path }

// At is the path of something in the folder, for messages.
func (f *Folder) At(name string) string { return filepath.Join(f.path, name) }

// Within is the name in a folder that a path has; false for a path outside. Both paths may be absolute or relative to
// the working directory. Only the words of the path count: a link in it may still lead out.
func Within(folder, path string) (name string, inside bool) {
	path, err1 := filepath.Abs(path)
	folder, err2 := filepath.Abs(folder)
	if err1 != nil || err2 != nil {
		return "", false
	}
	if name, inside := below(folder, path); inside {
		return name, true
	}
	if folder, err1 = filepath.EvalSymlinks(folder); err1 != nil {
		return "", false
	}
	return below(folder, path)
}

func below(folder, path string) (string, bool) {
	name, err := filepath.Rel(folder, path)
	return name, err == nil && filepath.IsLocal(name)
}

// Open opens a file of the folder for reading.
func (f *Folder) Open(name string) (*os.File, error) {
	real, inside := f.resolve(name)
	if inside && ofGit(real) || ofGit(name) {
		return nil, f.wrong(name, ErrGit)
	}
	file, err := f.open(name)
	if errors.Is(err, ErrLeaves) && inside { // an absolute link leads back into the folder
		file, err = f.open(real)
	}
	if err != nil {
		return nil, f.wrong(name, err)
	}
	return file, nil
}

// ofGit reports whether a name leads into git's own folder, or is that of the file that says where this folder is.
func ofGit(name string) bool {
	for part := range strings.SplitSeq(name, string(filepath.Separator)) {
		if strings.EqualFold(part, ".git") {
			return true
		}
	}
	return false
}

func (f *Folder) open(name string) (*os.File, error) {
	info, err := f.root.Stat(name) // because to open a device may have effects
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, f.reason(err)
	}
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, f.reason(err)
	}
	return fit(file)
}

// resolve is a name in the folder without links; false where it leads out or to nothing.
func (f *Folder) resolve(name string) (string, bool) {
	real, err := filepath.EvalSymlinks(f.path)
	if err != nil {
		return "", false
	}
	target, err := filepath.EvalSymlinks(f.At(name))
	if err != nil {
		return "", false
	}
	if real, err = filepath.Abs(real); err != nil {
		return "", false
	}
	if target, err = filepath.Abs(target); err != nil {
		return "", false
	}
	return below(real, target)
}

// ReadFile reads a whole file of the folder.
func (f *Folder) ReadFile(name string, limit int64) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	return readAll(file, limit)
}

// FS is the folder as a file system, for patterns. Links that stay in the folder are followed; one that leads out is
// listed as a link. Git's own folder is left out.
func (f *Folder) FS() fs.FS { return listing{f.root.FS().(fs.ReadLinkFS), f} }

type listing struct {
	fs.ReadLinkFS
	folder *Folder
}

// ReadDir lists a folder.
func (l listing) ReadDir(name string) ([]fs.DirEntry, error) {
	if ofGit(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	entries, err := fs.ReadDir(l.ReadLinkFS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return ofGit(e.Name()) }), err
}

// Stat describes what a name stands for.
func (l listing) Stat(name string) (fs.FileInfo, error) {
	if ofGit(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	info, err := fs.Stat(l.ReadLinkFS, name)
	if errors.Is(l.folder.reason(err), ErrLeaves) {
		return l.Lstat(name)
	}
	return info, err
}

// Lstat describes a name in the folder. For a link, it describes the link itself.
func (f *Folder) Lstat(name string) (fs.FileInfo, error) { return f.root.Lstat(name) }

// reason is an error of os.Root without its path, and ErrLeaves for a link that leads out.
func (f *Folder) reason(err error) error {
	var inPath, out *fs.PathError
	if !errors.As(err, &inPath) {
		return err
	}
	if _, up := f.root.Lstat(".."); errors.As(up, &out) && errors.Is(err, out.Err) {
		return ErrLeaves
	}
	return inPath.Err
}

func (f *Folder) wrong(name string, err error) error {
	return &fs.PathError{Op: "open", Path: f.At(name), Err: f.reason(err)}
}

// Open opens a file that a person has named, for reading.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := regular(info); err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err == nil {
		if file, err = fit(file); err != nil {
			err = &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
	return file, err
}

// ReadFile reads a whole file that a person has named.
func ReadFile(path string, limit int64) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	return readAll(file, limit)
}

// OpenIn opens a file of a folder for reading, or without a folder one that a person has named. Both paths may be
// relative to the working directory.
func OpenIn(folder, path string) (*os.File, error) {
	if folder == "" {
		return Open(path)
	}
	f, err := OpenFolder(folder)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	name, inside := Within(folder, path)
	if !inside {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrOutside}
	}
	return f.Open(name)
}

// ReadIn reads the whole file that OpenIn opens.
func ReadIn(folder, path string, limit int64) ([]byte, error) {
	file, err := OpenIn(folder, path)
	if err != nil {
		return nil, err
	}
	return readAll(file, limit)
}

// ReadInput is ReadFile, and also reads what a shell passes on without a file: /dev/stdin, and /dev/fd/N, which stands
// for <(COMMAND). stream says that it can be read only once.
func ReadInput(path string, limit int64) (text []byte, stream bool, err error) {
	if !passedOn(path) {
		text, err = ReadFile(path, limit)
		return text, false, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, err
	}
	if info.Mode()&fs.ModeNamedPipe == 0 {
		text, err = ReadFile(path, limit)
		return text, false, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, true, err
	}
	text, err = readAll(file, limit)
	return text, true, err
}

// passedOn reports whether a path, as it was typed, is that of an open file of this process.
func passedOn(path string) bool {
	path = filepath.Clean(path)
	for _, folder := range []string{"/dev/fd/", "/proc/self/fd/"} {
		if number, ok := strings.CutPrefix(path, folder); ok && number != "" &&
			strings.Trim(number, "0123456789") == "" {
			return true
		}
	}
	return path == "/dev/stdin"
}

// Read reads to the end. More bytes than the limit are an error.
func Read(r io.Reader, limit int64) ([]byte, error) {
	var text bytes.Buffer
	if file, is := r.(*os.File); is {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			text.Grow(int(min(info.Size(), limit)) + bytes.MinRead) // so that growing does not copy it
		}
	}
	_, err := text.ReadFrom(io.LimitReader(r, limit+1))
	if err == nil && int64(text.Len()) > limit {
		err = TooLarge{limit}
	}
	if err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

func readAll(file *os.File, limit int64) ([]byte, error) {
	defer file.Close()
	text, err := Read(file, limit)
	if errors.As(err, new(TooLarge)) {
		err = &fs.PathError{Op: "read", Path: file.Name(), Err: err}
	}
	return text, err
}

// regular says why something is not a regular file; nil when it is one.
func regular(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return ErrFolder
	case mode&fs.ModeSymlink != 0:
		return ErrLink
	}
	return ErrSpecial
}

// fit returns an open file if it may be read, and closes it otherwise.
func fit(file *os.File) (*os.File, error) {
	info, err := file.Stat()
	if err == nil {
		err = regular(info)
	}
	if err == nil && ofSystem(file) {
		err = ErrSystem
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// bySystemsPath reports whether a file lies where the system shows what it makes up.
func bySystemsPath(file *os.File) bool {
	path, err := filepath.EvalSymlinks(file.Name())
	if err == nil {
		path, err = filepath.Abs(path)
	}
	return err != nil || strings.HasPrefix(path, "/proc/") || strings.HasPrefix(path, "/sys/")
}
