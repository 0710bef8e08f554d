package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"countersign/confine/confinetest"
	"countersign/providers/sandbox"
	"countersign/providers/sandbox/sandboxtest"
)

// TestForeignFiles: a database whose place a configuration has chosen is reached through no link, and nothing that is
// there and is not the sandbox's own is taken over, whatever a proposed change has put in its place.
func TestForeignFiles(t *testing.T) {
	// A database of somebody else's, with attachments that no record of ours names.
	theirs := func(t *testing.T, outside string) string {
		box := sandboxtest.Open(t, filepath.Join(outside, "countersign.db"))
		box.Close()
		for _, name := range []string{"countersign.files/5", "countersign.files/upload-7",
			"countersign.files/dingtalk/iAEIx"} {
			path := filepath.Join(outside, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("theirs"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return outside
	}
	ours := func(t *testing.T, dir string) { // a database of our own, beside which the rest is laid
		box := sandboxtest.Open(t, filepath.Join(dir, ".countersign", "countersign.db"))
		box.Close()
	}
	for name, lay := range map[string]func(t *testing.T, dir, outside string) error{
		"the folder is a link": func(t *testing.T, dir, outside string) error {
			return os.Symlink(outside, filepath.Join(dir, ".countersign"))
		},
		"the folder is a link to one within": func(t *testing.T, dir, outside string) error {
			if err := os.Mkdir(filepath.Join(dir, "other"), 0o755); err != nil {
				return err
			}
			return os.Symlink("other", filepath.Join(dir, ".countersign"))
		},
		"the folder is a link to nothing": func(t *testing.T, dir, outside string) error {
			return os.Symlink(filepath.Join(outside, "new"), filepath.Join(dir, ".countersign"))
		},
		"the folder is a file": func(t *testing.T, dir, outside string) error {
			return os.WriteFile(filepath.Join(dir, ".countersign"), []byte("x"), 0o644)
		},
		"the database is a link": func(t *testing.T, dir, outside string) error {
			ours(t, dir)
			path := filepath.Join(dir, ".countersign", "countersign.db")
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Symlink(filepath.Join(outside, "countersign.db"), path)
		},
		"the database is a link to nothing": func(t *testing.T, dir, outside string) error {
			ours(t, dir)
			path := filepath.Join(dir, ".countersign", "countersign.db")
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Symlink(filepath.Join(outside, "new.db"), path)
		},
		"the database is somebody's text": func(t *testing.T, dir, outside string) error {
			ours(t, dir)
			return os.WriteFile(filepath.Join(dir, ".countersign", "countersign.db"), []byte("alias ll='ls -l'\n"),
				0o644)
		},
		"the database is an empty file": func(t *testing.T, dir, outside string) error {
			ours(t, dir)
			return os.WriteFile(filepath.Join(dir, ".countersign", "countersign.db"), nil, 0o644)
		},
		"the database is a pipe": func(t *testing.T, dir, outside string) error {
			ours(t, dir)
			path := filepath.Join(dir, ".countersign", "countersign.db")
			if err := os.Remove(path); err != nil {
				return err
			}
			return syscall.Mkfifo(path, 0o600)
		},
		"the attachments are a link": func(t *testing.T, dir, outside string) error {
			ours(t, dir)
			return os.Symlink(filepath.Join(outside, "countersign.files"),
				filepath.Join(dir, ".countersign", "countersign.files"))
		},
		"DingTalk's are a link": func(t *testing.T, dir, outside string) error {
			ours(t, dir)
			if err := os.Mkdir(filepath.Join(dir, ".countersign", "countersign.files"), 0o700); err != nil {
				return err
			}
			return os.Symlink(filepath.Join(outside, "countersign.files", "dingtalk"),
				filepath.Join(dir, ".countersign", "countersign.files", "dingtalk"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, outside := t.TempDir(), theirs(t, t.TempDir())
			if err := lay(t, dir, outside); err != nil {
				t.Fatal(err)
			}
			before, all := confinetest.Look(t, outside), confinetest.Look(t, dir)
			box, err := sandbox.Open(sandbox.Options{Path: filepath.Join(dir, ".countersign", "countersign.db"),
				Folder: dir})
			if err == nil {
				box.Close()
				t.Error("it was opened")
			}
			if after := confinetest.Look(t, outside); after != before {
				t.Errorf("%v; it is now\n%s\nand was\n%s", err, after, before)
			}
			// "DingTalk's are a link" is found once our own database is open.
			if after := confinetest.Look(t, dir); after != all && name != "DingTalk's are a link" {
				t.Errorf("%v; it is now\n%s\nand was\n%s", err, after, all)
			}
		})
	}
}

// TestPlaces: a database that a configuration has chosen stays in its folder; one that a person has named may be
// reached through a link, and be an empty file that they have made for it.
func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "..", "drive.db"), "/drive.db"} {
		if _, err := sandbox.Open(sandbox.Options{Path: path, Folder: dir}); err == nil ||
			!strings.Contains(err.Error(), "outside of the folder") {
			t.Errorf("%s: %v", path, err)
		}
	}
	box, err := sandbox.Open(sandbox.Options{Path: filepath.Join(dir, "made", "here", "drive.db"), Folder: dir})
	if err != nil {
		t.Fatal(err)
	}
	box.Close()
	named := filepath.Join(dir, "named.db")
	if err := os.Symlink(filepath.Join("made", "here", "drive.db"), named); err != nil {
		t.Fatal(err)
	}
	sandboxtest.Open(t, named)
	made := filepath.Join(dir, "empty.db")
	if err := os.WriteFile(made, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sandboxtest.Open(t, made)
}
