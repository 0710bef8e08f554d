package state

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// newPrefix begins the names of files that are still being written. The name of the file they are to become
// follows at the end, so that whatever ignores the one ignores the other.
const newPrefix = ".new-"

// replaceFile writes a file of mode 0600 beside path, syncs it, and renames it to path, so that path holds either
// what it held or the whole new text, and still does after a power cut once replaceFile has returned. The call
// to ready comes when the new file is safe and the old one still in its place.
func replaceFile(path string, write func(io.Writer) error, ready func() error) (err error) {
	folder, base := filepath.Dir(path), filepath.Base(path)
	f, err := os.CreateTemp(folder, newPrefix+"*."+base)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := ready(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	sweep(folder, base)
	return syncFolder(folder)
}

// sweep removes what killed processes left of their replaceFile. Whoever calls replaceFile holds the lock; were
// another at it nonetheless, its rename would fail and say so, and nothing would be lost.
func sweep(folder, base string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), newPrefix)
		number, of := strings.CutSuffix(number, "."+base)
		if ok && of && strings.Trim(number, "0123456789") == "" { // a dot in it: it is that of a file with a longer name
			os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}

// keepBackup gives the file at path the second name backup. The file keeps its own name all the while, and
// backup, where there was one, is always the old or the new one.
func keepBackup(path, backup string) error {
	present, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	if old, err := os.Stat(backup); err == nil && os.SameFile(present, old) {
		return nil // a process was killed just after it had done this
	}
	second := filepath.Join(filepath.Dir(backup), newPrefix+"1."+filepath.Base(backup))
	if err := os.Remove(second); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if os.Link(path, second) == nil {
		return os.Rename(second, backup)
	}
	// not every file system has hard links
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return replaceFile(backup, func(w io.Writer) error { _, err := w.Write(data); return err }, func() error { return nil })
}

// syncFolder makes the names in a folder survive a power cut.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" { // which cannot sync folders, and need not
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some network file systems do not know it
		return fmt.Errorf("sync the folder: %w", err)
	}
	return nil
}

// makeFolder makes a folder, and those above it, that only its owner can enter.
func makeFolder(folder string) error {
	if info, err := os.Stat(folder); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", folder)
		}
		return nil
	}
	parent := filepath.Dir(folder)
	if parent != folder {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}
