// Package sidefile writes the files that a run makes beside its standard output. It never writes to one that the run
// reads or keeps.
package sidefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign/command/fault"
	"countersign/confine"
)

// File is a file that a run writes beside its standard output, for a flag. It is opened before any work, so that the
// run stops then if it cannot be written. It is emptied only when its content comes: if the run itself turns out to
// need it, it stays as it was.
type File struct {
	flag, path string
	file       *os.File // nil: spared, and whatever is written is dropped
	made       bool     // it was not there before
	begun      bool
}

// WriteLine writes a document and a newline. The document may be large, so it is not copied.
func WriteLine(w io.Writer, doc []byte) error {
	_, err1 := w.Write(doc)
	_, err2 := io.WriteString(w, "\n")
	return errors.Join(err1, err2)
}

// Files are all files that a run writes beside its standard output.
type Files struct {
	files []*File
	Plan  string // of -out, by the path that it will have; "" without
}

// Open opens the file of a flag.
func (o *Files) Open(flag, path string, mode os.FileMode) (*File, error) {
	if err := Precious(path); err != nil {
		return nil, err
	}
	_, err := os.Lstat(path)
	w := &File{flag: flag, path: path, made: errors.Is(err, os.ErrNotExist)}
	if w.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE, mode); err != nil {
		return nil, err
	}
	if other := o.Same(path); other != "" {
		w.Spare()
		return nil, fmt.Errorf("%s is the file of %s", path, other)
	}
	o.files = append(o.files, w)
	return w, nil
}

// Same is the flag that has opened the file at a path, "" for none.
func (o *Files) Same(path string) string {
	for _, w := range o.files {
		if sameFile(w.path, path) {
			return w.flag
		}
	}
	if o.Plan != "" && (sameFile(o.Plan, path) || Absolute(o.Plan) == Absolute(path)) {
		return "-out"
	}
	return ""
}

// RefuseOverwriting refuses to write to any of the files named, which the run reads or keeps, and leaves all as they
// were.
func (o *Files) RefuseOverwriting(paths ...string) error {
	for _, path := range paths {
		flag := o.Same(path)
		if flag == "" {
			continue
		}
		for _, w := range o.files {
			w.Spare()
		}
		return fault.New("A file of this run would be overwritten",
			"%s names %s, which this run reads or keeps. Nothing was done: name another file.", flag, path)
	}
	return nil
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

func Absolute(path string) string {
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path))
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

// Precious refuses to write to a path that is named like a configuration or a state: a slip of the hand must not cost
// either.
func Precious(path string) error {
	names := []string{Absolute(path)}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		names = append(names, Absolute(real))
	}
	for _, name := range names {
		for _, end := range []string{".hcl", ".hcl.json", ".state.json", ".state.json.backup", ".state.journal",
			".state.lock", ".errored.json"} { // the last one is a state that a server did not take, maybe encrypted
			if strings.HasSuffix(name, end) {
				return fmt.Errorf("%s is named as a configuration or a state, which must not be overwritten", path)
			}
		}
		if slices.Contains(strings.Split(name, string(filepath.Separator)), ".countersign") {
			return fmt.Errorf("%s is in the folder of the embedded drive's data, which must not be overwritten", path)
		}
	}
	if isState(path) {
		return fmt.Errorf("%s holds a state, which must not be overwritten", path)
	}
	return nil
}

// isState reports whether a file begins as a state does, whatever it is called.
func isState(path string) bool {
	file, err := confine.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(file, head) // it may be shorter
	return bytes.Contains(head[:n], []byte(`"countersign_version"`)) && bytes.Contains(head[:n], []byte(`"lineage"`))
}

// Write empties the file first, if it is an ordinary one.
func (w *File) Write(p []byte) (int, error) {
	if w.file == nil {
		return len(p), nil
	}
	if err := w.begin(); err != nil {
		return 0, err
	}
	return w.file.Write(p)
}

func (w *File) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	info, err := w.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	return w.file.Truncate(0)
}

// Close ends the file. What nothing was written to is empty: what an earlier run left must not be taken for this one's.
func (w *File) Close() error {
	if w.file == nil {
		return nil
	}
	return errors.Join(w.begin(), w.file.Close())
}

// Spare lets the file be as it was.
func (w *File) Spare() {
	if w.file == nil {
		return
	}
	_ = w.file.Close() // nothing was written
	if w.made {
		_ = os.Remove(w.path)
	}
	w.file = nil
}
