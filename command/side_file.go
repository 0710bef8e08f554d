package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign/confine"
)

// sideFile is a file that a run writes beside its standard output, for a flag. It is opened before any work, so that
// one that cannot be written is told then, and emptied only when its content comes: should it be one that the run
// itself needs, it is as it was.
type sideFile struct {
	flag, path string
	file       *os.File // nil: spared, and whatever is written is dropped
	made       bool     // it was not there before
	begun      bool
}

// sideFiles are all files that a run writes beside its standard output.
type sideFiles struct {
	files []*sideFile
	plan  string // of -out, by the path that it will have; "" without
}

// open opens the file of a flag.
func (o *sideFiles) open(flag, path string, mode os.FileMode) (*sideFile, error) {
	if err := precious(path); err != nil {
		return nil, err
	}
	_, err := os.Lstat(path)
	w := &sideFile{flag: flag, path: path, made: errors.Is(err, os.ErrNotExist)}
	if w.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE, mode); err != nil {
		return nil, err
	}
	if other := o.same(path); other != "" {
		w.spare()
		return nil, fmt.Errorf("%s is the file of %s", path, other)
	}
	o.files = append(o.files, w)
	return w, nil
}

// same is the flag whose file a path leads to, "" when it is nobody's.
func (o *sideFiles) same(path string) string {
	for _, w := range o.files {
		if sameFile(w.path, path) {
			return w.flag
		}
	}
	if o.plan != "" && (sameFile(o.plan, path) || absolute(o.plan) == absolute(path)) {
		return "-out"
	}
	return ""
}

// refuseOverwriting refuses to write to any of the files named, which the run reads or keeps, and leaves all as they
// were.
func (o *sideFiles) refuseOverwriting(paths ...string) error {
	for _, path := range paths {
		flag := o.same(path)
		if flag == "" {
			continue
		}
		for _, w := range o.files {
			w.spare()
		}
		return fault("A file of this run would be overwritten",
			"%s names %s, which this run reads or keeps. Nothing was done: name another file.", flag, path)
	}
	return nil
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

func absolute(path string) string {
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path))
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

// precious refuses a path to write to that is named as what a run reads or keeps: a slip of the hand must not cost a
// configuration or a state.
func precious(path string) error {
	names := []string{absolute(path)}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		names = append(names, absolute(real))
	}
	for _, name := range names {
		for _, end := range []string{".hcl", ".hcl.json", ".state.json", ".state.json.backup", ".state.journal",
			".state.lock"} {
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
func (w *sideFile) Write(p []byte) (int, error) {
	if w.file == nil {
		return len(p), nil
	}
	if err := w.begin(); err != nil {
		return 0, err
	}
	return w.file.Write(p)
}

func (w *sideFile) begin() error {
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
func (w *sideFile) Close() error {
	if w.file == nil {
		return nil
	}
	return errors.Join(w.begin(), w.file.Close())
}

// spare lets the file be as it was.
func (w *sideFile) spare() {
	if w.file == nil {
		return
	}
	_ = w.file.Close() // nothing was written
	if w.made {
		_ = os.Remove(w.path)
	}
	w.file = nil
}
