//go:build unix

package confine

import "syscall"

// NoFollow lets an open fail whose last element is a link, for those who must open by a path what Own has opened
// already.
const NoFollow = syscall.O_NOFOLLOW
