//go:build !unix

package confine

// NoFollow is what this system does not have.
const NoFollow = 0
