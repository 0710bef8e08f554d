package command

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
)

// replacement is a file's new text beside the file, ready to take its place.
type replacement struct {
	name    string
	pending *renameio.PendingFile
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// errChanged is why a file is not replaced: it says something else than what its new text was made of.
var errChanged = errors.New("somebody has changed it meanwhile")

// replace makes a file's new text ready. The file keeps its mode and the links that lead to it, and a byte order mark that before
// leaves out; one that is read-only, or says something else than before, is an error.
func replace(name string, before, after []byte) (*replacement, error) {
	path, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o200 == 0 {
		return nil, fmt.Errorf("%s is read-only", name)
	}
	src, err := os.ReadFile(path)
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
	p, err := renameio.NewPendingFile(path, renameio.WithExistingPermissions())
	if err != nil {
		return nil, fmt.Errorf("writing beside %s: %w", name, err)
	}
	if _, err := p.Write(after); err != nil {
		_ = p.Cleanup() // the error of the write says it
		return nil, fmt.Errorf("writing beside %s: %w", name, err)
	}
	return &replacement{name, p}, nil
}

// commit puts the new text in the place of the file, whole.
func (r *replacement) commit() error {
	if err := r.pending.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	return nil
}

// drop takes away what has not taken the file's place.
func (r *replacement) drop() { _ = r.pending.Cleanup() }
