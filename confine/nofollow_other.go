//go:build !unix

package confine

// NoFollow is 0, because this system has no such flag.
const NoFollow = 0
