//go:build !linux

package confine

import "os"

// ofSystem reports whether an open file is one that the system makes up. Not every system tells of what kind a file
// system is.
func ofSystem(file *os.File) bool { return bySystemsPath(file) }
