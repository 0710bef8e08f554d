// Package confinetest shows tests whether files that are none of ours stay as they are.
package confinetest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Look describes all that is at and below some paths: modes, where links lead, and what is in files. Two texts are the
// same when nothing has changed.
func Look(t *testing.T, roots ...string) (all string) {
	t.Helper()
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			var text []byte
			var target string
			switch {
			case info.Mode().IsRegular():
				text, err = os.ReadFile(path)
			case info.Mode()&fs.ModeSymlink != 0:
				target, err = os.Readlink(path)
			}
			all += fmt.Sprintf("%s %v %q %s\n", path, info.Mode(), text, target)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}
