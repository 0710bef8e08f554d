package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"

	"countersign/confine"
	"countersign/schema/config/words"
)

// What the files of a configuration are read from is the configuration's folder, since whoever proposes a change could name
// any other file. What the command line names is the person's own choice. Package confine keeps to both.

// maxFileSize is the size in bytes from which on a file is taken for something else than a configuration.
const maxFileSize = 64 << 20

// readText reads a configuration's file. One that is reached by a link may be something else than a configuration, whose text is
// not to be shown.
func (s *Source) readText(name string) (src []byte, linked bool, problem *hcl.Diagnostic) {
	folder := s.Dir
	if info, err := os.Lstat(name); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		linked = true
		if s.Single { // a person has named the link
			folder = ""
		}
	}
	src, err := confine.ReadIn(folder, name, maxFileSize)
	if err != nil {
		return nil, linked, unread(name, err)
	}
	return src, linked, nil
}

// input is the text of a file that a person has named, which may be a stream that has no second time.
type input struct {
	text   []byte
	stream bool
	err    error
}

// readInput reads a file that the command line names, once for all calls on the Source.
func (s *Source) readInput(name string) ([]byte, *hcl.Diagnostic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, known := s.inputs[name]
	if !known {
		in.text, in.stream, in.err = confine.ReadInput(name, maxFileSize)
		s.inputs[name] = in
	}
	if in.err != nil {
		return nil, unread(name, in.err)
	}
	return in.text, nil
}

// Stream reports whether a file that the command line names is one that can be read only once.
func (s *Source) Stream(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inputs[name].stream
}

// unread says why a file was not read.
func unread(name string, err error) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot read a file", Detail: fmt.Sprintf("Reading %s: %s.", name, reason(err))}
	switch {
	case errors.As(err, new(confine.TooLarge)):
		d.Summary = "File too large"
		d.Detail = fmt.Sprintf("%s has more than %d MB, which is what a file may have. Split it, or use for_each over a list read with csvdecode(file(…)).", name, maxFileSize>>20)
	case errors.Is(err, confine.ErrLeaves):
		d.Summary = "Symbolic link out of the configuration's folder"
		d.Detail = fmt.Sprintf("%s leads out of the configuration's folder by a symbolic link. A proposed link must not choose what is read here: put the file itself there.", name)
	}
	return d
}

// reason is an error of the file system without the path, which the message names already.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// readData reads a file that an expression names. A proposed configuration is planned before anybody has reviewed it, and its plan is
// shown to all.
func readData(dir, path string) ([]byte, error) {
	src, err := confine.ReadIn(dir, path, maxFileSize)
	switch {
	case err == nil && keptHere(src):
		err = fmt.Errorf("%s is kept by Countersign, and may hold secrets", path)
	case errors.Is(err, confine.ErrSystem):
		err = fmt.Errorf("%s is no file but a window into the system, and what stands there (this process's environment, with its tokens) would be in every plan. env(\"NAME\") reads a variable, and keeps it secret", path)
	case errors.Is(err, confine.ErrOutside), errors.Is(err, confine.ErrLeaves):
		how := ""
		if errors.Is(err, confine.ErrLeaves) {
			how = ", by a symbolic link"
		}
		err = fmt.Errorf("%s is outside of the configuration's folder%s. What is proposed must not choose what is read of this machine: put the file into the folder, or give what is in it by a variable", path, how)
	case err != nil:
		err = words.Sentence("Reading %s: %s", path, reason(err))
	}
	return src, err
}

// listFolder is a folder that an expression names, in the configuration's. It stays open for as long as it is used.
func listFolder(dir, path string) (fs.FS, error) {
	outside := func(how string) error {
		return fmt.Errorf("%s is outside of the configuration's folder%s. Only files below that folder are listed: move them there", path, how)
	}
	name, inside := confine.Within(dir, path)
	if !inside {
		return nil, outside("")
	}
	folder, err := confine.OpenFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for %s: %s", dir, reason(err))
	}
	name = filepath.ToSlash(name)
	switch info, err := fs.Stat(folder.FS(), name); {
	case err != nil:
		return nil, fmt.Errorf("looking for %s: %s", path, reason(err))
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, outside(", by a symbolic link")
	case !info.IsDir():
		return nil, fmt.Errorf("%s is not a folder", path)
	}
	return fs.Sub(folder.FS(), name)
}

// keptHere reports whether a text is that of a state or a journal, which may hold the values of sensitive outputs.
func keptHere(src []byte) bool {
	head := src[:min(len(src), 512)]
	return bytes.Contains(head, []byte(`"countersign_version"`)) && bytes.Contains(head, []byte(`"lineage"`)) ||
		bytes.HasPrefix(head, []byte(`{"check":"`)) && bytes.Contains(head, []byte(`"journal":{`))
}
