//go:build unix

package confine

import "syscall"

// NoFollow makes an open fail if the last element of the path is a link. It is for code that must open a file by its
// path that Own has opened already.
const NoFollow = syscall.O_NOFOLLOW
