package command

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"countersign/confine"
)

// replacement is a file's new text beside the file, ready to take its place.
type replacement struct {
	name string
	new  *confine.New
	was  os.FileInfo
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// errChanged is why a file is not replaced: it says something else than what its new text was made of.
var errChanged = errors.New("somebody has changed it meanwhile")

// maxText is the size in bytes from which on a file is taken for something else than a text.
const maxText = 64 << 20

// replace makes a file's new text ready. The file keeps its mode and the links that lead to it, none of them out of the
// folder unless that is "" and a person has named the file, and a byte order mark that before leaves out; one that is
// read-only, or says something else than before, is an error.
func replace(folder, name string, before, after []byte) (*replacement, error) {
	in, base, err := confine.Find(folder, name)
	if err != nil {
		return nil, err
	}
	file, was, err := in.Own(base, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if was.Mode().Perm()&0o200 == 0 {
		return nil, fmt.Errorf("%s is read-only", name)
	}
	src, err := confine.Read(file, maxText)
	if err != nil {
		return nil, err
	}
	switch text, marked := bytes.CutPrefix(src, byteOrderMark); {
	case bytes.Equal(src, before):
	case marked && bytes.Equal(text, before):
		after = slices.Concat(byteOrderMark, after)
	default:
		return nil, fmt.Errorf("%s: %w", name, errChanged)
	}
	n, err := in.New(base)
	if err != nil {
		return nil, fmt.Errorf("writing beside %s: %w", name, err)
	}
	if _, err = n.Write(after); err == nil {
		err = n.Chmod(was.Mode().Perm())
	}
	if err != nil {
		n.Drop()
		return nil, fmt.Errorf("writing beside %s: %w", name, err)
	}
	return &replacement{name, n, was}, nil
}

// commit puts the new text in the place of the file, whole.
func (r *replacement) commit() error {
	err := r.new.Commit(r.was)
	if errors.Is(err, confine.ErrOther) {
		err = errChanged
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	return nil
}

// drop takes away what has not taken the file's place.
func (r *replacement) drop() { r.new.Drop() }
