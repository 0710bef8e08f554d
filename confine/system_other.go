//go:build !linux

package confine

import (
	"os"
	"path/filepath"
	"strings"
)

// ofSystem reports whether an open file is one that the system makes up: by where it lies, since not every system tells
// of what kind a file system is.
func ofSystem(file *os.File) bool {
	path, err := filepath.EvalSymlinks(file.Name())
	if err != nil {
		return true
	}
	if path, err = filepath.Abs(path); err != nil {
		return true
	}
	return strings.HasPrefix(path, "/proc/") || strings.HasPrefix(path, "/sys/")
}
