//go:build !quick

package story

import "testing"

// TestShells runs the stories in testdata/shells: completion in bash, zsh and fish, which make tools installs.
func TestShells(t *testing.T) { stories(t, "testdata/shells", nil) }
