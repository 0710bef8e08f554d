//go:build !linux

package command

import "math"

// addressSpace is not limited.
func addressSpace() (taken, limit int64) { return 0, math.MaxInt64 }
