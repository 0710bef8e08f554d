//go:build !linux

package confine

import "os"

// ofSystem reports whether the system makes up an open file. Not every system says what kind a file system is, so the
// path decides.
func ofSystem(file *os.File) bool { return bySystemsPath(file) }
