package confine

import (
	"os"
	"syscall"
)

// madeUp are the file systems whose files the kernel makes up when they are read, by their magic numbers in statfs(2)
// and linux/magic.h.
var madeUp = map[uint32]bool{
	0x9fa0:     true, // proc
	0x62656572: true, // sysfs
	0x64626720: true, // debugfs
	0x74726163: true, // tracefs
	0x73636673: true, // securityfs
	0x62656570: true, // configfs
	0x0027e0eb: true, // cgroup
	0x63677270: true, // cgroup2
	0xcafe4a11: true, // bpf
	0xde5e81e4: true, // efivarfs
	0xf97cff8c: true, // selinuxfs
	0x43415d53: true, // smackfs
	0x6165676c: true, // pstore
	0x42494e4d: true, // binfmt_misc
	0x65735543: true, // fusectl
	0x07655821: true, // resctrl
	0x6e736673: true, // nsfs
}

// ofSystem reports whether the system makes up an open file, whatever path led to it.
func ofSystem(file *os.File) bool {
	var st syscall.Statfs_t
	raw, err := file.SyscallConn()
	if err != nil {
		return true
	}
	var silent error
	if err := raw.Control(func(fd uintptr) { silent = syscall.Fstatfs(int(fd), &st) }); err != nil || silent != nil {
		return bySystemsPath(file)
	}
	return madeUp[uint32(st.Type)]
}
