package command

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"syscall"
)

// addressSpace is how many bytes of addresses the program takes, and how many it may (ulimit -v).
func addressSpace() (taken, limit int64) {
	var r syscall.Rlimit
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil || syscall.Getrlimit(syscall.RLIMIT_AS, &r) != nil {
		return 0, math.MaxInt64
	}
	pages, _, _ := bytes.Cut(statm, []byte(" "))
	n, err := strconv.ParseInt(string(pages), 10, 64)
	if err != nil {
		return 0, math.MaxInt64
	}
	return n * int64(os.Getpagesize()), int64(min(r.Cur, math.MaxInt64))
}
