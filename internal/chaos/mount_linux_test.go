package chaos

import "syscall"

// mountTmpfs mounts a disk of 256 KiB in memory.
func mountTmpfs(dir string) error { return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k") }

func unmount(dir string) error { return syscall.Unmount(dir, syscall.MNT_DETACH) }
