package disk

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

// A configuration's files, and what they name, are read in the configuration's folder: whoever proposes a change could
// otherwise name any file. What the command line names is the person's own choice, and may lie anywhere.

// MaxFileSize is how many bytes a file may have.
const MaxFileSize = 64 << 20

// ReadConfiguration reads a configuration's file. linked says that a link led to it: it may not be a configuration, and
// its text must not be shown. named says that a person has named the file itself, and not its folder.
func ReadConfiguration(folder, name string, named bool) (src []byte, linked bool, problem *hcl.Diagnostic) {
	if info, err := os.Lstat(name); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		linked = true
		if named {
			folder = ""
		}
	}
	src, err := confine.ReadIn(folder, name, MaxFileSize)
	if err != nil {
		return nil, linked, cannotRead(name, err)
	}
	return src, linked, nil
}

// Input is the text of a file that a person has named. A stream can be read only once.
type Input struct {
	Text    []byte
	Stream  bool
	Problem *hcl.Diagnostic // nil when it was read
}

// ReadNamed reads a file that the command line names.
func ReadNamed(name string) Input {
	text, stream, err := confine.ReadInput(name, MaxFileSize)
	in := Input{Text: text, Stream: stream}
	if err != nil {
		in.Problem = cannotRead(name, err)
	}
	return in
}

// cannotRead says why a file was not read.
func cannotRead(name string, err error) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot read a file",
		Detail: fmt.Sprintf("Reading %s: %s.", name, Reason(err))}
	switch {
	case errors.As(err, new(confine.TooLarge)):
		d.Summary = "File too large"
		d.Detail = fmt.Sprintf("%s has more than %d MB, which is what a file may have. Split it, or use for_each "+
			"over a list read with csvdecode(file(…)).", name, MaxFileSize>>20)
	case errors.Is(err, confine.ErrLeaves):
		d.Summary = "Symbolic link out of the configuration's folder"
		d.Detail = fmt.Sprintf("%s leads out of the configuration's folder by a symbolic link. A proposed link must "+
			"not choose what is read here: put the file itself there.", name)
	}
	return d
}

// Reason is an error of the file system without its path, for messages that name the path themselves.
func Reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// ReadData reads a file that an expression names. A proposed configuration is planned before anybody has reviewed it,
// and its plan is shown to all.
func ReadData(dir, path string) ([]byte, error) {
	src, err := confine.ReadIn(dir, path, MaxFileSize)
	switch {
	case err == nil && isOwnFile(src):
		err = fmt.Errorf("%s is kept by Countersign, and may hold secrets", path)
	case errors.Is(err, confine.ErrSystem):
		err = fmt.Errorf("%s is no file but a window into the system, and what stands there (this process's "+
			"environment, with its tokens) would be in every plan. env(\"NAME\") reads a variable, and keeps it secret",
			path)
	case errors.Is(err, confine.ErrOutside), errors.Is(err, confine.ErrLeaves):
		how := ""
		if errors.Is(err, confine.ErrLeaves) {
			how = ", by a symbolic link"
		}
		err = fmt.Errorf("%s is outside of the configuration's folder%s. What is proposed must not choose what is "+
			"read of this machine: put the file into the folder, or give what is in it by a variable", path, how)
	case err != nil:
		err = words.Sentence("Reading %s: %s", path, Reason(err))
	}
	return src, err
}

// ListFolder is a folder that an expression names, below the configuration's. It stays open as long as it is used.
func ListFolder(dir, path string) (*Folder, error) {
	outside := func(how string) error {
		return fmt.Errorf("%s is outside of the configuration's folder%s. Only files below that folder are listed: "+
			"move them there", path, how)
	}
	name, inside := confine.Within(dir, path)
	if !inside {
		return nil, outside("")
	}
	folder, err := confine.OpenFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for %s: %s", dir, Reason(err))
	}
	name = filepath.ToSlash(name)
	switch info, err := fs.Stat(folder.FS(), name); {
	case err != nil:
		return nil, fmt.Errorf("looking for %s: %s", path, Reason(err))
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, outside(", by a symbolic link")
	case !info.IsDir():
		return nil, fmt.Errorf("%s is not a folder", path)
	}
	within, err := fs.Sub(folder.FS(), name)
	return &Folder{FS: within}, err
}

// isOwnFile reports whether a text is a state or a journal. These may hold the values of sensitive outputs.
func isOwnFile(src []byte) bool {
	head := src[:min(len(src), 512)]
	return bytes.Contains(head, []byte(`"countersign_version"`)) && bytes.Contains(head, []byte(`"lineage"`)) ||
		bytes.HasPrefix(head, []byte(`{"check":"`)) && bytes.Contains(head, []byte(`"journal":{`))
}
